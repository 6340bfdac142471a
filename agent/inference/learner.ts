/** Collects the normal rows that a calibration is learned from, out of the windows that pass by. */
import type { TagWindow } from '../contracts/index.ts';
import { runs, type Stretch } from './calibration.ts';

/** Unbroken windows that are wanted among them: where triggers are further apart than a window is long, rows alone are not enough. */
const WINDOWS = 100;
/** Rows kept, at most. */
const MOST = 50_000;

export class Learner {
  private readonly steps: number;
  private readonly rows: number;
  private values: number[] = [];
  private starts: number[] = [];
  private channels = 0;
  private newest = Number.NEGATIVE_INFINITY;
  private broken = true;

  /** `steps`: rows that the network looks at together; `rows`: how many are wanted. */
  constructor(steps: number, rows: number) {
    this.steps = steps;
    this.rows = rows;
  }

  get have(): number {
    return this.channels === 0 ? 0 : this.values.length / this.channels;
  }
  /** Rows wanted in all, as far as can be told now. */
  get need(): number {
    return Math.max(this.rows, this.have + WINDOWS - this.windows);
  }
  get ready(): boolean {
    return this.have >= this.need;
  }
  get stretch(): Stretch {
    return { channels: this.channels, values: Float32Array.from(this.values), starts: this.starts };
  }

  /** Takes the rows that are newer than all before; a row with a gap or a bad value ends the run. */
  add(window: TagWindow): void {
    this.channels = window.tags.length;
    // The wall clock was set back: go on from there instead of waiting for the old time to come again.
    if (window.endsAt < this.newest - window.steps * window.everyMs) this.newest = Number.NEGATIVE_INFINITY;
    for (let step = 0; step < window.steps; step++) {
      const at = window.endsAt - (window.steps - 1 - step) * window.everyMs;
      if (at > this.newest + window.everyMs / 2 && !this.ready && this.have < MOST) this.addRow(window, step, at);
    }
  }

  private addRow(window: TagWindow, step: number, at: number): void {
    const [from, to] = [step * this.channels, (step + 1) * this.channels];
    const row = window.values.subarray(from, to);
    const whole = row.every(Number.isFinite) && window.quality.subarray(from, to).every((quality) => quality < 2);
    const follows = at - this.newest < window.everyMs * 1.5;
    this.newest = at;
    if (whole && (this.broken || !follows)) this.starts.push(this.have);
    if (whole) this.values.push(...row);
    this.broken = !whole;
  }

  private get windows(): number {
    return runs(this.starts, this.have).reduce((sum, [from, to]) => sum + Math.max(0, to - from - this.steps + 1), 0);
  }
}
