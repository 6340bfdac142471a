/** Control charts: what they chart is there, and what is asked of each goes together. */

import { type ChartConfig, type ChartPlan, COUNTS, isSeries, MEASURED, PATTERNED, planOf, type Series, seriesOf } from '../charts.ts';
import type { Path } from '../document.ts';
import type { StationConfig } from '../schema.ts';
import { didYouMean } from '../suggest.ts';
import type { Check } from './check.ts';

export function checkCharts(check: Check): void {
  for (const [name, station] of Object.entries(check.config.stations)) {
    for (const [key, chart] of Object.entries(station.charts ?? {})) {
      const at: Path = ['stations', name, 'charts', key];
      // How cel-js tells what kind of object it holds.
      if (key === 'constructor') check.fault(at, 'has a name that means something else in expressions; take another', 'key');
      const plan = planOf(chart);
      if (check.isReplaced([...at, 'of'])) continue;
      const series = checkSeries(check, name, station, { at, chart });
      // Nothing follows from what could not be read.
      if (series.length < plan.of.length || check.isReplaced([...at, 'chart'])) continue;
      checkKind(check, at, plan, series);
      checkOptions(check, at, chart, plan);
      checkTolerance(check, at, chart, plan);
      checkReason(check, station, { at, chart }, series);
    }
  }
}

interface Placed {
  readonly at: Path;
  readonly chart: ChartConfig;
}

function checkSeries(check: Check, name: string, station: StationConfig, { at, chart }: Placed): readonly Series[] {
  const models = check.declared(['stations', name, 'models']);
  const labels = (model: string) => {
    const found = check.shelf?.packages.get(station.models[model]?.model ?? '');
    return typeof found === 'object' && found.kind !== 'read' ? found.labels : undefined;
  };
  const texts = typeof chart.of === 'string' ? [chart.of] : chart.of;
  return texts.flatMap((text, index) => {
    const path: Path = typeof chart.of === 'string' ? [...at, 'of'] : [...at, 'of', index];
    const found = seriesOf(text, { models, tags: check.tagNames, labels });
    if (isSeries(found)) return [found];
    check.fault(path, `is ${text}: ${found.why}${didYouMean(found.word, found.candidates, found.otherwise)}`);
    return [];
  });
}

const WANTS: Readonly<Record<'counts' | 'measured', string>> = {
  counts: 'counts parts: its `of` is a verdict (nok, review), or the boxes of a model for c and u',
  measured: 'is of measured values, and its `of` is a verdict; take p, np, or leave `chart` out',
};

function checkKind(check: Check, at: Path, { chart, of }: ChartPlan, series: readonly Series[]): void {
  const path = [...at, 'chart'];
  if (chart === 't2' && of.length < 2) check.fault(path, 'is t2, which is of several numbers; name them in a list under `of`');
  if (chart !== 't2' && of.length > 1) check.fault(path, `is ${chart}, which is of one number; several are charted together by t2`);
  const [first] = series;
  if (!first) return;
  const isVerdict = first.kind === 'verdict';
  const isCount = first.kind === 'figure' && first.figure === 'boxes' && (chart === 'c' || chart === 'u');
  if (COUNTS.has(chart) && !isVerdict && !isCount) check.fault(path, WANTS.counts);
  if (!COUNTS.has(chart) && series.some(({ kind }) => kind === 'verdict')) check.fault(path, WANTS.measured);
}

/** Keys that only some charts have. */
const ONLY: readonly (readonly [keyof ChartConfig & string, ReadonlySet<string>])[] = [
  ['lambda', new Set(['ewma'])],
  ['width', new Set(['ewma'])],
  ['h', new Set(['cusum'])],
  ['shift', new Set(['cusum'])],
  ['alpha', new Set(['t2'])],
  ['subgroup', MEASURED],
  ['sample', COUNTS],
  ['lower', MEASURED],
  ['upper', MEASURED],
  ['target', MEASURED],
];

function checkOptions(check: Check, at: Path, config: ChartConfig, { chart, size, rules, learn, of }: ChartPlan): void {
  for (const [key, kinds] of ONLY)
    if (config[key] !== undefined && !kinds.has(chart))
      check.fault([...at, key], `means nothing to ${chart}; it is for ${[...kinds].join(', ')}`, 'key');
  if (rules.length > 0 && !PATTERNED.has(chart))
    check.fault([...at, 'rules'], `mean nothing to ${chart}, whose points hang together; leave them out`, 'key');
  if (chart === 'individuals' && size > 1) check.fault([...at, 'subgroup'], `is ${size}, and individuals are single values; take xbar_r`);
  if ((chart === 'xbar_r' || chart === 'xbar_s') && size < 2)
    check.fault([...at, 'subgroup'], 'is 1, and there is no range of one value; take individuals');
  if (chart === 't2' && learn < of.length + 2)
    check.fault([...at, 'learn'], `is ${learn}: ${of.length} numbers need ${of.length + 2} parts at least`);
}

function checkTolerance(check: Check, at: Path, { lower, upper, target }: ChartConfig, { chart }: ChartPlan): void {
  if (!MEASURED.has(chart) || ['lower', 'upper'].some((key) => check.isReplaced([...at, key]))) return;
  const [low, high] = [lower ?? Number.NEGATIVE_INFINITY, upper ?? Number.POSITIVE_INFINITY];
  if (low >= high) check.fault([...at, 'lower'], `is ${low}, not below upper, which is ${high}`);
  if (target === undefined) return;
  if (lower === undefined || upper === undefined) check.fault([...at, 'target'], 'needs `lower` and `upper`', 'key');
  else if (target <= low || target >= high) check.fault([...at, 'target'], `is ${target}, not between ${low} and ${high}`);
}

function checkReason(check: Check, { rules = [] }: StationConfig, { at, chart: { reason } }: Placed, [series]: readonly Series[]): void {
  if (reason === undefined || !series) return;
  const path = [...at, 'reason'];
  if (series.kind !== 'verdict') return check.fault(path, 'is for a verdict; `of` is none', 'key');
  // A fault's code.
  if (/^[A-Z][A-Z0-9_]+$/.test(reason)) return;
  const given = rules.flatMap((rule) => rule.reason ?? rule.when ?? []);
  if (!given.includes(reason))
    check.fault(path, `is ${reason}, which no rule of the station gives${didYouMean(reason, given, 'they give')}`);
}
