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
  from: Type.Union([Type.Literal('file'), Type.Literal('command')]),
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
  /** Orders that are made or were taken back, the newest last. */
  done: Type.Array(Type.Object({ id: Type.String({ maxLength: 64 }), at: Type.Number(), made: Type.Number(), quantity: Type.Number() }), {
    maxItems: 500,
  }),
  /** Sequences that were refused: not to be proposed again while nothing else has changed. */
  refused: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 100 }),
});
export type BookState = Static<typeof BookSchema>;
export type OpenOrder = Static<typeof OrderSchema>;

/** Orders that are remembered once they are done. */
const MOST_DONE = 500;
const MOST_REFUSED = 100;

export const EMPTY_BOOK: BookState = { orders: [], agreed: [], running: null, announced: null, counted: 0, done: [], refused: [] };

export interface Counted {
  /** The order that the part belongs to; null: none of this recipe is open. */
  readonly order: string | null;
  /** It began with this part, or another one did before it was done. */
  readonly began: boolean;
  readonly done: boolean;
}
export interface Taking {
  readonly from: OpenOrder['from'];
  /** There are no others of that origin. */
  readonly isAll: boolean;
  /** Instant. */
  readonly now: number;
}
const NOBODYS: Counted = { order: null, began: false, done: false };

export class OrderBook {
  private state: BookState;

  constructor(state: BookState = EMPTY_BOOK) {
    this.state = structuredClone(state);
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
  /** Instant of the newest part that was counted: what the journal has behind it was made while nobody counted, or before a kill. */
  get counted(): number {
    return this.state.counted;
  }
  /** The agreed order of all that is open; what is new comes last, as it came. */
  get agreed(): readonly string[] {
    const open = new Set(this.state.orders.map(({ id }) => id));
    const known = this.state.agreed.filter((id) => open.has(id));
    const rest = this.state.orders.map(({ id }) => id).filter((id) => !known.includes(id));
    const { running } = this.state;
    const all = [...known, ...rest];
    return running === null ? all : [running, ...all.filter((id) => id !== running)];
  }

  /**
   * As the search wants them, the running one as begun. Of one that was interrupted only what is left is wanted.
   */
  wanted(): readonly Order[] {
    return this.state.orders.map(({ made, scrap: _, from: __, ...order }) =>
      order.id === this.state.running ? { ...order, made } : { ...order, quantity: Math.max(1, order.quantity - made), made: null },
    );
  }

  /** All of one origin, or some more; what is made already stays counted. Null, or why they are not taken. */
  take(orders: readonly Order[], { from, isAll, now }: Taking): string | null {
    const given = new Map(orders.map((order) => [order.id, order]));
    const foreign = this.state.orders.find((one) => one.from !== from && given.has(one.id));
    if (foreign) return `order ${foreign.id} is there already, from ${foreign.from === 'file' ? 'the file of orders' : 'a command'}`;
    // One that runs is made to its end, whatever the list says.
    const kept = this.state.orders.filter((one) => given.has(one.id) || one.from !== from || !isAll || one.id === this.state.running);
    const changed = kept.map((one) => {
      const now = given.get(one.id);
      return now ? { ...one, ...now, made: Math.max(one.made, now.made ?? 0) } : one;
    });
    const fresh = orders
      .filter(({ id }) => !this.state.orders.some((one) => one.id === id))
      .map((order) => ({ ...order, made: order.made ?? 0, scrap: 0, from }));
    const all = [...changed, ...fresh];
    if (all.length > MOST_ORDERS) return `there would be ${all.length} orders, at most ${MOST_ORDERS} are planned together`;
    this.state = { ...this.state, orders: all, refused: [], counted: this.state.counted || now };
    return null;
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
  count(part: { readonly at: number; readonly recipe: string; readonly good: boolean }): Counted {
    this.state.counted = part.at;
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
    const first = this.agreed.find((id) => orders.find((one) => one.id === id)?.recipe === recipe);
    return orders.find(({ id }) => id === first);
  }

  private close(id: string, at: number): void {
    const order = this.state.orders.find((one) => one.id === id);
    if (!order) return;
    const { made, quantity } = order;
    this.state = {
      ...this.state,
      orders: this.state.orders.filter((one) => one.id !== id),
      agreed: this.state.agreed.filter((one) => one !== id),
      running: this.state.running === id ? null : this.state.running,
      done: [...this.state.done, { id, at, made, quantity }].slice(-MOST_DONE),
    };
  }
}
