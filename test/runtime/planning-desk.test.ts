/** Planning beside a disk that fails, a PLC that does not answer, a journal that comes up late, and nothing left to plan. By rules: no process is started. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Config } from '#agent/config/schema.js';
import type { Decision, Inspection, LinePlan, MadePart, TagWrite } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { PlanningDesk } from '#agent/runtime/planning/desk.js';
import { OrdersFile } from '#agent/runtime/planning/orders-file.js';
import { ManualClock } from '../simulators/clock.ts';
import { memoryLog } from '../simulators/log.ts';

const HOUR = 3_600_000;
const facts = (cycle: number) => ({ cycle, cycle_spread: 0, scrap: 0, scrap_spread: 0 });
const PLANNING = {
  station: 'outlet',
  facts: { recipes: { small: facts(10_000), large: facts(60_000) }, setup: { default: HOUR, spread: 0, from: {}, material: 0 } },
  accept: 'by_hand',
  tell: { order: 'plc.next_order' },
  every: 300_000,
  least_gain: 60_000,
  lost: 1,
  hold: 0,
  learn: 30 * 24 * HOUR,
  // More than any box has: rules plan.
  search: { time: 200, memory: 2 ** 50, samples: 50 },
};

function folderOf() {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-plan-desk-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function deskIn(folder: string, rest: { write?: () => LinesideError | null; made?: () => Promise<readonly MadePart[]> } = {}) {
  const clock = new ManualClock();
  const told: LinePlan[] = [];
  const decisions: Decision[] = [];
  const written: TagWrite[] = [];
  let faults: readonly string[] = [];
  let planning: object | undefined = PLANNING;
  const desk = new PlanningDesk({
    clock,
    random: () => 0.4,
    log: memoryLog(),
    folder,
    base: folder,
    config: () => ({ planning, stations: { outlet: {} }, opcua: {} }) as unknown as Config,
    records: { made: rest.made ?? (async () => []) },
    state: () => undefined,
    closed: () => [],
    newId: () => `d${decisions.length}`,
    tell: (plan) => void told.push(plan),
    decided: (decision) => void decisions.push(decision),
    write: async (writes) => {
      written.push(...writes);
      return writes.map(() => rest.write?.() ?? null);
    },
    onFaults: (all) => {
      faults = all.map(({ fault }) => fault.code);
    },
  });
  desk.start();
  onTestFinished(() => desk.stop());
  /** Looks and looks, until it is so. */
  const until = async (isSo: () => boolean, what: string) => {
    for (let looks = 0; looks < 400 && !isSo(); looks++) {
      await clock.advance(500);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(isSo(), what).toBe(true);
  };
  let parts = 0;
  const make = (recipe: string) => {
    parts += 1;
    desk.note({ station: 'outlet', sequence: parts, at: clock.now(), recipe, verdict: 'ok', outcome: 'judged' } as Inspection);
  };
  const ids = () => told.at(-1)?.sequence.map(({ id }) => id) ?? [];
  return {
    desk,
    told,
    decisions,
    written,
    until,
    make,
    ids,
    now: () => clock.now(),
    faults: () => faults,
    off: () => {
      planning = undefined;
    },
    configure: (more: object) => {
      planning = { ...PLANNING, ...more };
    },
  };
}
const order = (id: string, recipe: string, quantity: number, due: number | null = null, priority = 1) => ({
  id,
  recipe,
  quantity,
  priority,
  due: due === null ? null : `${new Date(due).toISOString().slice(0, 19)}Z`,
});
const kept = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'planning.json'), 'utf8')) as { orders: { id: string; made: number }[] };

it('takes nothing of an order that could not be kept, and all of the one behind it', async () => {
  const folder = folderOf();
  const { desk } = deskIn(folder);
  // What stands in the way of a file that is written.
  const block = join(folder, 'planning.json.new');
  mkdirSync(block);
  const first = desk.order({ orders: [order('a', 'small', 5)] }).catch((thrown: unknown) => {
    rmdirSync(block);
    return thrown;
  });
  const second = desk.order({ orders: [order('b', 'small', 5)] });
  expect(await first).toMatchObject({ code: 'STORE_FAILED' });
  expect(await second).toEqual({ taken: 1, open: 1 });
  expect(kept(folder).orders.map(({ id }) => id)).toEqual(['b']);
});

