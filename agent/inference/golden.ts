/** Golden inputs and outputs: what a model must reproduce here before it may judge. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LinesideError, messageOf } from '../errors.ts';
import { invalid } from './faults.ts';
import type { Outputs } from './kinds/kind.ts';
import type { Manifest } from './manifest.ts';
import { LARGEST, readOfPackage } from './package-file.ts';
import { readPng } from './png.ts';

/** `values` in row-major order; bytes for an image. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly values: Uint8Array | readonly number[];
}
export interface GoldenCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, GoldenTensor>>;
  readonly outputs: Readonly<Record<string, GoldenTensor>>;
  /** Where the input is a text: it, and how it reads in plain words. */
  readonly text?: { readonly raw: string; readonly plain: string };
}

interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface StoredCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, string | StoredTensor>>;
  readonly outputs: Readonly<Record<string, Readonly<Record<string, StoredTensor>>>>;
  readonly plain?: string;
}

type Package = Pick<Manifest, 'name' | 'folder' | 'inputs'>;

/** The cases of one variant, pictures decoded. Rejects with MODEL_INVALID where there is none, or one cannot be read. */
export async function readGolden(manifest: Package, variant: string): Promise<readonly GoldenCase[]> {
  const stored = await readCases(manifest);
  const ours = stored.filter((one) => Object.keys(one?.outputs?.[variant] ?? {}).length > 0);
  if (ours.length === 0) throw invalid(manifest.name, `golden/cases.json has no case for variant ${variant}`);
  if (ours.length > MOST)
    throw invalid(manifest.name, `golden/cases.json has ${ours.length} cases for ${variant}, ${MOST} are tried at most`);
  // One after the other: together they would hold all pictures of all cases twice.
  const cases: GoldenCase[] = [];
  for (const one of ours) cases.push(await readCase(one, variant, manifest));
  return cases;
}

/** Each costs a run at every start. */
const MOST = 200;

async function readCases({ name, folder }: Package): Promise<readonly StoredCase[]> {
  const refuse = (why: string) => invalid(name, `golden/cases.json cannot be read (${why})`);
  const bytes = await readOfPackage(folder, CASES, { most: LARGEST.goldens, refuse });
  try {
    const { cases } = JSON.parse(bytes.toString('utf8')) as { cases: unknown };
    if (Array.isArray(cases)) return cases as readonly StoredCase[];
  } catch (thrown) {
    throw refuse(messageOf(thrown));
  }
  throw invalid(name, 'golden/cases.json holds no list of cases');
}

const CASES = 'golden/cases.json';

async function readCase(stored: StoredCase, variant: string, of: Package): Promise<GoldenCase> {
  try {
    const { text: raw, ...tensors } = stored.inputs;
    const text = typeof raw === 'string' ? { text: { raw, plain: stored.plain ?? '' } } : {};
    const inputs: [string, GoldenTensor][] = [];
    for (const [input, value] of Object.entries(tensors)) inputs.push([input, await readInput(input, value, of)]);
    const outputs = Object.entries(stored.outputs[variant] ?? {}).map(([output, value]) => [output, asGolden(output, value)] as const);
    return { name: stored.name, inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs), ...text };
  } catch (thrown) {
    throw invalid(of.name, `golden case ${stored.name} cannot be read (${reasonOf(thrown)})`);
  }
}

/** Without the sentence around it: it stands in another one. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof LinesideError ? String(thrown.details['why']) : messageOf(thrown));

async function readInput(input: string, value: string | StoredTensor, { folder, inputs }: Package): Promise<GoldenTensor> {
  if (typeof value !== 'string') return asGolden(input, value);
  const name = `golden/${value}`;
  const file = await readOfPackage(folder, name, { most: LARGEST.picture, refuse: (why) => new LinesideError('INTERNAL', { why }) });
  const { width, height, channels, pixels } = readPng(file, inputs.image);
  return { shape: [1, height, width, channels], values: pixels };
}

/** JSON that anybody may have written: what is no tensor is said here, and not by what computes with it. */
function asGolden(name: string, stored: StoredTensor): GoldenTensor {
  const refuse = (why: string) => new LinesideError('INTERNAL', { why: `${name} ${why}` });
  if (!isTensor(stored)) throw refuse('is no {shape, data}');
  const { shape, data } = stored;
  const size = shape.reduce((product, n) => product * n, 1);
  if (size !== data.length) throw refuse(`has ${data.length} values for the shape [${shape.slice(0, 8).join(', ')}]`);
  return { shape, values: data };
}

export function isTensor(value: unknown): value is StoredTensor {
  if (typeof value !== 'object' || value === null) return false;
  const { shape, data } = value as Partial<StoredTensor>;
  return areNumbers(shape) && areNumbers(data);
}

const areNumbers = (list: unknown): boolean => Array.isArray(list) && list.every((value) => typeof value === 'number');

/** What everything that a package is proved by amounts to, but for the files that its manifest holds by their hashes. */
export async function goldenDigest({ name, folder }: Pick<Manifest, 'name' | 'folder'>): Promise<string> {
  const hash = createHash('sha256');
  const refuse = (why: string) => invalid(name, `golden/ cannot be read (${why})`);
  const files = await readdir(join(folder, 'golden')).catch((thrown: unknown) => {
    throw refuse(messageOf(thrown));
  });
  for (const file of files.sort())
    hash.update(`${file}\0`).update(await readOfPackage(folder, `golden/${file}`, { most: LARGEST.goldens, refuse }));
  return hash.digest('hex');
}

/** Largest absolute difference over all outputs; infinite where an output is missing, has another shape, or is not a number. */
export function differenceOf(found: Outputs, wanted: GoldenCase['outputs']): number {
  return Math.max(0, ...Object.entries(wanted).map(([name, golden]) => outputDifference(found[name], golden)));
}

function outputDifference(found: Outputs[string] | undefined, golden: GoldenTensor): number {
  if (!found || found.shape.join() !== golden.shape.join()) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < found.data.length; i++) {
    const difference = Math.abs((found.data[i] ?? 0) - (golden.values[i] ?? Number.NaN));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}
