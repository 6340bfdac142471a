/** The line as it is now, for every view; and whether what is shown is still true. */
import { createSignal } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import { boxSays, now as timeAtBox, zoneIs } from '../pieces/times.ts';
import { feed, type Told } from './feed.ts';
import { after, type LineNow, NOTHING } from './line-now.ts';
import type { Joined, ToWorker } from './live-worker.ts';

let latest: LineNow = NOTHING;
const [shown, setShown] = createStore<LineNow>(NOTHING);
/** Since when there has been no word of the box, its time; null while there is. */
const [lostSince, setLostSince] = createSignal<number | null>(null);

export { lostSince, shown };

let heardAt: number | null = null;

export function startLive(): void {
  if (typeof SharedWorker === 'undefined') return feed(hear);
  const worker = new SharedWorker(new URL('./live-worker.ts', import.meta.url), { type: 'module', name: 'lineside-live' });
  worker.port.addEventListener('message', ({ data }: MessageEvent<Told | Joined>) => hear(data));
  worker.port.start();
  // A tab that is left, or kept for "back", is told nothing meanwhile; taken out again it has to know everything first.
  const say = (word: ToWorker) => worker.port.postMessage(word);
  addEventListener('pagehide', () => say('gone'));
  addEventListener('pageshow', ({ persisted }) => persisted && say('here'));
}

function hear(told: Told | Joined): void {
  if (told.event === 'lost') return void setLostSince(heardAt ?? timeAtBox());
  if (told.event === 'back') return void setLostSince(null);
  if (told.event === 'joined') {
    latest = told.data.now;
    if (latest.line) zoneIs(latest.line.zone);
    setLostSince(told.data.isLost ? timeAtBox() : null);
  } else {
    if ('at' in told.data && (told.event === 'line' || told.event === 'beat')) boxSays(told.data.at);
    if (told.event === 'line') zoneIs(told.data.zone);
    latest = after(latest, told);
  }
  heardAt = timeAtBox();
  setShown(reconcile(latest));
}
