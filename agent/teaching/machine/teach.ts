/** From recordings of good production to what a package of a normal machine holds. Pure. */

import type { Matrix } from 'ml-matrix';
import { LinesideError } from '../../errors.ts';
import type { Lesson, LessonCase } from '../lesson.ts';
import { normalQuantile } from '../quantile.ts';
import { machineLook } from './look.ts';
import { networkOf, scoreOf, WINDOW, type WindowPlace } from './network.ts';
import { projectionOf, type Use } from './projection.ts';
import { reasonsOf } from './reasons.ts';
import type { Recording } from './recording.ts';
import { type Fitted, learn, ROWS_A_CHANNEL, STRETCHES, scoresOf, type TagsRule, WARM } from './rule.ts';
import { type Material, materialOf, type Stretch, type Unusable } from './stretches.ts';

export interface MachineWish {
  readonly recordings: readonly Recording[];
  /** One good row in so many may alarm. */
  readonly oneIn: number;
  /** The window of the station that it is taught for: all of its tags, in their order. Default: the tags that are used, and rows enough for all. */
  readonly window?: { readonly tags: readonly string[]; readonly steps: number };
}

export interface TaughtTags {
  readonly used: readonly string[];
  /** Wandering ones, of which only what holds still together is judged. */
  readonly combined: readonly string[];
  readonly unusable: readonly Unusable[];
}

/** What may be said about false alarms, and what it rests on. */
export interface MachinePromise {
  readonly promised: boolean;
  readonly one_in: number;
  /** Share of the rows shown that alarm in the cross-fit, over all and in the worst stretch. */
  readonly held_out: { readonly alarms: number; readonly worst_stretch: number };
  readonly text: string;
}

export interface TaughtMachine {
  readonly tags: TaughtTags;
  readonly stretches: readonly { readonly file: string; readonly from: number; readonly rows: number }[];
  readonly rows: number;
  readonly promise: MachinePromise;
  readonly remarks: readonly string[];
  readonly lesson: Lesson;
}

const UNUSED: Readonly<Record<Exclude<Use, 'used' | 'combined'>, string>> = {
  still: 'it hardly ever changes',
  drifts: 'it wanders, and holds still in no combination with others',
};

/** What recordings teach, before it is told or packed. */
export interface LearnedMachine extends Fitted {
  readonly material: Material;
  readonly uses: readonly Use[];
  /** Tags of the rule, in its order, and their rows by stretch. */
  readonly tags: readonly string[];
  readonly rows: readonly Matrix[];
}

/** Throws DATA_INVALID where the recordings are too little to learn from. */
export function learnMachine(recordings: readonly Recording[]): LearnedMachine {
  const material = materialOf(recordings);
  const refuse = (why: string) => new LinesideError('DATA_INVALID', { file: recordings[0]?.file ?? '', why });
  const { uses } = projectionOf(material.stretches.map(({ rows }) => rows));
  const columns = uses.flatMap((use, i) => (use === 'used' || use === 'combined' ? [i] : []));
  if (columns.length === 0) throw refuse('no tag changes: there is nothing to learn a normal machine from');
  const rows = material.stretches.map(({ rows: all }) => all.subMatrixColumn(columns));
  const fitted = learn(rows);
  // Of tags that say the same, or are beyond all measure, arithmetic may leave no number.
  if (!fitted.heldOut.flat().every(Number.isFinite)) throw refuse('its numbers are too large, or too much alike, to compute with');
  return { ...fitted, material, uses, tags: columns.map((i) => material.tags[i] ?? ''), rows };
}

/** Throws as learnMachine() does. */
export function teachMachine({ recordings, oneIn, window }: MachineWish): TaughtMachine {
  const learned = learnMachine(recordings);
  const { rule, material, uses, tags, rows: stretches } = learned;
  const alarm = normalQuantile(1 - 1 / oneIn);
  const told = toldOf(material, uses);
  const rows = stretches.reduce((sum, one) => sum + one.rows, 0);
  const place = window ?? { tags, steps: WINDOW };
  const promise = promiseOf(learned, { alarm, oneIn, steps: place.steps });
  return {
    tags: told,
    stretches: material.stretches.map(({ file, from, rows: of }) => ({ file, from, rows: of.rows })),
    rows,
    promise,
    remarks: remarksOf(rows, rule, place.steps),
    lesson: lessonOf({ rule, alarm, tags, stretches, material, uses, promise, told, window: place }),
  };
}

