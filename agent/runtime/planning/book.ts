/**
 * The orders of the line: what is wanted, how much of it is made, in which order people have agreed to make it, and what was done about proposals. Bounded. Pure:
 * kept by shelf.ts.
 */
import { type Static, Type } from 'typebox';
import { MOST_ORDERS, type Order } from '../../decisions/scheduling/line/orders.ts';

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(of: T) => Type.Union([of, Type.Null()]);
const OrderSchema = Type.Object({
  id: Type.String({ maxLength: 64 }),
  quantity: Type.Number(),
  due: Nullable(Type.Number()),
  recipe: Type.String({ maxLength: 64 }),
  material: Nullable(Type.String({ maxLength: 64 })),
  priority: Type.Number(),
  released: Nullable(Type.Number()),
  /** Good parts of it so far. */
  made: Type.Number(),
  /** Parts of it that were not good. */
  scrap: Type.Number(),
  from: Type.Union([Type.Literal('file'), Type.Literal('command'), Type.Literal('opcua')]),
});
export const BookSchema = Type.Object({
  orders: Type.Array(OrderSchema, { maxItems: 2 * MOST_ORDERS }),
  /** Ids in the agreed order. */
  agreed: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 2 * MOST_ORDERS }),
  running: Nullable(Type.String({ maxLength: 64 })),
  /** That was told last as the next one. */
  announced: Nullable(Type.String({ maxLength: 64 })),
  /** Instant of the newest part that was counted. */
  counted: Type.Number(),
  /** The same by its number at its station, which no clock changes. Not there: of a file that did not know it. */
  newest: Type.Optional(Type.Object({ station: Type.String({ maxLength: 128 }), sequence: Type.Number() })),
  /** Orders that are made or were taken back, the newest last, each once: what comes again goes on with its count. */
  done: Type.Array(
    Type.Object({
      id: Type.String({ maxLength: 64 }),
      at: Type.Number(),
      made: Type.Number(),
      scrap: Type.Optional(Type.Number()),
      quantity: Type.Number(),
    }),
    { maxItems: 500 },
  ),
  /** Sequences that were refused: not to be proposed again while nothing else has changed. */
  refused: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 100 }),
});
export type BookState = Static<typeof BookSchema>;
export type OpenOrder = Static<typeof OrderSchema>;

/** Orders that are remembered once they are done. */
const MOST_DONE = 500;
const MOST_REFUSED = 100;

const ORIGINS: Readonly<Record<OpenOrder['from'], string>> = { file: 'the file of orders', command: 'a command', opcua: 'job control' };

export const EMPTY_BOOK: BookState = { orders: [], agreed: [], running: null, announced: null, counted: 0, done: [], refused: [] };

export interface Counted {
  /** The order that the part belongs to; null: none of this recipe is open. */
  readonly order: string | null;
  /** It began with this part, or another one did before it was done. */
  readonly began: boolean;
  readonly done: boolean;
}
export interface CountedPart {
  readonly at: number;
  readonly recipe: string;
  readonly good: boolean;
  /** Of the station, from 1, without gaps. */
  readonly sequence?: number;
}
export interface Taking {
  readonly from: OpenOrder['from'];
  /** There are no others of that origin. */
  readonly isAll: boolean;
  /** Instant. */
  readonly now: number;
}
/** Some of it is still wanted. */
const isOpen = ({ made, quantity }: { readonly made: number; readonly quantity: number }): boolean => made < quantity;
const NOBODYS: Counted = { order: null, began: false, done: false };

export class OrderBook {
  private state: BookState;

  constructor(state: BookState = EMPTY_BOOK) {
    this.state = structuredClone(state);
    for (const { id } of this.state.orders.filter((order) => !isOpen(order))) this.close(id, this.state.counted);
  }

  get snapshot(): BookState {
    return this.state;
  }
  get orders(): readonly OpenOrder[] {
    return this.state.orders;
  }
  get running(): string | null {
    return this.state.running;
  }
  /** Whether a part of the journal was made while nobody counted, or before a kill. Without a book there is nothing that it could belong to. */
  isUncounted(part: CountedPart, station: string): boolean {
    const { counted, newest } = this.state;
    if (counted === 0) return false;
    return newest?.station === station && part.sequence !== undefined ? part.sequence > newest.sequence : part.at > counted;
  }
  /** The agreed order of all that is open; what is new comes last, as it came. */
  get agreed(): readonly string[] {
    const open = new Set(this.state.orders.map(({ id }) => id));
    const known = this.state.agreed.filter((id) => open.has(id));
    const placed = new Set(known);
    const rest = this.state.orders.map(({ id }) => id).filter((id) => !placed.has(id));
    const { running } = this.state;
    const all = [...known, ...rest];
    return running === null ? all : [running, ...all.filter((id) => id !== running)];
  }

  /**
   * As the search wants them, the running one as begun. Of one that was interrupted only what is left is wanted.
   */
  wanted(): readonly Order[] {
    return this.state.orders.map(({ made, scrap: _, from: __, ...order }) =>
      order.id === this.state.running ? { ...order, made } : { ...order, quantity: order.quantity - made, made: null },
    );
  }

