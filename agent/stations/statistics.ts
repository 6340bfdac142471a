/** Running figures of a station: counters for ever, yield and latency over the last parts. */
import type { InspectionOutcome, StationState, Verdict } from '../contracts/index.ts';
import type { Milliseconds } from '../time.ts';

const YIELD_OVER = 100;
const LATENCY_OVER = 1000;

export type Counters = Record<Verdict | 'missed' | 'failed', number>;

export class Statistics {
  readonly counters: Counters;
  private readonly verdicts: Verdict[] = [];
  private readonly latencies = new Float64Array(LATENCY_OVER);
  private measured = 0;

  constructor(counters: Counters = { ok: 0, nok: 0, review: 0, missed: 0, failed: 0 }) {
    this.counters = { ...counters };
  }

  /** `parts`: how many one record of missed parts stands for. */
  count(outcome: InspectionOutcome, verdict: Verdict, latency: Milliseconds | null, parts = 1): void {
    if (outcome === 'missed') {
      this.counters.missed += parts;
      return;
    }
    this.counters[verdict]++;
    if (outcome === 'failed') this.counters.failed++;
    this.verdicts.push(verdict);
    if (this.verdicts.length > YIELD_OVER) this.verdicts.shift();
    if (latency !== null) this.latencies[this.measured++ % LATENCY_OVER] = latency;
  }

  get yield(): number | null {
    return this.verdicts.length === 0 ? null : this.verdicts.filter((v) => v === 'ok').length / this.verdicts.length;
  }

  get latency(): StationState['latencyMs'] {
    const have = Math.min(this.measured, LATENCY_OVER);
    if (have === 0) return null;
    const sorted = this.latencies.slice(0, have).sort();
    const at = (q: number) => Math.round((sorted[Math.floor(q * have)] ?? 0) * 100) / 100;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}
