/** Running figures of a station: counters for ever, yield and latency over the last parts. */
import type { InspectionOutcome, StationState, Verdict } from '../contracts.ts';
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

  count(outcome: InspectionOutcome, verdict: Verdict, latency: Milliseconds | null): void {
    if (outcome === 'missed') {
      this.counters.missed++;
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
    const at = (q: number) => Math.round((sorted[Math.min(have - 1, Math.floor(q * have))] ?? 0) * 100) / 100;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}
