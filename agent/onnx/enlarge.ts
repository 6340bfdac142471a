/** The same network for larger pictures. */
import { nameOf, valueInfo } from './graph.ts';
import { GRAPH, MODEL, TENSOR_TYPE, VALUE } from './proto.ts';
import { delimited, fields } from './wire.ts';

/**
 * Its file with the picture that it takes, `input`, uint8, of another shape. Convolutions take any; what else is in a network may refuse when
 * it is loaded or run. What it says of the shapes of its outputs and of values between is left out: onnxruntime finds them.
 */
export function enlarge(network: Uint8Array, input: string, shape: readonly number[]): Uint8Array {
  const rewritten = fields(network).map((field) =>
    field.number === MODEL.graph ? delimited(MODEL.graph, graphOf(field.bytes, input, shape)) : field.whole,
  );
  return Buffer.concat(rewritten);
}

function graphOf(graph: Uint8Array, input: string, shape: readonly number[]): readonly Uint8Array[] {
  return fields(graph)
    .filter(({ number }) => number !== GRAPH.values)
    .map((field) => {
      if (field.number === GRAPH.outputs) return delimited(GRAPH.outputs, shapeless(field.bytes));
      if (field.number === GRAPH.inputs && nameOf(field.bytes) === input) return delimited(GRAPH.inputs, valueInfo(input, 'uint8', shape));
      return field.whole;
    });
}

/** ValueInfoProto of a tensor without its shape. */
function shapeless(value: Uint8Array): readonly Uint8Array[] {
  return fields(value).map((field) => {
    if (field.number !== VALUE.type) return field.whole;
    const tensors = fields(field.bytes).map((tensor) =>
      delimited(
        TENSOR_TYPE.tensor,
        fields(tensor.bytes)
          .filter(({ number }) => number !== TENSOR_TYPE.shape)
          .map(({ whole }) => whole),
      ),
    );
    return delimited(VALUE.type, tensors);
  });
}
