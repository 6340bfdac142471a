import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Left } from '#agent/store/protocol.js';
import { rangesOf, SPILL_FILE, Spill } from '#agent/store/spill.js';
import { folder } from './setup.ts';

type Entries = Left['entries'];
/** Entries of so many bytes that do not pack. */
const noise = (bytes: number, seed: number) => {
  let state = seed + 1;
  return Array.from({ length: bytes }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
};
const entry = (n: number, bytes = 10, station = 'outlet') => [['inspections', `id-${n}`, station, n, noise(bytes, n)]] as never;
const entries = (from: number, to: number, bytes?: number): Entries =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, bytes));
const left = (first: number, of: Entries, lost: Left['lost'] = []): Left => ({ first, entries: of, lost });
const range = (from: number, to: number, station = 'outlet') => ({ station, from, to });
/** With its room taken: 64 kB to 4 MB, whatever the disk. */
function prepared(path = folder()) {
  const spill = new Spill(path);
  let pieces = 0;
  while (spill.prepare()) pieces++;
  return { path, file: join(path, SPILL_FILE), spill, pieces };
}
/** A file with as much room as the test wants. */
function withRoom(bytes: number) {
  const path = folder();
  writeFileSync(join(path, SPILL_FILE), Buffer.alloc(bytes));
  return { path, file: join(path, SPILL_FILE), spill: new Spill(path) };
}
const again = (path: string) => new Spill(path).read();

describe('room for records that the disk refuses', () => {
  it('is taken in pieces, written and not left out, and once', () => {
    const { file, spill, pieces } = prepared();
    const { size, blocks } = statSync(file);
    expect(size).toBeGreaterThanOrEqual(64 * 1024);
    expect(size).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(blocks * 512).toBeGreaterThanOrEqual(size);
    expect(pieces).toBe(Math.ceil(size / (256 * 1024)));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    truncateSync(file, 0);
    expect(spill.prepare()).toBe(false);
    expect(statSync(file).size).toBe(0);
  });

  it('is what is there already, with what is in it', () => {
    const { path, spill } = prepared();
    spill.write(left(1, entries(1, 3)), 0);
    const { pieces } = prepared(path);
    expect(pieces).toBe(0);
    expect(again(path)).toEqual(left(1, entries(1, 3)));
  });

  it('is none where the folder cannot be written, and nobody is stopped by that', () => {
    const spill = new Spill('/nowhere/at/all');
    expect([spill.prepare(), spill.prepare(), spill.read()]).toEqual([false, false, null]);
    expect(spill.write(left(1, entries(1, 2), [range(7, 7)]), 0)).toEqual({ spilled: 0, lost: [range(7, 7), range(1, 2)] });
    expect(() => spill.stored(1)).not.toThrow();
  });
});

describe('what is written there', () => {
  it('is read by the next life as it was, bytes too', () => {
    const { path, spill } = prepared();
    const bytes = [['windows', 'id', 1, 2, 3, 'tags', Uint8Array.of(0, 255, 7), Uint8Array.of(1)]] as never;
    expect(spill.write(left(5, [entry(5), bytes], [range(1, 2)]), 4)).toEqual({ spilled: 2, lost: [range(1, 2)] });
    expect(again(path)).toEqual(left(5, [entry(5), bytes], [range(1, 2)]));
  });

  it('goes on where the frame before ended', () => {
    const { path, spill } = prepared();
    expect(spill.write(left(1, entries(1, 2)), 0, false)).toEqual({ spilled: 2, lost: [] });
    expect(spill.write(left(1, entries(1, 5)), 0, false)).toEqual({ spilled: 5, lost: [] });
    expect(spill.write(left(3, entries(3, 6)), 2)).toEqual({ spilled: 4, lost: [] });
    expect(again(path)).toEqual(left(1, entries(1, 6)));
    const next = new Spill(path);
    next.read();
    expect(next.write(left(1, entries(1, 8)), 0)).toEqual({ spilled: 8, lost: [] });
    expect(again(path)).toEqual(left(1, entries(1, 8)));
  });

  it('is nothing that the journal or the file has already', () => {
    const { path, spill } = prepared();
    expect(spill.write(left(1, entries(1, 4)), 4)).toEqual({ spilled: 0, lost: [] });
    expect(again(path)).toBeNull();
    expect(spill.write(left(1, entries(1, 4)), 2)).toEqual({ spilled: 2, lost: [] });
    expect(spill.write(left(1, entries(1, 4)), 2)).toEqual({ spilled: 2, lost: [] });
    expect(spill.write(left(1, entries(1, 4)), 3)).toEqual({ spilled: 1, lost: [] });
    expect(again(path)).toEqual(left(3, entries(3, 4)));
  });

  it('is lost, and said so, where it does not go on from what is there: it would not be read', () => {
    const { path, spill } = prepared();
    spill.write(left(1, entries(1, 2)), 0);
    expect(spill.write(left(4, entries(4, 5)), 0)).toEqual({ spilled: 0, lost: [range(4, 5)] });
    expect(again(path)).toEqual(left(1, entries(1, 2)));
  });
});

