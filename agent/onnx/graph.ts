/**
 * Writes an ONNX file: nodes, constants, inputs and outputs, as onnx/onnx.proto numbers them. By hand on `wire.ts` rather than with a
 * protobuf library: what is written are five kinds of message, the importing side has their encoding already, and megabytes of weights
 * are put in as they lie in memory.
 */
import { GRAPH, MODEL, NODE, VALUE } from './proto.ts';
import { delimited, fields, text, varint } from './wire.ts';

/** TensorProto.DataType. */
export const TYPE = { float32: 1, uint8: 2, int32: 6, int64: 7, float64: 11 } as const;
export type TypeName = keyof typeof TYPE;

/** What an attribute holds: a whole number, or several. */
export type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** What onnxruntime-node has read for years, and more than any operator used here needs. */
const IR = 8;
const OPSET = 17;

/** Nodes run in the order in which they are added; a value is known by its name from then on. */
export class Graph {
  private readonly nodes: Uint8Array[] = [];
  private readonly constants: Uint8Array[] = [];
  private readonly ports: Uint8Array[] = [];
  private count = 0;
  /** Before every name that is made here, so that it meets none of another network's. */
  private readonly prefix: string;

  constructor(prefix = 'v') {
    this.prefix = prefix;
  }

  input(name: string, type: TypeName, shape: readonly number[]): string {
    this.ports.push(delimited(GRAPH.inputs, valueInfo(name, type, shape)));
    return name;
  }

  /** `of`, under the name `name`, as an output. */
  output(name: string, of: string, type: TypeName, shape: readonly number[]): void {
    this.nodes.push(nodeOf('Identity', [of], [name], {}));
    this.ports.push(delimited(GRAPH.outputs, valueInfo(name, type, shape)));
  }

  /** The name of the operator's first output; `outputs`: how many it has. */
  add(operator: string, inputs: readonly string[], attributes: Attributes = {}, outputs = 1): string {
    const names = Array.from({ length: outputs }, () => this.fresh());
    this.nodes.push(nodeOf(operator, inputs, names, attributes));
    return names[0] ?? '';
  }

  /** `of` under this name too, for a network behind this one. */
  name(name: string, of: string): void {
    this.nodes.push(nodeOf('Identity', [of], [name], {}));
  }

  /** A constant, row-major; one value for a scalar of shape []. */
  constant(type: TypeName, shape: readonly number[], values: ArrayLike<number>): string {
    const name = this.fresh();
    this.constants.push(
      delimited(GRAPH.initializers, [
        ...shape.map((size) => varint(1, size)),
        varint(2, TYPE[type]),
        delimited(8, name),
        delimited(9, rawOf(type, values)),
      ]),
    );
    return name;
  }

  /** The whole file. */
  bytes(): Uint8Array {
    const graph = [delimited(GRAPH.name, 'lineside'), ...this.nodes, ...this.constants, ...this.ports];
    const opset = delimited(MODEL.opsets, [delimited(1, ''), varint(2, OPSET)]);
    return Buffer.concat([varint(MODEL.ir, IR), delimited(MODEL.producer, 'lineside'), delimited(MODEL.graph, graph), opset]);
  }

  /** Another network's file with this one behind it, which takes its outputs by their names; the file's own inputs stay, its outputs go. */
  after(network: Uint8Array): Uint8Array {
    const rewritten = fields(network).map((field) => {
      if (field.number !== MODEL.graph) return field.whole;
      const kept = fields(field.bytes).filter(({ number }) => number !== GRAPH.outputs);
      return delimited(MODEL.graph, [...kept.map(({ whole }) => whole), ...this.nodes, ...this.constants, ...this.ports]);
    });
    return Buffer.concat(rewritten);
  }

  /** Another network's file with this one before it, which makes its input `input`: a value of this one by that name. Its outputs stay. */
  before(network: Uint8Array, input: string): Uint8Array {
    const rewritten = fields(network).map((field) => {
      if (field.number !== MODEL.graph) return field.whole;
      const kept = fields(field.bytes).filter(({ number, bytes }) => number !== GRAPH.inputs || nameOf(bytes) !== input);
      return delimited(MODEL.graph, [...this.nodes, ...kept.map(({ whole }) => whole), ...this.constants, ...this.ports]);
    });
    return Buffer.concat(rewritten);
  }

  private fresh(): string {
    return `${this.prefix}${this.count++}`;
  }
}

/** Of a ValueInfoProto. */
export const nameOf = (value: Uint8Array): string =>
  text(fields(value).find(({ number }) => number === VALUE.name)?.bytes ?? new Uint8Array(0));

function nodeOf(operator: string, inputs: readonly string[], outputs: readonly string[], attributes: Attributes): Uint8Array {
  return delimited(GRAPH.nodes, [
    ...inputs.map((name) => delimited(NODE.inputs, name)),
    ...outputs.map((name) => delimited(NODE.outputs, name)),
    delimited(NODE.operator, operator),
    ...Object.entries(attributes).map(([name, value]) => delimited(NODE.attributes, attributeOf(name, value))),
  ]);
}

/** AttributeProto: name 1, i 3, ints 8, type 20 (INT 2, INTS 7). */
function attributeOf(name: string, value: number | readonly number[]): Uint8Array {
  if (typeof value === 'number') return Buffer.concat([delimited(1, name), signed(3, value), varint(20, 2)]);
  return Buffer.concat([delimited(1, name), ...value.map((one) => signed(8, one)), varint(20, 7)]);
}

/** A number below zero is the two's complement of 64 bits: ten bytes. */
function signed(number: number, value: number): Uint8Array {
  if (value >= 0) return varint(number, value);
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.concat([tagOf(number), Uint8Array.from([...bytes, Number(rest)])]);
    bytes.push(Number(rest & 127n) + 128);
  }
}

/** Of a varint field below 16: one byte. */
const tagOf = (number: number): Uint8Array => Uint8Array.of(number * 8);

/** ValueInfoProto: name 1, type 2; TypeProto: tensor_type 1; its elem_type 1 and shape 2. */
export function valueInfo(name: string, type: TypeName, shape: readonly number[]): Uint8Array {
  const dims = delimited(
    2,
    shape.map((size) => delimited(1, varint(1, size))),
  );
  return Buffer.concat([delimited(1, name), delimited(2, delimited(1, [varint(1, TYPE[type]), dims]))]);
}

/** TensorProto.raw_data: little-endian, whatever the box is. */
function rawOf(type: TypeName, values: ArrayLike<number>): Uint8Array {
  const size = { float32: 4, uint8: 1, int32: 4, int64: 8, float64: 8 }[type];
  const raw = Buffer.alloc(values.length * size);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const write = {
    float32: (at: number, value: number) => view.setFloat32(at, value, true),
    float64: (at: number, value: number) => view.setFloat64(at, value, true),
    uint8: (at: number, value: number) => view.setUint8(at, value),
    int32: (at: number, value: number) => view.setInt32(at, value, true),
    int64: (at: number, value: number) => view.setBigInt64(at, BigInt(value), true),
  }[type];
  for (let i = 0; i < values.length; i++) write(i * size, values[i] ?? 0);
  return raw;
}
