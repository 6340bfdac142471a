/** Replaces the config file whole: after a power cut there is the old one or the new one. */
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LinesideError, messageOf } from '../errors.ts';

/** A symbolic link goes on pointing where it did; mode and, where we may, owner stay. Rejects with CONFIG_UNREADABLE. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const target = await realpath(file);
  const draft = `${target}.new`;
  try {
    const { mode, uid, gid } = await stat(target);
    const handle = await open(draft, 'w', mode);
    try {
      await handle.writeFile(text);
      await handle.chown(uid, gid).catch(() => {});
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, target);
    await flushFolder(dirname(target));
  } catch (thrown) {
    await rm(draft, { force: true }).catch(() => {});
    throw new LinesideError('CONFIG_UNREADABLE', { file, why: `it cannot be replaced (${messageOf(thrown)})` }, { cause: thrown });
  }
}

/** The name leads to the new file only when the folder is on the disk. Some file systems flush no folders. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync().catch(() => {});
  } finally {
    await handle.close();
  }
}
