/** `lineside models verify`: does a package hold what it promises on this box? */
import { asLinesideError, LinesideError } from '../errors.ts';
import type { Milliseconds } from '../time.ts';
import type { Loaded, ProviderReport } from './load.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { startWorker, Thread } from './thread.ts';
import type { WorkerOrder } from './worker.ts';

export interface VerifyOptions {
  /** Tried in this order, the processor last. */
  readonly providers: readonly string[];
  readonly threads: number;
  /** Runs whose median is `runMs`. Default: 20. */
  readonly rounds?: number;
}

export interface VariantCheck {
  readonly variant: string;
  /** Its hash is right, it loads, and it reproduces every golden output within the tolerance. */
  readonly ok: boolean;
  /** The operator's sentence, with its code before it. */
  readonly fault: string | null;
  readonly provider: ProviderReport | null;
  readonly golden: Loaded['golden'] | null;
  readonly runMs: Milliseconds | null;
}

export interface PackageCheck {
  readonly package: string;
  readonly version: string;
  readonly kind: Manifest['kind'];
  readonly variants: readonly VariantCheck[];
}

/** Checks every variant in a thread of its own, one after the other. Rejects with MODEL_INVALID where there is no usable manifest. */
export async function verifyPackage(folder: string, options: VerifyOptions): Promise<PackageCheck> {
  const manifest = await readManifest(folder);
  const variants: VariantCheck[] = [];
  for (const variant of Object.keys(manifest.variants)) variants.push(await verifyVariant(manifest, variant, options));
  return { package: manifest.name, version: manifest.version, kind: manifest.kind, variants };
}

async function verifyVariant(
  manifest: Manifest,
  variant: string,
  { providers, threads, rounds = 20 }: VerifyOptions,
): Promise<VariantCheck> {
  const thread = new Thread(startWorker('worker'), manifest.name);
  const order: WorkerOrder = { manifest, variant, providers, threads, warmUp: rounds, lanes: [], calibration: null, channels: null };
  try {
    const { provider, golden, runMs } = await thread.call<Loaded>('load', order);
    return { variant, ok: true, fault: null, provider, golden, runMs };
  } catch (thrown) {
    return { variant, ok: false, fault: asLinesideError(thrown).message, provider: null, golden: null, runMs: null };
  } finally {
    await thread.end(new LinesideError('STOPPING'));
  }
}
