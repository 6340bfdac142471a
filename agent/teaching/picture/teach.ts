/** From pictures of good parts, and of bad ones where there are some, to what a package of them holds. Reads and looks through ports. */
import { createHash } from 'node:crypto';
import { pictureLook } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import type { Lesson } from '../lesson.ts';
import type { Eye, Where } from './eye.ts';
import { flipsOf, type Looked, lookedAt, placesOf, pooledOf, type Sizes } from './features.ts';
import { casesOf } from './goldens.ts';
import { BAD, beside, heatOf, type Judge, judged, MARKED, scoreOf } from './judge.ts';
import { picturesLook } from './look.ts';
import { networkOf } from './network.ts';
import { learnPlaces, type Places, placesScore } from './places.ts';
import { alarmOf, limitsOf, type RejectPromise, separation, shareOf } from './promise.ts';
import {
  decodeOf,
  isFound,
  type Registered,
  type Registration,
  register,
  registeredOf,
  registrationRemarks,
  searchesOf,
} from './register.ts';
import { type Found, find, pieceAt, RANGE, searchable } from './registration.ts';
import { FIELD, searching } from './registration-network.ts';
import { regress } from './regression.ts';
import { type FittedPicture, type Good, learnPictures, mean, type PictureRule, sampleSpread } from './rule.ts';

/** A picture that is shown. Those of one `part` are never judged by each other; `kind`: what is wrong, of a bad one. */
export interface Shown {
  readonly file: string;
  /** What a manifest calls it: no path of this box. */
  readonly name: string;
  readonly part: string;
  readonly kind: string | null;
  /** Of a bad one: where somebody marked it. */
  readonly where?: Where;
}

export interface PartWish {
  readonly good: readonly Shown[];
  readonly bad: readonly Shown[];
  /** One good part in so many may be rejected. */
  readonly oneIn: number;
  /** Each held-out picture comes with its heat map. */
  readonly heat?: boolean;
}

/** A good picture that does not fit the others, the oddest first; `away` in spreads of the others. */
export interface Odd {
  readonly file: string;
  readonly part: string;
  readonly away: number;
}

type Interval = ReturnType<typeof shareOf>;

/** A picture as what had not seen it scores it. */
export interface HeldOut {
  readonly file: string;
  readonly part: string;
  readonly bad: boolean;
  readonly score: number;
  /** [places of the fine stride] 0..1, where it was wished for. */
  readonly heat?: readonly number[];
  /** Where the part moves: where it was found. */
  readonly found?: Found;
}

export interface TaughtPart {
  readonly good: number;
  readonly bad: number;
  /** Of the bad ones, those on which somebody marked where: what is wrong there is learned from two parts on. */
  readonly marked: number;
  readonly odd: readonly Odd[];
  /** Files that show what another one shows, byte by byte: not counted. */
  readonly repeated: readonly string[];
  readonly promise: RejectPromise;
  /** Other limits that could be set, with what each would promise. */
  readonly limits: readonly { readonly at: number; readonly refused: number; readonly one_in: number }[];
  /** Each picture as it is scored by what had not seen it, 0..1; 1/2 is the limit. */
  readonly held_out: readonly HeldOut[];
  /** By cross-fit, by part; null without bad ones. */
  readonly with_bad: {
    readonly auroc: Interval;
    readonly found: Interval;
    readonly kinds: Readonly<Record<string, Interval>>;
    /** Those that would come through, the worst first. */
    readonly missed: readonly string[];
  } | null;
  /** Null: the part lies still. */
  readonly registered: Registered | null;
  readonly remarks: readonly string[];
  readonly lesson: Lesson;
}

/** Parts from which anything can be learned, and from which it should. */
const LEAST = 4;
const FEW = 10;
/** Bytes that maps of pictures may take while it learns: 1200 pictures as they are, or 300 at twice as many pixels each way. */
const MOST_BYTES = 181e6;
const mostOf = ({ fine, coarse }: Sizes): number =>
  Math.floor(MOST_BYTES / (4 * (placesOf(fine) * fine.channels + placesOf(coarse) * coarse.channels)));

