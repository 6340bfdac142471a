/** Simulated lines, part by part, as what watches how parts look sees them: figures of docs/scores.md, and the tests, are of these. */
import { randomNormal } from 'd3-random';
import { type Look, PICTURE_LOOK, quantilesOf, type TaughtFeature } from '../../agent/contracts/index.ts';
import { stream } from '../../agent/desk/simulation/random.ts';
import { Looks } from '../../agent/runtime/drift/looks.ts';

/** Features of one part, in spreads around 0. */
export type Parts = (shift?: number) => readonly number[];

/**
 * `alike`: how much a part tells of the next, as a correlation, or `wander`: of how many parts half the variance is a slow wander, the rest being
 * noise. Only the first feature moves by `shift`, in spreads.
 */
export function lookOf(
  seed: number,
  { features, alike = 0, wander = 0 }: { readonly features: number; readonly alike?: number; readonly wander?: number },
): Parts {
  const normal = randomNormal.source(stream(seed, 'looks'))(0, 1);
  const keeps = wander > 0 ? 1 - 1 / wander : alike;
  const values = Array.from({ length: features }, () => normal());
  return (shift = 0) =>
    values.map((value, i) => {
      const next = keeps * value + Math.sqrt(1 - keeps * keeps) * normal();
      values[i] = next;
      const noisy = wander > 0 ? Math.SQRT1_2 * (next + normal()) : next;
      return noisy + (i === 0 ? shift : 0);
    });
}

/** A spread of each feature is so large that what is no matter is small beside it. */
const SCALE = 20;
const MIDDLE = 100;
const scaled = (values: readonly number[]): readonly number[] => values.map((value) => MIDDLE + SCALE * value);

/** Pictures that are watched, against so many that were taught, or, with 0, against the first parts. */
export function pictureLooks(seed: number, taught: number): { readonly looks: Looks; readonly look: (values: readonly number[]) => Look } {
  const next = lookOf(seed, { features: PICTURE_LOOK.length });
  const shown = Array.from({ length: taught }, () => scaled(next()));
  const known = (i: number): TaughtFeature => ({
    values: quantilesOf(
      shown.map((look) => look[i] ?? 0),
      50,
    ),
    parts: taught,
  });
  const of = { of: 'picture', tags: [] } as const;
  const looks = new Looks(of, taught === 0 ? [] : PICTURE_LOOK.map((_, i) => known(i)));
  return { looks, look: (values) => ({ ...of, values: scaled(values) }) };
}

/** Levels and movements of so many tags, whose levels stayed within what `windows` of them showed; 0: nothing is known of them. */
export function tagLooks(seed: number, tags: number, windows: number) {
  const next = lookOf(seed, { features: 2 * tags });
  const shown = Array.from({ length: windows }, () => scaled(next()));
  const known = (i: number): TaughtFeature => {
    const values = shown.map((look) => look[i] ?? 0);
    return { range: [Math.min(...values), Math.max(...values)], parts: windows };
  };
  const of = { of: 'tags', tags: Array.from({ length: tags }, (_, i) => `plc.tag${i}`) } as const;
  const looks = new Looks(of, windows === 0 ? [] : Array.from({ length: 2 * tags }, (_, i) => known(i)));
  return { looks, look: (values: readonly number[]): Look => ({ ...of, values: scaled(values) }) };
}

/** When the alarm begins and ends, in parts that have passed. */
export function looksChange(
  { looks, look }: { readonly looks: Looks; readonly look: (values: readonly number[]) => Look },
  next: (part: number) => readonly number[],
  parts: number,
): readonly { readonly at: number; readonly on: boolean }[] {
  const changes: { at: number; on: boolean }[] = [];
  let on = false;
  for (let at = 1; at <= parts; at++) {
    if (!looks.add(look(next(at)).values, at) || looks.drifted === on) continue;
    on = looks.drifted;
    changes.push({ at, on });
  }
  return changes;
}
