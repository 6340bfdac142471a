/** What became of each part that the press sent out: its verdict, or that none came in time. Pure but for the clock. */
import type { Verdict } from '../../contracts/index.ts';
import type { Part } from '../../desk/simulation/parts.ts';
import type { Clock, Milliseconds } from '../../time.ts';
import type { PassedPart } from './start.ts';

/** Far beyond any station's deadline. */
const PATIENCE: Milliseconds = 3000;
/** What config/demo.yaml writes. */
const VERDICTS: Readonly<Record<number, Verdict>> = { 1: 'ok', 2: 'nok', 3: 'review' };

interface Waiting {
  readonly part: Part;
  readonly at: number;
  readonly giveUp: () => void;
}

export class Ledger {
  private readonly waiting = new Map<string, Waiting>();
  private readonly clock: Clock;
  private readonly report: (passed: PassedPart) => void;
  /** Verdicts for parts that are not waiting: unknown, late, or told twice. */
  strays = 0;

  constructor(clock: Clock, report: (passed: PassedPart) => void) {
    this.clock = clock;
    this.report = report;
  }

  get open(): number {
    return this.waiting.size;
  }

  /** The part is at the camera; `at` is its trigger's source time. */
  passes(part: Part, at: number): void {
    const giveUp = this.clock.after(PATIENCE, () => this.close(part.serial, null, false));
    this.waiting.set(part.serial, { part, at, giveUp });
  }

  /** A verdict tag was written while the part tag said `serial`. */
  answered(serial: string, value: unknown, rejected: boolean): void {
    const verdict = VERDICTS[Number(value)] ?? null;
    if (!this.close(serial, verdict, rejected)) this.strays++;
  }

  private close(serial: string, verdict: Verdict | null, rejected: boolean): boolean {
    const entry = this.waiting.get(serial);
    if (!entry) return false;
    this.waiting.delete(serial);
    entry.giveUp();
    const { number, truth, visible, cause } = entry.part;
    const answeredMs = verdict === null ? null : this.clock.now() - entry.at;
    this.report({ number, serial, truth, visible, cause, at: entry.at, verdict, rejected, answeredMs });
    return true;
  }
}
