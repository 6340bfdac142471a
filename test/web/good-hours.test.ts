/** A normal machine that refuses more than it promised, on a running agent, through its front door: somebody says which hours were good. */
import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { randomLcg } from 'd3-random';
import { expect, it, onTestFinished, vi } from 'vitest';
import { canMount, disk, fill } from '../faults/disk.ts';
import { startOpcuaServer } from '../simulators/opcua.ts';
import { startBox } from './box.ts';
import { converse } from './conversation.ts';
import { setPassword } from './page.ts';
import { taughtAs } from './taught.ts';

const PASSWORD = 'correct horse';
const LATER = { timeout: 120_000, interval: 500 };
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

it('counts what a taught machine refuses in good hours against its promise', { timeout: 240_000 }, async () => {
  const plc = await startOpcuaServer('node-opcua', { variables: { A: ['Double', -2], B: ['Double', 0], C: ['Double', 0] }, readOnly: [] });
  onTestFinished(() => plc.stop());
  const models = taughtAs('sequence-score', { promised: { one_in: 100 } }, (text) => text.replace('"100ms"', '"10ms"'));
  // Three of ten rows are refused: the score is above a half where the sum of the tags is above 0.
  const random = randomLcg(0.7);
  const beat = setInterval(() => void plc.set({ A: random() < 0.3 ? 2 : -2, B: random() / 9, C: random() / 9 }).catch(() => {}), 100);
  onTestFinished(() => clearInterval(beat));
  const tags = Object.fromEntries(
    ['a', 'b', 'c'].map((name) => [name, { node: `nsu=urn:press;s=${name.toUpperCase()}`, sampling: '10ms' }]),
  );
  const box = await startBox({
    station: {
      trigger: { every: '100ms' },
      window: { tags: ['plc.a', 'plc.b', 'plc.c'], span: '120ms', every: '10ms' },
      models: { process: { model: 'sequence-score' } },
    },
    more: { opcua: { plc: { endpoint: plc.endpoint, security: { mode: 'None', policy: 'None' }, tags } }, inference: { models } },
  });
  await box.agent.judging();
  const { say } = await converse((await box.address()).origin);
  await setPassword(box.store, 'eve', PASSWORD, 'operator');
  const { cookie } = await say('/session', { method: 'POST', body: { user: 'eve', password: PASSWORD } });
  const promiseOf = async () => (await say('/review/figures')).json.promises[0];
  const alarmOf = async () => (await say('/alarms')).json.find(({ code }: { code: string }) => code === 'PROMISE_BROKEN');
  await vi.waitFor(async () => expect((await promiseOf())?.judged).toBeGreaterThan(250), LATER);
  expect(await promiseOf()).toMatchObject({ of: 'machine', one_in: 100, good: 0, refused: 0, in_hours: null, broken: false });

  const now = (await say('/line')).json.at;
  const wish = { id: uuid(1), station: 'outlet', from: Math.round(now - 3_600_000), to: Math.floor(now) - 1000 };
  const confirm = (body: object, who = cookie) => say('/good-hours', { method: 'POST', body, cookie: who });
  expect((await confirm(wish, 'none')).status).toBe(401);
  expect((await confirm({ ...wish, station: 'nowhere' })).status).toBe(404);
  expect((await confirm({ ...wish, to: wish.to + 3_600_000 })).json.title).toContain('they have not ended yet');
  expect((await confirm({ ...wish, id: '../1' })).status).toBe(400);
  expect((await confirm(wish)).status).toBe(204);
  expect((await confirm(wish)).status).toBe(204);
  expect((await confirm({ ...wish, id: uuid(2) })).json.title).toContain('they overlap others that are confirmed');
  expect((await say('/good-hours')).json).toEqual([{ ...wish, who: 'eve', at: expect.any(Number) }]);
  const alarm = await vi.waitFor(async () => {
    const found = await alarmOf();
    expect(found).toBeDefined();
    return found;
  }, LATER);
  expect(alarm.text).toMatch(
    /Package sequence-score refuses more good parts .* 1 in 100: .* in hours that were confirmed good, \d+ of \d+\.$/,
  );
  expect(alarm.next).toContain('Teach it again under Teach');
  const promise = await promiseOf();
  expect(promise).toMatchObject({ broken: true, in_hours: { count: expect.any(Number) } });
  expect(promise.in_hours.of).toBeGreaterThan(200);
  expect(promise.in_hours.value).toBeCloseTo(promise.in_hours.count / promise.in_hours.of, 9);
  expect(promise.in_hours.low).toBeGreaterThan(0.01);
  expect(promise.in_hours.high).toBeLessThan(0.6);
  expect((await say('/audit', { cookie })).json.items.map(({ verb }: { verb: string }) => verb)).toContain('good_hours');

  // It is known after a restart, and over when it is taken back.
  expect(await box.agent.stop()).toBe(0);
  const again = box.start();
  await again.judging();
  const { say: sayAgain } = await converse((await box.address(again)).origin);
  expect((await sayAgain('/good-hours')).json).toHaveLength(1);
  expect((await sayAgain(`/good-hours/${uuid(1)}`, { method: 'DELETE', cookie })).status).toBe(204);
  expect((await sayAgain(`/good-hours/${uuid(1)}`, { method: 'DELETE', cookie })).status).toBe(404);
  await vi.waitFor(
    async () => expect((await sayAgain('/alarms')).json.map(({ code }: { code: string }) => code)).not.toContain('PROMISE_BROKEN'),
    LATER,
  );
});

