/** A control chart over samples that lie in a file: what phase I says, which points are out, and, where limits are asked of it, capability. Pure. */
import { c, np, p, u } from '../../decisions/spc/attributes.ts';
import { type Judged, judgeCapability, type Tolerance } from '../../decisions/spc/capability.ts';
import { type Change, changeIn, changeInShare, type Side } from '../../decisions/spc/changepoint.ts';
import type { ChartName } from '../../decisions/spc/chart-names.ts';
import type { ChartKind, Count, Point, Subgroup } from '../../decisions/spc/charts.ts';
import { hotelling, type Joint, type Row } from '../../decisions/spc/hotelling.ts';
import { chanceOf, MOVED, SPREAD, valuePanels } from '../../decisions/spc/panels.ts';
import { type ZoneRule, ZoneWatch } from '../../decisions/spc/zone-rules.ts';
import { meanOf } from '../../decisions/statistics.ts';
import { LinesideError } from '../../errors.ts';

export interface ChartWish {
  readonly chart: ChartName;
  /** Samples of phase I; all of them where it is not said. */
  readonly phaseOne?: number | undefined;
  readonly rules: readonly ZoneRule[];
  readonly tolerance?: Tolerance | undefined;
  /** Of ewma. */
  readonly lambda?: number | undefined;
  readonly width?: number | undefined;
  /** Of cusum. */
  readonly h?: number | undefined;
  readonly shift?: number | undefined;
}

export interface Drawn extends Point {
  /** Of the sample, from 1. */
  readonly sample: number;
  /** Zone rules that hold at it. */
  readonly rules: readonly ZoneRule[];
  /** Of cusum. */
  readonly above?: number;
  readonly below?: number;
}

export interface Panel {
  readonly name: string;
  /** What was learned in phase I. */
  readonly baseline: object;
  readonly points: readonly Drawn[];
}

export interface ChartStudy {
  readonly chart: ChartName;
  readonly samples: number;
  readonly phaseOne: number;
  readonly panels: readonly Panel[];
  /** Samples that are out of control in any panel. */
  readonly out: readonly number[];
  /** Null where no limits are asked of it, or the chart is of counts. */
  readonly capability: Judged | null;
  /** Since when it is wrong, of the first signal after phase I; null where there is none, or the chart cannot say. */
  readonly began: Began | null;
}

/** Samples, from 1. */
export interface Began {
  /** The first one behind phase I that says that the mean has moved. */
  readonly signal: number;
  /** Most likely the first one of the changed process. */
  readonly likely: number;
  /** What came since this one is to be looked at: nineteen parts of twenty of all chance lie there, if it moved once and stayed. */
  readonly from: number;
}

/** Throws SPC_TOO_LITTLE, and USAGE where a sample is not what the chart takes. */
export function valuesStudy(samples: readonly Subgroup[], wish: ChartWish): ChartStudy {
  const phaseOne = phaseOf(samples, wish);
  const expected = samples[0]?.length ?? 0;
  const odd = samples.findIndex((sample) => sample.length !== expected);
  if (odd >= 0)
    throw new LinesideError('USAGE', {
      why: `sample ${odd + 1} has ${samples[odd]?.length} values, the first one has ${expected}: limits hold for subgroups of one size`,
    });
  const first = samples.slice(0, phaseOne);
  if (wish.chart === 'individuals' && expected > 1)
    throw new LinesideError('USAGE', { why: 'individuals are values one by one; of subgroups it is xbar_r or xbar_s' });
  const [main, ...others] = valuePanels(wish);
  const panels = [main, ...others].map(({ name, kind }) => panelOf(name, kind, samples, first, wish.rules));
  // Of phase I alone: later samples may be of a process that is out of control.
  const signals = panels[0]?.points.slice(0, phaseOne).filter(isOut).length ?? 0;
  const { center, sigma, size } = main.kind.learn(first);
  const { tolerance } = wish;
  const chance = chanceOf(phaseOne, wish.rules);
  const capability = tolerance ? judgeCapability({ values: first.flat(), within: sigma, signals, chance, tolerance }) : null;
  const z = samples.map((sample) => ((meanOf(sample) - center) / sigma) * Math.sqrt(size));
  const began = beganIn(panels[0], phaseOne, (until, side) => changeIn(z.slice(0, until), side));
  return { ...studyOf(wish.chart, samples, phaseOne, panels, capability), began };
}

