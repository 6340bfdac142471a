/**
 * The live stream, held open: begun anew after an end and after a silence, from the last inspection that was told. The box sends a beat every
 * two seconds; three without one and the connection counts as lost, whatever the network says of it.
 */
import { API } from './ask.ts';
import { LIVE_EVENTS, type LiveEvent } from './line-now.ts';

const SILENCE = 3000;
const LOOK_EVERY = 250;
const AGAIN_AFTER = 1000;

export type Told = LiveEvent | { readonly event: 'lost'; readonly data: null } | { readonly event: 'back'; readonly data: null };

export function feed(tell: (told: Told) => void): void {
  let source: EventSource | null = null;
  let last: string | null = null;
  let heard = performance.now();
  let isLost = false;

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
    tell({ event, data: JSON.parse(data) } as LiveEvent);
    // What was left out has been told before the first beat or state.
    if (isLost) tell({ event: 'back', data: null });
    isLost = false;
  };
  function begin(): void {
    heard = performance.now();
    source = new EventSource(`${API}/live${last === null ? '' : `?last=${encodeURIComponent(last)}`}`);
    for (const event of LIVE_EVENTS) source.addEventListener(event, (message: MessageEvent<string>) => hear(event, message));
    source.addEventListener('error', lose);
  }
  begin();
  setInterval(() => {
    if (source && performance.now() - heard > SILENCE) lose();
  }, LOOK_EVERY);
}
