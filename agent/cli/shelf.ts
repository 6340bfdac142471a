/** The packages that a command means: those of a folder, or those of a config, installed and taught. */
import { resolve } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { packageFolder, packageNames, packagesFolder } from '../config/packages-folder.ts';
import { LinesideError } from '../errors.ts';

export interface ModelsOptions {
  /** Folder of the packages. */
  readonly models?: string;
  readonly json?: boolean;
}

export interface Shelf {
  /** Absolute: where packages are installed. */
  readonly folder: string;
  /** Absolute folder of a package, by its name or by the path of its folder; whether it is there shows when it is read. */
  folderOf(name: string): string;
  /** Sorted. Packages in the making lie in folders that begin with a dot, and are none yet. Rejects where `folder` cannot be read. */
  names(): Promise<readonly string[]>;
}

/** What the command line names, else what the config has, else the packages that come with the agent. */
export function shelfOf({ models }: ModelsOptions, loaded?: LoadedConfig | null): Shelf {
  const placed =
    models === undefined ? (loaded ?? { config: {}, base: '' }) : { config: { inference: { models: resolve(models) } }, base: '' };
  const folder = packagesFolder(placed);
  return {
    folder,
    folderOf: (name) => (/[/\\]/.test(name) ? resolve(name) : packageFolder(placed, name)),
    names: async () => {
      const names = await packageNames(placed);
      if (names === undefined) throw new LinesideError('USAGE', { why: `the folder of the packages, ${folder}, cannot be read` });
      return names.filter((name) => !name.startsWith('.')).sort();
    },
  };
}
