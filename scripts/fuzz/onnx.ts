/** Networks whose bytes have changed: what the import reads of them, and what onnxruntime makes of them in a process that can be killed. */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examine } from '../../agent/desk/importing/import.ts';
import { verifyPackage } from '../../agent/inference/verify.ts';
import { packageRoot } from '../../agent/platform/package-root.ts';
import type { Door } from './door.ts';
import { below, mutated, nudged, pick } from './mutate.ts';

const fixtures = (...path: readonly string[]) => join(packageRoot, 'test', 'fixtures', ...path);

export const onnx: Door = {
  name: 'onnx',
  summary: 'An ONNX file as `models import` reads it: facts, names, wrapping, stripping.',
  inputs: { full: 200_000, quick: 400 },
  meets: [/^taken$/, /^MODEL_UNFIT$/],
  async open() {
    const seeds = await Promise.all(
      [
        fixtures('imports', 'keras-encoder.onnx'),
        fixtures('models', 'classify', 'model.int8-u8s8.onnx'),
        fixtures('models', 'slow', 'model.fp32.onnx'),
      ].map((file) => readFile(file)),
    );
    return {
      async try(random) {
        const seed = seeds[below(random, seeds.length)] ?? Buffer.alloc(0);
        examine((random() < 0.5 ? mutated : nudged)(random, seed), { file: 'fuzz.onnx', tensors: {}, size: [16, 16] });
        return 'taken';
      },
    };
  },
};

/** With one network each, all of them small. */
const PACKAGES = ['slow', 'anomaly', 'detect', 'segment', 'sequence-score'] as const;
const NETWORK = 'model.fp32.onnx';

/** The sentence of a fault begins with its code, in brackets. */
function codeIn(fault: string | null): string {
  const code = /^\[([A-Z_]+)\]/.exec(fault ?? '')?.[1];
  if (code === undefined || code === 'INTERNAL') throw new RangeError(`refused with ${fault}`);
  return code;
}

export const onnxTrial: Door = {
  name: 'onnx-trial',
  summary: 'An ONNX file that a package names by its hash, as onnxruntime loads and runs it on trial.',
  inputs: { full: 1000, quick: 8 },
  meets: [/^taken$/, /^MODEL_INVALID$/],
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'fuzz-onnx-'));
    const seeds = await Promise.all(
      PACKAGES.map(async (name) => {
        const home = join(folder, name);
        await cp(fixtures('models', name), home, { recursive: true });
        return { home, network: await readFile(join(home, NETWORK)), manifest: await readFile(join(home, 'manifest.yaml'), 'utf8') };
      }),
    );
    return {
      async try(random) {
        const { home, network, manifest } = pick(random, seeds as [(typeof seeds)[number], ...typeof seeds]);
        // What is no protobuf any more ends at its first byte: most keep their lengths.
        const changed = random() < 0.1 ? mutated(random, network) : nudged(random, network, 2);
        const sha256 = createHash('sha256').update(changed).digest('hex');
        await writeFile(join(home, NETWORK), changed);
        await writeFile(join(home, 'manifest.yaml'), manifest.replace(/[0-9a-f]{64}/, sha256));
        const { variants } = await verifyPackage(home, {
          providers: ['cpu'],
          threads: 1,
          rounds: 1,
          bounds: { time: 10_000, memory: 1e9 },
        });
        return variants.map(({ ok, fault }) => (ok ? 'taken' : codeIn(fault))).join();
      },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
};
