/**
 * How a model's input looks, beside what the model says of it: a handful of numbers a part. They see a change of light, focus, position or setting
 * that does not move the score. The same at the line and where a package is taught. Pure.
 */

/**
 * Of a picture. brightness: mean, 0..255. contrast: spread of the brightness, % of its mean. sharpness: how far neighbours differ, % of the spread.
 * warmth: red less blue, % of the mean. across, down: where what stands out has its middle, % of the picture. Of the texture, grain: how far
 * neighbours differ, % of that and of how far places FAR apart do: noise is 50, what is smooth or coarse is less; lay (as ISO 21920 calls it): by how
 * much more neighbours across differ than those down, % of both: marks that run up and down are above 0.
 */
export const PICTURE_LOOK = ['brightness', 'contrast', 'sharpness', 'warmth', 'across', 'down', 'grain', 'lay'] as const;
/** Of each tag of a window. level: its mean. movement: its spread within the window. */
export const TAG_LOOK = ['level', 'movement'] as const;
export const LOOK_FEATURES = [...PICTURE_LOOK, ...TAG_LOOK] as const;
export type LookFeature = (typeof LOOK_FEATURES)[number];

/** Of one part. `values`: of a picture in the order of PICTURE_LOOK, of tags first all levels, then all movements. */
export interface Look {
  readonly of: 'picture' | 'tags';
  /** The first MOST_TAGS of the window, as the station calls them; none of a picture. */
  readonly tags: readonly string[];
  readonly values: readonly number[];
}

/** What a package was taught with. Missing: nothing is known. */
export interface TaughtFeature {
  /** Quantiles of pictures of good parts, ascending, evenly apart. */
  readonly values?: readonly number[];
  /** Lowest and highest of windows of good production. A window at the line ends where a part is there, those that were taught end anywhere. */
  readonly range?: readonly [number, number];
  /** How many independent parts, or windows, that is worth. */
  readonly parts: number;
  /** It wandered where it was taught: where it is says nothing. */
  readonly wanders?: true;
}

/** The newest parts of a package under one recipe against a reference, in one feature. */
export interface FeatureDrift {
  readonly feature: LookFeature;
  /** null: of the picture. */
  readonly tag: string | null;
  readonly parts: number;
  readonly reference: { readonly of: 'taught' | 'line'; readonly parts: number };
  /** Middle of the newest, and of the reference or its nearer end; null while it has not drifted. */
  readonly now: number | null;
  readonly before: number | null;
  /** 0..1; null before there is enough to tell. */
  readonly distance: number | null;
  /** From which distance on it is an alarm. */
  readonly limit: number | null;
  /** Since when it differs, wall time; null where it does not. */
  readonly drifted: number | null;
}

export interface LookDrift {
  readonly of: Look['of'];
  readonly features: readonly FeatureDrift[];
}

/** As it is told outside: what has moved, and of how many features that can be told. */
export const movedOf = ({ of, features }: LookDrift) => ({
  of,
  watched: features.filter(({ distance }) => distance !== null).length,
  moved: features.flatMap(({ feature, tag, parts, reference, now, before, drifted }) =>
    drifted === null || now === null || before === null ? [] : [{ feature, tag, parts, reference, now, before, drifted }],
  ),
});

/** [lower, higher, unit] */
const WORDS: Readonly<Record<LookFeature, readonly [string, string, string]>> = {
  brightness: ['darker', 'brighter', ' of 255'],
  contrast: ['less contrast', 'more contrast', ' %'],
  sharpness: ['less sharp', 'sharper', ' %'],
  warmth: ['bluer', 'redder', ' %'],
  across: ['further left', 'further right', ' % of the width'],
  down: ['further up', 'further down', ' % of the height'],
  grain: ['coarser texture', 'finer texture', ' %'],
  lay: ['texture runs more across', 'texture runs more up and down', ' %'],
  level: ['is lower', 'is higher', ''],
  movement: ['moves less', 'moves more', ''],
};

/** `darker (96 of 255, was 120)`: the one place that has words for it; alarms and the API say them. */
export function movedText({
  feature,
  tag,
  now,
  before,
}: Pick<FeatureDrift, 'feature' | 'tag'> & { readonly now: number; readonly before: number }): string {
  const [lower, higher, unit] = WORDS[feature];
  const subject = tag === null ? '' : `${tag} `;
  const digits = (value: number) => String(Number(value.toPrecision(4)));
  if (digits(now) === digits(before)) return `${subject}${feature} varies otherwise around ${digits(now)}${unit}`;
  return `${subject}${now < before ? lower : higher} (${digits(now)}${unit}, was ${digits(before)})`;
}

