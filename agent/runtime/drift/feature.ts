/**
 * One feature of how the newest parts look, against how it was taught or against the first parts here. Constant in memory. Pure.
 *
 * Pictures are held against the distribution that was taught. Windows of tags end where a part is, those that were taught anywhere in the machine's
 * cycle: of them the range alone is believed, and within it a tag may be anywhere.
 */
import { type FeatureDrift, type LookFeature, quantilesOf, type TaughtFeature, worthOfRun } from '../../contracts/index.ts';
import { Beyond, type Chances, type Gauge, Held, LEAST, type Measured } from './gauges.ts';
import { LEAST_BLOCKS, type SavedWander, Wander } from './wander.ts';

/** The newest parts that are looked at, and those of a line that are learned from. */
export const WINDOW = 500;
export const FIRST_LOOKS = 500;
/** Of the first parts of a line. */
const QUANTILES = 50;
/** Independent parts from which what was taught is believed. */
const LEAST_TAUGHT = 12;
/** The newest, whose middle is told: of all that are looked at most may be of before. */
const TOLD = 50;
/** Looks from which to which the worth of a part is found anew. */
const WEIGHED = 4;
/** Of a tag's level or of how wide it is, what is no matter. */
const LEAST_SHARE = 1e-3;

/** As it is kept over a restart. */
export interface SavedFeature {
  /** Of the first parts here: those there were, then their quantiles. */
  readonly first: readonly number[];
  /** How many independent ones they are worth; null while they are learned. */
  readonly worth: number | null;
  readonly moved: Moved | null;
  /** The newest, the newest last, and how they wandered; missing where it is one of too many (looks.ts): then they begin anew. */
  readonly recent?: readonly number[];
  readonly wander?: SavedWander;
}

/**
 * Since when it differs, wall time, and middles of the newest and of the reference, as they were last seen; `parts` were looked at. `worth`: of one of
 * the newest as it began, missing in what was kept before it was known.
 */
export interface Moved {
  readonly since: number;
  readonly parts: number;
  readonly worth?: number;
  readonly now: number;
  readonly before: number;
}

export interface FeatureWish {
  readonly name: LookFeature;
  readonly taught: TaughtFeature | null;
  readonly chances: Chances;
  /** Which it is: not all are weighed at the same look. */
  readonly index: number;
  /** Of a movement: its tag's level. */
  readonly level: Pick<Feature, 'size'> | null;
}

/** What it is held against. */
interface Reference {
  readonly gauge: Gauge;
  readonly of: 'taught' | 'line';
  readonly parts: number;
  /** Its middle; of a range, the end that is nearer to a value. */
  readonly middle: (value: number) => number;
}

export class Feature {
  private readonly wish: FeatureWish;
  private readonly references: Reference[] = [];
  /** Of the line, while they are learned; then their quantiles. null: none are. */
  private first: number[] | null = [];
  private firstWorth: number | null = null;
  private readonly recent = new Float64Array(WINDOW);
  private next = 0;
  private filled = 0;
  private readonly wander = new Wander();
  private worth = 1;
  private known = 0;
  /** The reference that is farthest beyond its limit. */
  private measured: (Measured & { readonly reference: Reference }) | null = null;
  private moved: Moved | null = null;

  constructor(wish: FeatureWish) {
    this.wish = wish;
    const { values, range, parts = 0, wanders } = wish.taught ?? {};
    if (wanders) this.first = null;
    if (parts < LEAST_TAUGHT) return;
    if (range) this.takeRange(range, parts);
    if (values) this.take(values, 'taught', parts, parts);
    if (this.references.length > 0) this.first = null;
  }

  /** Begins with what one before knew. */
  restore({ first, worth, moved, recent = [], wander }: SavedFeature): void {
    this.moved = moved;
    if (this.first !== null) {
      this.first = [...first];
      if (worth !== null && first.length > 0) this.settle(this.first, worth);
    }
    if (wander) this.wander.restore(wander);
    for (const value of recent) this.hold(value);
  }

  /** How large its values are, as far as it is known: the larger of the reference's middle and width; 0 where nothing is. */
  get size(): number {
    return this.known > 0 || !this.first ? this.known : Math.abs(middleOf(this.first));
  }

  get drifted(): number | null {
    return this.moved?.since ?? null;
  }

  get view(): Omit<FeatureDrift, 'tag'> {
    const reference = this.measured?.reference ?? this.references[0];
    return {
      feature: this.wish.name,
      parts: this.moved?.parts ?? this.filled,
      reference: { of: reference?.of ?? 'line', parts: reference?.parts ?? this.first?.length ?? 0 },
      now: this.moved?.now ?? null,
      before: this.moved?.before ?? null,
      distance: this.measured && short(this.measured.value),
      limit: this.measured && short(this.measured.begins),
      drifted: this.drifted,
    };
  }

  /** `isWhole`: with the newest. */
  save(isWhole: boolean): SavedFeature {
    const known = { first: (this.first ?? []).map(short), worth: this.firstWorth, moved: this.moved };
    return isWhole ? { ...known, recent: this.newest().map(short), wander: this.wander.save() } : known;
  }

