/** Fields of ModelProto, GraphProto and what is in them, as onnx/onnx.proto numbers them. */
export const MODEL = { ir: 1, producer: 2, graph: 7, opsets: 8 } as const;
export const GRAPH = { nodes: 1, name: 2, initializers: 5, inputs: 11, outputs: 12, values: 13 } as const;
export const NODE = { inputs: 1, outputs: 2, name: 3, operator: 4, attributes: 5, domain: 7 } as const;
export const VALUE = { name: 1, type: 2 } as const;
/** TypeProto with a tensor, and the tensor's own fields. */
export const TENSOR_TYPE = { tensor: 1, element: 1, shape: 2 } as const;
