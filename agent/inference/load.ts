/** Inside a worker: from a package to a session that has proved itself. */
import { createHash } from 'node:crypto';
import type { Note } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import type { Milliseconds } from '../time.ts';
import { askFor, EVERY, NONE } from './explain.ts';
import { failed, invalid } from './faults.ts';
import { differenceOf, type GoldenCase, readGolden, reasonOf } from './golden.ts';
import { decode, kindOf } from './kinds/index.ts';
import type { DecodeContext, Outputs } from './kinds/kind.ts';
import type { Manifest } from './manifest.ts';
import { LARGEST, mistakenFor, readOfPackage } from './package-file.ts';
import { type Feeds, type InputMemory, openSession, plain, type Session, sizeOf, tensorOf, zeros } from './session.ts';
import { LETTERS } from './text/spelling.ts';
import type { TextSide } from './text/text-side.ts';

export interface LoadOrder {
  readonly manifest: Manifest;
  /** Only this one; else the first of variantOrder() that proves itself. */
  readonly variant: string | null;
  /** Asked for, in this order; the processor is tried last in any case. */
  readonly providers: readonly string[];
  readonly threads: number;
  /** Runs on a golden input after the check; the first runs of a session are slow. */
  readonly warmUp: number;
}

/** What was asked for, what runs, and why it is not the same. */
export interface ProviderReport {
  readonly asked: string;
  readonly used: string;
  readonly why: string | null;
}

export interface Loaded {
  readonly variant: string;
  readonly sha256: string;
  readonly provider: ProviderReport;
  /** Why variants that were preferred do not run. */
  readonly passedOver: readonly string[];
  readonly golden: { readonly cases: number; readonly difference: number; readonly tolerance: number };
  /** Median of the warm-up runs. */
  readonly runMs: number;
}

/** A live network: `input` is written before each run. */
export interface Network {
  readonly loaded: Loaded;
  readonly session: Session;
  readonly feeds: Feeds;
  /** Memory of the feeds, by the package's names. */
  readonly memory: Readonly<Record<string, InputMemory>>;
  /** Writes the feeds of a text; null where there is none. */
  readonly text: TextSide | null;
  run(): Promise<Outputs>;
}

/** Which variant is tried first, by provider and processor; DESIGN 6 has the measurements. Others follow as the manifest lists them. */
const PREFERENCE: Readonly<Record<string, readonly string[]>> = {
  'cpu-x64': ['int8-u8s8', 'int8-dynamic', 'fp32'],
  'cpu-arm64': ['int8-s8s8', 'int8-u8s8', 'int8-dynamic', 'fp32'],
  tensorrt: ['int8-s8s8', 'fp16', 'fp32'],
  cuda: ['fp16', 'fp32'],
};

export function variantOrder(variants: readonly string[], provider: string, processor: string): readonly string[] {
  const preferred = PREFERENCE[provider === 'cpu' ? `cpu-${processor}` : provider] ?? [];
  return [...preferred.filter((name) => variants.includes(name)), ...variants.filter((name) => !preferred.includes(name))];
}

/**
 * The first provider and variant that holds its golden outputs here. Rejects with MODEL_HASH as soon as a file is not the one that
 * the manifest names, else with what the last candidate failed of: MODEL_INVALID or MODEL_GOLDEN.
 */
export async function loadNetwork(order: LoadOrder): Promise<Network> {
  const failures = new Failures(order);
  for (const { provider, variant } of candidates(order)) {
    if (failures.lacks(provider)) continue;
    try {
      return failures.toldIn(await tryVariant(order, provider, variant));
    } catch (thrown) {
      failures.add(provider, variant, asLinesideError(thrown, 'MODEL_INVALID', { model: order.manifest.name }));
    }
  }
  throw failures.last;
}

interface Candidate {
  readonly provider: string;
  readonly variant: string;
}