it.skipIf(!canMount())('keeps hours or says that it has not, while the disk is full', { timeout: 240_000 }, async () => {
  const path = disk('16m');
  const box = await startBox({ more: { store: { path, keep: { free: '0B' }, images: { nok: 'none', review: 'none', ok: 'none' } } } });
  await box.agent.judging();
  const { say } = await converse((await box.address()).origin);
  await setPassword(path, 'eve', PASSWORD, 'operator');
  const { cookie } = await say('/session', { method: 'POST', body: { user: 'eve', password: PASSWORD } });
  const now = (await say('/line')).json.at;
  const confirm = (n: number) =>
    say('/good-hours', {
      method: 'POST',
      body: { id: uuid(n), station: 'outlet', from: Math.floor(now) - n * 3_600_000, to: Math.floor(now) - n * 3_600_000 + 60_000 },
      cookie,
    });
  expect((await confirm(1)).status).toBe(204);
  const free = fill(path);
  const refused = await confirm(2);
  expect(refused.status).toBeGreaterThanOrEqual(500);
  expect(refused.json).toMatchObject({ code: 'HOURS_UNKEPT', title: expect.stringContaining('no space left on device') });
  expect(refused.json.title).not.toContain(path);
  expect((await say('/good-hours')).json.map(({ id }: { id: string }) => id)).toEqual([uuid(1)]);
  // Parts are judged meanwhile.
  const judged = async () => (await say('/line')).json.stations.outlet.state.counters;
  const before = await judged();
  await vi.waitFor(async () => expect(await judged()).not.toEqual(before), LATER);
  free();
  await vi.waitFor(async () => expect((await confirm(2)).status).toBe(204), LATER);
  expect((await say('/good-hours')).json).toHaveLength(2);
  expect(await box.agent.stop()).toBe(0);
  const again = box.start();
  await again.judging();
  expect((await (await converse((await box.address(again)).origin)).say('/good-hours')).json).toHaveLength(2);
});

it('judges on beside a file of hours that it cannot read, and does not call it empty', { timeout: 120_000 }, async () => {
  const box = await startBox();
  await box.agent.judging();
  const { say } = await converse((await box.address()).origin);
  await setPassword(box.store, 'eve', PASSWORD, 'operator');
  const { cookie } = await say('/session', { method: 'POST', body: { user: 'eve', password: PASSWORD } });
  const now = Math.floor((await say('/line')).json.at);
  const hours = (n: number) => ({ id: uuid(n), station: 'outlet', from: now - n * 3_600_000, to: now - n * 3_600_000 + 60_000 });
  expect((await say('/good-hours', { method: 'POST', body: hours(1), cookie })).status).toBe(204);
  expect(await box.agent.stop()).toBe(0);
  const file = join(box.store, 'good-hours.json');
  renameSync(file, `${file}.away`);
  mkdirSync(file);
  const again = box.start();
  await again.judging();
  const { say: sayAgain } = await converse((await box.address(again)).origin);
  const unread = { code: 'HOURS_UNKEPT', title: expect.stringContaining('Good hours cannot be read or kept: ') };
  expect((await sayAgain('/good-hours')).json).toMatchObject(unread);
  expect((await sayAgain('/good-hours', { method: 'POST', body: hours(2), cookie })).json).toMatchObject(unread);
  const alarms = async () => (await sayAgain('/alarms')).json.map(({ code }: { code: string }) => code);
  await vi.waitFor(async () => expect(await alarms()).toContain('HOURS_UNKEPT'), LATER);
  rmdirSync(file);
  renameSync(`${file}.away`, file);
  await vi.waitFor(async () => expect((await sayAgain('/good-hours')).json.map(({ id }: { id: string }) => id)).toEqual([uuid(1)]), LATER);
  await vi.waitFor(async () => expect(await alarms()).not.toContain('HOURS_UNKEPT'), LATER);
});
