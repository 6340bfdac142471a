/** Orders as they stand in a text, each value with its place: rows of CSV (RFC 4180), values of JSON (RFC 8259). Pure. */
import Papa from 'papaparse';

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
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const clean = text.replace(/\p{Cc}/gu, ' ');
  return clean.length > 40 ? `${clean.slice(0, 40)}…` : clean;
}

// ------------------------------------------------------------ CSV

/** A line a row, the first one names the columns. Columns are counted in characters of the line. */
export function rowsOf(text: string): readonly Raw[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const head = lines.findIndex((line) => line.trim() !== '');
  if (head < 0) throw new Wrong({ line: 1, column: 1 }, 'it is empty; the first line names the columns: id, quantity, due, recipe');
  const delimiter = ['\t', ';', ','].find((one) => (lines[head] ?? '').includes(one)) ?? ',';
  const names = cellsOf(lines[head] ?? '', delimiter).map((cell) => ({ ...cell, text: cell.text.toLowerCase() }));
  const doubled = names.find(({ text: name }, n) => names.findIndex((other) => other.text === name) !== n);
  if (doubled) throw new Wrong({ line: head + 1, column: doubled.column }, `two columns are named ${shown(doubled.text)}`);
  const lacking = ['id', 'quantity', 'recipe'].find((key) => !names.some(({ text: name }) => name === key));
  if (lacking)
    throw new Wrong(
      { line: head + 1, column: 1 },
      `no column is named ${lacking}; there are ${shown(names.map((one) => one.text).join(', '))}`,
    );
  return lines.flatMap((line, n) => (n <= head || line.trim() === '' ? [] : [rowOf(line, n + 1, delimiter, { names, at: head + 1 })]));
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
  // Looked for only where something is wrong.
  let places: ReadonlyMap<string, number> | undefined;
  const placeOf = (...steps: readonly (string | number)[]): Place => {
    places ??= offsetsIn(text);
    return placeAt(text, places.get(keyOf([...path, ...steps])) ?? 0);
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
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : '';
    const at = Number(/position (\d+)/.exec(said)?.[1] ?? text.length);
    const found = at < text.length ? `${shown(text[at])} cannot stand here` : 'the text ends too soon';
    throw new Wrong(placeAt(text, at), `it is no JSON: ${found}`);
  }
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - start + 1 };
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** A list or a block that is not closed yet. */
interface Open {
  readonly isList: boolean;
  step: string | number;
  /** A key is to come, not a value. */
  wantsKey: boolean;
}

/** Where each value begins, by its path; of a text that JSON.parse has taken. */
function offsetsIn(text: string): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  const open: Open[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const around = open.at(-1);
    if (around && take(token, around)) continue;
    if (token === '}' || token === ']') open.pop();
    else {
      offsets.set(keyOf(open.map(({ step }) => step)), index);
      if (token === '[') open.push({ isList: true, step: 0, wantsKey: false });
      if (token === '{') open.push({ isList: false, step: '', wantsKey: true });
    }
  }
  return offsets;
}

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