it('tells the PLC again what it has not taken, and after a start what was told last; once as a decision', async () => {
  const folder = folderOf();
  let isDown = true;
  const line = deskIn(folder, { write: () => (isDown ? new LinesideError('COMMAND_REFUSED', { verb: 'write', why: 'it is off' }) : null) });
  await line.desk.order({ orders: [order('a', 'small', 5)] });
  await line.until(() => line.faults().includes('COMMAND_REFUSED'), 'that it was not taken');
  isDown = false;
  await line.until(() => !line.faults().includes('COMMAND_REFUSED'), 'that it was taken');
  expect(line.written.length).toBeGreaterThan(1);
  expect(line.decisions).toHaveLength(1);
  await line.desk.stop();
  const again = deskIn(folder);
  await again.until(() => again.written.length > 0, 'that it is told again');
  expect(again.written).toEqual([{ tag: 'plc.next_order', value: 'a' }]);
  await again.until(() => again.ids().length === 1, 'a plan');
  expect(again.written).toHaveLength(1);
  expect(again.decisions).toEqual([]);
});

it('says what comes next of the agreed order when that one begins, also while something is proposed', async () => {
  const line = deskIn(folderOf());
  const { desk } = line;
  await desk.order({
    orders: [
      order('l1', 'large', 100, line.now() + 30 * HOUR),
      order('s1', 'small', 3, line.now() + HOUR / 2, 3),
      order('l2', 'large', 50, line.now() + 30 * HOUR),
    ],
  });
  await line.until(() => line.told.at(-1)?.state === 'proposed', 'a proposal');
  await desk.answer({ do: 'accept', who: 'meier' });
  expect(line.decisions.at(-1)?.reason).toMatch(/^next is order s1 \(small\): accepted by a person, gains /);
  await desk.order({ orders: [order('u', 'large', 60, line.now() + 2 * HOUR, 10)] });
  await line.until(() => line.told.at(-1)?.state === 'proposed' && line.ids().includes('u'), 'the urgent one');
  line.make('small');
  await line.until(() => line.decisions.length > 1, 'what comes behind s1');
  expect(line.told.at(-1)?.state).toBe('proposed');
  expect(line.decisions.at(-1)?.reason).toBe('next is order l1 (large): as agreed');
});

it('tells an empty plan when everything is made, and when nothing is planned any more', async () => {
  const line = deskIn(folderOf());
  await line.desk.order({ orders: [order('a', 'small', 1)] });
  await line.until(() => line.ids().length === 1, 'a plan');
  expect(line.faults()).toEqual(['PLANNED_BY_RULES']);
  line.make('small');
  await line.until(() => line.told.at(-1)?.orders === 0 && line.ids().length === 0, 'an empty plan');
  expect(line.faults()).toEqual([]);
  expect(line.desk.now).toBeNull();
  // The same order again is made already.
  expect(await line.desk.order({ orders: [order('a', 'small', 1), order('b', 'small', 1)] })).toEqual({ taken: 2, open: 1 });
  await line.until(() => line.ids().join() === 'b', 'a plan');
  line.off();
  await line.until(() => line.ids().length === 0, 'an empty plan again');
});

it('counts what was made before a kill by the number of the part, when the journal answers at last', async () => {
  const folder = folderOf();
  const before = deskIn(folder);
  await before.desk.order({ orders: [order('a', 'small', 5)] });
  before.make('small');
  await before.until(() => existsSync(join(folder, 'planning.json')) && kept(folder).orders[0]?.made === 1, 'that it is kept');
  await before.desk.stop();
  let asked = 0;
  const at = before.now();
  const after = deskIn(folder, {
    made: async () => {
      asked += 1;
      if (asked === 1) throw new LinesideError('STORE_FAILED', { why: 'it is busy' });
      // The clock went back by an hour before the second one, and forth: what counts is which one it was.
      return [1, 2].map((sequence) => ({ sequence, at: sequence === 1 ? at + HOUR : at - HOUR, recipe: 'small', verdict: 'ok' }));
    },
  });
  await after.until(() => after.faults().includes('STORE_FAILED'), 'that the journal does not answer');
  await after.until(() => after.told.at(-1)?.running?.made === 2, 'both parts');
  expect(after.faults()).not.toContain('STORE_FAILED');
});

