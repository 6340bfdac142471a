/** One tool as it is followed: how often it was used, what was measured of it, and what is left. Holds no time of its own. */
import { isSeries, type Series, seriesOf } from '../../config/charts.ts';
import type { ToolConfig } from '../../config/tools.ts';
import {
  type Inspection,
  isGood,
  type LinePlan,
  type Stretch,
  type TagSample,
  type ToolLeft,
  type ToolState,
} from '../../contracts/index.ts';
import { countedBetween } from '../../decisions/logistics/counter.ts';
import { lastsUntil } from '../../decisions/logistics/material/demand.ts';
import { ExpectedUse } from '../../decisions/logistics/material/expected.ts';
import { bucketFor, UsageHistory } from '../../decisions/logistics/material/usage.ts';
import type { ToolBook } from '../../decisions/logistics/tools/book.ts';
import {
  type Experience,
  type Glance,
  glanced,
  lessonsOf,
  NO_EXPERIENCE,
  usesLeft,
  type Wear,
  wearOf,
} from '../../decisions/logistics/tools/wear.ts';
import { WearLog, type WearLogState } from '../../decisions/logistics/tools/wear-log.ts';
import { numberOf } from '../../decisions/spc/live/series.ts';
import { type Milliseconds, Minutes } from '../../time.ts';

/** What was learned of a tool, as it is kept. */
export interface LearnedTool {
  /** When the tool was changed that the points are of. */
  readonly changed: number | null;
  /** What they are of. */
  readonly trend: string;
  readonly log: WearLogState;
  readonly glances: readonly Glance[];
  readonly experience: Experience;
  readonly counts: readonly number[];
}

export interface ToolPlace {
  readonly station: string;
  readonly name: string;
  readonly config: ToolConfig;
  /** Of the station, and tags of all servers: what its trend may be of. */
  readonly models: readonly string[];
  readonly tags: readonly string[];
}

type Heard = { readonly value: number } | { readonly why: string };
const NOT_YET: Heard = { why: 'has said nothing yet' };
const AWAY: Heard = { why: 'has no connection to its server' };

/** Use is learned in buckets of five minutes, whatever is told ahead. */
const BUCKET = bucketFor(Minutes(30));
/** Working time until there is no use is longer than anybody waits: parts that come seldom. */
const MOST_UNHEARD = 1000;

export interface Left {
  readonly uses: ToolLeft | null;
  readonly by: 'uses' | 'trend' | null;
  readonly because: string | null;
}

export class ToolWatch {
  readonly place: ToolPlace;
  readonly key: string;
  private readonly book: ToolBook;
  private readonly series: Series | null;
  private usage: UsageHistory;
  private log: WearLog;
  private experience: Experience;
  private glances: readonly Glance[];
  private counter: Heard = NOT_YET;
  private trend: Heard = NOT_YET;
  /** Parts of which the trend said nothing, one after the other. */
  private unheard = 0;
  private used = 0;
  private wear: Wear | null = null;
  private expected: ExpectedUse | null = null;
  private worn = false;
  private out: ToolState['until'] = null;

  constructor(place: ToolPlace, book: ToolBook, kept: LearnedTool | undefined) {
    const { config, station, name, models, tags } = place;
    this.place = place;
    this.key = `${station}/${name}`;
    this.book = book;
    const found = config.trend === undefined ? null : seriesOf(config.trend, { models, tags });
    this.series = found && isSeries(found) ? found : null;
    const isSame = kept !== undefined && kept.trend === trendKey(config);
    this.usage = new UsageHistory(BUCKET, kept?.counts ?? []);
    // Points of a tool that is out by now would be those of this one.
    const isOwn = isSame && kept.changed === book.of(this.key).changed;
    this.log = new WearLog(isOwn ? kept.log : undefined);
    this.glances = isOwn ? kept.glances : [];
    this.experience = isSame ? kept.experience : NO_EXPERIENCE;
  }

  get learned(): LearnedTool {
    return {
      changed: this.book.of(this.key).changed,
      trend: trendKey(this.place.config),
      log: this.log.state,
      glances: this.glances,
      experience: this.experience,
      counts: [...this.usage.state.counts],
    };
  }

