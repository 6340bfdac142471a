/** Which file of a folder is a picture, and which is the mask of one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { maskedIn } from '#agent/cli/masks.js';
import { scratch } from '../desk/evaluation/setup.ts';

function folderOf(...files: readonly string[]): string {
  const folder = scratch();
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return folder;
}
async function told(folder: string, bad: string, masks?: string): Promise<readonly (readonly [string, string | null])[]> {
  const { pictures } = await maskedIn(join(folder, bad), masks === undefined ? undefined : join(folder, masks));
  return pictures.map(({ file, mask }) => [relative(folder, file), mask === null ? null : relative(folder, mask)]);
}

describe('masks of pictures', () => {
  it('lie beside them, and are no pictures then', async () => {
    const folder = folderOf('bad/crack/1.jpg', 'bad/crack/1_mask.png', 'bad/crack/2.png', 'bad/crack/2_MASK.png', 'bad/dent/1.jpg');
    expect(await told(folder, 'bad')).toEqual([
      ['bad/crack/1.jpg', 'bad/crack/1_mask.png'],
      ['bad/crack/2.png', 'bad/crack/2_MASK.png'],
      ['bad/dent/1.jpg', null],
    ]);
  });

  it('lie in a folder of their own, as MVTec AD and as VOC name them', async () => {
    const folder = folderOf('test/crack/000.png', 'test/dent/000.jpg', 'ground_truth/crack/000_mask.png', 'ground_truth/dent/000.png');
    expect(await told(folder, 'test', 'ground_truth')).toEqual([
      ['test/crack/000.png', 'ground_truth/crack/000_mask.png'],
      ['test/dent/000.jpg', 'ground_truth/dent/000.png'],
    ]);
  });

  it('lie among them by the same name, as the magnetic tiles have them', async () => {
    const folder = folderOf('MT_Crack/a.jpg', 'MT_Crack/a.png', 'MT_Crack/b.png');
    expect(await told(folder, 'MT_Crack', 'MT_Crack')).toEqual([
      ['MT_Crack/a.jpg', 'MT_Crack/a.png'],
      ['MT_Crack/b.png', null],
    ]);
  });

  it('are none by a JPEG', async () => {
    const folder = folderOf('bad/1.png', 'bad/1_mask.jpg');
    expect(await told(folder, 'bad')).toEqual([
      ['bad/1.png', null],
      ['bad/1_mask.jpg', null],
    ]);
  });

  it('of no picture are left out, and told', async () => {
    const folder = folderOf('bad/1.png', 'bad/1_mask.png', 'bad/dent/2_mask.png', 'bad/3_mask.png', 'bad/3_mask_mask.png');
    const { pictures, orphans } = await maskedIn(join(folder, 'bad'), undefined);
    expect(pictures.map(({ file }) => relative(folder, file))).toEqual(['bad/1.png', 'bad/3_mask.png']);
    expect(orphans.map((file) => relative(folder, file))).toEqual(['bad/dent/2_mask.png']);
    const none = folderOf('bad/1_mask.png');
    await expect(maskedIn(join(none, 'bad'), undefined)).rejects.toMatchObject({
      code: 'DATA_INVALID',
      details: { why: expect.stringContaining('a picture needs another name') },
    });
  });

  it('that no picture has are told, by the names they have in their folder', async () => {
    const folder = folderOf('bad/crack/1.jpg', 'masks/crack/1_mask.png', 'masks/crack/2_mask.png', 'masks/dent/1.png', 'masks/notes.jpg');
    const { pictures, unused } = await maskedIn(join(folder, 'bad'), join(folder, 'masks'));
    expect(pictures.map(({ mask }) => mask && relative(folder, mask))).toEqual(['masks/crack/1_mask.png']);
    expect(unused).toEqual(['crack/2_mask.png', 'dent/1.png']);
    // What lies among them and is a picture of its own is no mask.
    const among = folderOf('MT_Crack/a.jpg', 'MT_Crack/a.png', 'MT_Crack/b.png');
    expect((await maskedIn(join(among, 'MT_Crack'), join(among, 'MT_Crack'))).unused).toEqual([]);
  });

  it('of other pictures are refused, with the name that was looked for', async () => {
    const folder = folderOf('bad/crack/1.jpg', 'masks/other/9.png');
    await expect(told(folder, 'bad', 'masks')).rejects.toMatchObject({
      code: 'DATA_INVALID',
      details: { why: expect.stringContaining('for crack/1.jpg it is crack/1_mask.png') },
    });
  });
});
