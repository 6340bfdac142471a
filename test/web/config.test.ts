import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { canMount } from '../faults/disk.ts';
import { startBox } from './box.ts';
import { converse } from './conversation.ts';
import { setPassword } from './page.ts';

const PASSWORD = 'correct horse';
const SECRET = 'geheim-4711';
const PATIENCE = { timeout: 60_000, interval: 200 };
/** The broker is not there; the password for it stands in the file. */
const MQTT = { url: 'mqtt://127.0.0.1:9', username: 'box', password: SECRET };

async function signedInBox(more: object = {}) {
  const box = await startBox({ more: { mqtt: MQTT, ...more } });
  await box.agent.judging();
  const { origin } = await box.address();
  const { say } = await converse(origin);
  const as = async (role: 'operator' | 'technician') => {
    await setPassword(box.store, role, PASSWORD, role);
    const { cookie } = await say('/session', { method: 'POST', body: { user: role, password: PASSWORD } });
    return cookie;
  };
  const [operator, technician] = [await as('operator'), await as('technician')];
  const get = async (cookie = technician) => (await say('/config', { cookie })).json;
  const put = (text: string, version: string | null, cookie = technician) =>
    say('/config', { method: 'PUT', body: { text }, cookie, headers: version === null ? {} : { 'if-match': `"${version}"` } });
  const check = async (text: string) => (await say('/config/check', { method: 'POST', body: { text }, cookie: technician })).json;
  /** What was saved runs. */
  const runs = (version: string) =>
    vi.waitFor(async () => expect(await get()).toMatchObject({ applying: false, refused: null, running: { version } }), PATIENCE);
  return { box, say, operator, technician, get, put, check, runs };
}

it('shows the file, tries a text, and says what it would change', { timeout: 300_000 }, async () => {
  const { box, say, operator, technician, get, check } = await signedInBox();
  const text = readFileSync(box.file, 'utf8');
  const whole = await get();
  expect(whole).toMatchObject({
    path: box.file,
    text,
    masked: false,
    writable: true,
    why_not_writable: null,
    applying: false,
    refused: null,
  });
  expect(whole.running.version).toBe(whole.version);
  expect(whole.running.config).toBe((await say('/line')).json.config);
  expect((await say('/config', { cookie: technician })).headers.etag).toBe(`"${whole.version}"`);

  // A password in the file is for those who may change it.
  for (const cookie of [undefined, operator]) {
    const shown = await say('/config', { cookie });
    expect(shown.json).toMatchObject({ masked: true, version: whole.version });
    expect(shown.text).not.toContain(SECRET);
    expect(shown.json.text.length).toBe(text.length);
    expect(shown.headers.etag).toBeUndefined();
  }
  expect((await say('/config/check', { method: 'POST', body: { text }, cookie: operator })).status).toBe(403);
  expect((await say('/config/check', { method: 'POST', body: { text } })).status).toBe(401);

  expect(await check(text)).toMatchObject({ ok: true, faults: [], changes: [], restarts: [], config: whole.running.config });
  const deadline = await check(text.replace('"models": {', '"deadline": "321ms", "models": {'));
  expect(deadline).toMatchObject({ ok: true, restarts: [{ part: 'station outlet' }] });
  expect(deadline.changes).toMatchObject([{ path: 'stations.outlet.deadline', kind: 'changed', to: '321', restarts: ['station outlet'] }]);
  expect(deadline.words.join(' ')).toContain('stations.outlet.deadline changes from');
  const secret = await check(text.replace(SECRET, 'another-one'));
  expect(secret.changes).toMatchObject([{ path: 'mqtt.password' }]);
  expect(JSON.stringify(secret)).not.toMatch(/another-one|geheim/);
  const camera = await check(text.replace('"top": {', '"side": {"url": "dir:///nowhere"}, "top": {'));
  expect(camera.changes).toMatchObject([{ path: 'cameras.side', kind: 'added' }]);

  const line = text.slice(0, text.indexOf('"trigger"')).split('\n').length;
  const typo = await check(text.replace('"trigger"', '"triger"'));
  expect(typo).toMatchObject({ ok: false, changes: null, config: null });
  expect(typo.faults[0]).toMatchObject({
    code: 'CONFIG_INVALID',
    line,
    text: expect.stringContaining('trigger'),
    next: expect.stringMatching(/\w/),
  });
  expect((await check('}{')).faults[0]).toMatchObject({ line: 1 });
  expect((await check('')).ok).toBe(false);
  expect((await check(`${' '.repeat(300)}a: 1`)).ok).toBe(false);
  expect(readFileSync(box.file, 'utf8')).toBe(text);

  const schema = await say('/config/schema');
  expect(schema.json.properties.stations).toBeDefined();
});

