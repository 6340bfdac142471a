/** A package that says of itself that it was taught. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { MODELS } from '../integration/line.ts';

/** As if somebody had taught it with parts that all scored low, and had promised 1 in 1000. Its folder goes when `ends` is called back. */
export function taughtModels(ends: (remove: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-taught-'));
  ends(() => rmSync(folder, { recursive: true, force: true }));
  const models = join(folder, 'models');
  cpSync(join(MODELS, 'classify'), join(models, 'classify'), { recursive: true });
  const file = join(models, 'classify', 'manifest.yaml');
  const good = Array.from({ length: 100 }, (_, i) => i / 500);
  const provenance = { taught: { promised: { one_in: 1000, confidence: 0.95 }, held_out: { good, bad: [0.3, 0.4] } } };
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^provenance: .*$/m, `provenance: ${JSON.stringify(provenance)}`));
  return models;
}
