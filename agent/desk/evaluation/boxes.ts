/** Detection: boxes matched with the truth, and the mean average precision of PASCAL VOC (2010 and later: the area under the curve). Pure. */
import type { Region } from '../../contracts/index.ts';
import { mean } from './metrics.ts';

export interface TrueBox {
  readonly label: string;
  readonly region: Region;
}
export interface FoundBox extends TrueBox {
  readonly score: number;
}

/** What one picture adds: how many boxes there are of each label, and of each found one whether it is right. */
export interface Matched {
  readonly wanted: ReadonlyMap<string, number>;
  readonly found: readonly { readonly label: string; readonly score: number; readonly right: boolean }[];
}

/** The surest found box takes the true box of its label that it overlaps most, if by at least `iou`; a true box is taken once. */
export function match(truth: readonly TrueBox[], found: readonly FoundBox[], iou: number): Matched {
  const wanted = new Map<string, number>();
  for (const { label } of truth) wanted.set(label, (wanted.get(label) ?? 0) + 1);
  const taken = new Set<TrueBox>();
  const surest = found.slice().sort((a, b) => b.score - a.score);
  return {
    wanted,
    found: surest.map(({ label, score, region }) => {
      const best = closest(
        region,
        truth.filter((box) => box.label === label),
      );
      // As VOC has it: one that fits best on a box that is taken is a double, and does not go on to the next.
      const right = best !== null && overlap(region, best.region) >= iou && !taken.has(best);
      if (right) taken.add(best);
      return { label, score, right };
    }),
  };
}

/** Mean over the labels that occur in the truth; NaN where there are none. */
export function meanAveragePrecision(pictures: readonly Matched[]): number {
  const wanted = new Map<string, number>();
  const keys = new Map<string, number[]>();
  for (const picture of pictures) {
    for (const [label, count] of picture.wanted) wanted.set(label, (wanted.get(label) ?? 0) + count);
    for (const { label, score, right } of picture.found) {
      const known = keys.get(label);
      // One number each, since an interval sorts them two thousand times: the score in whole billionths, wrong before right at a tie.
      const key = Math.round(score * 1e9) * 2 + (right ? 0 : 1);
      if (known) known.push(key);
      else keys.set(label, [key]);
    }
  }
  return mean([...wanted].map(([label, count]) => averagePrecision(keys.get(label) ?? [], count)));
}

/** Area under precision over recall, precision made falling from the right. */
function averagePrecision(keys: readonly number[], wanted: number): number {
  const order = Float64Array.from(keys).sort().reverse();
  const precisions: number[] = [];
  let right = 0;
  for (const [i, key] of order.entries()) if (key % 2 === 0) precisions.push(++right / (i + 1));
  let [area, best] = [0, 0];
  for (const precision of precisions.reverse()) {
    best = Math.max(best, precision);
    area += best / wanted;
  }
  return area;
}

function closest(region: Region, boxes: readonly TrueBox[]): TrueBox | null {
  return boxes.reduce<TrueBox | null>(
    (best, box) => (best && overlap(region, best.region) >= overlap(region, box.region) ? best : box),
    null,
  );
}

/** Intersection over union. */
export function overlap([ax, ay, aw, ah]: Region, [bx, by, bw, bh]: Region): number {
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const height = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (aw * ah + bw * bh - shared || 1);
}
