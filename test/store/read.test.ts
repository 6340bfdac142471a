import { closeSync, mkdirSync, openSync, readdirSync, readlinkSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { JOURNAL_FILE } from '#agent/store/database.js';
import { packWindow } from '#agent/store/packing.js';
import { backup, countInspections, type ExportWish, exportInspections, latestInspections, openJournal } from '#agent/store/read.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { decision, finding } from '../publishers/samples.ts';
import { count, entry, folder, open, openEmpty, put, sql } from './setup.ts';

const AT = Date.UTC(2026, 10, 23, 6);

async function exported(path: string, wish: ExportWish): Promise<string> {
  const out = new PassThrough();
  const all = text(out);
  await exportInspections(path, wish, out);
  out.end();
  return all;
}

describe('export', () => {
  it('writes one CSV line a part, in the order of time, cells quoted where they must be', async () => {
    const { store, path } = await open();
    const reasons = [{ text: 'too "hot", by far' }, { text: 'line\nbreak' }];
    await store.journal.append(entry(2, { at: AT + 2000 }));
    await store.journal.append(entry(1, { at: AT, reasons, part: null, verdict: 'nok' }));
    const [head, ...lines] = (await exported(path, { format: 'csv' })).split('\r\n');
    expect(head).toMatch(/^utc,station,sequence,part,counter,recipe,verdict,outcome,reason_text,scores,answer,/);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^2026-11-23T06:00:00\.000Z,outlet,1,,1,standard,nok,judged,"too ""hot"", by far; line\nbreak",surface=0\.123456789,written,/,
    );
    expect(lines[1]).toMatch(/^2026-11-23T06:00:02\.000Z,outlet,2,P2,/);
  });

  it('makes texts harmless that a table program would take for formulas, and leaves numbers alone', async () => {
    const { store, path } = await open();
    const hostile = ['=HYPERLINK("http://x","y")', '+1+1', '-2+3', '@SUM(A1)', '\t=1', 'P-1'];
    for (const [i, part] of hostile.entries()) await store.journal.append(entry(i + 1, { at: AT + i, part }));
    const cells = (await exported(path, { format: 'csv' }))
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.split(',outlet,')[1] ?? '');
    expect(cells.map((cell) => cell.slice(2, 6))).toEqual([`"'=H`, "'+1+", "'-2+", "'@SU", "'\t=1", 'P-1,']);
    // A transport of minus 0.4 ms is a number.
    expect(cells[5]).toContain(',-0.4,');
  });

  it('writes everything as JSON lines, the window as numbers', async () => {
    const { store, path } = await open();
    const window = {
      tags: ['plc.a', 'plc.b'],
      endsAt: AT,
      everyMs: 200,
      steps: 2,
      values: Float32Array.of(1.5, Number.NaN, -3, 4),
      quality: Uint8Array.of(0, 3, 0, 0),
    };
    const reading = { text: 'L24', confidence: 0.9, characters: [1, 0.95, 0.95] };
    const part = entry(1, { at: AT, window, findings: [finding({ contributions: { 'plc.a': 1 }, reading })] });
    const late = { inspection: part.inspection.id, finding: null, model: 'process', lateMs: 3, fault: 'MODEL_HUNG' };
    await store.journal.append({ ...part, decisions: [decision({ inspection: part.inspection.id })], late: [late] });
    const record = JSON.parse(await exported(path, { format: 'jsonl' }));
    expect(record).toMatchObject({
      id: part.inspection.id,
      utc: '2026-11-23T06:00:00.000Z',
      reasons: part.inspection.reasons,
      tags: part.inspection.tags,
      findings: [{ model: 'surface', probabilities: finding().probabilities, contributions: { 'plc.a': 1 }, reading }],
      late: [{ model: 'process', fault: 'MODEL_HUNG' }],
      decisions: [
        {
          action: 'reject',
          writes: [
            { tag: 'plc.reject', value: true },
            { tag: 'plc.lane', value: 2, state: 'failed' },
          ],
        },
      ],
      window: { tags: ['plc.a', 'plc.b'], steps: 2, values: [1.5, null, -3, 4], quality: [0, 3, 0, 0] },
    });
  });

  it('takes a stretch of time and one station, over many pages, equal times included', async () => {
    const { store, path } = await open();
    const parts = Array.from({ length: 1700 }, (_, i) =>
      entry(i + 1, { at: AT + Math.floor(i / 700), station: i % 2 ? 'inlet' : 'outlet' }),
    );
    await Promise.all(parts.map((part) => store.journal.append(part)));
    const progress: number[] = [];
    const ids = async (wish: Omit<ExportWish, 'format'>) =>
      (await exported(path, { ...wish, format: 'jsonl', onProgress: (n) => progress.push(n) }))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id);
    expect(await ids({})).toEqual(parts.map((part) => part.inspection.id));
    expect(progress).toEqual([500, 1000, 1500, 1700]);
    expect(await ids({ from: AT + 1, to: AT + 2 })).toEqual(parts.slice(700, 1400).map((part) => part.inspection.id));
    expect(await ids({ station: 'inlet' })).toEqual(parts.filter((_, i) => i % 2).map((part) => part.inspection.id));
  });

  it('has of a part all that is stored of it, each as what it is, and nothing of how', async () => {
    const { db, path } = openEmpty();
    const texts = {
      station: 'outlet',
      outcome: 'judged',
      verdict: 'ok',
      recipe: 'true',
      part: '123',
      answer: 'none',
      trigger: 'tag',
      config_hash: '[1]',
    };
    put(db, 'inspections', { id: '7', sequence: 1, at: AT, ...texts, reasons: '[{"text": "a"}]', tags: '{"t": 1}', frames: '[1]' });
    for (const model of ['b', 'a']) put(db, 'findings', { inspection: '7', model, package: '1', score: 0.5, boxes: '[]' });
    for (const camera of ['top', 'side']) put(db, 'images', { path: camera, inspection: '7', camera, role: 'frame' });
    for (const model of ['y', 'x']) put(db, 'late_findings', { inspection: '7', model, finding: '{"score": 1}' });
    for (const model of ['v', 'u']) put(db, 'shadows', { id: model, inspection: '7', station: 'outlet', model, difference: 'label' });
    for (const id of ['2', '1']) put(db, 'decisions', { id, inspection: '7', station: 'outlet', action: 'reject', at: AT });
    for (const position of [1, 0])
      put(db, 'decision_writes', { decision: '2', position, tag: `t${position}`, value: 'false', state: 'written' });
    put(db, 'inspections', { id: '8', sequence: 2, at: AT + 1, ...texts, reasons: '[]' });
    const [one = '', other = '', end] = (await exported(path, { format: 'jsonl' })).split('\n');
    const { findings, images, late, shadows, decisions, ...record } = JSON.parse(one);
    expect(record).toMatchObject({
      id: '7',
      part: '123',
      recipe: 'true',
      config_hash: '[1]',
      reasons: [{ text: 'a' }],
      frames: [1],
      window: null,
    });
    const of = (rows: readonly Record<string, unknown>[], key: string) => rows.map((row) => row[key]);
    expect([of(findings, 'model'), of(images, 'camera'), of(late, 'model'), of(shadows, 'model'), of(decisions, 'id')]).toEqual([
      ['a', 'b'],
      ['top', 'side'],
      ['y', 'x'],
      ['v', 'u'],
      ['2', '1'],
    ]);
    expect(decisions[0].writes).toMatchObject([
      { position: 0, tag: 't0', value: false },
      { position: 1, tag: 't1', value: false },
    ]);
    expect([findings[0].package, findings[0].boxes, late[0].finding, decisions[1].writes]).toEqual(['1', [], { score: 1 }, []]);
    for (const name of ['rowid', 'reason_text', 'scores', 'inspection', 'decision'])
      for (const row of [record, findings[0], images[0], late[0], shadows[0], decisions[0], decisions[0].writes[0]])
        expect(row).not.toHaveProperty(name);
    expect([JSON.parse(other), end]).toMatchObject([
      { id: '8', findings: [], images: [], late: [], shadows: [], decisions: [], window: null },
      '',
    ]);
  });

  it('has a window as numbers, and none where the disk has damaged it', async () => {
    const { db, path } = openEmpty();
    const data = packWindow(new Uint8Array(Float32Array.of(1.5, -2).buffer), Uint8Array.of(0, 1), 1);
    const windows = [
      ['whole', { tags: '["a", "b"]', data }],
      ['torn', { tags: '["a", "b"]', data: data.subarray(0, 3) }],
      ['bent', { tags: '["a", "b', data }],
      ['odd', { tags: '["a", "b"]', data: deflateRawSync(new Uint8Array(3)) }],
    ] as const;
    for (const [i, [id, window]] of windows.entries()) {
      put(db, 'inspections', { id, sequence: i + 1, at: AT + i, station: 'outlet', reasons: '[]' });
      put(db, 'windows', { inspection: id, ends_at: AT, every_ms: 200, steps: 1, ...window });
    }
    const lines = (await exported(path, { format: 'jsonl' }))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const whole = { tags: ['a', 'b'], ends_at: AT, every_ms: 200, steps: 1, values: [1.5, -2], quality: [0, 1] };
    expect(lines.map(({ id, window }) => [id, window])).toEqual([
      ['whole', whole],
      ['torn', null],
      ['bent', null],
      ['odd', null],
    ]);
  });

  it('ends with a last page that is full, and begins with the first record of the moment', async () => {
    const { db, path } = openEmpty();
    db.transaction(() => {
      for (let i = 0; i < 1000; i++) put(db, 'inspections', { id: `i${i}`, sequence: i + 1, at: AT, station: 'outlet', reasons: '[]' });
    })();
    const progress: number[] = [];
    const wish = { from: AT, to: AT + 1, format: 'jsonl', onProgress: (n: number) => progress.push(n) } as const;
    expect((await exported(path, wish)).trim().split('\n')).toHaveLength(1000);
    expect(progress).toEqual([500, 1000]);
    expect(await exported(path, { to: AT, format: 'jsonl' })).toBe('');
  });

  it('tells of a reader that has gone as that did, and leaves nothing open', async () => {
    const { db, path } = openEmpty();
    put(db, 'inspections', { id: 'i', sequence: 1, at: AT, station: 'outlet', reasons: '[]' });
    db.close();
    const gone = new Writable({
      highWaterMark: 1,
      write: (_, __, done) => void setImmediate(() => done(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }))),
    });
    await expect(exportInspections(path, { format: 'csv' }, gone)).rejects.toMatchObject({ code: 'EPIPE', message: 'broken pipe' });
    expect(countInspections(path)).toBe(1);
    await latestInspections(path, 1);
    const journal = join(path, JOURNAL_FILE);
    const isOpen = (fd: string) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(journal);
      } catch {
        return false;
      }
    };
    expect(readdirSync('/proc/self/fd').filter(isOpen)).toEqual([]);
  });

  it('goes on past a record whose texts the disk has damaged', async () => {
    const { store, path } = await open();
    for (const i of [1, 2, 3]) await store.journal.append(entry(i, { at: AT + i }));
    await store.stop();
    const db = openDatabase(join(path, JOURNAL_FILE));
    db.exec("UPDATE inspections SET reasons = '[{\"te', tags = '{' WHERE sequence = 2");
    db.close();
    expect((await exported(path, { format: 'csv' })).split('\r\n')).toHaveLength(5);
    const lines = (await exported(path, { format: 'jsonl' })).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).sequence)).toEqual([1, 2, 3]);
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ reasons: '[{"te', tags: '{' });
  });

  it('waits for a slow reader', async () => {
    const { store, path } = await open();
    await Promise.all(Array.from({ length: 1200 }, (_, i) => store.journal.append(entry(i + 1))));
    let most = 0;
    let lines = 0;
    const slow = new Writable({
      highWaterMark: 1000,
      write(chunk: Buffer, _, done) {
        most = Math.max(most, this.writableLength);
        lines += chunk.toString().split('\r\n').length - 1;
        setImmediate(done);
      },
    });
    expect(await exportInspections(path, { format: 'csv' }, slow)).toBe(1200);
    slow.end();
    await new Promise((resolve) => slow.on('finish', resolve));
    expect(lines).toBe(1201);
    // One page at most, 500 lines of some 250 characters.
    expect(most).toBeLessThan(300_000);
  });
});

