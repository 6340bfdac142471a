/** Running figures of a station: counters for ever and since the changeover, yield and latency over the last parts. */
import type { Inspection, StationState, Verdict } from '../contracts/index.ts';
import type { Milliseconds } from '../time.ts';

const YIELD_OVER = 100;
const LATENCY_OVER = 1000;

type Counted = Pick<Inspection, 'outcome' | 'verdict' | 'recipe' | 'at'>;
export type Counters = Record<Verdict | 'missed' | 'failed', number>;

/** Parts of one product, since the first of them. */
export interface Changeover {
  readonly recipe: string;
  readonly since: number;
  readonly counters: Counters;
}

const copyOf = (of: Changeover): Changeover => ({ ...of, counters: { ...of.counters } });
const none = (): Counters => ({ ok: 0, nok: 0, review: 0, missed: 0, failed: 0 });

export class Statistics {
  readonly counters: Counters;
  private product: Changeover | null;
  private readonly verdicts: Verdict[] = [];
  private readonly latencies = new Float64Array(LATENCY_OVER);
  private measured = 0;

  constructor(counters = none(), changeover: Changeover | null = null) {
    this.counters = { ...counters };
    this.product = changeover && copyOf(changeover);
  }

  /** null before the first part. */
  get changeover(): Changeover | null {
    return this.product && copyOf(this.product);
  }

  /** In the order of the records. `parts`: how many one record of missed parts stands for. */
  count({ outcome, verdict, recipe, at }: Counted, latency: Milliseconds | null, parts = 1): void {
    if (this.product?.recipe !== recipe) this.product = { recipe, since: at, counters: none() };
    for (const counters of [this.counters, this.product.counters]) {
      if (outcome === 'missed') counters.missed += parts;
      else counters[verdict]++;
      if (outcome === 'failed') counters.failed++;
    }
    if (outcome === 'missed') return;
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
