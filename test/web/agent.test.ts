import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { AccessFile } from '#agent/store/access-file.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { lineside } from '../cli/setup.ts';
import { startBox } from './box.ts';
import { ask, elsewhere } from './page.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'bundle', 'main.js');
const PASSWORD = 'correct horse';

/** As somebody types it into a pipe. */
const password = (input: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [MAIN, 'password', ...args], { input, encoding: 'utf8' });

it.skipIf(elsewhere === undefined)(
  'an agent beyond localhost serves its page as soon as `lineside password` has set one, over TLS; who changed what is on record',
  { timeout: 60_000 },
  async () => {
    const box = await startBox({ web: { listen: '0.0.0.0:0' } });
    const { next } = await box.agent.says(
      ({ code, active }) => code === 'WEB_NO_PASSWORD' && active === true,
      'that a password is missing',
    );
    expect(next).toContain('lineside password');
    await box.agent.judging();
    expect(password('short\n', '--config', box.file).status).toBe(2);
    const set = password(`${PASSWORD}\n`, '--config', box.file, '--json');
    expect([set.status, JSON.parse(set.stdout)]).toEqual([0, { user: 'admin', role: 'admin' }]);
    const { port, protocol } = await box.address();
    expect(protocol).toBe('https:');
    await box.agent.says(({ code, active }) => code === 'WEB_NO_PASSWORD' && active === false, 'that it is served');
    const page = `https://${elsewhere}:${port}/api/v1`;
    const { status, cookie } = await ask(`${page}/session`, { method: 'POST', body: { user: 'admin', password: PASSWORD } });
    expect(status).toBe(200);
    const eve = { role: 'operator', password: 'battery staple' };
    expect((await ask(`${page}/users/eve`, { method: 'PUT', body: eve, cookie })).status).toBe(200);
    // By the command line, while the agent runs: out at once.
    expect(lineside('password', 'eve', '--remove', '--config', box.file).status).toBe(0);
    expect((await ask(`${page}/users`, { cookie })).json).toMatchObject([{ name: 'admin', role: 'admin' }]);
    expect(lineside('password', '--list', '--json', '--store', box.store).stdout).toContain('"name":"admin"');
    await vi.waitFor(
      () => {
        const db = openDatabase(join(box.store, 'journal.db'), { readonly: true });
        const rows = db.prepare('SELECT who, source, verb, accepted FROM audit_log WHERE source IN (?, ?) ORDER BY utc').all('web', 'cli');
        db.close();
        expect(rows).toMatchObject([
          { source: 'cli', verb: 'password', accepted: 1 },
          { who: 'admin', source: 'web', verb: 'sign_in', accepted: 1 },
          { who: 'admin', source: 'web', verb: 'user', accepted: 1 },
          { source: 'cli', verb: 'remove_user', accepted: 1 },
        ]);
      },
      { timeout: 10_000, interval: 200 },
    );
    expect(await box.agent.stop()).toBe(0);
    expect(JSON.stringify(box.agent.log)).not.toContain(PASSWORD);
    for (const file of ['journal.db', 'journal.db-wal', 'access.db'])
      expect(readMaybe(join(box.store, file)), file).not.toContain(PASSWORD);
  },
);

it.skipIf(elsewhere === undefined)(
  'an agent that serves probes beyond localhost says that a password is missing, and serves its page once there is one',
  { timeout: 60_000 },
  async () => {
    const box = await startBox({ web: { listen: '0.0.0.0:0', probes: [elsewhere] } });
    await box.agent.says(({ code, active }) => code === 'WEB_NO_PASSWORD' && active === true, 'that a password is missing');
    const probed = await box.address();
    expect((await ask(`http://${elsewhere}:${probed.port}/readyz`)).status).toBe(200);
    // A file of users in which there is none is no password.
    new AccessFile(box.store).close();
    await wait(7000);
    const served = () => box.agent.log.filter(({ msg }) => msg === 'health and metrics are served').map(({ address }) => String(address));
    expect(served().length).toBe(1);
    expect(password(`${PASSWORD}\n`, '--config', box.file).status).toBe(0);
    await box.agent.says(({ code, active }) => code === 'WEB_NO_PASSWORD' && active === false, 'that it is served');
    expect(served().map((address) => new URL(address).protocol)).toEqual(['http:', 'https:']);
    expect(await box.agent.stop()).toBe(0);
  },
);

it('a password is no argument, and a name is a name', () => {
  expect(lineside('password', 'admin', PASSWORD, '--store', '/nowhere').status).toBe(2);
  expect(lineside('password', '../etc', '--store', '/nowhere').status).toBe(2);
});

function readMaybe(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
