/** The pictures of a folder that somebody names. */
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LinesideError, messageOf } from '../errors.ts';

export const PICTURE = /\.(png|jpe?g|tiff?|bmp)$/i;
/** Files and folders that are looked at, at most: a folder of a million is a mistake. */
const MOST = 200_000;

/**
 * Absolute paths, in the order of their names, of the folder and of folders within; what begins with a dot is left out. A link counts as what
 * it leads to, once. Rejects with DATA_INVALID where there is no picture.
 */
export async function picturesIn(folder: string): Promise<readonly string[]> {
  const refuse = (why: string) => new LinesideError('DATA_INVALID', { file: folder, why });
  const search = new Search(refuse);
  try {
    search.visit(resolve(folder));
  } catch (thrown) {
    throw thrown instanceof LinesideError ? thrown : refuse(messageOf(thrown));
  }
  if (search.files.length === 0) throw refuse('it holds no picture (png, jpg, tif, bmp)');
  return search.files.sort();
}

class Search {
  readonly files: string[] = [];
  private readonly refuse: (why: string) => LinesideError;
  private readonly visited = new Set<string>();
  private seen = 0;

  constructor(refuse: (why: string) => LinesideError) {
    this.refuse = refuse;
  }

  visit(folder: string): void {
    const real = realpathSync(folder);
    if (this.visited.has(real)) return;
    this.visited.add(real);
    const entries = readdirSync(folder, { withFileTypes: true });
    this.seen += entries.length;
    if (this.seen > MOST) throw this.refuse(`it holds more than ${MOST} files`);
    for (const entry of entries.filter(({ name }) => !name.startsWith('.'))) this.take(entry, join(folder, entry.name));
  }

  private take(entry: Dirent, path: string): void {
    const kind = kindOf(entry, path);
    if (kind === 'folder') this.visit(path);
    else if (kind === 'file' && PICTURE.test(entry.name)) this.files.push(path);
  }
}

/** A link that leads nowhere is neither. */
function kindOf(entry: Dirent, path: string): 'file' | 'folder' | null {
  const found = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry;
  if (found?.isDirectory()) return 'folder';
  return found?.isFile() ? 'file' : null;
}
