/** Counts what the press, the agent and the subscriber each saw, and compares. Bounded: parts are forgotten once all three have spoken. */
import type { Inspection, Verdict } from '../../contracts/index.ts';
import type { Clock, Milliseconds } from '../../time.ts';
import type { PassedPart } from './start.ts';

/** What the command prints at the end. */
export interface DemoResult {
  readonly parts: number;
  readonly ok: number;
  readonly nok: number;
  readonly review: number;
  readonly missed: number;
  readonly published: number;
  readonly stored: number;
  /** Share of the parts whose verdict at the PLC is the truth of the simulation; `review` agrees with neither. */
  readonly agreement: number;
  /** Trigger's arrival at the agent to its write request. */
  readonly latency_ms: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly deadline_missed: number;
  readonly rss_mb: number;
}

export interface DemoSummary {
  readonly recent: readonly { readonly part: PassedPart; readonly inspection: Inspection | undefined }[];
  readonly result: Omit<DemoResult, 'stored' | 'missed'>;
}

const RECENT = 12;
const LATENCIES = 100_000;

export class Scoreboard {
  private readonly clock: Clock;
  private readonly counts: Record<Verdict, number> = { ok: 0, nok: 0, review: 0 };
  private readonly recent: PassedPart[] = [];
  private readonly inspections = new Map<string, Inspection>();
  private readonly latencies: number[] = [];
  private parts = 0;
  private agreed = 0;
  private judgedParts = 0;
  private publishedEvents = 0;
  private deadlineMissed = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  judged(inspection: Inspection): void {
    this.judgedParts++;
    if (inspection.outcome === 'judged' || inspection.outcome === 'failed') this.counts[inspection.verdict]++;
    if (inspection.reasons.some(({ code }) => code === 'DEADLINE_MISSED')) this.deadlineMissed++;
    if (this.latencies.push(inspection.timings.verdict) > LATENCIES) this.latencies.shift();
    if (inspection.part !== null) this.inspections.set(inspection.part, inspection);
    const [oldest] = this.inspections.keys();
    if (this.inspections.size > 4 * RECENT && oldest !== undefined) this.inspections.delete(oldest);
  }

  published(_eventId: string): void {
    this.publishedEvents++;
  }

  passed(part: PassedPart): void {
    this.parts++;
    if (part.verdict === part.truth) this.agreed++;
    this.recent.push(part);
    if (this.recent.length > RECENT) this.recent.shift();
  }

  /** Resolves when every part has been judged and published, or after `patience`. */
  async settled(patience: Milliseconds): Promise<void> {
    const until = this.clock.elapsed() + patience;
    while ((this.judgedParts < this.parts || this.publishedEvents < this.judgedParts) && this.clock.elapsed() < until)
      await this.clock.sleep(50);
  }

  summary(): DemoSummary {
    return { recent: this.recent.map((part) => ({ part, inspection: this.inspections.get(part.serial) })), result: this.figures() };
  }

  result(more: Pick<DemoResult, 'stored' | 'missed'>): DemoResult {
    const { parts, ok, nok, review, published, ...rest } = this.figures();
    return { parts, ok, nok, review, missed: more.missed, published, stored: more.stored, ...rest };
  }

  private figures(): Omit<DemoResult, 'stored' | 'missed'> {
    const sorted = [...this.latencies].sort((a, b) => a - b);
    const at = (q: number) => Math.round((sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0) * 10) / 10;
    return {
      parts: this.parts,
      ...this.counts,
      published: this.publishedEvents,
      agreement: this.parts === 0 ? 0 : Math.round((this.agreed / this.parts) * 10_000) / 10_000,
      latency_ms: { p50: at(0.5), p95: at(0.95), p99: at(0.99) },
      deadline_missed: this.deadlineMissed,
      rss_mb: Math.round(process.memoryUsage.rss() / 1e6),
    };
  }
}
