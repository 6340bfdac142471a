/** What a part costs on all charts of one measured number together: asked by its rules, then taken. */
import { isSeries, PATTERNED, seriesOf } from '../../config/charts.ts';
import type { ChartedPart } from '../../contracts/index.ts';
import { type StationChart, StationCharts } from '../../decisions/spc/live/station.ts';
import { ZONE_RULES, type ZoneRule } from '../../decisions/spc/zone-rules.ts';
import { systemClock as clock } from '../../time.ts';

const CHARTS = ['individuals', 'xbar_s', 'xbar_r', 'ewma', 'cusum'] as const;
const RULES = Object.keys(ZONE_RULES) as ZoneRule[];
const SUBGROUP = 5;
const LEARN = 25;
const PARTS = 20_000;
/** Before it is measured: compiled, and past its first phase. */
const WARM = 20_000;

/** Microseconds a part. */
export function chartsRound(random: () => number): number {
  const charts = new StationCharts('line', Object.fromEntries(CHARTS.map((chart) => [chart, chartOf(chart)])));
  run(charts, WARM, random);
  const began = clock.elapsed();
  run(charts, PARTS, random);
  return ((clock.elapsed() - began) * 1000) / PARTS;
}

/** With all the patterns that the kind has. */
function chartOf(chart: (typeof CHARTS)[number]): StationChart {
  const of = 'surface.score';
  return {
    spec: {
      of: [of],
      chart,
      size: chart === 'xbar_s' || chart === 'xbar_r' ? SUBGROUP : 1,
      learn: LEARN,
      closesItself: true,
      rules: PATTERNED.has(chart) ? RULES : [],
    },
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
