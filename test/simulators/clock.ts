import type { Clock } from '#agent/time.js';

interface Waiting {
  readonly due: number;
  readonly fn: () => void;
}

/** A clock that moves only when told to. Timers due on the way run in order, with promises settled in between. */
export class ManualClock implements Clock {
  private time = 0;
  private readonly start: number;
  private readonly timers = new Set<Waiting>();

  constructor(start = Date.UTC(2026, 0, 5, 6)) {
    this.start = start;
  }
  now = () => this.start + this.time;
  elapsed = () => this.time;
  after = (ms: number, fn: () => void) => {
    const timer = { due: this.time + Math.max(0, ms), fn };
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
    };
  };
  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });

  get pending(): number {
    return this.timers.size;
  }

  /** When the next timer is due; undefined where there is none. */
  get due(): number | undefined {
    return this.timers.size === 0 ? undefined : Math.min(...[...this.timers].map(({ due }) => due));
  }

  /** Time goes on while nothing runs, as when the process is stopped: what became due runs with the next advance(). */
  standStill(ms: number): void {
    this.time += ms;
  }

  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const next = [...this.timers].sort((a, b) => a.due - b.due)[0];
      if (!next || next.due > end) break;
      this.timers.delete(next);
      this.time = Math.max(this.time, next.due);
      next.fn();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

/** Lets every promise and immediate that is ready run. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};
