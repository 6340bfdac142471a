import { chmodSync, closeSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flushFolder, holdersOf, ownFile, ownFolder } from '#agent/store/ownership.js';
import { beganAt, beginTime, madeAt, needsSaving, spansIn, timeCounters, timeMarkIn } from '#agent/store/time-marks.js';
import { Hours } from '#agent/time.js';
import { folder, openEmpty, put } from './setup.ts';

const MARK = { own: 1000.4, wall: 2000.6, doubt: 'away', lived: 7.9, spans: [] } as const;

describe('where the agent’s own time stands', () => {
  it('is kept in whole milliseconds, the own time never less than it was', () => {
    expect(timeCounters(MARK)).toEqual([
      ['time/own', 1001],
      ['time/wall', 2000],
      ['time/doubt', 2],
      ['time/lived', 7],
    ]);
  });

  it('comes back as it was kept', () => {
    const { db } = openEmpty();
    const back = timeMarkIn(db, new Map(timeCounters(MARK)));
    expect(back).toEqual({ own: 1001, wall: 2000, doubt: 'away', lived: 7, spans: [] });
    expect(
      timeMarkIn(
        db,
        new Map([
          ['time/own', 5],
          ['time/wall', 6],
        ]),
      ),
    ).toEqual({ own: 5, wall: 6, doubt: 'none', lived: 0, spans: [] });
    expect(
      timeMarkIn(
        db,
        new Map([
          ['time/own', 5],
          ['time/wall', 6],
          ['time/doubt', 99],
        ]),
      )?.doubt,
    ).toBe('none');
  });

  it('of an older version is when its newest record was made, by its id', () => {
    const { db } = openEmpty();
    expect([timeMarkIn(db, new Map()), timeMarkIn(db, new Map([['time/own', 5]])), timeMarkIn(db, new Map([['time/wall', 5]]))]).toEqual([
      null,
      null,
      null,
    ]);
    put(db, 'inspections', { id: '019b0000-0001-7000-8000-000000000001' });
    const at = madeAt('019b0000-0001-7000-8000-000000000001');
    expect(timeMarkIn(db, new Map())).toEqual({ own: at, wall: at, doubt: 'none', lived: 0, spans: [] });
    put(db, 'inspections', { id: 'no uuid' });
    expect(timeMarkIn(db, new Map())).toBeNull();
  });

  it('is in an id of version 7 alone', () => {
    expect(madeAt('019b0000-0001-7000-8000-000000000001')).toBe(0x019b00000001);
    for (const id of ['', 'x', '019b0000-0001-4000-8000-000000000001', 'x019b0000-0001-7000', '019b0000x0001-7000'])
      expect(madeAt(id)).toBeNaN();
  });

  it('begins once', () => {
    const { db } = openEmpty();
    db.exec("DELETE FROM counters WHERE name = 'time/began'");
    expect(beganAt(db)).toBe(Number.POSITIVE_INFINITY);
    beginTime(db, 5.2);
    beginTime(db, 9);
    expect(beganAt(db)).toBe(6);
  });

  it('has its spans, oldest first', () => {
    const { db } = openEmpty();
    put(db, 'clock_spans', { since: 9, until: 10 });
    put(db, 'clock_spans', { since: 5, until: 6 });
    expect(spansIn(db)).toEqual([
      { from: 5, to: 6 },
      { from: 9, to: 10 },
    ]);
  });

  it('is written down by itself each hour, and at once where more than time has changed', () => {
    expect(needsSaving(null, MARK)).toBe(true);
    expect(needsSaving(MARK, MARK)).toBe(false);
    expect(needsSaving(MARK, { ...MARK, own: MARK.own + Hours(1) })).toBe(false);
    expect(needsSaving(MARK, { ...MARK, own: MARK.own + Hours(1) + 1 })).toBe(true);
    expect(needsSaving(MARK, { ...MARK, doubt: 'none' })).toBe(true);
    expect(needsSaving(MARK, { ...MARK, spans: [{ from: 1, to: 2 }] })).toBe(true);
  });
});

describe('files of the store', () => {
  const mode = (path: string) => statSync(path).mode & 0o777;

  it('are made for their owner alone, and taken back from others where they were not', () => {
    const home = join(folder(), 'a', 'b');
    ownFolder(home);
    const file = join(home, 'f');
    ownFile(file);
    expect([mode(home), mode(file)]).toEqual([0o700, 0o600]);
    writeFileSync(file, 'kept');
    chmodSync(home, 0o755);
    chmodSync(file, 0o644);
    ownFolder(home);
    ownFile(file);
    expect([mode(home), mode(file), statSync(file).size]).toEqual([0o700, 0o600, 4]);
    // What is stricter stays as it is.
    chmodSync(file, 0o400);
    ownFile(file);
    expect(mode(file)).toBe(0o400);
  });

  it('have names that are flushed without leaving anything open', () => {
    const home = folder();
    mkdirSync(join(home, 'x'));
    const before = openSync(home, 'r');
    closeSync(before);
    for (let i = 0; i < 3; i++) flushFolder(home);
    const after = openSync(home, 'r');
    closeSync(after);
    expect(after).toBe(before);
    expect(() => flushFolder(join(home, 'nowhere'))).toThrow('ENOENT');
  });

  it('are held by nobody where nobody else has a lock', () => {
    const { path } = openEmpty();
    expect([holdersOf(join(path, 'journal.db')), holdersOf(join(path, 'nowhere'))]).toEqual([[], []]);
  });
});
