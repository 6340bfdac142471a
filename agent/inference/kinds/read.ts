/** A code on the part: the text, and how sure the network is of it. */
import type { Static } from 'typebox';
import { failed } from '../faults.ts';
import { beamSearch, type Columns, readingOf } from './ctc.ts';
import { begins, complete, Fitting } from './fitting.ts';
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
  summary:
    'A line of text, decoded by CTC; the score is 1 - the probability of what was read, 1 where nothing was, or nothing of the `format`.',
  input: 'image',
  options,
  needsGood: () => false,
  outputs: (options) => [options.output],
  decode(outputs, options, context) {
    const columns = columnsOf(need(outputs, options.output, context), options, context);
    const labels = columns.blank === 0 ? [undefined, ...context.labels] : context.labels;
    const textOf = (classes: readonly number[]) => classes.map((c) => labels[c] ?? '').join('');
    const found = context.format ? fitting(columns, options.beam, fittingOf(context.format, context, labels)) : free(columns, options.beam);
    if (found.classes.length === 0 || found.refused) {
      return { label: null, score: 1, reading: { text: textOf(found.classes), confidence: 0, characters: [] } };
    }
    const confidence = clamp(found.confidence);
    const reading = { text: textOf(found.classes), confidence, characters: found.certainty.map(clamp) };
    return { label: reading.text, score: 1 - confidence, reading };
  },
});

interface Found {
  readonly classes: readonly number[];
  readonly confidence: number;
  /** It is nothing of the format. */
  readonly refused?: true;
  readonly certainty: readonly number[];
}

function free(columns: Columns, beam: number): Found {
  const classes = beamSearch(columns, beam)[0]?.text ?? [];
  const { probability, certainty } = readingOf(columns, classes);
  return { classes, confidence: probability, certainty };
}

/**
 * So many times less likely than what stands there freely read, a text of the format is none: the part shows something else. Of 600 strips
 * drawn as code-reader's training 97 of 100 are kept, and 97 of 100 refused that have a letter for one digit, or the other way round.
 */
const CREDIBLE = 0.02;

/**
 * Among the texts of the format, since the code is one of them: confidence is the share of the likeliest in all of these. Where none is
 * credible, what stands there freely read.
 */
function fitting(columns: Columns, beam: number, format: Fitting): Found {
  const seen = free(columns, beam);
  // Each has a search of its own: beginnings of one would crowd out those of another.
  const candidates = format.alternatives.flatMap((fit) => beamSearch(columns, beam, begins(fit)).filter(({ text }) => complete(fit)(text)));
  const [best] = candidates.sort((a, b) => b.likelihood - a.likelihood);
  if (!best) return { ...seen, refused: true };
  const { probability, certainty } = readingOf(columns, best.text);
  if (!(probability >= CREDIBLE * seen.confidence && probability > 0)) return { ...seen, refused: true };
  return { classes: best.text, confidence: probability / format.probability(columns), certainty };
}

/** Kept: a thread has one network, and reads by the same format part after part. */
let built: { readonly format: string; readonly of: DecodeContext['labels']; readonly fitting: Fitting } | undefined;

function fittingOf(format: string, { labels: of }: DecodeContext, labels: readonly (string | undefined)[]): Fitting {
  if (built?.format !== format || built.of !== of) built = { format, of, fitting: new Fitting(format, labels) };
  return built.fitting;
}

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
