/**
 * Orders as people and other systems write them: a CSV file of any country's spreadsheet, or JSON. Every fault is told with its line and column, and
 * nothing of a list with a fault is taken: half a plan is worse than the one before. Pure; bounded by MOST_BYTES.
 */
import { didYouMean } from '../../../config/suggest.ts';
import { instantOf } from './instants.ts';
import { type Place, partsOf, type Raw, rowsOf, shown, valuesOf, Wrong } from './order-texts.ts';
import type { Order } from './orders.ts';

export interface OrderFault {
  /** `orders[3]`: of a message, which has no lines. */
  readonly path?: string;
  /** From 1; of a message that is one line, the column tells where. */
  readonly line: number;
  readonly column: number;
  readonly text: string;
}
export type OrdersRead =
  | { readonly orders: readonly Order[] }
  /** The first ones, in the order of the text, and how many more were found: behind so many orders with a fault nobody looks on. */
  | { readonly faults: readonly OrderFault[]; readonly more: number };

/** Of a text. 500 orders are a tenth of it. */
export const MOST_BYTES = 500_000;
const MOST_FAULTS = 20;

export interface OrdersWish {
  readonly format: 'csv' | 'json';
  /** Recipes that the line makes; null: any. */
  readonly recipes: readonly string[] | null;
}

export function readOrders(text: string, { format, recipes }: OrdersWish): OrdersRead {
  const at: Place = { line: 1, column: 1 };
  if (text.length > MOST_BYTES) return new Faults().add(at, `it is ${text.length} characters long, at most ${MOST_BYTES} are read`).told;
  return ordersOf(() => (format === 'csv' ? rowsOf(text) : valuesOf(text)), recipes);
}

/** The same of a message that was parsed already. */
export const readOrderValues = (list: readonly unknown[], recipes: readonly string[] | null): OrdersRead =>
  ordersOf(() => partsOf(list), recipes);

function ordersOf(read: () => readonly Raw[], recipes: readonly string[] | null): OrdersRead {
  const faults = new Faults();
  const raws = faults.of(read) ?? [];
  twice(raws, faults);
  const orders: Order[] = [];
  let wrong = 0;
  for (const raw of raws) {
    const order = faults.order(raw, recipes);
    if (order) orders.push(order);
    else if (++wrong >= MOST_FAULTS) break;
  }
  return faults.any ? faults.told : { orders };
}

function twice(raws: readonly Raw[], faults: Faults): void {
  const first = new Map<string, Raw>();
  for (const raw of raws) {
    const id = textIn(raw.values.get('id') ?? null);
    if (typeof id === 'string') continue;
    const before = first.get(id.value);
    if (!before) first.set(id.value, raw);
    else {
      const { line, column, path } = before.placeOf('id');
      const where = path ?? `line ${line}, column ${column}`;
      faults.add(raw.placeOf('id'), `order ${id.value} is there twice, first at ${where}; keep one`);
    }
  }
}

class Faults {
  private readonly all: OrderFault[] = [];
  private count = 0;
  private readonly unknown = new Set<string>();

  get any(): boolean {
    return this.count > 0;
  }
  get told() {
    const faults = this.all.toSorted((a, b) => a.line - b.line || a.column - b.column);
    return { faults, more: this.count - faults.length };
  }

  add(place: Place, text: string): this {
    const { line, column } = place;
    if (this.all.some((one) => one.line === line && one.column === column && one.text === text)) return this;
    this.count++;
    if (this.all.length < MOST_FAULTS) this.all.push({ ...place, text });
    return this;
  }

