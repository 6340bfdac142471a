/** `lineside models import`: from somebody's ONNX file to a package that has proved itself on this box. */
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { ModelKindName } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { LARGEST, mistakenFor } from '../../inference/package-file.ts';
import { verifyPackage } from '../../inference/verify.ts';
import { readRegular } from '../../platform/plain-file.ts';
import { type Input, inputOf, outputsOf } from './fit.ts';
import { type Case, madeInputs, readGoldens } from './goldens.ts';
import { manifestText } from './manifest.ts';
import type { NumpyArray } from './npz.ts';
import { type OnnxFacts, type OnnxPort, readOnnx } from './onnx.ts';
import { openProbe, type Probe } from './probing.ts';
import { strip } from './strip.ts';
import { EXIT, freeNames, isTurned, type Scaling, type WrapNames, wrap } from './wrap.ts';

/** What the file cannot tell; what is absent is asked for. */
export interface ImportWish {
  readonly file: string;
  /** Folder of the packages. */
  readonly models: string;
  readonly name: string;
  readonly version: string;
  readonly summary?: string;
  readonly kind?: ModelKindName;
  readonly labels?: readonly string[];
  readonly good?: string;
  readonly threshold: number;
  readonly size?: readonly [number, number];
  readonly scaling?: Scaling;
  readonly channels?: readonly string[];
  readonly every?: string;
  /** The package's name of an output -> the network's. */
  readonly tensors: Readonly<Record<string, string>>;
  readonly golden?: string;
  readonly tolerance: number;
  /** Replaces a package of that name. */
  readonly force: boolean;
}

/** What has to be known and is in no file. */
export type Question = 'labels' | 'good' | 'scaling' | 'channels';
/** null: nobody is there to answer. */
export type Ask = (question: Question, about: string) => Promise<string | null>;

export interface Imported {
  readonly package: string;
  readonly folder: string;
  readonly kind: ModelKindName;
  readonly variant: string;
  readonly wrapped: readonly string[];
  /** Outputs that nobody asked for, with what they are. */
  readonly left_out: readonly string[];
  /** Bytes of notes that the exporter had left in the file. */
  readonly stripped: number;
  readonly goldens: { readonly from: 'framework' | 'this runtime'; readonly cases: number; readonly difference: number };
  readonly runMs: number;
}

/** Rejects with MODEL_UNFIT, MODEL_GOLDEN, DATA_INVALID, or USAGE where something is neither said nor answered. */
export async function importModel(wish: ImportWish, ask: Ask): Promise<Imported> {
  const target = join(wish.models, wish.name);
  if (!wish.force && (await stat(target).catch(() => null)))
    throw new LinesideError('USAGE', { why: `there is a package ${wish.name} already; --force replaces it` });
  const refuse = (why: string) => new LinesideError('DATA_INVALID', { file: wish.file, why });
  const source = await readRegular(wish.file, { most: LARGEST.network, refuse });
  const { facts, input, outputs, names } = examine(source, wish);
  const scaling =
    input.kind === 'image' && input.float
      ? spreadOut(wish.scaling ?? parseScaling(await answer(ask, 'scaling', about.scaling), input.channels), input.channels)
      : null;
  const entered = wrap(source, input, { scaling, logits: null, outputs: outputs.map(({ name }) => name), names });
  const draft = await mkdtemp(join(tmpdir(), 'lineside-import-'));
  const probe = await openProbe(entered, wish.file);
  try {
    const described = await describe({ wish, facts, input, outputs, names, source, scaling, probe, ask });
    const folder = join(draft, wish.name);
    await writePackage(folder, described);
    const check = await verifyPackage(folder, { providers: ['cpu'], threads: 1 });
    const [variant] = check.variants;
    if (!variant?.ok)
      throw new LinesideError('MODEL_UNFIT', { file: wish.file, why: variant?.fault ?? 'it does not run', mend: described.mend });
    await rm(target, { recursive: true, force: true });
    await cp(folder, target, { recursive: true });
    const goldens = { from: described.from, cases: described.cases.length, difference: variant.golden?.difference ?? 0 };
    return {
      package: wish.name,
      folder: target,
      kind: described.kind,
      variant: described.variant,
      wrapped: described.wrapped,
      left_out: facts.outputs.filter((port) => !outputs.includes(port)).map(({ name, type }) => `${name} (${type})`),
      stripped: described.stripped,
      goldens,
      runMs: variant.runMs ?? 0,
    };
  } finally {
    await Promise.all([probe.close(), rm(draft, { recursive: true, force: true })]);
  }
}

