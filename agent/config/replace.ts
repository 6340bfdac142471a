/** Replaces the config file whole: after a power cut there is the old one or the new one. */
import { link, open, realpath, rename, rm, stat } from 'node:fs/promises';
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

/** Whole or not at all, and never over another: rejects with CONFIG_EXISTS where there is one, and with CONFIG_READ_ONLY. */
export async function createFile(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  try {
    const handle = await open(draft, 'w', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A name that is taken is a fault here, which renaming would pass over.
    await link(draft, file);
    await flushFolder(dirname(file));
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') throw new LinesideError('CONFIG_EXISTS', { file });
    throw new LinesideError('CONFIG_READ_ONLY', { file, why: messageOf(thrown) }, { cause: thrown });
  } finally {
    await rm(draft, { force: true }).catch(() => {});
  }
}

/** The name leads to the new file only when the folder is on the disk. Some file systems flush no folders. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync().catch(() => {});
  } finally {
    await handle.close();
  }
}