function candidates({ manifest, variant, providers }: LoadOrder): readonly Candidate[] {
  const of = (provider: string) => (variant === null ? variantOrder(Object.keys(manifest.variants), provider, process.arch) : [variant]);
  return [...new Set([...providers, 'cpu'])].flatMap((provider) => of(provider).map((name) => ({ provider, variant: name })));
}

/** What candidates failed of, one after the other. */
class Failures {
  last: LinesideError;
  private readonly asked: string;
  /** By provider, in words. */
  private readonly missed = new Map<string, string>();
  private readonly lacking = new Set<string>();
  private readonly passedOver: string[] = [];

  constructor({ manifest, providers }: LoadOrder) {
    this.last = invalid(manifest.name, 'there is no variant to try');
    this.asked = providers[0] ?? 'cpu';
  }

  lacks(provider: string): boolean {
    return this.lacking.has(provider);
  }

  /** Throws at once where nothing else is to be tried. */
  add(provider: string, variant: string, fault: LinesideError): void {
    this.last = fault;
    if (fault.code === 'MODEL_HASH') throw fault;
    const isMissing = fault.code === 'PROVIDER_MISSING';
    this.missed.set(provider, isMissing ? String(fault.details['why']) : fault.sentence);
    if (isMissing) this.lacking.add(provider);
    else this.passedOver.push(`${variant} on ${provider}: ${fault.sentence}`);
  }

  toldIn(network: Network): Network {
    const { asked, passedOver } = this;
    const { used } = network.loaded.provider;
    this.missed.delete(used);
    const why = used === asked ? null : [...this.missed].map(([name, reason]) => `${name}: ${reason}`).join('; ');
    return { ...network, loaded: { ...network.loaded, provider: { asked, used, why }, passedOver } };
  }
}

/** A variant's file, as its manifest names it. Rejects with MODEL_HASH, or MODEL_INVALID where it cannot be read. */
export function fileOf(manifest: Manifest, variant: string): Promise<Uint8Array> {
  const described = manifest.variants[variant];
  if (!described) throw invalid(manifest.name, `there is no variant ${variant}, only ${Object.keys(manifest.variants).join(', ')}`);
  return readVerified(manifest, described);
}

/**
 * A network that was made from a package's, which no golden tells of: on the processor, run once. `manifest`: what it takes and gives.
 * Rejects with MODEL_INVALID or MODEL_FAILED.
 */
export async function loadMade(
  manifest: Manifest,
  bytes: Uint8Array,
  threads: number,
): Promise<Pick<Network, 'session' | 'memory' | 'run'>> {
  const session = await open(manifest, bytes, { provider: 'cpu', threads });
  try {
    const { feeds, memory } = feedsOf(session, manifest);
    checkOutputs(session, manifest);
    const run = runner(session, manifest, feeds);
    await run();
    return { session, memory, run };
  } catch (thrown) {
    await session.release();
    throw thrown;
  }
}

async function tryVariant(order: LoadOrder, provider: string, variant: string): Promise<Network> {
  const { manifest, threads, warmUp } = order;
  const described = manifest.variants[variant];
  if (!described) throw invalid(manifest.name, `there is no variant ${variant}, only ${Object.keys(manifest.variants).join(', ')}`);
  const text = await textSideOf(manifest);
  const session = await open(manifest, await readVerified(manifest, described), { provider, threads });
  try {
    const { feeds, memory } = feedsOf(session, manifest);
    checkOutputs(session, manifest);
    const cases = await readGolden(manifest, variant);
    const run = runner(session, manifest, feeds);
    askFor(memory, EVERY);
    const difference = await proveGolden(manifest, cases, { memory, text }, run);
    askFor(memory, NONE);
    const golden = { cases: cases.length, difference, tolerance: manifest.golden.tolerance };
    const runMs = await medianOf(warmUp, run);
    const loaded = {
      variant,
      sha256: described.sha256,
      provider: { asked: provider, used: provider, why: null },
      passedOver: [],
      golden,
      runMs,
    };
    return { loaded, session, feeds, memory, text, run };
  } catch (thrown) {
    await session.release();
    throw thrown;
  }
}

