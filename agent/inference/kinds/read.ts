/** A code on the part: the text, and how sure the network is of it. */
import type { Static } from 'typebox';
import { failed } from '../faults.ts';
import { beamSearch, type Columns, readingOf } from './ctc.ts';
import type { DecodeContext, Output } from './kind.ts';
import { clamp, defineKind, need } from './kind.ts';

const options = {
  type: 'object',
  properties: {
    output: {
      enum: ['probabilities', 'logits'],
      default: 'probabilities',
      description: 'What the network gives of each column: probabilities, or logits that are turned into them here.',
    },
    blank: {
      enum: ['first', 'last'],
      default: 'first',
      description: 'Place of the class that means no character: first as in PyTorch, last as in Keras. The others are the labels.',
    },
    beam: { type: 'integer', minimum: 1, maximum: 100, default: 8, description: 'Texts that are followed from column to column.' },
  },
  required: ['output', 'blank', 'beam'],
  additionalProperties: false,
} as const;
type Options = Static<typeof options>;

export const read = defineKind({
  name: 'read',
  summary: 'A line of text, decoded by CTC; the score is 1 - the probability of what was read, 1 where nothing was.',
  input: 'image',
  options,
  needsGood: () => false,
  outputs: (options) => [options.output],
  decode(outputs, options, context) {
    const columns = columnsOf(need(outputs, options.output, context), options, context);
    const classes = beamSearch(columns, options.beam)[0] ?? [];
    const { probability, certainty } = readingOf(columns, classes);
    const offset = columns.blank === 0 ? 1 : 0;
    const text = classes.map((c) => context.labels[c - offset] ?? '').join('');
    if (text === '') return { label: null, score: 1, reading: { text, confidence: 0, characters: [] } };
    const reading = { text, confidence: clamp(probability), characters: certainty.map(clamp) };
    return { label: text, score: clamp(1 - probability), reading };
  },
});

function columnsOf(output: Output, { output: given, blank }: Options, context: DecodeContext): Columns {
  const [one, steps = 0, classes = 0, ...rest] = output.shape;
  const wanted = context.labels.length + 1;
  if (one !== 1 || rest.length > 0 || classes !== wanted || steps * classes !== output.data.length) {
    throw failed(
      context.model,
      `${given} of shape [${output.shape.join(', ')}], [1, columns, ${wanted}] is wanted: the labels and a blank`,
    );
  }
  const probabilities = given === 'logits' ? softmax(output.data, classes) : output.data;
  return { probabilities, steps, classes, blank: blank === 'first' ? 0 : classes - 1 };
}

function softmax(logits: Float32Array, classes: number): Float32Array {
  const out = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += classes) {
    const row = logits.subarray(from, from + classes);
    const highest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = row.map((value) => Math.exp(value - highest));
    const sum = powers.reduce((a, b) => a + b, 0);
    out.set(
      powers.map((power) => power / sum),
      from,
    );
  }
  return out;
}