/** Rejects with DATA_INVALID where a file is no picture, or parts are too few. `onLooked`: so many of so many pictures are looked at. */
export async function teachPart(
  { good: shown, bad: shownBad, oneIn, heat = false }: PartWish,
  eye: Eye,
  onLooked: (done: number, total: number) => void = () => {},
): Promise<TaughtPart> {
  checkCounts(shown, shownBad, mostOf(eye.sizes));
  const searches = eye.field ? searchesOf(shown.length) : 0;
  const total = searches + shown.length + shownBad.length;
  const looked = (before: number) => (done: number) => onLooked(before + done, total);
  const files = shown.map(({ file }) => file);
  const registration = eye.field && (await register(files, eye.field, eye, looked(0)));
  const look = { registration, onLooked: looked(searches) };
  const { pictures, repeated } = await lookAtAll(shown, eye, { ...look, flip: true });
  const bad = { ...look, onLooked: looked(searches + shown.length) };
  const { pictures: wrong, unfound } = await lookAtAll(shownBad, eye, { ...bad, flip: false });
  const parts = new Set(pictures.map(({ part }) => part)).size;
  if (parts < LEAST) throw tooFew(shown, parts);
  const fitted = learnPictures(numbered(pictures), eye.sizes);
  const { judge, promise, totals } = judgeOf(fitted, pictures, wrong, oneIn);
  const allWrong = [...wrong, ...unfound];
  // No part would pass as one that is not found, whatever the limit.
  const allTotals = { ...totals, bad: [...totals.bad, ...unfound.map(() => Number.POSITIVE_INFINITY)] };
  const figures = allWrong.length === 0 ? null : figuresOf(judge, allTotals, pictures, allWrong);
  const told = (of: readonly Seen[], values: readonly number[], bad: boolean) =>
    of.map(({ file, part, looked, found }, i) => ({
      file,
      part,
      bad,
      score: rounded(scoreOf(values[i] ?? 0, judge.alarm)),
      ...(found ? { found } : {}),
      // The map is the rule's alone, which has seen no bad one.
      ...(heat ? { heat: bad ? judged(judge, looked).heat : heatOf(judge, fitted.heldOutMaps[i] ?? new Float64Array()) } : {}),
    }));
  return {
    good: pictures.length,
    bad: allWrong.length,
    marked: markedOf(wrong).length,
    odd: oddOf(pictures, fitted.heldOut),
    repeated,
    promise,
    limits: limitsOf(worstOfParts(totals.good, pictures)).map(({ at, ...limit }) => ({ ...limit, at: rounded(scoreOf(at, judge.alarm)) })),
    held_out: [
      ...told(pictures, totals.good, false),
      ...told(wrong, totals.bad, true),
      ...unfound.map(({ file, part }) => ({ file, part, bad: true, score: 1 })),
    ],
    with_bad: figures,
    registered:
      registration &&
      registeredOf(
        registration,
        unfound.map(({ file }) => file),
      ),
    remarks: [
      ...remarksOf(parts, partsOf(allWrong)),
      ...markRemarks(wrong, judge.places !== null),
      ...(registration ? registrationRemarks(registration) : []),
      ...unfoundRemarks(partsOf(unfound)),
    ],
    lesson: await lessonOf(judge, { shown, pictures, fitted, wrong, promise, totals, figures, registration }, eye),
  };
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
const scoresOf = (values: readonly number[], { alarm }: Judge): readonly number[] =>
  values.map((value) => rounded(scoreOf(value, alarm))).sort((a, b) => a - b);

function checkCounts(good: readonly Shown[], bad: readonly Shown[], most: number): void {
  if (good.length < LEAST) throw tooFew(good, good.length);
  const [first] = [good, bad].filter((list) => list.length > most);
  if (first)
    throw new LinesideError('DATA_INVALID', {
      file: first[0]?.file ?? '',
      why: `it is one of ${first.length} pictures, and ${most} are learned from at most`,
    });
}

const tooFew = (shown: readonly Shown[], parts: number): LinesideError =>
  new LinesideError('DATA_INVALID', {
    file: shown[0]?.file ?? 'the folder of good ones',
    why: `${parts} different good parts are shown, and ${LEAST} are the least`,
  });

/** A picture that was looked at. */
export interface Seen extends Shown {
  readonly looked: Looked;
  readonly flips: readonly Float64Array[];
  /** contracts/look.ts */
  readonly look: readonly number[];
  readonly digest: string;
  /** Where the part moves: where it was found. */
  readonly found?: Found;
  /** [places] of the fine map: how much of each is marked as bad. Absent: nobody marked anything. */
  readonly marked?: Float64Array;
}

interface Look {
  readonly flip: boolean;
  readonly registration: Registration | null;
  readonly onLooked: (done: number) => void;
}

/** In an order that has nothing to do with how they were taken: by what they show. */
async function lookAtAll(
  shown: readonly Shown[],
  eye: Eye,
  { flip, registration, onLooked }: Look,
): Promise<{ readonly pictures: readonly Seen[]; readonly repeated: readonly string[]; readonly unfound: readonly Shown[] }> {
  const known = new Map<string, Seen>();
  const [repeated, unfound]: [string[], Shown[]] = [[], []];
  for (const [done, one] of shown.entries()) {
    onLooked(done);
    const read = await eye.read(one.file);
    const seen = seenIn(read, registration);
    if (!seen) {
      unfound.push(one);
      continue;
    }
    const { pixels, ...rest } = seen;
    const digest = createHash('sha256').update(pixels).digest('hex');
    if (known.has(digest)) {
      repeated.push(one.file);
      continue;
    }
    const looked = lookedAt(await eye.look(pixels), eye.sizes);
    const flips: Float64Array[] = [];
    for (const turned of flip ? flipsOf(pixels, eye.side) : []) flips.push(pooledOf(await eye.look(turned), eye.sizes));
    const marked = one.where ? await eye.marked({ file: one.file, where: one.where }, rest.found ?? null) : null;
    known.set(digest, { ...one, ...rest, looked, flips, look: lookOf(read, eye), digest, ...(marked ? { marked } : {}) });
  }
  onLooked(shown.length);
  return { pictures: [...known.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1)), repeated, unfound };
}