it('replaces the file whole, for one of two who save at once, applies it, and goes back', { timeout: 300_000 }, async () => {
  const { box, say, operator, technician, get, put, runs } = await signedInBox();
  const text = readFileSync(box.file, 'utf8');
  const { version: first, running } = await get();
  const other = text.replace('"models": {', '"deadline": "321ms", "models": {');
  expect((await put(other, first, operator)).status).toBe(403);
  expect((await put(other, null)).status).toBe(428);
  expect((await put(other, 'f'.repeat(64))).json).toMatchObject({ status: 412, code: 'CONFIG_CHANGED' });
  const faulty = await put(text.replace('"trigger"', '"triger"'), first);
  expect(faulty.json).toMatchObject({
    status: 422,
    code: 'CONFIG_INVALID',
    faults: [{ text: expect.stringContaining('trigger') }, ...faulty.json.faults.slice(1)],
  });
  expect(readFileSync(box.file, 'utf8')).toBe(text);

  const [one, two] = await Promise.all([put(other, first), put(other.replace('321', '322'), first)]);
  expect([one?.status, two?.status].sort()).toEqual([200, 412]);
  const saved = one?.status === 200 ? one : two;
  expect(saved?.json).toMatchObject({ changed: true, restarts: [{ part: 'station outlet' }] });
  await runs(saved?.json.version);
  const now = await get();
  // Who asks because another config runs finds it there: nobody asks a second time.
  expect((await say('/config/versions', { cookie: technician })).json[0]).toMatchObject({ version: saved?.json.version, runs: true });
  expect(readFileSync(box.file, 'utf8')).toBe(now.text);
  expect(statSync(box.file).mode & 0o777).toBe(0o644);
  expect(now.running.config).not.toBe(running.config);
  expect((await say('/line')).json.stations.outlet.deadline_ms).toBe(one?.status === 200 ? 321 : 322);

  // Back is the old text, saved again.
  const versions = (await say('/config/versions', { cookie: technician })).json;
  expect(versions).toMatchObject([
    { version: now.version, who: 'technician', runs: true },
    { version: first, who: null, runs: false },
  ]);
  expect((await say('/config/versions', { cookie: undefined })).status).toBe(401);
  expect((await say(`/config/versions/${versions[1].id}`, { cookie: operator })).status).toBe(403);
  expect((await say('/config/versions/..%2f..%2fline', { cookie: technician })).status).toBe(404);
  const old = (await say(`/config/versions/${versions[1].id}`, { cookie: technician })).json;
  expect(old.text).toBe(text);
  expect((await put(old.text, now.version)).status).toBe(200);
  await runs(first);
  expect((await get()).running.config).toBe(running.config);

  // By hand on the box: a comment runs at once, a fault does not, and which one judges is said.
  writeFileSync(box.file, `# by hand\n${text}`);
  await vi.waitFor(async () => {
    const { version, running: judges } = await get();
    expect(version).not.toBe(first);
    expect(judges.version).toBe(version);
  }, PATIENCE);
  writeFileSync(box.file, text.replace('"trigger"', '"triger"'));
  await vi.waitFor(
    async () => expect((await get()).refused?.faults[0]).toMatchObject({ text: expect.stringContaining('trigger') }),
    PATIENCE,
  );
  const refused = await get();
  expect(refused.version).not.toBe(refused.running.version);
  expect((await say('/alarms')).json).toContainEqual(expect.objectContaining({ code: 'CONFIG_REJECTED' }));
  expect((await put(text, refused.version)).status).toBe(200);
  await runs(first);
  await vi.waitFor(async () => expect(JSON.stringify((await say('/alarms')).json)).not.toContain('CONFIG_REJECTED'), PATIENCE);
  // Not even text: there is nothing to see, and it can be written over.
  writeFileSync(box.file, Buffer.from([0xff, 0xfe, 0x41, 0x00]));
  const torn = await vi.waitFor(async () => {
    const now = await get();
    expect(now).toMatchObject({ text: null, why_no_text: expect.stringContaining('UTF-16'), refused: { faults: [{ line: 1 }] } });
    return now;
  }, PATIENCE);
  expect((await put(text, torn.version)).status).toBe(200);
  await runs(first);

  const acts = (await say('/audit?limit=200', { cookie: operator })).json.items as { verb: string; who: string; accepted: boolean }[];
  const changes = acts.filter(({ verb }) => verb === 'config').map(({ who, accepted }) => [who, accepted]);
  expect(changes.filter(([, accepted]) => accepted === true).length).toBe(4);
  expect(changes.filter(([, accepted]) => accepted === false).length).toBe(3);
  for (const file of ['journal.db', 'journal.db-wal']) expect(readFileSync(join(box.store, file), 'latin1')).not.toContain(SECRET);
  expect(JSON.stringify(box.agent.log)).not.toContain(SECRET);
});

it.skipIf(!canMount())(
  'says that a file which is mounted by itself cannot be written, and takes nothing',
  { timeout: 60_000 },
  async () => {
    const { box, get, put } = await signedInBox();
    const text = readFileSync(box.file, 'utf8');
    execFileSync('mount', ['--bind', box.file, box.file]);
    onTestFinished(() => void execFileSync('umount', [box.file]));
    const { writable, why_not_writable, version } = await get();
    expect([writable, why_not_writable]).toEqual([false, expect.stringContaining('mounted')]);
    expect((await put(`# new\n${text}`, version)).json).toMatchObject({ status: 409, code: 'CONFIG_READ_ONLY' });
    expect(readFileSync(box.file, 'utf8')).toBe(text);
  },
);
