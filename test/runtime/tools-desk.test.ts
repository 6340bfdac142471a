/** Tools beside a disk that takes nothing, a counter that begins anew, a trend that is bad, and a kill. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import type { Inspection, ToolState } from '#agent/contracts/index.js';
import { ToolsDesk } from '#agent/runtime/logistics/tools-desk.js';
import { folderOf, suppliesIn } from './supplies.ts';

const HOUR = 3_600_000;
const config = (punch: object) =>
  ({
    stations: { outlet: { models: {}, tools: { punch: { falls: false, ahead: 4 * HOUR, ...punch } } } },
    opcua: { plc: { tags: { strokes: {}, force: {}, changed: {} } } },
  }) as unknown as Config;

async function deskIn(folder: string, of: Config, before?: ReturnType<typeof suppliesIn>, last = 0) {
  const supplies = suppliesIn(folder, of, before);
  supplies.state.last = last;
  const told: (ToolState | null)[] = [];
  const desk = new ToolsDesk({ ...supplies.options, tell: (_, __, state) => void told.push(state) });
  desk.start();
  onTestFinished(() => desk.stop());
  await supplies.ready(desk);
  await supplies.looks(20);
  let sequence = last;
  const make = (parts: number) => {
    for (let i = 0; i < parts; i++) {
      sequence += 1;
      desk.note({ station: 'outlet', sequence, recipe: 'standard', outcome: 'judged', findings: [], tags: {} } as unknown as Inspection);
    }
  };
  return { ...supplies, desk, told, make, now: () => desk.states[0] as ToolState };
}
const CHANGED = { station: 'outlet', tool: 'punch', do: 'changed' };

it('tells once, by hour and reason, and that it is overdue until it is changed', async () => {
  const { desk, make, looks, decisions, now, codes, told } = await deskIn(folderOf(), config({ life: 4000 }));
  // 600 an hour; after 2 h of learning there are 2800 left: 4.7 h.
  for (let i = 0; i < 120; i++) {
    make(10);
    await looks(60);
  }
  expect(now()).toMatchObject({ state: 'ok', used: 1200, left: { middle: 2800 }, by: 'uses' });
  expect(decisions).toEqual([]);
  for (let i = 0; i < 60; i++) {
    make(10);
    await looks(60);
  }
  expect(decisions).toHaveLength(1);
  expect(decisions[0]).toMatchObject({ action: 'change_tool', rule: 'tool punch' });
  expect(decisions[0]?.reason).toMatch(
    /^change punch by 2026-01-05 \d\d:\d\d \(UTC\): it has \d+ uses left, most likely until 2026-01-05 1[23]:\d\d \(UTC\); it was used \d+ of 4000 times$/,
  );
  make(2300);
  await looks(10);
  expect(codes()).toEqual(['TOOL_OVERDUE']);
  expect(decisions).toHaveLength(1);
  const { length } = told;
  await looks(300);
  expect(told).toHaveLength(length);
  expect(await desk.change(CHANGED)).toMatchObject({ used_before: 4100 });
  await looks(4);
  expect(codes()).toEqual([]);
  // Another one is in. (2300 parts at once were faster than any line: at that rate it would not last for four hours either.)
  expect(now().used).toBe(0);
  expect(now().call?.id).not.toBe(decisions[0]?.id);
  await expect(desk.change({ ...CHANGED, call: decisions[0]?.id })).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  await expect(desk.change({ ...CHANGED, tool: 'drill' })).rejects.toMatchObject({
    sentence: expect.stringContaining('there are outlet/punch'),
  });
});

it('sees by its counter that it was changed, over the end of the counter and a kill', async () => {
  const folder = folderOf();
  const of = config({ life: 1000, uses: { tag: 'plc.strokes', wraps: 65_536 } });
  const first = await deskIn(folder, of);
  first.say('plc.strokes', 65_500);
  first.say('plc.strokes', 14);
  expect(first.now().used).toBe(50);
  first.say('plc.strokes', 964);
  await first.looks(70);
  expect(first.now()).toMatchObject({ used: 1000, state: 'overdue' });
  expect(first.decisions).toHaveLength(1);
  // Changed while the agent is away: the counter has begun anew.
  const second = suppliesIn(folder, of, first);
  const desk = new ToolsDesk({ ...second.options, tell: () => {} });
  second.say('plc.strokes', 12);
  desk.start();
  onTestFinished(() => desk.stop());
  await second.ready(desk);
  await second.looks(20);
  expect(desk.states[0]).toMatchObject({ used: 12, state: 'ok', call: null });
  expect(second.codes()).toEqual([]);
  expect(second.decisions).toHaveLength(1);
});

it('is told of a change by a tag, and counts parts since then once over a kill', async () => {
  const folder = folderOf();
  const of = config({ life: 1000, changed: 'plc.changed' });
  const first = await deskIn(folder, of);
  first.say('plc.changed', false);
  first.make(100);
  await first.looks(70);
  first.say('plc.changed', true);
  await first.looks(4);
  expect(first.now()).toMatchObject({ used: 0 });
  first.say('plc.changed', false);
  first.make(7);
  const second = suppliesIn(folder, of, first);
  second.passed.push({ recipe: 'standard', parts: 7 });
  second.state.last = 107;
  const desk = new ToolsDesk({ ...second.options, tell: () => {} });
  desk.start();
  onTestFinished(() => desk.stop());
  await second.ready(desk);
  await second.looks(20);
  expect(second.asked).toEqual([{ station: 'outlet', after: 100, to: 107 }]);
  expect(desk.states[0]).toMatchObject({ used: 7 });
});

it('follows a trend to its limit, says what it does not know, and learns of a tool that is done', async () => {
  const folder = folderOf();
  const { desk, say, lose, make, looks, now, codes, decisions } = await deskIn(folder, config({ trend: 'plc.force', limit: 10 }));
  expect(now()).toMatchObject({ left: null, because: 'too little was seen of plc.force yet', state: 'ok' });
  // From 2 by 0.01 a part: at the limit after 800.
  const use = async (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      say('plc.force', 2 + 0.01 * n + 0.05 * Math.sin(13 * n));
      make(1);
      if (n % 5 === 0) await looks(30);
    }
  };
  await use(0, 500);
  await looks(40);
  const { left } = now();
  expect(left?.low).toBeLessThan(300);
  expect(left?.high).toBeGreaterThan(300);
  expect(Math.abs((left?.middle ?? 0) - 300)).toBeLessThan(20);
  lose('plc.force');
  make(3);
  await looks(20);
  expect(now()).toMatchObject({ state: 'unknown', because: 'plc.force says no number that is good' });
  expect(codes()).toEqual(['TOOL_UNKNOWN']);
  await use(503, 830);
  await looks(40);
  expect(codes()).toEqual(['TOOL_OVERDUE']);
  expect(decisions).toHaveLength(1);
  await desk.change(CHANGED);
  await looks(10);
  expect(now()).toMatchObject({ used: 0, left: null, state: 'ok' });
  expect(codes()).toEqual([]);
  await desk.stop();
  expect(existsSync(join(folder, 'tools.json'))).toBe(true);
});

it('tells nothing that could not be kept, and takes nothing of a change that could not', async () => {
  const { desk, make, looks, decisions, state, now } = await deskIn(folderOf(), config({ life: 100 }));
  state.refuses = true;
  make(120);
  await looks(20);
  expect(decisions).toEqual([]);
  expect(now()).toMatchObject({ state: 'overdue', call: null });
  await expect(desk.change(CHANGED)).rejects.toMatchObject({ code: 'STORE_OVERLOADED' });
  expect(now().used).toBe(120);
  state.refuses = false;
  await looks(10);
  expect(decisions).toHaveLength(1);
});

/** With parts that carry the trend. */
const worn = async (folder: string, of: Config, before?: Parameters<typeof deskIn>[2]) => {
  const all = await deskIn(folder, of, before);
  const use = async (values: readonly number[]) => {
    for (const value of values) {
      all.say('plc.force', value);
      all.make(1);
      await all.looks(2);
    }
  };
  return { ...all, use };
};
const steady = (count: number, level: number) => Array.from({ length: count }, (_, i) => level + 0.1 * Math.sin(13 * i));

