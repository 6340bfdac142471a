/** Materials beside a disk that takes nothing, tags that say nothing, a clock that is set, and a config that changes. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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

/** So much was used in each five minutes, as the life before has learned it. */
const learned = (folder: string, names: readonly string[], used: number) =>
  writeFileSync(
    join(folder, 'material.json'),
    JSON.stringify({
      usage: Object.fromEntries(names.map((name) => [name, { bucket: 300_000, counts: Array.from({ length: 400 }, () => used) }])),
    }),
  );

it('comes to all of them in turn, and calls none by its container whose use is known and not forecast yet', async () => {
  const folder = folderOf();
  const names = Array.from({ length: 60 }, (_, i) => `m${i}`);
  learned(folder, names, 100);
  const of = {
    materials: Object.fromEntries(names.map((name) => [name, { ...BOLTS, container: 10_000 }])),
    stations: {},
  } as unknown as Partial<Config>;
  const book = {
    materials: Object.fromEntries(names.map((name) => [name, { stock: 8000, counter: null, level: null, calls: [], leads: [] }])),
    counted: {},
  };
  const before = suppliesIn(folder, of);
  before.memories.set(MATERIAL_MEMORY, JSON.stringify(book));
  const { decisions, looks, desk } = await deskIn(folder, of, before);
  await looks(60);
  expect(decisions).toEqual([]);
  expect(desk.views.every(({ reorder_at }) => reorder_at !== null)).toBe(true);
});

it('tells of no call, and of nothing that was said, before it is on the disk', async () => {
  const { desk, make, looks, told, state, now, decisions } = await deskIn(folderOf());
  await desk.change(counted(520));
  let go = () => {};
  state.waits = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { length } = told;
  make(10);
  await looks(200);
  expect(told.slice(length).flatMap((one) => one?.calls ?? [])).toEqual([]);
  expect(now()).toMatchObject({ stock: 480, state: 'ok', calls: [] });
  const said = desk.change(counted(9000));
  await looks(200);
  expect(told.slice(length).map((one) => one?.stock)).not.toContain(9000);
  go();
  await said;
  await looks(2);
  expect(decisions).toHaveLength(1);
  expect(told.at(-1)).toMatchObject({ stock: 9000, calls: [{ id: decisions[0]?.id }] });
});

it('learns nothing of a counter that is away, and takes what it has counted meanwhile off the stock alone', async () => {
  const folder = folderOf();
  learned(folder, ['bolts'], 100);
  const { per_part: _, ...rest } = BOLTS;
  const of = { materials: { bolts: { ...rest, counter: { tag: 'plc.uses', each: 1 } } }, stations: {} } as unknown as Partial<Config>;
  const { desk, say, lose, looks, now } = await deskIn(folder, of);
  let value = 5000;
  const runs = async (minutes: number) => {
    for (let i = 0; i < minutes; i++) {
      value += 20;
      say('plc.uses', value);
      await looks(60);
    }
  };
  await desk.change(counted(100_000));
  await runs(30);
  expect(Math.abs((now().reorder_at ?? 0) - 600)).toBeLessThan(30);
  lose('plc.uses');
  await looks(3600);
  value += 60 * 20;
  say('plc.uses', value);
  await looks(60);
  expect(now().stock).toBe(100_000 - (value - 5020));
  await runs(20);
  expect(Math.abs((now().reorder_at ?? 0) - 600)).toBeLessThan(30);
});

it('ends one call with one container, however slowly it is filled in, and two with two at once', async () => {
  const of = config({ container: 1000, stock: { tag: 'plc.silo', each: 1 } });
  const { say, looks, now, decisions, desk } = await deskIn(folderOf(), of);
  say('plc.silo', 900);
  await looks(10);
  say('plc.silo', 0);
  await looks(10);
  expect(now().calls).toHaveLength(2);
  for (let level = 100; level <= 1000; level += 100) {
    say('plc.silo', level);
    await looks(120);
  }
  expect(now().calls.map(({ id }) => id)).toEqual([decisions[1]?.id]);
  say('plc.silo', 0);
  await looks(3600);
  expect(now().calls).toHaveLength(2);
  say('plc.silo', 2000);
  await looks(10);
  expect(now().calls).toEqual([]);
  await expect(desk.change({ material: 'bolts', do: 'delivered' })).rejects.toMatchObject({
    sentence: expect.stringContaining('name the call'),
  });
});

