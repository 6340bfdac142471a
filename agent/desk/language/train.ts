/** Two columns of anybody's texts become a model package: read in two ways, learned three ways, the best kept by what was held out. */
import type { Note } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { LETTERS } from '../../inference/text/spelling.ts';
import { verifyPackage } from '../../inference/verify.ts';
import { certaintyFor, type Judged, judged, rightOf, type Share } from '../../language/judge.ts';
import { answerOf, baselines, crossFitted, type Learned, learn, type ReadText } from '../../language/learn.ts';
import { networkOf } from '../../language/network.ts';
import type { Lesson, LessonCase } from '../../teaching/lesson.ts';
import { type PackageWish, writePackage } from '../../teaching/package.ts';
import { BOUNDS, openVectors, plainReading, type Reading, typedReading, type Vectors, wordsOf } from './reading.ts';

export interface Labelled {
  readonly texts: readonly string[];
  /** Empty, or one of NONE: the text is of none of the kinds. */
  readonly labels: readonly string[];
}

/** In small letters. */
const NONES: ReadonlySet<string> = new Set(['', '-', 'none', 'none of these', 'keine', 'keiner', 'other', 'sonstiges']);
export const NONE = 'none';
const MOST = { rows: 20_000, kinds: 50, characters: 80 };
const LEAST = { rows: 30, each: 5 };

export type CandidateName = 'typed' | 'plain' | 'plain+encoder';

export interface Candidate {
  readonly name: CandidateName;
  readonly held: Judged;
}

export interface Trained {
  readonly rows: number;
  readonly kinds: readonly { readonly label: string; readonly rows: number; readonly found: Share }[];
  /** Kinds with so few texts that nothing could be learned, and their texts, which were left out. */
  readonly left_out: readonly { readonly label: string; readonly rows: number }[];
  readonly chosen: CandidateName;
  readonly candidates: readonly Candidate[];
  readonly baseline: { readonly majority: Share; readonly nearest: Share };
  /** Below this it abstains; `proven`: that the share asked for is kept lies within the interval. */
  readonly certain: { readonly from: number; readonly wanted: number; readonly proven: boolean };
  readonly lesson: Lesson;
}

/** Everything that a candidate is made of. */
interface Material {
  readonly name: CandidateName;
  readonly reading: Reading;
  readonly notes: readonly Note[];
  readonly texts: readonly ReadText[];
  readonly vectors: Vectors | null;
  readonly lines: readonly string[];
}

/** `textPackage`: folder of the package of kind `text` that English shorthand is read with; null for none. Rejects with TEXTS_UNFIT. */
export async function train(
  given: Labelled,
  { wanted, textPackage }: { readonly wanted: number; readonly textPackage: string | null },
): Promise<Trained> {
  const { texts, classes, kinds, leftOut } = sorted(given);
  const names = [NONE, ...kinds];
  const plain = textPackage === null ? null : await plainReading(textPackage);
  const vectors = plain && (await openVectors(plain));
  try {
    const made = await materials(texts, plain, vectors);
    const tried = made.map((material) => {
      const held = crossFitted(material.texts, classes, { count: names.length, none: 0, lines: material.lines });
      return { material, held, judged: judged(held, wanted, names.length) };
    });
    const best = tried.reduce((top, one) => (one.judged.log_loss < top.judged.log_loss ? one : top));
    const certain = certaintyFor(best.held, wanted);
    if (!certain) throw unfit(`at no certainty ${Math.round(100 * wanted)} % of its answers are right`);
    const baseline = baselines(best.material.texts, classes, names.length);
    const candidates = tried.map(({ material, judged: held }) => ({ name: material.name, held }));
    const described = { certain: { ...certain, wanted }, baseline, chosen: best.material.name, candidates };
    const learned = learn(best.material.texts, classes, names.length, best.material.lines);
    const lesson = await lessonOf(best.material, learned, { names, judged: best.judged, rows: texts.length, ...described });
    const counted = names.flatMap((label, c) => {
      const own = best.held.filter(({ truth }) => truth === c);
      return own.length === 0 ? [] : [{ label, rows: own.length, found: rightOf(own) }];
    });
    return { rows: texts.length, kinds: counted, left_out: leftOut, ...described, lesson };
  } finally {
    await vectors?.close();
  }
}

/** Rejects as writePackage does, and with MODEL_INVALID where what was written does not prove itself. */
export const writeHead = (lesson: Lesson, wish: Omit<PackageWish, 'prove'>): Promise<string> => writePackage(lesson, { ...wish, prove });

async function prove(folder: string): Promise<void> {
  const { package: name, variants } = await verifyPackage(folder, { providers: ['cpu'], threads: 1, rounds: 1 });
  const refused = variants.find(({ ok }) => !ok);
  if (refused) throw new LinesideError('MODEL_INVALID', { model: name, why: refused.fault ?? 'it was refused' });
}

const unfit = (why: string) => new LinesideError('TEXTS_UNFIT', { why });

