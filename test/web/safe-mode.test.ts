import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'mqtt';
import { expect, it, onTestFinished, vi } from 'vitest';
import { safeConfig, storePathIn } from '#agent/runtime/safe-mode.js';
import { lineside } from '../cli/setup.ts';
import { startBroker } from '../simulators/broker.ts';
import { freePort } from '../simulators/free-port.ts';
import { startBox } from './box.ts';
import { converse } from './conversation.ts';
import { ask, scratch, setPassword } from './page.ts';

const PASSWORD = 'correct horse';
const PATIENCE = { timeout: 60_000, interval: 200 };

it('night: broken config at start. The page is up, the plant hears of it, and mended on the page or on the disk it judges', {
  timeout: 300_000,
}, async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.close());
  const alarms = new Map<string, { active: boolean; text: string }>();
  const client = connect(broker.url);
  onTestFinished(() => void client.end(true));
  client.on('message', (topic, payload) => void alarms.set(topic, JSON.parse(payload.toString() || 'null')));
  client.subscribe('lineside/v1/#');

  const port = await freePort();
  const box = await startBox({ web: { listen: `127.0.0.1:${port}` }, more: { mqtt: { url: broker.url } } });
  await box.agent.judging();
  await setPassword(box.store, 'technician', PASSWORD, 'technician');
  const text = readFileSync(box.file, 'utf8');
  const { say } = await converse((await box.address()).origin);
  await vi.waitFor(async () => expect((await say('/inspections')).json.items.length).toBeGreaterThan(2), PATIENCE);
  expect(await box.agent.stop()).toBe(0);

  const broken = text.replace('"trigger"', '"triger"');
  writeFileSync(box.file, broken);
  const second = box.start();
  await second.says(({ code, faults }) => code === 'CONFIG_BROKEN' && JSON.stringify(faults).includes('triger'), 'what is broken');
  await box.address(second);
  const line = (await say('/line')).json;
  expect(line).toMatchObject({ safe_mode: true, ready: false, stations: {}, line: { line: 'line3' } });
  expect(line.waiting).toEqual([expect.stringContaining('No part is judged')]);
  expect((await ask(`http://127.0.0.1:${port}/readyz`)).status).toBe(503);
  expect((await say('/alarms')).json).toContainEqual(expect.objectContaining({ code: 'CONFIG_BROKEN' }));
  await vi.waitFor(
    () => expect([...alarms].find(([topic]) => topic.includes('CONFIG_BROKEN'))?.[1]).toMatchObject({ active: true }),
    PATIENCE,
  );

  // What was judged before is there to be looked at, and the fault stands where it is.
  expect((await say('/inspections')).json.items.length).toBeGreaterThan(2);
  const { cookie } = await say('/session', { method: 'POST', body: { user: 'technician', password: PASSWORD } });
  const config = (await say('/config', { cookie })).json;
  expect(config).toMatchObject({ text: broken, running: { version: null, config: null }, writable: true });
  expect(config.refused.faults[0]).toMatchObject({ line: broken.slice(0, broken.indexOf('"triger"')).split('\n').length });
  expect((await say('/config/check', { method: 'POST', body: { text }, cookie })).json).toMatchObject({ ok: true, changes: null });
  const began = Date.now();
  const headers = { 'if-match': `"${config.version}"` };
  expect((await say('/config', { method: 'PUT', body: { text }, cookie, headers })).status).toBe(200);
  await second.says(({ msg }) => msg === 'the changed config runs', 'that it judges');
  expect(second.alive).toBe(true);
  await vi.waitFor(async () => expect((await say('/line')).json).toMatchObject({ safe_mode: false, ready: true }), PATIENCE);
  expect(Date.now() - began).toBeLessThan(60_000);
  const { items } = (await say('/inspections?limit=1')).json;
  await vi.waitFor(
    async () => expect((await say('/inspections?limit=1')).json.items[0].sequence).toBeGreaterThan(items[0].sequence),
    PATIENCE,
  );
  expect(JSON.stringify((await say('/alarms')).json)).not.toContain('CONFIG_BROKEN');
  await vi.waitFor(
    () => expect([...alarms].find(([topic]) => topic.includes('CONFIG_BROKEN'))?.[1]).toMatchObject({ active: false }),
    PATIENCE,
  );
  expect(await second.stop()).toBe(0);

  // No YAML at all, mended on the disk.
  writeFileSync(box.file, `{{{ ${text}`);
  const third = box.start();
  await third.says(({ code }) => code === 'CONFIG_BROKEN', 'that it is broken');
  await box.address(third);
  expect((await say('/config')).json).toMatchObject({ text: null, why_no_text: expect.stringContaining('sign in') });
  writeFileSync(box.file, text);
  await third.says(({ msg }) => msg === 'the changed config runs', 'that it judges');
  await vi.waitFor(async () => expect((await say('/line')).json).toMatchObject({ safe_mode: false, ready: true }), PATIENCE);
  expect(await third.stop()).toBe(0);

  writeFileSync(box.file, broken);
  const { status, stderr } = lineside('run', '--no-page', '--config', box.file);
  expect([status, stderr]).toEqual([3, expect.stringContaining('triger')]);
});

