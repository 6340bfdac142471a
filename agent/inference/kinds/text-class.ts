/** Which kind a note as a whole is of: a failure mode, a kind of work. It may be none of those that were taught, and the head may abstain. */
import { failed } from '../faults.ts';
import { classes, defineKind, need } from './kind.ts';

export const textClass = defineKind({
  name: 'text-class',
  summary: 'One label for a note; the good label means none of these, no label that it is not certain. The score is 1 - p(good).',
  input: 'text',
  options: {
    type: 'object',
    properties: {
      certain: { type: 'number', minimum: 0, maximum: 1, default: 0, description: 'Below this probability no label is given.' },
    },
    additionalProperties: false,
  },
  needsGood: () => true,
  outputs: () => ['probabilities'],
  decode(outputs, options, context) {
    if (!context.note) throw failed(context.model, 'there is no text');
    const core = classes(need(outputs, 'probabilities', context), context);
    const best = core.label === null ? 0 : (core.probabilities[core.label] ?? 0);
    const certain = Number(options.certain ?? 0);
    return { ...core, label: best < certain ? null : core.label, note: context.note };
  },
});
