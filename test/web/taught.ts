/** A package that says of itself that it was taught. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { MODELS } from '../integration/line.ts';

type Ends = (remove: () => void) => void;

/** A folder of packages with a copy of one that says how it was taught, and `change`d otherwise. It goes when `ends` is called back. */
export function taughtAs(name: string, taught: object, change = (manifest: string) => manifest, ends: Ends = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-taught-'));
  ends(() => rmSync(folder, { recursive: true, force: true }));
  const models = join(folder, 'models');
  cpSync(join(MODELS, name), join(models, name), { recursive: true });
  const file = join(models, name, 'manifest.yaml');
  const provenance = JSON.stringify({ taught });
  writeFileSync(file, change(readFileSync(file, 'utf8')).replace(/^provenance: .*$/m, `provenance: ${provenance}`));
  return models;
}

/** As if somebody had taught it with parts that all scored low, and had promised 1 in 1000. */
export function taughtModels(ends: Ends = onTestFinished): string {
  const good = Array.from({ length: 100 }, (_, i) => i / 500);
  const taught = { promised: { one_in: 1000, confidence: 0.95 }, held_out: { good, bad: [0.3, 0.4] } };
  return taughtAs('classify', taught, (manifest) => manifest, ends);
}