describe('backup', () => {
  it('is whole and of one moment while parts are stored', async () => {
    const { store, path } = await open();
    await Promise.all(Array.from({ length: 3000 }, (_, i) => store.journal.append(entry(i + 1))));
    let storing = true;
    let sequence = 3000;
    const load = (async () => {
      while (storing) await store.journal.append(entry(++sequence));
    })();
    const target = join(folder(), 'copy.db');
    const shares: number[] = [];
    await backup(path, target, (share) => shares.push(share));
    storing = false;
    await load;
    expect(shares.length).toBeGreaterThan(0);
    const copy = openDatabase(target, { readonly: true });
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
    const [{ n, last } = { n: 0, last: 0 }] = copy
      .prepare<[], { n: number; last: number }>('SELECT count(*) AS n, max(sequence) AS last FROM inspections')
      .all();
    copy.close();
    expect(n).toBeGreaterThanOrEqual(3000);
    expect(n).toBe(last);
  });

  it('says how much is copied, rising, and tells nobody where nobody asked', async () => {
    const { db, path } = openEmpty();
    db.transaction(() => {
      // Some three thousand pages.
      for (let i = 0; i < 3000; i++)
        put(db, 'inspections', { id: `i${i}`, at: AT, station: 'outlet', reasons: '[]', tags: 'x'.repeat(4000) });
    })();
    const shares: number[] = [];
    await backup(path, join(folder(), 'copy.db'), (share) => shares.push(share));
    expect(shares.length).toBeGreaterThan(2);
    expect(shares.length).toBeLessThan(8);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect([shares[0], shares.every((share) => share < 1), (shares.at(-1) ?? 0) > 0.3]).toEqual([0, true, true]);
    const quiet = join(folder(), 'copy.db');
    await backup(path, quiet);
    const copy = openDatabase(quiet, { readonly: true });
    expect(copy.prepare('SELECT count(*) FROM inspections').pluck().get()).toBe(3000);
    copy.close();
  });

  it('overwrites nothing', async () => {
    const { path } = await open();
    const target = join(folder(), 'copy.db');
    writeFileSync(target, 'precious');
    await expect(backup(path, target)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('the latest', () => {
  it('come newest first, of one station where asked', async () => {
    const { store, path } = await open();
    for (let i = 1; i <= 6; i++) await store.journal.append(entry(i, { station: i % 2 ? 'inlet' : 'outlet' }));
    expect((await latestInspections(path, 3)).map((r) => r.sequence)).toEqual([6, 5, 4]);
    expect((await latestInspections(path, 2, 'inlet')).map((r) => r.sequence)).toEqual([5, 3]);
    expect(countInspections(path)).toBe(count(path, 'inspections'));
  });
});

describe('who told the agent to do what', () => {
  it('is read as it was asked, with its outcome beside it', async () => {
    const { store, path } = await open();
    const asked = (at: number, who: string, verb: string, detail: object) => ({
      at,
      who,
      source: 'mqtt',
      verb,
      detail: JSON.stringify(detail),
    });
    await store.journal.append({
      audit: [
        asked(AT, 'user anna', 'enable', { station: 'outlet', enabled: false, outcome: 'done' }),
        asked(AT + 1000, '', 'ack', { station: 'inlet', outcome: 'there is no station inlet' }),
        { ...asked(AT + 2000, 'agent', 'records lost', { station: 'outlet', from: 7, to: 9 }), source: 'store' },
      ],
    });
    const seen = sql<{ detail: string }>(path, 'SELECT * FROM audit_log ORDER BY utc');
    expect(seen.map(({ detail, ...rest }) => [rest, JSON.parse(detail)])).toEqual([
      [
        { utc: '2026-11-23T06:00:00.000Z', who: 'user anna', source: 'mqtt', verb: 'enable', accepted: 1, why: null },
        { station: 'outlet', enabled: false },
      ],
      [
        { utc: '2026-11-23T06:00:01.000Z', who: null, source: 'mqtt', verb: 'ack', accepted: 0, why: 'there is no station inlet' },
        { station: 'inlet' },
      ],
      [
        { utc: '2026-11-23T06:00:02.000Z', who: 'agent', source: 'store', verb: 'records lost', accepted: null, why: null },
        { station: 'outlet', from: 7, to: 9 },
      ],
    ]);
  });
});

describe('what cannot be read', () => {
  it('is said: nothing there, or no journal', async () => {
    const path = folder();
    await expect(latestInspections(path, 1)).rejects.toMatchObject({ code: 'STORE_MISSING' });
    expect(() => countInspections(path)).toThrow(expect.objectContaining({ code: 'STORE_MISSING' }));
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'journal.db'), 'no database at all, '.repeat(500));
    await expect(exportInspections(path, { format: 'csv' }, new PassThrough())).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('is said with its folder where pages in the middle are damaged', async () => {
    const { db, path } = openEmpty();
    db.transaction(() => {
      for (let i = 0; i < 500; i++)
        put(db, 'inspections', { id: `i${i}`, at: AT, station: 'outlet', reasons: '[]', tags: 'x'.repeat(4000) });
    })();
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    const file = join(path, JOURNAL_FILE);
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(statSync(file).size / 2, 0xff), 0, undefined, Math.floor(statSync(file).size / 4));
    closeSync(handle);
    await expect(exportInspections(path, { format: 'jsonl' }, new PassThrough().resume())).rejects.toMatchObject({
      code: 'STORE_FAILED',
      sentence: expect.stringContaining(path),
      cause: { code: expect.stringContaining('SQLITE_CORRUPT') },
    });
  });

  it('is not written to', () => {
    const { path } = openEmpty();
    const db = openJournal(path);
    expect(() => db.exec('DELETE FROM inspections')).toThrow('readonly');
    db.close();
  });
});