interface Examined {
  readonly facts: OnnxFacts;
  readonly input: Input;
  /** Those that stay. */
  readonly outputs: readonly OnnxPort[];
  readonly names: WrapNames;
}

/** What a file tells before anything of it runs. Throws MODEL_UNFIT, or USAGE for an output that it does not have. Pure. */
export function examine(source: Uint8Array, wish: Pick<ImportWish, 'file' | 'size' | 'tensors'>): Examined {
  const facts = factsOf(source, wish.file);
  const input = inputOf(facts, wish);
  const outputs = outputsOf(facts, wish);
  try {
    const names = freeNames(source);
    // Everything that the import rewrites later is gone through once, so that it is all there.
    strip(wrap(source, input, { scaling: null, logits: null, outputs: outputs.map(({ name }) => name), names }));
    return { facts, input, outputs, names };
  } catch {
    throw new LinesideError('MODEL_UNFIT', { file: wish.file, why: 'parts of it are damaged', mend: 'copy it again, or export it again' });
  }
}

function factsOf(source: Uint8Array, file: string): OnnxFacts {
  const unfit = (why: string, mend = 'export the network as ONNX') => new LinesideError('MODEL_UNFIT', { file, why, mend });
  const foreign = mistakenFor(source);
  if (foreign) throw unfit(foreign.why, `${foreign.mend}, then import it`);
  try {
    const facts = readOnnx(source);
    if (facts.operators.length > 0) return facts;
  } catch {
    throw unfit('it is no ONNX file');
  }
  throw unfit('it is no ONNX file, or one without a network');
}

interface Work {
  readonly wish: ImportWish;
  readonly facts: OnnxFacts;
  readonly input: Input;
  /** Those that stay. */
  readonly outputs: readonly OnnxPort[];
  readonly names: WrapNames;
  readonly source: Uint8Array;
  readonly scaling: Scaling | null;
  readonly probe: Probe;
  readonly ask: Ask;
}

interface Described {
  readonly kind: ModelKindName;
  readonly variant: string;
  readonly network: Uint8Array;
  readonly manifest: string;
  readonly cases: readonly Case[];
  readonly from: 'framework' | 'this runtime';
  readonly wrapped: readonly string[];
  readonly stripped: number;
  /** What to do where it does not reproduce its goldens. */
  readonly mend: string;
}

async function describe(work: Work): Promise<Described> {
  const { wish, facts, input, names, source, scaling, ask } = work;
  const made = await madeBy(work);
  const outputs = outputNames(work.outputs, wish, made[0]?.outputs ?? {});
  const kind = wish.kind ?? guessKind(input, outputs, wish.file);
  const classes = Object.entries(outputs).find(([, ours]) => ours === EXIT)?.[0];
  const logits = classes !== undefined && !made.every(({ outputs: said }) => areShares(said[classes])) ? classes : null;
  const whole = wrap(source, input, { scaling, logits, outputs: Object.keys(outputs), names });
  const network = strip(whole);
  const from = wish.golden === undefined ? 'this runtime' : 'framework';
  const cases =
    wish.golden === undefined
      ? made.map((one) => ({ ...one, outputs: renamed(one.outputs, outputs) }))
      : await readGoldens(wish.golden, input, { input: input.kind, outputs });
  const variant = facts.operators.some((name) => /Quantize|QLinear|Integer/.test(name)) ? 'int8' : 'fp32';
  const wrapped = wrappedBy(input, scaling, logits);
  const manifest = manifestText(
    {
      name: wish.name,
      version: wish.version,
      kind,
      summary: wish.summary ?? `Imported from ${basename(wish.file)}.`,
      ...(await labelsOf(wish, ask, kind, made[0]?.outputs[classes ?? ''])),
      threshold: wish.threshold,
      tolerance: wish.tolerance,
      variant,
      wrapped,
      every: wish.every ?? null,
      channels: input.kind === 'image' ? [] : await channelsOf(wish, ask, input.channels),
      tensors: tensorsOf(work, outputs, logits),
      goldens: GOLDENS[from](basename(wish.golden ?? '')),
      source: { file: basename(wish.file), bytes: source },
    },
    input,
    facts,
    { name: `model.${variant}.onnx`, bytes: network },
  );
  const stripped = whole.length - network.length;
  // A framework may have kept its probabilities; what this runtime said of the bare network is odds, even where some look like shares.
  const isSoft = from === 'framework' && cases.every(({ outputs: said }) => said[EXIT] === undefined || areShares(said[EXIT]));
  return {
    kind,
    variant,
    network,
    stripped,
    manifest,
    cases: logits !== null && !isSoft ? cases.map(softened) : cases,
    from,
    wrapped,
    mend: MEND[from],
  };
}