it('believes no level that shows one value for a moment', async () => {
  const of = config({ container: 1000, stock: { tag: 'plc.silo', each: 1 } });
  const { say, looks, now, decisions } = await deskIn(folderOf(), of);
  say('plc.silo', 5000);
  await looks(10);
  say('plc.silo', 0);
  await looks(2);
  say('plc.silo', 5000);
  await looks(10);
  expect(decisions).toEqual([]);
  expect(now()).toMatchObject({ stock: 5000, state: 'ok' });
});

it('goes on from nothing where another tag tells the stock or the use', async () => {
  const of = (tag: string, each = 1) => config({ stock: { tag, each } });
  const { say, looks, now, state } = await deskIn(folderOf(), of('plc.silo'));
  say('plc.silo', 400);
  await looks(10);
  expect(now().calls).toHaveLength(1);
  state.config = of('plc.silo', 10) as Config;
  await looks(10);
  // Nothing has come.
  expect(now()).toMatchObject({ stock: 4000, calls: [{}] });
});

it('takes a message that comes twice once, and again where it could not be kept', async () => {
  const { desk, now, state } = await deskIn(folderOf());
  await desk.change(counted(5000));
  const came = { material: 'bolts', do: 'delivered', event: 'erp-17' };
  state.refuses = true;
  await expect(desk.change(came)).rejects.toMatchObject({ code: 'STORE_OVERLOADED' });
  state.refuses = false;
  expect(await desk.change(came)).not.toHaveProperty('again');
  expect(await desk.change(came)).toMatchObject({ again: true, stock: 5500 });
  expect(now().stock).toBe(5500);
});

it('doubts a counter that shows nothing or far too much for a moment, and believes what stays', async () => {
  const { per_part: _, ...rest } = BOLTS;
  const of = { materials: { bolts: { ...rest, counter: { tag: 'plc.uses', each: 1 } } }, stations: {} } as unknown as Partial<Config>;
  const { desk, say, looks, now } = await deskIn(folderOf(), of);
  await desk.change(counted(9000));
  for (const value of [4000, 0, 4010, 4_294_967_295, 4020]) {
    say('plc.uses', value);
    await looks(4);
  }
  expect(now().stock).toBe(8980);
  say('plc.uses', 5);
  await looks(10);
  expect(now().stock).toBe(8975);
  // Set by hand: it goes on from there.
  say('plc.uses', 1_000_000);
  say('plc.uses', 1_000_003);
  await looks(4);
  expect(now().stock).toBe(8972);
});

it('tells of nothing that the config has no more over a restart, and starts anew once there is some again', async () => {
  const folder = folderOf();
  const first = await deskIn(folder);
  await first.desk.change(counted(400));
  await first.looks(70);
  const { lids, ...none } = { lids: { ...BOLTS } };
  const other = await deskIn(folder, { materials: { lids }, stations: {} } as unknown as Partial<Config>, first);
  expect(other.told).toContain(null);
  await other.looks(70);
  expect(JSON.parse(other.memories.get(MATERIAL_MEMORY) ?? '{}').materials).not.toHaveProperty('bolts');
  const empty = await deskIn(folder, { materials: none, stations: {} } as unknown as Partial<Config>, first);
  expect(empty.told).toEqual([null]);
  empty.state.config = config() as Config;
  await empty.ready(empty.desk);
  await empty.looks(20);
  expect(empty.now()).toMatchObject({ stock: null, calls: [] });
});

