/** Materials beside a disk that takes nothing, tags that say nothing, a clock that is set, and a config that changes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import type { Inspection, MaterialState } from '#agent/contracts/index.js';
import { MATERIAL_MEMORY, MaterialDesk } from '#agent/runtime/logistics/material-desk.js';
import { folderOf, suppliesIn } from './supplies.ts';

const HOUR = 3_600_000;
type Material = Config['materials'][string];
const BOLTS: Material = {
  station: 'outlet',
  per_part: 4,
  recipes: { large: 6 },
  container: 500,
  calls: 2,
  lead_time: { mean: 1_800_000, spread: 0 },
  service: 0.95,
};
const config = (bolts: Partial<Material> = {}) =>
  ({ materials: { bolts: { ...BOLTS, ...bolts } }, stations: {} }) as unknown as Partial<Config>;

async function deskIn(folder: string, of = config(), before?: ReturnType<typeof suppliesIn>, last = 0) {
  const supplies = suppliesIn(folder, of, before);
  supplies.state.last = last;
  const told: (MaterialState | null)[] = [];
  const desk = new MaterialDesk({ ...supplies.options, tell: (_, __, state) => void told.push(state) });
  desk.start();
  onTestFinished(() => desk.stop());
  await supplies.ready(desk);
  await supplies.looks(20);
  let sequence = last;
  const make = (parts: number, recipe = 'standard') => {
    for (let i = 0; i < parts; i++) {
      sequence += 1;
      desk.note({ station: 'outlet', sequence, recipe, outcome: 'judged' } as Inspection);
    }
  };
  return { ...supplies, desk, told, make, now: () => desk.views[0] as MaterialState };
}
const counted = (quantity: number) => ({ material: 'bolts', do: 'counted', quantity });

it('guesses nothing: before somebody has said how much is there it calls nothing, and says so', async () => {
  const { desk, make, looks, codes, decisions, now } = await deskIn(folderOf());
  make(1000);
  await looks(10);
  expect(codes()).toEqual(['MATERIAL_UNKNOWN']);
  expect(decisions).toEqual([]);
  await desk.change(counted(700));
  await looks(4);
  expect(codes()).toEqual([]);
  expect(now()).toMatchObject({ stock: 700, state: 'ok', by: 'container' });
});

it('calls once for what is missing, and again where the disk had taken nothing', async () => {
  const { desk, make, looks, decisions, state, now, told } = await deskIn(folderOf());
  await desk.change(counted(700));
  state.refuses = true;
  make(60, 'large');
  await looks(20);
  expect(decisions).toEqual([]);
  expect(now()).toMatchObject({ stock: 340, calls: [] });
  state.refuses = false;
  await looks(60);
  expect(decisions.map(({ action, rule }) => [action, rule])).toEqual([['call_material', 'material bolts']]);
  expect(now().calls.map(({ id }) => id)).toEqual([decisions[0]?.id]);
  expect(told.at(-1)?.calls).toHaveLength(1);
  // Quiet where nothing changes.
  const { length } = told;
  await looks(300);
  expect(told).toHaveLength(length);
});

it('is the same after a kill: the call is open, and parts since then are counted once', async () => {
  const folder = folderOf();
  const first = await deskIn(folder);
  await first.desk.change(counted(520));
  first.make(10);
  await first.looks(4);
  expect(first.decisions).toHaveLength(1);
  // Killed here: five parts more are in the journal, and in nothing that was kept.
  first.make(5);
  const second = suppliesIn(folder, config(), first);
  second.passed.push({ recipe: 'standard', parts: 3 }, { recipe: 'large', parts: 2 });
  second.state.last = 15;
  const desk = new MaterialDesk({ ...second.options, tell: () => {} });
  desk.start();
  onTestFinished(() => desk.stop());
  await second.ready(desk);
  await second.looks(70);
  expect(second.asked).toEqual([{ station: 'outlet', after: 10, to: 15 }]);
  expect(desk.views[0]).toMatchObject({ stock: 480 - 3 * 4 - 2 * 6, state: 'called' });
  expect(second.decisions).toHaveLength(1);
  expect(JSON.parse(second.memories.get(MATERIAL_MEMORY) ?? '{}')).toMatchObject({ counted: { outlet: 15 } });
});

it('tells that a call is overdue by the time that never goes back, and ends it with the delivery', async () => {
  const { desk, looks, clock, codes, state, now } = await deskIn(folderOf(), config({ overdue: 2 * HOUR }));
  await desk.change(counted(400));
  await looks(4);
  expect(now().state).toBe('called');
  // The box's clock is set back by a day: nothing of it is in the agent's own time.
  state.own += HOUR;
  await clock.advance(0);
  await looks(4);
  expect(codes()).toEqual([]);
  state.own += 2 * HOUR;
  await looks(4);
  expect(codes()).toEqual(['MATERIAL_OVERDUE']);
  const [call] = now().calls;
  await expect(desk.change({ material: 'bolts', do: 'delivered', call: 'other' })).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  await desk.change({ material: 'bolts', do: 'delivered', call: call?.id });
  await looks(4);
  expect(codes()).toEqual([]);
  expect(now()).toMatchObject({ stock: 900, calls: [] });
  await expect(desk.change({ material: 'bolts', do: 'delivered', call: call?.id })).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  expect(now().stock).toBe(900);
});

it('takes nothing of what somebody says that could not be kept', async () => {
  const { desk, state, now, looks } = await deskIn(folderOf());
  await desk.change(counted(5000));
  state.refuses = true;
  await expect(desk.change(counted(1))).rejects.toMatchObject({ code: 'STORE_OVERLOADED' });
  expect(now().stock).toBe(5000);
  state.refuses = false;
  await looks(70);
  expect(now().stock).toBe(5000);
});

it('follows a stock that a tag tells: its fall is use, its rise ends the call, and what is bad is not known', async () => {
  const of = config({ stock: { tag: 'plc.silo', each: 1 } });
  const { desk, say, lose, looks, now, codes, decisions } = await deskIn(folderOf(), of);
  say('plc.silo', 600);
  await looks(4);
  expect(now()).toMatchObject({ stock: 600, state: 'ok' });
  say('plc.silo', 450);
  await looks(4);
  expect(decisions).toHaveLength(1);
  await expect(desk.change(counted(1))).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  say('plc.silo', 940);
  await looks(4);
  expect(now()).toMatchObject({ stock: 940, state: 'ok', calls: [] });
  lose('plc.silo');
  await looks(20);
  expect(now()).toMatchObject({ stock: null, because: 'tag plc.silo has no connection to its server' });
  expect(codes()).toEqual(['MATERIAL_UNKNOWN']);
  say('plc.silo', 930);
  await looks(4);
  expect(codes()).toEqual([]);
  expect(decisions).toHaveLength(1);
});

it('goes on over a change of the config, and forgets what is gone', async () => {
  const { desk, state, looks, told, now } = await deskIn(folderOf());
  await desk.change(counted(5000));
  state.config = config({ container: 100 }) as Config;
  await looks(4);
  expect(now()).toMatchObject({ stock: 5000, container: 100 });
  state.config = { materials: {}, stations: {} } as unknown as Config;
  await looks(4);
  expect(told.at(-1)).toBeNull();
  expect(desk.views).toEqual([]);
  await expect(desk.change(counted(1))).rejects.toMatchObject({ sentence: expect.stringContaining('the config has no `materials`') });
});

it('does nothing and writes nothing where the config has none', async () => {
  const folder = folderOf();
  const { desk, looks, told, memories } = await deskIn(folder, { materials: {}, stations: {} } as unknown as Partial<Config>);
  await looks(400);
  await desk.stop();
  expect(told).toEqual([]);
  expect([...memories.keys()]).toEqual([]);
  expect(existsSync(join(folder, 'material.json'))).toBe(false);
});

it('forecasts once it has seen enough, and knows it after a restart', async () => {
  const folder = folderOf();
  const { desk, make, looks, now } = await deskIn(folder);
  await desk.change(counted(100_000));
  for (let i = 0; i < 80; i++) {
    make(30);
    await looks(120);
  }
  // 30 parts of 4 in two minutes: 3600 an hour, 1800 in the lead time.
  expect(now().by).toBe('forecast');
  expect(Math.abs((now().rate ?? 0) - 3600)).toBeLessThan(120);
  expect(Math.abs((now().reorder_at ?? 0) - 1800)).toBeLessThan(250);
  await desk.stop();
  const again = await deskIn(folder);
  expect(Math.abs((again.now().rate ?? 0) - 3600)).toBeLessThan(120);
});