  /** The tag of its trend; null: it is of parts, or there is none. */
  get trendTag(): string | null {
    return this.series?.kind === 'tag' ? this.series.tag : null;
  }

  // ------------------------------------------------------------ what is used and measured

  /** A part has passed. `tag`: of the trend's tag, now; undefined: it is away, or not of a tag. HOT: after each record. */
  passed(inspection: Inspection, parts: number, tag: TagSample | undefined): void {
    if (this.place.config.uses === undefined) this.use(parts);
    if (this.series === null) return;
    const value = this.series.kind === 'tag' ? valueIn(tag) : numberOf(this.series, undefined, inspection);
    if (Number.isFinite(value)) {
      this.unheard = 0;
      this.trend = { value };
      this.log.note(this.book.of(this.key).used, this.place.config.falls ? -value : value);
    } else if (++this.unheard >= MOST_UNHEARD || this.series.kind === 'tag') this.trend = { why: 'says no number that is good' };
  }

  passedBefore(parts: number): void {
    if (this.place.config.uses === undefined) this.book.use(this.key, parts);
  }

  /** The uses that the counter shows since it began anew, where it did: then the tool was changed. null: it was not. */
  hearCounter(sample: TagSample | undefined): number | null {
    const { uses } = this.place.config;
    const value = valueIn(sample);
    this.counter = Number.isNaN(value) ? { why: sample === undefined ? 'has said nothing yet' : 'is bad' } : { value };
    if (uses === undefined || Number.isNaN(value)) return null;
    const before = this.book.of(this.key).counter;
    if (before === value) return null;
    this.book.heardCounter(this.key, value);
    if (before === null) return null;
    const counted = countedBetween(before, value, uses.wraps ?? null);
    const isAnew = value < before / 2 && counted === value;
    if (isAnew) return value;
    this.use(counted);
    return null;
  }

  loseCounter(): void {
    this.counter = AWAY;
  }

  /** Whether the tag that tells of a change has just told of one. */
  hearSignal(sample: TagSample | undefined): boolean {
    if (!sample || !isGood(sample.status) || sample.value === null || Array.isArray(sample.value)) return false;
    const text = String(sample.value).slice(0, 64);
    const { signal } = this.book.of(this.key);
    if (text === signal) return false;
    this.book.heardSignal(this.key, text);
    return signal !== null && !['', '0', 'false'].includes(text);
  }

  private use(uses: number): void {
    this.used += uses;
    this.book.use(this.key, uses);
  }

  settle(open: (used: number) => Milliseconds): boolean {
    const { used } = this;
    this.used = 0;
    return this.usage.add(used, open(used));
  }

  // ------------------------------------------------------------ another tool

  /** Points of the one that is out; putBack() where that was not kept. */
  begin(): () => void {
    const { log, wear, glances } = this;
    this.log = new WearLog();
    this.glances = [];
    this.wear = null;
    this.out = null;
    this.worn = false;
    return () => {
      this.log = log;
      this.glances = glances;
      this.wear = wear;
    };
  }

  /** What the one that is out teaches. */
  learn({ log, glances }: Pick<LearnedTool, 'log' | 'glances'>): void {
    this.experience = lessonsOf(new WearLog(log).all, glances, this.experience);
  }

  // ------------------------------------------------------------ what is left

  foresee({ now, open, plan }: { readonly now: number; readonly open: readonly Stretch[]; readonly plan: LinePlan | null }): void {
    this.wear = this.series === null ? null : wearOf(this.log.all);
    if (this.wear) this.glances = glanced(this.glances, { n: this.book.of(this.key).used, wear: this.wear });
    const planned = this.place.config.uses === undefined && plan ? plannedParts(plan) : [];
    this.expected = new ExpectedUse({ now, open, planned, rate: (this.usage.rate ?? 0) / BUCKET });
    const { uses } = this.left;
    this.out = uses && this.outOf(uses, now);
  }

  /** Why nothing is known of it. */
  get unknown(): string | null {
    const { uses, trend } = this.place.config;
    if (uses && 'why' in this.counter) return `tag ${uses.tag} ${this.counter.why}`;
    if (trend !== undefined && this.place.config.life === undefined && 'why' in this.trend && this.trend !== NOT_YET)
      return `${trend} ${this.trend.why}`;
    return null;
  }

