/** What a lesson taught, as the page tells it. Pure. */
import type { Region } from '../contracts/index.ts';
import { shareOf } from '../teaching/picture/promise.ts';
import type { Milliseconds } from '../time.ts';
import type { Interval, Learned, LearnedMachine, LessonPicture } from '../web/teaching-port.ts';
import type { LessonShot } from './lesson-shelf.ts';
import type { MachineReply, PartReply } from './teacher.ts';

interface Told {
  readonly learned: Learned;
  /** By the inspection whose part it is. */
  readonly odd: ReadonlyMap<string, number>;
  readonly scores: ReadonlyMap<string, number>;
}

/** Parts are named by their inspections. */
export function learnedOf(reply: PartReply, took: Milliseconds): Told {
  const { good, bad, odd, promise, with_bad: figures, limits, held_out, remarks, memory, closer, registered } = reply;
  const auroc = figures?.auroc ?? null;
  return {
    odd: new Map(odd.map(({ part, away }) => [part, away])),
    scores: new Map(held_out.map(({ part, score }) => [part, score])),
    learned: {
      good,
      bad,
      threshold: 0.5,
      limits,
      promise: { one_in: promise.one_in, parts: promise.parts, parts_wanted: promise.parts_wanted, text: promise.text },
      found: figures?.found ?? null,
      kinds: Object.entries(figures?.kinds ?? {}).map(([name, found]) => ({ name, found })),
      auroc,
      tells: auroc === null || auroc.low > 0.5,
      closer,
      registered: registered && { moved: registered.moved, range: registered.range },
      remarks,
      seconds: Math.round(took / 1000),
      memory_mb: Math.round(memory / 1e6),
    },
  };
}

export function learnedMachineOf({ tags, rows, promise, remarks, memory }: MachineReply, took: Milliseconds): LearnedMachine {
  const { promised, one_in, text, held_out: heldOut } = promise;
  return {
    tags,
    rows,
    promise: { promised, one_in, text, alarms: heldOut.alarms, worst_stretch: heldOut.worst_stretch },
    remarks,
    seconds: Math.round(took / 1000),
    memory_mb: Math.round(memory / 1e6),
  };
}

/** A picture without what only the box needs to know of it. */
export function shownOf({ type: _type, bytes: _bytes, peak, ...picture }: LessonShot): LessonPicture {
  const { boxes } = picture;
  return { ...picture, pointed: boxes.length === 0 || peak === null ? null : boxes.some((box) => areTouching(box, peak)) };
}

/** A place of the map is larger than a small fault: it is right where it has something of it. */
const areTouching = ([ax, ay, awide, ahigh]: Region, [bx, by, bwide, bhigh]: Region): boolean =>
  ax < bx + bwide && bx < ax + awide && ay < by + bhigh && by < ay + ahigh;

export function pointedIn(pictures: readonly LessonShot[]): Interval | null {
  const marked = pictures.map((one) => shownOf(one).pointed).filter((pointed) => pointed !== null);
  return marked.length === 0 ? null : shareOf(marked.filter(Boolean).length, marked.length);
}
