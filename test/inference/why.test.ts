import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Finding } from '#agent/contracts/index.js';
import { bench, tagWindow, windowSlot } from './setup.ts';

const TAGS = ['die_temp', 'coolant_flow', 'pressure', 'plunger_speed', 'vibration', 'oil_temp'].map((tag) => `press.${tag}`);
const CALM = [240.4, 12, 799.5, 3.2, 1.81, 48];
const STEPS = 30;

/** A calm press, of which one tag strays in some rows: nothing else can be the cause. */
const stray = (tag: string, by: number, from: number, to: number) =>
  Array.from({ length: STEPS }, (_, row) => CALM.map((usual, i) => (TAGS[i] === tag && row >= from && row < to ? usual + by : usual)));

async function judge(rows: readonly (readonly number[])[], explain: 'never' | 'not_good' | 'always'): Promise<Finding> {
  const slot = windowSlot('demo-process', { channels: TAGS, explain });
  const { engine } = await bench([slot], { models: resolve(import.meta.dirname, '../../models') });
  await engine.start();
  return engine.infer(slot.id, { window: tagWindow(rows, { tags: TAGS }) });
}

describe('a network that explains on demand', () => {
  it.each([
    ['press.coolant_flow', -8],
    ['press.vibration', 3],
  ])('blames %s where it alone strayed, and the rows in which it did', async (tag, by) => {
    const { score, threshold, contributions = {}, rowContributions = [] } = await judge(stray(tag, by, 21, 27), 'not_good');
    expect(score).toBeGreaterThan(threshold);
    const [most] = Object.entries(contributions).sort(([, a], [, b]) => b - a);
    expect(most?.[0]).toBe(tag);
    expect(most?.[1]).toBeGreaterThan(0.9);
    expect(rowContributions).toHaveLength(STEPS);
    expect(rowContributions.slice(21, 27).reduce((sum, share) => sum + share, 0)).toBeGreaterThan(0.9);
  });

  it('scores the same whether or not it is asked to explain', async () => {
    const rows = stray('press.coolant_flow', -8, 21, 27);
    const { contributions, rowContributions, queueMs: _q, runMs: _r, ...asked } = await judge(rows, 'always');
    const { queueMs: _queue, runMs: _run, ...silent } = await judge(rows, 'never');
    expect(silent).toEqual(asked);
    expect([contributions, rowContributions].every((found) => found !== undefined)).toBe(true);
  });

  it('has nothing to say of a calm press', async () => {
    const calm = await judge(stray('press.die_temp', 0, 0, 0), 'not_good');
    expect(calm).toMatchObject({ label: 'normal' });
    expect(calm).not.toHaveProperty('contributions');
  });
});