it('learns no lead time of what came while nobody looked', async () => {
  const folder = folderOf();
  const of = config({ container: 1000, stock: { tag: 'plc.silo', each: 1 } });
  const { say, lose, looks, now, memories } = await deskIn(folder, of);
  const leads = () => JSON.parse(memories.get(MATERIAL_MEMORY) ?? '{}').materials.bolts.leads.length;
  for (const isAway of [true, false]) {
    say('plc.silo', 600);
    await looks(1200);
    expect(now().calls).toHaveLength(1);
    if (isAway) lose('plc.silo');
    await looks(600);
    say('plc.silo', 1700);
    await looks(10);
    expect(now().calls).toEqual([]);
    expect(leads()).toBe(isAway ? 0 : 1);
  }
});

it('says that nobody knows where parts of before the start cannot be counted', async () => {
  const folder = folderOf();
  const first = await deskIn(folder);
  await first.desk.change(counted(5000));
  const second = suppliesIn(folder, config(), first);
  Object.assign(second.state, { last: 15, lost: true });
  const desk = new MaterialDesk({ ...second.options, tell: () => {} });
  desk.start();
  onTestFinished(() => desk.stop());
  await second.ready(desk);
  await second.looks(20);
  expect(desk.views[0]).toMatchObject({ stock: null, because: expect.stringContaining('could not be counted') });
  expect(second.codes()).toEqual(['MATERIAL_UNKNOWN']);
  await desk.change(counted(900));
  await second.looks(4);
  expect(second.codes()).toEqual([]);
});

it('ends the fault of a full journal with the next thing that it takes', async () => {
  const { desk, state, looks, codes, make } = await deskIn(folderOf());
  await desk.change(counted(5000));
  state.refuses = true;
  await expect(desk.change(counted(1))).rejects.toMatchObject({ code: 'STORE_OVERLOADED' });
  await looks(4);
  expect(codes()).toEqual(['STORE_OVERLOADED']);
  state.refuses = false;
  make(1);
  await looks(70);
  expect(codes()).toEqual([]);
});

it('goes by a plan of runs with the errors of the runs, and not with those of their order', async () => {
  const folder = folderOf();
  const supplies = suppliesIn(
    folder,
    config({ per_part: undefined, recipes: { large: 6 }, container: 5000 } as unknown as Partial<Material>),
  );
  const slot = { state: 'agreed', sequence: [] as object[] };
  const desk = new MaterialDesk({ ...supplies.options, plan: () => slot as never, tell: () => {} });
  desk.start();
  onTestFinished(() => desk.stop());
  await supplies.ready(desk);
  await desk.change(counted(1e8));
  let sequence = 0;
  // Two of ten half hours are of the large one: ten parts a minute, of six.
  for (let minute = 0; minute < 16 * 60; minute++) {
    const recipe = minute % 300 >= 240 ? 'large' : 'small';
    for (let part = 0; part < 10; part++) {
      sequence += 1;
      desk.note({ station: 'outlet', sequence, recipe, outcome: 'judged' } as Inspection);
    }
    await supplies.looks(60);
  }
  const begin = supplies.clock.now();
  slot.sequence = [{ begin, end: begin + HOUR, before: null, parts: 600, recipe: 'large' }];
  await supplies.looks(120);
  // 1800 in the lead time, as the plan says.
  expect(desk.views[0]).toMatchObject({ by: 'forecast', source: 'plan' });
  expect(Math.abs((desk.views[0]?.reorder_at ?? 0) - 1800)).toBeLessThan(250);
});

it('puts a file aside that it cannot read, and learns anew', async () => {
  const folder = folderOf();
  writeFileSync(join(folder, 'material.json'), 'no json');
  const { desk } = await deskIn(folder);
  await desk.stop();
  expect(readFileSync(join(folder, 'material.json.unreadable'), 'utf8')).toBe('no json');
  expect(JSON.parse(readFileSync(join(folder, 'material.json'), 'utf8'))).toMatchObject({ usage: { bolts: { counts: [] } } });
});