it('a named pipe in place of the file keeps no start waiting and no stop, and is mended on the disk', { timeout: 120_000 }, async () => {
  const port = await freePort();
  const box = await startBox({ web: { listen: `127.0.0.1:${port}` } });
  await box.agent.judging();
  expect(await box.agent.stop()).toBe(0);
  const text = readFileSync(box.file, 'utf8');
  const pipe = () => {
    rmSync(box.file);
    execFileSync('mkfifo', [box.file]);
  };
  pipe();
  const { status, stderr } = lineside('run', '--no-page', '--config', box.file);
  expect([status, stderr]).toEqual([3, expect.stringContaining('it is a pipe or a device')]);
  const second = box.start();
  await second.says(({ code }) => code === 'CONFIG_BROKEN', 'that it is broken');
  rmSync(box.file);
  writeFileSync(box.file, text);
  await second.says(({ msg }) => msg === 'the changed config runs', 'that it judges');
  // And while it judges: who looks at the config is told, and nobody waits.
  const { say } = await converse(`http://127.0.0.1:${port}`);
  await vi.waitFor(async () => expect((await say('/line')).json).toMatchObject({ safe_mode: false, ready: true }), PATIENCE);
  pipe();
  await setPassword(box.store, 'technician', PASSWORD, 'technician');
  const { cookie } = await say('/session', { method: 'POST', body: { user: 'technician', password: PASSWORD } });
  for (let i = 0; i < 6; i++)
    expect((await say('/config', { cookie })).json).toMatchObject({ text: null, why_no_text: expect.stringContaining('it is a pipe') });
  expect(await second.stop()).toBe(0);
});

it('without a last good one it is a page on this box alone, and a journal where the file says', async () => {
  const folder = scratch();
  const file = join(folder, 'line.yaml');
  writeFileSync(file, 'line: [\nstore:\n  # where\n  path: "data" # here\nweb: {listen: 0.0.0.0:80}\n');
  const { config } = await safeConfig(file, {});
  expect(config).toMatchObject({
    stations: {},
    cameras: {},
    opcua: {},
    web: { listen: '127.0.0.1:8088' },
    store: { path: join(folder, 'data') },
  });
  expect(config.mqtt).toBeUndefined();
  writeFileSync(file, '');
  expect((await safeConfig(file, { STATE_DIRECTORY: '/var/lib/lineside' })).config.store.path).toBe('/var/lib/lineside');
});

it.each([
  ['store: {path: /a/b, keep: {free: 1GB}}', '/a/b'],
  ['line: x\nstore:\n  keep: {free: 1GB}\n  path: /a/b\nweb: {path: /c}', '/a/b'],
  ['{\n  "store": {\n    "path": "/a/b"\n  }\n}', '/a/b'],
  ['store:\nweb:\n  path: /c', null],
  ['stores: {path: /c}', null],
  ['store:\n# path: /c\n  path: /a', '/a'],
])('finds the store in %j', (text, path) => expect(storePathIn(text)).toBe(path));
