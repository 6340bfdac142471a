/**
 * A head as an ONNX graph: `words` int32 [1, words] (ids of vocabulary.txt, 0 where there is no word) and `letters`, as every text package takes
 * them, to `probabilities` float32 [1, classes]. With an encoder its file stands before it, and what it makes of the words is looked at as
 * their mean and their largest values. A text none of whose words was learned is none of the kinds, whatever the weights say. Pure.
 */
import { Graph, TYPE } from '../onnx/graph.ts';
import type { Logistic } from './logistic.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface Encoder {
  readonly file: Uint8Array;
  /** Its value with a vector for each word, [1, words, size]. */
  readonly vectors: string;
  readonly size: number;
  /** Lines of its vocabulary: what has a higher id is to it a word that it does not know. */
  readonly lines: number;
}

/** How the numbers of a text were standardised: (x - mean) * scale. */
export interface Standard {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

export interface Head {
  readonly vocabulary: Vocabulary;
  readonly model: Logistic;
  readonly standard: Standard;
  /** Index of the class that means none of these. */
  readonly none: number;
  readonly encoder: Encoder | null;
}

/** Ids as they come, where an encoder has the name `words` for its own. */
export const TYPED = 'typed';
const NOTHING = 1e-9;
/** Below all that a normalised vector holds: places without a word are never the largest. */
const LOWEST = -1e4;

export function networkOf(head: Head, words: number, letters: number): Uint8Array {
  const { encoder } = head;
  const graph = new Graph('head');
  const ids = encoder ? TYPED : graph.input('words', 'int32', [1, words]);
  if (!encoder) graph.input('letters', 'uint8', [1, words, letters]);
  const { logits, known } = wordsIn(graph, head, ids);
  const all = encoder ? graph.add('Add', [logits, vectorsIn(graph, head, encoder, { ids, words })]) : logits;
  const biased = graph.add('Add', [all, graph.constant('float32', [head.model.classes], offsetOf(head))]);
  graph.output('probabilities', orNone(graph, head, graph.add('Softmax', [biased], { axis: -1 }), known), 'float32', [
    1,
    head.model.classes,
  ]);
  if (!encoder) return graph.bytes();
  return graph.after(entryOf(encoder, words).before(encoder.file, 'words'));
}

/** Its own ids, out of those of the longer list. */
function entryOf({ lines }: Encoder, words: number): Graph {
  const entry = new Graph('entry');
  const typed = entry.input(TYPED, 'int32', [1, words]);
  const isBeyond = entry.add('Greater', [typed, entry.constant('int32', [], [lines + 1])]);
  entry.name('words', entry.add('Where', [isBeyond, entry.constant('int32', [], [1]), typed]));
  return entry;
}

/** What the words say of each class, [1, classes]; and 1 where there is a word that was learned, [1, 1]. */
function wordsIn(graph: Graph, { model, vocabulary }: Head, ids: string): { readonly logits: string; readonly known: string } {
  const { classes } = model;
  const wide = classes + 1;
  const table = new Float64Array(vocabulary.rarity.length * wide);
  for (const [id, rarity] of vocabulary.rarity.entries()) {
    for (let c = 0; c < classes; c++) table[id * wide + c] = rarity * (model.sparse[c * model.words + id] ?? 0);
    table[id * wide + classes] = rarity * rarity;
  }
  const rows = graph.add('Gather', [graph.constant('float32', [vocabulary.rarity.length, wide], table), ids], { axis: 0 });
  const sums = graph.add('ReduceSum', [rows, graph.constant('int64', [1], [1])], { keepdims: 0 });
  const [zero, middle, end, axis] = [0, classes, wide, 1].map((at) => graph.constant('int64', [1], [at]));
  const slice = (from = '', to = '') => graph.add('Slice', [sums, from, to, axis ?? '']);
  const squares = slice(middle, end);
  const norm = graph.add('Sqrt', [graph.add('Max', [squares, graph.constant('float32', [1], [NOTHING])])]);
  const isKnown = graph.add('Greater', [squares, graph.constant('float32', [1], [NOTHING])]);
  return { logits: graph.add('Div', [slice(zero, middle), norm]), known: graph.add('Cast', [isKnown], { to: TYPE.float32 }) };
}

/** What the encoder's vectors say of each class, [1, classes]. */
function vectorsIn(
  graph: Graph,
  { model, standard }: Head,
  { vectors, size }: Encoder,
  at: { readonly ids: string; readonly words: number },
): string {
  const pooled = pooledOf(graph, vectors, at);
  const weights = new Float64Array(2 * size * model.classes);
  for (let k = 0; k < 2 * size; k++)
    for (let c = 0; c < model.classes; c++)
      weights[k * model.classes + c] = (standard.scale[k] ?? 0) * (model.full[c * model.dense + k] ?? 0);
  return graph.add('MatMul', [pooled, graph.constant('float32', [2 * size, model.classes], weights)]);
}

/** Largest values, then means, over the words of the text: [1, 2 * size]. */
export function pooledOf(graph: Graph, vectors: string, { ids, words }: { readonly ids: string; readonly words: number }): string {
  const isWord = graph.add('Greater', [ids, graph.constant('int32', [], [0])]);
  const mask = graph.add('Reshape', [graph.add('Cast', [isWord], { to: TYPE.float32 }), graph.constant('int64', [3], [1, words, 1])]);
  const axes = graph.constant('int64', [1], [1]);
  const one = graph.constant('float32', [1], [1]);
  const away = graph.add('Mul', [graph.add('Sub', [one, mask]), graph.constant('float32', [1], [LOWEST])]);
  const largest = graph.add('ReduceMax', [graph.add('Add', [vectors, away])], { axes: [1], keepdims: 0 });
  const count = graph.add('Max', [graph.add('ReduceSum', [mask, axes], { keepdims: 0 }), one]);
  const mean = graph.add('Div', [graph.add('ReduceSum', [graph.add('Mul', [vectors, mask]), axes], { keepdims: 0 }), count]);
  return graph.add('Concat', [largest, mean], { axis: 1 });
}

/** The bias of each class, with what standardising takes from it. */
function offsetOf({ model, standard }: Head): Float64Array {
  return Float64Array.from(model.bias, (bias, c) => {
    let off = bias;
    for (let k = 0; k < model.dense; k++)
      off -= (standard.mean[k] ?? 0) * (standard.scale[k] ?? 0) * (model.full[c * model.dense + k] ?? 0);
    return off;
  });
}

function orNone(graph: Graph, { model, none }: Head, odds: string, known: string): string {
  const nothing = graph.constant(
    'float32',
    [1, model.classes],
    Array.from({ length: model.classes }, (_, c) => (c === none ? 1 : 0)),
  );
  const unknown = graph.add('Sub', [graph.constant('float32', [1], [1]), known]);
  return graph.add('Add', [graph.add('Mul', [odds, known]), graph.add('Mul', [nothing, unknown])]);
}
