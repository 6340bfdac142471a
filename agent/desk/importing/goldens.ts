/** Golden cases: what the framework itself said of some inputs, or, where nobody kept that, what this runtime says. */
import { randomLcg } from 'd3-random';
import { LinesideError, messageOf } from '../../errors.ts';
import { isTensor } from '../../inference/golden.ts';
import { LARGEST, mistakenFor } from '../../inference/package-file.ts';
import { readRegular } from '../../platform/plain-file.ts';
import type { Input } from './fit.ts';
import { type NumpyArray, readNpz } from './npz.ts';

/** Batch 1 each, by the package's names. */
export interface Case {
  readonly name: string;
  readonly input: NumpyArray;
  readonly outputs: Readonly<Record<string, NumpyArray>>;
}

export interface Names {
  readonly input: string;
  /** The package's name of each of the network's outputs. */
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Inputs and outputs with the cases along the first axis: arrays of an .npz file, or {name: {shape, data}} in a .json file. Bytes for a
 * picture, [cases, height, width, channels]. Names are the package's or the network's. Rejects with DATA_INVALID.
 */
export async function readGoldens(file: string, input: Input, names: Names): Promise<readonly Case[]> {
  const invalid = (why: string) => new LinesideError('DATA_INVALID', { file, why });
  const arrays = await readArrays(file, invalid);
  const given = arrays[names.input] ?? arrays[input.port.name];
  if (!given) throw invalid(`it holds ${Object.keys(arrays).join(', ')}, and no ${names.input}`);
  const shape = shapeOf(input);
  const wanted = input.kind === 'image' ? 'bytes [cases, height, width, channels]' : 'rows [cases, steps, channels]';
  if (given.shape.slice(1).join() !== shape.slice(1).join())
    throw invalid(`${names.input} is [${given.shape.join(', ')}], wanted are ${wanted}`);
  if (input.kind === 'image' && !given.data.every((value) => Number.isInteger(value) && value >= 0 && value < 256))
    throw invalid(`${names.input} holds what is no byte: a picture goes in as a camera would give it, ${wanted}`);
  const outputs = Object.entries(names.outputs).flatMap(([theirs, ours]) => {
    const array = arrays[ours] ?? arrays[theirs];
    return array ? [[ours, array] as const] : [];
  });
  if (outputs.length === 0)
    throw invalid(`it holds ${Object.keys(arrays).join(', ')}, and none of ${Object.values(names.outputs).join(', ')}`);
  return Array.from({ length: given.shape[0] ?? 0 }, (_, i) => ({
    name: `case-${i + 1}`,
    input: part(given, i),
    outputs: Object.fromEntries(outputs.map(([name, array]) => [name, part(array, i)])),
  }));
}

type Arrays = Readonly<Record<string, NumpyArray>>;

async function readArrays(file: string, refuse: (why: string) => LinesideError): Promise<Arrays> {
  const bytes = await readRegular(file, { most: LARGEST.goldens, refuse });
  const foreign = mistakenFor(bytes);
  if (foreign?.why.includes('pointer')) throw refuse(`${foreign.why}; ${foreign.mend}`);
  if (!file.endsWith('.json')) return readNpz(bytes, file);
  try {
    const arrays: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof arrays === 'object' && arrays !== null && Object.values(arrays).every(isTensor)) return arrays as Arrays;
  } catch (thrown) {
    throw refuse(messageOf(thrown));
  }
  throw refuse('it is no {name: {shape, data}}');
}

/** One case, as a batch of one. */
function part({ shape, data }: NumpyArray, i: number): NumpyArray {
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  return { shape: [1, ...shape.slice(1)], data: data.slice(i * size, (i + 1) * size) };
}

export const shapeOf = (input: Input): readonly number[] =>
  input.kind === 'image' ? [1, input.height, input.width, input.channels] : [1, input.steps, input.channels];

/** Inputs for a network that comes without any: noise, a ramp and a step, the same every time. */
export function madeInputs(input: Input): readonly { readonly name: string; readonly input: NumpyArray }[] {
  const shape = shapeOf(input);
  const length = shape.reduce((a, b) => a * b, 1);
  const random = randomLcg(0.5);
  const value = (share: number) => (input.kind === 'image' ? Math.floor(share * 255.999) : share * 2 - 1);
  const of = (share: (i: number) => number): NumpyArray => ({ shape, data: Array.from({ length }, (_, i) => value(share(i))) });
  return [
    { name: 'noise', input: of(random) },
    { name: 'ramp', input: of((i) => i / length) },
    { name: 'step', input: of((i) => (i < length / 2 ? 0 : 1)) },
  ];
}
