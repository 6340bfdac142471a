/** The parent's side of runtime/scorer.ts: a process with the least urgency, bounded in memory and time, ended with this one. */
import { entryUrl } from '../platform/entries.ts';
import { Sandbox } from '../platform/sandbox.ts';
import { LAST } from '../platform/yielding.ts';
import { type Clock, Minutes } from '../time.ts';
import type { ScoreOrder, StoredScore } from './scorer.ts';

export interface Scoring {
  readonly reply: Promise<readonly StoredScore[]>;
  /** Ends it, whatever it does; `reply` rejects with SANDBOX_DIED. */
  stop(): Promise<void>;
}

/** Hundreds of pictures on a slow box that does other things first. */
const PATIENCE = Minutes(60);
/** Most bytes that it may hold, Node itself included. */
const MEMORY = 1e9;

export function scoreStored(order: ScoreOrder, clock: Clock): Scoring {
  const sandbox = new Sandbox({
    what: 'Looking at stored parts',
    entry: entryUrl('runtime/scorer'),
    clock,
    memory: MEMORY,
    niceness: LAST,
  });
  const reply = sandbox.ask<readonly StoredScore[]>(order, { timeout: PATIENCE }).finally(() => sandbox.stop());
  return { reply, stop: () => sandbox.stop() };
}
