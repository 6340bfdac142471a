/**
 * From the plan of now to a better one by as few moves as can be: people have read the old one. A move that gains less than `least` is taken back, and each
 * that stays says what it gains. Pure.
 */
import { Course, type Line, type Sequence } from './line.ts';

export interface Move {
  readonly order: number;
  /** Places in the plan, from 0. */
  readonly from: number;
  readonly to: number;
  /** What the plan would cost more without it, ms. */
  readonly gain: number;
}

export interface MoveWish {
  /** ms of cost. */
  readonly least: number;
  /** The plan may not cost more than this for fewer moves. */
  readonly most: number;
  /** Looks through all moves, at most. */
  readonly passes: number;
}

/** `wanted` with the moves taken back that gain too little, against `present`; both hold all orders. */
export function fewestMoves(line: Line, present: Sequence, wanted: Sequence, { least, most, passes }: MoveWish): Sequence {
  const course = new Course(line);
  const placeOf = placesOf(present);
  let sequence = wanted;
  let cost = course.cost(sequence);
  const before = course.cost(present);
  for (let pass = 0; pass < passes; pass++) {
    let isDone = true;
    let moved = movedIn(placeOf, sequence);
    for (const order of moved) {
      // An earlier one may have brought it back already.
      if (!moved.has(order)) continue;
      const without = putBack(placeOf, sequence, moved, order);
      const then = course.cost(without);
      if (then > cost + least || then > most) continue;
      [sequence, cost, isDone] = [without, then, false];
      moved = movedIn(placeOf, sequence);
    }
    if (isDone) break;
  }
  // All of them together may gain no more than one has to.
  return before <= cost + least && before <= most ? present : sequence;
}

export function movesOf(line: Line, present: Sequence, sequence: Sequence): readonly Move[] {
  const course = new Course(line);
  const cost = course.cost(sequence);
  const placeOf = placesOf(present);
  const moved = movedIn(placeOf, sequence);
  return [...moved].map((order) => ({
    order,
    from: placeOf[order] as number,
    to: sequence.indexOf(order),
    gain: course.cost(putBack(placeOf, sequence, moved, order)) - cost,
  }));
}

/** The fewest orders whose moves make `sequence` of `present`: all that are not in the longest part that keeps its order. */
function movedIn(placeOf: readonly number[], sequence: Sequence): ReadonlySet<number> {
  // Of each length, the end of the run whose last place is the smallest (patience sorting; Fredman, 1975).
  const ends: number[] = [];
  const before = new Map<number, number | undefined>();
  for (const order of sequence) {
    const place = placeOf[order] as number;
    let [length, beyond] = [0, ends.length];
    while (length < beyond) {
      const half = (length + beyond) >> 1;
      if ((placeOf[ends[half] as number] as number) < place) length = half + 1;
      else beyond = half;
    }
    before.set(order, ends[length - 1]);
    ends[length] = order;
  }
  const stays = new Set<number>();
  for (let order = ends.at(-1); order !== undefined; order = before.get(order)) stays.add(order);
  return new Set(sequence.filter((order) => !stays.has(order)));
}

/** An order back where it was: behind the last of those before it in the plan of now that have not been moved. */
function putBack(placeOf: readonly number[], sequence: Sequence, moved: ReadonlySet<number>, order: number): Sequence {
  const rest = sequence.filter((one) => one !== order);
  const place = placeOf[order] as number;
  const at = rest.findLastIndex((one) => !moved.has(one) && (placeOf[one] as number) < place) + 1;
  return [...rest.slice(0, at), order, ...rest.slice(at)];
}

function placesOf(sequence: Sequence): readonly number[] {
  const places: number[] = [];
  for (const [place, order] of sequence.entries()) places[order] = place;
  return places;
}
