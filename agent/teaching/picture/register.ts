/** Which good picture all others are held against, and how like it a part must be to be judged. Reads through ports. */
import { LinesideError } from '../../errors.ts';
import {
  atTheEnd,
  endOf,
  type Field,
  type Found,
  find,
  RANGE,
  type Reference,
  referenceAt,
  rivalOf,
  type Searchable,
  searchable,
} from './registration.ts';

/** A file of it, and how it is read. */
export interface Readable {
  /** RGB [height, width, 3] of the field. */
  read(file: string): Promise<Uint8Array>;
}

export interface Registration {
  readonly reference: Reference;
  /** The picture that it was cut from. */
  readonly file: string;
  /** Likeness to it from which on a part counts as found. */
  readonly least: number;
  /** Of each good picture, in the order in which they were shown. */
  readonly found: readonly Found[];
  /** How like the reference is to itself where it is moved; null: there is no room for that. */
  readonly rival: number | null;
}

/** How the parts that were shown lay, where the part moves. */
export interface Registered {
  /** The good picture that all others are held against. */
  readonly reference: string;
  /** Likeness to it from which on a part counts as found; and the middle and the least of the good ones'. */
  readonly least: number;
  readonly likeness: { readonly middle: number; readonly least: number };
  /** Furthest that a good one lay from the reference, and furthest that is looked, in shares of the region's side. */
  readonly moved: number;
  readonly range: number;
  /** Bad ones in which no part was found: nothing is learned from them, and the line would refuse them unjudged. */
  readonly unfound: readonly string[];
}

/** Good pictures that the reference is chosen among, at most: each of them is held against all others of them. */
const CANDIDATES = 16;
/** Of the likeness of the most typical one. */
const ABOUT = 0.9;
/** Grey levels that a reference's cells must differ by; less is noise and the fall of light. */
const LEAST_CONTRAST = 3;
/** A reference that is so like itself half a range aside would be found there as well. */
const AMBIGUOUS = 0.95;
/** Nothing less like the reference is a part, whatever the good ones are. */
const LEAST_LIKENESS = 0.3;
/** Further from the middle of the good ones than so many of their spreads, and than this, no part was found. */
const FAR_OUT = 8;
const FAR_OUT_LEAST = 0.15;
/** What a new good part may be less like than the least like of the taught ones, at least. */
const SLACK = 0.05;

/** Pictures that register() reads of so many: those it chooses among are read before all are. */
export const searchesOf = (count: number): number => Math.min(CANDIDATES, count) + count;

/**
 * Rejects with DATA_INVALID where nothing can be found by it, or a part that is called good is not found in its picture. `onSearched`: so many of
 * searchesOf() are read.
 */
export async function register(
  files: readonly string[],
  field: Field,
  eye: Readable,
  onSearched: (done: number) => void = () => {},
): Promise<Registration> {
  let done = 0;
  const read = async (file: string) => {
    onSearched(done++);
    return eye.read(file);
  };
  const chosen = await referenceAmong(spread(files, CANDIDATES), field, { read });
  const { file, reference } = chosen;
  const rival = rivalIn(chosen);
  const found: Found[] = [];
  for (const one of files) found.push(find(reference, searchable(await read(one), field)));
  checkFound(files, found, field);
  return { reference, file, least: leastOf(found, rival), found, rival };
}

/** Whether what was found is the part, and not only what is most like it. */
export const isFound = ({ reference: { field }, least }: Pick<Registration, 'reference' | 'least'>, found: Found): boolean =>
  found.likeness >= least && !atTheEnd(field, found);

/** So many of them, evenly, the first among them. */
function spread(files: readonly string[], most: number): readonly string[] {
  const count = Math.min(most, files.length);
  return Array.from({ length: count }, (_, i) => files[Math.floor((i * files.length) / count)] ?? '');
}

interface Candidate {
  readonly file: string;
  readonly picture: Searchable;
  readonly reference: Reference;
}

