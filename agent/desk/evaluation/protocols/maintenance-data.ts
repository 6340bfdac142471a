/** MaintNorm and MaintIE as they lie on the disk, and what a dictionary made of their training texts would say. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LinesideError, messageOf } from '../../../errors.ts';
import { readTable } from '../table.ts';

/** Of a note, token by token: as it was typed, and its plain form, which may be nothing or several words. */
export interface Pair {
  readonly raw: string;
  readonly plain: string;
}
export interface Named {
  /** Words; the last one not included. */
  readonly begin: number;
  readonly end: number;
  readonly label: string;
}
export interface Annotated {
  readonly words: readonly string[];
  readonly entities: readonly Named[];
}

export type Split = 'train' | 'val' | 'test';

export async function readNotes(folder: string, split: Split): Promise<readonly (readonly Pair[])[]> {
  const file = join(folder, 'maintnorm', 'data', 'combined', `${split}.norm`);
  const blocks = (await read(file)).split('\n\n').map((block) => block.split('\n').filter((line) => line !== ''));
  return blocks.filter((lines) => lines.length > 0).map((lines) => lines.map((line) => pairOf(line, file)));
}

function pairOf(line: string, file: string): Pair {
  const [raw, plain, ...rest] = line.split('\t');
  if (raw === undefined || plain === undefined || rest.length > 0) {
    throw new LinesideError('DATA_INVALID', { file, why: `"${line.slice(0, 40)}" is no token, a tab and its plain form` });
  }
  return { raw, plain };
}

export async function readAnnotated(folder: string): Promise<Readonly<Record<'train' | 'test', readonly Annotated[]>>> {
  const file = join(folder, 'maintie', 'gold_release.json');
  const rows = await readTable(join(folder, 'maintie', 'split.csv'), ['index', 'split']);
  const split = new Map(rows.map(({ index, split: side }) => [Number(index), side]));
  const all = parsed(await read(file), file).map(({ tokens, entities }) => ({
    words: tokens,
    entities: entities.map(({ start, end, type }) => ({ begin: start, end, label: type.split('/')[0] ?? '' })),
  }));
  return { train: all.filter((_, i) => split.get(i) === 'train'), test: all.filter((_, i) => split.get(i) === 'test') };
}

interface StoredText {
  readonly tokens: readonly string[];
  readonly entities: readonly { readonly start: number; readonly end: number; readonly type: string }[];
}

function parsed(text: string, file: string): readonly StoredText[] {
  try {
    return JSON.parse(text) as readonly StoredText[];
  } catch (thrown) {
    throw new LinesideError('DATA_INVALID', { file, why: messageOf(thrown) });
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new LinesideError('DATA_INVALID', { file, why: messageOf(thrown) });
  }
}

/** What each token was most often replaced by; of equals what came first. A token that never came stays as it is. */
export function replacements(notes: readonly (readonly Pair[])[]): (raw: string) => string {
  const counts = new Map<string, Map<string, number>>();
  for (const { raw, plain } of notes.flat()) count(counts, raw, plain);
  return (raw) => mostOf(counts.get(raw))?.[0] ?? raw;
}

/** Names every phrase that was an entity in at least half of the places where it stood in training. */
export function dictionary(texts: readonly Annotated[]): (words: readonly string[]) => readonly Named[] {
  const places = new Map<string, number>();
  const labels = new Map<string, Map<string, number>>();
  for (const { words, entities } of texts) {
    for (const { begin, end } of spans(words.length)) add(places, phrase(words, begin, end));
    for (const { begin, end, label } of entities) count(labels, phrase(words, begin, end), label);
  }
  return (words) =>
    spans(words.length).flatMap(({ begin, end }) => {
      const found = mostOf(labels.get(phrase(words, begin, end)));
      const often = places.get(phrase(words, begin, end)) ?? 0;
      return found && found[1] * 2 >= often ? [{ begin, end, label: found[0] }] : [];
    });
}

/** Words of a phrase, at most. */
const LONGEST = 4;
const spans = (length: number): readonly { readonly begin: number; readonly end: number }[] =>
  Array.from({ length }, (_, begin) =>
    Array.from({ length: Math.min(LONGEST, length - begin) }, (_, more) => ({ begin, end: begin + more + 1 })),
  ).flat();
const phrase = (words: readonly string[], begin: number, end: number): string => words.slice(begin, end).join(' ').toLowerCase();

const add = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
function count(counts: Map<string, Map<string, number>>, key: string, value: string): void {
  const row = counts.get(key) ?? new Map<string, number>();
  counts.set(key, row);
  add(row, value);
}
const mostOf = (row: ReadonlyMap<string, number> | undefined): readonly [string, number] | undefined =>
  row && [...row].reduce((most, one) => (one[1] > most[1] ? one : most));
