import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bench, faultOf, tagWindow, windowSlot } from './setup.ts';

// Machines that never were, with a fault whose tag and moment are known: what drove the score must name both.
const TAGS = ['accelerometer_1', 'accelerometer_2', 'current', 'pressure', 'temperature', 'thermocouple', 'voltage', 'flow'];
const LEVEL = [0.1, 0.2, 1.5, 0.3, 80, 25, 230, 60];
const SPREAD = [0.01, 0.02, 0.3, 0.2, 0.5, 0.1, 8, 2];
const STEPS = 84;
const MODELS = resolve(import.meta.dirname, '../../models');

/** Repeatable noise, mean 0, spread about 1. */
const noise = (i: number): number => (((((Math.sin(i * 12.9898) * 43758.5453) % 1) + 1) % 1) * 2 - 1) * 1.7;

/** `fault`: a tag, by how many spreads it leaves, and the rows before the end between which it does. */
function windowAt(step: number, fault?: { tag: number; spreads: number; from: number; to: number }) {
  const rows = Array.from({ length: STEPS }, (_, k) =>
    LEVEL.map((level, tag) => {
      const left = STEPS - 1 - k;
      const off = fault && tag === fault.tag && left < fault.from && left >= fault.to ? fault.spreads : 0;
      return level + (SPREAD[tag] ?? 1) * (noise((step - left) * 8 + tag) + off);
    }),
  );
  return tagWindow(rows, { tags: TAGS, endsAt: step * 1000, everyMs: 1000 });
}

async function taught(name: string) {
  const { engine, next } = await bench([windowSlot(name, { channels: TAGS, explain: 'always' })], { models: MODELS });
  await engine.start();
  const learned = next(({ status }) => status === 'running');
  for (let step = STEPS; step < 430; step += 40) await faultOf(engine.infer(`outlet/${name}`, { window: windowAt(step) }));
  await learned;
  return (fault?: Parameters<typeof windowAt>[1]) => engine.infer(`outlet/${name}`, { window: windowAt(900, fault) });
}

describe.each(['process-attention', 'process-gru'])('what drove the score of %s', (name) => {
  it('is the tag that left, and the rows in which it did', async () => {
    const judge = await taught(name);
    expect((await judge()).label).toBe('normal');
    for (const tag of [0, 1, 2, 3, 6, 7]) {
      const finding = await judge({ tag, spreads: tag % 2 ? 8 : -8, from: 12, to: 0 });
      expect(finding.label).toBe('unexpected');
      expect(finding.contributions?.[TAGS[tag] ?? '']).toBeGreaterThan(0.7);
      const rows = finding.rowContributions ?? [];
      expect(rows).toHaveLength(24);
      expect(rows.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
      expect(rows.slice(-12).reduce((a, b) => a + b, 0)).toBeGreaterThan(0.75);
    }
  });

  it('is the past, when the fault is over', async () => {
    const judge = await taught(name);
    const { rowContributions: rows = [], contributions } = await judge({ tag: 3, spreads: 10, from: 20, to: 10 });
    expect(contributions?.['pressure']).toBeGreaterThan(0.7);
    expect(rows.slice(4, 14).reduce((a, b) => a + b, 0)).toBeGreaterThan(0.75);
  });

  it('is never a temperature: they are context', async () => {
    const judge = await taught(name);
    const { contributions, label } = await judge({ tag: 4, spreads: 8, from: 60, to: 0 });
    expect(label).toBe('normal');
    expect([contributions?.['temperature'], contributions?.['thermocouple']]).toEqual([0, 0]);
  });
});