  of<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (thrown) {
      if (!(thrown instanceof Wrong)) throw thrown;
      this.add(thrown.place, thrown.text);
      return undefined;
    }
  }

  /** All that is wrong with one order, not only the first thing. Null: something is. */
  order(raw: Raw, recipes: readonly string[] | null): Order | null {
    const before = this.count;
    for (const key of raw.values.keys()) if (!KEYS.includes(key)) this.unknownKey(raw, key);
    const field = <T>(key: string, read: (value: unknown) => Read<T>) => this.of(() => fieldOf(raw, key, read));
    const order = {
      id: field('id', textIn),
      quantity: field('quantity', wholeIn(1, 10_000_000)),
      due: field('due', optional(instantIn)),
      recipe: field('recipe', recipeIn(recipes)),
      material: field('material', optional(textIn)),
      priority: field('priority', optional(numberIn)),
      released: field('released', optional(instantIn)),
      made: field('made', optional(wholeIn(0, 10_000_000))),
    };
    const { due = null, released = null } = order;
    if (due?.value && released?.value && due.value < released.value)
      this.add(raw.placeOf('due'), `order ${shown(order.id?.value)} is due before it is released; one of the two is wrong`);
    if (this.count > before) return null;
    const value = Object.fromEntries(Object.entries(order).map(([key, of]) => [key, of?.value ?? null]));
    // Field by field as the type wants it, or a fault was added.
    return { ...value, priority: value['priority'] ?? 1 } as Order;
  }

  /** Wrong once, not in each order. */
  private unknownKey(raw: Raw, key: string): void {
    if (this.unknown.has(key)) return;
    this.unknown.add(key);
    if (this.all.length >= MOST_FAULTS) this.count++;
    else this.add(raw.keyAt(key), `${shown(key)} is nothing of an order${didYouMean(key.slice(0, 64), KEYS, 'an order has')}`);
  }
}

const KEYS: readonly string[] = ['id', 'quantity', 'due', 'recipe', 'material', 'priority', 'released', 'made'];

/** `read` gives the value, or what is wrong with it as the end of "the … ". */
function fieldOf<T>(raw: Raw, key: string, read: (value: unknown) => Read<T>): { readonly value: T } {
  const given = raw.values.get(key);
  const value = given === '' || given === undefined ? null : given;
  const outcome = read(value);
  if (typeof outcome === 'object' && outcome !== null && 'value' in outcome) return outcome;
  throw new Wrong(raw.placeOf(key), `${key} ${outcome}`);
}
type Read<T> = { readonly value: T } | string;

const optional =
  <T>(read: (value: unknown) => Read<T>) =>
  (value: unknown): Read<T | null> =>
    value === null ? { value: null } : read(value);

const LONGEST = 64;
function textIn(value: unknown): Read<string> {
  if (value === null) return 'is missing';
  if (typeof value !== 'string' && typeof value !== 'number') return `must be a text, not ${shown(value)}`;
  const text = String(value).trim();
  if (text === '') return 'is missing';
  if (text.length > LONGEST) return `is ${text.length} characters long, and may be ${LONGEST}`;
  return /\p{Cc}/u.test(text) ? 'has control characters in it' : { value: text };
}

const recipeIn =
  (recipes: readonly string[] | null) =>
  (value: unknown): Read<string> => {
    const text = textIn(value);
    if (typeof text === 'string' || recipes === null || recipes.includes(text.value)) return text;
    return `${text.value} is nothing that is known of this line${didYouMean(text.value, recipes, 'known are')}`;
  };

function plainNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  const text = typeof value === 'string' ? value.trim() : '';
  return /^[+-]?\d+([.,]\d+)?$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN;
}

const wholeIn =
  (least: number, most: number) =>
  (value: unknown): Read<number> => {
    if (value === null) return 'is missing';
    const number = plainNumber(value);
    if (Number.isInteger(number) && number >= least && number <= most) return { value: number };
    return `must be a whole number from ${least} to ${most}, not ${shown(value)}`;
  };

function numberIn(value: unknown): Read<number> {
  const number = plainNumber(value);
  return number > 0 && number <= 100 ? { value: number } : `must be a number above 0 and up to 100, not ${shown(value)}`;
}

function instantIn(value: unknown): Read<number> {
  const instant = typeof value === 'string' ? instantOf(value.trim()) : null;
  return instant === null ? `must be an instant such as 2026-12-01T14:00Z or 2026-12-01 15:00, not ${shown(value)}` : { value: instant };
}
