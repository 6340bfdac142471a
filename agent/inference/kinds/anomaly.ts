/** How far a picture is from everything good that the network has seen, and where. */
import { defineKind, heatMap, labelOf, need, scalar } from './kind.ts';

export const anomaly = defineKind({
  name: 'anomaly',
  summary: 'A score and a heat map from good examples alone.',
  input: 'image',
  options: { type: 'object', properties: {}, additionalProperties: false },
  needsGood: () => false,
  outputs: () => ['score', 'heatmap'],
  decode(outputs, _, context) {
    const score = scalar(outputs, 'score', context);
    return { label: labelOf(score, context), score, heatmap: heatMap(need(outputs, 'heatmap', context), context) };
  },
});
