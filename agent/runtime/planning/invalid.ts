/** Faults of orders as one of the error table. Pure. */
import type { OrderFault } from '../../decisions/scheduling/line/read-orders.ts';
import { LinesideError } from '../../errors.ts';

/** Places that a sentence names. */
const NAMED = 5;

export function invalid(file: string, faults: readonly OrderFault[], more: number): LinesideError {
  const named = faults.slice(0, NAMED).map(({ line, column, path, text }) => `${path ?? `line ${line}, column ${column}`}: ${text}`);
  const left = faults.length - named.length + more;
  return new LinesideError('ORDERS_INVALID', { file, why: `${named.join('; ')}${left > 0 ? `; and ${left} more` : ''}` });
}