/** Rows that can be learned from, by kind; class 0 is none of them. */
function sorted({ texts, labels }: Labelled) {
  if (texts.length > MOST.rows) throw unfit(`there are ${texts.length} texts, ${MOST.rows} are learned from at most`);
  const named = labels.map((label) => (NONES.has(label.trim().toLowerCase()) ? NONE : label.trim().slice(0, MOST.characters)));
  const counts = new Map<string, number>();
  for (const label of named) counts.set(label, (counts.get(label) ?? 0) + 1);
  const isFew = (label: string) => label !== NONE && (counts.get(label) ?? 0) < LEAST.each;
  const kept = [...named.keys()].filter((i) => !isFew(named[i] ?? '') && (texts[i] ?? '').trim() !== '');
  const kinds = [...counts.keys()].filter((label) => label !== NONE && !isFew(label)).sort();
  if (kinds.length > MOST.kinds) throw unfit(`there are ${kinds.length} kinds, ${MOST.kinds} are told apart at most`);
  if (kept.length < LEAST.rows || kinds.length + (counts.has(NONE) ? 1 : 0) < 2)
    throw unfit(`${kept.length} texts of ${kinds.length} kinds that have ${LEAST.each} or more; it takes ${LEAST.rows}, of two kinds`);
  return {
    texts: kept.map((i) => texts[i] ?? ''),
    classes: Int32Array.from(kept, (i) => kinds.indexOf(named[i] ?? '') + 1),
    kinds,
    leftOut: [...counts].flatMap(([label, rows]) => (isFew(label) ? [{ label, rows }] : [])),
  };
}

async function materials(
  texts: readonly string[],
  plain: Awaited<ReturnType<typeof plainReading>> | null,
  vectors: Vectors | null,
): Promise<readonly Material[]> {
  const typed = read(texts, typedReading(), 'typed');
  if (!plain) return [typed];
  const words = read(texts, plain, 'plain');
  if (!vectors) return [typed, words];
  const seen: ReadText[] = [];
  for (const [i, note] of words.notes.entries()) seen.push({ words: words.texts[i]?.words ?? [], vector: await vectors.of(note) });
  return [typed, words, { ...words, name: 'plain+encoder', texts: seen, vectors, lines: plain.vocabulary }];
}

function read(texts: readonly string[], reading: Reading, name: CandidateName): Material {
  const notes = texts.map((text) => reading.reader.read(text));
  return { name, reading, notes, texts: notes.map((note) => ({ words: wordsOf(note), vector: NO_VECTOR })), vectors: null, lines: [] };
}

const NO_VECTOR = new Float64Array(0);

interface Described extends Pick<Trained, 'certain' | 'baseline' | 'chosen' | 'candidates' | 'rows'> {
  readonly names: readonly string[];
  readonly judged: Judged;
}

async function lessonOf(material: Material, learned: Learned, of: Described): Promise<Lesson> {
  const { reading, vectors } = material;
  const head = { ...learned, none: 0, encoder: vectors?.encoder ?? null };
  const figure = ({ share, low, high }: Share) => ({ value: rounded(share), low: rounded(low), high: rounded(high) });
  return {
    kind: 'text-class',
    summary: `Says of a text which of ${of.names.length - 1} kinds it is, that it is none of them, or nothing where it is not certain.`,
    inputs: { text: BOUNDS },
    labels: of.names,
    good: NONE,
    threshold: 0.5,
    decode: { certain: of.certain.from },
    ...(vectors ? { tensors: { words: 'typed' } } : {}),
    variant: 'fp32',
    quantization: null,
    network: networkOf(head, BOUNDS.words, LETTERS),
    tolerance: 0.005,
    cases: await casesOf(material, learned, of.names),
    figures: {
      right: figure(of.judged.right),
      answered: figure(of.judged.answered),
      right_of_answered: figure(of.judged.right_of_answered),
    },
    files: { ...reading.files, 'vocabulary.txt': `${learned.vocabulary.lines.join('\n')}\n` },
    baseline: {
      name: 'most frequent kind; kind of the text with most words in common',
      figures: { majority: figure(of.baseline.majority), nearest: figure(of.baseline.nearest) },
    },
    taught: {
      texts: of.rows,
      read: of.chosen,
      judged_by: 'texts that were held out, five parts, those that read alike together',
      candidates: of.candidates.map(({ name, held }) => ({ name, log_loss: rounded(held.log_loss), right: rounded(held.right.share) })),
      certain: of.certain,
    },
    ...(vectors ? { pretrained: { name: 'the encoder of maintenance-text', licence: 'see its manifest' } } : {}),
  };
}

const rounded = (value: number): number => Number(value.toFixed(4));

/** Of each kind the three words that speak most for it; and a text without any that was learned. No text that somebody wrote is in it. */
async function casesOf({ reading, vectors }: Material, learned: Learned, names: readonly string[]): Promise<readonly LessonCase[]> {
  const { model, vocabulary } = learned;
  const cases: LessonCase[] = [];
  for (const [c, name] of names.entries()) {
    const speaks = [...vocabulary.lines.keys()].map((i) => ({ i, weight: model.sparse[c * model.words + i + 2] ?? 0 }));
    const top = speaks.sort((a, b) => b.weight - a.weight || a.i - b.i).slice(0, 3);
    const text = c === 0 ? 'qqqq' : top.map(({ i }) => vocabulary.lines[i] ?? '').join(' ');
    const note = reading.reader.read(text);
    const odds = answerOf(learned, { words: wordsOf(note), vector: vectors ? await vectors.of(note) : NO_VECTOR }, 0);
    cases.push({
      name: c === 0 ? 'unknown' : name,
      input: text,
      plain: note.words.map(({ plain }) => plain).join(' '),
      outputs: { probabilities: { shape: [1, names.length], data: [...odds] } },
    });
  }
  return cases;
}
