import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from '#agent/config/replace.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineside-replace-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a config file that is replaced', () => {
  it('is another file with the same name and mode, and nothing beside it', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, 'old');
    await chmod(file, 0o640);
    const { ino } = await stat(file);
    await replaceFile(file, 'new: ä\n');
    expect(await readFile(file, 'utf8')).toBe('new: ä\n');
    const now = await stat(file);
    expect([now.mode & 0o777, now.ino === ino]).toEqual([0o640, false]);
    expect(await readdir(folder)).toEqual(['line.yaml']);
  });

  it('stays behind its symbolic link', async () => {
    const [link, file] = [join(folder, 'line.yaml'), join(folder, 'real.yaml')];
    await writeFile(file, 'old');
    await symlink('real.yaml', link);
    await replaceFile(link, 'new');
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(file, 'utf8')).toBe('new');
  });

  it('stays as it is where it cannot be replaced, and says why', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, 'old');
    await mkdir(`${file}.new`);
    await expect(replaceFile(file, 'new')).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      details: { file, why: expect.stringMatching(/^it cannot be replaced \(.*EISDIR/) },
      cause: { code: 'EISDIR' },
    });
    expect(await readFile(file, 'utf8')).toBe('old');
  });

  it('leaves no draft behind where the last step fails', async () => {
    const file = join(folder, 'line.yaml');
    await mkdir(file);
    await writeFile(join(file, 'full'), '');
    await expect(replaceFile(file, 'new')).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    expect(await readdir(folder)).toEqual(['line.yaml']);
  });

  it('is there to begin with', async () => {
    await expect(replaceFile(join(folder, 'nowhere.yaml'), 'new')).rejects.toThrow('ENOENT');
  });
});
