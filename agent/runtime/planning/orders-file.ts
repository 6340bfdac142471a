/** The file of orders that another system writes: read when it has changed, within bounds; what is wrong with it is told until it is mended. */
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Order } from '../../decisions/scheduling/line/orders.ts';
import { MOST_BYTES, readOrders } from '../../decisions/scheduling/line/read-orders.ts';
import { asLinesideError, LinesideError } from '../../errors.ts';
import { readRegular } from '../../platform/plain-file.ts';
import { invalid } from './invalid.ts';

export type Looked = { readonly orders: readonly Order[] } | { readonly fault: LinesideError };

export class OrdersFile {
  private readonly base: string;
  /** As it was when it was read last, and the recipes that were known then. */
  private stamp = '';
  /** As it was at the look before. */
  private seen = '';

  constructor(base: string) {
    this.base = base;
  }

  /** It is read again, whatever it is. */
  forget(): void {
    this.stamp = '';
  }

  /**
   * Null: it is as it was, or somebody is writing it. Taken is what was the same at two looks and is so after reading too: half a list would take the other half
   * of the orders back.
   */
  async look(name: string, recipes: readonly string[]): Promise<Looked | null> {
    const file = resolve(this.base, name);
    const known = [file, ...recipes].join('\n');
    const before = await stampOf(file);
    const stamp = `${before}\n${known}`;
    if (stamp === this.stamp) return null;
    const isSettled = stamp === this.seen;
    this.seen = stamp;
    if (!isSettled) return null;
    const refuse = (why: string) => new LinesideError('ORDERS_INVALID', { file: basename(file), why });
    try {
      const text = (await readRegular(file, { most: MOST_BYTES, refuse })).toString('utf8');
      if ((await stampOf(file)) !== before) return null;
      this.stamp = stamp;
      const read = readOrders(text, { format: /\.json$/i.test(file) ? 'json' : 'csv', recipes });
      return 'orders' in read ? read : { fault: invalid(basename(file), read.faults, read.more) };
    } catch (thrown) {
      // A share that fails now may answer at the next look.
      return { fault: asLinesideError(thrown) };
    }
  }
}

const stampOf = (file: string): Promise<string> =>
  stat(file).then(
    ({ dev, ino, size, mtimeMs, ctimeMs }) => [dev, ino, size, mtimeMs, ctimeMs].join(':'),
    () => 'gone',
  );
