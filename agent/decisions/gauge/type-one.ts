/** Type-1 study: one master part measured again and again, always the same way (AIAG MSA, 4th edition; VDA 5). Is the gauge fine and true enough? */
import { LinesideError } from '../../errors.ts';
import { deviationOf, isNoSpread, meanOf, tBeyond } from '../statistics.ts';

export interface TypeOneRules {
  /** Share of the tolerance that the gauge may take, in percent; default 20. Others take 15 or 10. */
  readonly percent?: number;
  /** Standard deviations that stand for the gauge's spread; default 6. Others take 4. */
  readonly spread?: number;
  /** Cg and Cgk, at least; default 1.33. */
  readonly least?: number;
}

export interface TypeOne {
  readonly n: number;
  readonly mean: number;
  readonly deviation: number;
  readonly bias: number;
  /** The bias against nothing, and the chance of one at least as large by luck. */
  readonly t: number;
  readonly p: number;
  readonly cg: number;
  readonly cgk: number;
  /** Bias that luck does not explain, at 0.05. */
  readonly biased: boolean;
  readonly capable: boolean;
}

/** Measurements, at least: with fewer the figures are luck. VDA 5 asks for 25, better 50. */
const LEAST_REPEATS = 10;
const LUCK = 0.05;

/** `reference`: the master's true value; `tolerance`: upper less lower limit; both in the unit of the values. Throws GAUGE_UNJUDGED. */
export function typeOne(values: readonly number[], reference: number, tolerance: number, rules: TypeOneRules = {}): TypeOne {
  const { percent = 20, spread = 6, least = 1.33 } = rules;
  const n = values.length;
  if (n < LEAST_REPEATS)
    throw new LinesideError('GAUGE_UNJUDGED', { why: `there are ${n} measurements of the master, ${LEAST_REPEATS} are needed` });
  const [mean, deviation] = [meanOf(values), deviationOf(values)];
  if (isNoSpread(deviation, mean))
    throw new LinesideError('GAUGE_UNJUDGED', { why: 'all measurements are alike: it does not measure finely enough to be judged' });
  const bias = mean - reference;
  const t = bias === 0 ? 0 : bias / (deviation / Math.sqrt(n));
  const p = tBeyond(t, n - 1);
  const share = (percent / 100) * tolerance;
  const cg = share / (spread * deviation);
  const cgk = (share / 2 - Math.abs(bias)) / ((spread / 2) * deviation);
  return { n, mean, deviation, bias, t, p, cg, cgk, biased: p < LUCK, capable: cg >= least && cgk >= least };
}
