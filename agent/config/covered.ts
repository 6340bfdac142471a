/** The files that a reading of the config depends on, each as it was before it was read: whoever finds them the same need not read again. */
import { stat } from 'node:fs/promises';

export interface Covered {
  /** Absolute, missing ones too. */
  readonly files: readonly string[];
  readonly stamps: readonly string[];
}

export const NOTHING: Covered = { files: [], stamps: [] };

/** Changes when any of the files is replaced, written, made or gone. */
export const stampsOf = (files: readonly string[]): Promise<readonly string[]> => Promise.all(files.map(stampOf));

const stampOf = (file: string): Promise<string> =>
  stat(file).then(
    ({ dev, ino, size, mtimeMs, ctimeMs }) => [dev, ino, size, mtimeMs, ctimeMs].join(':'),
    () => 'gone',
  );

/** `before` and these files, those that are new as they are now. */
export async function covering({ files, stamps }: Covered, more: readonly string[]): Promise<Covered> {
  const fresh = [...new Set(more)].filter((file) => !files.includes(file));
  return { files: [...files, ...fresh], stamps: [...stamps, ...(await stampsOf(fresh))] };
}
