/** The order behind the one that runs: told once as a decision, and to the PLC until it has it. */
import type { Config, PlanningConfig } from '../../config/schema.ts';
import type { Decision, TagWrite } from '../../contracts/index.ts';
import type { LinesideError } from '../../errors.ts';
import type { Clock } from '../../time.ts';
import type { OpenOrder, OrderBook } from './book.ts';

export interface NextOrderOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  readonly config: () => Config;
  /** Is put on record and published. */
  readonly decided: (decision: Decision) => void;
  readonly write: (writes: readonly TagWrite[]) => Promise<readonly (LinesideError | null)[]>;
  /** Why the PLC has not got it; null: it has. */
  readonly onFault: (fault: LinesideError | null) => void;
}

export class NextOrder {
  private readonly options: NextOrderOptions;
  /** What the PLC was told in this life and has taken; empty: nobody knows. */
  private written = '';
  private turn: Promise<unknown> = Promise.resolve();
  /** Writes that are under way or wait. */
  private pending = 0;
  /** Writes after the start that may fail without a word: the PLC is being connected. */
  private patience = 5;

  constructor(options: NextOrderOptions) {
    this.options = options;
  }

  /** What was announced last is still to come. Nothing was announced: nothing has to stand. */
  stands(book: OrderBook): boolean {
    return book.announced === null || this.announced(book) !== null;
  }

  /** The order after the running one is another one than was said last. True: it was announced. */
  async announce(book: OrderBook, why: string): Promise<boolean> {
    const { clock, newId, decided, config } = this.options;
    const { planning } = config();
    const id = book.agreed.find((one) => one !== book.running);
    const order = book.orders.find((one) => one.id === id);
    if (!planning || !order || order.id === book.announced) return false;
    book.announce(order.id);
    this.patience = 0;
    const writes = this.writesFor(order, planning);
    const faults = await this.write(writes);
    decided({
      id: newId(),
      station: planning.station,
      at: clock.now(),
      inspection: null,
      action: 'next_order',
      reason: `next is order ${order.id} (${order.recipe}): ${why}`,
      rule: 'planning',
      writes: writes.map(({ tag, value }, n) => ({ tag, value, ...outcomeOf(faults[n] ?? null) })),
      latched: false,
    });
    return true;
  }

  /** Once after a start, and for as long as the PLC has not taken it. */
  async again(book: OrderBook): Promise<void> {
    const { planning } = this.options.config();
    const order = this.announced(book);
    const writes = planning && order ? this.writesFor(order, planning) : [];
    if (this.pending > 0 || keyOf(writes) === this.written) return;
    await this.write(writes);
  }

  private announced(book: OrderBook): OpenOrder | null {
    return book.orders.find(({ id }) => id === book.announced && id !== book.running) ?? null;
  }

  /** One after the other: what was announced last is what stays in the PLC. */
  private write(writes: readonly TagWrite[]): Promise<readonly (LinesideError | null)[]> {
    this.pending++;
    const done = this.turn
      .then(() => this.writeNow(writes))
      .finally(() => {
        this.pending--;
      });
    this.turn = done.catch(() => {});
    return done;
  }

  private async writeNow(writes: readonly TagWrite[]): Promise<readonly (LinesideError | null)[]> {
    this.written = '';
    const faults = writes.length === 0 ? [] : await this.options.write(writes);
    const failed = faults.find((fault) => fault !== null) ?? null;
    if (failed === null) this.written = keyOf(writes);
    if (failed === null || this.patience-- <= 0) this.options.onFault(failed);
    return faults;
  }

  private writesFor({ id, recipe }: OpenOrder, { tell, station }: PlanningConfig): readonly TagWrite[] {
    const values = this.options.config().stations[station]?.recipe?.values ?? {};
    const value = Object.entries(values).find(([, name]) => name === recipe)?.[0] ?? recipe;
    return [
      ...(tell?.recipe === undefined ? [] : [{ tag: tell.recipe, value }]),
      // The order last: who waits for it finds the recipe there.
      ...(tell?.order === undefined ? [] : [{ tag: tell.order, value: id }]),
    ];
  }
}

const keyOf = (writes: readonly TagWrite[]): string => JSON.stringify(writes);
const outcomeOf = (fault: LinesideError | null) =>
  fault === null ? { state: 'written' as const } : { state: 'failed' as const, fault: fault.sentence };
