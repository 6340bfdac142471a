/** What a part costs on all charts of one measured number together: asked by its rules, then taken. */
import { type ChartConfig, isSeries, planOf, seriesOf } from '../../config/charts.ts';
import type { ChartedPart } from '../../contracts/index.ts';
import { type StationChart, StationCharts } from '../../decisions/spc/live/station.ts';
import { systemClock as clock } from '../../time.ts';

const CHARTS: Readonly<Record<string, Pick<ChartConfig, 'chart' | 'rules'>>> = {
  single: { chart: 'individuals', rules: ['nelson', 'western_electric'] },
  mean: { chart: 'xbar_s', rules: ['nelson', 'western_electric'] },
  range: { chart: 'xbar_r', rules: ['nelson', 'western_electric'] },
  average: { chart: 'ewma', rules: [] },
  sum: { chart: 'cusum', rules: [] },
};
const LEARN = 25;
const PARTS = 20_000;
/** Before it is measured: compiled, and past its first phase. */
const WARM = 20_000;

/** Microseconds a part. */
export function chartsRound(random: () => number): number {
  const charts = new StationCharts('line', Object.fromEntries(Object.entries(CHARTS).map(([name, one]) => [name, chartOf(one)])));
  run(charts, WARM, random);
  const began = clock.elapsed();
  run(charts, PARTS, random);
  return ((clock.elapsed() - began) * 1000) / PARTS;
}

function chartOf(chart: Pick<ChartConfig, 'chart' | 'rules'>): StationChart {
  const of = 'surface.score';
  return {
    spec: planOf({ of, close: 'when_learned', learn: LEARN, ...chart }),
    series: [seriesOf(of, { models: ['surface'], tags: [] })].filter(isSeries),
  };
}

function run(charts: StationCharts, parts: number, random: () => number): void {
  for (let sequence = 1; sequence <= parts; sequence++) {
    // Near enough to normal, and in control.
    const score = (random() + random() + random() + random()) / 4;
    const part: ChartedPart = { recipe: 'standard', findings: [{ model: 'surface', score }], tags: {} };
    charts.says(part);
    charts.take(part, { sequence, at: sequence }, sequence);
  }
}
