/**
 * A package is proved in a process that can be killed before any thread of the agent loads it: a network may loop for ever, ask for all
 * memory or bring its process down, and a thread that does so cannot be ended and takes the agent along. What has been proved here is
 * remembered by all that its load depends on, so that a start is as quick as it was.
 */
import { createHash, webcrypto } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { LinesideError } from '../errors.ts';
import { entryUrl } from '../platform/entries.ts';
import { packageRoot, version } from '../platform/package-root.ts';
import { Sandbox } from '../platform/sandbox.ts';
import { type Clock, inWords, type Milliseconds, Minutes, systemClock } from '../time.ts';
import { invalid } from './faults.ts';
import { goldenDigest } from './golden.ts';
import type { Loaded, LoadOrder } from './load.ts';
import type { Manifest } from './manifest.ts';
import { LARGEST, readOfPackage } from './package-file.ts';
import type { Proved } from './prover.ts';

export interface Bounds {
  readonly time: Milliseconds;
  /** Bytes. */
  readonly memory: number;
}

/** A first TensorRT build takes minutes (DESIGN 6); on a processor alone a package that takes a minute is none for a line. */
export const boundsOf = (providers: readonly string[], given: Partial<Bounds> = {}): Bounds => ({
  time: given.time ?? (providers.every((name) => name === 'cpu') ? Minutes(1) : Minutes(20)),
  memory: given.memory ?? halfOfTheBox(),
});

/** What is left of a container's or the box's memory must do for the agent and what else runs there. */
function halfOfTheBox(): number {
  const constrained = process.constrainedMemory();
  return Math.floor((constrained > 0 && constrained < totalmem() ? constrained : totalmem()) / 2);
}

/** One trial: the first provider and variant that holds, with what it took. Rejects as loadNetwork() does, or with MODEL_INVALID beyond the bounds. */
export async function tryOut(order: LoadOrder, clock: Clock, { bounds = {}, signal }: Trying = {}): Promise<Proved> {
  const { name } = order.manifest;
  const { time, memory } = boundsOf(order.providers, bounds);
  const sandbox = new Sandbox({ what: `Proving ${name}`, entry: entryUrl('inference/prover'), clock, memory, env: accelerators() });
  const stop = () => void sandbox.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) throw new LinesideError('STOPPING');
    return await sandbox.ask<Proved>(order, { timeout: time });
  } catch (thrown) {
    if (signal?.aborted) throw new LinesideError('STOPPING');
    const why = refusalOf(thrown, { time, memory });
    throw why === null ? thrown : invalid(name, why);
  } finally {
    signal?.removeEventListener('abort', stop);
    await sandbox.stop();
  }
}

export interface Trying {
  readonly bounds?: Partial<Bounds>;
  readonly signal?: AbortSignal | undefined;
}

/** What was wrong with a network whose process had to be ended; null for other faults. */
export function refusalOf(thrown: unknown, { time, memory }: Bounds): string | null {
  if (!(thrown instanceof LinesideError)) return null;
  if (thrown.code === 'SANDBOX_SLOW') return `it does not load and give its outputs within ${inWords(time)}`;
  if (thrown.code === 'SANDBOX_MEMORY') return `it takes more than ${Math.round(memory / 1e6)} MB of memory`;
  if (thrown.code === 'SANDBOX_DIED') return `the process that tried it ended (${String(thrown.details['why'])})`;
  return null;
}

/** What providers beside the processor read from the environment. */
const accelerators = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (/^(ORT|CUDA|NVIDIA)_/.test(name) && value ? [[name, value]] : [])),
  );

/** Of a proof what the thread must know: what held, and why others did not. */
export type Proof = Pick<Loaded, 'variant' | 'provider' | 'passedOver'> & { readonly memory: number };
export type ProofOrder = Omit<LoadOrder, 'warmUp'>;

export interface ProofsOptions {
  readonly clock: Clock;
  /** Where proofs are remembered; nothing is where there is none. */
  readonly file?: string | undefined;
  readonly bounds?: Partial<Bounds>;
}

/** Name of the file in the store's folder. */
export const PROOFS = 'proofs.json';
/** A box has some ten packages, in some versions. */
const REMEMBERED = 200;

export class Proofs {
  private readonly options: ProofsOptions;
  private readonly stopping = new AbortController();
  private readonly running = new Map<string, Promise<Proof>>();
  private stored: Promise<Map<string, Proof>> | null = null;
  private known: Promise<ReadonlySet<string>> | null = null;

  constructor(options: ProofsOptions) {
    this.options = options;
  }