it('says at once that a tool is beyond its limit, also by a step, on a plateau, and after a restart', async () => {
  const folder = folderOf();
  const of = config({ trend: 'plc.force', limit: 7.1 });
  const { use, now, codes, decisions, ...first } = await worn(folder, of);
  await use(steady(60, 3));
  expect(codes()).toEqual([]);
  await use([9]);
  expect(codes()).toEqual([]);
  await use(steady(60, 3));
  await use(steady(20, 9));
  expect(now()).toMatchObject({ state: 'overdue', left: { middle: 0 } });
  expect(decisions[0]?.reason).toMatch(/^punch is worn out: its trend is at (8\.9|9)\d* of 7\.1$/);
  expect(codes()).toEqual(['TOOL_OVERDUE']);
  expect(decisions).toHaveLength(1);
  await use(steady(60, 9));
  expect(codes()).toEqual(['TOOL_OVERDUE']);
  await first.desk.stop();
  const second = await deskIn(folder, of, { memories: first.memories, decisions } as never);
  expect(second.codes()).toEqual(['TOOL_OVERDUE']);
  await second.desk.change(CHANGED);
  await second.looks(4);
  expect(second.codes()).toEqual([]);
});

it('takes no PLC that starts for a change: a counter, a text or a bit that is none for a moment', async () => {
  const of = config({ life: 10_000, uses: { tag: 'plc.strokes' }, changed: 'plc.changed' });
  const { say, looks, now } = await deskIn(folderOf(), of);
  say('plc.changed', 'A12');
  say('plc.strokes', 5000);
  await looks(10);
  // It is what the tool has had before anybody looked.
  expect(now().used).toBe(5000);
  say('plc.strokes', 0);
  say('plc.changed', '');
  await looks(4);
  say('plc.changed', 'A12');
  say('plc.strokes', 5003);
  await looks(10);
  expect(now()).toMatchObject({ used: 5003, changed: null });
  say('plc.changed', 'B07');
  await looks(4);
  expect(now()).toMatchObject({ used: 0 });
  expect(now().changed).not.toBeNull();
  say('plc.changed', 'false');
  await looks(2);
  say('plc.changed', 'B07');
  const { changed } = now();
  await looks(10);
  expect(now().changed).toBe(changed);
  say('plc.changed', 'false');
  await looks(20);
  say('plc.changed', 'B07');
  await looks(4);
  expect(now().changed).not.toBe(changed);
});

