import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#agent/platform/package-root.js';

/** The Python that has what scripts/requirements-test.txt names: LINESIDE_PYTHON, else ./.venv, else python3. */
export function python(): string {
  const local = join(packageRoot, '.venv', 'bin', 'python');
  return process.env['LINESIDE_PYTHON'] ?? (existsSync(local) ? local : 'python3');
}
