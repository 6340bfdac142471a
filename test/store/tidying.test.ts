import { existsSync, mkdirSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_EARLIER } from '#agent/store/agent-time.js';
import { JOURNAL_FILE } from '#agent/store/database.js';
import { imageBytes, Retention } from '#agent/store/retention.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { Days, Hours } from '#agent/time.js';
import { cleanUp, KEEP, openEmpty, put } from './setup.ts';

const NOW = Date.UTC(2027, 0, 5, 6);
const KEPT = Days(30);
const OLD = NOW - KEPT - 1;
/** More than any disk has. */
const NO_ROOM = 1e18;

/** A journal, and one who tidies it; what retention does in one step is not to be told from outside the store. */
function journal(keep: Partial<typeof KEEP> = {}) {
  const { path, db } = openEmpty();
  const retention = new Retention(path, { ...KEEP, records: KEPT, ...keep });
  const pictures = (from: number, count: number, bytes: number, inspection = 'none') => {
    for (let n = from; n < from + count; n++) {
      const name = `images/outlet/2027-01-05/${n}.jpg`;
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), 'x');
      put(db, 'images', { path: name, inspection, bytes });
    }
  };
  const rows = (table: string) => Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
  const left = () => db.prepare<[], string>('SELECT path FROM images ORDER BY rowid').pluck().all();
  const onDisk = (n: number) => existsSync(join(path, `images/outlet/2027-01-05/${n}.jpg`));
  const step = () => retention.step(db, NOW);
  return { path, db, retention, pictures, rows, left, onDisk, step };
}
const numbers = (paths: readonly string[]) => paths.map((path) => Number(/(\d+)\.jpg$/.exec(path)?.[1]));
/** A UUIDv7 made then. */
const idOf = (at: number, n = 0) => {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(n).padStart(12, '0')}`;
};

describe('pictures over their budget', () => {
  it('go oldest first, sixteen a step, row and file, until they are within it', () => {
    const { db, pictures, left, onDisk, step } = journal({ images: 150 });
    pictures(1, 40, 10);
    expect(step()).toEqual({ images: 16, records: 0 });
    expect(numbers(left())).toEqual(Array.from({ length: 24 }, (_, i) => 17 + i));
    expect([1, 16, 17, 40].map(onDisk)).toEqual([false, false, true, true]);
    expect(step()).toEqual({ images: 16, records: 0 });
    expect(imageBytes(db)).toBe(80);
    expect(step()).toBeNull();
  });

  it('stay where they fill it to the byte', () => {
    const { pictures, step } = journal({ images: 100 });
    pictures(1, 10, 10);
    expect(step()).toBeNull();
  });

  it('are more than the journal knows of: records still go by their age', () => {
    const { db, rows, step } = journal({ images: 100 });
    db.exec("UPDATE counters SET value = 1000 WHERE name = 'image_bytes'");
    put(db, 'loads', { at: OLD, recorded: OLD });
    expect(step()).toEqual({ images: 0, records: 1 });
    expect(rows('loads')).toBe(0);
  });

  it('follow another budget from the next step', () => {
    const { db, retention, pictures, step } = journal();
    pictures(1, 10, 10);
    expect(step()).toBeNull();
    retention.configure({ ...KEEP, images: 50 });
    expect(step()).toEqual({ images: 10, records: 0 });
    expect(imageBytes(db)).toBe(0);
  });
});

describe('too little room on the disk', () => {
  it('takes pictures first, then gives empty pages back, then takes records of more than a day, then expired ones', () => {
    const { db, pictures, rows, step } = journal({ free: NO_ROOM, records: Hours(2) });
    for (const age of [Days(1) + 1, Days(1), Hours(3), Hours(2)]) put(db, 'audit', { recorded: NOW - age, detail: 'x'.repeat(400_000) });
    pictures(1, 20, 10);
    expect(step()).toEqual({ images: 16, records: 0 });
    expect(step()).toEqual({ images: 4, records: 0 });
    expect(rows('audit')).toBe(4);
    const empty = () => Number(db.pragma('freelist_count', { simple: true }));
    /** Steps that delete nothing, each of at most 64 pages, until none is empty. */
    const givenBack = () => {
      for (let before = empty(); before > 0; before = empty()) {
        expect(step()).toEqual({ images: 0, records: 0 });
        expect(before - empty()).toBe(Math.min(64, before));
      }
    };
    givenBack();
    expect(step()).toEqual({ images: 0, records: 1 });
    expect(rows('audit')).toBe(3);
    expect(empty()).toBeGreaterThan(64);
    givenBack();
    expect(step()).toEqual({ images: 0, records: 2 });
    givenBack();
    expect(step()).toBeNull();
    expect(rows('audit')).toBe(1);
  });

  it('is left to the log where that takes it: nothing is deleted for it', () => {
    const { retention, pictures, step } = journal({ free: NO_ROOM });
    pictures(1, 2, 10);
    retention.leaveToLog(NO_ROOM);
    expect(step()).toBeNull();
    retention.leaveToLog(0);
    expect(step()).toEqual({ images: 2, records: 0 });
  });

  it('is not where the file system does not say', () => {
    const { db, pictures } = journal();
    pictures(1, 2, 10);
    const retention = new Retention('/nowhere/at/all', { ...KEEP, free: Number.POSITIVE_INFINITY });
    expect(retention.free()).toBe(Number.POSITIVE_INFINITY);
    expect(retention.step(db, NOW)).toBeNull();
  });

  it('is told in bytes', () => {
    const { path, retention } = journal();
    const { bavail, bsize } = statfsSync(path);
    // Others write to the disk meanwhile.
    expect(retention.free() / (bavail * bsize)).toBeCloseTo(1, 1);
  });
});

const AGED = ['decisions', 'late_findings', 'shadows', 'loads', 'audit', 'inspections'] as const;
const cells = (table: string, at: number, n: number) => {
  const id = table === 'inspections' || table === 'decisions' || table === 'shadows' ? { id: idOf(at, n) } : {};
  return { at, ...id };
};

describe('records over their age', () => {
  it.each(AGED)('%s: go fifty a step, oldest first, and the one that is just old enough stays', (table) => {
    const { db, rows, step } = journal();
    for (let n = 0; n < 60; n++) put(db, table, { ...cells(table, NOW, n), recorded: OLD });
    put(db, table, { ...cells(table, NOW, 60), recorded: NOW - KEPT });
    // Behind one that is young enough nobody looks: the agent's own time never goes back.
    put(db, table, { ...cells(table, NOW, 61), recorded: OLD });
    expect([step(), step(), step()]).toEqual([{ images: 0, records: 50 }, { images: 0, records: 10 }, null]);
    expect(rows(table)).toBe(2);
  });

  it('go with their pictures, files and findings, and leave those of others', () => {
    const { db, pictures, rows, left, onDisk, step } = journal();
    put(db, 'inspections', { id: 'old', at: OLD, recorded: OLD });
    put(db, 'inspections', { id: 'young', at: NOW, recorded: NOW });
    for (const inspection of ['old', 'young']) put(db, 'findings', { inspection, model: 'm' });
    pictures(1, 3, 10, 'old');
    pictures(4, 1, 10, 'young');
    expect(step()).toEqual({ images: 3, records: 1 });
    expect(numbers(left())).toEqual([4]);
    expect([1, 2, 3, 4].map(onDisk)).toEqual([false, false, false, true]);
    expect([rows('inspections'), rows('findings'), imageBytes(db)]).toEqual([1, 1, 10]);
  });

  it('go with their only picture', () => {
    const { db, pictures, step } = journal();
    put(db, 'inspections', { id: 'old', at: OLD, recorded: OLD });
    pictures(1, 1, 10, 'old');
    expect(step()).toEqual({ images: 1, records: 1 });
    expect(step()).toBeNull();
  });

  it('stay as long as nobody knows the time', () => {
    const { db, retention, rows } = journal();
    put(db, 'loads', { at: OLD, recorded: OLD });
    expect(retention.step(db, null)).toBeNull();
    expect(retention.makeRoom(db, null)).toBeNull();
    expect(rows('loads')).toBe(1);
  });

  it('are alarms that ended, fifty a step, never one that lasts', () => {
    const { db, rows, step } = journal();
    for (let n = 0; n < 60; n++) put(db, 'alarms', { key: `k${n}`, cleared: OLD, recorded: OLD });
    put(db, 'alarms', { key: 'lasts', cleared: null, recorded: OLD });
    put(db, 'alarms', { key: 'young', cleared: OLD, recorded: NOW - KEPT });
    expect([step(), step(), step()]).toEqual([{ images: 0, records: 50 }, { images: 0, records: 10 }, null]);
    expect(rows('alarms')).toBe(2);
  });
});

describe('records of an older version', () => {
  /** Where the agent's own time began: younger than what is deleted. */
  const BEGAN = NOW - Days(10);
  function older(table: string, at: number, made = at, began = BEGAN) {
    const { db, rows, step } = journal();
    db.prepare("INSERT INTO counters VALUES ('time/began', ?)").run(began);
    put(db, table, { ...cells(table, made, 0), at, ...(table === 'alarms' ? { cleared: at } : {}) });
    step();
    return rows(table) === 0 ? 'gone' : 'kept';
  }

  it.each(['inspections', 'decisions', 'shadows'])('%s: go by the newer of the PLC’s clock and the box’s', (table) => {
    expect(older(table, OLD, OLD)).toBe('gone');
    expect(older(table, OLD, NOW - Days(20))).toBe('kept');
    expect(older(table, NOW - Days(20), OLD)).toBe('kept');
  });

  it('go by one clock where the other cannot be right', () => {
    expect(older('decisions', Date.UTC(1970, 0, 1), OLD)).toBe('gone');
    expect(older('decisions', OLD, NOW + Days(900))).toBe('gone');
    expect(older('decisions', NO_EARLIER, NO_EARLIER)).toBe('gone');
    expect(older('loads', OLD)).toBe('gone');
  });

  it('go by where the agent’s own time began where none can be right', () => {
    expect(older('loads', NO_EARLIER - 1)).toBe('kept');
    expect(older('loads', NO_EARLIER - 1, 0, OLD)).toBe('gone');
    expect(older('loads', NOW + 1)).toBe('kept');
    expect(older('alarms', OLD)).toBe('kept');
    expect(older('alarms', OLD, 0, OLD)).toBe('gone');
  });
});

describe('room made at once for a commit', () => {
  it('is more than 32 MB of the oldest pictures', () => {
    const { db, retention, pictures, left, onDisk } = journal();
    pictures(1, 5, 16e6);
    expect(retention.makeRoom(db, NOW)).toEqual({ images: 3, records: 0 });
    expect(numbers(left())).toEqual([4, 5]);
    expect([1, 2, 3, 4].map(onDisk)).toEqual([false, false, false, true]);
    expect(retention.makeRoom(db, NOW)).toEqual({ images: 2, records: 0 });
    expect(retention.makeRoom(db, NOW)).toBeNull();
  });

  it('is one picture where that is larger', () => {
    const { retention, db, pictures, left } = journal();
    pictures(1, 3, 40e6);
    expect(retention.makeRoom(db, NOW)).toEqual({ images: 1, records: 0 });
    expect(numbers(left())).toEqual([2, 3]);
  });

  it('comes of files where no row can be written any more', () => {
    const { path, db, retention, pictures, left, onDisk } = journal();
    pictures(1, 2, 10);
    const full = openDatabase(join(path, JOURNAL_FILE), { readonly: true });
    cleanUp(() => full.close());
    expect(retention.makeRoom(full, NOW)).toEqual({ images: 2, records: 0 });
    expect([1, 2].map(onDisk)).toEqual([false, false]);
    expect(numbers(left())).toEqual([1, 2]);
    // Their rows go with the next room that is made.
    expect(retention.makeRoom(db, NOW)).toEqual({ images: 2, records: 0 });
    expect(left()).toEqual([]);
  });

  it('without pictures is that of the log and of records of more than a day', () => {
    const { path, db, retention, rows } = journal();
    for (const age of [Days(1) + 1, Days(1), 0]) put(db, 'audit', { recorded: NOW - age });
    put(db, 'quarantine', { entry: 'x'.repeat(500_000) });
    const log = () => statSync(join(path, `${JOURNAL_FILE}-wal`)).size;
    expect(log()).toBeGreaterThan(500_000);
    expect(retention.makeRoom(db, NOW)).toEqual({ images: 0, records: 1 });
    expect(log()).toBeLessThan(100_000);
    expect(rows('audit')).toBe(2);
    expect(retention.makeRoom(db, NOW)).toBeNull();
    expect(log()).toBe(0);
  });

  it('is none where the journal lets nothing go', () => {
    const { path, db, retention, rows } = journal();
    put(db, 'audit', { recorded: NOW - Days(2) });
    const full = openDatabase(join(path, JOURNAL_FILE), { readonly: true });
    cleanUp(() => full.close());
    expect(retention.makeRoom(full, NOW)).toBeNull();
    expect(rows('audit')).toBe(1);
  });
});
