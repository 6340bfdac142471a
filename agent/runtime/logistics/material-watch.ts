/** One material as it is followed: what is used of it, what is there, and from which stock on more is called. Holds no time of its own. */
import { goesByParts, type MaterialConfig, perPart } from '../../config/material.ts';
import { type ForecastPoint, isGood, type LinePlan, type MaterialState, type Stretch, type TagSample } from '../../contracts/index.ts';
import { countedBetween } from '../../decisions/logistics/counter.ts';
import type { MaterialBook, MaterialOrigin } from '../../decisions/logistics/material/book.ts';
import { lastsFor, leadDraws, quantileOf, reorderPoint, useIn } from '../../decisions/logistics/material/demand.ts';
import { ExpectedUse, type PlannedUse } from '../../decisions/logistics/material/expected.ts';
import { followLevel, pauseOf } from '../../decisions/logistics/material/level.ts';
import { bucketFor, LEAST_BUCKETS, UsageHistory } from '../../decisions/logistics/material/usage.ts';
import type { Milliseconds } from '../../time.ts';

/** So long a counter that begins anew is doubted. */
const HOLDS: Milliseconds = 6000;
/** Nobody uses more between two values of a counter. */
const MOST_CONTAINERS = 10;
/** Points of a forecast, and how far it reaches at most. */
const POINTS = 24;
const LONGEST_FORECAST: Milliseconds = 7 * 86_400_000;

export interface Outlook {
  readonly now: number;
  readonly open: readonly Stretch[];
  /** Null: there is none, or it has nothing in it. */
  readonly plan: LinePlan | null;
}

/** A tag that says nothing that can be used, and why. */
type Heard = { readonly value: number } | { readonly why: string };
const NOT_YET: Heard = { why: 'has said nothing yet' };

export class MaterialWatch {
  readonly name: string;
  readonly config: MaterialConfig;
  private readonly book: MaterialBook;
  private usage: UsageHistory;
  private level: Heard = NOT_YET;
  private counter: Heard = NOT_YET;
  /** What its tag shows next was used while nobody looked, in a time that nobody knows. */
  private resumes = true;
  /** Newest values of the level, a look each. */
  private levels: readonly number[] = [];
  /** The level was not seen until the last look. */
  wasAway = false;
  /** The counter has begun anew, monotonic; null: it has not. */
  private resetSince: number | null = null;
  /** Of the counter, that nobody can have used up to there. */
  private leap: number | null = null;
  /** The part that passed last uses it; null: none has passed yet. */
  private runs: boolean | null = null;
  /** Since the last look. */
  private used = 0;
  private expected: ExpectedUse | null = null;
  private point: number | null = null;
  private out: MaterialState['runs_out'] = null;
  source: 'plan' | 'rate' | null = null;
  /** Sorted; of the lead times that are known now. */
  private leads: readonly Milliseconds[];

  constructor(name: string, config: MaterialConfig, book: MaterialBook, kept: { bucket: number; counts: number[] } | undefined) {
    this.name = name;
    this.config = config;
    this.book = book;
    const isOther = book.fit(name, originOf(config), config.container);
    const bucket = bucketFor(config.lead_time.mean);
    // What was counted in buckets of another length, of another lead time, says nothing in these.
    this.usage = new UsageHistory(bucket, kept?.bucket === bucket && !isOther ? kept.counts : []);
    this.leads = leadDraws(config.lead_time, book.of(name).leads);
  }

  get history(): UsageHistory {
    return this.usage;
  }

  /** Goes on with what the one before has learned, where that can be. */
  goOnFrom({ usage, level, levels, counter, config, resumes, runs }: MaterialWatch): void {
    const [before, now] = [originOf(config), originOf(this.config)];
    if (usage.bucket === this.usage.bucket && before.unit === now.unit) this.usage = usage;
    if (before.level === now.level) [this.level, this.levels] = [level, levels];
    if (before.counter === now.counter) this.counter = counter;
    if (before.level === now.level && before.counter === now.counter) this.resumes = resumes;
    if (before.station === now.station) this.runs = runs;
  }

  // ------------------------------------------------------------ what is used

  /** Parts have passed. HOT: after each record. */
  passed(recipe: string, parts: number): void {
    if (this.config.counter !== undefined) return;
    const each = perPart(this.config, recipe);
    this.runs = each > 0;
    this.use(parts * each);
  }

  /** The same, of parts that passed while nobody looked: they say nothing of how much is used in which time. */
  passedBefore(recipe: string, parts: number): void {
    if (this.config.counter === undefined) this.book.use(this.name, parts * perPart(this.config, recipe));
  }

  /** They cannot be counted any more. */
  losePassed(): void {
    const { counter, stock } = this.config;
    if (counter === undefined && stock === undefined) this.book.lose(this.name);
  }

