/**
 * `lineside teach bench`: what teaching reaches on the open sets, drawn again and again. Pictures go through the backbone once and are
 * kept; scores are the rule's own, which the goldens of every taught package hold its network to.
 */

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { randomLcg } from 'd3-random';
import { Matrix } from 'ml-matrix';
import type { Region } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { Featurizer } from '../../inference/featurizer.ts';
import { scoreOf } from '../../teaching/machine/network.ts';
import { learn, scoresOf } from '../../teaching/machine/rule.ts';
import { CLOSER, flipsOf, lookedAt, type Maps, pooledOf, type Sizes } from '../../teaching/picture/features.ts';
import { judged } from '../../teaching/picture/judge.ts';
import { sharesMarked } from '../../teaching/picture/marked.ts';
import { ONE_IN } from '../../teaching/picture/promise.ts';
import { isFound, type Registration, register } from '../../teaching/picture/register.ts';
import { type Field, fieldWithin, find, pieceAt, RANGE, searchable } from '../../teaching/picture/registration.ts';
import { learnPictures } from '../../teaching/picture/rule.ts';
import { judgeOf, numbered, type Seen } from '../../teaching/picture/teach.ts';
import { normalQuantile } from '../../teaching/quantile.ts';
import { PictureReader } from '../evaluation/asking/picture.ts';
import { auroc } from '../evaluation/metrics.ts';
import { skab } from '../evaluation/protocols/skab.ts';
import { type PictureSet, type Piece, screws, tiles } from './sets.ts';

interface Spread {
  readonly mean: number;
  readonly sd: number;
}

export interface PictureRow {
  readonly set: string;
  /** Pictures shown. */
  readonly good: number;
  readonly bad: number;
  /** Of pictures that were not shown. */
  readonly auroc: Spread;
  /** Of good parts that were not shown, those that the limit refuses: by the worst of a part's pictures, as the promise counts. */
  readonly rejected: Spread;
  /** From the first picture to the rule, flips and backbone included; mean. */
  readonly teach_s: number;
  /** Most of this process so far. */
  readonly rss_mb: number;
}

export interface MachineRow {
  readonly set: string;
  /** Rows shown of each recording. */
  readonly good: number;
  readonly bad: 0;
  /** Of a recording's rows, over the recordings. */
  readonly auroc: Spread;
  readonly f1: number;
  readonly far: number;
  readonly mar: number;
  readonly teach_s: number;
  readonly rss_mb: number;
}

export interface PromiseRow {
  readonly set: string;
  readonly good: number;
  readonly lessons: number;
  /** Lessons after which more good parts were refused than promised. */
  readonly broken: number;
  /** The least and the most that a lesson promised: pictures drawn are of more or fewer parts. */
  readonly one_in: { readonly least: number; readonly most: number };
  readonly rejected: Spread & { readonly most: number };
}

export interface TeachBenchOptions {
  /** Folder of the data sets, and of the backbone's package. */
  readonly data: string;
  readonly backbone: string;
  readonly draws: number;
  /** Lessons whose promise is tried, half of them on each set; 0 for none. */
  readonly promises: number;
  readonly lessons?: readonly Lesson[];
  /** Pictures are looked at closer, as for small faults. */
  readonly closer?: boolean;
  /** The middle of each picture is its part, moved by up to this share of it each way: as of parts that do not lie still. Default: whole pictures. */
  readonly moved?: number;
  /** Parts are looked for, and judged where they are found. */
  readonly registered?: boolean;
  /** Bad ones that are shown have their masks, where the set has some. */
  readonly marked?: boolean;
  /** Called before each draw. */
  readonly onDraw?: (lesson: Lesson, draw: number) => void;
  /** A row is complete. */
  readonly onRow?: (row: PictureRow | PromiseRow) => void;
}

export interface Lesson {
  readonly set: 'tiles' | 'screws';
  readonly good: number;
  readonly bad: number;
}

export const LESSONS: readonly Lesson[] = [
  { set: 'tiles', good: 10, bad: 0 },
  { set: 'tiles', good: 30, bad: 0 },
  { set: 'tiles', good: 100, bad: 0 },
  { set: 'tiles', good: 30, bad: 10 },
  { set: 'tiles', good: 100, bad: 20 },
  { set: 'tiles', good: 300, bad: 100 },
  { set: 'screws', good: 10, bad: 0 },
];
const PROMISED: readonly Lesson[] = [
  { set: 'tiles', good: 30, bad: 0 },
  { set: 'screws', good: 10, bad: 0 },
];

