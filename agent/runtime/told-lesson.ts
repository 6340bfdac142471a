/** What a lesson taught, as the page tells it. Pure. */
import { boundsOf, isStroke, isWithin, type Mark, type Region } from '../contracts/index.ts';
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
  const { good, bad, marked, odd, promise, with_bad: figures, limits, held_out, remarks, memory, closer, registered } = reply;
  const auroc = figures?.auroc ?? null;
  return {
    odd: new Map(odd.map(({ part, away }) => [part, away])),
    scores: new Map(held_out.map(({ part, score }) => [part, score])),
    learned: {
      good,
      bad,
      marked,
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

/** A shot is never changed, but another one takes its place. What is told of it is the same as long as it is there, however often a page asks. */
const told = new WeakMap<LessonShot, LessonPicture>();

/** A picture without what only the box needs to know of it. */
export function shownOf(shot: LessonShot): LessonPicture {
  const known = told.get(shot);
  if (known) return known;
  const { type: _type, bytes: _bytes, peak, ...picture } = shot;
  const { boxes } = picture;
  const shown = { ...picture, pointed: boxes.length === 0 || peak === null ? null : boxes.some((mark) => areTouching(mark, peak)) };
  told.set(shot, shown);
  return shown;
}

/** A place of the map is larger than a small fault: it is right where it has something of it. */
function areTouching(mark: Mark, [x, y, wide, high]: Region): boolean {
  const [left, top, width, height] = boundsOf(mark);
  const near = left < x + wide && x < left + width && top < y + high && y < top + height;
  return near && (!isStroke(mark) || touches(mark, [x, y, wide, high]));
}

/** Steps across a place, to see whether a stroke that is drawn around its box's corner comes into it. */
const STEPS = 8;
function touches(stroke: Mark, [x, y, wide, high]: Region): boolean {
  for (let i = 0; i <= STEPS; i++)
    for (let j = 0; j <= STEPS; j++) if (isWithin(stroke, x + (i * wide) / STEPS, y + (j * high) / STEPS)) return true;
  return false;
}

/** By the pictures of a lesson, which are others as soon as one is. */
const pointed = new WeakMap<readonly LessonShot[], Interval | null>();

export function pointedIn(pictures: readonly LessonShot[]): Interval | null {
  const known = pointed.get(pictures);
  if (known !== undefined) return known;
  const marked = pictures.map((one) => shownOf(one).pointed).filter((one) => one !== null);
  const share = marked.length === 0 ? null : shareOf(marked.filter(Boolean).length, marked.length);
  pointed.set(pictures, share);
  return share;
}
