/** Users and sessions as their file keeps them; see test/web/doors.test.ts for what people see of it. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NewSession, UserSecret } from '#agent/contracts/index.js';
import { openAccess } from '#agent/store/access.js';
import { AccessFile, hasAccessFile } from '#agent/store/access-file.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { systemClock } from '#agent/time.js';
import { cleanUp, folder } from './setup.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

function opened(path = folder()) {
  const file = new AccessFile(path);
  cleanUp(() => file.close());
  return { file, path };
}
const user = (name: string, over: Partial<UserSecret> = {}): UserSecret => ({
  name,
  role: 'technician',
  secret: 's',
  changedAt: 5,
  ...over,
});
const session = (id: string, over: Partial<NewSession> = {}): NewSession => ({
  id,
  token: `t-${id}`,
  user: 'eve',
  address: '10.1.2.3',
  at: NOW,
  endsAt: NOW + HOUR,
  ...over,
});
const idsOf = (file: AccessFile, now = NOW) => file.sessions(now).map(({ id }) => id);

describe('users', () => {
  it('are kept with what they may, by name, and their secret is told by name alone', () => {
    const { file, path } = opened();
    expect([file.hasUsers(), file.users(), file.user('eve')]).toEqual([false, [], null]);
    file.put(user('eve', { role: 'admin', secret: 'scrypt' }));
    file.put(user('adam'));
    const eve = { name: 'eve', role: 'admin', changedAt: 5 };
    expect([file.hasUsers(), file.user('eve')]).toEqual([true, { ...eve, secret: 'scrypt' }]);
    expect(file.users()).toEqual([{ name: 'adam', role: 'technician', changedAt: 5 }, eve]);
    file.put(user('eve', { role: 'operator', secret: 'another', changedAt: 9 }));
    expect(file.user('eve')).toEqual({ name: 'eve', role: 'operator', changedAt: 9, secret: 'another' });
    // Another life.
    file.close();
    expect(
      opened(path)
        .file.users()
        .map(({ name }) => name),
    ).toEqual(['adam', 'eve']);
  });

  it('with a role that this version does not know may the least', () => {
    const { file } = opened();
    file.put(user('eve', { role: 'owner' as UserSecret['role'] }));
    expect(file.user('eve')?.role).toBe('operator');
  });

  it('end their sessions with their password, their role, and themselves', () => {
    const { file } = opened();
    for (const name of ['eve', 'adam']) file.put(user(name));
    const begin = () => {
      file.begin(session('e', { token: 'e' }));
      file.begin(session('a', { token: 'a', user: 'adam' }));
    };
    begin();
    file.put(user('eve', { secret: 'new' }));
    expect(idsOf(file)).toEqual(['a']);
    file.end('a');
    begin();
    expect([file.remove('eve'), file.remove('eve'), file.user('eve')]).toEqual([true, false, null]);
    expect(idsOf(file)).toEqual(['a']);
    expect(() => file.begin(session('of nobody'))).toThrow('FOREIGN KEY');
  });

  it('are two hundred at most, of whom each can be changed', () => {
    const { file, path } = opened();
    const db = openDatabase(join(path, 'access.db'));
    db.exec(
      "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199) INSERT INTO users SELECT 'u' || i, 'admin', 's', 5 FROM n",
    );
    db.close();
    expect(() => file.put(user('one more'))).toThrow('there are 200 users already; remove some first');
    file.put(user('u7', { secret: 'new' }));
    expect(file.users()).toHaveLength(200);
    file.remove('u8');
    file.put(user('one more'));
  });
});

describe('sessions', () => {
  const begun = () => {
    const { file, path } = opened();
    file.put(user('eve'));
    file.put(user('adam', { role: 'admin' }));
    return { file, path };
  };

  it('are found by what the browser shows, from their beginning to their end', () => {
    const { file } = begun();
    file.begin(session('one'));
    const one = { id: 'one', user: 'eve', role: 'technician', address: '10.1.2.3', beganAt: NOW, seenAt: NOW, endsAt: NOW + HOUR };
    expect(file.session('t-one', NOW)).toEqual(one);
    expect([file.session('t-two', NOW), file.session('one', NOW)]).toEqual([null, null]);
    expect([file.session('t-one', NOW + HOUR - 1)?.id, file.session('t-one', NOW + HOUR)]).toEqual(['one', null]);
    // A clock that has gone back a little is none that was set back.
    expect([file.session('t-one', NOW - 60_000)?.id, file.session('t-one', NOW - 60_001)]).toEqual(['one', null]);
    expect([idsOf(file, NOW + HOUR), idsOf(file, NOW - 60_001)]).toEqual([[], []]);
  });

  it('last longer as they are used, and are told by when they were', () => {
    const { file } = begun();
    file.begin(session('one'));
    file.begin(session('two', { user: 'adam' }));
    file.seen('t-one', NOW + 5, NOW + 2 * HOUR);
    expect(file.sessions(NOW + 5).map(({ id, seenAt, endsAt, role }) => [id, seenAt, endsAt, role])).toEqual([
      ['one', NOW + 5, NOW + 2 * HOUR, 'technician'],
      ['two', NOW, NOW + HOUR, 'admin'],
    ]);
    expect([file.end('two'), file.end('two')]).toEqual([true, false]);
    expect(idsOf(file)).toEqual(['one']);
  });

  it('are twenty of a user at most, of which the oldest ends, and those that are over leave nothing in the file', () => {
    const { file, path } = begun();
    file.begin(session('of adam', { user: 'adam', at: NOW - 5 }));
    for (let i = 0; i < 22; i++) file.begin(session(`s${i}`, { at: NOW + i }));
    const left = idsOf(file, NOW + 30);
    expect(left).toHaveLength(21);
    expect([left.includes('s1'), left.includes('s2'), left.includes('of adam')]).toEqual([false, true, true]);
    file.begin(session('later', { at: NOW + HOUR, endsAt: NOW + 2 * HOUR }));
    const db = openDatabase(join(path, 'access.db'), { readonly: true });
    expect(db.prepare('SELECT id FROM sessions').pluck().all()).toEqual(['later']);
    db.close();
  });
});

describe('the file of users', () => {
  it('is there from the first word on, for its owner alone', () => {
    const path = join(folder(), 'a', 'b');
    expect(hasAccessFile(path)).toBe(false);
    opened(path);
    expect(hasAccessFile(path)).toBe(true);
    expect(statSync(join(path, 'access.db')).mode & 0o777).toBe(0o600);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('is flushed, and keeps what belongs together', () => {
    const { path } = opened();
    const db = openDatabase(join(path, 'access.db'));
    expect([db.pragma('user_version', { simple: true }), db.pragma('journal_mode', { simple: true })]).toEqual([1, 'delete']);
    db.close();
  });

  it('of a newer version is left as it is', () => {
    const { path, file } = opened();
    file.close();
    const db = openDatabase(join(path, 'access.db'));
    db.pragma('user_version = 7');
    db.close();
    expect(() => new AccessFile(path)).toThrow('STORE_SCHEMA');
  });

  it('that is none is a fault with its name', () => {
    const path = folder();
    writeFileSync(join(path, 'access.db'), 'no database'.repeat(100));
    expect(() => new AccessFile(path)).toThrow(`${join(path, 'access.db')}: file is not a database`);
    const other = folder();
    mkdirSync(join(other, 'access.db'));
    expect(() => new AccessFile(other)).toThrow('STORE_FAILED');
  });
});

describe('the book of users', () => {
  it('says by its thread what the file says, faults too, and makes nothing before it is asked', async () => {
    const path = folder();
    const book = openAccess(path, systemClock);
    cleanUp(() => book.close());
    expect(hasAccessFile(path)).toBe(false);
    expect(await book.hasUsers()).toBe(false);
    await book.put(user('eve'));
    await book.begin(session('one'));
    await book.seen('t-one', NOW + 1, NOW + HOUR);
    expect((await book.session('t-one', NOW))?.seenAt).toBe(NOW + 1);
    expect([(await book.users()).length, (await book.user('eve'))?.secret, (await book.sessions(NOW)).length]).toEqual([1, 's', 1]);
    await expect(book.begin(session('one'))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    // What failed is the one question.
    expect([await book.end('one'), await book.remove('eve'), await book.remove('eve')]).toEqual([true, true, false]);
    await book.close();
    await expect(book.users()).rejects.toThrow();
  });
});
