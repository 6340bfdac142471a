import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The Python that has what scripts/requirements-test.txt names: LINESIDE_PYTHON, else ./.venv, else python3. */
export function python(): string {
  const local = resolve('.venv/bin/python');
  return process.env['LINESIDE_PYTHON'] ?? (existsSync(local) ? local : 'python3');
}