/** Of all that a package takes: where the part moves more than what it judges. */
function lookOf(read: Uint8Array, { field, side }: Eye): readonly number[] {
  const { width, height } = field ?? { width: side, height: side };
  return pictureLook(read, width, height, 3);
}

/** What the backbone is shown of what was read; null: no part was found in it. */
function seenIn(read: Uint8Array, registration: Registration | null): { readonly pixels: Uint8Array; readonly found?: Found } | null {
  if (!registration) return { pixels: read };
  const { field } = registration.reference;
  const found = find(registration.reference, searchable(read, field));
  return isFound(registration, found) ? { pixels: pieceAt(read, field, found), found } : null;
}

/** By parts, as the rule knows them. */
export function numbered(pictures: readonly Seen[]): readonly Good[] {
  const parts = [...new Set(pictures.map(({ part }) => part))];
  return pictures.map(({ looked, flips, part }) => ({ looked, flips, part: parts.indexOf(part) }));
}

export interface Totals {
  /** Of each good and each bad one, by what had not seen it. */
  readonly good: readonly number[];
  readonly bad: readonly number[];
}

export interface Weighed {
  readonly judge: Judge;
  readonly promise: RejectPromise;
  readonly totals: Totals;
}

/** The verdict that follows from what was learned: with the bad ones, and with the limit that keeps the promise. */
export function judgeOf(fitted: FittedPicture, good: readonly Seen[], wrong: readonly Seen[], oneIn: number): Weighed {
  const { rule, standard, heldOut, heldOutMaps } = fitted;
  const all = heldOutMaps.flatMap((map) => [...map]).sort((a, b) => a - b);
  const heat = { low: all[all.length >> 1] ?? 0, high: Math.max(all.at(-1) ?? 1, (all[all.length >> 1] ?? 0) + 1e-3) };
  const plain: Judge = { rule, standard, bad: null, places: null, width: 1, alarm: 0, heat };
  const { bad, places, width, totals } =
    partsOf(wrong) < LEAST_BAD ? byRuleAlone(heldOut, plain, wrong) : withBad(fitted, plain, good, wrong);
  const { at, promise } = alarmOf(
    worstOfParts(totals.good, good),
    oneIn,
    good.some(({ found }) => found !== undefined),
  );
  return { judge: { ...plain, bad, places, width, alarm: at }, promise, totals };
}

