/** The line as it is now, for every view; and whether what is shown is still true. */
import { createSignal } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import { boxSays, now as timeAtBox } from '../pieces/times.ts';
import { ask } from './ask.ts';
import { feed, type Told } from './feed.ts';
import { after, type LineNow, NOTHING, RECENT, withOne } from './line-now.ts';
import type { Joined } from './live-worker.ts';
import type { InspectionPage } from './types.ts';

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
}

function hear(told: Told | Joined): void {
  if (told.event === 'lost') return void setLostSince(heardAt ?? timeAtBox());
  if (told.event === 'back') return void setLostSince(null);
  if (told.event === 'joined') {
    latest = told.data.now;
    setLostSince(told.data.isLost ? timeAtBox() : null);
  } else {
    if ('at' in told.data && (told.event === 'line' || told.event === 'beat')) boxSays(told.data.at);
    latest = after(latest, told);
  }
  heardAt = timeAtBox();
  setShown(reconcile(latest));
}

/** The parts before the stream began, for the strip of a station. */
export async function fillRecent(station: string): Promise<void> {
  const outcome = await ask<InspectionPage>(`/inspections?limit=${RECENT}&station=${encodeURIComponent(station)}`);
  if (!outcome.ok) return;
  for (const one of outcome.value.items) latest = { ...latest, recent: withOne(latest.recent, one) };
  setShown(reconcile(latest));
}
