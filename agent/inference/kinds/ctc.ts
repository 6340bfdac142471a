/**
 * Connectionist temporal classification, read backwards: from the class probabilities of each column to the text. A column's class is
 * a character or blank; equal classes side by side are one character, and blanks are none.
 */

export interface Columns {
  /** [steps x classes], row-major. */
  readonly probabilities: Float32Array;
  readonly steps: number;
  readonly classes: number;
  /** The class that means: no character here. */
  readonly blank: number;
}

/** A text while the columns are read: how likely it is with a blank last, and with its last character last. */
interface Beam {
  readonly text: readonly number[];
  blank: number;
  character: number;
}

/** Classes less likely than this in a column are not followed. */
const WORTH = 1e-4;

export interface Candidate {
  /** Classes. */
  readonly text: readonly number[];
  /** At least so probable: over the ways that the search has followed. */
  readonly likelihood: number;
}

/** The `width` likeliest texts, best first, by prefix beam search; never empty. Only those are followed that `may` begin so. */
export function beamSearch(columns: Columns, width: number, may: (text: readonly number[]) => boolean = () => true): readonly Candidate[] {
  let beams: readonly Beam[] = [{ text: [], blank: 1, character: 0 }];
  for (let step = 0; step < columns.steps; step++) {
    const next = new Map<string, Beam>();
    for (const beam of beams) advance(beam, column(columns, step), columns.blank, next, may);
    beams = [...next.values()].sort((a, b) => total(b) - total(a)).slice(0, width);
  }
  return beams.map((beam) => ({ text: beam.text, likelihood: total(beam) }));
}

const column = ({ probabilities, classes }: Columns, step: number) => probabilities.subarray(step * classes, (step + 1) * classes);
const total = ({ blank, character }: Beam): number => blank + character;

/** Everything that one more column can make of a text. */
function advance(
  beam: Beam,
  probabilities: Float32Array,
  blank: number,
  next: Map<string, Beam>,
  may: (text: readonly number[]) => boolean,
): void {
  const last = beam.text.at(-1);
  const same = entry(next, beam.text);
  same.blank += total(beam) * (probabilities[blank] ?? 0);
  if (last !== undefined) same.character += beam.character * (probabilities[last] ?? 0);
  for (let c = 0; c < probabilities.length; c++) {
    const p = probabilities[c] ?? 0;
    if (c === blank || p < WORTH) continue;
    const longer = [...beam.text, c];
    if (!may(longer)) continue;
    // The same character again is a second one only after a blank.
    entry(next, longer).character += (c === last ? beam.blank : total(beam)) * p;
  }
}

function entry(beams: Map<string, Beam>, text: readonly number[]): Beam {
  const key = text.join();
  const beam = beams.get(key) ?? { text, blank: 0, character: 0 };
  beams.set(key, beam);
  return beam;
}

export interface Reading {
  /** Probability of the text over every way its characters can lie in the columns, 0..1. */
  readonly probability: number;
  /** Of each character: the highest probability among the columns that it takes in the likeliest of these ways. */
  readonly certainty: readonly number[];
}

/** How sure the columns are of this text. */
export function readingOf(columns: Columns, text: readonly number[]): Reading {
  // Blank, first character, blank, second character, … blank: the states that the columns walk through, never back.
  const states = [columns.blank, ...text.flatMap((c) => [c, columns.blank])];
  let sums = states.map(() => 0);
  let best = states.map(() => 0);
  const came: number[][] = [];
  for (let step = 0; step < columns.steps; step++) {
    const probabilities = column(columns, step);
    const from = states.map((_, s) => before(states, s, step));
    const chosen = from.map((places) => places.reduce((a, b) => ((best[b] ?? 0) > (best[a] ?? 0) ? b : a), places[0] ?? -1));
    const start = (s: number) => (step === 0 && s < 2 ? 1 : 0);
    const next = (values: readonly number[], places: readonly number[]) => places.reduce((sum, place) => sum + (values[place] ?? 0), 0);
    sums = states.map((c, s) => (start(s) + next(sums, from[s] ?? [])) * (probabilities[c] ?? 0));
    best = states.map((c, s) => Math.max(start(s), best[chosen[s] ?? -1] ?? 0) * (probabilities[c] ?? 0));
    came.push(chosen);
  }
  const ends = [states.length - 1, states.length - 2].filter((s) => s >= 0);
  const end = ends.reduce((a, b) => ((best[b] ?? 0) > (best[a] ?? 0) ? b : a));
  return {
    probability: Math.min(
      1,
      ends.reduce((sum, s) => sum + (sums[s] ?? 0), 0),
    ),
    certainty: certaintyOf(columns, states, came, end),
  };
}

/** States that a state can be reached from: itself, the one before, and across a blank the one before that unless it is the same character. */
function before(states: readonly number[], s: number, step: number): readonly number[] {
  if (step === 0) return [];
  const skips = s >= 2 && s % 2 === 1 && states[s] !== states[s - 2];
  return [s, ...(s >= 1 ? [s - 1] : []), ...(skips ? [s - 2] : [])];
}

function certaintyOf(columns: Columns, states: readonly number[], came: readonly (readonly number[])[], end: number): readonly number[] {
  const certainty = states.map(() => 0);
  let state = end;
  for (let step = columns.steps - 1; step >= 0 && state >= 0; step--) {
    certainty[state] = Math.max(certainty[state] ?? 0, column(columns, step)[states[state] ?? 0] ?? 0);
    state = came[step]?.[state] ?? -1;
  }
  return certainty.filter((_, s) => s % 2 === 1);
}
