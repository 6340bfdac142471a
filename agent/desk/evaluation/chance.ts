/** How far a figure may be luck: intervals from drawing the groups anew, and p values against shuffled truths. Pure, seeded. */
import { isDeepStrictEqual } from 'node:util';
import { randomLcg } from 'd3-random';

type Figures = Readonly<Record<string, number>>;
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The same draws for every package: two of them differ by what they say, not by the dice. */
const SEED = 7;
const ROUNDS = 2000;

/** 95 % interval of each figure when whole groups are drawn anew, with replacement; draws that give no figure are left out. */
export function intervals<Evidence>(
  evidence: readonly Evidence[],
  groups: readonly string[],
  figures: (evidence: readonly Evidence[]) => Figures,
  rounds = ROUNDS,
): Readonly<Record<string, Interval>> {
  const members = [...membersOf(groups).values()];
  const random = randomLcg(SEED / 2 ** 32);
  const drawn = Array.from({ length: rounds }, () => {
    const sample: Evidence[] = [];
    for (let i = 0; i < members.length; i++) {
      for (const row of members[Math.floor(random() * members.length)] ?? []) sample.push(evidence[row] as Evidence);
    }
    return figures(sample);
  });
  const names = Object.keys(drawn[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, middle(drawn.map((one) => one[name] ?? Number.NaN))]));
}

/** Below this many groups, luck is a candidate. */
export const FEW = 100;
/** Settled before anything is measured. */
export const SHUFFLES = 1000;
/** From here on a figure is called luck. */
const LUCK = 0.05;

/** Upper 95 % limit (Wilson) of a p value that was counted in so many shuffles: it is an estimate itself. */
export function atMost(p: number, times = SHUFFLES): number {
  const z = 1.96;
  const spread = z * Math.sqrt((p * (1 - p)) / times + (z / (2 * times)) ** 2);
  return Math.min(1, (p + z ** 2 / (2 * times) + spread) / (1 + z ** 2 / times));
}

/** A figure is more than luck when even the upper limit of its p value says so. */
export const moreThanLuck = (p: number, times = SHUFFLES): boolean => atMost(p, times) < LUCK;

/**
 * p value of each figure: how often shuffled truths do at least as well, the true order counted among them. Where all samples of a
 * group share one truth, groups change places, since samples of one group are not evidence of their own.
 */
export function chance<Truth>(
  truths: readonly Truth[],
  groups: readonly string[],
  figures: (truths: readonly Truth[]) => Figures,
  better: Readonly<Record<string, 'higher' | 'lower'>>,
  times = SHUFFLES,
): Figures {
  const shuffle = shuffles(truths, groups);
  const found = figures(truths);
  const names = Object.keys(better);
  const asGood = new Map(names.map((name) => [name, 1]));
  for (let i = 0; i < times; i++) {
    const lucky = figures(shuffle());
    for (const name of names) if (holds(lucky[name], found[name], better[name])) asGood.set(name, (asGood.get(name) ?? 0) + 1);
  }
  return Object.fromEntries(names.map((name) => [name, (asGood.get(name) ?? 0) / (times + 1)]));
}

const holds = (lucky = Number.NaN, found = Number.NaN, better: 'higher' | 'lower' = 'higher'): boolean =>
  better === 'higher' ? lucky >= found : lucky <= found;

/** Each call another order of the truths, the same ones for the same set. */
export function shuffles<Truth>(truths: readonly Truth[], groups: readonly string[]): () => readonly Truth[] {
  const random = randomLcg(SEED / 2 ** 32);
  const members = [...membersOf(groups).values()];
  const firsts = members.map(([first = 0]) => truths[first] as Truth);
  if (!members.every((rows, g) => rows.every((row) => isDeepStrictEqual(truths[row], firsts[g])))) return () => mixed(truths, random);
  return () => {
    const dealt = mixed(firsts, random);
    const all = truths.slice();
    for (const [g, rows] of members.entries()) for (const row of rows) all[row] = dealt[g] as Truth;
    return all;
  };
}

/** Fisher and Yates. */
function mixed<T>(from: readonly T[], random: () => number): T[] {
  const all = from.slice();
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}

export function membersOf(groups: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const members = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) {
    const rows = members.get(group);
    if (rows) rows.push(row);
    else members.set(group, [row]);
  }
  return members;
}

function middle(values: readonly number[]): Interval {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

/** Linear between neighbours; NaN for nothing. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return low + (high - low) * (at - Math.floor(at));
}
