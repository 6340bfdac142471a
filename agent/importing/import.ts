/** `lineside models import`: from somebody's ONNX file to a package that has proved itself on this box. */
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { ModelKindName } from '../contracts.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { verifyPackage } from '../inference/verify.ts';
import { type Input, inputOf } from './fit.ts';
import { type Case, madeInputs, type Names, readGoldens } from './goldens.ts';
import { manifestText } from './manifest.ts';
import type { NumpyArray } from './npz.ts';
import { type OnnxFacts, readOnnx } from './onnx.ts';
import { openProbe, type Probe } from './probing.ts';
import { strip } from './strip.ts';
import { ENTRY, EXIT, type Scaling, wrap } from './wrap.ts';

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
  const source = await readFile(wish.file).catch((thrown: unknown) => {
    throw new LinesideError('DATA_INVALID', { file: wish.file, why: messageOf(thrown) });
  });
  const facts = factsOf(source, wish.file);
  const input = inputOf(facts, wish);
  const scaling =
    input.kind === 'image' && input.float
      ? spreadOut(wish.scaling ?? parseScaling(await answer(ask, 'scaling', about.scaling), input.channels), input.channels)
      : null;
  const entered = wrap(source, input, { scaling, logits: null });
  const draft = await mkdtemp(join(tmpdir(), 'lineside-import-'));
  const probe = await openProbe(entered, wish.file);
  try {
    const described = await describe({ wish, facts, input, source, scaling, probe, ask });
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
      stripped: described.stripped,
      goldens,
      runMs: variant.runMs ?? 0,
    };
  } finally {
    await Promise.all([probe.close(), rm(draft, { recursive: true, force: true })]);
  }
}

function factsOf(source: Uint8Array, file: string): OnnxFacts {
  const unfit = (why: string) => new LinesideError('MODEL_UNFIT', { file, why, mend: 'export the network as ONNX' });
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

async function describe({ wish, facts, input, source, scaling, probe, ask }: Work): Promise<Described> {
  const image = input.kind === 'image';
  const turned = image && (scaling !== null || input.layout === 'NCHW');
  const made = await Promise.all(
    madeInputs(input).map(async (one) => ({ ...one, outputs: await probe.run(turned ? ENTRY : input.port.name, one.input, input) })),
  );
  const outputs = outputNames(facts, wish, made[0]?.outputs ?? {});
  const kind = wish.kind ?? guessKind(input, outputs, wish.file);
  const classes = Object.entries(outputs).find(([, ours]) => ours === EXIT);
  const logits = classes && !made.every(({ outputs: said }) => areShares(said[classes[0]])) ? classes[0] : null;
  const whole = wrap(source, input, { scaling, logits });
  const network = strip(whole);
  const names: Names = { input: input.kind, outputs };
  const cases =
    wish.golden === undefined
      ? made.map((one) => ({ ...one, outputs: renamed(one.outputs, outputs) }))
      : await readGoldens(wish.golden, input, names);
  const labels = await labelsOf(wish, ask, kind, made[0]?.outputs[classes?.[0] ?? '']);
  const wrapped = [
    ...(turned && input.kind === 'image' ? [`uint8 NHWC in, ${input.layout} and ${scaling ? 'floats' : 'bytes'} behind`] : []),
    ...(logits ? ['softmax'] : []),
  ];
  const from = wish.golden === undefined ? 'this runtime' : 'framework';
  const variant = facts.operators.some((name) => /Quantize|QLinear|Integer/.test(name)) ? 'int8' : 'fp32';
  const manifest = manifestText(
    {
      ...{ name: wish.name, version: wish.version, kind, summary: wish.summary ?? `Imported from ${basename(wish.file)}.`, ...labels },
      ...{ threshold: wish.threshold, tolerance: wish.tolerance, variant, wrapped, every: wish.every ?? null },
      channels: image ? [] : await channelsOf(wish, ask, input.channels),
      tensors: tensorsOf(input, turned, outputs, logits),
      goldens:
        from === 'framework'
          ? `the framework's own, ${basename(wish.golden ?? '')}`
          : 'made by this runtime on import: they show that it computes the same tomorrow, not that it computes what was trained',
      source: { file: basename(wish.file), bytes: source },
    },
    input,
    facts,
    { name: `model.${variant}.onnx`, bytes: network },
  );
  const mend =
    from === 'framework'
      ? 'compare how bytes become floats in training (--range, --mean, --spread) and the layout of the exported input'
      : 'see `lineside models import --help`';
  const left = whole.length - network.length;
  return { kind, variant, network, stripped: left, manifest, cases: logits ? cases.map(softened) : cases, from, wrapped, mend };
}

/** The package's name of every output: as said, or by what each kind calls a sole output. */
function outputNames(
  facts: OnnxFacts,
  { tensors, file }: ImportWish,
  said: Readonly<Record<string, NumpyArray>>,
): Readonly<Record<string, string>> {
  for (const theirs of Object.values(tensors)) {
    if (!facts.outputs.some(({ name }) => name === theirs))
      throw new LinesideError('USAGE', {
        why: `${file} has no output ${theirs}, only ${facts.outputs.map(({ name }) => name).join(', ')}`,
      });
  }
  const named = facts.outputs.map(({ name }): [string, string] => [
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
  if (!odds || areShares(odds)) return one;
  const most = Math.max(...odds.data);
  const powers = odds.data.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return { ...one, outputs: { ...one.outputs, [EXIT]: { shape: odds.shape, data: powers.map((power) => power / sum) } } };
}

function tensorsOf(
  input: Input,
  turned: boolean,
  outputs: Readonly<Record<string, string>>,
  logits: string | null,
): Readonly<Record<string, string>> {
  const entry = turned || input.port.name === input.kind ? [] : [[input.kind, input.port.name] as const];
  const exits = Object.entries(outputs).flatMap(([theirs, ours]) =>
    theirs === ours || theirs === logits ? [] : [[ours, theirs] as const],
  );
  return Object.fromEntries([...entry, ...exits]);
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