/** Tags of a window that are looked at: the first ones. */
export const MOST_TAGS = 32;
/** Places of a picture that are looked at each way: some 60 µs for a picture of any size. */
const PLACES = 32;
/** Pixels between places whose difference is that of a coarse texture. */
const FAR = 4;

/** `pixels` [height, width, channels], channels 1 or 3. */
export function pictureLook(pixels: Uint8Array, width: number, height: number, channels: number): number[] {
  const [across, down] = [stepOf(width), stepOf(height)];
  const row = width * channels;
  const [farBeside, farBelow] = [Math.min(FAR, width - 1), Math.min(FAR, height - 1)];
  const lights = new Float64Array(Math.ceil(width / across) * Math.ceil(height / down));
  let [seen, sum, beside, below, far, red, blue] = [0, 0, 0, 0, 0, 0, 0];
  // The last rows and columns have the neighbour before them.
  const away = (at: number, by: number, size: number): number => (at + by < size ? by : -by);
  for (let y = 0; y < height; y += down) {
    const [toBelow, toFarBelow] = [away(y, 1, height) * row, away(y, farBelow, height) * row];
    for (let x = 0; x < width; x += across) {
      const at = y * row + x * channels;
      const light = lightAt(pixels, at, channels);
      // Without a function or a list for each place, which would cost as much again.
      const toFarBeside = away(x, farBeside, width) * channels;
      beside += Math.abs(light - lightAt(pixels, at + away(x, 1, width) * channels, channels));
      below += Math.abs(light - lightAt(pixels, at + toBelow, channels));
      far += Math.abs(light - lightAt(pixels, at + toFarBeside, channels)) + Math.abs(light - lightAt(pixels, at + toFarBelow, channels));
      red += pixels[at] ?? 0;
      blue += pixels[at + channels - 1] ?? 0;
      sum += light;
      lights[seen++] = light;
    }
  }
  const mean = sum / seen;
  const { spread, x, y } = standingOut(lights, Math.ceil(width / across), mean);
  const least = mean + 1;
  const near = beside + below;
  // Under less light all of it is less alike; of a picture without any texture nothing is left but `least`, so that its last digit counts for little.
  const share = (of: number, all: number) => (100 * of) / (all + (seen * least) / 100);
  const texture = [share(near, near + far), share(beside - below, near)];
  return [mean, (100 * spread) / least, (50 * near) / seen / (spread + 1), (100 * (red - blue)) / seen / least, x, y, ...texture];
}

const stepOf = (size: number): number => Math.max(1, Math.ceil(size / PLACES));

/** Outside of the picture, where it has one row or column, is dark. */
function lightAt(pixels: Uint8Array, at: number, channels: number): number {
  if (at < 0 || at + channels > pixels.length) return 0;
  const first = pixels[at] as number;
  return channels === 1 ? first : 0.299 * first + 0.587 * (pixels[at + 1] as number) + 0.114 * (pixels[at + 2] as number);
}

/** Spread around the mean, and the middle of what is away from it, in % of the picture. */
function standingOut(lights: Float64Array, columns: number, mean: number) {
  let [squares, away, x, y] = [0, 0, 0, 0];
  for (let i = 0; i < lights.length; i++) {
    const off = Math.abs((lights[i] ?? 0) - mean);
    squares += off * off;
    away += off;
    x += off * (i % columns);
    y += off * Math.floor(i / columns);
  }
  const rows = lights.length / columns;
  const middle = (sum: number, of: number) => (away === 0 ? 50 : (100 * (sum / away + 0.5)) / of);
  return { spread: Math.sqrt(squares / lights.length), x: middle(x, columns), y: middle(y, rows) };
}

/** `values` [steps, channels] without holes: levels of the first MOST_TAGS channels, then their movements. */
export function windowLook(values: ArrayLike<number>, steps: number, channels: number): number[] {
  const tags = Math.min(channels, MOST_TAGS);
  const out = new Array<number>(2 * tags).fill(0);
  for (let tag = 0; tag < tags; tag++) {
    let sum = 0;
    for (let at = tag; at < steps * channels; at += channels) sum += values[at] ?? 0;
    const mean = sum / steps;
    let squares = 0;
    for (let at = tag; at < steps * channels; at += channels) squares += ((values[at] ?? 0) - mean) ** 2;
    out[tag] = mean;
    out[tags + tag] = Math.sqrt(squares / steps);
  }
  return out;
}