  /** null: it is one of those that came with the agent, and any of its variants may be loaded. Rejects with why it is refused. */
  async prove(order: ProofOrder): Promise<Proof | null> {
    const contents = await contentsOf(order.manifest);
    if (order.providers.every((name) => name === 'cpu') && (await this.shipped()).has(contents)) return null;
    const key = sha256(
      contents,
      JSON.stringify([process.arch, process.versions.node, version, order.variant, order.providers, order.threads]),
    );
    const remembered = (await this.remembered()).get(key);
    if (remembered) return remembered;
    const running = this.running.get(key) ?? this.run(order, key).finally(() => this.running.delete(key));
    this.running.set(key, running);
    return running;
  }

  /** Like prove(), where the files may have been changed since: their hashes are looked at as well, off this thread. */
  async proveAnew(order: ProofOrder): Promise<Proof | null> {
    const { folder, variants, files, name } = order.manifest;
    const named = [...Object.values(variants).map(({ file, sha256: wanted }) => [file, wanted] as const), ...Object.entries(files)];
    for (const [file, wanted] of named) {
      const refuse = (why: string) => invalid(name, `${file} cannot be read (${why})`);
      const bytes = await readOfPackage(folder, file, { most: LARGEST.network, refuse });
      const found = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
      if (found !== wanted) throw new LinesideError('MODEL_HASH', { model: name, file });
    }
    return this.prove(order);
  }

  /** Ends what is being tried; it rejects with STOPPING. */
  stop(): void {
    this.stopping.abort();
  }

  private async run(order: ProofOrder, key: string): Promise<Proof> {
    const { clock, bounds } = this.options;
    const { loaded, memory } = await tryOut({ ...order, warmUp: 0 }, clock, {
      ...(bounds ? { bounds } : {}),
      signal: this.stopping.signal,
    });
    const { variant, provider, passedOver } = loaded;
    const proof = { variant, provider, passedOver, memory };
    // What holds only since another was refused is tried anew at each start: a driver may have come back.
    if (provider.why === null && passedOver.length === 0) await this.remember(key, proof);
    return proof;
  }

  private remembered(): Promise<Map<string, Proof>> {
    this.stored ??= readProofs(this.options.file);
    return this.stored;
  }

  private shipped(): Promise<ReadonlySet<string>> {
    this.known ??= shippedPackages();
    return this.known;
  }

  private async remember(key: string, proof: Proof): Promise<void> {
    const stored = await this.remembered();
    stored.set(key, proof);
    for (const old of [...stored.keys()].slice(0, -REMEMBERED)) stored.delete(old);
    if (this.options.file) await writeProofs(this.options.file, stored);
  }
}

/** Of commands at a desk: what a process has proved it need not prove again; nothing is written down, since no store is at hand. */
const here = new Proofs({ clock: systemClock });

/**
 * Before anything at a desk loads a package: as before a start. Rejects with why it is refused, MODEL_HASH where its files are not those
 * of its manifest. `bounds`: others than those of a start; then nothing is remembered.
 */
export async function proveAtDesk(order: ProofOrder, bounds?: Partial<Bounds>): Promise<void> {
  await (bounds ? new Proofs({ clock: systemClock, bounds }) : here).proveAnew(order);
}

/** All that a load of the package depends on: the manifest holds the networks and tables by their hashes. */
export async function contentsOf({ folder, ...manifest }: Manifest): Promise<string> {
  return sha256(JSON.stringify(manifest), await goldenDigest({ name: manifest.name, folder }));
}

/** Written by the build: packages that come with the agent are trusted as its code is, as long as not a byte of them changes. */
export const shippedFile: string = join(packageRoot, 'dist', 'libraries', 'packages.json');

async function shippedPackages(): Promise<ReadonlySet<string>> {
  const listed = await readFile(shippedFile, 'utf8')
    .then(JSON.parse)
    .catch(() => []);
  return new Set(Array.isArray(listed) ? listed.filter((one) => typeof one === 'string') : []);
}

/** Nothing where the file cannot be read: everything is proved again. */
async function readProofs(file: string | undefined): Promise<Map<string, Proof>> {
  if (file === undefined) return new Map();
  const stored: unknown = await readFile(file, 'utf8')
    .then(JSON.parse)
    .catch(() => []);
  return new Map(Array.isArray(stored) ? stored.filter(isStored) : []);
}

function isStored(entry: unknown): entry is [string, Proof] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') return false;
  const { variant, provider, passedOver, memory } = (entry[1] ?? {}) as Partial<Proof>;
  return typeof variant === 'string' && typeof provider?.used === 'string' && Array.isArray(passedOver) && typeof memory === 'number';
}

/** A start without it is slower and nothing else: a full disk stops no model. */
async function writeProofs(file: string, proofs: ReadonlyMap<string, Proof>): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, JSON.stringify([...proofs]), { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch {
    // Proved again at the next start.
  }
}

function sha256(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}
