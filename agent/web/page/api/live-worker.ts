/** One live stream for all tabs: a browser allows six connections a host over HTTP/1.1. */
import { feed, type Told } from './feed.ts';
import { after, type LineNow, NOTHING } from './line-now.ts';

/** What a tab that comes later has to know first. */
export interface Joined {
  readonly event: 'joined';
  readonly data: { readonly now: LineNow; readonly isLost: boolean };
}

const tabs: MessagePort[] = [];
let now = NOTHING;
let isLost = false;

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (!port) return;
  tabs.push(port);
  port.postMessage({ event: 'joined', data: { now, isLost } } satisfies Joined);
});

feed((told: Told) => {
  if (told.event === 'lost') isLost = true;
  else if (told.event === 'back') isLost = false;
  else now = after(now, told);
  // A tab that was closed hears nothing, and is one port of a few bytes until the last tab is closed.
  for (const tab of tabs) tab.postMessage(told);
});
