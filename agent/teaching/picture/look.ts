/** How pictures of good parts look, for a manifest: quantiles of each feature (contracts/look.ts). Pure. */
import { PICTURE_LOOK, quantilesOf } from '../../contracts/index.ts';

/** Quantiles of a feature: a distance is off by a hundredth at most. */
const QUANTILES = 50;

export function picturesLook(pictures: readonly { readonly part: string; readonly look: readonly number[] }[]) {
  const parts = new Set(pictures.map(({ part }) => part)).size;
  const features = PICTURE_LOOK.map((name, i) => {
    const values = quantilesOf(
      pictures.map(({ look }) => look[i] ?? 0),
      QUANTILES,
    );
    return [name, values.map((value) => Math.round(value * 1000) / 1000)] as const;
  });
  return { picture: { parts, ...Object.fromEntries(features) } };
}