/** Bad parts from which the regression can be cross-fitted: without one of them, another is left to learn from. */
const LEAST_BAD = 2;
const partsOf = (pictures: readonly Shown[]): number => new Set(pictures.map(({ part }) => part)).size;

/** No picture of a bad part has a say then: each is judged as every other part is. */
function byRuleAlone(heldOut: readonly number[], plain: Judge, wrong: readonly Seen[]) {
  return { bad: null, places: null, width: 1, totals: { good: heldOut, bad: wrong.map(({ looked }) => judged(plain, looked).value) } };
}

/** A part is rejected by the worst of its pictures. */
function worstOfParts(scores: readonly number[], pictures: readonly Pick<Shown, 'part'>[]): readonly number[] {
  const worst = new Map<string, number>();
  for (const [i, { part }] of pictures.entries()) worst.set(part, Math.max(worst.get(part) ?? Number.NEGATIVE_INFINITY, scores[i] ?? 0));
  return [...worst.values()];
}

/** The regression beside the rule, and what is wrong at marked places, each picture judged by what had not seen it. */
function withBad({ folds, heldOut }: FittedPicture, plain: Judge, good: readonly Seen[], wrong: readonly Seen[]) {
  const count = Math.max(...folds) + 1;
  // Marked ones first: no fold has all of them.
  const parts = [...new Set([...wrong.filter(({ marked }) => marked), ...wrong].map(({ part }) => part))];
  const all = [...good, ...wrong];
  const isBad = all.map((_, i) => i >= good.length);
  const fold = [...folds, ...wrong.map(({ part }) => parts.indexOf(part) % count)];
  const { regression, heldOut: logits } = regress(
    all.map(({ looked }) => looked.summary),
    isBad,
    fold,
  );
  const usual = logits.slice(0, good.length);
  const bad = { regression, centre: mean(usual), spread: sampleSpread(usual) + 1e-6 };
  const byRule = [...heldOut, ...wrong.map(({ looked }) => judged(plain, looked).value)];
  const sums = byRule.map((total, i) => total + beside(bad, logits[i] ?? 0, BAD));
  const alone = { places: null, ...weighed(sums, good.length) };
  const marked = markedIn(plain.rule, all, fold, good.length);
  const both = marked && { places: marked.places, ...weighed(sums, good.length, marked.added) };
  const tells = ({ totals }: Pick<Weighed, 'totals'>) => separation(worstOfParts(totals.good, good), worstOfParts(totals.bad, wrong)).value;
  // Marks of faults that have nothing in common make it worse: of the held-out ones it is seen.
  return { bad, ...(both && tells(both) >= tells(alone) ? both : alone) };
}

/** Sums and what is added to each, in spreads of the good ones, which are the first. */
function weighed(
  sums: readonly number[],
  good: number,
  added: readonly number[] = [],
): { readonly width: number; readonly totals: Totals } {
  const all = sums.map((sum, i) => sum + (added[i] ?? 0));
  const width = sampleSpread(all.slice(0, good)) + 1e-6;
  const scaled = all.map((sum) => sum / width);
  return { width, totals: { good: scaled.slice(0, good), bad: scaled.slice(good) } };
}