/** Draws of so many rows: for a progress bar. */
export function drawsOf({ draws, promises, lessons = LESSONS }: Pick<TeachBenchOptions, 'draws' | 'promises' | 'lessons'>): number {
  const promised = promisedOf(lessons);
  return lessons.length * draws + (promises > 0 ? promised.length * Math.ceil(promises / promised.length) : 0);
}

/** Of the sets that are asked for. */
const promisedOf = (lessons: readonly Lesson[]): readonly Lesson[] =>
  PROMISED.filter(({ set }) => lessons.some((lesson) => lesson.set === set));

/** Rejects with DATA_INVALID where a set is not there. */
export async function benchPictures(options: TeachBenchOptions): Promise<readonly (PictureRow | PromiseRow)[]> {
  const { data, draws, promises, lessons = LESSONS, onDraw, onRow, moved = null, registered = false, marked = false } = options;
  const eyes = await Eyes.open(options.backbone, options.closer ? CLOSER : 1, { moved, registered, marked });
  try {
    const sets = new Map<string, PictureSet>();
    const lotsOf = async (lesson: Lesson, count: number, from: number) => {
      const set = sets.get(lesson.set) ?? (await SETS[lesson.set](data));
      sets.set(lesson.set, set);
      const lots: Lot[] = [];
      for (let draw = 0; draw < count; draw++) {
        onDraw?.(lesson, draw);
        lots.push(await drawn(set, lesson, from + draw, eyes));
      }
      return lots;
    };
    const rows: (PictureRow | PromiseRow)[] = [];
    const take = (row: PictureRow | PromiseRow) => {
      rows.push(row);
      onRow?.(row);
    };
    for (const lesson of lessons) take(pictureRow(lesson, await lotsOf(lesson, draws, 0)));
    const promised = promises > 0 ? promisedOf(lessons) : [];
    for (const lesson of promised) take(promiseRow(lesson, await lotsOf(lesson, Math.ceil(promises / promised.length), OTHERS)));
    return rows;
  } finally {
    await eyes.close();
  }
}

const SETS = { tiles, screws } as const;
/** Lessons whose promise is tried are others than those before. */
const OTHERS = 1000;

interface Lot {
  readonly auroc: number;
  readonly rejected: number;
  readonly oneIn: number;
  readonly seconds: number;
}

/** One lesson: so many drawn from what may be shown, all of the others judged. */
async function drawn(set: PictureSet, { good, bad }: Lesson, draw: number, eyes: Eyes): Promise<Lot> {
  const order = shuffled(set.shown, draw);
  const pick = (isBad: boolean, count: number) => order.filter((one) => one.bad === isBad).slice(0, count);
  const shown = pick(false, good);
  await eyes.hold(shown);
  const [goods, bads] = [await eyes.all(shown, true), await eyes.all(pick(true, bad), false)];
  if (goods.seen.length < good || bads.seen.length < bad)
    throw new LinesideError('DATA_INVALID', { file: set.name, why: 'it has too few pictures' });
  const began = performance.now();
  const { judge, promise } = judgeOf(learnPictures(numbered(goods.seen), eyes.sizes), goods.seen, bads.seen, ONE_IN);
  const seconds = (performance.now() - began + goods.ms + bads.ms) / 1000;
  const values = await eyes.each(set.judged, ({ looked }) => judged(judge, looked).value);
  const truths = set.judged.map((one) => one.bad);
  const fine = set.judged.flatMap(({ part }, i) => (truths[i] ? [] : [{ part, value: values[i] ?? 0 }]));
  return {
    auroc: auroc(truths, values),
    rejected: refusedParts(fine, judge.alarm),
    oneIn: promise.one_in,
    seconds,
  };
}

/** A part is refused where one of its pictures is. */
export function refusedParts(pictures: readonly { readonly part: string; readonly value: number }[], alarm: number): number {
  const refused = new Set(pictures.filter(({ value }) => value >= alarm).map(({ part }) => part));
  return refused.size / new Set(pictures.map(({ part }) => part)).size;
}

