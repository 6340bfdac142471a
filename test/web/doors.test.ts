import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AccessBook } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { openAccess } from '#agent/store/access.js';
import { ownIdentity } from '#agent/web/doors/certificate.js';
import { Lockout } from '#agent/web/doors/lockout.js';
import { membersOf } from '#agent/web/doors/networks.js';
import { Passwords, secretOf } from '#agent/web/doors/passwords.js';
import { ManualClock } from '../simulators/clock.ts';
import { ask, elsewhere, scratch, setPassword, signedIn, startPage } from './page.ts';

const PASSWORD = 'correct horse';
const CHANGES = [
  ['PUT', '/api/v1/users/eve', { role: 'admin', password: 'let me in please' }],
  ['DELETE', '/api/v1/users/admin', undefined],
  ['DELETE', '/api/v1/sessions/1', undefined],
  ['PUT', '/api/v1/session/password', { password: PASSWORD, new: 'another one' }],
] as const;

describe('without a password', () => {
  it('everything can be looked at on the box, and nothing changed', async () => {
    const page = await startPage();
    expect((await page.ask('/api/v1/session')).json).toEqual({ session: null, local: true, may_look: true, password_set: false });
    for (const [method, path, body] of CHANGES) {
      const { status, json, headers } = await page.ask(path, { method, body });
      expect([path, status, json.code]).toEqual([path, 401, 'WEB_SIGN_IN_NEEDED']);
      expect(headers['content-type']).toContain('application/problem+json');
    }
    expect(page.acts).toEqual([]);
  });

  it('nobody signs in, and asking makes no file', async () => {
    const page = await startPage();
    const { status, json } = await page.ask('/api/v1/session', { method: 'POST', body: { user: 'admin', password: 'x' } });
    expect([status, json.code]).toEqual([401, 'WEB_SIGN_IN_REFUSED']);
    expect(() => statSync(join(page.folder, 'access.db'))).toThrow('ENOENT');
  });

  it('takes who asks by way of a proxy for somebody from elsewhere', async () => {
    const page = await startPage();
    const { json } = await page.ask('/api/v1/session', { headers: { 'x-forwarded-for': '10.1.2.3' } });
    expect(json).toMatchObject({ local: false, may_look: false });
  });
});

describe('signing in', () => {
  it('gives a cookie that no script reads and no other site sends, and is on record', async () => {
    const page = await startPage();
    await setPassword(page.folder, 'mueller', PASSWORD, 'technician');
    const answer = await page.ask('/api/v1/session', { method: 'POST', body: { user: 'mueller', password: PASSWORD } });
    expect(answer.json).toMatchObject({ user: 'mueller', role: 'technician' });
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^lineside=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await page.ask('/api/v1/session', { cookie: answer.cookie })).json.session.user).toBe('mueller');
    expect(page.acts).toEqual([{ who: 'mueller', verb: 'sign_in', detail: { address: '127.0.0.1' }, outcome: 'done' }]);
  });

  it('keeps what a browser shows out of the file', async () => {
    const page = await startPage();
    await setPassword(page.folder, 'mueller', PASSWORD, 'technician');
    const cookie = await signedIn(page, 'mueller', PASSWORD);
    const file = readFileSync(join(page.folder, 'access.db')).toString('latin1');
    expect(file).not.toContain(cookie.split('=')[1]);
    expect(file).not.toContain(PASSWORD);
    expect(statSync(join(page.folder, 'access.db')).mode & 0o077).toBe(0);
  });

  it('ends when one signs out, and the cookie is worth nothing then', async () => {
    const page = await startPage();
    await setPassword(page.folder, 'admin', PASSWORD, 'admin');
    const cookie = await signedIn(page, 'admin', PASSWORD);
    expect((await page.ask('/api/v1/users', { cookie })).status).toBe(200);
    expect((await page.ask('/api/v1/session', { method: 'DELETE', cookie })).status).toBe(204);
    expect((await page.ask('/api/v1/users', { cookie })).status).toBe(401);
  });

  it('survives a restart, and twelve hours of nothing end it', async () => {
    const clock = new ManualClock();
    const first = await startPage({ clock });
    await setPassword(first.folder, 'admin', PASSWORD, 'admin');
    const cookie = await signedIn(first, 'admin', PASSWORD);
    await first.server.stop();
    const second = await startPage({ clock, folder: first.folder });
    await clock.advance(11 * 3_600_000);
    expect((await second.ask('/api/v1/users', { cookie })).status).toBe(200);
    await clock.advance(11 * 3_600_000);
    expect((await second.ask('/api/v1/users', { cookie })).status).toBe(200);
    await clock.advance(13 * 3_600_000);
    expect((await second.ask('/api/v1/users', { cookie })).status).toBe(401);
  });

  it('goes on while the disk takes nothing', async () => {
    const clock = new ManualClock();
    const folder = scratch();
    const access = openAccess(folder, clock);
    onTestFinished(() => access.close());
    const full: AccessBook = Object.create(access, {
      seen: { value: async () => Promise.reject(new LinesideError('STORE_FAILED', { why: 'disk full' })) },
    });
    const page = await startPage({ clock, folder, ports: { access: full } });
    await setPassword(folder, 'admin', PASSWORD, 'admin');
    const cookie = await signedIn(page, 'admin', PASSWORD);
    await clock.advance(3_600_000);
    expect((await page.ask('/api/v1/users', { cookie })).status).toBe(200);
  });

  it('lasts a week at most, however busy', async () => {
    const clock = new ManualClock();
    const page = await startPage({ clock });
    await setPassword(page.folder, 'admin', PASSWORD, 'admin');
    const cookie = await signedIn(page, 'admin', PASSWORD);
    const seen: number[] = [];
    for (let hours = 0; hours < 180; hours += 10) {
      await clock.advance(10 * 3_600_000);
      seen.push((await page.ask('/api/v1/users', { cookie })).status);
    }
    expect(seen.indexOf(401)).toBe(16);
  });
});

