/** In which order the parts of a study are asked for. Pure: the same of the same seed. */
import { randomLcg } from 'd3-random';
import type { Asked, StudySpec } from '../../contracts/index.ts';

export const countOf = ({ parts, appraisers, repeats }: StudySpec): number => parts.length * appraisers.length * repeats;

/**
 * One appraiser after the other; each shows all parts, then all of them again, every round in an order of its own, so that nobody remembers and what drifts with
 * time is spread over the parts (AIAG MSA, 4th edition, III.B: randomised, without the appraiser knowing).
 */
export function showingsOf({ parts, appraisers, repeats }: StudySpec, seed: number): readonly Asked[] {
  const random = randomLcg(seed / 2 ** 31);
  const asked: Asked[] = [];
  for (const appraiser of appraisers)
    for (let trial = 1; trial <= repeats; trial++)
      for (const part of shuffled(parts, random)) asked.push({ showing: asked.length + 1, part, appraiser, trial });
  return asked;
}

/** Fisher and Yates. */
function shuffled(parts: readonly string[], random: () => number): readonly string[] {
  const all = [...parts];
  for (let n = all.length - 1; n > 0; n--) {
    const other = Math.floor(random() * (n + 1));
    [all[n], all[other]] = [all[other] ?? '', all[n] ?? ''];
  }
  return all;
}