/** Of those that the others are about most like, the one whose part lies in the middle of theirs: new ones will lie around it. */
async function referenceAmong(files: readonly string[], field: Field, eye: Readable): Promise<Candidate> {
  const candidates: Candidate[] = [];
  for (const file of files) {
    const picture = searchable(await eye.read(file), field);
    candidates.push({ file, picture, reference: referenceAt(picture, field, field.x, field.y) });
  }
  const rated = candidates
    .filter(({ reference }) => reference.contrast >= LEAST_CONTRAST)
    .map((candidate) => ({ candidate, ...ratingOf(candidate, candidates) }));
  const most = Math.max(...rated.map(({ alike }) => alike));
  const [chosen] = rated.filter(({ alike }) => alike >= ABOUT * most).sort((a, b) => a.furthest - b.furthest || b.alike - a.alike);
  if (!chosen) throw noDetail(candidates);
  return chosen.candidate;
}

/** Likenesses of the others added up, and pixels to the one that lies furthest away. */
function ratingOf({ reference }: Candidate, candidates: readonly Candidate[]): { readonly alike: number; readonly furthest: number } {
  const { field } = reference;
  const found = candidates.map(({ picture }) => find(reference, picture)).filter((one) => !atTheEnd(field, one));
  return {
    alike: found.reduce((sum, { likeness }) => sum + likeness, 0),
    furthest: Math.max(...found.map(({ x, y }) => Math.max(Math.abs(x - field.x), Math.abs(y - field.y)))),
  };
}

function noDetail(candidates: readonly Candidate[]): LinesideError {
  const [first] = [...candidates].sort((a, b) => b.reference.contrast - a.reference.contrast);
  const contrast = (first?.reference.contrast ?? 0).toFixed(1);
  return unusable(
    first?.file,
    `there is no detail in it by which a part that moves could be found: its grey values differ by ${contrast} levels, and ${LEAST_CONTRAST} are the least; light it so that edges are seen, or teach it as a part that lies still`,
  );
}

/** How like itself the reference is half a range aside: what is no more like it than that may lie anywhere. Throws where that is too much. */
function rivalIn({ file, picture, reference }: Candidate): number | null {
  const rival = rivalOf(reference, picture);
  if (rival === null || rival < AMBIGUOUS) return rival;
  throw unusable(
    file,
    `it looks the same when it is moved by ${percent(RANGE / 2)} or less (likeness ${rival.toFixed(2)}), so that nobody can tell where a part lies: take in edges or marks that run both ways, or teach it as a part that lies still`,
  );
}

/** A good part that cannot be found would be refused by the line, and what is learned of another place is nothing. */
function checkFound(files: readonly string[], found: readonly Found[], field: Field): void {
  const fence = fenceOf(found.map(({ likeness }) => likeness));
  const lost = found.flatMap((one, i) => (one.likeness < fence || atTheEnd(field, one) ? [{ number: i, ...one }] : []));
  const [first] = lost;
  if (!first) return;
  const why =
    first.likeness < fence
      ? `its likeness to the others is ${Math.max(0, first.likeness).toFixed(2)}`
      : beyondOf(endOf(field, first) ?? 0, field);
  const more = lost.length > 1 ? `; so it is with ${lost.length - 1} more of the ${files.length}` : '';
  throw new LinesideError('DATA_INVALID', {
    file: files[first.number] ?? '',
    why: `the part is not found in the picture (${why}${more}): leave it out, or draw the region around what all of them show`,
    // By their numbers among the good ones: a page shows which they are.
    unfit: lost
      .slice(0, TOLD)
      .map(({ number }) => number)
      .join(),
  });
}

/** Pictures that a fault names. */
const TOLD = 50;

/** `end`: pixels from the reference to where the field ends, with the picture or before. */
const beyondOf = (end: number, { side }: Field): string =>
  end < Math.round(RANGE * side) - 1
    ? `it lies beyond the ${percent(end / side)} of the region that there are between it and the end of the picture`
    : `it lies beyond the ${percent(RANGE)} of the region that a part may move`;

