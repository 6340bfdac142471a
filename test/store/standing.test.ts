import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LinesideError } from '#agent/errors.js';
import { asError, faultCode, faultOf, isDamage, isFull, isUnfit, startFaultOf } from '#agent/store/faults.js';
import { StoreFaults, sequencesOf } from '#agent/store/store-faults.js';
import { ManualClock } from '../simulators/clock.ts';
import { memoryLog } from '../simulators/log.ts';
import { folder } from './setup.ts';

const MINUTE = 60_000;

function watched(path = folder()) {
  const clock = new ManualClock();
  const log = memoryLog();
  const told: (readonly [string, object][])[] = [];
  const faults = new StoreFaults({
    path,
    clock,
    log,
    onFaults: (list) => void told.push(list.map(({ code, details }) => [code, details] as const)),
  });
  /** What stands now, and how often anything was told. */
  const codes = () => told.at(-1)?.map(([code]) => code) ?? [];
  return { path, clock, log, told, faults, codes };
}
const full = (why = 'no space') => new LinesideError('STORE_FULL', { why });

describe('what keeps records from being stored', () => {
  it('stands until they are stored again, and is logged at its beginning and its end', () => {
    const { path, log, told, faults } = watched();
    faults.refusal(full());
    expect(told).toEqual([[['STORE_FULL', { why: 'no space' }]]]);
    faults.refusal(null);
    expect(told.at(-1)).toEqual([]);
    expect(log.lines).toEqual([
      { level: 'error', text: 'The disk is full: no space.', details: { code: 'STORE_FULL', why: 'no space' } },
      { level: 'info', text: 'records are stored again', details: { path } },
    ]);
  });

  it('is told anew where it says something else, and not where it says the same', () => {
    const { told, faults } = watched();
    faults.refusal(full());
    faults.refusal(full());
    expect(told).toHaveLength(1);
    faults.refusal(full('still none'));
    expect(told).toHaveLength(2);
    faults.refusal(null);
    faults.refusal(null);
    expect(told).toHaveLength(3);
  });
});

describe('a journal that ends before what was stored in it', () => {
  it('is told with what is missing and where the numbers go on, and over after ten minutes', async () => {
    const { path, clock, log, told, faults, codes } = watched();
    faults.wentBack([
      { station: 'outlet', from: 1, to: 240, next: 1241 },
      { station: 'trim', from: 7, to: 7, next: 1001 },
    ]);
    const details = { folder: path, records: 'outlet 1-240, trim 7', next: 'outlet 1241, trim 1001' };
    expect(told).toEqual([[['STORE_WENT_BACK', details]]]);
    expect(log.lines.map(({ level }) => level)).toEqual(['error']);
    await clock.advance(10 * MINUTE - 1);
    faults.look();
    expect(codes()).toEqual(['STORE_WENT_BACK']);
    await clock.advance(1);
    faults.look();
    expect(codes()).toEqual([]);
  });
});

describe('records that are not accepted', () => {
  it('are counted, logged each hundredth, and over ten minutes after the last', async () => {
    const { clock, log, told, faults, codes } = watched();
    for (let i = 0; i < 201; i++) faults.overloaded({ depth: 7 });
    expect(told.at(-1)).toEqual([['STORE_OVERLOADED', { depth: 7, refused: 201 }]]);
    expect(log.lines.map(({ level, details }) => [level, details])).toEqual(
      [1, 101, 201].map((refused) => ['error', { code: 'STORE_OVERLOADED', refused }]),
    );
    expect(log.lines[0]?.text).toMatch(/not accepted/);
    await clock.advance(9 * MINUTE);
    faults.overloaded({ depth: 8 });
    await clock.advance(10 * MINUTE - 1);
    faults.look();
    expect(codes()).toEqual(['STORE_OVERLOADED']);
    await clock.advance(1);
    faults.look();
    expect(codes()).toEqual([]);
  });

  it('stand as long as the disk refuses what was accepted', async () => {
    const { clock, faults, codes } = watched();
    faults.overloaded({ depth: 7 });
    faults.refusal(full());
    await clock.advance(20 * MINUTE);
    faults.look();
    expect(codes()).toEqual(['STORE_OVERLOADED', 'STORE_FULL']);
    faults.refusal(null);
    faults.look();
    expect(codes()).toEqual([]);
  });
});

