import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { covering, NOTHING, stampsOf } from '#agent/config/covered.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineside-covered-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the files that a reading of the config depends on', () => {
  it('are each there once, in the order in which they were named, as they were before', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => join(folder, name)) as [string, string, string];
    await writeFile(a, '1');
    const first = await covering(NOTHING, [a, b, a]);
    expect(first.files).toEqual([a, b]);
    await writeFile(a, 'longer');
    const second = await covering(first, [b, a, c]);
    expect(second.files).toEqual([a, b, c]);
    expect(second.stamps.slice(0, 2)).toEqual(first.stamps);
    expect(NOTHING).toEqual({ files: [], stamps: [] });
  });

  it('change when one is written, replaced, made or gone', async () => {
    const file = join(folder, 'a');
    const seen = new Set<string>();
    const look = async () => seen.add((await stampsOf([file])).join());
    await look();
    await writeFile(file, '1');
    await look();
    await writeFile(file, '12');
    await look();
    await writeFile(join(folder, 'b'), '12');
    await rename(join(folder, 'b'), file);
    await look();
    expect(seen.size).toBe(4);
    await rm(file);
    await look();
    // Gone is gone, as before it was made.
    expect(seen.size).toBe(4);
    await look();
    expect(seen.size).toBe(4);
  });
});
