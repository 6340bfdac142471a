/**
 * The live stream, held open: begun anew after an end and after a silence, from the last inspection that was told. The box sends a beat every
 * second; two and a half without one and the connection counts as lost, whatever the network says of it, so that the page says so within three.
 */
import { API, ask } from './ask.ts';
import { LIVE_EVENTS, type LiveEvent, RECENT } from './line-now.ts';
import type { InspectionPage } from './types.ts';

const SILENCE = 2500;
const LOOK_EVERY = 200;
const AGAIN_AFTER = 1000;

export type Told = LiveEvent | { readonly event: 'lost'; readonly data: null } | { readonly event: 'back'; readonly data: null };

export function feed(tell: (told: Told) => void): void {
  let source: EventSource | null = null;
  let last: string | null = null;
  let heard = performance.now();
  let isLost = false;
  const parts = filling(tell);

  const lose = () => {
    source?.close();
    source = null;
    if (!isLost) tell({ event: 'lost', data: null });
    isLost = true;
    setTimeout(begin, AGAIN_AFTER);
  };
  const hear = (event: LiveEvent['event'], { data, lastEventId }: MessageEvent<string>) => {
    heard = performance.now();
    if (lastEventId !== '') last = lastEventId;
    const told = { event, data: JSON.parse(data) } as LiveEvent;
    tell(told);
    parts.hear(told);
    // What was left out has been told before the first beat or state.
    if (isLost) tell({ event: 'back', data: null });
    isLost = false;
  };
  function begin(): void {
    heard = performance.now();
    // Without a place to go on from, what was missed is not told by the stream.
    if (last === null) parts.forget();
    source = new EventSource(`${API}/live${last === null ? '' : `?last=${encodeURIComponent(last)}`}`);
    for (const event of LIVE_EVENTS) source.addEventListener(event, (message: MessageEvent<string>) => hear(event, message));
    source.addEventListener('error', lose);
  }
  begin();
  setInterval(() => {
    if (source && performance.now() - heard > SILENCE) lose();
  }, LOOK_EVERY);
}

/**
 * The parts of each station before the stream began, asked for once and told as if it had told them; again after something was left out, and
 * where a stream begins without a place to go on from. A station whose answer does not come is asked for when the line is told next, which
 * every new connection does.
 */
function filling(tell: (told: Told) => void): { hear(told: LiveEvent): void; forget(): void } {
  let stations: readonly string[] = [];
  let filled = new Set<string>();
  const fill = async (station: string) => {
    const mine = filled;
    mine.add(station);
    const outcome = await ask<InspectionPage>(`/inspections?limit=${RECENT}&station=${encodeURIComponent(station)}`);
    // Asked before something was left out: of another journal perhaps.
    if (mine !== filled) return;
    if (!outcome.ok) return void mine.delete(station);
    for (const one of outcome.value.items) tell({ event: 'inspection', data: one });
  };
  const forget = () => {
    filled = new Set();
  };
  const hear = ({ event, data }: LiveEvent) => {
    if (event === 'line') stations = Object.keys(data.stations);
    if (event === 'skipped') forget();
    if (event !== 'line' && event !== 'skipped') return;
    for (const station of stations) if (!filled.has(station)) void fill(station);
  };
  return { hear, forget };
}
