/** What stands in an ONNX file besides its weights. Numbers of fields: onnx/onnx.proto. Pure. */
import { type Field, fields, text } from './wire.ts';

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

/** Fields of ModelProto, GraphProto and what is in them. */
export const MODEL = { ir: 1, producer: 2, graph: 7, opsets: 8 } as const;
export const GRAPH = { nodes: 1, initializers: 5, inputs: 11, outputs: 12 } as const;
export const NODE = { inputs: 1, outputs: 2, name: 3, operator: 4, attributes: 5, domain: 7 } as const;

/** TensorProto.DataType. */
const TYPES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
  10: 'float16',
  11: 'float64',
};
export const typeName = (code: number): string => TYPES[code] ?? `type ${code}`;

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
  const tensor = inside(inside(info, 2), 1);
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
