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
  let sequence = wanted;
  let cost = course.cost(sequence);
  const before = course.cost(present);
  for (let pass = 0; pass < passes; pass++) {
    let isDone = true;
    for (const order of movedIn(present, sequence)) {
      const without = putBack(present, sequence, order);
      const then = course.cost(without);
      // An earlier one may have brought it back already.
      if (without.every((one, place) => one === sequence[place]) || then > cost + least || then > most) continue;
      [sequence, cost, isDone] = [without, then, false];
    }
    if (isDone) break;
  }
  // All of them together may gain no more than one has to.
  return before <= cost + least && before <= most ? present : sequence;
}

export function movesOf(line: Line, present: Sequence, sequence: Sequence): readonly Move[] {
  const course = new Course(line);
  const cost = course.cost(sequence);
  return movedIn(present, sequence).map((order) => ({
    order,
    from: present.indexOf(order),
    to: sequence.indexOf(order),
    gain: course.cost(putBack(present, sequence, order)) - cost,
  }));
}

/** The fewest orders whose moves make `sequence` of `present`: all that are not in the longest part that keeps its order. */
function movedIn(present: Sequence, sequence: Sequence): readonly number[] {
  const placeOf = placesOf(present);
  // Of each length, the end of the run whose last place is the smallest (patience sorting; Fredman, 1975).
  const ends: number[] = [];
  const before = new Map<number, number | undefined>();
  for (const order of sequence) {
    const place = placeOf[order] as number;
    let length = 0;
    while (length < ends.length && (placeOf[ends[length] as number] as number) < place) length++;
    before.set(order, ends[length - 1]);
    ends[length] = order;
  }
  const stays = new Set<number>();
  for (let order = ends.at(-1); order !== undefined; order = before.get(order)) stays.add(order);
  return sequence.filter((order) => !stays.has(order));
}

/** An order back where it was: behind the last of those before it in `present` that have not been moved. */
function putBack(present: Sequence, sequence: Sequence, order: number): Sequence {
  const placeOf = placesOf(present);
  const moved = new Set(movedIn(present, sequence));
  const rest = sequence.filter((one) => one !== order);
  let at = 0;
  for (const [n, one] of rest.entries()) if (!moved.has(one) && (placeOf[one] as number) < (placeOf[order] as number)) at = n + 1;
  return [...rest.slice(0, at), order, ...rest.slice(at)];
}

function placesOf(sequence: Sequence): readonly number[] {
  const places: number[] = [];
  for (const [place, order] of sequence.entries()) places[order] = place;
  return places;
}
