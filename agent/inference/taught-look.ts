/** How what a package was taught with looked (contracts/look.ts), as `lineside teach` writes it into the manifest. Whatever stands there is bounded. */
import { MOST_TAGS, PICTURE_LOOK, TAG_LOOK, type TaughtFeature } from '../contracts/index.ts';
import { channelNames, type Manifest } from './manifest.ts';

/** Quantiles of one feature, at most. */
const MOST = 1000;
/** Nothing is held against a tag that was no use where the others were taught. */
const NO_USE: TaughtFeature = { parts: 0, wanders: true };

/** In the order of Look.values; empty where a package brings nothing along, null where nothing is known of one. */
export function taughtLookOf(manifest: Manifest | undefined): readonly (TaughtFeature | null)[] {
  const taught = manifest?.provenance?.['taught'];
  const look = isRecord(taught) ? taught['look'] : undefined;
  if (!manifest || !isRecord(look)) return [];
  const { picture, tags } = look;
  if (isRecord(picture) && manifest.inputs.image) return PICTURE_LOOK.map((name) => pictureFeature(picture, name));
  if (!isRecord(tags) || !manifest.inputs.window) return [];
  const names = channelNames(manifest).slice(0, MOST_TAGS);
  return TAG_LOOK.flatMap((feature) => names.map((name) => tagFeature(tags[name], feature)));
}

function pictureFeature(picture: Readonly<Record<string, unknown>>, name: string): TaughtFeature | null {
  const { parts } = picture;
  const values = picture[name];
  if (!isCount(parts) || !areNumbers(values) || values.length === 0 || values.length > MOST) return null;
  return { values: [...values].sort((a, b) => a - b), parts };
}

function tagFeature(found: unknown, feature: string): TaughtFeature | null {
  const of = isRecord(found) ? found[feature] : NO_USE;
  if (of === NO_USE) return NO_USE;
  if (!isRecord(of)) return null;
  const { range, windows } = of;
  if (of['wanders'] === true) return NO_USE;
  const [low = Number.NaN, high = Number.NaN] = areNumbers(range) ? range : [];
  return isCount(windows) && low <= high ? { range: [low, high], parts: windows } : null;
}

const isCount = (value: unknown): value is number => typeof value === 'number' && value >= 0 && Number.isFinite(value);
const areNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'number' && Number.isFinite(one));
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