  add(value: number): void {
    this.wander.add(value);
    if (this.first && this.firstWorth === null) this.learn(this.first, value);
    this.hold(value);
  }

  private hold(value: number): void {
    if (this.references.length === 0) return;
    const gone = this.filled === WINDOW ? this.recent[this.next] : undefined;
    this.recent[this.next] = value;
    this.next = (this.next + 1) % WINDOW;
    this.filled = Math.min(WINDOW, this.filled + 1);
    for (const { gauge } of this.references) gauge.add(value, gone);
  }

  /** `count`: of looks. true: it has begun, or ended, to differ. */
  look(at: number, count: number): boolean {
    if (this.filled < LEAST || this.wander.blocks < LEAST_BLOCKS) return false;
    if (this.measured === null || count % WEIGHED === this.wish.index % WEIGHED) this.worth = this.wander.worth(this.newest());
    const before = this.moved;
    // It ends by what ended it as it began: a change that takes its time looks like a wander, of which any distance would be no matter.
    const worth = before?.worth ?? this.worth;
    const all = this.references.flatMap((reference) => {
      const measured = reference.gauge.measure(worth);
      return measured ? [{ ...measured, reference }] : [];
    });
    const [first, ...others] = all;
    if (!first) return false;
    this.measured = others.reduce((a, b) => (b.value - b.begins > a.value - a.begins ? b : a), first);
    const now = all.some(({ value, begins, ends }) => value > (before ? ends : begins));
    this.moved = now ? this.movedAt({ since: before?.since ?? at, worth }, this.measured.reference) : null;
    return now !== (before !== null);
  }

  private movedAt(began: Pick<Moved, 'since' | 'worth'>, reference: Reference): Moved {
    const now = middleOf(this.newest().slice(-TOLD));
    return { ...began, parts: this.filled, now: short(now), before: short(reference.middle(now)) };
  }

  private learn(first: number[], value: number): void {
    first.push(value);
    if (first.length >= FIRST_LOOKS) this.settle([...quantilesOf(first, QUANTILES)], FIRST_LOOKS * worthOfRun(first));
  }

  private settle(quantiles: number[], worth: number): void {
    this.first = quantiles;
    this.firstWorth = worth;
    this.take(quantiles, 'line', FIRST_LOOKS, worth);
  }

  private take(values: readonly number[], of: 'taught' | 'line', parts: number, worth: number): void {
    const middle = middleOf(values);
    const range = [values[0] ?? 0, values.at(-1) ?? 0] as const;
    this.known = Math.max(Math.abs(middle), range[1] - range[0]);
    const gauge = new Held(values, { effective: worth, ofLine: of === 'line' ? parts : null }, this.gaugeWish(middle));
    const reference = { of, parts: Math.round(parts), middle: () => middle };
    this.references.push({ ...reference, gauge });
    // Counters count on, and machines warm up: where a tag is on its way in the first parts, they say nothing of how far it may go.
    const isUnderway = of === 'line' && this.wish.name === 'level' && worth < LEAST_TAUGHT;
    if (!isUnderway) this.takeFar(range, reference);
  }

  /** Of a line that wanders, distances tell nothing; what lies as far beyond all that is known as that is wide is another matter. */
  private takeFar([low, high]: readonly [number, number], reference: Omit<Reference, 'gauge'>): void {
    const beyond = (high - low) / 2;
    this.references.push({ ...reference, gauge: new Beyond([low - beyond, high + beyond], null, this.gaugeWish((low + high) / 2)) });
  }

  private takeRange([low, high]: readonly [number, number], parts: number): void {
    this.known = Math.max(Math.abs(low + high) / 2, high - low);
    const gauge = new Beyond([low, high], parts, this.gaugeWish((low + high) / 2));
    const reference = { of: 'taught', parts: Math.round(parts), middle: (value: number) => (value > high ? high : low) } as const;
    this.references.push({ ...reference, gauge });
    this.takeFar([low, high], reference);
  }

  private gaugeWish(around: number) {
    const { name, chances, level } = this.wish;
    // Of a tag that holds still, a tenth of its movement is none: the last digit of its sensor would be a change.
    const least = LEAST_SHARE * Math.max(this.known, level?.size ?? 0);
    return { slack: slackOf(name, Math.abs(around), least), chances, window: WINDOW };
  }

  /** The oldest first. */
  private newest(): readonly number[] {
    const start = this.filled === WINDOW ? this.next : 0;
    return [...this.recent.subarray(start, this.filled), ...this.recent.subarray(0, start)];
  }
}

/** What is no matter, in the feature's unit, where the reference lies around ±`size`. `least`: of tags, whatever they are around. */
function slackOf(name: LookFeature, size: number, least: number): number {
  switch (name) {
    case 'brightness':
      return 4;
    case 'contrast':
    case 'sharpness':
      return Math.max(1, 0.1 * size);
    case 'warmth':
      return 2;
    case 'across':
    case 'down':
      return 1;
    case 'grain':
      return 2;
    case 'lay':
      return 4;
    case 'level':
      return least;
    case 'movement':
      return Math.max(0.1 * size, least);
  }
}

function middleOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

/** As it is kept and told. */
const short = (value: number): number => Number(value.toPrecision(5));
