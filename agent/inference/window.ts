/** From a window of tags, with its holes, to what a network takes. Pure. */
import type { TagWindow } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';

/** From here on a quality says that the value is not to be used: bad, or a gap. */
const UNUSABLE = 2;

/**
 * The window's values without holes: one takes the last value before it, at the beginning the first one after. Rejects a window in
 * which a channel was never known with WINDOW_GAPS: nothing that we could put there would be true. `fill`: what a package wants, channel by
 * channel, in the rows before anything was known, so that it can judge before a whole window has passed.
 */
export function withoutGaps(window: TagWindow, fill: readonly (number | undefined)[] = []): Float32Array<ArrayBuffer> {
  const { values, steps, tags } = window;
  const filled = values.slice();
  const channels = tags.length;
  const before = fill.includes(undefined) || fill.length !== channels ? 0 : firstRow(window) * channels;
  for (let channel = 0; channel < channels; channel++) {
    let last = firstKnown(window, channel);
    for (let at = channel; at < steps * channels; at += channels) {
      if (isKnown(window, at)) last = filled[at] ?? last;
      else filled[at] = last;
    }
  }
  for (let at = 0; at < before; at++) filled[at] = fill[at % channels] ?? 0;
  return filled;
}

/** First row in which any channel is known. */
function firstRow(window: TagWindow): number {
  const channels = window.tags.length;
  const at = window.values.findIndex((_, i) => isKnown(window, i));
  return at < 0 ? 0 : Math.floor(at / channels);
}

const isKnown = ({ values, quality }: TagWindow, at: number): boolean => Number.isFinite(values[at]) && (quality[at] ?? 0) < UNUSABLE;

function firstKnown(window: TagWindow, channel: number): number {
  const { values, steps, tags } = window;
  for (let at = channel; at < steps * tags.length; at += tags.length) if (isKnown(window, at)) return values[at] ?? Number.NaN;
  throw new LinesideError('WINDOW_GAPS', { tag: tags[channel] ?? '', percent: 100 });
}