/** What marked places add to each picture's total; the first `good` of them are good. Null: too few parts are marked to judge each by the others. */
function markedIn(rule: PictureRule, all: readonly Seen[], folds: readonly number[], good: number) {
  const marked = all.flatMap(({ marked: where, looked, part }, i) =>
    where && i >= good ? [{ looked, marked: where, part, fold: folds[i] }] : [],
  );
  if (new Set(marked.map(({ part }) => part)).size < LEAST_BAD) return null;
  const without = (fold: number | undefined): Places =>
    learnPlaces(
      rule,
      marked.filter((one) => one.fold !== fold),
      all.flatMap(({ looked }, i) => (i < good && folds[i] !== fold ? [looked] : [])),
    );
  const byFold = new Map([...new Set(folds)].map((fold) => [fold, without(fold)]));
  const scores = all.map(({ looked }, i) => placesScore(rule, byFold.get(folds[i] ?? 0) as Places, looked));
  const usual = scores.slice(0, good);
  const of = learnPlaces(
    rule,
    marked,
    all.slice(0, good).map(({ looked }) => looked),
  );
  const places = { of, centre: mean(usual), spread: sampleSpread(usual) + 1e-6 };
  return { places, added: scores.map((score) => beside(places, score, MARKED)) };
}

function figuresOf({ alarm }: Judge, totals: Totals, good: readonly Shown[], wrong: readonly Shown[]): NonNullable<TaughtPart['with_bad']> {
  const scores = worstOfParts(totals.bad, wrong);
  const kinds = [...new Set(wrong.flatMap(({ kind }) => kind ?? []))].sort();
  const found = (list: readonly number[]) => shareOf(list.filter((score) => score >= alarm).length, list.length);
  const missed = wrong.map(({ file }, i) => ({ file, score: totals.bad[i] ?? 0 })).filter(({ score }) => score < alarm);
  return {
    auroc: separation(worstOfParts(totals.good, good), scores),
    found: found(scores),
    kinds: Object.fromEntries(kinds.map((kind) => [kind, found(totals.bad.filter((_score, i) => wrong[i]?.kind === kind))])),
    missed: missed
      .sort((a, b) => a.score - b.score)
      .slice(0, SHOWN)
      .map(({ file }) => file),
  };
}

const SHOWN = 10;
/** Away from the middle of the others, in robust spreads: of 1000 good ones it calls one odd. */
const ODD = 3.5;

