/**
 * The newest scores of one package at one station under one recipe, against a reference: those that it was taught with, by what had not seen them,
 * or of its first parts here. Constant in memory, whatever passes by. Pure.
 *
 * It is looked at again and again, and every look may be wrong by chance: of 100,000 parts of a line that does not change, at most one line in a
 * hundred is called changed (Bonferroni 1936, over all looks at them). Which of them lie side by side makes no difference to that bound.
 * Parts that are like the one before tell less, so the parts of the line count for as many as they are worth. Those that were taught count whole:
 * nobody has said that they came one after the other.
 */
import type { Look, LookDrift, ScoreDrift, TaughtFeature } from '../../contracts/index.ts';
import { Distance, distanceOf, effectiveOf, worthOf } from './distance.ts';
import { Looks, type SavedLooks } from './looks.ts';

/** The newest parts that are looked at, and the fewest. */
export const WINDOW = 500;
const LEAST = 100;
/** Parts from look to look. */
const EVERY = 25;
/** Of parts here, where the package brings none along. */
export const FIRST_PARTS = 500;
/** From which held-out scores something can be told. */
const LEAST_TAUGHT = 10;
const FALSE_ALARMS = 0.01;
const OVER_PARTS = 100_000;
/** The chance at which a look calls the line changed, and at which it is as before. */
const BEGINS = FALSE_ALARMS / (OVER_PARTS / EVERY);
const ENDS = 0.05;
/** What is no matter, however many parts show it, and what has to be left of it when it is over: else it would begin and end again and again. */
const LEAST_DISTANCE = 0.1;
const OVER_DISTANCE = 0.07;

export interface SeriesName {
  readonly station: string;
  readonly recipe: string;
  /** As the rules call it. */
  readonly model: string;
  readonly package: string;
  readonly version: string;
  readonly sha256: string;
}

/** As it is kept over a restart. */
export interface SavedSeries extends SeriesName {
  /** Wall time of its first part. */
  readonly since: number;
  readonly judged: number;
  readonly of: 'taught' | 'line';
  readonly reference: readonly number[];
  /** The newest last. */
  readonly recent: readonly number[];
  /** How much a part of the line is worth; missing where the reference tells it, and in what was kept before it was known. */
  readonly worth?: number;
  readonly drifted: number | null;
  /** How the parts look, and what of the picture is judged; missing for texts, and in what was kept before it was watched. */
  readonly looks?: SavedLooks;
  readonly view?: string;
  /** How parts look is held against parts here, whatever was taught. */
  readonly own?: true;
  /** When it judged last, as the watch counts time; missing in what was kept before it was known. */
  readonly last?: number;
}

/** What a package was taught with: held-out scores of good parts, and how its parts looked; both empty where it brings none along. */
export interface Taught {
  readonly scores: readonly number[];
  readonly look: readonly (TaughtFeature | null)[];
}

export class Series {
  readonly name: SeriesName;
  readonly since: number;
  /** When it judged last, as the watch counts time. */
  last = 0;
  judged = 0;
  private of: 'taught' | 'line';
  /** Complete, or growing. */
  private reference: number[];
  private recent: number[] = [];
  private distance: Distance | null = null;
  /** How many independent parts one of the line is worth. */
  private worth = 1;
  private looked: { readonly value: number; readonly limit: number } | null = null;
  private limits: { readonly size: number; readonly begins: number; readonly ends: number } | null = null;
  private driftedAt: number | null = null;
  private taughtLook: Taught['look'];
  private isOwn = false;
  private looks: Looks | null = null;
  /** Camera and region; null: not known yet. */
  private watched: string | null = null;

  constructor(name: SeriesName, { scores, look }: Taught, since: number) {
    this.name = name;
    this.since = since;
    this.taughtLook = look;
    this.of = scores.length >= LEAST_TAUGHT ? 'taught' : 'line';
    this.reference = this.of === 'taught' ? [...scores] : [];
    if (this.of === 'taught') this.settle();
  }

  static restore(
    { since, judged, of, reference, recent, worth, drifted, looks, view, own, last, ...name }: SavedSeries,
    taught: Taught['look'],
  ): Series {
    const look = own ? [] : taught;
    const series = new Series(name, { scores: of === 'taught' ? reference : [], look }, since);
    series.isOwn = own ?? false;
    series.last = last ?? 0;
    if (looks) series.looks = Looks.restore(looks, look);
    series.watched = view ?? null;
    if (of === 'line') for (const score of reference) series.learn(score);
    for (const score of recent) series.watch(score);
    series.judged = judged;
    if (series.of === 'taught') series.worth = worth ?? worthOf(series.recent);
    series.driftedAt = drifted;
    series.look(drifted ?? since);
    return series;
  }

  /** true: it has begun, or ended, to differ. */
  add(score: number, at: number): boolean {
    this.judged++;
    if (!this.distance) {
      this.learn(score);
      return false;
    }
    this.watch(score);
    return this.judged % EVERY === 0 && this.look(at);
  }

