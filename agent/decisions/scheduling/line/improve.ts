/**
 * A sequence made better by local search: orders and blocks of up to three put elsewhere, pairs exchanged, until nothing helps; then some of it shaken and
 * the same again from the best (iterated local search: Lourenço, Martin and Stützle, 2003). What has begun is never moved.
 */
import { Course, type Line, type Sequence } from './line.ts';

export interface ImproveWish {
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** Asked now and then. */
  readonly ended: () => boolean;
  /** Called with each sequence that is better than all before. */
  readonly better: (sequence: Sequence, cost: number) => void;
  /** Shakes without anything better, after which it ends; the time ends it sooner. */
  readonly patience?: number;
}

/** A block may be so long. */
const BLOCK = 3;
/** Less is the noise of sums. */
const LEAST = 1e-6;

export function improve(line: Line, start: Sequence, { random, ended, better, patience = 400 }: ImproveWish): Sequence {
  const climb = new Climb(line, start, ended);
  const told = (cost: number) => better([...climb.sequence], cost);
  const first = climb.cost;
  let best = climb.descend();
  let kept = Int32Array.from(climb.sequence);
  if (best < first - LEAST) told(best);
  const free = line.count - line.begun;
  for (let idle = 0; idle < patience && free > 2 && !ended(); idle++) {
    shake(climb.sequence, line.begun, random);
    climb.anew();
    const cost = climb.descend();
    if (cost < best - LEAST) {
      idle = 0;
      best = cost;
      told(cost);
    }
    // As good is as welcome: it lies elsewhere.
    if (cost <= best + LEAST) kept = Int32Array.from(climb.sequence);
    else {
      climb.sequence.set(kept);
      climb.anew();
    }
  }
  return [...kept];
}

/** Blocks between three cuts change places: no move of the descent takes that back. Of large plans a stretch only. */
function shake(sequence: Int32Array, begun: number, random: () => number): void {
  const free = sequence.length - begun;
  const span = Math.min(free, 30);
  const at = begun + Math.floor(random() * (free - span + 1));
  const cuts = Array.from({ length: 3 }, () => Math.floor(random() * (span + 1))).sort((a, b) => a - b) as [number, number, number];
  const part = [...sequence.subarray(at, at + span)];
  const [a, b, c] = cuts;
  sequence.set([...part.slice(0, a), ...part.slice(b, c), ...part.slice(a, b), ...part.slice(c)], at);
}

class Climb {
  readonly sequence: Int32Array;
  cost: number;
  private readonly line: Line;
  private readonly course: Course;
  private readonly trial: Int32Array;
  private readonly ended: () => boolean;

  constructor(line: Line, start: Sequence, ended: () => boolean) {
    this.line = line;
    this.ended = ended;
    this.sequence = Int32Array.from(start);
    this.trial = Int32Array.from(start);
    this.course = new Course(line);
    this.cost = this.course.keep(this.sequence);
  }

  anew(): void {
    this.cost = this.course.keep(this.sequence);
  }

  /** To where no single move helps. */
  descend(): number {
    let isBetter = true;
    while (isBetter && !this.ended()) {
      isBetter = false;
      for (let place = this.line.begun; place < this.line.count && !this.ended(); place++) {
        const found = this.bestFrom(place);
        if (!found) continue;
        isBetter = true;
        this.sequence.set(found);
        this.anew();
      }
    }
    return this.cost;
  }

  /** The best of all moves of what is at a place. */
  private bestFrom(place: number): Int32Array | null {
    let least = this.cost - LEAST;
    let best: Int32Array | null = null;
    const { begun, count } = this.line;
    const look = (first: number) => {
      const cost = this.course.cost(this.trial, first, least);
      if (cost >= least) return;
      least = cost;
      best = Int32Array.from(this.trial);
    };
    for (let length = 1; length <= BLOCK && place + length <= count; length++)
      for (let to = begun; to + length <= count; to++) {
        if (to === place) continue;
        this.put(place, length, to);
        look(Math.min(place, to));
      }
    for (let other = place + 1; other < count; other++) {
      this.trial.set(this.sequence);
      this.trial[place] = this.sequence[other] as number;
      this.trial[other] = this.sequence[place] as number;
      look(place);
    }
    return best;
  }

  /** The block of `length` at `place`, so that it begins at `to`. */
  private put(place: number, length: number, to: number): void {
    const { sequence, trial } = this;
    trial.set(sequence);
    if (to > place) trial.set(sequence.subarray(place + length, to + length), place);
    else trial.set(sequence.subarray(to, place), to + length);
    trial.set(sequence.subarray(place, place + length), to);
  }
}
