/**
 * How far one challenge has come: passed, due, missed or failed. Values in, values out; the time that passes is told to it. It is missed only when
 * parts were made meanwhile: a line that stands lets nothing through, and nobody is called for it.
 */
import { type Static, Type } from 'typebox';
import type { Anchor, ChallengeCause, ChallengeResult } from '../../contracts/index.ts';
import type { Milliseconds } from '../../time.ts';

/** When it is to be shown. `time`: this long after it passed; absent where no length of time is named. */
export interface Rhythm {
  readonly on: readonly Extract<ChallengeCause, 'shift' | 'changeover' | 'package'>[];
  readonly time?: Milliseconds | undefined;
  /** From due to missed. */
  readonly grace: Milliseconds;
}

const AnchorSchema = Type.Object({
  inspection: Type.String(),
  sequence: Type.Number(),
  at: Type.Number(),
  part: Type.Union([Type.String(), Type.Null()]),
});
const CauseSchema = Type.Union([
  Type.Literal('never'),
  Type.Literal('shift'),
  Type.Literal('changeover'),
  Type.Literal('package'),
  Type.Literal('time'),
]);
export const ProgressSchema = Type.Object({
  /** The last record that it passed with. */
  passed: Type.Union([AnchorSchema, Type.Null()]),
  /** Parts of production since then. */
  parts: Type.Number(),
  /** Lived since then, ms. */
  age: Type.Number(),
  due: Type.Union([Type.Null(), Type.Object({ cause: CauseSchema, waiting: Type.Number(), parts: Type.Number() })]),
  missed: Type.Boolean(),
  /** It failed, and has not passed since. */
  failed: Type.Boolean(),
  /** Of the stretch of parts that is open since it failed or was missed. */
  containment: Type.Union([Type.String(), Type.Null()]),
});
export type Progress = Static<typeof ProgressSchema>;

/** One that was never shown is due at once. */
export const FIRST: Progress = {
  passed: null,
  parts: 0,
  age: 0,
  due: { cause: 'never', waiting: 0, parts: 0 },
  missed: false,
  failed: false,
  containment: null,
};

export const stateOf = ({ failed, missed, due }: Progress) => (failed ? 'failed' : missed ? 'missed' : due ? 'due' : 'passed');

/** Its part has its record. */
export function shown(progress: Progress, { passed }: ChallengeResult, record: Anchor): Progress {
  return passed ? { ...FIRST, passed: record, due: null } : { ...progress, due: null, failed: true };
}

/** So many parts of production have their record. */
export const produced = (progress: Progress, parts: number): Progress => ({
  ...progress,
  parts: progress.parts + parts,
  due: progress.due && { ...progress.due, parts: progress.due.parts + parts },
});

/** Something happened after which it is to be shown. One that failed is to be shown anyway. */
export function begin(progress: Progress, cause: ChallengeCause, { on }: Rhythm): Progress {
  const isMeant = cause === 'never' || cause === 'time' || on.includes(cause);
  if (!isMeant || progress.due || progress.failed) return progress;
  return { ...progress, due: { cause, waiting: 0, parts: 0 } };
}

/** So much time was lived; never the difference of two clocks that somebody may have set. */
export function lived(progress: Progress, ms: Milliseconds, rhythm: Rhythm): Progress {
  const age = progress.age + ms;
  const due = progress.due && { ...progress.due, waiting: progress.due.waiting + ms };
  const aged = { ...progress, age, due };
  const now = rhythm.time !== undefined && age >= rhythm.time ? begin(aged, 'time', rhythm) : aged;
  const isMissed = now.due !== null && now.due.waiting >= rhythm.grace && now.due.parts > 0;
  return isMissed && !now.failed ? { ...now, missed: true } : now;
}
