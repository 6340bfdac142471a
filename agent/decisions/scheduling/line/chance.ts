/**
 * How probable it is that an order ends late: the plan run again and again, each time with cycle times, scrap, set-ups and stops drawn from the spread
 * that was seen. Plans that are compared meet the same fortune. Pure; chance comes from outside.
 */
import { randomBeta, randomLogNormal, randomNormal, randomPoisson } from 'd3-random';
import { type Line, recipeOf, type Sequence } from './line.ts';
import { type Order, type Spread, setupBetween, wantedOf } from './orders.ts';

/** Of each order by its number, the share of runs in which it ends late; null where it is never due. */
export type Chances = readonly (number | null)[];

export function chancesOf(
  line: Line,
  plans: readonly Sequence[],
  { samples, random }: { readonly samples: number; readonly random: () => number },
): readonly Chances[] {
  const late = plans.map(() => new Int32Array(line.count));
  const fortunes = line.orders.map((order) => fortuneOf(line, order, random));
  const setupOf = setups(line);
  const ends = new Float64Array(line.count);
  for (let sample = 0; sample < samples; sample++) {
    const drawn = fortunes.map((draw) => draw());
    for (const [n, sequence] of plans.entries()) {
      run(line, sequence, drawn, setupOf, ends);
      for (const order of sequence)
        if (line.time.endOf(ends[order] as number) > (line.due[order] as number)) count(late[n] as Int32Array, order);
    }
  }
  return late.map((counts) =>
    line.orders.map(({ due }, order) => (due === null || samples === 0 ? null : (counts[order] as number) / samples)),
  );
}

/** What an order meets, wherever it stands: working time for its parts, how many they are, and how far its set-up is from the mean. */
interface Drawn {
  readonly work: number;
  readonly parts: number;
  /** In standard deviations. */
  readonly setup: number;
}

function run(line: Line, sequence: Sequence, drawn: readonly Drawn[], setupOf: SetupOf, ends: Float64Array): void {
  let [ready, made, before] = [0, 0, -1];
  for (const order of sequence) {
    const { work, parts, setup } = drawn[order] as Drawn;
    const from = Math.max(ready, line.released[order] as number);
    ready = from + setupOf(before, order, setup) + work + line.changes(made, parts);
    ends[order] = ready;
    made += parts;
    before = order;
  }
}

function fortuneOf(line: Line, order: Order, random: () => number): () => Drawn {
  const { cycle, scrap } = recipeOf(line.facts, order);
  const cycleOf = positive(cycle, random);
  const shareOf = share(scrap, random);
  const normal = randomNormal.source(random)();
  const wanted = wantedOf(order);
  const stopped = stops(line, random);
  return () => {
    const bad = shareOf();
    // Scrap comes by chance even at a known rate: the number of trials for so many good ones has this spread (negative binomial).
    const parts = Math.max(wanted, Math.round(wanted / (1 - bad) + (Math.sqrt(wanted * bad) / (1 - bad)) * normal()));
    const work = parts * cycleOf();
    return { work: work + stopped(work), parts, setup: normal() };
  };
}

type SetupOf = (before: number, order: number, deviations: number) => number;
/** Lognormal, as sums of many hindrances are. */
function setups(line: Line): SetupOf {
  const bends = new Map<number, readonly [number, number]>();
  return (before, order, deviations) => {
    const key = (before + 1) * line.count + order;
    let bend = bends.get(key);
    if (bend === undefined) {
      const { mean, deviation } = setupBetween(line.facts, line.orders[before] ?? null, line.orders[order] as Order);
      bend = mean > 0 ? lognormal({ mean, deviation }) : [Number.NEGATIVE_INFINITY, 0];
      bends.set(key, bend);
    }
    return Math.exp(bend[0] + bend[1] * deviations);
  };
}

/** Mean and deviation of the logarithm. */
function lognormal({ mean, deviation }: Spread): readonly [number, number] {
  const square = Math.log1p((deviation / mean) ** 2);
  return [Math.log(mean) - square / 2, Math.sqrt(square)];
}

function positive(spread: Spread, random: () => number): () => number {
  if (spread.mean <= 0 || spread.deviation <= 0) return () => Math.max(0, spread.mean);
  return randomLogNormal.source(random)(...lognormal(spread));
}

/** More of it is no line that runs. */
const MOST_SCRAP = 0.99;
function share({ mean, deviation }: Spread, random: () => number): () => number {
  if (mean <= 0 || deviation <= 0) return () => Math.max(0, Math.min(mean, MOST_SCRAP));
  // A beta distribution of this mean and deviation; a deviation that no share can have gives the widest one that is still a hill or a slope.
  const strength = Math.max(1, (mean * (1 - mean)) / deviation ** 2 - 1);
  const draw = randomBeta.source(random)(mean * strength, (1 - mean) * strength);
  return () => Math.min(draw(), MOST_SCRAP);
}

/** Above so many stops their sum is as good as normal. */
const MANY = 30;
function stops({ facts }: Line, random: () => number): (work: number) => number {
  const of = facts.stops;
  if (of === null) return () => 0;
  const { between, lasts } = of;
  const length = positive(lasts, random);
  const normal = randomNormal.source(random)();
  return (work) => {
    const count = randomPoisson.source(random)(work / between)();
    if (count > MANY) return Math.max(0, count * lasts.mean + Math.sqrt(count) * lasts.deviation * normal());
    let sum = 0;
    for (let n = 0; n < count; n++) sum += length();
    return sum;
  };
}

const count = (counts: Int32Array, order: number): void => {
  counts[order] = (counts[order] as number) + 1;
};
