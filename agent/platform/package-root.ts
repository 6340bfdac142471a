/** Where this package lies and which version it is: models/, config/ and what the build made are found from here, built or installed. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function find(from: string): string {
  return existsSync(join(from, 'package.json')) || dirname(from) === from ? from : find(dirname(from));
}

/** Folder that holds package.json. */
export const packageRoot: string = find(dirname(fileURLToPath(import.meta.url)));

const manifest: { version?: string } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
export const version: string = manifest.version ?? '0.0.0';
