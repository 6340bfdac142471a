/** From the answers of a package's variants to figures with interval, baseline and p value. Pure. */
import type { Manifest } from '../../inference/manifest.ts';
import { chance, FEW, type Interval, intervals, membersOf, moreThanLuck } from './chance.ts';
import type { Answers, Facts, Protocol, Sample } from './protocol.ts';

export interface Figure extends Interval {
  /** Of the quantized variant; null where fp32 alone was judged. */
  readonly int8: number | null;
  readonly fp32: number | null;
  /** What learns nothing, on the same samples. */
  readonly baseline: number | null;
  /** Where groups are few: how often shuffled truths do as well. */
  readonly p?: number;
}

export interface Evaluation {
  readonly package: string;
  readonly version: string;
  /** `low`, `high` and `p` are this one's. */
  readonly variant: string;
  readonly evaluation: string;
  readonly samples: number;
  readonly groups: number;
  /** What the baseline is. */
  readonly baseline: string;
  readonly figures: Readonly<Record<string, Figure>>;
  /** What the numbers alone do not say. */
  readonly remarks: readonly string[];
}

/** Answers in the order of the samples, by variant. */
export type AnswersByVariant = ReadonlyMap<string, readonly Answers[keyof Answers][]>;
type Numbers = Readonly<Record<string, number>>;

export function report(
  manifest: Pick<Manifest, 'name' | 'version' | 'labels' | 'good' | 'thresholds'>,
  variant: string,
  protocol: Protocol,
  samples: readonly Sample[],
  answers: AnswersByVariant,
): Evaluation {
  const facts: Facts = { labels: manifest.labels, good: manifest.good ?? null, threshold: manifest.thresholds.score };
  const groups = samples.map(({ group }) => group);
  const truths = samples.map(({ truth }) => truth);
  const weigh = (said: readonly Answers[keyof Answers][] = [], are: readonly unknown[] = truths) =>
    said.map((answer, i) => protocol.weigh(are[i], answer, facts));
  const told = (name: string) => (answers.has(name) ? protocol.figures(weigh(answers.get(name))) : {});
  const shown = weigh(answers.get(variant));
  const shuffled = (are: readonly unknown[]) => protocol.figures(weigh(answers.get(variant), are));
  const figures = figuresOf(Object.keys(protocol.forms), {
    int8: variant === 'fp32' ? {} : told(variant),
    fp32: told('fp32'),
    baseline: protocol.figures(weigh(samples.map((sample) => protocol.baseline(sample, facts, samples)))),
    ranges: intervals(shown, groups, protocol.figures),
    luck: protocol.exchangeable && membersOf(groups).size < FEW ? chance(truths, groups, shuffled, betterOf(protocol)) : {},
  });
  return {
    package: manifest.name,
    version: manifest.version,
    variant,
    evaluation: protocol.name,
    samples: samples.length,
    groups: membersOf(groups).size,
    baseline: protocol.baselineName,
    figures,
    remarks: Object.entries(figures).flatMap(([name, figure]) => remark(name, figure)),
  };
}

interface Parts {
  readonly int8: Numbers;
  readonly fp32: Numbers;
  readonly baseline: Numbers;
  readonly ranges: Readonly<Record<string, Interval>>;
  readonly luck: Numbers;
}

/** A figure that the package cannot have (it does not know all classes, say) is left out. */
function figuresOf(names: readonly string[], { int8, fp32, baseline, ranges, luck }: Parts): Readonly<Record<string, Figure>> {
  const had = names.filter((name) => Number.isFinite(int8[name] ?? fp32[name]));
  const figures = had.map((name): [string, Figure] => {
    const { low, high } = ranges[name] ?? {};
    const p = rounded(luck[name]);
    const interval = { low: rounded(low) ?? Number.NaN, high: rounded(high) ?? Number.NaN };
    const values = { int8: rounded(int8[name]), fp32: rounded(fp32[name]), ...interval, baseline: rounded(baseline[name]) };
    return [name, p === null ? values : { ...values, p }];
  });
  return Object.fromEntries(figures);
}

const betterOf = ({ forms }: Protocol) => Object.fromEntries(Object.entries(forms).map(([name, { better }]) => [name, better]));

function remark(name: string, { p = 0 }: Figure): readonly string[] {
  if (moreThanLuck(p)) return [];
  return [`${name} is not distinguishable from chance: shuffled labels do as well in ${Math.round(p * 100)} of 100 trials`];
}

/** Four places are more than any set here can tell apart. */
const rounded = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Math.round(value * 1e4) / 1e4;
