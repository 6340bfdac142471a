/** Packages that mean harm, or were made by somebody who did not know better: written byte by byte, since no exporter writes them. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { delimited, varint } from '#agent/onnx/wire.js';

const FLOAT = 1;
const BYTE = 2;
const LONG = 7;
const BOOL = 9;
/** Pixels of the packages' picture, each way. */
const SIDE = 16;

/** ValueInfoProto. */
const value = (name: string, type: number, dims: readonly number[]) =>
  Buffer.concat([
    delimited(1, name),
    delimited(
      2,
      delimited(1, [
        varint(1, type),
        delimited(
          2,
          dims.map((size) => delimited(1, varint(1, size))),
        ),
      ]),
    ),
  ]);
/** TensorProto. */
export const tensor = (name: string, type: number, dims: readonly number[], raw: Uint8Array) =>
  Buffer.concat([...dims.map((size) => varint(1, size)), varint(2, type), delimited(8, name), delimited(9, raw)]);
export const longs = (...values: readonly bigint[]) => {
  const raw = Buffer.alloc(values.length * 8);
  for (const [i, one] of values.entries()) raw.writeBigInt64LE(one, i * 8);
  return raw;
};
const floats = (...values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer);

export interface Node {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly Uint8Array[];
  readonly domain?: string;
}
const nodeOf = ({ operator, inputs, outputs, attributes = [], domain }: Node) =>
  delimited(1, [
    ...inputs.map((name) => delimited(1, name)),
    ...outputs.map((name) => delimited(2, name)),
    delimited(4, operator),
    ...attributes.map((attribute) => delimited(5, attribute)),
    ...(domain ? [delimited(7, domain)] : []),
  ]);
/** AttributeProto: a graph, an integer. */
const body = (name: string, graph: Uint8Array) => Buffer.concat([delimited(1, name), delimited(6, graph), varint(20, 5)]);
export const integer = (name: string, number: number) => Buffer.concat([delimited(1, name), varint(3, number), varint(20, 2)]);

export interface Graph {
  readonly nodes: readonly Node[];
  readonly constants?: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}
const graphOf = ({ nodes, constants = [], inputs, outputs }: Graph) =>
  Buffer.concat([
    ...nodes.map(nodeOf),
    delimited(2, 'graph'),
    ...constants.map((one) => delimited(5, one)),
    ...inputs.map((one) => delimited(11, one)),
    ...outputs.map((one) => delimited(12, one)),
  ]);

export const modelOf = (graph: Graph, ...opsets: readonly (readonly [domain: string, version: number])[]): Buffer =>
  Buffer.concat([
    varint(1, 8),
    ...[['', 17] as const, ...opsets].map(([domain, version]) => delimited(8, [delimited(1, domain), varint(2, version)])),
    delimited(7, graphOf(graph)),
  ]);

const IMAGE = value('image', BYTE, [1, SIDE, SIDE, 1]);
const PROBABILITIES = value('probabilities', FLOAT, [1, 3]);

export { FLOAT, LONG, value };

/** Says good of everything. */
export const harmless = (): Buffer =>
  modelOf({
    nodes: [
      { operator: 'Cast', inputs: ['image'], outputs: ['floats'], attributes: [integer('to', FLOAT)] },
      { operator: 'Flatten', inputs: ['floats'], outputs: ['flat'] },
      { operator: 'MatMul', inputs: ['flat', 'zeros'], outputs: ['nothing'] },
      { operator: 'Add', inputs: ['nothing', 'good'], outputs: ['probabilities'] },
    ],
    constants: [
      tensor('zeros', FLOAT, [SIDE * SIDE, 3], Buffer.alloc(SIDE * SIDE * 3 * 4)),
      tensor('good', FLOAT, [1, 3], floats(1, 0, 0)),
    ],
    inputs: [IMAGE],
    outputs: [PROBABILITIES],
  });

/** ONNX Loop, 2^62 rounds. */
export const endless = (): Buffer => {
  const round = graphOf({
    nodes: [
      { operator: 'Identity', inputs: ['go'], outputs: ['go_on'] },
      { operator: 'Sin', inputs: ['before'], outputs: ['after'] },
    ],
    inputs: [value('round', LONG, []), value('go', BOOL, []), value('before', FLOAT, [1, 3])],
    outputs: [value('go_on', BOOL, []), value('after', FLOAT, [1, 3])],
  });
  return modelOf({
    nodes: [{ operator: 'Loop', inputs: ['rounds', 'yes', 'start'], outputs: ['probabilities'], attributes: [body('body', round)] }],
    constants: [
      tensor('rounds', LONG, [], longs(2n ** 62n)),
      tensor('yes', BOOL, [], Buffer.from([1])),
      tensor('start', FLOAT, [1, 3], floats(1, 0, 0)),
    ],
    inputs: [IMAGE],
    outputs: [PROBABILITIES],
  });
};

/** ConstantOfShape of so many gigabytes, out of a few bytes of file. */
export const greedy = (gigabytes: number): Buffer =>
  modelOf({
    nodes: [
      { operator: 'ConstantOfShape', inputs: ['shape'], outputs: ['mountain'] },
      { operator: 'ReduceMax', inputs: ['mountain'], outputs: ['most'], attributes: [integer('keepdims', 0)] },
      { operator: 'Add', inputs: ['good', 'most'], outputs: ['probabilities'] },
    ],
    constants: [tensor('shape', LONG, [1], longs(BigInt(gigabytes) * 2n ** 28n)), tensor('good', FLOAT, [1, 3], floats(1, 0, 0))],
    inputs: [IMAGE],
    outputs: [PROBABILITIES],
  });

export interface Made {
  readonly network: Buffer;
  /** Instead of a single picture of zeros and [1, 0, 0]. */
  readonly cases?: string;
  /** Behind the manifest. */
  readonly manifest?: string;
}

/** Writes `<folder>/<name>`. */
export async function writePackage(folder: string, name: string, { network, cases, manifest = '' }: Made): Promise<void> {
  const home = join(folder, name);
  await rm(home, { recursive: true, force: true });
  await mkdir(join(home, 'golden'), { recursive: true });
  const sha256 = createHash('sha256').update(network).digest('hex');
  const text = `name: ${name}
version: 1.0.0
kind: classify
summary: Written by a test.
inputs: {image: {width: ${SIDE}, height: ${SIDE}, channels: 1}}
labels: [good, scratch, dent]
good: good
thresholds: {score: 0.5}
golden: {tolerance: 0.001}
variants: {fp32: {file: model.onnx, sha256: ${sha256}}}
${manifest}`;
  const input = { shape: [1, SIDE, SIDE, 1], data: Array.from({ length: SIDE * SIDE }, () => 0) };
  const wanted = { shape: [1, 3], data: [1, 0, 0] };
  const one = { name: 'zeros', inputs: { image: input }, outputs: { fp32: { probabilities: wanted } } };
  await writeFile(join(home, 'manifest.yaml'), text);
  await writeFile(join(home, 'model.onnx'), network);
  await writeFile(join(home, 'golden', 'cases.json'), cases ?? JSON.stringify({ cases: [one] }));
}

/** A folder of packages; gone when the test is done. */
export async function packagesFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
