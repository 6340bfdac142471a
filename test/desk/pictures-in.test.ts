/** Which files of a folder are its pictures: one answer for teaching, scoring and evaluation. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { picturesIn } from '#agent/desk/pictures-in.js';
import { scratch, write } from './evaluation/setup.ts';

describe('pictures of a folder', () => {
  it('are those in it and in folders within, in the order of their names, and those that links lead to', async () => {
    const folder = scratch();
    for (const name of ['b.png', 'a/c.JPG', 'a/notes.txt', '.hidden/d.png', 'a/.e.png']) write(join(folder, 'shown', name), '');
    write(join(folder, 'store', 'far.bmp'), '');
    write(join(folder, 'store', 'deep', 'near.tif'), '');
    const shown = join(folder, 'shown');
    symlinkSync(join(folder, 'store', 'far.bmp'), join(shown, 'z.bmp'));
    symlinkSync(join(folder, 'store', 'deep'), join(shown, 'lot'));
    symlinkSync(join(folder, 'nowhere.png'), join(shown, 'dead.png'));
    // A folder that leads back to itself is visited once.
    symlinkSync(shown, join(shown, 'a', 'back'));
    expect(await picturesIn(shown)).toEqual(['a/c.JPG', 'b.png', 'lot/near.tif', 'z.bmp'].map((name) => join(shown, name)));
  });

  it('are asked for where there is none', async () => {
    const folder = scratch();
    mkdirSync(join(folder, 'empty'));
    await expect(picturesIn(join(folder, 'empty'))).rejects.toThrow(/it holds no picture/);
    await expect(picturesIn(join(folder, 'no'))).rejects.toThrow(/no cannot be used/);
  });
});
