/** Orders as they stand in a text, each value with its place: rows of CSV (RFC 4180), values of JSON (RFC 8259). Pure. */
import Papa from 'papaparse';
import { MOST_ORDERS } from './orders.ts';

export interface Place {
  /** `orders[3]`, where there is no text that has lines. */
  readonly path?: string;
  readonly line: number;
  readonly column: number;
}
/** One order as it stands there: cells are texts, values of JSON whatever they are. */
export interface Raw {
  readonly values: ReadonlyMap<string, unknown>;
  /** Of the value; of the order where it has none. */
  readonly placeOf: (key: string) => Place;
  /** Of the key itself: the head of a column. */
  readonly keyAt: (key: string) => Place;
}

/** Thrown here, and caught where the faults are collected. */
export class Wrong {
  readonly place: Place;
  readonly text: string;
  constructor(place: Place, text: string) {
    this.place = place;
    this.text = text;
  }
}

/** What stands there, short enough for a sentence. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  // Never the whole of it: it may be as large as the text.
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a block';
  const text = typeof value === 'string' ? value.slice(0, 41) : String(value);
  const clean = text.replace(/\p{Cc}/gu, ' ');
  return clean.length > 40 ? `${clean.slice(0, 40)}…` : clean;
}

/** Before anything is made of them. */
function notTooMany(count: number): void {
  if (count > MOST_ORDERS) throw new Wrong({ line: 1, column: 1 }, `it holds ${count} orders, at most ${MOST_ORDERS} are planned together`);
}

// ------------------------------------------------------------ CSV

/** Columns of a file, at most: those of an order and a few that are wrong. */
const MOST_COLUMNS = 50;

/** A line a row, the first one names the columns. Columns are counted in characters of the line. */
export function rowsOf(text: string): readonly Raw[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const head = lines.findIndex((line) => line.trim() !== '');
  if (head < 0) throw new Wrong({ line: 1, column: 1 }, 'it is empty; the first line names the columns: id, quantity, due, recipe');
  const delimiter = ['\t', ';', ','].find((one) => (lines[head] ?? '').includes(one)) ?? ',';
  const names = cellsOf(lines[head] ?? '', delimiter).map((cell) => ({ ...cell, text: cell.text.toLowerCase() }));
  if (names.length > MOST_COLUMNS)
    throw new Wrong({ line: head + 1, column: 1 }, `it has ${names.length} columns, at most ${MOST_COLUMNS} are read`);
  const seen = new Set<string>();
  const doubled = names.find(({ text: name }) => seen.size === seen.add(name).size);
  if (doubled) throw new Wrong({ line: head + 1, column: doubled.column }, `two columns are named ${shown(doubled.text)}`);
  const lacking = ['id', 'quantity', 'recipe'].find((key) => !names.some(({ text: name }) => name === key));
  if (lacking)
    throw new Wrong(
      { line: head + 1, column: 1 },
      `no column is named ${lacking}; there are ${shown(names.map((one) => one.text).join(', '))}`,
    );
  const rows = lines.flatMap((line, n) => (n <= head || line.trim() === '' ? [] : [{ line, number: n + 1 }]));
  notTooMany(rows.length);
  return rows.map(({ line, number }) => rowOf(line, number, delimiter, { names, at: head + 1 }));
}

interface Head {
  readonly names: readonly CellAt[];
  readonly at: number;
}

function rowOf(line: string, number: number, delimiter: string, { names, at }: Head): Raw {
  const cells = cellsOf(line, delimiter);
  const extra = cells.slice(names.length).find(({ text }) => text !== '');
  if (extra)
    throw new Wrong(
      { line: number, column: extra.column },
      `the line has ${cells.length} cells, the first line names ${names.length} columns`,
    );
  const column = (key: string) => names.findIndex(({ text }) => text === key);
  return {
    values: new Map(names.map(({ text }, n) => [text, cells[n]?.text ?? null])),
    placeOf: (key) => ({ line: number, column: cells[column(key)]?.column ?? 1 }),
    keyAt: (key) => ({ line: at, column: names[column(key)]?.column ?? 1 }),
  };
}

interface CellAt {
  readonly text: string;
  readonly column: number;
}

/** Cells of one line with where they begin; a cell in quotes may hold the delimiter, and no line end. */
function cellsOf(line: string, delimiter: string): readonly CellAt[] {
  const { data } = Papa.parse<string[]>(line, { delimiter });
  let at = 0;
  return (data[0] ?? []).map((cell) => {
    const column = at + 1;
    const quoted = line.slice(at).trimStart().startsWith('"');
    at += quoted ? quotedLength(line, at, delimiter) : cell.length;
    at += 1;
    return { text: cell.trim(), column };
  });
}

