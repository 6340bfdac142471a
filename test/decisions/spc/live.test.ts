/** Charts at the line, part by part: they say what the desk says of the same samples at once, over any restart, and never what a part was not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHARTS, type ChartName } from '#agent/decisions/spc/chart-names.js';
import { laterLimit } from '#agent/decisions/spc/hotelling.js';
import { BACK_IN_CONTROL, LiveChart, type LiveSpec } from '#agent/decisions/spc/live/chart.js';
import { type ChartStudy, countsStudy, isOut, rowsStudy, valuesStudy } from '#agent/desk/studies/chart-study.js';

const spec = (wish: Partial<LiveSpec>): LiveSpec => ({
  chart: 'individuals',
  of: ['tags.width'],
  size: 1,
  learn: 20,
  closesItself: false,
  rules: ['nelson_1', 'nelson_2', 'nelson_3', 'nelson_5', 'nelson_6'],
  ...wish,
});

const place = (n: number) => ({ sequence: n + 1, at: 1000 * n });
const feed = (chart: LiveChart, parts: readonly (readonly number[])[], from = 0) =>
  parts.map((values, n) => chart.take(values, place(from + n), 0));
/** No pattern at all, and none that a chance gives. */
const calm = (count: number) => Array.from({ length: count }, (_, n) => [10 + ([0.1, -0.2, 0.3, -0.1, 0.2, -0.3][n % 6] ?? 0)]);

const value = fc.integer({ min: -40, max: 40 }).map((n) => 10 + n / 16);

/** One part's values and how many parts a sample has, for each chart, and what the desk says of all. */
const drawn: fc.Arbitrary<{ readonly wish: LiveSpec; readonly parts: readonly (readonly number[])[]; readonly desk: () => ChartStudy }> = fc
  .constantFrom(...(Object.keys(CHARTS) as ChartName[]))
  .chain((chart) => {
    const size = chart.startsWith('xbar') ? 4 : CHARTS[chart] === 'counts' ? 5 : 1;
    const wish = spec({ chart, size, of: chart === 't2' ? ['a', 'b'] : ['a'], rules: chart === 't2' ? [] : spec({}).rules });
    const part = { values: value, counts: fc.constantFrom(0, 0, 0, 1), rows: value }[CHARTS[chart]];
    const parts = fc.array(fc.array(part, { minLength: wish.of.length, maxLength: wish.of.length }), {
      minLength: 40 * size,
      maxLength: 60 * size,
    });
    return parts.map((all) => ({ wish, parts: all, desk: () => studied(wish, all) }));
  });

function studied(wish: LiveSpec, parts: readonly (readonly number[])[]): ChartStudy {
  const { chart, size, learn, rules } = wish;
  const groups = Array.from({ length: Math.floor(parts.length / size) }, (_, n) => parts.slice(n * size, (n + 1) * size).flat());
  const asked = { chart, phaseOne: learn, rules };
  if (CHARTS[chart] === 'rows') return rowsStudy(groups, asked);
  if (CHARTS[chart] === 'values') return valuesStudy(groups, asked);
  return countsStudy(
    groups.map((group) => ({ count: group.reduce((sum, one) => sum + one, 0), size })),
    asked,
  );
}

function tried<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

