/** Features for heads that learn on the box: no verdict of its own, so a station cannot name it as a model. */
import { failed } from '../faults.ts';
import { defineKind, need, type Output } from './kind.ts';

const LEVELS = ['s8', 's16', 's32'] as const;

export const embed = defineKind({
  name: 'embed',
  summary: 'Features at strides 8, 16 and 32 for heads that are taught on them; it finds nothing by itself, and its score is 0.',
  input: 'image',
  options: { type: 'object', properties: {}, additionalProperties: false },
  needsGood: () => false,
  outputs: () => LEVELS,
  decode(outputs, _, context) {
    for (const name of LEVELS) {
      if (!isMap(need(outputs, name, context))) throw failed(context.model, `${name} is not [1, channels, height, width]`);
    }
    return { label: null, score: 0 };
  },
});

function isMap({ shape, data }: Output): boolean {
  const [one, channels = 0, height = 0, width = 0, ...rest] = shape;
  return one === 1 && rest.length === 0 && data.length > 0 && channels * height * width === data.length;
}
