/**
 * Several models tried on one small set: the best of them is held against the best of the same models on shuffled truths, since who tries
 * many and keeps the best is luckier than who tries one. Pure.
 */
import { atMost, type Interval, intervals, membersOf, moreThanLuck, SHUFFLES, shuffles } from './chance.ts';
import type { Deal, Predictions } from './predictions.ts';
import type { Facts, Protocol, Sample } from './protocol.ts';

type Numbers = Readonly<Record<string, number>>;

export interface BestFigure {
  readonly model: string;
  readonly value: number;
  readonly baseline: number;
  /** Share of orders, the true one among them, in which the best of the models does as well. */
  readonly p: number;
  /** Upper 95 % limit of p, which so many shuffles only estimate; it decides. */
  readonly p_at_most: number;
  /** What the best of the models reaches in half of the shuffles, and in 5 % of them. */
  readonly lucky: { readonly median: number; readonly best5: number };
  readonly distinguishable: boolean;
}

export interface Tried {
  readonly evaluation: string;
  readonly samples: number;
  readonly groups: number;
  /** What the baseline is. */
  readonly baseline: string;
  readonly shuffles: number;
  readonly models: Readonly<Record<string, Readonly<Record<string, Interval & { readonly value: number }>>>>;
  readonly figures: Readonly<Record<string, BestFigure>>;
  readonly remarks: readonly string[];
}

export function tried(protocol: Protocol, samples: readonly Sample[], { models, told, shuffled }: Predictions): Tried {
  const facts: Facts = { labels: protocol.outside?.labels ?? [], good: null, threshold: 0.5 };
  const groups = samples.map(({ group }) => group);
  const weighed = ({ truths, answers }: Deal, model: string) =>
    (answers.get(model) ?? []).map((answer, i) => protocol.weigh(truths[i], answer, facts));
  const ofAll = (deal: Deal): readonly Numbers[] => models.map((model) => protocol.figures(weighed(deal, model)));
  const lots = (shuffled ?? dealt(told, groups)).map(ofAll);
  const found = ofAll(told);
  const nothing = protocol.figures(samples.map((one) => protocol.weigh(one.truth, protocol.baseline(one, facts, samples), facts)));
  const figures = Object.entries(protocol.forms).map(([name, { better }]) => {
    const sign = better === 'higher' ? 1 : -1;
    const best = (numbers: readonly Numbers[]) => Math.max(...numbers.map((one) => sign * (one[name] ?? Number.NaN)));
    const mine = best(found);
    const luck = held(mine, lots.map(best));
    const model = models[found.findIndex((one) => sign * (one[name] ?? Number.NaN) === mine)] ?? '';
    const lucky = { median: rounded(sign * luck.median), best5: rounded(sign * luck.best5) };
    const value = { model, value: rounded(sign * mine), baseline: rounded(nothing[name]), p: rounded(luck.p), lucky };
    return [
      name,
      { ...value, p_at_most: rounded(atMost(luck.p, lots.length)), distinguishable: moreThanLuck(luck.p, lots.length) },
    ] as const;
  });
  return {
    evaluation: protocol.name,
    samples: samples.length,
    groups: membersOf(groups).size,
    baseline: protocol.baselineName,
    shuffles: lots.length,
    models: Object.fromEntries(models.map((model, i) => [model, spread(found[i] ?? {}, weighed(told, model), groups, protocol)])),
    figures: Object.fromEntries(figures),
    remarks: [...figures.map(([name, figure]) => remark(name, figure, models.length)), ...(shuffled ? [] : [FIXED])],
  };
}

const FIXED =
  'the models did not learn anew for each shuffle: this is right for models that never saw these samples, and only for them (columns shuffle, truth)';

/** The same answers, the truths in another order. */
function dealt({ truths, answers }: Deal, groups: readonly string[]): readonly Deal[] {
  const next = shuffles(truths, groups);
  return Array.from({ length: SHUFFLES }, () => ({ truths: next(), answers }));
}

function held(mine: number, lots: readonly number[]) {
  const sorted = lots.slice().sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  // The true order counts among the shuffles: p is never 0.
  return { p: (1 + lots.filter((one) => one >= mine).length) / (lots.length + 1), median: at(0.5), best5: at(0.95) };
}

function spread(found: Numbers, evidence: readonly unknown[], groups: readonly string[], { figures }: Protocol) {
  const ranges = intervals(evidence, groups, figures);
  const values = Object.entries(found).map(([name, value]) => {
    const { low = Number.NaN, high = Number.NaN } = ranges[name] ?? {};
    return [name, { value: rounded(value), low: rounded(low), high: rounded(high) }] as const;
  });
  return Object.fromEntries(values);
}

function remark(name: string, { value, p, p_at_most, lucky, distinguishable }: BestFigure, models: number): string {
  const who = models === 1 ? 'the model' : `the best of ${models} models`;
  const says = distinguishable ? 'distinguishable from chance' : 'not distinguishable from chance';
  return `${name} is ${says}: ${who} has ${value}; on shuffled labels as much in ${(100 * p).toFixed(1)} of 100 trials (at most ${(100 * p_at_most).toFixed(1)}), ${lucky.best5} in 5 of 100`;
}

/** Four places are more than any set here can tell apart. */
const rounded = (value = Number.NaN): number => Math.round(value * 1e4) / 1e4;
