/**
 * Puts what is missing around a network, inside its file: bytes of a picture become the floats that it was trained on, in its layout, and
 * odds become probabilities. So the agent and every other program feed the same bytes, and no pixel is touched outside the graph. Pure.
 */
import type { Input } from './fit.ts';
import { GRAPH, MODEL, NODE, portOf } from './onnx.ts';
import { delimited, fields, varint } from './wire.ts';

/** float = (byte - mean) / spread, by channel. */
export interface Scaling {
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

export interface Wrapping {
  /** null: bytes enter, or floats that are no picture. */
  readonly scaling: Scaling | null;
  /** Output whose odds become `probabilities`. */
  readonly logits: string | null;
}

/** Name of the input and output that wrapping makes. */
export const ENTRY = 'image';
export const EXIT = 'probabilities';

const FLOAT = 1;
const BYTE = 2;
const INT = 7;

/** The file with the nodes around it; the same bytes where nothing is to be done. */
export function wrap(file: Uint8Array, input: Input, { scaling, logits }: Wrapping): Uint8Array {
  const turned = input.kind === 'image' && (scaling !== null || input.layout === 'NCHW');
  if (!turned && logits === null) return file;
  const entry = turned && input.kind === 'image' ? entryOf(input, scaling) : { nodes: [], constants: [], ports: [] };
  const rewritten = fields(file).map((field) => {
    if (field.number !== MODEL.graph) return field.whole;
    const kept = fields(field.bytes).filter(({ number, bytes }) => {
      if (number === GRAPH.inputs && turned) return portOf(bytes).name !== input.port.name;
      return !(number === GRAPH.outputs && portOf(bytes).name === logits);
    });
    // Nodes stand in the order in which they run: the entry before all, the exit behind.
    return delimited(MODEL.graph, [
      ...entry.nodes,
      ...kept.map(({ whole }) => whole),
      ...entry.constants,
      ...entry.ports,
      ...exitOf(logits),
    ]);
  });
  return Buffer.concat(rewritten);
}

type ImageInput = Extract<Input, { kind: 'image' }>;

function entryOf({ port, layout, width, height, channels, float }: ImageInput, scaling: Scaling | null) {
  const nodes: Uint8Array[] = [];
  const constants: Uint8Array[] = [];
  let at = ENTRY;
  const then = (operator: string, more: readonly string[], attributes: readonly Uint8Array[], last: boolean) => {
    const to = last ? port.name : `lineside_${nodes.length}`;
    nodes.push(node(operator, [at, ...more], to, attributes));
    at = to;
  };
  if (layout === 'NCHW') then('Transpose', [], [ints('perm', [0, 3, 1, 2])], !float && !scaling);
  if (scaling) {
    // Along the channels, wherever they are.
    const shape = layout === 'NCHW' ? [1, channels, 1, 1] : [1, 1, 1, channels];
    constants.push(floats('lineside_mean', shape, scaling.mean), floats('lineside_spread', shape, scaling.spread));
    then('Cast', [], [int('to', FLOAT)], false);
    then('Sub', ['lineside_mean'], [], false);
    then('Div', ['lineside_spread'], [], true);
  }
  const shape = [1, height, width, channels].map((size) => delimited(1, varint(1, size)));
  return { nodes, constants, ports: [delimited(GRAPH.inputs, valueInfo(ENTRY, BYTE, shape))] };
}

function exitOf(logits: string | null): readonly Uint8Array[] {
  if (logits === null) return [];
  // Along the last axis, which is what -1 means: as a 64-bit two's complement it is ten bytes, so axis 1 is said, classes being [batch, n].
  return [node('Softmax', [logits], EXIT, [int('axis', 1)]), delimited(GRAPH.outputs, valueInfo(EXIT, FLOAT, null))];
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
