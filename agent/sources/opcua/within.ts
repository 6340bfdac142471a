/** The time cap on every await: node-opcua leaves calls pending for ever when a connection dies at the wrong moment. */
import type { LinesideError } from '../../errors.ts';
import type { Clock, Milliseconds } from '../../time.ts';

export interface Patience {
  readonly clock: Clock;
  readonly ms: Milliseconds;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal;
  readonly fault: () => LinesideError;
}

/** `work`, or `fault()` after `ms`, or the signal's reason: whichever is first. A late result is swallowed. */
export function within<T>(work: Promise<T>, { clock, ms, signal, fault }: Patience): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const give = () => reject(fault());
    const abort = () => reject(signal?.reason);
    const cancel = clock.after(ms, give);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => {
      cancel();
      signal?.removeEventListener('abort', abort);
    });
  });
}