/** What the network gives for inputs that nobody has given it yet. */
function madeBy({ input, scaling, names, probe }: Work) {
  const entry = isTurned(input, scaling) ? names.entry : input.port.name;
  return Promise.all(madeInputs(input).map(async (one) => ({ ...one, outputs: await probe.run(entry, one.input, input) })));
}

function wrappedBy(input: Input, scaling: Scaling | null, logits: string | null): readonly string[] {
  const before =
    input.kind === 'image' && isTurned(input, scaling) ? [`uint8 NHWC in, ${input.layout} and ${scaling ? 'floats' : 'bytes'} behind`] : [];
  return [...before, ...(logits ? ['softmax'] : [])];
}

const GOLDENS: Readonly<Record<Described['from'], (file: string) => string>> = {
  framework: (file) => `the framework's own, ${file}`,
  'this runtime': () =>
    'made by this runtime on import: they show that it computes the same tomorrow, not that it computes what was trained',
};
const MEND: Readonly<Record<Described['from'], string>> = {
  framework: 'compare how bytes become floats in training (--range, --mean, --spread) and the layout of the exported input',
  'this runtime': 'see `lineside models import --help`',
};

/** The package's name of every output that stays: as said, or by what each kind calls a sole output. */
function outputNames(
  outputs: readonly OnnxPort[],
  { tensors }: Pick<ImportWish, 'tensors'>,
  said: Readonly<Record<string, NumpyArray>>,
): Readonly<Record<string, string>> {
  const named = outputs.map(({ name }): [string, string] => [
    name,
    Object.entries(tensors).find(([, theirs]) => theirs === name)?.[0] ?? name,
  ]);
  const [sole, ...others] = named;
  const shape = said[sole?.[0] ?? '']?.shape ?? [];
  if (!sole || others.length > 0 || sole[0] !== sole[1] || shape.length !== 2) return Object.fromEntries(named);
  return { [sole[0]]: shape[1] === 1 ? 'score' : EXIT };
}

function guessKind(input: Input, outputs: Readonly<Record<string, string>>, file: string): ModelKindName {
  const ours = Object.values(outputs);
  if (input.kind === 'window') return 'sequence';
  if (ours.includes('boxes')) return 'detect';
  if (ours.includes('mask')) return 'segment';
  if (ours.includes(EXIT)) return 'classify';
  if (ours.includes('score') && ours.includes('heatmap')) return 'anomaly';
  throw new LinesideError('MODEL_UNFIT', {
    file,
    why: `its outputs ${Object.keys(outputs).join(', ')} tell no kind`,
    mend: 'say --kind, and --tensor OURS=THEIRS for the outputs that this kind has (models/README.md)',
  });
}

function areShares(output: NumpyArray | undefined): boolean {
  if (!output) return false;
  return output.data.every((value) => value >= -1e-6) && Math.abs(output.data.reduce((a, b) => a + b, 0) - 1) < 1e-3;
}

const renamed = (outputs: Readonly<Record<string, NumpyArray>>, names: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(outputs).map(([name, output]) => [names[name] ?? name, output]));

/** The framework gave odds; the package gives probabilities. */
function softened(one: Case): Case {
  const odds = one.outputs[EXIT];
  if (!odds) return one;
  const most = Math.max(...odds.data);
  const powers = odds.data.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return { ...one, outputs: { ...one.outputs, [EXIT]: { shape: odds.shape, data: powers.map((power) => power / sum) } } };
}

