/**
 * What shall run next on one line: searched in a child that has so much time and memory; where the child cannot be had or does not answer, by rules and by
 * what it told before. What comes out was looked at by what knows nothing of the search.
 */
import { readFile } from 'node:fs/promises';
import { randomLcg } from 'd3-random';
import { LinesideError, messageOf } from '../../../errors.ts';
import { entryUrl } from '../../../platform/entries.ts';
import { Sandbox } from '../../../platform/sandbox.ts';
import { type Clock, type Milliseconds, Seconds } from '../../../time.ts';
import { objectionToPlan } from './check.ts';
import type { Sequence } from './line.ts';
import { atOnce, FEW, lineOf, type PlanWish, type Proposal, propose } from './propose.ts';
import type { LineQuestion } from './solver.ts';

export interface LineBudget {
  readonly clock: Clock;
  /** Of the search. */
  readonly time: Milliseconds;
  /** Of the child, bytes, Node itself included. */
  readonly memory: number;
  /** Of nice(2), or LAST. */
  readonly niceness: number;
  /** In [0, 1). */
  readonly seed: number;
  /** Free memory below which no child is started, bytes. */
  readonly spare: number;
  readonly signal?: AbortSignal;
}

export interface Planned extends Proposal {
  readonly by: 'search' | 'rules';
  /** Why rules alone; null where it was searched to the end. */
  readonly because: string | null;
}

/** To draw what the probabilities are counted over, and to come up on a busy box. */
const GRACE = Seconds(30);
/** Orders times runs, where it is done beside the line's own work: some ms. Of more orders than a few no probability is said then. */
const STEPS_HERE = 5000;

/** Rejects with SCHEDULE_UNFOUND only for what is a fault of the planner itself: a plan by rules always is there. */
export async function planLine(wish: PlanWish, budget: LineBudget): Promise<Planned> {
  const told: Sequence[] = [];
  const { length: count } = wish.orders;
  const begun = wish.orders.filter(({ made }) => made !== null).length;
  const outcome = await searched(wish, budget, (one) => {
    // The newest is the best.
    if (isSequence(one, count, begun)) told[0] = one;
  }).catch((thrown: unknown) => (thrown instanceof LinesideError ? thrown.sentence : messageOf(thrown)));
  if (typeof outcome !== 'string' && objection(wish, outcome) === null) return { ...outcome, by: 'search', because: null };
  const why = typeof outcome === 'string' ? outcome : `what came out of the search cannot be run: ${objection(wish, outcome)}`;
  return ruled(wish, budget, told, why);
}

/** Beside the line's own work: bounded so that it takes some ms. */
function ruled(wish: PlanWish, { seed }: LineBudget, told: readonly Sequence[], because: string): Planned {
  const line = lineOf(wish);
  const samples = line.count > FEW ? 0 : Math.min(wish.samples, Math.max(50, Math.floor(STEPS_HERE / Math.max(1, line.count))));
  const proposal = propose(line, { ...wish, samples }, atOnce(line, wish, told), 'rules', randomLcg(seed));
  const why = objection(wish, proposal);
  if (why !== null) throw new LinesideError('SCHEDULE_UNFOUND', { why });
  return { ...proposal, by: 'rules', because };
}

/** A proposal, or why there is none. */
async function searched(wish: PlanWish, budget: LineBudget, onTold: (sequence: Sequence) => void): Promise<Proposal | string> {
  const { clock, time, memory, niceness, seed, spare, signal } = budget;
  const free = await availableMemory();
  if (free !== null && free < memory + spare)
    return `memory is short: ${megabytes(free)} MB of this box are free, the search may need ${megabytes(memory)} MB and others ${megabytes(spare)} MB`;
  const box = new Sandbox({ what: 'planning the line', entry: entryUrl('decisions/scheduling/line/solver'), clock, memory, niceness });
  const stop = () => void box.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const question: LineQuestion = { wish, seed, milliseconds: time };
    return await box.ask<Proposal>(question, { timeout: time + GRACE, onTold: (one) => onTold(one as Sequence) });
  } finally {
    signal?.removeEventListener('abort', stop);
    await box.stop();
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

function objection({ orders, facts, now }: PlanWish, { plan, fifo }: Proposal): string | null {
  const why = objectionToPlan(orders, facts, now, plan.slots);
  return why ?? (plan.cost > fifo.cost * (1 + 1e-9) + 1 ? 'it is worse than first-in-first-out' : null);
}

const isSequence = (told: unknown, count: number, begun: number): told is Sequence =>
  Array.isArray(told) &&
  told.length === count &&
  new Set(told).size === count &&
  told.every((one, place) => Number.isInteger(one) && one >= 0 && one < count && (place >= begun || one === place));

/** Bytes that can be had without swapping; null where the system does not say. */
async function availableMemory(): Promise<number | null> {
  const text = await readFile('/proc/meminfo', 'latin1').catch(() => '');
  const kilobytes = /^MemAvailable:\s+(\d+)/m.exec(text)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
