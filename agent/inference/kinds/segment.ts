/** Defects pixel by pixel. */

import { failed } from '../faults.ts';
import type { Core, DecodeContext, Output, Outputs } from './kind.ts';
import { clamp, classes, defineKind, explained, heatMap, labelOf, need } from './kind.ts';

export const segment = defineKind({
  name: 'segment',
  summary: 'A defect mask; the score comes from class probabilities or from the highest values of the mask.',
  input: 'image',
  options: {
    type: 'object',
    properties: {
      score: { enum: ['probabilities', 'top'], default: 'top', description: 'Where the score comes from.' },
      top: { type: 'number', exclusiveMinimum: 0, maximum: 1, default: 0.01, description: 'Share of the pixels that make the score.' },
    },
    required: ['score', 'top'],
    additionalProperties: false,
  },
  needsGood: (options) => options.score === 'probabilities',
  outputs: (options) => (options.score === 'probabilities' ? ['mask', 'probabilities'] : ['mask']),
  decode(outputs, options, context) {
    const mask = need(outputs, 'mask', context);
    const defect = mask.shape.length === 4 ? defectOf(mask, context) : mask;
    return explained(judged(outputs, mask, defect, options, context), context, () => ({ heatmap: heatMap(defect, context) }));
  },
});

function judged(
  outputs: Outputs,
  mask: Output,
  defect: Output,
  { score: from, top }: { readonly score: 'probabilities' | 'top'; readonly top: number },
  context: DecodeContext,
): Core {
  if (from === 'probabilities') return classes(need(outputs, 'probabilities', context), context);
  const score = clamp(topMean(defect.data, top));
  return { score, label: labelAt(mask, score, context) };
}

/** [1, h, w, labels] -> [1, h, w]: 1 - p(good), or the largest label where the manifest names no good one. */
function defectOf(mask: Output, context: DecodeContext): Output {
  const count = mask.shape[3] ?? 0;
  if (count !== context.labels.length) throw failed(context.model, `a mask of ${count} labels, the manifest has ${context.labels.length}`);
  const good = context.labels.indexOf(context.good ?? '');
  const data = new Float32Array(mask.data.length / count);
  for (let pixel = 0; pixel < data.length; pixel++) {
    const values = mask.data.subarray(pixel * count, (pixel + 1) * count);
    data[pixel] = good < 0 ? Math.max(...values) : 1 - (values[good] ?? 0);
  }
  return { shape: mask.shape.slice(0, 3), data };
}

/** Mean of the highest `share` of the values, of one value at least. */
export function topMean(values: Float32Array, share: number): number {
  const count = Math.max(1, Math.round(values.length * share));
  const top = values
    .slice()
    .sort()
    .subarray(values.length - count);
  return top.reduce((sum, value) => sum + value, 0) / count;
}

/** The faulty label that covers most of the mask, where the mask knows labels. */
function labelAt(mask: Output, score: number, context: DecodeContext): string | null {
  if (mask.shape.length !== 4 || score < context.threshold) return labelOf(score, context);
  const sums = context.labels.map(() => 0);
  for (let i = 0; i < mask.data.length; i++) sums[i % sums.length] = (sums[i % sums.length] ?? 0) + (mask.data[i] ?? 0);
  const faulty = context.labels.filter((label) => label !== context.good);
  const sumOf = (label: string) => sums[context.labels.indexOf(label)] ?? 0;
  return faulty.reduce<string | null>((best, label) => (best === null || sumOf(label) > sumOf(best) ? label : best), null);
}