/** The network's own names, and ours where they could not be what the package calls them. */
function tensorsOf(
  { input, scaling, names }: Work,
  outputs: Readonly<Record<string, string>>,
  logits: string | null,
): Readonly<Record<string, string>> {
  const entry = isTurned(input, scaling) ? names.entry : input.port.name;
  const pairs = Object.entries(outputs).map(([theirs, ours]) => [ours, theirs === logits ? names.exit : theirs] as const);
  return Object.fromEntries([[input.kind, entry] as const, ...pairs].filter(([ours, theirs]) => ours !== theirs));
}

const about = {
  scaling: 'how bytes become the floats that it was trained on: 0..1, -1..1, 0..255 or imagenet (--range, or --mean and --spread)',
  labels: (count: number) => `names of its ${count} classes in the order of the output, with commas (--labels)`,
  good: 'which of them means that nothing is wrong (--good)',
  channels: (count: number) => `names of its ${count} channels in order, with commas (--channels)`,
};

async function answer(ask: Ask, question: Question, text: string): Promise<string> {
  const said = await ask(question, text);
  if (said === null || said.trim() === '') throw new LinesideError('USAGE', { why: `the file does not tell ${text}` });
  return said;
}

const listOf = (text: string): readonly string[] => text.split(',').map((part) => part.trim());

async function labelsOf(
  wish: ImportWish,
  ask: Ask,
  kind: ModelKindName,
  classes: NumpyArray | undefined,
): Promise<{ labels: readonly string[]; good: string | null }> {
  const count = classes?.shape[1];
  if (count === undefined && wish.labels === undefined && kind !== 'detect') return { labels: [], good: wish.good ?? null };
  const labels = wish.labels ?? listOf(await answer(ask, 'labels', about.labels(count ?? 0)));
  if (count !== undefined && labels.length !== count)
    throw new LinesideError('USAGE', { why: `it has ${count} classes, you name ${labels.length}` });
  return { labels, good: wish.good ?? (count === undefined ? null : await answer(ask, 'good', about.good)) };
}

async function channelsOf({ channels }: ImportWish, ask: Ask, count: number): Promise<readonly string[]> {
  const named = channels ?? listOf(await answer(ask, 'channels', about.channels(count)));
  if (named.length !== count) throw new LinesideError('USAGE', { why: `it has ${count} channels, you name ${named.length}` });
  return named;
}

/** ImageNet's mean and spread are what torchvision and timm train with. */
const RANGES: Readonly<Record<string, Scaling>> = {
  '0..1': { mean: [0], spread: [255] },
  '-1..1': { mean: [127.5], spread: [127.5] },
  '0..255': { mean: [0], spread: [1] },
  imagenet: { mean: [123.675, 116.28, 103.53], spread: [58.395, 57.12, 57.375] },
};

export function parseScaling(range: string, channels: number): Scaling {
  const known = RANGES[range];
  if (!known) throw new LinesideError('USAGE', { why: `there is no range ${range}; there are ${Object.keys(RANGES).join(', ')}` });
  return spreadOut(known, channels);
}

/** One value for all channels, or one each. */
export function spreadOut({ mean, spread }: Scaling, channels: number): Scaling {
  const each = (values: readonly number[]) => Array.from({ length: channels }, (_, i) => values[values.length === 1 ? 0 : i] ?? Number.NaN);
  const both = { mean: each(mean), spread: each(spread) };
  if (both.mean.every(Number.isFinite) && both.spread.every((value) => value > 0)) return both;
  throw new LinesideError('USAGE', { why: `the scaling has ${mean.length} values, the picture ${channels} channels` });
}

async function writePackage(folder: string, { manifest, network, variant, cases }: Described): Promise<void> {
  await mkdir(join(folder, 'golden'), { recursive: true });
  await writeFile(join(folder, 'manifest.yaml'), manifest);
  await writeFile(join(folder, `model.${variant}.onnx`), network);
  const input = /^ {2}image:/m.test(manifest) ? 'image' : 'window';
  const stored = cases.map((one) => ({ name: one.name, inputs: { [input]: one.input }, outputs: { [variant]: one.outputs } }));
  await writeFile(join(folder, 'golden', 'cases.json'), `{"cases": [\n${stored.map((one) => JSON.stringify(one)).join(',\n')}\n]}\n`);
}
