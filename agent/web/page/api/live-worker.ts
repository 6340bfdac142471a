/** One live stream for all tabs: a browser allows six connections a host over HTTP/1.1. */
import { feed, type Told } from './feed.ts';
import { after, type LineNow, NOTHING } from './line-now.ts';

/** What a tab that comes later has to know first. */
export interface Joined {
  readonly event: 'joined';
  readonly data: { readonly now: LineNow; readonly isLost: boolean };
}
/** A tab is left, or is shown again as it was left. */
export type ToWorker = 'gone' | 'here';

const tabs = new Set<MessagePort>();
let now = NOTHING;
let isLost = false;

function join(tab: MessagePort): void {
  tabs.add(tab);
  tab.postMessage({ event: 'joined', data: { now, isLost } } satisfies Joined);
}

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (!port) return;
  port.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
    if (data === 'here') join(port);
    else tabs.delete(port);
  });
  port.start();
  join(port);
});

feed((told: Told) => {
  if (told.event === 'lost') isLost = true;
  else if (told.event === 'back') isLost = false;
  else now = after(now, told);
  for (const tab of tabs) tab.postMessage(told);
});