  /** `now`: monotonic. A counter that begins anew is doubted for some seconds, and one that leaps until it goes on from there: a PLC that starts shows both. */
  hearCounter(sample: TagSample | undefined, now: number): void {
    const { counter } = this.config;
    this.counter = heardIn(sample);
    if (counter === undefined) return;
    if (!('value' in this.counter)) {
      this.losesCount();
      return;
    }
    const { value } = this.counter;
    const before = this.leap !== null && value >= this.leap ? this.leap : this.book.of(this.name).counter;
    const counted = before === null ? 0 : countedBetween(before, value, counter.wraps ?? null);
    if (before !== null && value < before / 2 && counted === value) {
      this.resetSince ??= now;
      return;
    }
    this.resetSince = null;
    const isLeap = !this.resumes && counted * counter.each > MOST_CONTAINERS * this.config.container;
    this.leap = isLeap ? value : null;
    if (!isLeap) this.count(value, counted * counter.each);
  }

  private count(value: number, quantity: number): void {
    this.book.heardCounter(this.name, value);
    const { resumes } = this;
    this.resumes = false;
    if (quantity <= 0) return;
    if (resumes) this.book.use(this.name, quantity);
    else this.use(quantity);
  }

  /** It has shown for long enough that it has begun anew. */
  takeReset(now: number): void {
    const { counter } = this.config;
    if (counter === undefined || this.resetSince === null || now - this.resetSince < HOLDS || !('value' in this.counter)) return;
    this.resetSince = null;
    this.count(this.counter.value, this.counter.value * counter.each);
  }

  private losesCount(): void {
    this.resumes = true;
    this.leap = null;
    this.resetSince = null;
  }

  hearLevel(sample: TagSample | undefined): void {
    this.level = heardIn(sample);
    if (!('value' in this.level)) this.loseLevels();
  }

  /** Takes what the level has shown for two looks: one value alone is that of a scale that is tared, or of a PLC that starts. `now`: the agent's own time. */
  weigh(now: number): void {
    const { stock, counter, container } = this.config;
    if (stock === undefined || !('value' in this.level)) return;
    const value = this.level.value * stock.each;
    this.wasAway = this.levels.length === 0;
    this.levels = this.levels.length === 0 ? [value, value, value] : [...this.levels.slice(1), value];
    const { level, used } = followLevel(this.book.of(this.name).level, {
      value: this.weighed ?? value,
      now,
      container,
      pause: pauseOf(this.config.lead_time.mean),
    });
    const { resumes } = this;
    if (counter === undefined) this.resumes = false;
    this.book.heardLevel(this.name, level);
    if (counter === undefined && !goesByParts(this.config) && !resumes) this.used += used;
  }

  /** The middle one of the newest three. */
  private get weighed(): number | undefined {
    return [...this.levels].sort((a, b) => a - b)[1];
  }

  private loseLevels(): void {
    this.levels = [];
    if (this.config.counter === undefined) this.resumes = true;
  }

  loseLevel(): void {
    this.level = AWAY;
    this.loseLevels();
  }
  loseCounter(): void {
    this.counter = AWAY;
    this.losesCount();
  }

  private use(quantity: number): void {
    this.used += quantity;
    this.book.use(this.name, quantity);
  }

  /**
   * What was used since the last look, in so much of working time; see UsageHistory.add. While nothing is heard of the use nothing is learned: that was no time in which
   * nothing was used. Of a material that only some recipes use, time counts while one of those runs.
   */
  settle(open: (used: number) => Milliseconds): boolean {
    const { used } = this;
    this.used = 0;
    const time = open(used);
    if (!this.isHeard || (used <= 0 && this.rests)) return false;
    return this.usage.add(used, time);
  }

  /** What was used since the last look was used in a time that nobody knows: the process was frozen. */
  skip(): void {
    this.used = 0;
  }

  private get isHeard(): boolean {
    const { counter, stock } = this.config;
    if (counter) return 'value' in this.counter;
    return goesByParts(this.config) || stock === undefined || 'value' in this.level;
  }

  /** Another recipe runs, which uses none of it; or nobody knows yet which. */
  private get rests(): boolean {
    const { config } = this;
    if (config.counter !== undefined || !goesByParts(config)) return false;
    const isOfAll = (config.per_part ?? 0) > 0 && Object.values(config.recipes).every((each) => each > 0);
    return !isOfAll && this.runs !== true;
  }

  // ------------------------------------------------------------ what is there

  /** Or why nobody knows. */
  get stock(): { readonly value: number } | { readonly why: string } {
    const { stock, counter } = this.config;
    if (stock)
      return 'value' in this.level
        ? { value: Math.max(0, this.weighed ?? this.level.value * stock.each) }
        : unsure(stock.tag, this.level.why);
    if (counter && !('value' in this.counter)) return unsure(counter.tag, this.counter.why);
    const { stock: said, lost } = this.book.of(this.name);
    if (said !== null) return { value: Math.max(0, said) };
    return {
      why: lost ? 'parts of before the start could not be counted: say how much is there' : 'nobody has said yet how much is there',
    };
  }

