/** How far a picture is from everything good that the network has seen, and where. */
import { defineKind, explained, heatMap, labelOf, need, scalar } from './kind.ts';

export const anomaly = defineKind({
  name: 'anomaly',
  summary: 'A score and a heat map from good examples alone.',
  input: 'image',
  options: { type: 'object', properties: {}, additionalProperties: false },
  needsGood: () => false,
  outputs: () => ['score', 'heatmap'],
  decode(outputs, _, context) {
    const score = scalar(outputs, 'score', context);
    const heatmap = need(outputs, 'heatmap', context);
    return explained({ label: labelOf(score, context), score }, context, () => ({ heatmap: heatMap(heatmap, context) }));
  },
});
