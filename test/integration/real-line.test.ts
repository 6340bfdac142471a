import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { python } from '../simulators/python.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'lineside-rendered-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const modules = ['asyncua', 'cv2', 'onnxruntime', 'yaml'];
const present = spawnSync(python(), ['-c', modules.map((m) => `import ${m}`).join('\n')]).status === 0;

// The small version of `npm run real-line`: rendered castings instead of a data set that may not be here.
describe.skipIf(!present)(`real input (needs ${modules.join(', ')} in ${python()})`, () => {
  it('gives one event a trigger, each with the score that Python gives for the same file', { timeout: 180_000 }, () => {
    execFileSync(process.execPath, [join(root, 'dist/scripts/demo-set.js'), '--out', folder, '--seeds', '3', '--parts', '30'], {
      stdio: 'ignore',
    });
    const images = ['--folder', join(folder, 'images'), '--package', 'demo-surface', '--format', 'mono8', '--period', '250'];
    const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/scripts/real-line.js'), '--json', ...images], {
      encoding: 'utf8',
      env: { ...process.env, LINESIDE_PYTHON: python() },
    });
    const result = stdout === '' ? { failed: stderr } : JSON.parse(stdout);
    expect(result).toMatchObject({ triggers: 30, events: 30, missing: 0, duplicates: 0, verdict_mismatches: 0 });
    expect(result.score_max_diff).toBeLessThanOrEqual(0.001);
  });
});