  /** With what is on its way, of which some may have come and be used up already; null: nobody knows. */
  get withCalls(): number | null {
    const { stock } = this;
    if ('why' in stock) return null;
    const said = this.config.stock ? null : this.book.of(this.name).stock;
    return (said ?? stock.value) + this.onCall;
  }

  /** It was filled up by more than half of what was called. */
  get cameByLevel(): boolean {
    const { calls, level } = this.book.of(this.name);
    const [oldest] = calls;
    return this.config.stock !== undefined && oldest !== undefined && level !== null && level.filled >= oldest.quantity / 2;
  }

  get onCall(): number {
    return this.book.of(this.name).calls.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  // ------------------------------------------------------------ what comes

  /** A call has come, or was seen to take another time. */
  learnLead(): void {
    this.leads = leadDraws(this.config.lead_time, this.book.of(this.name).leads);
  }

  get lead(): Milliseconds {
    return quantileOf(this.leads, 0.5);
  }

  foresee({ now, open, plan }: Outlook): void {
    const rate = this.usage.rate;
    const planned = plan && goesByParts(this.config) ? plannedUse(plan, this.config) : [];
    this.source = planned.some(({ to }) => to > now) ? 'plan' : rate === null ? null : 'rate';
    this.expected = new ExpectedUse({ now, open, planned, rate: (rate ?? 0) / this.usage.bucket });
    this.point = rate === null ? null : reorderPoint(this.forecast(this.expected), this.config.service);
    const { stock } = this;
    const lasts = rate === null || 'why' in stock ? null : lastsFor(this.forecast(this.expected), stock.value);
    const instant = (time: Milliseconds | null) => (time === null ? null : Math.round(now + time));
    this.out = lasts && { low: instant(lasts.low), middle: instant(lasts.middle), high: instant(lasts.high) };
  }

  /** Enough was seen of its use to forecast it; reorderPoint is null until that was done. */
  get isKnown(): boolean {
    return this.usage.buckets >= LEAST_BUCKETS;
  }

  /** Null: too little was seen. */
  get reorderPoint(): number | null {
    return this.point;
  }

  /** Used in an hour of working time. */
  get rate(): number | null {
    const { rate, bucket } = this.usage;
    return rate === null ? null : (rate * 3_600_000) / bucket;
  }

  /** When it is used up where nothing comes, as of the last forecast; null: nothing is known of the use. */
  get runsOut(): MaterialState['runs_out'] {
    return this.out;
  }

  /** Stock where nothing comes, until it is used up or for a week. */
  ahead(stock: number, now: number): readonly ForecastPoint[] {
    if (this.out === null || this.expected === null) return [];
    const of = this.forecast(this.expected);
    const span = Math.max(1, Math.min(LONGEST_FORECAST, (this.out.high ?? Number.POSITIVE_INFINITY) - now, of.expected.span));
    return Array.from({ length: POINTS + 1 }, (_, i) => {
      const time = (span * i) / POINTS;
      const used = useIn(of, time);
      const left = (amount: number) => Math.max(0, stock - amount);
      return { at: now + time, low: left(used.high), middle: left(used.middle), high: left(used.low) };
    });
  }

  private forecast(expected: ExpectedUse) {
    return { leads: this.leads, expected, history: this.usage };
  }
}

/** Of which tags and in which unit its numbers are. */
export const originOf = ({ station, counter, stock, unit = '' }: MaterialConfig): MaterialOrigin => ({
  station,
  counter: counter?.tag ?? '',
  level: stock ? `${stock.tag} ${stock.each}` : '',
  unit,
});

const AWAY: Heard = { why: 'has no connection to its server' };
const unsure = (tag: string, why: string) => ({ why: `tag ${tag} ${why}` });

function heardIn(sample: TagSample | undefined): Heard {
  if (sample === undefined) return NOT_YET;
  const { value, status } = sample;
  if (!isGood(status)) return { why: 'is bad' };
  return typeof value === 'number' && Number.isFinite(value) ? { value } : { why: 'says no number' };
}

/** By the order that was agreed on: what is only proposed may be refused. */
function plannedUse({ state, sequence }: LinePlan, config: MaterialConfig): readonly PlannedUse[] {
  return sequence
    .map(({ begin, end, before, parts, recipe }) => {
      const times = state === 'proposed' && before !== null ? before : { begin, end };
      return { from: times.begin, to: times.end, amount: parts * perPart(config, recipe) };
    })
    .sort((a, b) => a.from - b.from);
}