describe('a damaged journal', () => {
  it('stands until its file was taken away', () => {
    const { path, log, told, faults } = watched();
    const file = join(path, 'journal.damaged-x.db');
    writeFileSync(file, '');
    faults.damaged({ file, why: 'malformed' });
    expect(told).toEqual([[['STORE_DAMAGED', { file, why: 'malformed' }]]]);
    expect(log.lines).toMatchObject([{ level: 'error', details: { code: 'STORE_DAMAGED', file, why: 'malformed' } }]);
    faults.look();
    expect(told).toHaveLength(1);
    rmSync(file);
    faults.look();
    expect(told.at(-1)).toEqual([]);
  });

  it('of a life before is found again', () => {
    const { path, told, faults } = watched();
    for (const name of ['journal.db', 'journal.damaged-x.db-wal', 'old-journal.damaged-x.db']) writeFileSync(join(path, name), '');
    faults.look();
    expect(told).toEqual([]);
    writeFileSync(join(path, 'journal.damaged-y.db'), '');
    faults.look();
    faults.look();
    expect(told).toEqual([[['STORE_DAMAGED', { file: `${path}/journal.damaged-y.db`, why: 'found damaged before' }]]]);
  });

  it('is what was known where nobody can look', () => {
    const { path, faults, codes } = watched(join(folder(), 'gone'));
    mkdirSync(path);
    faults.damaged({ file: 'f', why: 'w' });
    rmSync(path, { recursive: true });
    faults.look();
    expect(codes()).toEqual(['STORE_DAMAGED']);
  });
});

describe('what is over by itself', () => {
  it.each([
    ['a record in quarantine', (faults: StoreFaults) => faults.quarantined('no number'), 'STORE_QUARANTINE', { why: 'no number' }],
    [
      'lost records',
      (faults: StoreFaults) => faults.lost({ station: 'outlet', from: 3, to: 5 }, 'a power cut'),
      'STORE_RECORDS_LOST',
      { records: 'outlet 3-5', why: 'a power cut' },
    ],
    ['pictures that were not kept', (faults: StoreFaults) => faults.pictures(4), 'STORE_PICTURES_LOST', { count: 4 }],
    [
      'a picture that a power cut took',
      (faults: StoreFaults) => faults.pictureLost({ inspection: 'i', path: 'images/a' }),
      'STORE_PICTURES_LOST',
      { count: 1 },
    ],
  ])('is told for ten minutes: %s', async (_, happen, code, details) => {
    const { clock, told, faults } = watched();
    happen(faults);
    expect(told).toEqual([[[code, details]]]);
    await clock.advance(10 * MINUTE - 1);
    faults.look();
    expect(told).toHaveLength(1);
    await clock.advance(1);
    faults.look();
    faults.look();
    expect(told.slice(1)).toEqual([[]]);
  });

  it('is logged with what somebody needs to look for it', () => {
    const { log, faults } = watched();
    faults.quarantined('no number');
    faults.lost({ station: 'outlet', from: 3, to: 5 }, 'a power cut');
    faults.pictureLost({ inspection: 'i', path: 'images/a' });
    faults.pictures(1);
    expect(log.lines.map(({ level, details }) => [level, details])).toEqual([
      ['error', { code: 'STORE_QUARANTINE', why: 'no number' }],
      ['error', { code: 'STORE_RECORDS_LOST', station: 'outlet', from: 3, to: 5 }],
      ['error', { code: 'STORE_PICTURES_LOST', inspection: 'i', path: 'images/a' }],
    ]);
    expect(log.lines[2]?.text).toBe('a picture did not survive the end of the life before');
  });

  it('counts pictures since the start, of this life and of the one before', () => {
    const { told, faults } = watched();
    faults.pictures(0);
    expect(told).toEqual([]);
    faults.pictures(2);
    faults.pictures(2);
    faults.pictureLost({ inspection: 'i', path: 'images/a' });
    faults.pictures(5);
    expect(told.map(([fault]) => fault?.[1])).toEqual([{ count: 2 }, { count: 3 }, { count: 6 }]);
  });
});

describe('a log that somebody holds', () => {
  it('stands with its size and with who reads, and is logged once', () => {
    const { log, told, faults } = watched();
    faults.held({ bytes: 0, who: '' });
    expect(told).toEqual([]);
    faults.held({ bytes: 17_600_000, who: 'sqlite3 (process 7)' });
    faults.held({ bytes: 30_000_000, who: 'sqlite3 (process 7)' });
    faults.held({ bytes: 0, who: '' });
    const held = (mb: number) => [['STORE_LOG_HELD', { mb, who: 'sqlite3 (process 7)' }]];
    expect(told).toEqual([held(18), held(30), []]);
    expect(log.lines).toMatchObject([{ level: 'warn', details: { code: 'STORE_LOG_HELD', mb: 18, who: 'sqlite3 (process 7)' } }]);
  });
});

describe('a clock that is doubted', () => {
  it('stands in the words of its beginning, and is logged at beginning and end', () => {
    const { log, told, faults } = watched();
    faults.clock(null);
    expect([told, log.lines]).toEqual([[], []]);
    const [own, wall] = [Date.UTC(2026, 0, 5, 6, 7), Date.UTC(2028, 0, 5, 6, 7)];
    faults.clock({ own, wall });
    faults.clock({ own: own + MINUTE, wall: wall + MINUTE });
    expect(told).toEqual([[['CLOCK_DOUBTED', { clock: '2028-01-05 06:07', own: '2026-01-05 06:07' }]]]);
    faults.clock(null);
    expect(told.at(-1)).toEqual([]);
    expect(log.lines.map(({ level, text }) => [level, text])).toEqual([
      ['warn', expect.stringContaining('2028-01-05 06:07')],
      ['info', 'the clock of this box is believed again'],
    ]);
    faults.clock({ own, wall: 1e300 });
    expect(told.at(-1)).toEqual([['CLOCK_DOUBTED', { clock: '1e+300', own: '2026-01-05 06:07' }]]);
  });
});