describe('what has no room', () => {
  it('stays in memory while the agent goes on, and leaves room for the end', () => {
    const { path, file, spill } = withRoom(64 * 1024);
    const many = entries(1, 100, 1500);
    const before = spill.write(left(1, many), 0, false);
    expect(before.spilled).toBeGreaterThan(20);
    expect(before.lost).toEqual([range(before.spilled + 1, 100)]);
    expect(again(path)).toEqual(left(1, many.slice(0, before.spilled)));
    // At the end at least the sequences of what is lost find their place.
    const end = spill.write(left(1, many), 0);
    expect(end.spilled).toBeGreaterThanOrEqual(before.spilled);
    expect(end.lost).toEqual([range(end.spilled + 1, 100)]);
    expect(again(path)).toEqual(left(1, many.slice(0, end.spilled), [range(end.spilled + 1, 100)]));
    expect(statSync(file).size).toBe(64 * 1024);
  });

  it('is the sequences alone where not one record fits', () => {
    const { path, spill } = withRoom(8 * 1024);
    const big = entries(1, 3, 20_000);
    expect(spill.write(left(1, big), 0)).toEqual({ spilled: 0, lost: [range(1, 3)] });
    expect(again(path)).toEqual(left(1, [], [range(1, 3)]));
  });

  it('is tried all the same where no room was taken: the disk may have some by now', () => {
    const { path, spill } = withRoom(0);
    expect(spill.write(left(1, entries(1, 50, 1000)), 0)).toEqual({ spilled: 50, lost: [] });
    expect(again(path)?.entries).toHaveLength(50);
  });

  it('is lost where the file is full to the brim', () => {
    const { path, spill } = withRoom(2000);
    const first = spill.write(left(1, entries(1, 2, 600)), 0);
    expect(first.spilled).toBe(2);
    expect(spill.write(left(3, entries(3, 4, 3000)), 0)).toEqual({ spilled: 0, lost: [range(3, 4)] });
    expect(again(path)?.entries).toEqual(entries(1, 2, 600));
  });
});

describe('what the journal has taken', () => {
  it('is not read again, once all of it is stored', () => {
    const { path, spill } = prepared();
    spill.write(left(1, entries(1, 3)), 0);
    spill.stored(2);
    expect(again(path)).not.toBeNull();
    spill.stored(3);
    expect(again(path)).toBeNull();
    // And the room is there for the next time.
    expect(spill.write(left(4, entries(4, 5)), 3)).toEqual({ spilled: 2, lost: [] });
    expect(again(path)).toEqual(left(4, entries(4, 5)));
  });

  it('of a life before is all of it, and what was lost, which is an entry of its own', () => {
    const { path, spill } = prepared();
    spill.write(left(1, entries(1, 3), [range(9, 9)]), 0);
    const next = new Spill(path);
    next.read();
    next.stored(3);
    expect(again(path)).not.toBeNull();
    next.stored(4);
    expect(again(path)).toBeNull();
  });

  it('does not bring back what an earlier use left behind it', () => {
    const { path, spill } = prepared();
    spill.write(left(1, entries(1, 3)), 0, false);
    spill.write(left(1, entries(1, 9, 500)), 0, false);
    spill.stored(9);
    spill.write(left(10, entries(10, 12)), 9);
    expect(again(path)).toEqual(left(10, entries(10, 12)));
  });
});

describe('a file that was torn', () => {
  const spoiled = (spoil: (bytes: Buffer) => void) => {
    const { path, file, spill } = prepared();
    spill.write(left(1, entries(1, 2)), 0, false);
    spill.write(left(1, entries(1, 5)), 0, false);
    const bytes = readFileSync(file);
    spoil(bytes);
    writeFileSync(file, bytes);
    return again(path);
  };

  it.each([
    ['in its magic', (bytes: Buffer) => bytes.write('X', 0)],
    ['in its length', (bytes: Buffer) => bytes.writeUInt32LE(0xffffffff, 8)],
    ['in its hash', (bytes: Buffer) => bytes.writeUInt8((bytes[20] ?? 0) ^ 1, 20)],
    ['in its body', (bytes: Buffer) => bytes.writeUInt8((bytes[50] ?? 0) ^ 1, 50)],
  ])('%s is read up to there', (_, spoil) => {
    expect(spoiled(spoil)).toBeNull();
    const second = (bytes: Buffer) => bytes.indexOf('LINESIDE', 1);
    expect(spoiled((bytes) => spoil(bytes.subarray(second(bytes))))).toEqual(left(1, entries(1, 2)));
  });

  it('is nothing where it is empty, short or not there', () => {
    const path = folder();
    expect(again(path)).toBeNull();
    for (const bytes of [Buffer.alloc(0), Buffer.from('LINESIDE'), Buffer.alloc(43)]) {
      writeFileSync(join(path, SPILL_FILE), bytes);
      expect(again(path)).toBeNull();
    }
  });

  it('that ends in the middle of a frame is read up to there', () => {
    const { path, file, spill } = prepared();
    spill.write(left(1, entries(1, 2)), 0, false);
    spill.write(left(1, entries(1, 5)), 0, false);
    const end = readFileSync(file).indexOf('LINESIDE', 1);
    truncateSync(file, end + 60);
    expect(again(path)).toEqual(left(1, entries(1, 2)));
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(8), 0, 8, end);
    closeSync(handle);
    expect(again(path)).toEqual(left(1, entries(1, 2)));
  });
});

describe('sequences of entries', () => {
  it('are ranges by station, in the order of the entries, of inspections alone', () => {
    const decision = [['decisions', 'd', 'outlet', 4]] as never;
    const two = [
      ['inspections', 'a', 'trim', 7],
      ['findings', 'a'],
      ['inspections', 'b', 'outlet', 5],
    ] as never;
    expect(rangesOf([entry(3), entry(4), decision, two, entry(9), entry(8, 1, 'trim')])).toEqual([
      range(3, 5),
      range(9, 9),
      range(7, 8, 'trim'),
    ]);
    expect(rangesOf([])).toEqual([]);
  });
});