it('takes a file of orders when nobody writes it any more', async () => {
  const folder = folderOf();
  const file = new OrdersFile(folder);
  const write = (text: string) => writeFileSync(join(folder, 'orders.csv'), text);
  const look = async () => {
    const looked = await file.look('orders.csv', ['small']);
    return looked === null ? null : 'orders' in looked ? looked.orders.map(({ id }) => id) : looked.fault.code;
  };
  write('id,quantity,recipe\n1,5,small\n');
  expect([await look(), await look(), await look()]).toEqual([null, ['1'], null]);
  write('id,quantity,recipe\n');
  expect(await look()).toBeNull();
  write('id,quantity,recipe\n1,5,small\n2,5,small\n');
  expect([await look(), await look(), await look()]).toEqual([null, ['1', '2'], null]);
  rmSync(join(folder, 'orders.csv'));
  expect([await look(), await look()]).toEqual([null, 'ORDERS_INVALID']);
});

const csv = (...rows: readonly string[]) => ['id,recipe,quantity', ...rows, ''].join('\n');

it('takes a list that another order stood in the way of, as soon as that one is gone', async () => {
  const folder = folderOf();
  const line = deskIn(folder);
  await line.desk.order({ orders: [order('O1', 'small', 5)] });
  writeFileSync(join(folder, 'orders.csv'), csv('O1,small,5', 'O2,small,7'));
  line.configure({ orders: { file: 'orders.csv' } });
  await line.until(() => line.faults().includes('ORDERS_INVALID'), 'the clash');
  expect(line.ids()).toEqual(['O1']);
  await line.desk.order({ orders: [], remove: ['O1'] });
  await line.until(() => line.ids().length === 2, 'both of the file');
  expect(line.faults()).not.toContain('ORDERS_INVALID');
});

it('takes the same list of job orders when nothing stands in its way any more', async () => {
  const line = deskIn(folderOf());
  const job = (id: string) => ({
    id,
    state: 2,
    workMaster: 'small',
    start: null,
    end: null,
    priority: null,
    quantity: '5',
    material: null,
  });
  /** What a session would tell, each time it has read the list. */
  const told = (desk: PlanningDesk) =>
    (desk as unknown as { takeJobs(jobs: readonly object[], server: string): Promise<void> }).takeJobs([job('O1'), job('O2')], 'mes');
  await line.desk.order({ orders: [order('O1', 'small', 5)] });
  line.configure({ orders: { opcua: { server: 'mes', node: 'i=1', every: 1000 } } });
  await told(line.desk);
  expect(line.faults()).toContain('ORDERS_INVALID');
  await line.desk.order({ orders: [], remove: ['O1'] });
  await told(line.desk);
  expect(line.faults()).not.toContain('ORDERS_INVALID');
  await line.until(() => line.ids().length === 2, 'both of the list');
});

it('takes back what a list has brought that the config names no more, but for the order that runs', async () => {
  const folder = folderOf();
  writeFileSync(join(folder, 'orders.csv'), csv('O1,small,5', 'O2,large,7'));
  const line = deskIn(folder);
  line.configure({ orders: { file: 'orders.csv' } });
  await line.until(() => line.ids().length === 2, 'both of the file');
  line.make('small');
  await line.desk.order({ orders: [order('own', 'large', 3)] });
  line.configure({});
  await line.until(() => !line.ids().includes('O2') && line.ids().includes('own'), 'that it is gone');
  expect(line.told.at(-1)?.running?.id).toBe('O1');
});
