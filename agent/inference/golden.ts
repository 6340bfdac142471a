/** Golden inputs and outputs: what a model must reproduce here before it may judge. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { invalid } from './faults.ts';
import type { Outputs } from './kinds/kind.ts';
import type { Manifest } from './manifest.ts';
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

/** The cases of one variant, pictures decoded. Rejects with MODEL_INVALID where there is none, or one cannot be read. */
export async function readGolden(manifest: Pick<Manifest, 'name' | 'folder'>, variant: string): Promise<readonly GoldenCase[]> {
  const stored = await readCases(manifest);
  const ours = stored.filter((one) => Object.keys(one.outputs?.[variant] ?? {}).length > 0);
  if (ours.length === 0) throw invalid(manifest.name, `golden/cases.json has no case for variant ${variant}`);
  return Promise.all(ours.map((one) => readCase(one, variant, manifest)));
}

async function readCases({ name, folder }: Pick<Manifest, 'name' | 'folder'>): Promise<readonly StoredCase[]> {
  try {
    const { cases } = JSON.parse(await readFile(join(folder, 'golden', 'cases.json'), 'utf8')) as { cases: unknown };
    if (Array.isArray(cases)) return cases as readonly StoredCase[];
  } catch (thrown) {
    throw invalid(name, `golden/cases.json cannot be read (${messageOf(thrown)})`);
  }
  throw invalid(name, 'golden/cases.json holds no list of cases');
}

async function readCase(stored: StoredCase, variant: string, { name, folder }: Pick<Manifest, 'name' | 'folder'>): Promise<GoldenCase> {
  try {
    const { text: raw, ...tensors } = stored.inputs;
    const text = typeof raw === 'string' ? { text: { raw, plain: stored.plain ?? '' } } : {};
    const inputs = Object.entries(tensors).map(async ([input, value]) => [input, await readInput(value, folder)] as const);
    const outputs = Object.entries(stored.outputs[variant] ?? {}).map(([output, value]) => [output, asGolden(value)] as const);
    return { name: stored.name, inputs: Object.fromEntries(await Promise.all(inputs)), outputs: Object.fromEntries(outputs), ...text };
  } catch (thrown) {
    throw invalid(name, `golden case ${stored.name} cannot be read (${messageOf(thrown)})`);
  }
}

async function readInput(value: string | StoredTensor, folder: string): Promise<GoldenTensor> {
  if (typeof value !== 'string') return asGolden(value);
  const { width, height, channels, pixels } = readPng(await readFile(join(folder, 'golden', value)));
  return { shape: [1, height, width, channels], values: pixels };
}

const asGolden = ({ shape, data }: StoredTensor): GoldenTensor => ({ shape, values: data });

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