  get level(): number | null {
    const sign = this.place.config.falls ? -1 : 1;
    return this.wear === null ? null : sign * this.wear.level;
  }

  /** Of its uses and of its trend, what is over first. */
  get left(): Left {
    const { life } = this.place.config;
    const byUses = life === undefined ? null : Math.max(0, life - this.book.of(this.key).used);
    const { uses: byTrend, because } = this.trendLeft();
    if (byUses === null) return { uses: byTrend, by: byTrend === null ? null : 'trend', because };
    const exact = { low: byUses, middle: byUses, high: byUses };
    if (byTrend === null) return { uses: exact, by: 'uses', because };
    const least = (pick: keyof ToolLeft) => Math.min(exact[pick], byTrend[pick]);
    return {
      uses: { low: least('low'), middle: least('middle'), high: least('high') },
      by: byTrend.middle < byUses ? 'trend' : 'uses',
      because,
    };
  }

  /** It stays so until it is changed: a trend at its limit comes and goes. */
  get isWorn(): boolean {
    const { uses } = this.left;
    this.worn ||= uses !== null && uses.middle <= 0;
    return this.worn;
  }

  private trendLeft(): { readonly uses: ToolLeft | null; readonly because: string | null } {
    const { trend, limit, falls } = this.place.config;
    if (trend === undefined || limit === undefined) return { uses: null, because: null };
    if ('why' in this.trend && this.trend !== NOT_YET) return { uses: null, because: `${trend} ${this.trend.why}` };
    if (this.wear === null) return { uses: null, because: `too little was seen of ${trend} yet` };
    const uses = usesLeft(this.wear, falls ? -limit : limit, this.experience);
    return { uses, because: uses === null ? `${trend} does not ${falls ? 'fall' : 'rise'} clearly yet` : null };
  }

  /** When that is over, as of the last look ahead; null: nothing is known of how often it is used. */
  get until(): ToolState['until'] {
    return this.out;
  }

  /** Null inside: later than anybody looks. Costs some milliseconds: asked with each look ahead, and not with each state. */
  private outOf({ low, middle, high }: ToolLeft, now: number): ToolState['until'] {
    const instant = (time: number | null) => (time === null ? null : Math.round(now + time));
    if (middle <= 0) return { low: instant(0), middle: instant(0), high: instant(0) };
    if (this.expected === null || this.usage.rate === null) return null;
    const of = { expected: this.expected, history: this.usage };
    const centre = lastsUntil(of, middle, 'middle');
    const soon = lastsUntil(of, low, 'middle');
    if (centre === null) return { low: instant(soon), middle: null, high: null };
    const late = lastsUntil(of, high, 'middle');
    const [fast, slow] = [lastsUntil(of, middle, 'high'), lastsUntil(of, middle, 'low')];
    return {
      low: instant(centre / spreadOf([centre, soon], [centre, fast])),
      middle: instant(centre),
      high: late === null || slow === null ? null : instant(centre * spreadOf([late, centre], [slow, centre])),
    };
  }
}

/** Two spreads that have nothing to do with each other, as one factor: of the uses that are left, and of how fast they come. */
function spreadOf(...ratios: readonly (readonly [number | null | undefined, number | null | undefined])[]): number {
  const logs = ratios.map(([a, b]) => Math.log(Math.max(1, (a ?? 1) / Math.max(1, b ?? 1))));
  return Math.exp(Math.hypot(...logs));
}

const trendKey = ({ trend = '', falls }: ToolConfig): string => `${trend} ${falls ? 'falls' : 'rises'}`;

function valueIn(sample: TagSample | undefined): number {
  return sample && isGood(sample.status) && typeof sample.value === 'number' && Number.isFinite(sample.value) ? sample.value : Number.NaN;
}

const plannedParts = ({ state, sequence }: LinePlan) =>
  sequence
    .map(({ begin, end, before, parts }) => {
      const times = state === 'proposed' && before !== null ? before : { begin, end };
      return { from: times.begin, to: times.end, amount: parts };
    })
    .sort((a, b) => a.from - b.from);
