/** `lineside schedule plan` over files of orders and facts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lineside } from './setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'lineside-plan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const facts = file(
  'facts.yaml',
  `recipes:
  small: {cycle: 12s, cycle_spread: 0, scrap: 0.02}
  large: {cycle: 20s, scrap: 0.04, scrap_spread: 0.02}
setup: {default: 30m, from: {small: {large: 45m}}}
stops: {between: 4h, lasts: 10m}
closed: [{from: "2026-12-01T08:00Z", to: "2026-12-01T09:00Z", why: works meeting}]
standing: {recipe: small}
`,
);
const orders = file(
  'orders.csv',
  `id,quantity,due,recipe,priority
4711,400,2026-12-01T12:00Z,small,1
4712,250,2026-12-01T10:30Z,large,2
4713,150,2026-12-01T07:30Z,small,3
`,
);
const plan = (...more: readonly string[]) =>
  lineside('schedule', 'plan', '--orders', orders, '--facts', facts, '--now', '2026-12-01T06:00Z', '--seconds', '2', ...more);

describe('lineside schedule plan', () => {
  it('says in which order, when, how late and how probably, and what is gained', () => {
    const { stdout, status } = plan('--json');
    expect(status).toBe(0);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ by: 'search', because: null, proven: true, before: null, now: '2026-12-01T06:00:00.000Z' });
    expect(told.plan.sequence.map(({ id }: { id: string }) => id)).toEqual(['4713', '4712', '4711']);
    // 154 parts of 12 s, and 10 min of stops in 4 h.
    expect(told.plan.sequence[0]).toMatchObject({
      begin: '2026-12-01T06:00:00.000Z',
      end: '2026-12-01T06:32:05.000Z',
      parts: 154,
    });
    expect(told.plan.sequence[0].late_probability).toBeLessThan(0.02);
    expect(told.gain_ms.fifo).toBe(told.fifo.cost_ms - told.plan.cost_ms);
    expect(told.gain_ms.fifo).toBeGreaterThan(0);
    const text = plan().stdout;
    expect(text).toContain('no sequence costs less');
    expect(text).toMatch(/1 +4713 +small +154 +2026/);
    expect(text).toMatch(/Against first-in-first-out it gains/);
    // What it planned is the plan of now: nothing moves.
    const again = plan('--present', file('present.json', stdout));
    expect(again.stdout).toContain('Nothing moves: no change gains enough.');
  });

  it('tells each fault of orders and facts with its place', () => {
    const bad = file('bad.csv', 'id,quantity,recipe\n1,0,small\n1,5,smal\n');
    const { stderr, status } = lineside('schedule', 'plan', '--orders', bad, '--facts', facts);
    expect(status).toBe(6);
    expect(stderr).toContain('bad.csv:2:3: quantity must be a whole number');
    expect(stderr).toContain('bad.csv:3:1: order 1 is there twice, first at line 2, column 1');
    expect(stderr).toContain('[ORDERS_INVALID]');
    const wrong = lineside('schedule', 'plan', '--orders', orders, '--facts', file('wrong.yaml', 'recipes:\n  small: {cycle: 12}\n'));
    expect(wrong.stderr).toContain('wrong.yaml:2:18: recipes.small.cycle is 12 without a unit');
    expect(wrong.status).toBe(3);
    expect(lineside('schedule', 'plan', '--orders', orders).stderr).toContain('--facts FILE, or --config FILE');
  });
});