  /** How that part looked. true: it has begun, or ended, to look otherwise. */
  see(look: Look, at: number): boolean {
    if (this.looks?.isOf(look)) return this.looks.add(look.values, at);
    const before = this.looks?.drifted ?? false;
    this.looks = new Looks(look, this.taughtLook);
    this.looks.add(look.values, at);
    return before;
  }

  /** It judges that camera and region: what was looked at of another says nothing. */
  lookAt(view: string): void {
    if (this.watched !== null && this.watched !== view) this.looks = null;
    this.watched = view;
  }

  /**
   * What was taught says nothing of this recipe alone: from now on its own first parts are the reference, from the next one on. true: it differed.
   */
  own(): boolean {
    const drifted = this.of === 'taught' && this.drifted !== null;
    if (this.of === 'taught') this.relearnScores();
    const looked = this.taughtLook.length > 0 && this.isSeenDrifted;
    if (this.taughtLook.length > 0) this.relearnLooks();
    return drifted || looked;
  }

  /** The next parts are the reference of its scores, whatever was. */
  relearnScores(): void {
    [this.of, this.reference, this.recent, this.distance] = ['line', [], [], null];
    [this.looked, this.limits, this.driftedAt, this.worth] = [null, null, null, 1];
  }

  /** The next parts are the reference of how they look, whatever was. */
  relearnLooks(): void {
    this.isOwn = true;
    this.taughtLook = [];
    this.looks = null;
  }

  get drifted(): number | null {
    return this.driftedAt;
  }

  /** How its parts look differs. */
  get isSeenDrifted(): boolean {
    return this.looks?.drifted ?? false;
  }

  /** null: no part has been seen, or there is nothing to see. */
  get seen(): LookDrift | null {
    return this.looks?.view ?? null;
  }

  /** Shares of scores above the reference's median. */
  get shift() {
    const middle = this.distance?.median ?? 0;
    return { middle, ...(this.distance?.above(middle) ?? { now: 0, before: 0 }) };
  }

  get view(): ScoreDrift {
    const { recipe, model, package: name, version } = this.name;
    return {
      recipe,
      model,
      package: name,
      version,
      parts: this.distance?.size ?? 0,
      reference: { of: this.of, parts: this.reference.length },
      distance: this.looked && rounded(this.looked.value),
      limit: this.looked && rounded(this.looked.limit),
      drifted: this.driftedAt,
      ...(this.looks && { look: this.looks.view }),
    };
  }

  save(): SavedSeries {
    const { name, since, last, judged, of } = this;
    return {
      ...name,
      since,
      last,
      judged,
      of,
      reference: this.reference.map(rounded),
      recent: this.recent.map(rounded),
      ...(of === 'taught' && { worth: this.worth }),
      drifted: this.driftedAt,
      ...(this.looks && { looks: this.looks.save() }),
      ...(this.watched !== null && { view: this.watched }),
      ...(this.isOwn && { own: true as const }),
    };
  }

  private learn(score: number): void {
    this.reference.push(score);
    if (this.reference.length < FIRST_PARTS) return;
    this.worth = worthOf(this.reference);
    this.settle();
  }

  private settle(): void {
    this.distance = new Distance(this.reference, WINDOW);
  }

  private watch(score: number): void {
    this.recent.push(score);
    if (this.recent.length > WINDOW) this.recent.shift();
    this.distance?.add(score);
  }

  private look(at: number): boolean {
    if (!this.distance || this.distance.size < LEAST) return false;
    if (this.of === 'taught') this.weigh();
    const { begins, ends } = this.limitsFor(this.distance);
    const value = this.distance.value;
    this.looked = { value, limit: begins };
    const before = this.driftedAt !== null;
    const now = value > (before ? ends : begins);
    if (now !== before) this.driftedAt = now ? at : null;
    return now !== before;
  }

  /**
   * What was taught does not tell how alike the parts of the line are, so its newest do: at every look until the window is full, and from then on
   * once for each window, as no part is in two of those. For a line that began with one part again and again, that is over 500 parts later.
   */
  private weigh(): void {
    if (this.recent.length === WINDOW && this.judged % WINDOW !== 0) return;
    this.worth = worthOf(this.recent);
    this.limits = null;
  }

  /** They change until the window is full, and cost more than all the rest. */
  private limitsFor({ size, referenceSize }: Distance): { readonly begins: number; readonly ends: number } {
    if (this.limits?.size === size) return this.limits;
    const effective = effectiveOf(this.of === 'line' ? referenceSize * this.worth : referenceSize, size * this.worth);
    const limitAt = (chance: number, least: number) => Math.max(least, distanceOf(chance, effective));
    this.limits = { size, begins: limitAt(BEGINS, LEAST_DISTANCE), ends: limitAt(ENDS, OVER_DISTANCE) };
    return this.limits;
  }
}

/** As scores are kept. */
const rounded = (value: number): number => Math.round(value * 1e5) / 1e5;
