/** Classes of a whole picture. */
import { classes, defineKind, explained, heatMap, need } from './kind.ts';

export const classify = defineKind({
  name: 'classify',
  summary: 'One label for the whole picture; the score is 1 - p(good).',
  input: 'image',
  options: { type: 'object', properties: {}, additionalProperties: false },
  needsGood: () => true,
  outputs: () => ['probabilities'],
  decode(outputs, _, context) {
    const core = classes(need(outputs, 'probabilities', context), context);
    const { heatmap } = outputs;
    return heatmap ? explained(core, context, () => ({ heatmap: heatMap(heatmap, context) })) : core;
  },
});
