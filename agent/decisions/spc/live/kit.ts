/** A chart's kind as the line asks it: samples are rows of numbers, whatever the kind takes, so that they can be kept alike. */
import { deviationOf, meanOf, rangeOf } from '../../statistics.ts';
import { c, np, p, type Rate, u } from '../attributes.ts';
import { type Change, changeIn, changeInShare, type Side } from '../changepoint.ts';
import { CHARTS, type ChartName } from '../chart-names.ts';
import type { Chart } from '../charts.ts';
import { constantsOf } from '../constants.ts';
import { hotelling, type Joint } from '../hotelling.ts';
import { type PanelWish, SPREAD, valuePanels } from '../panels.ts';
import type { Normal } from '../variables.ts';

/** What was learned: plain numbers, of a shape that only the kit knows. */
export type Baseline = Normal | Rate | Joint;
export type Sample = readonly number[];

export interface KitPanel {
  readonly name: string;
  /** Of its points no zone rule is asked. */
  readonly spread: boolean;
  /** `learnedFrom`: so many of its first samples are those that were learned from; default 0. */
  readonly open: (baseline: Baseline, memory?: readonly number[], learnedFrom?: number) => Chart<Sample>;
}

export interface Kit {
  readonly panels: readonly [KitPanel, ...KitPanel[]];
  /** Throws SPC_TOO_LITTLE. */
  readonly learn: (samples: readonly Sample[]) => Baseline;
  /** Of samples since the limits hold, the newest the one whose signal it is; null where the kind cannot say. */
  readonly change: (samples: readonly Sample[], baseline: Baseline, side: Side) => Change | null;
  /** Of one value within a subgroup, by samples alone; NaN where there is none. Null: the kind is of no measured value. */
  readonly within: ((samples: readonly Sample[]) => number) | null;
}

/** `size`: parts a sample. */
export function kitOf(wish: PanelWish & { readonly alpha?: number | undefined }, size: number): Kit {
  const { chart, alpha } = wish;
  if (CHARTS[chart] === 'counts') return countsKit(chart, size);
  if (CHARTS[chart] === 'values') return valuesKit(wish, size);
  const open: KitPanel['open'] = (baseline, _, learnedFrom = 0) =>
    hotelling.open(baseline as Joint, alpha === undefined ? { learnedFrom } : { alpha, learnedFrom });
  return { panels: [{ name: 't2', spread: false, open }], learn: hotelling.learn, change: () => null, within: null };
}

function valuesKit(wish: PanelWish, size: number): Kit {
  const [main, ...others] = valuePanels(wish).map(({ name, kind }) => ({
    name,
    spread: SPREAD.has(name),
    open: (baseline: Baseline, memory?: readonly number[]) => kind.open(baseline as Normal, {}, memory),
  }));
  const [{ kind }] = valuePanels(wish);
  return {
    panels: main ? [main, ...others] : [],
    learn: (samples) => kind.learn(samples),
    change(samples, baseline, side) {
      const { center, sigma, size: of } = baseline as Normal;
      return changeIn(
        samples.map((sample) => ((meanOf(sample) - center) / sigma) * Math.sqrt(of)),
        side,
      );
    },
    within: (samples) => withinOf(wish.chart, samples, size),
  } as Kit;
}

/** The same as the kinds learn, without their refusals. */
function withinOf(chart: ChartName, samples: readonly Sample[], size: number): number {
  if (size === 1) {
    let moved = 0;
    for (let n = 1; n < samples.length; n++) moved += Math.abs((samples[n]?.[0] ?? Number.NaN) - (samples[n - 1]?.[0] ?? Number.NaN));
    return moved / (samples.length - 1) / constantsOf(2).d2;
  }
  const { d2, c4 } = constantsOf(size);
  return chart === 'xbar_s' ? meanOf(samples.map(deviationOf)) / c4 : meanOf(samples.map(rangeOf)) / d2;
}

function countsKit(chart: ChartName, size: number): Kit {
  const kind = { p, np, c, u }[chart as 'p' | 'np' | 'c' | 'u'];
  const counted = ([count = Number.NaN]: Sample) => ({ count, size });
  const isOfParts = chart === 'p' || chart === 'np';
  return {
    panels: [
      {
        name: chart,
        spread: false,
        open(baseline) {
          const step = kind.open(baseline as Rate);
          return (sample) => step(counted(sample));
        },
      },
    ],
    learn: (samples) => kind.learn(samples.map(counted)),
    change(samples, baseline, side) {
      const { rate } = baseline as Rate;
      return isOfParts && rate > 0 && rate < 1 ? changeInShare(samples.map(counted), rate, side) : null;
    },
    within: null,
  };
}
