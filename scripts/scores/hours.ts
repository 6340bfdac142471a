/** Simulated good hours of a machine, row by row, of which one tells of the next: refusals come in runs. For docs/scores.md and the tests. */
import { randomNormal } from 'd3-random';
import { worthOfRun } from '../../agent/contracts/index.ts';
import { stream } from '../../agent/desk/simulation/random.ts';
import { BROKEN, evidenceAgainst } from '../../agent/runtime/promises/evidence.ts';
import { normalQuantile } from '../../agent/teaching/quantile.ts';

export interface PromisedMachine {
  /** Shares of good rows that are refused. */
  readonly promised: number;
  readonly real: number;
  /** How much a row tells of the next, as a correlation. */
  readonly alike: number;
  readonly rows: number;
}

/** Rows that are confirmed at once. */
export const CONFIRMED = 500;

/** Looked at after every stretch that is confirmed; by how many rows the promise is called broken, or null. */
export function hoursBrokenAt(seed: number, { promised, real, alike, rows }: PromisedMachine): number | null {
  const normal = randomNormal.source(stream(seed, 'hours'))(0, 1);
  const alarm = normalQuantile(1 - real);
  const refused: number[] = [];
  let value = normal();
  for (let row = 1; row <= rows; row++) {
    value = alike * value + Math.sqrt(1 - alike * alike) * normal();
    refused.push(value > alarm ? 1 : 0);
    if (row % CONFIRMED !== 0) continue;
    const worth = worthOfRun(refused);
    const count = refused.reduce((sum, one) => sum + one, 0);
    if (evidenceAgainst(promised, count * worth, row * worth) >= BROKEN) return row;
  }
  return null;
}