it('keeps a change that the PLC has told of where the journal is full, and tells of none before it is on the disk', async () => {
  const folder = folderOf();
  const of = config({ life: 100, changed: 'plc.changed' });
  const { say, looks, now, make, state, codes, told, memories } = await deskIn(folder, of);
  say('plc.changed', false);
  make(120);
  await looks(70);
  expect(codes()).toEqual(['TOOL_OVERDUE']);
  state.refuses = true;
  say('plc.changed', true);
  await looks(10);
  expect(codes()).not.toContain('TOOL_OVERDUE');
  expect(now().used).toBe(0);
  state.refuses = false;
  await looks(130);
  expect(codes()).toEqual([]);
  expect(JSON.parse(memories.get('_tools') ?? '{}')).toMatchObject({ tools: { 'outlet/punch': { used: 0 } } });
  // A decision waits for the disk.
  let go = () => {};
  state.waits = new Promise<void>((resolve) => {
    go = resolve;
  });
  make(150);
  const { length } = told;
  await looks(200);
  expect(told.slice(length).map((one) => one?.call)).toEqual(told.slice(length).map(() => null));
  go();
  await looks(10);
  expect(told.at(-1)?.call).not.toBeNull();
});

it('gives the parts of before the start to the tool that made them, where it was changed while the agent was off', async () => {
  const folder = folderOf();
  const of = config({ life: 1000, changed: 'plc.changed' });
  const first = await deskIn(folder, of);
  first.say('plc.changed', 'A12');
  first.make(100);
  await first.looks(70);
  const second = suppliesIn(folder, of, first);
  second.passed.push({ recipe: 'standard', parts: 7 });
  second.state.last = 107;
  second.say('plc.changed', 'B07');
  const kept: unknown[] = [];
  const append = async (entry: Parameters<typeof second.options.append>[0]) => {
    kept.push(JSON.parse(entry.state?.value ?? '{}'));
    await second.options.append(entry);
  };
  const desk = new ToolsDesk({ ...second.options, append, tell: () => {} });
  desk.start();
  onTestFinished(() => desk.stop());
  await second.ready(desk);
  await second.looks(20);
  expect(desk.states[0]).toMatchObject({ used: 0 });
  // Nothing was kept before they were counted.
  expect(kept).toMatchObject([{ counted: { outlet: 107 } }]);
});

it('takes back that a tool is worn out where its sensor was wrong, keeps its uses, and takes no message twice', async () => {
  const { use, now, codes, desk, looks } = await worn(folderOf(), config({ trend: 'plc.force', limit: 7.1 }));
  await use(steady(20, 9));
  expect(codes()).toEqual(['TOOL_OVERDUE']);
  await desk.change({ ...CHANGED, do: 'keep', event: 'a' });
  await use(steady(20, 3));
  expect(codes()).toEqual([]);
  expect(now()).toMatchObject({ used: 40, changed: null, call: null });
  await desk.change({ ...CHANGED, event: 'b' });
  await use(steady(5, 3));
  expect(await desk.change({ ...CHANGED, event: 'b' })).toMatchObject({ again: true });
  await looks(2);
  expect(now().used).toBe(5);
});