describe('roles', () => {
  it('each may what those before it may, and is told what more it takes', async () => {
    const page = await startPage();
    const cookies: Record<string, string> = {};
    for (const role of ['operator', 'technician', 'admin'] as const) {
      await setPassword(page.folder, role, PASSWORD, role);
      cookies[role] = await signedIn(page, role, PASSWORD);
    }
    for (const role of ['operator', 'technician']) {
      const { status, json } = await page.ask('/api/v1/users', { cookie: cookies[role] });
      expect([status, json.code, json.title]).toEqual([403, 'WEB_FORBIDDEN', `${role} is ${role}, and this takes admin.`]);
    }
    expect((await page.ask('/api/v1/users', { cookie: cookies['admin'] })).json.map(({ name }: { name: string }) => name)).toEqual([
      'admin',
      'operator',
      'technician',
    ]);
  });

  it('an admin makes, changes and removes users, who are out at once; the last admin stays', async () => {
    const page = await startPage();
    await setPassword(page.folder, 'admin', PASSWORD, 'admin');
    const cookie = await signedIn(page, 'admin', PASSWORD);
    const put = (user: string, body: object) => page.ask(`/api/v1/users/${user}`, { method: 'PUT', body, cookie });
    expect((await put('eve', { role: 'operator' })).json.code).toBe('WEB_INVALID');
    expect((await put('eve', { role: 'operator', password: 'short' })).json.code).toBe('USAGE');
    expect((await put('eve', { role: 'operator', password: 'long enough' })).status).toBe(200);
    const eve = await signedIn(page, 'eve', 'long enough');
    expect((await put('eve', { role: 'technician' })).status).toBe(200);
    expect((await page.ask('/api/v1/sessions', { cookie: eve })).status).toBe(401);
    expect((await page.ask('/api/v1/sessions', { cookie: await signedIn(page, 'eve', 'long enough') })).status).toBe(200);
    expect((await page.ask('/api/v1/users/eve', { method: 'DELETE', cookie })).status).toBe(204);
    expect((await page.ask('/api/v1/users/eve', { method: 'DELETE', cookie })).status).toBe(404);
    expect((await put('admin', { role: 'operator' })).json.title).toBe('admin is the only admin');
    expect((await page.ask('/api/v1/users/admin', { method: 'DELETE', cookie })).status).toBe(400);
    expect(page.acts.filter(({ verb }) => verb === 'user' || verb === 'remove_user').map(({ outcome }) => outcome === 'done')).toEqual([
      false,
      false,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(JSON.stringify(page.acts)).not.toContain('long enough');
  });

  it('everybody sees and ends his own sessions, an admin all', async () => {
    const page = await startPage();
    await setPassword(page.folder, 'admin', PASSWORD, 'admin');
    await setPassword(page.folder, 'eve', PASSWORD, 'operator');
    const [admin, eve] = [await signedIn(page, 'admin', PASSWORD), await signedIn(page, 'eve', PASSWORD)];
    const own = (await page.ask('/api/v1/sessions', { cookie: eve })).json;
    expect(own).toMatchObject([{ user: 'eve', own: true }]);
    const all = (await page.ask('/api/v1/sessions', { cookie: admin })).json as { id: string; user: string }[];
    expect(all.map(({ user }) => user).sort()).toEqual(['admin', 'eve']);
    const idOf = (user: string) => all.find((session) => session.user === user)?.id;
    expect((await page.ask(`/api/v1/sessions/${idOf('admin')}`, { method: 'DELETE', cookie: eve })).status).toBe(404);
    expect((await page.ask(`/api/v1/sessions/${idOf('eve')}`, { method: 'DELETE', cookie: admin })).status).toBe(204);
    expect((await page.ask('/api/v1/sessions', { cookie: eve })).status).toBe(401);
  });

  it('a changed password ends the sessions elsewhere', async () => {
    const page = await startPage();
    await setPassword(page.folder, 'eve', PASSWORD, 'operator');
    const [phone, panel] = [await signedIn(page, 'eve', PASSWORD), await signedIn(page, 'eve', PASSWORD)];
    const change = (password: string) =>
      page.ask('/api/v1/session/password', { method: 'PUT', cookie: panel, body: { password, new: 'battery staple' } });
    expect((await change('wrong')).status).toBe(401);
    const { status, cookie } = await change(PASSWORD);
    expect(status).toBe(200);
    expect((await page.ask('/api/v1/sessions', { cookie: phone })).status).toBe(401);
    expect((await page.ask('/api/v1/sessions', { cookie })).status).toBe(200);
    await signedIn(page, 'eve', 'battery staple');
  });
});

describe('who guesses', () => {
  it('waits longer each time, and is told how long', async () => {
    const page = await startPage();
    await setPassword(page.folder, 'eve', PASSWORD, 'operator');
    const tried = await Promise.all(
      Array.from({ length: 20 }, (_, i) => page.ask('/api/v1/session', { method: 'POST', body: { user: 'eve', password: `guess ${i}` } })),
    );
    const statuses = tried.map(({ status }) => status);
    // All at once: only those that are free were looked at.
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(3);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(17);
    const slowed = tried.find(({ status }) => status === 429);
    expect(Number(slowed?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(slowed?.json).toMatchObject({ code: 'WEB_SLOWED', status: 429 });
    // Of many failures few are on record.
    expect(page.acts.filter(({ outcome }) => outcome === 'refused').length).toBe(1);
  });

  it('is slowed by name for half a minute at most, by address for a quarter of an hour, and forgotten by a right one', () => {
    const clock = new ManualClock();
    const lockout = new Lockout(clock);
    const waits = (user: string | null, address: string) => {
      const found: number[] = [];
      for (let i = 0; i < 14; i++) {
        const wait = lockout.begin({ user, address });
        found.push(wait);
        clock.standStill(wait);
        if (wait > 0) lockout.begin({ user, address });
      }
      return found;
    };
    const from = waits('eve', '10.0.0.1');
    expect(from.slice(0, 5)).toEqual([0, 0, 0, 1000, 2000]);
    expect(Math.max(...from)).toBe(900_000);
    clock.standStill(30_000);
    const elsewhere = Array.from({ length: 30 }, (_, i) => lockout.begin({ user: 'eve', address: `10.0.1.${i}` }));
    expect([elsewhere[0], Math.max(...elsewhere)]).toEqual([0, 30_000]);
    lockout.forget({ user: 'eve', address: '10.0.0.1' });
    expect(lockout.begin({ user: 'eve', address: '10.0.0.1' })).toBe(0);
  });

  it('has one IPv6 network, not as many addresses as it likes', () => {
    const lockout = new Lockout(new ManualClock());
    const tries = Array.from({ length: 5 }, (_, i) => lockout.begin({ user: `u${i}`, address: `fd00:1:2:3::${i + 1}` }));
    expect(tries[4]).toBeGreaterThan(0);
    expect(lockout.begin({ user: 'other', address: 'fd00:1:2:4::1' })).toBe(0);
  });

  it('fills no memory: names and addresses are bounded', () => {
    const lockout = new Lockout(new ManualClock());
    for (let i = 0; i < 10_000; i++) lockout.begin({ user: null, address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` });
    expect(Reflect.get(lockout, 'tries').size).toBeLessThanOrEqual(2048);
  });
});

describe('passwords', () => {
  it('are kept with their salt, and compared whichever keyboard typed them', async () => {
    const passwords = new Passwords();
    const [one, two] = [await secretOf('Grüße aus Köln'), await secretOf('Grüße aus Köln')];
    expect(one).toMatch(/^scrypt\$15\$8\$1\$/);
    expect(one).not.toBe(two);
    expect(await passwords.check('Grüße aus Köln'.normalize('NFD'), one)).toBe(true);
    expect(await passwords.check('Grusse aus Koln', one)).toBe(false);
    expect(await passwords.check('', null)).toBe(false);
    for (const broken of [
      '',
      'scrypt',
      'scrypt$40$8$1$AA$AA',
      'scrypt$17$16$4$AA$AA',
      'scrypt$1$1$1$AA$AA',
      'md5$1$1$1$AA$AA',
      'scrypt$15$8$1$$',
    ])
      expect(await passwords.check('x', broken)).toBe(false);
  });

  it('wait for each other, and too many are sent away', async () => {
    const passwords = new Passwords();
    const secret = await secretOf(PASSWORD);
    const all = await Promise.allSettled(Array.from({ length: 40 }, () => passwords.check(PASSWORD, secret)));
    expect(all.filter(({ status }) => status === 'fulfilled').length).toBe(16);
    expect(all.find((one) => one.status === 'rejected')).toMatchObject({ reason: { code: 'WEB_BUSY' } });
  });
});

describe('the one-time code', () => {
  const codeIn = (file: string) => readFileSync(file, 'utf8').trim();

  it('lets whoever can read the agent’s files set a password, once', async () => {
    const page = await startPage();
    const asked = await page.ask('/api/v1/session/code', { method: 'POST' });
    const { file } = asked.json;
    expect(asked.json.good_for_s).toBe(900);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(statSync(join(page.folder, 'web')).mode & 0o077).toBe(0);
    const code = codeIn(file);
    // Asked again it stays: nobody makes a code invalid that somebody is typing.
    await page.ask('/api/v1/session/code', { method: 'POST' });
    expect(codeIn(file)).toBe(code);
    const reset = (body: object) => page.ask('/api/v1/session/reset', { method: 'POST', body });
    expect((await reset({ code, user: 'admin', password: 'short' })).json.code).toBe('USAGE');
    const done = await reset({ code: code.toLowerCase().replace('-', ' '), user: 'admin', password: PASSWORD });
    expect([done.status, done.json.role]).toEqual([200, 'admin']);
    expect((await page.ask('/api/v1/users', { cookie: done.cookie })).status).toBe(200);
    expect(() => statSync(file)).toThrow('ENOENT');
    expect((await reset({ code, user: 'admin', password: 'another password' })).json.code).toBe('WEB_CODE_REFUSED');
    expect(page.acts.map(({ verb }) => verb)).toContain('one_time_code');
  });

  it('stays where it is while others read the document of the API', async () => {
    const page = await startPage();
    const { file } = (await page.ask('/api/v1/session/code', { method: 'POST' })).json;
    const code = codeIn(file);
    expect((await page.ask('/api/v1/openapi.json')).status).toBe(200);
    expect(codeIn(file)).toBe(code);
  });

  it('is good for a quarter of an hour, and its file goes', async () => {
    const clock = new ManualClock();
    const page = await startPage({ clock });
    const { file } = (await page.ask('/api/v1/session/code', { method: 'POST' })).json;
    const code = codeIn(file);
    await clock.advance(15 * 60_000);
    await vi.waitFor(() => expect(() => statSync(file)).toThrow('ENOENT'));
    const late = await page.ask('/api/v1/session/reset', { method: 'POST', body: { code, user: 'admin', password: PASSWORD } });
    expect([late.status, late.json.code]).toEqual([401, 'WEB_CODE_REFUSED']);
  });

  it('is gone after five wrong ones', async () => {
    const clock = new ManualClock();
    const page = await startPage({ clock });
    const { file } = (await page.ask('/api/v1/session/code', { method: 'POST' })).json;
    const code = codeIn(file);
    const reset = (given: string) =>
      page.ask('/api/v1/session/reset', { method: 'POST', body: { code: given, user: 'admin', password: PASSWORD } });
    for (let i = 0; i < 5; i++) {
      expect((await reset('AAAAA-AAAAA')).status).toBe(401);
      await clock.advance(60_000);
    }
    expect((await reset(code)).status).toBe(401);
  });
});

describe('other sites', () => {
  it.each([
    ['no header of the page', { 'x-lineside': undefined }],
    ['another origin', { origin: 'http://evil.example' }],
    ['the same host at another port', { origin: 'http://127.0.0.1:1' }],
    ['an opaque origin', { origin: 'null' }],
    ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling of the host', { 'sec-fetch-site': 'same-site' }],
  ])('change nothing: %s', async (_, headers) => {
    const page = await startPage();
    await setPassword(page.folder, 'admin', PASSWORD, 'admin');
    const cookie = await signedIn(page, 'admin', PASSWORD);
    const { status, json } = await page.ask('/api/v1/users/admin', { method: 'PUT', body: { role: 'admin' }, cookie, headers });
    expect([status, json.code]).toEqual([403, 'WEB_FOREIGN']);
    const signIn = await page.ask('/api/v1/session', { method: 'POST', body: { user: 'admin', password: PASSWORD }, headers });
    expect([signIn.status, signIn.cookie]).toEqual([403, undefined]);
  });

  it('the page itself is let in', async () => {
    const page = await startPage();
    await setPassword(page.folder, 'admin', PASSWORD, 'admin');
    const headers = { origin: `http://127.0.0.1:${page.port}`, 'sec-fetch-site': 'same-origin' };
    expect((await page.ask('/api/v1/session', { method: 'POST', body: { user: 'admin', password: PASSWORD }, headers })).status).toBe(200);
  });

  it('get no answer under a name that is not the box’s', async () => {
    const page = await startPage();
    for (const host of ['evil.example', '127.0.0.1.evil.example'])
      expect((await page.ask('/api/v1/session', { headers: { host } })).status).toBe(421);
    expect((await page.ask('/api/v1/session', { headers: { host: 'gw1.plant' } })).status).toBe(200);
  });

  it('are kept out of the page by its headers', async () => {
    const { headers } = await (await startPage()).ask('/api/v1/session');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('what is no request', () => {
  it.each([
    ['no JSON', '{"user": ', 400],
    ['JSON that would change every object', '{"__proto__": {"user": "a"}, "user": "a", "password": "b"}', 400],
    ['a key too many', '{"user": "a", "password": "b", "role": "admin"}', 400],
    ['of another type', '{"user": ["a"], "password": {}}', 400],
    ['too long', `{"user": "a", "password": "${'x'.repeat(70_000)}"}`, 413],
  ])('is refused with the reason: %s', async (_, body, status) => {
    const page = await startPage();
    const answer = await page.ask('/api/v1/session', { method: 'POST', body });
    expect([answer.status, answer.json.code]).toEqual([status, 'WEB_INVALID']);
  });

  it('is refused where there is no such route', async () => {
    const { status, json } = await (await startPage()).ask('/api/v1/nothing');
    expect([status, json.code]).toEqual([404, 'WEB_UNKNOWN']);
  });
});

describe.skipIf(elsewhere === undefined)('beyond the box', () => {
  it('nothing is served before a password is set', async () => {
    await expect(startPage({ listen: '0.0.0.0:0' })).rejects.toMatchObject({ code: 'WEB_NO_PASSWORD' });
  });

  it('only probes that the config names are served in the clear, without a password', async () => {
    const named = await startPage({ listen: '0.0.0.0:0', probes: ['203.0.113.0/24', `${elsewhere}/32`] });
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await named.ask(path)).status).toBe(200);
    expect((await named.ask('/api/v1/session')).json.code).toBe('WEB_INSECURE');
    const other = await startPage({ listen: '0.0.0.0:0', probes: ['203.0.113.0/24'] });
    const refused = await other.ask('/metrics');
    expect([refused.status, refused.json.code]).toEqual([403, 'WEB_NOT_ALLOWED']);
    expect((await ask(`http://127.0.0.1:${other.port}/metrics`)).status).toBe(200);
  });

  async function overTls(more: object = {}) {
    const folder = scratch();
    await setPassword(folder, 'admin', PASSWORD, 'admin');
    return startPage({ listen: '0.0.0.0:0', folder, ...more });
  }

  it('the page is served over TLS, with a cookie that is shown nowhere else, and looked at only by who signs in', async () => {
    const page = await overTls();
    expect(page.server.address).toMatch(/^https:/);
    expect((await page.ask('/api/v1/session')).json).toMatchObject({ local: false, may_look: false, password_set: true });
    const answer = await page.ask('/api/v1/session', { method: 'POST', body: { user: 'admin', password: PASSWORD } });
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^__Host-lineside=.*; HttpOnly; Secure; SameSite=Strict$/);
    expect((await page.ask('/api/v1/users', { cookie: answer.cookie })).status).toBe(200);
  });

  it('what is asked there in the clear gets the mend', async () => {
    const page = await overTls();
    const clear = (path: string, asked = {}) => ask(`http://${elsewhere}:${page.port}${path}`, asked);
    const { status, json } = await clear('/api/v1/session');
    expect([status, json.code, json.next]).toEqual([403, 'WEB_INSECURE', expect.stringContaining('https://')]);
    const signIn = await clear('/api/v1/session', { method: 'POST', body: { user: 'admin', password: PASSWORD } });
    expect([signIn.status, signIn.cookie]).toEqual([403, undefined]);
    expect((await clear('/metrics')).json.code).toBe('WEB_NOT_ALLOWED');
    // This box asks in the clear, as before.
    expect((await ask(`http://127.0.0.1:${page.port}/healthz`)).status).toBe(200);
    expect((await ask(`http://127.0.0.1:${page.port}/api/v1/session`)).json).toMatchObject({ local: true, may_look: true });
  });

  it('its own certificate names the box, stays over restarts, and its key is the agent’s alone', async () => {
    const first = await overTls();
    const seen = await certificate(first.port);
    expect(seen.names).toContain('DNS:localhost');
    expect(seen.names).toContain(`IP Address:${elsewhere}`);
    expect(seen.names).toContain('DNS:gw1.plant');
    expect(statSync(join(first.folder, 'web', 'identity.pem')).mode & 0o077).toBe(0);
    const days = ((first.server.certificateEnds ?? 0) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(800);
    expect(days).toBeLessThan(825);
    await first.server.stop();
    const second = await startPage({ listen: '0.0.0.0:0', folder: first.folder });
    expect((await certificate(second.port)).fingerprint).toBe(seen.fingerprint);
    await second.server.stop();
    const renamed = await startPage({ listen: '0.0.0.0:0', folder: first.folder, hosts: ['line3.plant'] });
    const anew = await certificate(renamed.port);
    expect(anew.names).toContain('DNS:line3.plant');
    expect(anew.key).toBe(seen.key);
  });

  it('without a password a certificate of one’s own opens nothing, and with probes there are the probes', async () => {
    const { folder, server } = await overTls();
    await server.stop();
    const file = join(folder, 'web', 'identity.pem');
    const tls = { cert: file, key: file };
    await expect(startPage({ listen: '0.0.0.0:0', tls })).rejects.toMatchObject({ code: 'WEB_NO_PASSWORD' });
    const page = await startPage({ listen: '0.0.0.0:0', tls, probes: [elsewhere ?? ''] });
    expect(page.server.lacksPassword).toBe(true);
    expect((await page.ask('/readyz')).status).toBe(200);
  });

  it('a certificate of one’s own is taken, and one that does not fit is told', async () => {
    const { folder, server } = await overTls();
    await server.stop();
    const file = join(folder, 'web', 'identity.pem');
    const page = await startPage({ listen: '0.0.0.0:0', folder, tls: { cert: file, key: file } });
    expect((await page.ask('/api/v1/session')).status).toBe(200);
    await expect(startPage({ folder, tls: { cert: join(folder, 'none.pem'), key: file } })).rejects.toMatchObject({
      code: 'WEB_CERTIFICATE',
    });
  });

  it('five hundred connections, silent, half-spoken or in a handshake, keep nobody from being answered', async () => {
    const page = await overTls();
    const all: Socket[] = [];
    let ended = 0;
    for (let i = 0; i < 500; i++) {
      const socket = connect(page.port, elsewhere);
      socket.on('error', () => {});
      socket.on('close', () => ended++);
      // Some are told that they were too slow: who does not read it never sees the end.
      socket.resume();
      socket.once('connect', () => socket.write(['', 'GET /healthz HTTP/1.1\r\nHost: x', Buffer.from([22, 3, 1, 0, 200])][i % 3] ?? ''));
      all.push(socket);
      if (i % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await page.ask('/api/v1/session')).status).toBe(200);
    await vi.waitFor(() => expect(ended).toBeGreaterThanOrEqual(500 - 64), { timeout: 10_000 });
    // And those that are left are ended, since they never say anything.
    await vi.waitFor(() => expect(ended).toBe(500), { timeout: 20_000 });
    for (const socket of all) socket.destroy();
  });
});

function certificate(port: number): Promise<{ names: string; fingerprint: string; key: string }> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({ port, host: elsewhere, rejectUnauthorized: false }, () => {
      const { subjectaltname = '', fingerprint256, pubkey } = socket.getPeerCertificate();
      resolve({ names: subjectaltname, fingerprint: fingerprint256, key: pubkey?.toString('hex') ?? '' });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('a box whose clock is wrong', () => {
  const DAY = 86_400_000;
  const names = ['gw1', 'localhost', '10.1.2.3'];

  it('keeps its certificate: behind, ahead, and when the time is right again', async () => {
    const folder = scratch();
    const at = (ms: number) => ownIdentity(folder, names, new ManualClock(ms));
    const NOW = Date.UTC(2026, 10, 29);
    const first = await at(NOW);
    expect((await at(0)).fingerprint).toBe(first.fingerprint);
    const ahead = await at(NOW + 4000 * DAY);
    expect(ahead.fingerprint).not.toBe(first.fingerprint);
    expect(ahead.key).toBe(first.key);
    expect((await at(NOW + DAY)).fingerprint).toBe(first.fingerprint);
    // And when it really is then, it is the other one's time.
    expect((await at(NOW + 4001 * DAY)).fingerprint).toBe(ahead.fingerprint);
  });

  it('that was torn is made anew, once', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'identity.pem'), '-----BEGIN CERT');
    const clock = new ManualClock();
    const made = await ownIdentity(folder, names, clock);
    expect((await ownIdentity(folder, names, clock)).fingerprint).toBe(made.fingerprint);
    expect(statSync(join(folder, 'identity.pem')).mode & 0o077).toBe(0);
  });
});

describe('networks', () => {
  it('are addresses, or all in a range, of both families', () => {
    const isMember = membersOf(['10.1.3.7', '10.2.0.0/16', 'fd00:1::/32', 'nonsense', '10.9.0.0/99']);
    for (const address of ['10.1.3.7', '::ffff:10.1.3.7', '10.2.255.1', 'fd00:1::9'])
      expect([address, isMember(address)]).toEqual([address, true]);
    for (const address of ['10.1.3.8', '10.3.0.1', 'fd00:2::9', '', 'x', '10.9.0.1'])
      expect([address, isMember(address)]).toEqual([address, false]);
  });
});