function oddOf(pictures: readonly Seen[], heldOut: readonly number[]): readonly Odd[] {
  const middle = median(heldOut);
  const spread = 1.4826 * median(heldOut.map((score) => Math.abs(score - middle))) + 1e-9;
  return pictures
    .map(({ file, part }, i) => ({ file, part, away: Math.round((10 * ((heldOut[i] ?? 0) - middle)) / spread) / 10 }))
    .filter(({ away }) => away > ODD)
    .sort((a, b) => b.away - a.away);
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

function remarksOf(good: number, bad: number): readonly string[] {
  const few = good < FEW ? [`${good} good parts are few: show at least ${FEW}, from several shifts, lots and positions`] : [];
  return bad > 0 && bad < FEW
    ? [...few, `${bad} bad ${bad === 1 ? 'part is' : 'parts are'} too few to tell how well they are found: show ${FEW - bad} more`]
    : few;
}

const markedOf = (wrong: readonly Seen[]): readonly Seen[] => wrong.filter(({ marked }) => marked);

function markRemarks(wrong: readonly Seen[], isTaken: boolean): readonly string[] {
  const astray = wrong.filter(({ where, marked }) => where && !marked).length;
  const outside = `${astray === 1 ? 'one picture is' : `${astray} pictures are`} marked outside of what is taught alone, or not at all: nothing is learned from that`;
  return [...(astray > 0 ? [outside] : []), ...takenRemarks(partsOf(markedOf(wrong)), isTaken)];
}

function takenRemarks(parts: number, isTaken: boolean): readonly string[] {
  if (parts === 0) return [];
  if (parts < LEAST_BAD) return ['one marked bad part is too few to learn from where it is bad: mark another one'];
  return isTaken
    ? [`what is wrong at the marked places of ${parts} bad parts was learned too`]
    : [`what is wrong at the marked places of ${parts} bad parts was left out: with it bad ones that it had not seen were told less well`];
}

function unfoundRemarks(parts: number): readonly string[] {
  if (parts === 0) return [];
  const are = parts === 1 ? 'one bad part is' : `${parts} bad parts are`;
  return [
    `${are} so unlike the good ones that nothing was found in the picture: on the line no model judges such a part, and on_failure decides; in the figures it counts as found bad`,
  ];
}

interface Learned {
  readonly shown: readonly Shown[];
  readonly registration: Registration | null;
  readonly pictures: readonly Seen[];
  readonly wrong: readonly Seen[];
  readonly fitted: FittedPicture;
  readonly promise: RejectPromise;
  readonly totals: Totals;
  readonly figures: TaughtPart['with_bad'];
}

async function lessonOf(
  judge: Judge,
  { shown, pictures, wrong, fitted, promise, totals, figures, registration }: Learned,
  eye: Eye,
): Promise<Lesson> {
  const { width, height } = eye.field ?? { width: eye.side, height: eye.side };
  return {
    kind: 'anomaly',
    summary: `Tells when a part does not look as ${pictures.length} good ones did, and where.`,
    inputs: { image: { width, height, channels: 3, resize: 'bilinear' } },
    ...(registration ? { decode: { registered: decodeOf(registration) }, tensors: { image: FIELD } } : {}),
    labels: ['good', 'not-as-taught'],
    good: 'good',
    threshold: 0.5,
    variant: eye.variant,
    quantization: eye.quantization,
    network: registration ? movingNetwork(eye, judge, registration) : networkOf(eye.network, judge),
    tolerance: TOLERANCE,
    cases: await casesOf(judge, examplesOf(pictures, fitted), { eye, registration }),
    figures: figures === null ? {} : { auroc: figures.auroc, found: figures.found },
    taught: {
      rule: judge.places ? `${RULE}; and what is wrong at marked places (Fisher's discriminant)` : RULE,
      good: pictures.length,
      bad: wrong.length,
      marked: markedOf(wrong).length,
      promise: promise.text,
      promised: { one_in: promise.one_in, confidence: promise.confidence },
      held_out: { good: scoresOf(totals.good, judge), bad: scoresOf(totals.bad, judge) },
      look: picturesLook(pictures),
      // Of every picture, in its pixels; null: all of it.
      region: eye.area,
      ...(registration ? { registered: { source: SOURCE, range: RANGE, reference: nameOf(registration, shown) } } : {}),
      // As the network saw them, in sha256.
      pictures: Object.fromEntries([...pictures, ...wrong].map(({ name, digest }) => [name, digest])),
    },
    pretrained: eye.pretrained,
  };
}

const RULE = 'nearest good pictures at their places, and spreads of features, cross-fitted';

/** Another processor rounds the backbone's int8 another way in places; the same one gives what the rule says to 1e-4. */
const TOLERANCE = 0.03;

const SOURCE = 'normalised cross-correlation of grey pictures (Lewis 1995), coarse to fine, by shift';
/** What a manifest calls the picture that the reference was cut from. */
const nameOf = ({ file }: Registration, shown: readonly Shown[]): string => shown.find((one) => one.file === file)?.name ?? '';

function movingNetwork({ network, image }: Eye, judge: Judge, { reference }: Registration): Uint8Array {
  const front = searching(network, image, reference);
  return networkOf(front.network, judge, front.found);
}

/** The most usual of them and the oddest. */
function examplesOf(pictures: readonly Seen[], { heldOut }: FittedPicture): { readonly usual: Seen; readonly odd: Seen } {
  const order = pictures.map((_, i) => i).sort((a, b) => (heldOut[a] ?? 0) - (heldOut[b] ?? 0));
  const [usual, odd] = [pictures[order[order.length >> 1] ?? 0], pictures[order.at(-1) ?? 0]] as [Seen, Seen];
  return { usual, odd };
}
