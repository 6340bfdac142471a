/** Where a config's model packages lie. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { packageRoot } from '../platform/package-root.ts';

interface Placed {
  readonly config: { readonly inference?: { readonly models?: string }; readonly store?: { readonly path: string } };
  /** Folder that relative paths in the config mean. */
  readonly base: string;
}

/** Absolute: the folder that the config names, else the packages that come with the agent. A running agent writes nothing there. */
export function packagesFolder({ config, base }: Placed): string {
  const named = config.inference?.models;
  return named === undefined ? join(packageRoot, 'models') : resolve(base, named);
}

/** In a store: what was taught on this box, since an installation may be read-only. The first package that is taught makes it. */
export const taughtIn = (store: string): string => join(store, 'packages');

/** Absolute; null where the config has no store. */
export const taughtFolder = ({ config: { store }, base }: Placed): string | null =>
  store === undefined ? null : taughtIn(resolve(base, store.path));

/**
 * Absolute folder of a package. A taught one goes before an installed one of its name: teaching refuses a name that is taken, so that there are
 * two only where the installation brought it later, and what judges must not become another by that. Of one that is nowhere: where it would be
 * installed.
 */
export function packageFolder(placed: Placed, name: string): string {
  const taught = taughtFolder(placed);
  return taught !== null && existsSync(join(taught, name)) ? join(taught, name) : join(packagesFolder(placed), name);
}

/** Names of all packages, installed and taught; undefined where the folder of the installed ones cannot be read. */
export async function packageNames(placed: Placed): Promise<readonly string[] | undefined> {
  const taught = taughtFolder(placed);
  const installed = await foldersIn(packagesFolder(placed));
  const own = taught === null ? undefined : await foldersIn(taught);
  return installed === undefined ? undefined : [...new Set([...installed, ...(own ?? [])])];
}

const foldersIn = (folder: string): Promise<readonly string[] | undefined> =>
  readdir(folder, { withFileTypes: true }).then(
    (entries) => entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name),
    () => undefined,
  );
