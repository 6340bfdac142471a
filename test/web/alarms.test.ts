import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { Alarm } from '#agent/contracts/index.js';
import { AlarmMarks } from '#agent/runtime/alarm-marks.js';
import { ManualClock } from '../simulators/clock.ts';
import { startBox } from './box.ts';
import { converse } from './conversation.ts';
import { ask, scratch, setPassword } from './page.ts';

const PASSWORD = 'correct horse';
const SECRET = 'of-the-broker-7';
const PATIENCE = { timeout: 60_000, interval: 200 };

it('an alarm is acknowledged and shelved by those who may, with who and why, over a restart; and is on record', {
  timeout: 120_000,
}, async () => {
  // No broker there: an alarm that lasts.
  const box = await startBox({ more: { mqtt: { url: 'mqtt://127.0.0.1:9', username: 'line3', password: SECRET } } });
  await box.agent.judging();
  const { origin } = await box.address();
  const { say } = await converse(origin);
  const as = async (role: 'operator' | 'technician') => {
    await setPassword(box.store, role, PASSWORD, role);
    return (await say('/session', { method: 'POST', body: { user: role, password: PASSWORD } })).cookie;
  };
  const [operator, technician] = [await as('operator'), await as('technician')];
  const find = async (of = say) => (await of('/alarms')).json.find(({ code }: { code: string }) => code === 'MQTT_UNREACHABLE');
  const alarm = await vi.waitFor(async () => {
    const found = await find();
    expect(found).toMatchObject({ acknowledged: null, shelved: null });
    return found;
  }, PATIENCE);
  const { key } = alarm;
  const post = (verb: string, body: object, cookie?: string) => say(`/alarms/${verb}`, { method: 'POST', body, cookie });
  expect((await post('acknowledge', { key })).status).toBe(401);
  expect((await post('acknowledge', { key: 'NOTHING' }, operator)).status).toBe(404);
  expect((await post('acknowledge', { key }, operator)).status).toBe(204);
  // The first who saw it stays.
  expect((await post('acknowledge', { key }, technician)).status).toBe(204);
  expect(await find()).toMatchObject({ acknowledged: { who: 'operator' } });
  const shelf = { key, for_s: 3600, reason: 'the broker is being moved' };
  expect((await post('shelve', shelf, operator)).status).toBe(403);
  expect((await post('shelve', { ...shelf, for_s: 90_000 }, technician)).status).toBe(400);
  expect((await post('shelve', { key, for_s: 3600 }, technician)).status).toBe(400);
  const { until } = (await post('shelve', shelf, technician)).json;
  expect(await find()).toMatchObject({ shelved: { who: 'technician', reason: shelf.reason, until } });
  // No station needs the broker, and no other alarm follows from it.
  expect(await find()).toMatchObject({ down: true, cause: null });
  const product = async (of = say) => (await of('/line')).json.stations.outlet.state.changeover;
  const counted = await vi.waitFor(async () => {
    const found = await product();
    expect(found).toMatchObject({ recipe: 'standard' });
    return found;
  }, PATIENCE);
  // Whoever helps from far away sees it too, and no secret.
  expect((await say('/support', { cookie: operator })).status).toBe(403);
  const support = await say('/support?pictures=true', { cookie: technician });
  expect(support.headers['content-disposition']).toMatch(/^attachment; filename="lineside-box-\d{4}-\d\d-\d\dT[\d-]+\.json"$/);
  expect(support.json).toMatchObject({ missing: [], config: { file: { file: { masked: true } } }, alarms: { now: [{ key }] } });
  await vi.waitFor(async () => {
    const { inspections, pictures } = (await say('/support?pictures=true', { cookie: technician })).json;
    expect(inspections.items.length).toBeGreaterThan(0);
    const { inspection, type, base64 } = pictures[0];
    const shown = await ask(`${origin}/api/v1/inspections/${inspection}/pictures/0`);
    const sha256 = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex');
    expect([type, `"${sha256}"`]).toEqual([shown.headers['content-type'], shown.headers.etag]);
  }, PATIENCE);
  for (const secret of [SECRET, PASSWORD]) expect(JSON.stringify(support.json)).not.toContain(secret);
  expect((await say('/support', { cookie: technician })).json.pictures).toEqual([]);
  expect(await box.agent.stop()).toBe(0);

  const again = box.start();
  const second = await converse((await box.address(again)).origin);
  await vi.waitFor(
    async () => expect(await find(second.say)).toMatchObject({ acknowledged: { who: 'operator' }, shelved: { until } }),
    PATIENCE,
  );
  const { since, counters } = await product(second.say);
  expect(since).toBe(counted.since);
  expect(counters.ok).toBeGreaterThanOrEqual(counted.counters.ok);
  const unshelve = () => second.say('/alarms/unshelve', { method: 'POST', body: { key }, cookie: technician });
  expect([(await unshelve()).status, (await unshelve()).status]).toEqual([204, 404]);
  expect(await find(second.say)).toMatchObject({ shelved: null });
  // What else a busy box may have met is not asked here.
  expect(JSON.stringify((await second.say('/alarms/returned')).json)).not.toContain(key);
  await vi.waitFor(async () => {
    const acts = (await second.say('/audit?limit=50', { cookie: operator })).json.items as {
      verb: string;
      who: string;
      accepted: boolean;
    }[];
    const done = acts.filter(({ verb }) => /acknowledge|shelve/.test(verb)).map(({ verb, who, accepted }) => `${who} ${verb} ${accepted}`);
    expect(done.sort()).toEqual([
      'operator acknowledge false',
      'operator acknowledge true',
      'technician acknowledge true',
      'technician shelve true',
      'technician unshelve false',
      'technician unshelve true',
    ]);
  }, PATIENCE);
});

