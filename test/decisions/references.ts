/** Values of textbook data, computed by programs that share nothing with this one; beside the checkout, where they are. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#agent/platform/package-root.js';

const file = join(process.env['LINESIDE_REFERENCES'] ?? join(packageRoot, '..', 'shared'), 'spc', 'reference.json');
export const hasReferences = existsSync(file);

/** Undefined where they are not. */
// biome-ignore lint/suspicious/noExplicitAny: whatever its writers put into it; a value that is missing fails its test.
export const references: any = hasReferences ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
