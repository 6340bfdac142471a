/**
 * Of the parts that are in question, the first that may be wrong: where a score, or the share of parts thrown out, has changed against the parts before them.
 * A change must be heard by a cumulative sum first (CUSUM, k = 0.5 and
 * h = 8 standard deviations: one false alarm in 19,000 points of one side, Siegmund 1985), since who is told too late when it began frees bad parts;
 * since when is what changepoint.ts says. What no series shows is not narrowed: all of them stay in question. Pure.
 */
import type { Sampled, SampledPart } from '../../contracts/index.ts';
import { type Change, changeIn, changeInShare, type Side } from '../spc/changepoint.ts';

export interface Narrowed {
  /** `<model>.score`, or `nok` for the share of parts thrown out. */
  readonly by: string;
  /** The first that may be wrong, with 95 % confidence, and the one that is most likely the first. */
  readonly from: SampledPart;
  readonly likely: SampledPart;
  /** Parts from `from` on. */
  readonly parts: number;
}

/** Fewer say nothing of what is usual. */
const LEAST = 20;
const SLACK = 0.5;
const SIGNAL = 8;
/** CUSUM of a share: odds three times what they were; no more often by chance. */
const ODDS = 3;
const EVIDENCE = Math.log(20_000);

/** Null: nothing has changed as far as the numbers tell, or there is too little to tell by. */
export function narrow({ reference, stretch }: Sampled): Narrowed | null {
  if (stretch === null || reference.length < LEAST || stretch.length === 0) return null;
  const models = [...new Set(reference.flatMap(({ scores }) => Object.keys(scores)))];
  const found = [...models.flatMap((model) => byScore(model, reference, stretch) ?? []), ...(byShare(reference, stretch) ?? [])];
  const [strongest] = found.sort((a, b) => b.strength - a.strength);
  return strongest ? of(strongest) : null;
}

interface Found {
  readonly by: string;
  readonly parts: readonly SampledPart[];
  readonly change: Change;
  /** From 1 on it is heard. */
  readonly strength: number;
}

function of({ by, parts, change }: Found): Narrowed | null {
  const [from, likely] = [parts[change.from], parts[change.likely]];
  return from && likely ? { by, from, likely, parts: parts.length - change.from } : null;
}

function byScore(model: string, reference: readonly SampledPart[], stretch: readonly SampledPart[]): Found[] | null {
  const usual = reference.flatMap(({ scores }) => scores[model] ?? []);
  if (usual.length < LEAST) return null;
  const mean = usual.reduce((sum, one) => sum + one, 0) / usual.length;
  const spread = Math.sqrt(usual.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (usual.length - 1));
  // One that never moved has nothing usual to be held against.
  if (!(spread > 1e-6)) return null;
  const parts = stretch.filter(({ scores }) => scores[model] !== undefined);
  const z = parts.map(({ scores }) => ((scores[model] ?? mean) - mean) / spread);
  return (['above', 'below'] as const).flatMap((side) => {
    const strength = heard(z, side) / SIGNAL;
    const change = strength >= 1 ? changeIn(z, side) : null;
    return change ? [{ by: `${model}.score`, parts, change, strength }] : [];
  });
}

/** The highest that the sum came to. */
function heard(z: readonly number[], side: Side): number {
  const way = side === 'above' ? 1 : -1;
  let [sum, most] = [0, 0];
  for (const one of z) {
    sum = Math.max(0, sum + way * one - SLACK);
    most = Math.max(most, sum);
  }
  return most;
}

function byShare(reference: readonly SampledPart[], stretch: readonly SampledPart[]): Found[] | null {
  // Of parts of which none was thrown out the share is not nothing: half a part more, as Jeffreys has it.
  const rate = (reference.filter(({ isNok }) => isNok).length + 0.5) / (reference.length + 1);
  if (rate >= 0.5) return null;
  const worse = (ODDS * rate) / (1 - rate + ODDS * rate);
  let [sum, most] = [0, 0];
  for (const { isNok } of stretch) {
    sum = Math.max(0, sum + (isNok ? Math.log(worse / rate) : Math.log((1 - worse) / (1 - rate))));
    most = Math.max(most, sum);
  }
  if (most < EVIDENCE) return null;
  const counts = stretch.map(({ isNok }) => ({ count: isNok ? 1 : 0, size: 1 }));
  const change = changeInShare(counts, rate, 'above');
  return change ? [{ by: 'nok', parts: stretch, change, strength: most / EVIDENCE }] : null;
}