function marks(folder = scratch()) {
  const clock = new ManualClock();
  const faults: string[] = [];
  return {
    clock,
    faults,
    folder,
    book: new AlarmMarks({ file: join(folder, 'alarm-marks.json'), clock, onFault: (why) => faults.push(why) }),
  };
}
const raised = (n: number, active = true): Alarm => ({
  key: `CAMERA_SILENT/camera/c${n}`,
  code: 'CAMERA_SILENT',
  subject: `camera/c${n}`,
  active,
  since: active ? 1 : 2,
  raised: 1,
  times: 1,
  text: 'silent',
  next: '',
});

it('what is over before anybody saw it stays until somebody has, two hundred at most; what comes back is active', async () => {
  const { book } = marks();
  for (let n = 0; n < 250; n++) book.changed(raised(n, false));
  expect(book.returned.length).toBe(200);
  expect(book.returned[0]).toMatchObject({ key: 'CAMERA_SILENT/camera/c249', since: 1, ended: 2 });
  await book.acknowledge('CAMERA_SILENT/camera/c249', 'eve', []);
  book.changed(raised(248));
  expect(book.returned[0]?.key).toBe('CAMERA_SILENT/camera/c247');
  await expect(book.acknowledge('CAMERA_SILENT/camera/c1', 'eve', [])).rejects.toMatchObject({ code: 'WEB_UNKNOWN' });
  // Acknowledged while it lasted, it is gone with its end; the next time it is new.
  await book.acknowledge(raised(248).key, 'eve', [raised(248)]);
  expect(book.view(raised(248)).acknowledged).toMatchObject({ who: 'eve' });
  book.changed(raised(248, false));
  expect(book.returned[0]?.key).toBe('CAMERA_SILENT/camera/c247');
  expect(book.view(raised(248)).acknowledged).toBeNull();
  await book.stop();
});

it('a shelf ends by itself, and a torn file is none', async () => {
  const { book, clock, folder } = marks();
  const [alarm] = [raised(1)];
  await book.shelve(alarm.key, { until: clock.now() + 60_000, who: 'eve', reason: 'being cleaned' }, [alarm]);
  expect(book.view(alarm).shelved).toMatchObject({ reason: 'being cleaned' });
  book.changed(raised(1, false));
  expect(book.returned).toEqual([]);
  await clock.advance(60_000);
  expect(book.view(alarm).shelved).toBeNull();
  await book.stop();
  const file = join(folder, 'alarm-marks.json');
  const text = readFileSync(file, 'utf8');
  expect(JSON.parse(text).shelved).toHaveProperty([alarm.key]);
  writeFileSync(file, text.slice(0, -5));
  const torn = marks(folder);
  await torn.book.open();
  expect(torn.book.returned).toEqual([]);
});
