/** All charts of a station: of many recipes, and of values that no chart can bear. */
import { describe, expect, it } from 'vitest';
import type { ChartedPart } from '#agent/contracts/charts.js';
import type { LiveSpec } from '#agent/decisions/spc/live/chart.js';
import { MOST_RECIPES, StationCharts } from '#agent/decisions/spc/live/station.js';

const spec: LiveSpec = { chart: 'individuals', of: ['tags.width'], size: 1, learn: 12, closesItself: true, rules: [] };
const charts = { width: { spec, series: [{ kind: 'tag', tag: 'plc.width' }] } } as const;
const part = (recipe: string, value: number) =>
  ({ recipe, findings: [], tags: { 'plc.width': { value, status: 0, source: 0, age: 0 } } }) as unknown as ChartedPart;

function feed(station: StationCharts, recipe: string, values: readonly number[]) {
  for (const value of values) station.take(part(recipe, value), { sequence: 1, at: 1 }, 1);
}
const calm = Array.from({ length: 12 }, (_, n) => 10 + ([0.1, -0.2, 0.3][n % 3] ?? 0));

describe('the charts of a station', () => {
  it('say that a recipe has no room while it is made, and nothing of the one before; it ends with the next recipe that is charted', () => {
    const station = new StationCharts('outlet', charts);
    for (let n = 0; n < MOST_RECIPES; n++) feed(station, `r${n}`, calm);
    const last = `r${MOST_RECIPES - 1}`;
    feed(station, last, [50]);
    expect([station.left, station.signalling]).toEqual([null, ['width']]);
    feed(station, 'one more', [10]);
    expect([station.left, station.signalling]).toEqual(['one more', []]);
    feed(station, last, [50]);
    expect([station.left, station.signalling]).toEqual([null, ['width']]);
    feed(station, 'one more', [10]);
    station.change('learn', { name: 'width', recipe: 'r0' }, { who: 'ada', at: 1 });
    feed(station, 'one more', [10]);
    expect([station.left, station.recipe, station.signalling]).toEqual([null, 'one more', []]);
  });
});