describe('the end', () => {
  const row = (station: string, sequence: number) => [['inspections', `id-${sequence}`, station, sequence]] as never;
  const left = { first: 1, entries: [row('outlet', 3), row('outlet', 4), row('trim', 9), row('outlet', 6)], lost: [] };

  it('says what waits for the next start, and what is lost', () => {
    const { log, told, faults } = watched();
    faults.ended(left, { spilled: 3, lost: [{ station: 'outlet', from: 6, to: 6 }] });
    expect(log.lines).toEqual([
      {
        level: 'warn',
        text: 'records wait for the next start',
        details: { code: 'STORE_LEFT', records: 3, sequences: 'outlet 3-4, trim 9' },
      },
      {
        level: 'error',
        text: expect.stringContaining('outlet 6'),
        details: { code: 'STORE_RECORDS_LOST', sequences: 'outlet 6' },
      },
    ]);
    expect(log.lines[1]?.text).toContain('the disk took them nowhere before the end');
    // There is nobody left who could be told.
    expect(told).toEqual([]);
  });

  it('says nothing where nothing is left', () => {
    const { log, faults } = watched();
    faults.ended({ first: 1, entries: [], lost: [] }, { spilled: 0, lost: [] });
    expect(log.lines).toEqual([]);
  });

  it('writes one number as one and several as a range', () => {
    expect(sequencesOf([])).toBe('');
    expect(
      sequencesOf([
        { station: 'outlet', from: 82, to: 124 },
        { station: 'trim', from: 7, to: 7 },
      ]),
    ).toBe('outlet 82-124, trim 7');
  });
});

describe('what SQLite and the file system throw', () => {
  const coded = (code: string) => Object.assign(new Error('it said so'), { code });

  it.each([
    ['SQLITE_FULL', 'full'],
    ['SQLITE_IOERR_SHMSIZE', 'full'],
    ['ENOSPC', 'full'],
    ['EDQUOT', 'full'],
    ['SQLITE_CORRUPT', 'damage'],
    ['SQLITE_CORRUPT_VTAB', 'damage'],
    ['SQLITE_NOTADB', 'damage'],
    ['SQLITE_CONSTRAINT_NOTNULL', 'unfit'],
    ['SQLITE_MISMATCH', 'unfit'],
    ['SQLITE_TOOBIG', 'unfit'],
    ['SQLITE_RANGE', 'unfit'],
    ['SQLITE_BUSY', ''],
    ['SQLITE_IOERR', ''],
    ['X_SQLITE_FULL', ''],
    ['X_SQLITE_CORRUPT', ''],
    ['X_SQLITE_RANGE', ''],
  ])('%s is %s', (code, kind) => {
    const thrown = coded(code);
    expect([isFull(thrown), isDamage(thrown), isUnfit(thrown)]).toEqual([kind === 'full', kind === 'damage', kind === 'unfit']);
    expect(faultOf(thrown)).toEqual({ code: kind === 'full' ? 'STORE_FULL' : 'STORE_FAILED', why: `it said so (${code})` });
  });

  it('is unfit where a value is none that a table takes', () => {
    expect([new TypeError('no'), new RangeError('no'), new Error('no'), 'no'].map(isUnfit)).toEqual([true, true, false, false]);
  });

  it('has no code where it is no error with one', () => {
    expect([faultCode(new Error('x')), faultCode('ENOSPC'), faultCode({ code: 'ENOSPC' }), faultCode(coded('A'))]).toEqual([
      '',
      '',
      '',
      'A',
    ]);
    expect(faultOf(new Error('plain'))).toEqual({ code: 'STORE_FAILED', why: 'plain' });
  });

  it('crosses from the thread to a fault of the table and back', () => {
    const schema = new LinesideError('STORE_SCHEMA', { file: 'f', found: 9, known: 8 });
    const crossed = startFaultOf(schema);
    expect(crossed).toEqual({ code: 'STORE_SCHEMA', why: '', details: { file: 'f', found: 9, known: 8 } });
    expect(asError(crossed).message).toBe(schema.message);
    expect(startFaultOf(full('no space left'))).toEqual({ code: 'STORE_FULL', why: 'no space left', details: { why: 'no space left' } });
    expect(startFaultOf(coded('ENOSPC'))).toEqual({ code: 'STORE_FULL', why: 'it said so (ENOSPC)', details: {} });
    expect(asError({ code: 'STORE_FAILED', why: 'w' })).toMatchObject({ code: 'STORE_FAILED', details: { why: 'w' } });
  });
});
