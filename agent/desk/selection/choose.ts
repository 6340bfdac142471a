/** Which packages, variants and number of threads for a station: all that could be, in the order in which they are to be tried. Pure. */
import type { Milliseconds } from '../../time.ts';

/** How accurate a variant is; the interval where it is known. */
export interface Accuracy {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A variant with a number of threads, as it was measured alone on this box. */
export interface Candidate {
  readonly package: string;
  readonly variant: string;
  readonly provider: string;
  readonly threads: number;
  readonly p50_ms: Milliseconds;
  readonly p99_ms: Milliseconds;
  readonly rss_mb: number;
  /** null where nobody has measured it. */
  readonly accuracy: Accuracy | null;
}

/** Models of the station that run the same package. */
export interface Place {
  /** The station's names for them. */
  readonly models: readonly string[];
  /** The figure that counts, and which end of it is good; null where no candidate has one. */
  readonly figure: { readonly name: string; readonly better: 'higher' | 'lower'; readonly unit: 'share' | 'count' | 'percent' } | null;
  readonly candidates: readonly Candidate[];
}

export interface Combination {
  readonly threads: number;
  /** One for each place. */
  readonly chosen: readonly Candidate[];
  /** What is given up against the best of every place, as a share, added up. */
  readonly loss: number;
  /** No part is ever done sooner: the slowest network alone, or all of them shared out among the processors. */
  readonly estimate_ms: Milliseconds;
}

/** One number of threads holds for all models of an agent. The least loss first; of equal ones the fastest. */
export function combinationsOf(places: readonly Place[], processors: number): readonly Combination[] {
  const threads = new Set(places.flatMap(({ candidates }) => candidates.map((one) => one.threads)));
  const all = [...threads].flatMap((count) => {
    const choices = places.map(({ candidates }) => candidates.filter((one) => one.threads === count));
    return product(choices).map((chosen) => combine(places, chosen, count, processors));
  });
  return all.sort((a, b) => a.loss - b.loss || a.estimate_ms - b.estimate_ms);
}

function combine(places: readonly Place[], chosen: readonly Candidate[], threads: number, processors: number): Combination {
  const slowest = Math.max(...chosen.map(({ p99_ms }) => p99_ms));
  const work = sum(chosen.map(({ p99_ms }, i) => p99_ms * threads * (places[i]?.models.length ?? 1)));
  const loss = sum(places.map((place, i) => lossOf(place, chosen[i])));
  return { threads, chosen, loss: Number(loss.toFixed(6)), estimate_ms: Math.max(slowest, work / Math.max(processors, threads)) };
}

/** No set here tells figures apart that are closer than this: the faster one is taken. */
const SAME = 0.001;

/** Against the place's best. A candidate that nobody has measured is as bad as can be. */
function lossOf({ figure, candidates }: Place, chosen: Candidate | undefined): number {
  if (!figure) return 0;
  if (!chosen?.accuracy) return 1;
  const values = candidates.flatMap(({ accuracy }) => (accuracy ? [accuracy.value] : []));
  const best = figure.better === 'higher' ? Math.max(...values) : Math.min(...values);
  const scale = figure.unit === 'percent' ? 100 : figure.unit === 'count' ? Math.max(1, ...values) : 1;
  const lost = Math.abs(best - chosen.accuracy.value) / scale;
  return lost < SAME ? 0 : lost;
}

function product<T>(choices: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return choices.reduce<readonly (readonly T[])[]>((all, next) => all.flatMap((one) => next.map((item) => [...one, item])), [[]]);
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** A part's time before and after its models. */
export interface Reserve {
  readonly prepare_ms: Milliseconds;
  /** Choice of the frame, rules, and the write to the PLC. */
  readonly rest_ms: Milliseconds;
  /** Where `rest_ms` comes from. */
  readonly from: 'given' | 'journal' | 'rule of thumb';
}

/** What of the deadline is left for the models. */
export const roomOf = (deadline: Milliseconds, { prepare_ms, rest_ms }: Reserve): Milliseconds => deadline - prepare_ms - rest_ms;

/** Where nobody has measured the line: a fifth of the deadline, and no less than 5 ms. */
export const ruleOfThumb = (deadline: Milliseconds): Milliseconds => Math.max(5, deadline / 5);

/** What the choice leaves open: the figures of faster ones that are not told apart from the chosen one's. */
export function asGood({ figure, candidates }: Place, chosen: Candidate): readonly Candidate[] {
  if (!figure || !chosen.accuracy) return [];
  const { low, high } = chosen.accuracy;
  return candidates.filter(
    ({ accuracy, p99_ms }) =>
      accuracy && low !== null && high !== null && p99_ms < chosen.p99_ms && accuracy.value >= low && accuracy.value <= high,
  );
}
