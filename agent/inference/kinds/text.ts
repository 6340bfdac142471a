/** What a text names: faults, parts, work. Every span of a few words has a class; spans may nest. */
import type { Entity, Note } from '../../contracts/index.ts';
import { failed } from '../faults.ts';
import type { Core, DecodeContext, Output } from './kind.ts';
import { clamp, defineKind, need } from './kind.ts';

export const text = defineKind({
  name: 'text',
  summary: 'What a note names, in its own words; the score is that of the surest span that names a fault.',
  input: 'text',
  options: {
    type: 'object',
    properties: {
      faults: { type: 'array', items: { type: 'string' }, minItems: 1, description: 'Labels that mean a fault.' },
      longest: { type: 'integer', minimum: 1, maximum: 16, description: 'Words of a span, at most.' },
      vectors: {
        type: 'string',
        minLength: 1,
        description: 'Value within the network that has a vector for each word, [1, words, size]: what a head can be taught on.',
      },
    },
    required: ['faults', 'longest'],
    additionalProperties: false,
  },
  needsGood: () => true,
  outputs: () => ['spans'],
  decode(outputs, options, context) {
    const { note, good, threshold } = context;
    if (!note) throw failed(context.model, 'there is no text');
    const spans = spansOf(need(outputs, 'spans', context), options.longest, note, context);
    const worst = faultOf(spans, options.faults, context);
    return {
      label: worst.score < threshold ? good : worst.label,
      score: worst.score,
      probabilities: strongest(spans, worst.score, context),
      note,
      entities: spans.flatMap((span) => entityOf(span, note, context)),
    };
  },
});

interface Span {
  /** Words of the note; the last one not included. */
  readonly begin: number;
  readonly end: number;
  /** By label, in the manifest's order. */
  readonly probabilities: Float32Array;
}

/** Spans that lie within the text, by beginning and length. */
function spansOf({ shape, data }: Output, longest: number, { words }: Note, { model, labels }: DecodeContext): readonly Span[] {
  const [one, places = 0, sizes, classes, ...rest] = shape;
  if (one !== 1 || sizes !== longest || classes !== labels.length || rest.length > 0 || data.length !== places * longest * classes) {
    throw failed(model, `spans of shape [${shape.join(', ')}] for ${labels.length} labels and up to ${longest} words`);
  }
  if (words.length > places) throw failed(model, `${words.length} words for a network of ${places}`);
  const spans: Span[] = [];
  for (let begin = 0; begin < words.length; begin++) {
    for (let end = begin + 1; end <= Math.min(begin + longest, words.length); end++) {
      const at = (begin * longest + end - begin - 1) * classes;
      spans.push({ begin, end, probabilities: data.subarray(at, at + classes) });
    }
  }
  return spans;
}

/** The chance that the surest faulty span names a fault of any sort, and its likeliest sort. */
function faultOf(spans: readonly Span[], faults: readonly string[], { labels }: DecodeContext): Pick<Core, 'label' | 'score'> {
  const classes = faults.map((label) => labels.indexOf(label));
  let [score, label] = [0, null as string | null];
  for (const { probabilities } of spans) {
    const of = classes.map((at) => probabilities[at] ?? 0);
    const sum = clamp(of.reduce((a, b) => a + b, 0));
    if (sum > score) [score, label] = [sum, faults[of.indexOf(Math.max(...of))] ?? null];
  }
  return { score, label };
}

/** Of each label the surest span; of the good one, that no fault is named. */
function strongest(spans: readonly Span[], score: number, { labels, good }: DecodeContext): Readonly<Record<string, number>> {
  const most = (at: number) => spans.reduce((top, { probabilities }) => Math.max(top, probabilities[at] ?? 0), 0);
  return Object.fromEntries(labels.map((label, at) => [label, label === good ? 1 - score : clamp(most(at))]));
}

function entityOf({ begin, end, probabilities }: Span, { words }: Note, { labels, good }: DecodeContext): readonly Entity[] {
  const best = probabilities.reduce((top, value, at) => (value > (probabilities[top] ?? 0) ? at : top), 0);
  const label = labels[best] ?? '';
  if (label === good) return [];
  const named = words.slice(begin, end);
  const span = [named[0]?.from ?? 0, named.at(-1)?.to ?? 0] as const;
  return [{ label, score: clamp(probabilities[best] ?? 0), text: named.map(({ plain }) => plain).join(' '), span }];
}