function toldOf({ tags, unusable }: Material, uses: readonly Use[]): TaughtTags {
  const named = (wanted: Use) => tags.filter((_, i) => uses[i] === wanted);
  const lost = (['still', 'drifts'] as const).flatMap((use) => named(use).map((tag) => ({ tag, why: UNUSED[use] })));
  return { used: named('used'), combined: named('combined'), unusable: [...unusable, ...lost] };
}

/** What is promised, of a window of so many rows. */
interface Promising {
  readonly alarm: number;
  readonly oneIn: number;
  readonly steps: number;
}

function promiseOf(fitted: Fitted, { alarm, oneIn, steps }: Promising): MachinePromise {
  const { heldOut } = fitted;
  const shares = heldOut.map((scores) => scores.filter((score) => score > alarm).length / scores.length);
  const all = heldOut.flat();
  const alarms = all.filter((score) => score > alarm).length / all.length;
  const lacking = lackingOf(fitted, steps);
  const text =
    lacking === null
      ? `about 1 good row in ${oneIn} alarms, on a machine as in these ${countOf(heldOut)}; count its alarms in good hours all the same`
      : `not promised: ${lacking}. The alarm is set for 1 good row in ${oneIn}`;
  const worst = shares.reduce((most, one) => Math.max(most, one), 0);
  return { promised: lacking === null, one_in: oneIn, held_out: { alarms: rounded(alarms), worst_stretch: rounded(worst) }, text };
}

const countOf = ({ length }: Fitted['heldOut']): string => `${length} ${length === 1 ? 'stretch' : 'stretches'}`;

/** Rows of a window, at least: the exponential means have to settle in it, and rows that they have settled for have to be left. */
const LEAST_WINDOW = 2 * WARM;

/** Why nothing is promised; null: it is. */
function lackingOf({ heldOut, byStretch, fewest, rule }: Fitted, steps: number): string | null {
  const count = countOf(heldOut);
  if (heldOut.length < STRETCHES)
    return `${count} shown, and at least ${STRETCHES} from different hours or days are needed to tell a machine that has settled from one that wanders`;
  if (!byStretch)
    return `without the longest of the ${count} ${fewest} rows are left, and ${ROWS_A_CHANNEL * rule.centre.length} are needed to judge one stretch by the others. Show more of them, of about the same length`;
  // What was held out was scored with all that came before it; a window knows nothing of that.
  if (steps < LEAST_WINDOW) return `a window of ${steps} rows is judged as if the machine had just been started, and no row shown was`;
  return null;
}

