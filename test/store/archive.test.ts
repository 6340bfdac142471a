/** The way of a data set from the thread that packs it to whoever reads it: its bounds, its end; see data-set.test.ts for long ones. */
import { mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Archives } from '#agent/store/data-set/archive.js';
import { JOURNAL_FILE } from '#agent/store/database.js';
import { type Clock, systemClock } from '#agent/time.js';
import { ManualClock, settle } from '../simulators/clock.ts';
import { unpacked } from '../simulators/zip.ts';
import { cleanUp, openEmpty, put } from './setup.ts';

const AT = Date.UTC(2026, 0, 5, 6);
const WISH = { seed: '1' } as const;

/** Parts that somebody called good, each with a picture of so many bytes; that of the first says its name alone. */
function line(parts: number, size = 0, clock: Clock = systemClock) {
  const { db, path } = openEmpty();
  mkdirSync(join(path, 'images/outlet/day'), { recursive: true });
  for (let n = 0; n < parts; n++) {
    put(db, 'inspections', {
      id: `i${n}`,
      station: 'outlet',
      outcome: 'judged',
      verdict: 'ok',
      recipe: 'standard',
      at: AT + n,
      reasons: '[]',
    });
    put(db, 'labels', { id: `l${n}`, inspection: `i${n}`, at: AT, who: 'eve', label: 'good' });
    const file = `images/outlet/day/i${n}.jpg`;
    writeFileSync(join(path, file), `bytes of ${n}`);
    if (n > 0) truncateSync(join(path, file), size);
    put(db, 'images', { path: file, inspection: `i${n}`, camera: 'top', role: 'frame', width: 64, height: 48 });
  }
  const archives = new Archives(path, clock);
  cleanUp(() => archives.close());
  return { db, path, archives };
}
const read = async (archive: Readable): Promise<Buffer> => Buffer.concat(await archive.toArray());
/** How a stream ends that nobody reads any more. */
const endOf = (archive: Readable) => new Promise<unknown>((resolve) => void archive.once('close', () => resolve(archive.errored)));

describe('a data set that is read', () => {
  it('comes piece by piece, pictures as they are, and ends', async () => {
    const { archives } = line(4, 5e6);
    const bytes = await read(await archives.open(WISH));
    expect(bytes.length).toBeGreaterThan(15e6);
    const files = await unpacked(bytes);
    expect([...files.keys()]).toEqual([...[0, 1, 2, 3].map((n) => `good/i${n}-top.jpg`), 'pictures.csv', 'labels.csv', 'data-set.json']);
    expect(files.get('good/i0-top.jpg')?.toString()).toBe('bytes of 0');
    expect([1, 2, 3].map((n) => files.get(`good/i${n}-top.jpg`)?.length)).toEqual([5e6, 5e6, 5e6]);
    expect(files.get('labels.csv')?.toString().split('\r\n')).toHaveLength(6);
  });

  it('has empty pictures too', async () => {
    const { archives } = line(3, 0);
    const files = await unpacked(await read(await archives.open(WISH)));
    expect([files.get('good/i1-top.jpg')?.length, files.get('good/i2-top.jpg')?.length]).toEqual([0, 0]);
  });

  it('is one at a time; the next may be read when it has ended, or was left', async () => {
    const { archives } = line(1);
    const first = await archives.open(WISH);
    await expect(archives.open(WISH)).rejects.toMatchObject({ code: 'WEB_BUSY' });
    const closed = endOf(first);
    await read(first);
    await closed;
    const second = await archives.open(WISH);
    const left = endOf(second);
    second.destroy();
    expect(await left).toBeNull();
    expect((await read(await archives.open(WISH))).length).toBeGreaterThan(100);
  });

  it('waits for whoever reads, with a few pieces ahead of him', async () => {
    const { archives } = line(3, 9e6);
    const archive = await archives.open(WISH);
    // Nobody reads; what has come by then is what is on its way.
    await expect.poll(() => archive.readableLength, { timeout: 10_000 }).toBeGreaterThan(3e5);
    for (let i = 0; i < 30; i++) await settle();
    expect(archive.readableLength).toBeLessThan(2e6);
    expect((await read(archive)).length).toBeGreaterThan(18e6);
  });

  it('takes no longer than a minute for nothing: then whoever reads has gone', async () => {
    const clock = new ManualClock();
    const { archives } = line(3, 9e6, clock);
    const archive = await archives.open(WISH);
    const next = async () => {
      // Not one piece: what lies here is taken before another is asked for.
      const before = archive.readableLength;
      for (let taken = 0; taken <= before; ) {
        const piece = archive.read() as Buffer | null;
        if (piece === null) await new Promise((resolve) => archive.once('readable', resolve));
        else taken += piece.length;
      }
    };
    for (let i = 0; i < 3; i++) {
      await clock.advance(59_999);
      await next();
    }
    expect(archive.destroyed).toBe(false);
    expect(clock.pending).toBe(1);
    const ended = endOf(archive);
    archive.on('error', () => {});
    // What is still on its way comes first.
    await expect
      .poll(async () => {
        await clock.advance(60_000);
        return archive.destroyed;
      })
      .toBe(true);
    expect(await ended).toMatchObject({ code: 'TIMEOUT', details: { what: 'Reading a data set', ms: 60_000 } });
    expect(clock.pending).toBe(0);
  });

  it('leaves no timer behind when it has ended', async () => {
    const clock = new ManualClock();
    const { archives } = line(1, 0, clock);
    const archive = await archives.open(WISH);
    const closed = endOf(archive);
    await read(archive);
    await closed;
    expect(clock.pending).toBe(0);
  });
});

describe('a data set that cannot be read', () => {
  it('is said before there is anything to read, and keeps nobody from the next', async () => {
    const { db, path, archives } = line(1);
    db.exec("UPDATE labels SET label = 'unsure'");
    await expect(archives.open(WISH)).rejects.toMatchObject({ code: 'LABELS_NONE', details: { unsure: 1, disputed: 0 } });
    db.exec("UPDATE labels SET label = 'good'; DELETE FROM images");
    await expect.poll(() => archives.open(WISH).catch(({ code }) => code)).toBe('LABELS_WITHOUT_PICTURES');
    renameSync(join(path, JOURNAL_FILE), join(path, 'elsewhere.db'));
    await expect.poll(() => archives.open(WISH).catch(({ code }) => code)).toBe('STORE_MISSING');
  });

  it('is that of a store that ends: before its first piece, and after it', async () => {
    const { archives } = line(3, 9e6);
    archives.close();
    const opening = archives.open(WISH);
    const told = expect(opening).rejects.toMatchObject({ code: 'STOPPING' });
    archives.close();
    await told;
    const archive = await archives.open(WISH);
    const left = endOf(archive);
    archives.close();
    expect([await left, archive.destroyed]).toEqual([null, true]);
  });
});
