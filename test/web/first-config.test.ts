/** A first config over the API: an agent that was started without one. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { lineside } from '../cli/setup.ts';
import { startAgent } from '../simulators/agent.ts';
import { freePort } from '../simulators/free-port.ts';
import { HttpCamera } from '../simulators/http-camera.ts';
import { picture } from '../simulators/pictures.ts';
import { converse } from './conversation.ts';
import { setPassword } from './page.ts';

const PASSWORD = 'correct horse';
const LINE = { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3' };

it('is asked for where there has never been one, by technicians, until there is one', { timeout: 240_000 }, async () => {
  const camera = await new HttpCamera({
    pictures: [await picture({ width: 64, height: 48 })],
    auth: { scheme: 'digest', user: 'admin', password: PASSWORD },
  }).listen();
  onTestFinished(() => camera.close());
  const folder = mkdtempSync(join(tmpdir(), 'lineside-first-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'line.yaml');
  const store = join(folder, 'lineside-data');
  const listen = `127.0.0.1:${await freePort()}`;
  const start = () => {
    const agent = startAgent(file, { env: { LINESIDE_LISTEN: listen } });
    onTestFinished(() => agent.kill());
    return agent;
  };
  const agent = start();
  await agent.says(({ msg }) => msg.startsWith('there is no config yet'), 'that it asks');
  await agent.says(({ msg }) => msg === 'health and metrics are served', 'where it serves its page');
  const { say } = await converse(`http://${listen}`);
  const first = await say('/first-config');
  expect(first.json).toMatchObject({ asked: true, file, store, why_not_writable: null });
  expect(first.json.packages.map(({ name }: { name: string }) => name)).toContain('surface-defect');
  expect((await say('/line')).json).toMatchObject({ safe_mode: true });

  const top = { name: 'top', address: camera.url('/snapshot', 'admin:${secret:camera-top}@') };
  const secrets = { 'camera-top': PASSWORD };
  const body = { camera: top, secrets };
  expect((await say('/first-config/camera', { method: 'POST', body })).status).toBe(401);
  for (const role of ['operator', 'technician'] as const) await setPassword(store, role, PASSWORD, role);
  const signIn = async (user: string) => (await say('/session', { method: 'POST', body: { user, password: PASSWORD } })).cookie;
  const operator = await signIn('operator');
  const cookie = await signIn('technician');
  expect((await say('/first-config/camera', { method: 'POST', body, cookie: operator })).status).toBe(403);
  const foreign = await say('/first-config/camera', { method: 'POST', body, cookie, headers: { 'x-lineside': undefined } });
  expect([foreign.status, foreign.json.code]).toEqual([403, 'WEB_FOREIGN']);

  const ask = async (path: string, wish: object) => (await say(`/first-config/${path}`, { method: 'POST', body: wish, cookie })).json;
  const seen = await ask('camera', body);
  expect(seen).toMatchObject({ ok: true, told: null, picture: { width: 64, height: 48 } });
  expect([...Buffer.from(seen.picture.jpeg, 'base64').subarray(0, 2)]).toEqual([0xff, 0xd8]);
  expect(await ask('camera', { camera: { ...top, address: '10.1.3.31' }, secrets: {} })).toMatchObject({
    ok: false,
    wrong: true,
    picture: null,
  });
  const away = { ...top, address: `http://127.0.0.1:${await freePort()}/snap` };
  expect(await ask('camera', { camera: away, secrets: {} })).toMatchObject({
    ok: false,
    wrong: false,
    told: { code: 'CAMERA_UNREACHABLE' },
  });
  const endpoint = `opc.tcp://127.0.0.1:${await freePort()}`;
  expect(await ask('plc', { plc: { endpoint, tags: {} }, secrets: {} })).toMatchObject({
    ok: false,
    wrong: false,
    found: null,
    told: { code: 'OPCUA_UNREACHABLE' },
  });
  expect(await ask('broker', { broker: { address: 'mqtt://192.0.2.7' }, secrets: {} })).toMatchObject({
    ok: false,
    unencrypted: true,
    wrong: true,
  });

  const answers = { line: LINE, station: 'outlet', cameras: [{ ...top, package: 'surface-defect', picture_bytes: 9216 }] };
  const write = (wish: object) => say('/first-config', { method: 'PUT', body: wish, cookie });
  // What the agent would refuse is never written, and no password is shown by the refusal.
  const login = { ...answers, plc: { endpoint: 'opc.tcp://lineside:hunter22@127.0.0.1', tags: {} } };
  expect(await ask('text', { answers: login })).toMatchObject({ text: null, told: { code: 'CONFIG_INVALID' } });
  const twice = { ...answers, cameras: [...answers.cameras, ...answers.cameras] };
  for (const wrong of [login, twice]) {
    const { status, text } = await write({ answers: wrong, secrets });
    expect([status, text.includes('hunter22')]).toEqual([400, false]);
  }
  expect((await write({ answers, secrets: {} })).status).toBe(400);
  expect(existsSync(file)).toBe(false);

  const { text } = await ask('text', { answers });
  const done = await write({ answers, secrets });
  expect([done.status, done.json]).toEqual([200, { file, secrets: [join(store, 'secrets', 'camera-top')] }]);
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(text).not.toContain(PASSWORD);
  expect(text).toContain(`web: {listen: "${listen}"}`);
  expect(readFileSync(join(store, 'secrets', 'camera-top'), 'utf8')).toBe(PASSWORD);
  await agent.says(({ msg }) => msg === 'the changed config runs', 'that it judges');
  await vi.waitFor(async () => expect((await say('/line')).json).toMatchObject({ safe_mode: false, stations: { outlet: {} } }), {
    timeout: 60_000,
    interval: 200,
  });
  expect((await say('/first-config')).json).toMatchObject({ asked: false, packages: [] });
  const again = await write({ answers, secrets });
  expect([again.status, again.json.code]).toEqual([404, 'WEB_UNKNOWN']);
  expect(await agent.stop()).toBe(0);

  // A file that has gone is a fault, as a name that was typed wrong.
  unlinkSync(file);
  expect(await start().ended).toBe(3);
  expect(existsSync(file)).toBe(false);
});

it('is asked for where the file says nothing, and leaves its comments; where it says something, or has, it is mended', {
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-first-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'line.yaml');
  const store = join(folder, 'lineside-data');
  const listen = `127.0.0.1:${await freePort()}`;
  const started = async (text: string) => {
    writeFileSync(file, text);
    const agent = startAgent(file, { env: { LINESIDE_LISTEN: listen } });
    onTestFinished(() => agent.kill());
    await agent.says(({ msg }) => msg === 'health and metrics are served', 'where it serves its page');
    return { agent, ...(await converse(`http://${listen}`)) };
  };
  await setPassword(store, 'tess', PASSWORD, 'technician');
  for (const text of ['stations: {', '{}', 'null', '# ours\nline: {}\n']) {
    const { agent, say } = await started(text);
    expect([text, (await say('/first-config')).json.asked]).toEqual([text, false]);
    await agent.kill();
  }
  for (const text of ['', ' \n\t\n', '\uFEFF---\n...\n']) {
    const { agent, say } = await started(text);
    expect([text, (await say('/first-config')).json.asked]).toEqual([text, true]);
    await agent.kill();
  }
  const { agent, say } = await started('---\n# Line 3: ask Ann.\n\n  # Before 2027\n');
  expect((await say('/first-config')).json).toMatchObject({ asked: true, file, store, why_not_writable: null });
  const { cookie } = await say('/session', { method: 'POST', body: { user: 'tess', password: PASSWORD } });
  const answers = {
    line: LINE,
    station: 'outlet',
    cameras: [{ name: 'top', address: `http://127.0.0.1:${await freePort()}/snap`, package: 'surface-defect' }],
  };
  const { text } = (await say('/first-config/text', { method: 'POST', body: { answers }, cookie })).json;
  expect(text.startsWith('# Line 3: ask Ann.\n\n  # Before 2027\n\n')).toBe(true);
  expect((await say('/first-config', { method: 'PUT', body: { answers, secrets: {} }, cookie })).status).toBe(200);
  expect(readFileSync(file, 'utf8')).toBe(text);
  await agent.says(({ msg }) => msg === 'the changed config runs', 'that it judges');
  expect(await agent.stop()).toBe(0);
  // Emptied later, the one that ran is what somebody wants back.
  expect((await (await started('')).say('/first-config')).json.asked).toBe(false);
});

it('is not asked for without the page, or where there is no folder for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-first-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const args of [
    ['--no-page', '--config', join(folder, 'line.yaml')],
    ['--config', join(folder, 'nowhere', 'line.yaml')],
  ]) {
    const { status, stderr } = lineside('run', ...args);
    expect([status, stderr]).toEqual([3, expect.stringContaining('there is no such file')]);
  }
  expect(spawnSync('ls', ['-A', folder], { encoding: 'utf8' }).stdout).toBe('');
});