describe('a chart at the line', () => {
  it('says of every sample what the desk says of all of them, peeked at or taken, over restarts anywhere', () => {
    fc.assert(
      fc.property(drawn, fc.array(fc.nat(80), { maxLength: 3 }), ({ wish, parts, desk }, restarts) => {
        const study = tried(desk);
        let chart = new LiveChart(wish);
        const phaseOne = wish.learn * wish.size;
        feed(chart, parts.slice(0, phaseOne));
        const { outside } = chart.state('', '', '');
        // What the desk refuses is refused here too; where nothing was counted this one alone does.
        if (!tried(() => chart.close('ada', 5) ?? true)) return !study || wish.chart in { p: 1, np: 1, c: 1, u: 1 };
        const said = parts.slice(phaseOne).flatMap((values, n) => {
          if (restarts.includes(n)) {
            const saved = JSON.parse(JSON.stringify(chart.saved()));
            chart = new LiveChart(wish);
            chart.restore(saved);
          }
          const peeked = chart.peek(values);
          const taken = chart.take(values, place(phaseOne + n), 0);
          expect(chart.fact).toEqual(peeked);
          return taken === 'sample' ? [{ out: peeked.out, values: chart.state('', '', '').last?.values }] : [];
        });
        const panels = study?.panels ?? [];
        const at = (n: number) => panels.flatMap(({ points }) => points[wish.learn + n] ?? []);
        const later = panels[0]?.points.slice(wish.learn).map((_, n) => ({
          out: at(n).some(isOut),
          values: at(n).map(({ statistic }) => statistic),
        }));
        expect(said).toEqual(later);
        const first = Array.from({ length: wish.learn }, (_, n) => panels.some(({ points }) => points[n] && isOut(points[n])));
        expect(outside).toBe(first.filter(Boolean).length);
        return true;
      }),
      { numRuns: 100 },
    );
  });

  it('learns until somebody closes its first phase, and proposes its limits before', () => {
    const chart = new LiveChart(spec({}));
    feed(chart, calm(19));
    expect(() => chart.close('ada', 1)).toThrow('19 of the 20 samples');
    expect(chart.state('s', 'w', 'r')).toMatchObject({ phase: 'learning', limits: null, samples: 19 });
    feed(chart, calm(3), 19);
    const proposed = chart.state('s', 'w', 'r');
    expect(proposed).toMatchObject({ phase: 'proposed', outside: 0, closed: null });
    // Far outside, and nothing is said of it: nobody has closed it.
    expect(chart.peek([50])).toEqual({ out: false, rule: '', phase: 'proposed' });
    chart.close('ada', 7);
    expect(chart.state('s', 'w', 'r')).toMatchObject({ phase: 'watching', limits: proposed.limits, closed: { at: 7, who: 'ada' } });
    expect(chart.peek([50])).toEqual({ out: true, rule: 'nelson_1', phase: 'watching' });
    expect(chart.fact.out).toBe(false);
  });

  it('closes itself where the config says so, as soon as something can be learned', () => {
    const chart = new LiveChart(spec({ closesItself: true }));
    const alike = Array.from({ length: 25 }, () => [10]);
    expect(feed(chart, alike)).not.toContain('closed');
    expect(chart.state('s', 'w', 'r').refused).toContain('all alike');
    expect(feed(chart, calm(20), 25)).toContain('closed');
    expect(chart.phase).toBe('watching');
  });

  it('holds rows of the first phase to the limit of such rows (beta), and later ones to that of new rows (F)', () => {
    const rows = Array.from({ length: 20 }, (_, n) => [Math.sin(n), Math.cos(2 * n)]);
    rows[7] = [4, -4];
    const chart = new LiveChart(spec({ chart: 't2', of: ['a', 'b'], rules: [] }));
    feed(chart, rows);
    const study = rowsStudy(rows, { chart: 't2', phaseOne: 20, rules: [] });
    expect(study.out).toEqual([8]);
    expect(chart.state('s', 'w', 'r').outside).toBe(1);
    chart.close('ada', 1);
    expect(chart.points().flatMap(({ rule }, n) => (rule === '' ? [] : [n + 1]))).toEqual(study.out);
    // What holds from here on is that of new rows, before the first of them too, and after a restart.
    const [held] = chart.state('s', 'w', 'r').limits ?? [];
    expect(held?.upper).toBeCloseTo(laterLimit(2, 20), 9);
    const later = new LiveChart(chart.spec);
    later.restore(JSON.parse(JSON.stringify(chart.saved())));
    expect(later.state('s', 'w', 'r').limits).toEqual([held]);
    expect(chart.peek([4, -4])).toEqual(later.peek([4, -4]));
  });

  it('keeps nothing that it could not read again: numbers without a square are none', () => {
    const chart = new LiveChart(spec({ chart: 'cusum', rules: [], tolerance: { lower: 9, upper: 11 } }));
    feed(chart, calm(20));
    chart.close('ada', 1);
    expect(chart.peek([1e155])).toMatchObject({ out: false });
    expect(chart.cpk(15, [1e308])).toBe(chart.cpk(15));
    feed(chart, [[1e155], [-1e308], [1e99]], 20);
    const kept = JSON.stringify(chart.saved());
    const after = new LiveChart(chart.spec);
    after.restore(JSON.parse(kept));
    expect(JSON.stringify(after.saved())).toBe(kept);
    expect(after.state('s', 'w', 'r')).toMatchObject({ phase: 'watching', left_out: 2, out: true });
    const { rows, memories } = JSON.parse(kept);
    expect([...rows, ...memories].flat().every(Number.isFinite)).toBe(true);
  });

  it('leaves out a part without a number, and goes on', () => {
    const chart = new LiveChart(spec({}));
    feed(chart, calm(20));
    chart.close('ada', 1);
    feed(chart, [[50]], 20);
    expect(chart.peek([Number.NaN])).toMatchObject({ out: true });
    feed(chart, [[Number.NaN], [Number.POSITIVE_INFINITY]], 21);
    expect(chart.state('s', 'w', 'r')).toMatchObject({ out: true, left_out: 2, last: { sequence: 21 } });
  });

  it('says since when, keeps a signal until enough points are back, and calms down when it is restarted or learned anew', () => {
    const chart = new LiveChart(spec({ chart: 'cusum', rules: [] }));
    feed(chart, calm(60));
    chart.close('ada', 1);
    feed(chart, calm(30), 60);
    feed(
      chart,
      calm(12).map(([v = 0]) => [v + 0.4]),
      90,
    );
    const { signal } = chart.state('s', 'w', 'r');
    expect(signal?.likely?.sequence).toBeGreaterThan(85);
    expect(signal?.from?.sequence).toBeLessThanOrEqual(91);
    expect(signal?.since.sequence).toBeGreaterThan(91);
    chart.restart();
    expect(chart.state('s', 'w', 'r')).toMatchObject({ phase: 'watching', out: false, signal: null });
    chart.learn();
    expect(chart.state('s', 'w', 'r')).toMatchObject({ phase: 'learning', limits: null, samples: 0 });
    const single = new LiveChart(spec({ rules: [] }));
    feed(single, calm(20));
    single.close('ada', 1);
    feed(single, [[20]], 20);
    // The next one moves as far back: that is out of control by its moving range.
    feed(single, calm(BACK_IN_CONTROL), 21);
    expect(single.state('s', 'w', 'r')).toMatchObject({
      out: false,
      rule: '',
      signal: { rule: 'limits', since: { sequence: 21 }, points: 2 },
    });
    feed(single, calm(1), 40);
    expect(single.state('s', 'w', 'r').signal).toBeNull();
  });

  it('has a Cpk of the last parts, with the one at hand, and none before there are enough', () => {
    const chart = new LiveChart(spec({ tolerance: { lower: 9, upper: 11 } }));
    feed(chart, calm(29));
    expect(chart.cpk(30)).toBeNaN();
    const before = chart.cpk(30, [10.1]);
    feed(chart, [[10.1]], 29);
    expect(chart.cpk(30)).toBe(before);
    expect(before).toBeGreaterThan(0.5);
    expect(chart.capability()).toMatchObject({ ok: false, refused: 'The first phase is not closed yet.' });
    chart.close('ada', 1);
    expect(JSON.stringify(chart.capability())).toMatch(/Anderson|capability|too few/);
  });

  it('goes on with its limits where only its patterns were changed, and with nothing where it is another chart', () => {
    const chart = new LiveChart(spec({}));
    feed(chart, calm(20));
    chart.close('ada', 1);
    feed(chart, [[50]], 20);
    const other = new LiveChart(spec({ rules: [], learn: 500 }));
    other.restore(JSON.parse(JSON.stringify(chart.saved())));
    expect(other.state('s', 'w', 'r')).toMatchObject({ phase: 'watching', out: false, signal: null });
    expect(other.peek([50])).toMatchObject({ out: true, rule: 'limits' });
  });
});
