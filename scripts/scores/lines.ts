/** Simulated lines, part by part, as what watches scores and promises sees them: the figures of docs/scores.md, and the tests, are of these. */
import { randomNormal } from 'd3-random';
import { stream } from '../../agent/desk/simulation/random.ts';
import type { DriftWatch, ScoredPart } from '../../agent/runtime/drift/watch.ts';
import { BROKEN, evidenceAgainst } from '../../agent/runtime/promises/evidence.ts';

/**
 * Scores of good parts, 0..1, as a taught package gives them. `alike`: how much a part tells of the next, as a correlation; `shift`: how far
 * the scores have moved, in spreads.
 */
export function scoresOf(seed: number, { alike = 0 } = {}): (shift?: number) => number {
  const normal = randomNormal.source(stream(seed, 'scores'))(0, 1);
  let value = normal();
  return (shift = 0) => {
    value = alike * value + Math.sqrt(1 - alike * alike) * normal();
    const away = value + shift - 2;
    return 0.5 + (0.5 * away) / (1 + Math.abs(away));
  };
}

/** Held-out scores of so many good parts. */
export function taughtWith(seed: number, parts: number): readonly number[] {
  const next = scoresOf(seed);
  return Array.from({ length: parts }, () => next());
}

/** A part that the one model of the one station has judged. */
export const partOf = (score: number, over: Partial<ScoredPart['findings'][number]> = {}): ScoredPart => ({
  station: 'outlet',
  recipe: 'standard',
  outcome: 'judged',
  at: 0,
  findings: [{ model: 'surface', package: 'castings', version: '1.0.0', sha256: 'ab'.repeat(32), score, ...over }],
});

/** When the alarm changes, in parts that have passed. */
export interface Change {
  readonly at: number;
  readonly on: boolean;
  readonly sentence: string;
}

/** `next`: the score of the part of that number, from 1. */
export function changesOf(watch: DriftWatch, next: (part: number) => number, parts: number): readonly Change[] {
  const changes: Change[] = [];
  for (let at = 1; at <= parts; at++) {
    const standings = watch.note(partOf(next(at)));
    // The first part begins a series, which is no change of an alarm.
    if (standings && at > 1) changes.push({ at, on: standings.length > 0, sentence: standings[0]?.fault.sentence ?? '' });
  }
  return changes;
}

export interface PromisedLine {
  /** Shares of good parts that are refused. */
  readonly promised: number;
  readonly real: number;
  readonly parts: number;
}

/** Looks after every part; at which part the promise is called broken, or null. */
export function brokenAt(seed: number, { promised, real, parts }: PromisedLine): number | null {
  const random = stream(seed, 'refusals');
  let refused = 0;
  for (let part = 1; part <= parts; part++) {
    if (random() < real) refused++;
    if (evidenceAgainst(promised, refused, part) >= BROKEN) return part;
  }
  return null;
}
