/** Where a config's model packages lie. */
import { join, resolve } from 'node:path';
import { packageRoot } from '../platform/package-root.ts';

interface Placed {
  readonly config: { readonly inference?: { readonly models?: string } };
  /** Folder that relative paths in the config mean. */
  readonly base: string;
}

/** Absolute: the folder that the config names, else the packages that come with the agent. */
export function packagesFolder({ config, base }: Placed): string {
  const named = config.inference?.models;
  return named === undefined ? join(packageRoot, 'models') : resolve(base, named);
}
