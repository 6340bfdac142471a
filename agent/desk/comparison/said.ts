/** What a package says of one thing, as short as it can be compared. Pure. */
import { type Limits, sideOf, type Verdict } from '../../contracts/index.ts';
import type { Core } from '../../inference/kinds/kind.ts';

export interface Said {
  /** As a station without rules would judge by this package alone. */
  readonly verdict: Verdict;
  readonly score: number;
  /** Class, text or entities. */
  readonly says: string;
}

export function saidOf(core: Core, limits: Limits): Said {
  return { verdict: sideOf(core.score, limits), score: core.score, says: sayingOf(core, limits.threshold) };
}

/** Of boxes the classes that reach the threshold, each as often as it is seen. */
function sayingOf({ label, reading, entities, boxes }: Core, threshold: number): string {
  // Without a label it is nothing of the station's format.
  if (reading) return label === null ? '-' : reading.text;
  if (entities) return entities.length === 0 ? 'nothing' : entities.map((one) => `${one.label} ${one.text}`).join(', ');
  const seen = boxes?.filter(({ score }) => score >= threshold).map((box) => box.label) ?? [];
  return [label ?? '-', ...(seen.length > 0 ? [`(${seen.sort().join(', ')})`] : [])].join(' ');
}