function pictureRow({ set, good, bad }: Lesson, lots: readonly Lot[]): PictureRow {
  return {
    set,
    good,
    bad,
    auroc: spreadOf(lots.map((lot) => lot.auroc)),
    rejected: spreadOf(lots.map((lot) => lot.rejected)),
    teach_s: rounded(spreadOf(lots.map((lot) => lot.seconds)).mean),
    rss_mb: residentMost(),
  };
}

function promiseRow({ set, good }: Lesson, lots: readonly Lot[]): PromiseRow {
  const rejected = lots.map((lot) => lot.rejected);
  const promises = lots.map((lot) => lot.oneIn);
  return {
    set,
    good,
    lessons: lots.length,
    broken: lots.filter((lot) => lot.rejected > 1 / lot.oneIn).length,
    one_in: { least: Math.min(...promises), most: Math.max(...promises) },
    rejected: { ...spreadOf(rejected), most: rounded(Math.max(...rejected)) },
  };
}

/** Each recording taught on its first rows alone, as `models evaluate` calibrates it. */
export async function benchMachine(data: string): Promise<MachineRow> {
  const began = performance.now();
  const samples = await skab.samples(`${data}/skab`);
  const alarm = normalQuantile(0.99);
  const facts = { labels: [], good: null, threshold: 0.5 };
  let taught = 0;
  const ranked: number[] = [];
  const evidence = samples.map(({ input: { channels, values, normal }, truth }) => {
    const rows = Matrix.from1DArray(values.length / channels.length, channels.length, Array.from(values));
    const from = performance.now();
    const { rule } = learn([rows.subMatrix(0, normal - 1, 0, channels.length - 1)]);
    taught += performance.now() - from;
    const answers = scoresOf(rule, rows)
      .slice(normal)
      .map((value) => ({ label: null, score: scoreOf(value, alarm) }));
    ranked.push(
      auroc(
        truth,
        answers.map(({ score }) => score),
      ),
    );
    return skab.weigh(truth, answers, facts);
  });
  const { f1 = 0, far = 0, mar = 0 } = skab.figures(evidence);
  const teach_s = Math.min(taught, performance.now() - began) / 1000 / samples.length;
  return {
    set: 'skab',
    good: samples[0]?.input.normal ?? 0,
    bad: 0,
    auroc: spreadOf(ranked.filter(Number.isFinite)),
    f1: rounded(f1),
    far: rounded(far),
    mar: rounded(mar),
    teach_s: rounded(teach_s),
    rss_mb: residentMost(),
  };
}

interface Places {
  readonly moved: number | null;
  readonly registered: boolean;
  readonly marked: boolean;
}

interface Known {
  readonly seen: Seen;
  readonly ms: number;
  readonly flipped: boolean;
}

/** Each picture is looked at once, and its time remembered; of parts that are looked for, once in each lesson. */
class Eyes {
  readonly sizes: Sizes;
  private readonly featurizer: Featurizer;
  private readonly places: Places;
  private readonly field: Field;
  private readonly reader = new PictureReader('rgb8');
  /** Null: no part was found. */
  private readonly known = new Map<string, Known | null>();
  private registration: Registration | null = null;

  private constructor(featurizer: Featurizer, sizes: Sizes, places: Places) {
    this.featurizer = featurizer;
    this.sizes = sizes;
    this.places = places;
    this.field = fieldWithin(featurizer.size.width);
  }

  static async open(folder: string, times: number, places: Places): Promise<Eyes> {
    const featurizer = await Featurizer.open({ folder, threads: 1, times });
    const { width, height } = featurizer.size;
    const { s16, s32 } = await featurizer.look(new Uint8Array(width * height * 3));
    const size = (shape: readonly number[] = []) => ({ channels: shape[1] ?? 0, side: shape[2] ?? 0 });
    return new Eyes(featurizer, { fine: size(s16?.shape), coarse: size(s32?.shape) }, places);
  }

  /** What all others are held against from now on. */
  async hold(pieces: readonly Piece[]): Promise<void> {
    if (!this.places.registered) return;
    this.known.clear();
    const files = pieces.map(({ file }) => file);
    this.registration = await register(files, this.field, { read: (file) => this.pixels(file) });
  }

  async all(pieces: readonly Piece[], flipped: boolean): Promise<{ readonly seen: readonly Seen[]; readonly ms: number }> {
    const seen: Seen[] = [];
    let ms = 0;
    for (const piece of pieces) {
      const one = await this.one(piece, flipped);
      if (one) seen.push(one.seen);
      ms += one?.ms ?? 0;
    }
    return { seen, ms };
  }

