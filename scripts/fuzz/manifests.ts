/** Manifests of packages, changed as a hurried hand or a bad disk would. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readManifest } from '../../agent/inference/manifest.ts';
import { packageRoot } from '../../agent/platform/package-root.ts';
import type { Door } from './door.ts';
import { below, mutated, mutatedText, oddNumber } from './mutate.ts';

const NAMES = ['surface-defect', 'process-attention', 'maintenance-text', 'code-reader'] as const;

export const manifests: Door = {
  name: 'manifests',
  summary: 'manifest.yaml of a model package, as readManifest() reads it at a start, a reload and for every `models` command.',
  inputs: { full: 10_000, quick: 100 },
  meets: [/^taken$/, /^MODEL_INVALID$/],
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'fuzz-manifests-'));
    const seeds = await Promise.all(NAMES.map((name) => readFile(join(packageRoot, 'models', name, 'manifest.yaml'))));
    for (const name of NAMES) await mkdir(join(folder, name));
    return {
      async try(random) {
        const at = below(random, NAMES.length);
        const [name, seed] = [NAMES[at] ?? NAMES[0], seeds[at] ?? Buffer.alloc(0)];
        const how = below(random, 3);
        const text = seed.toString('utf8');
        const changed =
          how === 0
            ? mutated(random, seed)
            : how === 1
              ? mutatedText(random, text)
              : text.replace(/\d+(\.\d+)?/g, (number) => (random() < 0.1 ? String(oddNumber(random)) : number));
        await writeFile(join(folder, name, 'manifest.yaml'), changed);
        await readManifest(join(folder, name));
        return 'taken';
      },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
};