/** The bytes that are hashed are the bytes that run: nothing is read twice. */
async function readVerified(manifest: Manifest, { file, sha256 }: Manifest['variants'][string]): Promise<Uint8Array> {
  const refuse = (why: string) => invalid(manifest.name, `${file} cannot be read (${why})`);
  const bytes = await readOfPackage(manifest.folder, file, { most: LARGEST.network, refuse });
  const foreign = mistakenFor(bytes);
  if (foreign) throw invalid(manifest.name, `${file}: ${foreign.why}; ${foreign.mend}`);
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
  throw new LinesideError('MODEL_HASH', { model: manifest.name, file });
}

async function open(manifest: Manifest, bytes: Uint8Array, { provider, threads }: { provider: string; threads: number }): Promise<Session> {
  try {
    return await openSession(bytes, { provider, threads, fixed: true });
  } catch (thrown) {
    if (provider === 'cpu') throw invalid(manifest.name, `onnxruntime cannot load it (${plain(thrown)})`);
    // Either this build lacks the provider, or it cannot run this network: another one is tried in both cases.
    throw new LinesideError('PROVIDER_MISSING', { provider, why: plain(thrown), used: 'the next one' });
  }
}

/** Loaded where there is a text to read: other models' threads pay nothing for it. */
async function textSideOf(manifest: Manifest): Promise<TextSide | null> {
  const { text } = manifest.inputs;
  return text ? (await import('./text/text-side.ts')).openTextSide(manifest, text) : null;
}

/** The context of a package that no slot has said anything about. */
export function contextOf({ name, labels, good, thresholds, inputs }: Manifest): DecodeContext {
  const channels = inputs.window?.channels.map((channel) => (typeof channel === 'string' ? channel : channel.name)) ?? [];
  return { model: name, labels, good: good ?? null, threshold: thresholds.score, region: null, channels, calibration: null };
}

/** The package's word for one of the network's own names. */
function nameOf({ tensors }: Manifest, theirs: string): string {
  return Object.entries(tensors).find(([, name]) => name === theirs)?.[0] ?? theirs;
}

function checkOutputs(session: Session, manifest: Manifest): void {
  const given = session.outputs.map((port) => nameOf(manifest, port.name));
  const missing = kindOf(manifest.kind)
    .outputs(manifest.decode)
    .filter((name) => !given.includes(name));
  if (missing.length > 0)
    throw invalid(manifest.name, `the network gives ${given.join(', ')}; ${manifest.kind} needs ${missing.join(', ')} too`);
}

/** Outputs by the package's names; what onnxruntime throws becomes MODEL_FAILED. */
function runner(session: Session, manifest: Manifest, feeds: Feeds): () => Promise<Outputs> {
  const renamed = Object.keys(manifest.tensors).length > 0;
  return async () => {
    try {
      const outputs = await session.run(feeds);
      return renamed ? Object.fromEntries(Object.entries(outputs).map(([name, output]) => [nameOf(manifest, name), output])) : outputs;
    } catch (thrown) {
      throw failed(manifest.name, plain(thrown));
    }
  };
}

/** One tensor an input, allocated once; its shape comes from the network and must be what the manifest says. */
function feedsOf(session: Session, manifest: Manifest): Pick<Network, 'feeds' | 'memory'> {
  const wanted = shapesOf(manifest);
  const feeds: Record<string, Feeds[string]> = {};
  const memory: Record<string, InputMemory> = {};
  for (const port of session.inputs) {
    const name = nameOf(manifest, port.name);
    const shape = wanted[name];
    if (!shape)
      throw invalid(manifest.name, `the network has an input ${port.name} that nobody feeds; inputs are ${Object.keys(wanted).join(', ')}`);
    const values = zeros(port.type, sizeOf(shape));
    const type = TYPES[name] ?? 'float32';
    if (!values || port.type !== type || !fits(port.shape, shape)) {
      throw invalid(
        manifest.name,
        `input ${port.name} is ${port.type} [${port.shape.join(', ')}], the manifest says ${type} [${shape.join(', ')}]`,
      );
    }
    memory[name] = values;
    feeds[port.name] = tensorOf(type, values, shape);
  }
  return { feeds, memory };
}

