/** What the language side reaches on MaintIE, and on German shorthand that is rendered: docs/language.md has the figures. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LinesideError, messageOf } from '../../errors.ts';
import { macroF1, rightOf, type Share, shareOf } from '../../language/judge.ts';
import { baselinesOn } from '../../language/learn.ts';
import { readNotes } from '../evaluation/protocols/maintenance-data.ts';
import { readTable } from '../evaluation/table.ts';
import { askTexts } from './ask.ts';
import { Cases } from './cases.ts';
import { germanNotes } from './german.ts';
import { type KnownWords, knownWords } from './known.ts';
import { type PeopleFigures, peopleFigures } from './people-set.ts';
import { openVectors, plainReading, wordsOf } from './reading.ts';
import { type Trained, train, writeHead } from './train.ts';

export interface HeadFigures extends Pick<Trained, 'chosen' | 'candidates' | 'certain'> {
  /** On texts that nothing was learned, chosen or calibrated with. */
  readonly test: {
    readonly right: Share;
    readonly macro_f1: number;
    readonly answered: Share;
    readonly right_of_answered: Share;
    readonly majority: Share;
    readonly nearest: Share;
  };
}

export interface SimilarFigures {
  readonly queries: number;
  /** Of the first three, how many are of the same asset and the same fault or work; and whether any of them is. */
  readonly by: Readonly<Record<string, { readonly precision_at_3: number; readonly any_of_3: Share }>>;
}

export interface LanguageFigures {
  readonly people: PeopleFigures;
  readonly failure: HeadFigures;
  readonly work: HeadFigures;
  readonly similar: SimilarFigures;
  /** The same, with texts as they were typed, of those whose typed form is known. */
  readonly similar_typed: SimilarFigures;
  /** `new_phrases`: learned from two thirds of the phrases of each kind, asked in the others. */
  readonly german: { readonly words: KnownWords; readonly head: HeadFigures; readonly new_phrases: HeadFigures };
}

interface Text {
  readonly text: string;
  readonly entities: readonly { readonly type: string }[];
}

/** `data`: folder of the sets; `textPackage`: of maintenance-text. Rejects with DATA_INVALID. */
export async function languageFigures(data: string, textPackage: string, seed: number): Promise<LanguageFigures> {
  const { seen, asked } = await maintie(data);
  const failure = (type: string) => (/Undesirable/.test(type) ? type.split('/').at(-1) : undefined);
  const work = (type: string) => (type.startsWith('Activity/MaintenanceActivity') ? type.split('/').at(-1) : undefined);
  const german = germanNotes(600, seed);
  const asTyped = await typedForms(data);
  return {
    people: peopleFigures(seed),
    failure: await headFigures(labelled(seen, failure), labelled(asked, failure), textPackage),
    work: await headFigures(labelled(seen, work), labelled(asked, work), textPackage),
    similar: await similarFigures(seen, asked, textPackage),
    similar_typed: await similarFigures(seen.map(asTyped), asked.map(asTyped), textPackage),
    german: {
      words: knownWords(
        german.map(({ text }) => text),
        await plainReading(textPackage),
      ),
      head: await headFigures(german.slice(0, 400), german.slice(400), textPackage),
      new_phrases: await headFigures(germanNotes(400, seed + 1, 'first'), germanNotes(200, seed + 2, 'rest'), textPackage),
    },
  };
}

async function maintie(data: string): Promise<{ readonly seen: readonly Text[]; readonly asked: readonly Text[] }> {
  const file = join(data, 'maintie', 'gold_release.json');
  const split = await readTable(join(data, 'maintie', 'split.csv'), ['index', 'split']);
  const sides = new Map(split.map(({ index, split: side }) => [Number(index), side]));
  try {
    const all = JSON.parse(await readFile(file, 'utf8')) as readonly Text[];
    return { seen: all.filter((_, i) => sides.get(i) === 'train'), asked: all.filter((_, i) => sides.get(i) === 'test') };
  } catch (thrown) {
    throw new LinesideError('DATA_INVALID', { file, why: messageOf(thrown) });
  }
}

/** A text as somebody typed it, where MaintNorm has it; else as it is. */
async function typedForms(data: string): Promise<(text: Text) => Text> {
  const forms = new Map<string, string>();
  for (const split of ['train', 'val', 'test'] as const)
    for (const pairs of await readNotes(data, split)) {
      const plain = pairs.flatMap(({ plain: word }) => (word === '' ? [] : [word])).join(' ');
      if (!forms.has(plain)) forms.set(plain, pairs.map(({ raw }) => raw).join(' '));
    }
  return (one) => ({ ...one, text: forms.get(one.text) ?? one.text });
}

interface One {
  readonly text: string;
  readonly label: string;
}

/** Texts of one kind, or of none; one that names two kinds is of neither. */
function labelled(texts: readonly Text[], kindOf: (type: string) => string | undefined): readonly One[] {
  return texts.flatMap(({ text, entities }) => {
    const kinds = [...new Set(entities.flatMap(({ type }) => kindOf(type) ?? []))];
    return kinds.length > 1 ? [] : [{ text, label: kinds[0] ?? 'none' }];
  });
}

