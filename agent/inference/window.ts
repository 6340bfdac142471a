/** From a window of tags, with its holes, to what a network takes. Pure. */
import type { TagWindow } from '../contracts.ts';
import { LinesideError } from '../errors.ts';

/**
 * The window's values without NaN: a hole takes the last value before it, at the beginning the first one after. Rejects a window in
 * which a channel was never known with WINDOW_GAPS: nothing that we could put there would be true.
 */
export function withoutGaps({ values, steps, tags }: TagWindow): Float32Array<ArrayBuffer> {
  const filled = values.slice();
  const channels = tags.length;
  for (let channel = 0; channel < channels; channel++) {
    let last = firstKnown(values, channel, steps, channels);
    for (let at = channel; at < steps * channels; at += channels) {
      const value = filled[at] ?? Number.NaN;
      if (Number.isFinite(value)) last = value;
      else filled[at] = last;
    }
  }
  return filled;
}

function firstKnown(values: Float32Array, channel: number, steps: number, channels: number): number {
  for (let at = channel; at < steps * channels; at += channels) {
    const value = values[at] ?? Number.NaN;
    if (Number.isFinite(value)) return value;
  }
  const gaps = values.filter((value) => !Number.isFinite(value)).length;
  throw new LinesideError('WINDOW_GAPS', { percent: Math.round((100 * gaps) / values.length) });
}