function quotedLength(line: string, from: number, delimiter: string): number {
  let isInside = false;
  for (let at = from; at < line.length; at++) {
    if (line[at] === '"') isInside = !isInside;
    else if (!isInside && line[at] === delimiter) return at - from;
  }
  return line.length - from;
}

// ------------------------------------------------------------ JSON

/** A list of orders, or a block with the list under `orders`. */
export function valuesOf(text: string): readonly Raw[] {
  const value = parsed(text);
  const path = Array.isArray(value) ? [] : ['orders'];
  const list: unknown = Array.isArray(value) ? value : isBlock(value) ? value['orders'] : undefined;
  if (!Array.isArray(list)) throw new Wrong({ line: 1, column: 1 }, 'it is neither a list of orders nor a block with a list under orders');
  notTooMany(list.length);
  // Looked for only where something is wrong.
  let places: { readonly offsets: ReadonlyMap<string, number>; readonly lines: Lines } | undefined;
  const placeOf = (...steps: readonly (string | number)[]): Place => {
    places ??= { offsets: offsetsIn(text, path.length + 2), lines: new Lines(text) };
    return places.lines.placeAt(places.offsets.get(keyOf([...path, ...steps])) ?? 0);
  };
  return list.map((one: unknown, n) => {
    if (!isBlock(one)) throw new Wrong(placeOf(n), `an order is a block with id, quantity, recipe and so on, not ${shown(one)}`);
    const values = new Map(Object.entries(one));
    const at = (key: string) => placeOf(n, ...(values.has(key) ? [key] : []));
    return { values, placeOf: at, keyAt: at };
  });
}

/** Of a message that was parsed already: places are those of the list. */
export function partsOf(list: readonly unknown[]): readonly Raw[] {
  notTooMany(list.length);
  return list.map((one, n) => {
    const at = (): Place => ({ line: 1, column: n + 1, path: `orders[${n}]` });
    if (!isBlock(one)) throw new Wrong(at(), `an order is a block with id, quantity, recipe and so on, not ${shown(one)}`);
    return { values: new Map(Object.entries(one)), placeOf: at, keyAt: at };
  });
}

const isBlock = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const keyOf = (path: readonly (string | number)[]): string => JSON.stringify(path);

function parsed(text: string): unknown {
  const deep = tooDeep(text);
  if (deep !== null) throw new Wrong(new Lines(text).placeAt(deep), `more than ${DEEPEST} lists and blocks stand in one another here`);
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : '';
    const at = Number(/position (\d+)/.exec(said)?.[1] ?? text.length);
    const found = at < text.length ? `${shown(text[at])} cannot stand here` : 'the text ends too soon';
    throw new Wrong(new Lines(text).placeAt(at), `it is no JSON: ${found}`);
  }
}

/** Lists and blocks in one another: orders have three. What is made of more is made by functions that call themselves. */
const DEEPEST = 32;

const STEPS: Readonly<Record<string, number>> = { '[': 1, '{': 1, ']': -1, '}': -1 };

/** Where it is nested deeper; of any text, JSON or not. */
function tooDeep(text: string): number | null {
  let [depth, isText] = [0, false];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') isText = !isText;
    else if (!isText) depth += STEPS[letter as string] ?? 0;
    else if (letter === '\\') at++;
    if (depth > DEEPEST) return at;
  }
  return null;
}

/** Places in a text of many lines. */
class Lines {
  /** Where each line begins. */
  private readonly starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  placeAt(offset: number): Place {
    let [from, to] = [0, this.starts.length];
    // The line that begins last before it lies in [from, to).
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if ((this.starts[middle] as number) <= offset) from = middle;
      else to = middle;
    }
    return { line: from + 1, column: offset - (this.starts[from] as number) + 1 };
  }
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** A list or a block that is not closed yet. */
interface Open {
  readonly isList: boolean;
  step: string | number;
  /** A key is to come, not a value. */
  wantsKey: boolean;
}

/** Where each value begins that is no deeper than so many steps, by its path; of a text that JSON.parse has taken. */
function offsetsIn(text: string, deepest: number): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  const open: Open[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const around = open.at(-1);
    if (around && take(token, around)) continue;
    if (token === '}' || token === ']') open.pop();
    else {
      if (open.length <= deepest) offsets.set(keyOf(open.map(({ step }) => step)), index);
      if (token === '[' || token === '{') open.push(opened(token === '['));
    }
  }
  return offsets;
}

const opened = (isList: boolean): Open => ({ isList, step: isList ? 0 : '', wantsKey: !isList });

/** What moves on within a list or a block, and is no value. */
function take(token: string, around: Open): boolean {
  if (token === ',') {
    around.step = around.isList ? Number(around.step) + 1 : around.step;
    around.wantsKey = !around.isList;
  } else if (around.wantsKey && token.startsWith('"')) {
    around.step = JSON.parse(token) as string;
    around.wantsKey = false;
  } else return token === ':';
  return true;
}
