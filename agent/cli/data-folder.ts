import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LinesideError } from '../errors.ts';
import { packageRoot } from '../platform/package-root.ts';

/** --data, LINESIDE_DATA, or the folder that lies beside the checkout. */
export function dataFolder({ data }: { readonly data?: string }): string {
  const beside = join(packageRoot, '..', 'shared', 'data');
  const folder = data ?? process.env['LINESIDE_DATA'] ?? beside;
  if (existsSync(folder)) return resolve(folder);
  throw new LinesideError('DATA_MISSING', { set: 'any package', folder: resolve(folder) });
}
