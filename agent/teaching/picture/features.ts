/** What the backbone makes of a picture, in the forms that the rule needs. Pure. */

/** Maps of one picture at two strides, as the network gives them. */
export interface Maps {
  /** [channels, side, side] */
  readonly s16: Float32Array;
  readonly s32: Float32Array;
}

/** How large they are. Stride 32 has half the side of stride 16. */
export interface Sizes {
  readonly fine: Size;
  readonly coarse: Size;
}
export interface Size {
  readonly channels: number;
  readonly side: number;
}
export const placesOf = ({ side }: Size): number => side * side;

/** Pixels each way for those of a usual look, where small faults count: four times the work, for a picture and what is remembered of it. */
export const CLOSER = 2;

/** Added to a channel's spread before its logarithm. */
export const FLOOR = 0.05;
/** How many of a channel's highest values the regression is told the mean of. */
export const HIGHEST = 3;

/** One picture, ready for the rule. */
export interface Looked {
  /** [places, channels] */
  readonly fine: Float32Array;
  readonly coarse: Float32Array;
  /** Log spread of each channel over the picture; the fine ones, then the coarse ones. */
  readonly pooled: Float64Array;
  /** For the regression: means, log spreads and means of the highest values, each of all channels. */
  readonly summary: Float64Array;
}

export function lookedAt({ s16, s32 }: Maps, { fine, coarse }: Sizes): Looked {
  const summaries = [summarise(s16, fine), summarise(s32, coarse)];
  const all = (name: keyof Summary) => summaries.flatMap((one) => [...one[name]]);
  return {
    fine: byPlace(s16, fine),
    coarse: byPlace(s32, coarse),
    pooled: Float64Array.from(all('spreads')),
    summary: Float64Array.from([...all('means'), ...all('spreads'), ...all('highest')]),
  };
}

/** Of a flipped picture nothing else is needed. */
export const pooledOf = (maps: Maps, { fine, coarse }: Sizes): Float64Array =>
  Float64Array.from([...summarise(maps.s16, fine).spreads, ...summarise(maps.s32, coarse).spreads]);

/** [channels, places] -> [places, channels] */
function byPlace(map: Float32Array, size: Size): Float32Array {
  const { channels } = size;
  const places = placesOf(size);
  const out = new Float32Array(map.length);
  for (let c = 0; c < channels; c++) for (let p = 0; p < places; p++) out[p * channels + c] = map[c * places + p] as number;
  return out;
}

interface Summary {
  readonly means: Float64Array;
  readonly spreads: Float64Array;
  readonly highest: Float64Array;
}

function summarise(map: Float32Array, size: Size): Summary {
  const places = placesOf(size);
  const [means, spreads, highest] = [0, 1, 2].map(() => new Float64Array(size.channels)) as [Float64Array, Float64Array, Float64Array];
  for (let c = 0; c < size.channels; c++) {
    const values = map.subarray(c * places, (c + 1) * places);
    const mean = values.reduce((sum, value) => sum + value, 0) / places;
    means[c] = mean;
    spreads[c] = Math.log(Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / places) + FLOOR);
    highest[c] =
      values
        .slice()
        .sort()
        .subarray(-HIGHEST)
        .reduce((sum, value) => sum + value, 0) / HIGHEST;
  }
  return { means, spreads, highest };
}

/** A picture [side, side, 3] mirrored across, down, and both. */
export function flipsOf(pixels: Uint8Array, side: number): readonly Uint8Array[] {
  const turned = (across: boolean, down: boolean) => {
    const out = new Uint8Array(pixels.length);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const from = ((down ? side - 1 - y : y) * side + (across ? side - 1 - x : x)) * 3;
        out.set(pixels.subarray(from, from + 3), (y * side + x) * 3);
      }
    }
    return out;
  };
  return [turned(true, false), turned(false, true), turned(true, true)];
}
