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
  isPast,
  LEAST_PAST,
  lessonsOf,
  NEWEST_PAST,
  NO_EXPERIENCE,
  usesLeft,
  type Wear,
  wearOf,
} from '../../decisions/logistics/tools/wear.ts';
import { medianOf, WearLog, type WearLogState } from '../../decisions/logistics/tools/wear-log.ts';
import { numberOf } from '../../decisions/spc/live/series.ts';
import { type Milliseconds, Minutes, Seconds } from '../../time.ts';

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
  /** What its counter shows next was used while nobody looked, in a time that nobody knows. */
  private resumes = true;
  /** The counter is begun anew, and has been so since then, monotonic; null: it is not. */
  private anewSince: number | null = null;
  /** The signal shows none, not for long yet. */
  private blank: { readonly text: string; readonly since: number } | null = null;
  /** Newest values of the trend, a part each, growing towards the limit. */
  private newest: number[] = [];
  private wear: Wear | null = null;
  private expected: ExpectedUse | null = null;
  private out: ToolState['until'] = null;

  constructor(place: ToolPlace, book: ToolBook, kept: LearnedTool | undefined) {
    const { config, station, name, models, tags } = place;
    this.place = place;
    this.key = `${station}/${name}`;
    this.book = book;
    book.fit(this.key, { counter: config.uses?.tag ?? '', signal: config.changed ?? '' });
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
      const y = this.place.config.falls ? -value : value;
      this.newest = [...this.newest.slice(1 - NEWEST_PAST), y];
      this.log.note(this.book.of(this.key).used, y);
    } else if (++this.unheard >= MOST_UNHEARD || this.series.kind === 'tag') this.trend = { why: 'says no number that is good' };
  }

  passedBefore(parts: number): void {
    if (this.place.config.uses === undefined) this.book.use(this.key, parts);
  }

  /** They cannot be counted any more. */
  losePassed(): void {
    if (this.place.config.uses === undefined) this.book.lose(this.key);
  }

  /** `now`: monotonic. A counter that shows less than half may be that of a PLC which starts: see changeSeen. */
  hearCounter(sample: TagSample | undefined, now: number): void {
    const { uses } = this.place.config;
    const value = valueIn(sample);
    this.counter = Number.isNaN(value) ? { why: sample === undefined ? 'has said nothing yet' : 'is bad' } : { value };
    if (uses === undefined) return;
    if (Number.isNaN(value)) {
      this.loses();
      return;
    }
    const { resumes } = this;
    this.resumes = false;
    const before = this.book.of(this.key).counter;
    if (before === value) this.anewSince = null;
    if (before === value) return;
    if (before === null) this.beginWith(value);
    const counted = before === null ? 0 : countedBetween(before, value, uses.wraps ?? null);
    if (before !== null && value < before / 2 && counted === value) {
      this.anewSince ??= now;
      return;
    }
    this.anewSince = null;
    this.book.heardCounter(this.key, value);
    if (resumes) this.book.use(this.key, counted);
    else this.use(counted);
  }

  /** It begins anew with each tool: what it shows when it is followed for the first time are the uses of this one. */
  private beginWith(value: number): void {
    const { uses, life } = this.place.config;
    const { changed, used } = this.book.of(this.key);
    if (uses?.wraps === undefined && life !== undefined && value <= life && changed === null && used === 0) this.book.use(this.key, value);
  }

  loseCounter(): void {
    this.counter = AWAY;
    this.loses();
  }

  private loses(): void {
    this.resumes = true;
    this.anewSince = null;
  }

  /** The uses of another tool that its counter has shown for long enough; null: the tool was not changed. Once. */
  changeSeen(now: number): number | null {
    if (this.anewSince === null || now - this.anewSince < HOLDS || !('value' in this.counter)) return null;
    this.anewSince = null;
    this.book.heardCounter(this.key, this.counter.value);
    return this.counter.value;
  }

  /** Whether the tag that tells of a change has just told of one. One that shows none for a moment, and then what it showed before, is of a PLC that starts. */
  hearSignal(sample: TagSample | undefined, now: number): boolean {
    if (!sample || !isGood(sample.status) || sample.value === null || Array.isArray(sample.value)) return false;
    const text = String(sample.value).slice(0, 64);
    if (text === '') return false;
    this.blankHolds(now);
    if (NONE.has(text)) {
      this.blank ??= { text, since: now };
      if (this.book.of(this.key).signal === null) this.book.heardSignal(this.key, text);
      return false;
    }
    this.blank = null;
    const { signal } = this.book.of(this.key);
    if (text === signal) return false;
    this.book.heardSignal(this.key, text);
    return signal !== null;
  }

  /** It has shown none for long enough that this counts. */
  blankHolds(now: number): void {
    if (this.blank === null || now - this.blank.since < HOLDS) return;
    this.book.heardSignal(this.key, this.blank.text);
    this.blank = null;
  }

  private use(uses: number): void {
    this.used += uses;
    this.book.use(this.key, uses);
  }

  settle(open: (used: number) => Milliseconds): boolean {
    const { used } = this;
    this.used = 0;
    const time = open(used);
    // While its counter says nothing, that is no time in which it was not used.
    if (this.place.config.uses !== undefined && (!('value' in this.counter) || this.anewSince !== null)) return false;
    return this.usage.add(used, time);
  }

  /** What was used since the last look was used in a time that nobody knows: the process was frozen. */
  skip(): void {
    this.used = 0;
  }

  // ------------------------------------------------------------ another tool

  /** Points of the one that is out; putBack() where that was not kept. */
  begin(): () => void {
    const { log, wear, glances, newest } = this;
    this.log = new WearLog();
    this.glances = [];
    this.wear = null;
    this.out = null;
    this.newest = [];
    return () => {
      this.log = log;
      this.glances = glances;
      this.wear = wear;
      this.newest = newest;
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
    if (this.book.of(this.key).lost) return 'parts of before the start could not be counted: change it, or say how many uses it has had';
    return null;
  }

  get level(): number | null {
    const sign = this.place.config.falls ? -1 : 1;
    // A step is in the newest values, and not in the line through all of them yet.
    if (this.newest.length >= LEAST_PAST && this.isAtLimit) {
      const points = this.log.all.slice(-NEWEST_POINTS).map(({ y }) => y);
      return sign * Math.max(medianOf(this.newest), points.length > 0 ? medianOf(points) : Number.NEGATIVE_INFINITY);
    }
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

  /** What its trend says stays so until it is changed: a trend at its limit comes and goes. true: this is new. */
  notePast(): boolean {
    if (this.book.of(this.key).worn || !this.isAtLimit) return false;
    this.book.wearOut(this.key);
    return true;
  }

  get isWorn(): boolean {
    const { uses } = this.left;
    return this.book.of(this.key).worn === true || (uses !== null && uses.middle <= 0);
  }

  /** Of its trend: half of the newest values are there, or the line through all of them. */
  private get isAtLimit(): boolean {
    const { trend, limit, falls } = this.place.config;
    if (trend === undefined || limit === undefined || 'why' in this.trend) return false;
    const end = falls ? -limit : limit;
    const points = this.log.all.slice(-NEWEST_POINTS).map(({ y }) => y);
    if (isPast(this.newest, end) || isPast(points, end)) return true;
    return this.wear !== null && this.wear.level >= end;
  }

  private trendLeft(): { readonly uses: ToolLeft | null; readonly because: string | null } {
    const { trend, limit, falls } = this.place.config;
    if (trend === undefined || limit === undefined) return { uses: null, because: null };
    if ('why' in this.trend && this.trend !== NOT_YET) return { uses: null, because: `${trend} ${this.trend.why}` };
    // Also where no trend is to be seen: a step over the limit, or a plateau above it.
    if (this.isAtLimit || this.book.of(this.key).worn) return { uses: { low: 0, middle: 0, high: 0 }, because: null };
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
    // Its middle lies behind the horizon: the earlier end of both, of the uses and of how fast they come.
    if (centre === null) return { low: instant(lastsUntil(of, low, 'high')), middle: null, high: null };
    const soon = lastsUntil(of, low, 'middle');
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

/** So long a counter that begins anew, or a signal that shows none, is doubted. */
const HOLDS = Seconds(6);
/** Points of its log that say whether the limit is reached. */
const NEWEST_POINTS = 9;
const NONE = new Set(['0', 'false']);

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