const fits = (found: readonly (number | string)[], wanted: readonly number[]): boolean =>
  found.length === wanted.length && found.every((n, i) => typeof n === 'string' || n === wanted[i]);

const TYPES: Readonly<Record<string, string>> = { image: 'uint8', words: 'int32', letters: 'uint8' };

function shapesOf({ inputs: { image, window, text } }: Manifest): Readonly<Record<string, readonly number[]>> {
  if (text) return { words: [1, text.words], letters: [1, text.words, LETTERS] };
  if (image) return { image: [1, image.height, image.width, image.channels], explain: [1] };
  const channels = window?.channels.length ?? 0;
  const each = [channels];
  return { window: [1, window?.steps ?? 0, channels], mean: each, spread: each, scored: each, explain: [1] };
}

/** Largest difference over all cases; rejects with MODEL_GOLDEN where it is beyond the tolerance. */
async function proveGolden(
  manifest: Manifest,
  cases: readonly GoldenCase[],
  into: Pick<Network, 'memory' | 'text'>,
  run: () => Promise<Outputs>,
): Promise<number> {
  let worst = 0;
  for (const golden of cases) {
    const note = setInputs(manifest, golden, into);
    const outputs = await run().catch((thrown: unknown) => {
      throw invalid(manifest.name, `it does not run on golden case ${golden.name} (${reasonOf(thrown)})`);
    });
    worst = Math.max(worst, differenceOf(outputs, golden.outputs));
    proveDecodes(manifest, outputs, note);
  }
  const { tolerance } = manifest.golden;
  if (worst <= tolerance) return worst;
  throw new LinesideError('MODEL_GOLDEN', { model: manifest.name, difference: Number(worst.toPrecision(3)), tolerance });
}

/** A package whose outputs do not fit its labels is found out here, and not at the first part. */
function proveDecodes(manifest: Manifest, outputs: Outputs, note: Note | undefined): void {
  if (outputs['residual']) return;
  try {
    decode(manifest.kind, outputs, manifest.decode, { ...contextOf(manifest), ...(note ? { note } : {}) });
  } catch (thrown) {
    const { code, details, sentence } = asLinesideError(thrown);
    // Goldens show it a picture without a part too.
    if (code === 'PART_NOT_FOUND') return;
    throw invalid(manifest.name, String(details['why'] ?? sentence));
  }
}

/** What was read, where the input is a text. */
function setInputs(manifest: Manifest, golden: GoldenCase, { memory, text }: Pick<Network, 'memory' | 'text'>): Note | undefined {
  if (text && golden.text) return proveNote(manifest, golden.name, golden.text, text.read(golden.text.raw, memory));
  for (const [name, { values }] of Object.entries(golden.inputs)) {
    const target = memory[name];
    if (!target || target.length !== values.length) {
      throw invalid(
        manifest.name,
        `golden case ${golden.name}: input ${name} has ${values.length} values, ${target?.length ?? 'no'} are wanted`,
      );
    }
    target.set(values);
  }
  return undefined;
}

/** The tables must read a text as they did where they were made: the network's outputs alone would not show a word that it does not know. */
function proveNote(manifest: Manifest, name: string, { plain: wanted }: { readonly plain: string }, note: Note): Note {
  const found = note.words.map((word) => word.plain).join(' ');
  if (found === wanted) return note;
  throw invalid(manifest.name, `golden case ${name} reads "${found}" here, and "${wanted}" is wanted`);
}

/** A slow network is warm after fewer runs. */
const WARM: Milliseconds = 5000;

/** Median time of `count` runs, or of those that WARM allows, ms; 0 for none. */
async function medianOf(count: number, run: () => Promise<Outputs>): Promise<number> {
  const times: number[] = [];
  const started = performance.now();
  while (times.length < count && performance.now() - started < WARM) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
}