function remarksOf(rows: number, { centre }: TagsRule, steps: number): readonly string[] {
  const wanted = ROWS_A_CHANNEL * centre.length;
  return [
    ...(rows >= wanted ? [] : [`${rows} rows for ${centre.length} tags are few: show at least ${wanted}`]),
    ...(steps >= LEAST_WINDOW
      ? []
      : [`a window of ${steps} rows is too short for a promise: give the station one of at least ${LEAST_WINDOW}, by a longer \`span\``]),
  ];
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

interface Learned {
  readonly rule: TagsRule;
  readonly alarm: number;
  /** Those of the package, in its order. */
  readonly tags: readonly string[];
  readonly stretches: readonly Matrix[];
  readonly material: Material;
  readonly uses: readonly Use[];
  readonly promise: MachinePromise;
  readonly told: TaughtTags;
  readonly window: NonNullable<MachineWish['window']>;
}

function lessonOf({ rule, alarm, tags, stretches, material, uses, promise, told, window }: Learned): Lesson {
  const { every } = material;
  const place = { steps: window.steps, tags: window.tags.length, columns: tags.map((tag) => window.tags.indexOf(tag)) };
  const channels = window.tags.map((name) => {
    const i = tags.indexOf(name);
    return i < 0 ? { name, fill: 0 } : { name, range: rangeOf(stretches, i), fill: Math.fround(rule.mean[i] ?? 0) };
  });
  return {
    kind: 'sequence',
    summary: `Tells when ${tags.length} tags leave what they were taught to be normally, which of them, and since when.`,
    inputs: { window: { steps: place.steps, ...(every === null ? {} : { every: durationText(every) }), channels } },
    labels: ['normal', 'unexpected'],
    good: 'normal',
    threshold: 0.5,
    variant: 'fp64',
    quantization: null,
    network: networkOf(rule, alarm, place),
    tolerance: 1e-6,
    cases: casesOf(rule, alarm, stretches, place),
    figures: { held_out_alarms: promise.held_out.alarms, held_out_worst_stretch: promise.held_out.worst_stretch },
    taught: {
      rule: 'full-rank distances of smoothed and of moving-variance features, cross-fitted',
      alarm: `1 good row in ${promise.one_in}`,
      promise: promise.text,
      ...(promise.promised ? { promised: { one_in: promise.one_in } } : {}),
      combined: told.combined,
      unusable: Object.fromEntries(told.unusable.map(({ tag, why }) => [tag, why])),
      look: machineLook(material, uses, window),
      stretches: material.stretches.map(({ file, from, rows }: Stretch) => `${file}, rows ${from} to ${from + rows.rows - 1}`),
    },
  };
}

function rangeOf(stretches: readonly Matrix[], column: number): readonly [number, number] {
  const values = stretches.flatMap((rows) => rows.getColumn(column));
  return [
    values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
}

const durationText = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);

/** The shortest number that is the same in single precision: goldens are text. */
const short = (value: number): number => Number(value.toPrecision(9));

/** As the rule itself says, not the network: a package whose network says otherwise is refused. */
function casesOf(rule: TagsRule, alarm: number, stretches: readonly Matrix[], place: WindowPlace): readonly LessonCase[] {
  const longest = stretches.reduce((a, b) => (b.rows > a.rows ? b : a));
  const most = Math.min(WINDOW, place.steps);
  const end = longest.subMatrix(Math.max(0, longest.rows - most), longest.rows - 1, 0, longest.columns - 1);
  const begin = longest.subMatrix(0, Math.min(longest.rows, JUST, most) - 1, 0, longest.columns - 1);
  return [
    caseOf('as taught', { rule, alarm, place }, end),
    caseOf('just started', { rule, alarm, place }, begin),
    caseOf('a tag strays', { rule, alarm, place }, strayed(end, rule)),
  ];
}

/** Rows after a start. */
const JUST = 30;

/** The first tag is off by five spreads in the last ten rows. */
function strayed(rows: Matrix, { spread }: TagsRule): Matrix {
  const out = rows.clone();
  for (let row = Math.max(0, rows.rows - 10); row < rows.rows; row++) out.set(row, 0, Math.fround(rows.get(row, 0) + 5 * (spread[0] ?? 0)));
  return out;
}

interface Placed {
  readonly rule: TagsRule;
  readonly alarm: number;
  readonly place: WindowPlace;
}

function caseOf(name: string, { rule, alarm, place }: Placed, rows: Matrix): LessonCase {
  const { steps, tags, columns } = place;
  const before = steps - rows.rows;
  const missing = rule.mean.map(Math.fround);
  const window = Array.from({ length: steps }, (_, row) => spread(row < before ? missing : rows.getRow(row - before), place)).flat();
  const reasons = reasonsOf(rule, rows);
  const contribution = { shape: [1, tags], data: spread(reasons.tags, { tags, columns }) };
  const row_contribution = { shape: [1, steps], data: [...Array.from({ length: before }, () => 0), ...reasons.rows] };
  const score = { shape: [1], data: [scoreOf(scoresOf(rule, rows).at(-1) ?? 0, alarm)] };
  return { name, input: { shape: [1, steps, tags], data: window.map(short) }, outputs: { score, contribution, row_contribution } };
}

/** Values of the rule's tags where they stand in the window, 0 for the others. */
function spread(values: readonly number[], { tags, columns }: Pick<WindowPlace, 'tags' | 'columns'>): number[] {
  const out = new Array<number>(tags).fill(0);
  for (const [i, column] of columns.entries()) out[column] = values[i] ?? 0;
  return out;
}
