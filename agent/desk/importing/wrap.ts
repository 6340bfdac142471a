/**
 * Puts what is missing around a network, inside its file: bytes of a picture become the floats that it was trained on, in its layout, and
 * odds become probabilities. So the agent and every other program feed the same bytes, and no pixel is touched outside the graph. Pure.
 */

import { GRAPH, MODEL, NODE } from '../../onnx/proto.ts';
import { delimited, type Field, fields, varint } from '../../onnx/wire.ts';
import type { Input } from './fit.ts';
import { portOf, valueNames } from './onnx.ts';

/** float = (byte - mean) / spread, by channel. */
export interface Scaling {
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

export interface Wrapping {
  /** null: bytes enter, or floats that are no picture. */
  readonly scaling: Scaling | null;
  /** Output whose odds become probabilities. */
  readonly logits: string | null;
  /** Outputs that stay; what leads to the others alone is left out by onnxruntime. */
  readonly outputs: readonly string[];
  readonly names: WrapNames;
}

/** Names of what wrapping makes; none of them is one of the network's. */
export interface WrapNames {
  readonly entry: string;
  readonly exit: string;
  /** Of the values and constants between. */
  readonly between: (name: string) => string;
}

/** The package's name of a picture, and of what a classifier gives. */
export const ENTRY = 'image';
export const EXIT = 'probabilities';

/** Our own names where the network has none like them, else others that it does not have either. */
export function freeNames(file: Uint8Array): WrapNames {
  const taken = valueNames(file);
  const free = (wanted: string): string => {
    let name = wanted;
    for (let more = 2; taken.has(name); more++) name = `lineside_${wanted}_${more}`;
    return name;
  };
  return { entry: free(ENTRY), exit: free(EXIT), between: (name) => free(`lineside_${name}`) };
}

/** A picture enters in another form than a camera gives it. */
export const isTurned = (input: Input, scaling: Scaling | null): boolean =>
  input.kind === 'image' && (scaling !== null || input.layout === 'NCHW');

const FLOAT = 1;
const BYTE = 2;
const INT = 7;

/** The file with the nodes around it; the same bytes where nothing is to be done. */
export function wrap(file: Uint8Array, input: Input, { scaling, logits, outputs, names }: Wrapping): Uint8Array {
  const turned = isTurned(input, scaling);
  const stays = ({ number, bytes }: Field): boolean => {
    if (number === GRAPH.inputs && turned) return portOf(bytes).name !== input.port.name;
    if (number !== GRAPH.outputs) return true;
    const { name } = portOf(bytes);
    return outputs.includes(name) && name !== logits;
  };
  if (!turned && logits === null && fields(file).every((field) => field.number !== MODEL.graph || fields(field.bytes).every(stays)))
    return file;
  const entry = turned && input.kind === 'image' ? entryOf(input, scaling, names) : { nodes: [], constants: [], ports: [] };
  const rewritten = fields(file).map((field) => {
    if (field.number !== MODEL.graph) return field.whole;
    const kept = fields(field.bytes).filter(stays);
    // Nodes stand in the order in which they run: the entry before all, the exit behind.
    return delimited(MODEL.graph, [
      ...entry.nodes,
      ...kept.map(({ whole }) => whole),
      ...entry.constants,
      ...entry.ports,
      ...exitOf(logits, names.exit),
    ]);
  });
  return Buffer.concat(rewritten);
}

type ImageInput = Extract<Input, { kind: 'image' }>;

function entryOf({ port, layout, width, height, channels, float }: ImageInput, scaling: Scaling | null, names: WrapNames) {
  const nodes: Uint8Array[] = [];
  const constants: Uint8Array[] = [];
  const [mean, spread] = [names.between('mean'), names.between('spread')];
  let at = names.entry;
  const then = (operator: string, more: readonly string[], attributes: readonly Uint8Array[], last: boolean) => {
    const to = last ? port.name : names.between(`step_${nodes.length}`);
    nodes.push(node(operator, [at, ...more], to, attributes));
    at = to;
  };
  if (layout === 'NCHW') then('Transpose', [], [ints('perm', [0, 3, 1, 2])], !float && !scaling);
  if (scaling) {
    // Along the channels, wherever they are.
    const shape = layout === 'NCHW' ? [1, channels, 1, 1] : [1, 1, 1, channels];
    constants.push(floats(mean, shape, scaling.mean), floats(spread, shape, scaling.spread));
    then('Cast', [], [int('to', FLOAT)], false);
    then('Sub', [mean], [], false);
    then('Div', [spread], [], true);
  }
  const shape = [1, height, width, channels].map((size) => delimited(1, varint(1, size)));
  return { nodes, constants, ports: [delimited(GRAPH.inputs, valueInfo(names.entry, BYTE, shape))] };
}

function exitOf(logits: string | null, exit: string): readonly Uint8Array[] {
  if (logits === null) return [];
  // Along the last axis, which is what -1 means: as a 64-bit two's complement it is ten bytes, so axis 1 is said, classes being [batch, n].
  return [node('Softmax', [logits], exit, [int('axis', 1)]), delimited(GRAPH.outputs, valueInfo(exit, FLOAT, null))];
}

const node = (operator: string, inputs: readonly string[], output: string, attributes: readonly Uint8Array[]): Uint8Array =>
  delimited(GRAPH.nodes, [
    ...inputs.map((name) => delimited(NODE.inputs, name)),
    delimited(NODE.outputs, output),
    delimited(NODE.operator, operator),
    ...attributes.map((attribute) => delimited(NODE.attributes, attribute)),
  ]);

/** AttributeProto: name 1, i 3, ints 8, type 20 (INT 2, INTS 7). */
const int = (name: string, value: number): Uint8Array => Buffer.concat([delimited(1, name), varint(3, value), varint(20, 2)]);
const ints = (name: string, values: readonly number[]): Uint8Array =>
  Buffer.concat([delimited(1, name), ...values.map((value) => varint(8, value)), varint(20, INT)]);

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9, little-endian. */
function floats(name: string, shape: readonly number[], values: readonly number[]): Uint8Array {
  const raw = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) raw.writeFloatLE(value, i * 4);
  return delimited(GRAPH.initializers, [...shape.map((size) => varint(1, size)), varint(2, FLOAT), delimited(8, name), delimited(9, raw)]);
}

/** ValueInfoProto: name 1, type 2; TypeProto: tensor_type 1; its elem_type 1 and shape 2. */
function valueInfo(name: string, type: number, dims: readonly Uint8Array[] | null): Uint8Array {
  const shape = dims ? [delimited(2, dims)] : [];
  return Buffer.concat([delimited(1, name), delimited(2, delimited(1, [varint(1, type), ...shape]))]);
}