/** As it is told. */
export const registeredOf = ({ reference: { field }, file, least, found }: Registration, unfound: readonly string[]): Registered => {
  const likenesses = found.map(({ likeness }) => likeness).sort((a, b) => a - b);
  const moved = found.map(({ x, y }) => Math.max(Math.abs(x - field.x), Math.abs(y - field.y)) / field.side);
  return {
    reference: file,
    least,
    likeness: { middle: rounded(likenesses[likenesses.length >> 1] ?? 0), least: rounded(likenesses[0] ?? 0) },
    moved: rounded(Math.max(...moved)),
    range: rounded(RANGE),
    unfound,
  };
};

/** Of the way to where no part is found any more: from here on a good part that lies a little further is lost. */
const NEARLY_OUT = 0.75;

/** What those who teach should know before the line runs by it. */
export function registrationRemarks({ reference: { field }, least, found, rival }: Registration): readonly string[] {
  const far = Math.max(...found.map((one) => wayOut(field, one)));
  const lowest = Math.min(...found.map(({ likeness }) => likeness));
  return [
    ...(far > NEARLY_OUT
      ? [
          `a good part lies ${percent(Math.round(100 * far) / 100)} of the way to where none is found any more: one that lies further is not judged, and on_failure decides; have parts lie closer together, or draw a larger region with room around it`,
        ]
      : []),
    ...(lowest - least < SLACK / 2
      ? [
          `the good part that is least like the others has a likeness of ${lowest.toFixed(2)}, and below ${least.toFixed(2)} none is found: one that is a little less like them is not judged, and on_failure decides; draw the region around what all of them show`,
        ]
      : []),
    ...(rival !== null && rival >= lowest
      ? [
          `moved by ${percent(RANGE / 2)} or less the part looks nearly the same (likeness ${rival.toFixed(2)}), and a good one is no more like the others (${lowest.toFixed(2)}): it may be taken to lie where it does not; take in edges or marks that run both ways`,
        ]
      : []),
  ];
}

/** 0 at the reference's place, 1 at an end of the field, along the axis where it is further. */
function wayOut({ x, y, side, width, height }: Field, found: Pick<Found, 'x' | 'y'>): number {
  const along = (at: number, reference: number, room: number) => {
    const all = at < reference ? reference : room - reference;
    return all === 0 ? 0 : Math.abs(at - reference) / all;
  };
  return Math.max(along(found.x, x, width - side), along(found.y, y, height - side));
}

/** What decoding needs to tell where the part lies, and whether it is there. */
export function decodeOf({ reference: { field }, least }: Registration) {
  const { x, y, side, width, height } = field;
  return { reference: [x, y, side, side], field: [width, height], least };
}

function fenceOf(likenesses: readonly number[]): number {
  const middle = median(likenesses);
  const apart = 1.4826 * median(likenesses.map((one) => Math.abs(one - middle)));
  return Math.max(LEAST_LIKENESS, middle - Math.max(FAR_OUT * apart, FAR_OUT_LEAST));
}

/**
 * As far below the least like of the good ones as that one is below the middle of them, or half way to what may lie anywhere, whichever is
 * less: a part with a large fault is to be judged, where it can be told at all where it lies.
 */
function leastOf(found: readonly Found[], rival: number | null): number {
  const likenesses = found.map(({ likeness }) => likeness);
  const lowest = Math.min(...likenesses);
  const least = Math.min(lowest - Math.max(median(likenesses) - lowest, SLACK), rival === null ? lowest : (lowest + rival) / 2);
  return Math.round(1e4 * Math.max(LEAST_LIKENESS, least)) / 1e4;
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
const unusable = (file: string | undefined, why: string): LinesideError => new LinesideError('DATA_INVALID', { file: file ?? '', why });
