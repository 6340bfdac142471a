/** `lineside models verify`: does a package hold what it promises on this box? */
import { asLinesideError } from '../errors.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import type { Loaded, ProviderReport } from './load.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { type Bounds, tryOut } from './proofs.ts';

export interface VerifyOptions {
  /** Tried in this order, the processor last. */
  readonly providers: readonly string[];
  readonly threads: number;
  /** Runs whose median is `runMs`. Default: 20. */
  readonly rounds?: number;
  /** For each variant. */
  readonly bounds?: Partial<Bounds>;
  readonly signal?: AbortSignal;
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

/**
 * Checks every variant in a process of its own, one after the other; each gets a verdict within the bounds of its time and memory. Rejects
 * with MODEL_INVALID where there is no usable manifest, with STOPPING when the signal aborts.
 */
export async function verifyPackage(folder: string, options: VerifyOptions): Promise<PackageCheck> {
  const manifest = await readManifest(folder);
  const variants: VariantCheck[] = [];
  for (const variant of Object.keys(manifest.variants)) variants.push(await verifyVariant(manifest, variant, options));
  return { package: manifest.name, version: manifest.version, kind: manifest.kind, variants };
}

async function verifyVariant(manifest: Manifest, variant: string, options: VerifyOptions): Promise<VariantCheck> {
  const { providers, threads, rounds: warmUp = 20, bounds, signal } = options;
  try {
    const order = { manifest, variant, providers, threads, warmUp };
    const { loaded } = await tryOut(order, systemClock, { signal, ...(bounds ? { bounds } : {}) });
    const { provider, golden, runMs } = loaded;
    return { variant, ok: true, fault: null, provider, golden, runMs };
  } catch (thrown) {
    const fault = asLinesideError(thrown);
    if (fault.code === 'STOPPING') throw fault;
    return { variant, ok: false, fault: fault.message, provider: null, golden: null, runMs: null };
  }
}