  /**
   * All of one origin, or some more; what is made already stays counted, also of an order that was gone. One of which as much is made as is wanted is done, and is
   * not made again. Null, or why they are not taken.
   */
  take(orders: readonly Order[], { from, isAll, now }: Taking): string | null {
    const given = new Map(orders.map((order) => [order.id, order]));
    const foreign = this.state.orders.find((one) => one.from !== from && given.has(one.id));
    if (foreign) return `order ${foreign.id} is there already, from ${ORIGINS[foreign.from]}`;
    // One that runs is made to its end, whatever the list says.
    const isKept = (one: OpenOrder) => given.has(one.id) || one.from !== from || !isAll || one.id === this.state.running;
    const kept = this.state.orders.filter(isKept).map((one) => {
      const next = given.get(one.id);
      return next ? { ...one, ...next, made: Math.max(one.made, next.made ?? 0) } : one;
    });
    const past = new Map(this.state.done.map((one) => [one.id, one]));
    const fresh = orders
      .filter(({ id }) => !this.state.orders.some((one) => one.id === id))
      .map((order) => {
        const { made = 0, scrap = 0 } = past.get(order.id) ?? {};
        return { ...order, made: Math.max(order.made ?? 0, made), scrap, from };
      });
    const open = [...kept, ...fresh].filter(isOpen);
    if (open.length > MOST_ORDERS) return `there would be ${open.length} orders, at most ${MOST_ORDERS} are planned together`;
    // What goes from the list, and what is done by a smaller quantity: with their counts.
    const gone = this.state.orders.filter((one) => !isKept(one));
    const { agreed } = this.state;
    this.state = { ...this.state, orders: [...gone, ...kept], refused: [], counted: this.state.counted || now };
    for (const { id } of [...gone, ...kept.filter((one) => !isOpen(one))]) this.close(id, now);
    // What comes back finds its place again.
    this.state = { ...this.state, orders: open, agreed };
    return null;
  }

  /** As it was, for what could not be kept; parts that were counted since stay counted. */
  undo(before: BookState): void {
    const { counted, newest, running, orders, done } = this.state;
    const counts = new Map([...done, ...orders].map(({ id, made, scrap = 0 }) => [id, { made, scrap }]));
    const restored = before.orders.map((one) => {
      const { made = 0, scrap = 0 } = counts.get(one.id) ?? {};
      return { ...one, made: Math.max(one.made, made), scrap: Math.max(one.scrap, scrap) };
    });
    const isRunning = restored.some(({ id }) => id === running);
    this.state = { ...before, orders: restored, counted, ...(newest && { newest }), running: isRunning ? running : before.running };
    for (const { id } of restored.filter((one) => !isOpen(one))) this.close(id, counted);
  }

  /** Takes orders back; those that are not there are passed over. */
  drop(ids: readonly string[], at: number): void {
    for (const id of ids) this.close(id, at);
    this.state = { ...this.state, refused: [] };
  }

  agree(ids: readonly string[]): void {
    this.state = { ...this.state, agreed: [...ids], refused: [] };
  }

  get announced(): string | null {
    return this.state.announced;
  }
  announce(id: string): void {
    this.state = { ...this.state, announced: id };
  }

  refuse(signature: string): void {
    this.state = { ...this.state, refused: [...this.state.refused, signature].slice(-MOST_REFUSED) };
  }
  wasRefused(signature: string): boolean {
    return this.state.refused.includes(signature);
  }
  /** Something else than orders has changed: what was refused may be proposed again. */
  forgetRefusals(): void {
    if (this.state.refused.length > 0) this.state = { ...this.state, refused: [] };
  }

  /** A part was made: of the running order where the recipe is its own, else of the first one of that recipe in the agreed order, which then runs. */
  count(part: CountedPart, station = ''): Counted {
    this.state.counted = part.at;
    if (part.sequence !== undefined) this.state.newest = { station, sequence: part.sequence };
    const order = this.orderOf(part.recipe);
    if (!order) return NOBODYS;
    const began = this.state.running !== order.id;
    this.state.running = order.id;
    if (part.good) order.made++;
    else order.scrap++;
    const done = order.made >= order.quantity;
    if (done) this.close(order.id, part.at);
    return { order: order.id, began, done };
  }

  private orderOf(recipe: string): OpenOrder | undefined {
    const { orders, running } = this.state;
    const now = running === null ? undefined : orders.find(({ id }) => id === running);
    if (now?.recipe === recipe) return now;
    const own = orders.filter((one) => one.recipe === recipe);
    if (own.length < 2) return own[0];
    const first = this.state.agreed.find((id) => own.some((one) => one.id === id));
    // Those that nobody has agreed on come last, as they came.
    return own.find(({ id }) => id === first) ?? own[0];
  }

  private close(id: string, at: number): void {
    const order = this.state.orders.find((one) => one.id === id);
    if (!order) return;
    const { made, scrap, quantity } = order;
    this.state = {
      ...this.state,
      orders: this.state.orders.filter((one) => one.id !== id),
      agreed: this.state.agreed.filter((one) => one !== id),
      running: this.state.running === id ? null : this.state.running,
      done: [...this.state.done.filter((one) => one.id !== id), { id, at, made, scrap, quantity }].slice(-MOST_DONE),
    };
  }
}