  /** Of a picture in which no part is found: further beyond than anything that is judged. */
  async each(pieces: readonly Piece[], rate: (seen: Seen) => number): Promise<readonly number[]> {
    const values: number[] = [];
    for (const piece of pieces) {
      const one = await this.one(piece, false);
      values.push(one ? rate(one.seen) : Number.MAX_VALUE);
    }
    return values;
  }

  async close(): Promise<void> {
    await Promise.all([this.featurizer.close(), this.reader.close()]);
  }

  private async one(piece: Piece, flipped: boolean): Promise<Known | null> {
    const before = this.known.get(piece.file);
    if (before === null || (before && (before.flipped || !flipped))) return before;
    const found = await this.looked(piece, flipped);
    this.known.set(piece.file, found);
    return found;
  }

  private async looked({ file, part, mask }: Piece, flipped: boolean): Promise<Known | null> {
    const began = performance.now();
    const pixels = this.pieceOf(await this.pixels(file));
    if (!pixels) return null;
    const looked = lookedAt(await this.maps(pixels), this.sizes);
    const flips: Float64Array[] = [];
    const { width: side } = this.featurizer.size;
    for (const turned of flipped ? flipsOf(pixels, side) : []) flips.push(pooledOf(await this.maps(turned), this.sizes));
    const marked = mask && this.places.marked ? await this.markedIn(mask) : null;
    const seen: Seen = { file, name: file, part, kind: null, looked, flips, look: [], digest: '', ...(marked ? { marked } : {}) };
    return { seen, ms: performance.now() - began, flipped };
  }

  /** What is judged, with what is around it where the part is looked for. */
  private async pixels(file: string): Promise<Uint8Array> {
    const frame = await this.reader.read(file);
    const { moved, registered } = this.places;
    const region = moved === null ? undefined : movedRegion(frame, file, moved, registered ? 1 + 2 * RANGE : 1);
    const { width, height } = registered ? this.field : this.featurizer.size;
    return this.featurizer.prepare(frame, region, { width, height, channels: 3 });
  }

  /** Of whole pictures, which lie still. */
  private async markedIn(mask: string): Promise<Float64Array | null> {
    const { pixels, width, height } = await this.reader.read(mask);
    const values = Uint8Array.from({ length: width * height }, (_, i) => ((pixels[3 * i] ?? 0) < 128 ? 0 : 1));
    return sharesMarked({ width, height, values }, [0, 0, width, height], this.sizes.fine.side);
  }

  private pieceOf(pixels: Uint8Array): Uint8Array | null {
    const { registration } = this;
    if (!registration) return pixels;
    const found = find(registration.reference, searchable(pixels, this.field));
    return isFound(registration, found) ? pieceAt(pixels, this.field, found) : null;
  }

  private async maps(pixels: Uint8Array): Promise<Maps> {
    const { s16, s32 } = await this.featurizer.look(pixels);
    const none = new Float32Array(0);
    return { s16: s16?.data ?? none, s32: s32?.data ?? none };
  }
}

/** Share of a picture each way that is its part: what is around it is room to move, and to look. */
const MIDDLE = 0.6;

/** Of a picture: its middle, `times` as wide and high, moved as the file's name has it, the same every time. */
function movedRegion(
  { width, height }: { readonly width: number; readonly height: number },
  file: string,
  moved: number,
  times: number,
): Region {
  const digest = createHash('sha256').update(basename(file)).digest();
  const along = (of: number, which: number): readonly [number, number] => {
    const away = (2 * (digest.readUInt16LE(which) / 65535) - 1) * moved * MIDDLE * of;
    const size = Math.round(MIDDLE * times * of);
    return [Math.max(0, Math.min(of - size, Math.round((of - size) / 2 + away))), size];
  };
  const [[x, across], [y, down]] = [along(width, 0), along(height, 2)];
  return [x, y, across, down];
}

/** By Fisher and Yates; the same for one seed. */
function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  const next = randomLcg((seed + 0.5) / 4096);
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}

function spreadOf(list: readonly number[]): Spread {
  const mean = list.reduce((sum, one) => sum + one, 0) / list.length;
  const sd = Math.sqrt(list.reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, list.length - 1));
  return { mean: rounded(mean), sd: rounded(sd) };
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
const residentMost = (): number => Math.round(process.resourceUsage().maxRSS / 1024);