export function countsStudy(samples: readonly Count[], wish: ChartWish): ChartStudy {
  const kind = { p, np, c, u }[wish.chart as 'p' | 'np' | 'c' | 'u'];
  checkCounts(samples, wish.chart === 'p' || wish.chart === 'np');
  const phaseOne = phaseOf(samples, wish);
  const panel = panelOf(wish.chart, kind, samples, samples.slice(0, phaseOne), wish.rules);
  const { rate } = kind.learn(samples.slice(0, phaseOne));
  // Of nonconformities there may be more than parts: what share of parts changed cannot be said of them.
  const isOfParts = wish.chart === 'p' || wish.chart === 'np';
  const began =
    isOfParts && rate > 0 && rate < 1
      ? beganIn(panel, phaseOne, (until, side) => changeInShare(samples.slice(0, until), rate, side))
      : null;
  return { ...studyOf(wish.chart, samples, phaseOne, [panel], null), began };
}

export function rowsStudy(samples: readonly Row[], wish: ChartWish): ChartStudy {
  const phaseOne = phaseOf(samples, wish);
  const kind = { ...hotelling, open: (of: Joint) => hotelling.open(of, { learnedFrom: phaseOne }) };
  return studyOf(wish.chart, samples, phaseOne, [panelOf('t2', kind, samples, samples.slice(0, phaseOne), [])], null);
}

function checkCounts(samples: readonly Count[], isOfParts: boolean): void {
  const odd = samples.findIndex(({ count, size }) => {
    const isCount = Number.isInteger(count) && count >= 0 && size > 0;
    return !isCount || (isOfParts && count > size);
  });
  if (odd < 0) return;
  const { count, size } = samples[odd] ?? { count: 0, size: 0 };
  throw new LinesideError('USAGE', { why: `sample ${odd + 1} counts ${count} of ${size}` });
}

function studyOf(
  chart: ChartName,
  samples: readonly unknown[],
  phaseOne: number,
  panels: readonly Panel[],
  capability: Judged | null,
): ChartStudy {
  const out = [...new Set(panels.flatMap(({ points }) => points.filter(isOut).map(({ sample }) => sample)))].sort((a, b) => a - b);
  return { chart, samples: samples.length, phaseOne, panels, out, capability, began: null };
}

const hasMoved = ({ beyond, rules }: Drawn): boolean => beyond || rules.some((rule) => MOVED.has(rule));

/** The side that a point is out on: of CUSUM the sum that is beyond, else where it lies. */
const sideOf = ({ statistic, center }: Drawn): Side => (statistic >= center ? 'above' : 'below');

function beganIn(panel: Panel | undefined, phaseOne: number, changed: (until: number, side: Side) => Change | null): Began | null {
  const signal = panel?.points.find((point) => point.sample > phaseOne && hasMoved(point));
  const change = signal ? changed(signal.sample, sideOf(signal)) : null;
  return signal && change ? { signal: signal.sample, likely: change.likely + 1, from: change.from + 1 } : null;
}

export const isOut = ({ beyond, rules }: Drawn): boolean => beyond || rules.length > 0;

function phaseOf(samples: readonly unknown[], { phaseOne = samples.length }: ChartWish): number {
  if (phaseOne <= samples.length) return phaseOne;
  throw new LinesideError('SPC_TOO_LITTLE', { why: `a first phase of ${phaseOne} samples where there are ${samples.length}` });
}

function panelOf<Sample, Baseline extends object>(
  name: string,
  kind: ChartKind<Sample, Baseline>,
  samples: readonly Sample[],
  first: readonly Sample[],
  rules: readonly ZoneRule[],
): Panel {
  const baseline = kind.learn(first);
  const step = kind.open(baseline);
  const watch = new ZoneWatch(rules);
  const points = samples.map((sample, n): Drawn => {
    const point = step(sample);
    return { sample: n + 1, ...point, rules: point.z === null || SPREAD.has(name) ? [] : watch.step(point.z) };
  });
  return { name, baseline, points };
}
