/** What stands in an ONNX file besides its weights. Numbers of fields: onnx/onnx.proto. Pure. */
import { GRAPH, MODEL, NODE } from '../../onnx/proto.ts';
import { type Field, fields, text } from '../../onnx/wire.ts';

export interface OnnxPort {
  readonly name: string;
  /** As onnxruntime calls it: float32, uint8; `type 17` for one that no package may use. */
  readonly type: string;
  /** null: the rank is not known. A string or null inside stands for a dimension that is free. */
  readonly shape: readonly (number | string)[] | null;
}

export interface OnnxFacts {
  readonly ir: number;
  /** Of the default operators. */
  readonly opset: number;
  readonly producer: string;
  /** Without those that have a value in the file. */
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** Operators with their domain, once each: `Conv`, `com.example.Wobble`. */
  readonly operators: readonly string[];
  /** Files that weights lie in. */
  readonly external: readonly string[];
  /** Element types of the weights. */
  readonly weights: readonly string[];
}

/** TensorProto.DataType. */
const TYPES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
};
export const typeName = (code: number): string => TYPES[code] ?? (code === 0 ? UNDECLARED : `type ${code}`);
/** An exporter need not say what an output is: onnxruntime works it out. */
export const UNDECLARED = 'of no declared type';

/** TypeProto: what else than a tensor (1) a value may be. */
const OTHERS: Readonly<Record<number, string>> = { 4: 'a sequence', 5: 'a map', 8: 'a sparse tensor', 9: 'an optional value' };

/** Throws where the bytes are no ONNX model. */
export function readOnnx(file: Uint8Array): OnnxFacts {
  const model = fields(file);
  // A message that comes in pieces is all of them together.
  const graph = all(model, MODEL.graph).flatMap(({ bytes }) => fields(bytes));
  const initializers = all(graph, GRAPH.initializers).map(({ bytes }) => fields(bytes));
  const valued = new Set(initializers.map((tensor) => textOf(tensor, 8)));
  const opsets = all(model, MODEL.opsets).map(({ bytes }) => fields(bytes));
  const plain = opsets.findLast((opset) => DEFAULT_DOMAINS.includes(textOf(opset, 1)));
  const nodes = all(graph, GRAPH.nodes).map(({ bytes }) => fields(bytes));
  return {
    ir: last(model, MODEL.ir)?.value ?? 0,
    opset: plain ? (last(plain, 2)?.value ?? 0) : 0,
    producer: textOf(model, MODEL.producer),
    inputs: all(graph, GRAPH.inputs)
      .map(({ bytes }) => portOf(bytes))
      .filter(({ name }) => !valued.has(name)),
    outputs: all(graph, GRAPH.outputs).map(({ bytes }) => portOf(bytes)),
    operators: [...new Set(nodes.map(operatorOf))].sort(),
    external: [...new Set(initializers.flatMap(externalOf))],
    weights: [...new Set(initializers.map((tensor) => typeName(last(tensor, 2)?.value ?? 0)))],
  };
}

const DEFAULT_DOMAINS = ['', 'ai.onnx'];

/** Names of all values of the network, those inside its loops and branches included: none of ours may be among them. */
export function valueNames(file: Uint8Array): ReadonlySet<string> {
  const names = new Set<string>();
  const graphs = all(fields(file), MODEL.graph).map(({ bytes }) => bytes);
  for (let graph = graphs.pop(); graph; graph = graphs.pop()) {
    const within = fields(graph);
    for (const { bytes } of [...all(within, GRAPH.inputs), ...all(within, GRAPH.outputs)]) names.add(textOf(fields(bytes), 1));
    for (const { bytes } of all(within, GRAPH.initializers)) names.add(textOf(fields(bytes), 8));
    for (const { bytes } of all(within, GRAPH.nodes)) {
      const node = fields(bytes);
      for (const { bytes: name } of [...all(node, NODE.inputs), ...all(node, NODE.outputs)]) names.add(text(name));
      // AttributeProto: a graph 6, graphs 11.
      for (const attribute of all(node, NODE.attributes).map((one) => fields(one.bytes)))
        graphs.push(...[...all(attribute, 6), ...all(attribute, 11)].map((one) => one.bytes));
    }
  }
  return names;
}

function operatorOf(node: readonly Field[]): string {
  const domain = textOf(node, NODE.domain);
  return DEFAULT_DOMAINS.includes(domain) ? textOf(node, NODE.operator) : `${domain}.${textOf(node, NODE.operator)}`;
}

/** TensorProto: data_location 14 is 1 for a file; external_data 13 is a list of keys and values, `location` among them. */
function externalOf(tensor: readonly Field[]): readonly string[] {
  if (last(tensor, 14)?.value !== 1) return [];
  const entries = all(tensor, 13).map(({ bytes }) => fields(bytes));
  return entries.filter((entry) => textOf(entry, 1) === 'location').map((entry) => textOf(entry, 2));
}

/** ValueInfoProto, as far as it is a tensor. */
export function portOf(bytes: Uint8Array): OnnxPort {
  const info = fields(bytes);
  const type = inside(info, 2);
  const other = type.map(({ number }) => OTHERS[number]).find((name) => name !== undefined);
  if (other) return { name: textOf(info, 1), type: other, shape: null };
  const tensor = inside(type, 1);
  const shape = last(tensor, 2);
  const dims = shape && all(fields(shape.bytes), 1).map((dim) => dimensionOf(fields(dim.bytes)));
  return { name: textOf(info, 1), type: typeName(last(tensor, 1)?.value ?? 0), shape: dims ?? null };
}

function dimensionOf(dim: readonly Field[]): number | string {
  const size = last(dim, 1);
  return size ? size.value : textOf(dim, 2) || '?';
}

const all = (message: readonly Field[], number: number): readonly Field[] => message.filter((field) => field.number === number);
const last = (message: readonly Field[], number: number): Field | undefined => message.findLast((field) => field.number === number);
const textOf = (message: readonly Field[], number: number): string => text(last(message, number)?.bytes ?? new Uint8Array(0));
const inside = (message: readonly Field[], number: number): readonly Field[] => fields(last(message, number)?.bytes ?? new Uint8Array(0));