/** Trained as the command does, written, and asked as a package. */
async function headFigures(seen: readonly One[], asked: readonly One[], textPackage: string): Promise<HeadFigures> {
  const given = { texts: seen.map(({ text }) => text), labels: seen.map(({ label }) => label) };
  const { chosen, candidates, certain, lesson } = await train(given, { wanted: 0.9, textPackage });
  const base = await mkdtemp(join(tmpdir(), 'lineside-language-'));
  try {
    const folder = await writeHead(lesson, { folder: join(base, 'head'), version: '0.1.0', force: false, now: 0 });
    const { manifest, said } = await askTexts(
      folder,
      asked.map(({ text }) => text),
    );
    // A kind that was never shown cannot be said: it counts as wrong.
    const answers = said.map(({ label, probabilities = {} }, i) => {
      const forced = Object.entries(probabilities).reduce((top, one) => (one[1] > top[1] ? one : top), ['', -1] as [string, number])[0];
      return { truth: manifest.labels.indexOf(asked[i]?.label ?? ''), said: manifest.labels.indexOf(forced), isSaid: label !== null };
    });
    const answered = answers.filter(({ isSaid }) => isSaid);
    const test = {
      right: rightOf(answers),
      macro_f1: macroF1(answers, manifest.labels.length),
      answered: shareOf(answered.length, answers.length),
      right_of_answered: rightOf(answered),
      ...(await baseline(seen, asked, manifest.labels, textPackage)),
    };
    return { chosen, candidates, certain, test };
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

async function baseline(seen: readonly One[], asked: readonly One[], labels: readonly string[], textPackage: string) {
  const { reader } = await plainReading(textPackage);
  const read = (texts: readonly One[]) => texts.map(({ text }) => ({ words: wordsOf(reader.read(text)), vector: new Float64Array(0) }));
  const classes = Int32Array.from(seen, ({ label }) => Math.max(0, labels.indexOf(label)));
  const said = baselinesOn(read(seen), classes, read(asked), labels.length);
  const truth = asked.map(({ label }) => labels.indexOf(label));
  const right = (which: 'majority' | 'nearest') => shareOf(said.filter((one, i) => one[which] === truth[i]).length, said.length);
  return { majority: right('majority'), nearest: right('nearest') };
}

/** Two notes are of the same case where they name the same sort of asset, and the same sort of fault or work (MaintIE's finest classes). */
async function similarFigures(seen: readonly Text[], asked: readonly Text[], textPackage: string): Promise<SimilarFigures> {
  const before = seen.map(facets);
  const queries = asked.filter((text) => before.some((one) => isSame(facets(text), one)));
  const reading = await plainReading(textPackage);
  const vectors = await openVectors(reading);
  const plain = (text: string) => wordsOf(reading.reader.read(text)).join(' ');
  const cases = new Cases(seen.map(({ text }) => plain(text)));
  const typed = new Cases(seen.map(({ text }) => text));
  const scored = async (rank: (text: string) => Promise<readonly number[]> | readonly number[]) => {
    let [hits, any] = [0, 0];
    for (const query of queries) {
      const right = (await rank(query.text)).slice(0, 3).filter((row) => isSame(facets(query), before[row] ?? NOTHING)).length;
      hits += right;
      if (right > 0) any++;
    }
    return { precision_at_3: hits / (3 * queries.length), any_of_3: shareOf(any, queries.length) };
  };
  try {
    const known: Float64Array[] = [];
    if (vectors) for (const { text } of seen) known.push(await vectors.of(reading.reader.read(text)));
    const nearest = vectors && nearestBy(known);
    return {
      queries: queries.length,
      by: {
        bm25: await scored((text) => cases.like(plain(text), 3).map(({ row }) => row)),
        bm25_as_typed: await scored((text) => typed.like(text, 3).map(({ row }) => row)),
        ...(vectors && nearest ? { encoder: await scored(async (text) => nearest(await vectors.of(reading.reader.read(text)))) } : {}),
        newest: await scored(() => [seen.length - 1, seen.length - 2, seen.length - 3]),
      },
    };
  } finally {
    cases.close();
    typed.close();
    await vectors?.close();
  }
}

interface Facets {
  readonly assets: ReadonlySet<string>;
  readonly events: ReadonlySet<string>;
}
const NOTHING: Facets = { assets: new Set(), events: new Set() };

const facets = ({ entities }: Text): Facets => ({
  assets: new Set(entities.flatMap(({ type }) => (type.startsWith('PhysicalObject') ? [type] : []))),
  events: new Set(entities.flatMap(({ type }) => (/Undesirable|MaintenanceActivity/.test(type) ? [type] : []))),
});
const meets = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => [...a].some((one) => b.has(one));
const isSame = (a: Facets, b: Facets): boolean => meets(a.assets, b.assets) && meets(a.events, b.events);

/** By the cosine of what is left of a vector when the mean is taken away and each number is divided by its spread. */
function nearestBy(known: readonly Float64Array[]): (vector: Float64Array) => readonly number[] {
  const width = known[0]?.length ?? 0;
  const mean = Float64Array.from({ length: width }, (_, k) => known.reduce((sum, one) => sum + (one[k] ?? 0), 0) / known.length);
  const spread = mean.map(
    (centre, k) => Math.sqrt(known.reduce((sum, one) => sum + ((one[k] ?? 0) - centre) ** 2, 0) / known.length) + 1e-6,
  );
  const standard = (vector: Float64Array) => {
    const off = vector.map((value, k) => (value - (mean[k] ?? 0)) / (spread[k] ?? 1));
    const length = Math.sqrt(off.reduce((sum, value) => sum + value * value, 0)) || 1;
    return off.map((value) => value / length);
  };
  const all = known.map(standard);
  return (vector) => {
    const asked = standard(vector);
    const near = all.map((one, row) => ({ row, like: one.reduce((sum, value, k) => sum + value * (asked[k] ?? 0), 0) }));
    return near.sort((a, b) => b.like - a.like).map(({ row }) => row);
  };
}
