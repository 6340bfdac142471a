/** The best schedule of a job shop that is found in the time that is given: always one that can be run, and what none can be shorter than. */
import { LinesideError } from '../../errors.ts';
import { entryUrl } from '../../platform/entries.ts';
import { Sandbox } from '../../platform/sandbox.ts';
import { type Clock, type Milliseconds, Seconds } from '../../time.ts';
import { boundOf } from './bound.ts';
import type { Found } from './search.ts';
import { makespanOf, objectionTo, type Shop } from './shop.ts';
import type { SolverOrder } from './solver.ts';

export interface Budget {
  readonly clock: Clock;
  readonly time: Milliseconds;
  /** Processes that search beside each other, each its own way. */
  readonly searches: number;
  /** Of each process, bytes. */
  readonly memory: number;
  /** Of nice(2). */
  readonly niceness: number;
  /** In [0, 1). The same seed does not give the same plan: how far a search comes is a matter of time. */
  readonly seed: number;
}

export interface Solved extends Found {
  /** No schedule is shorter. */
  readonly bound: number;
  /** It is as short as can be. */
  readonly proven: boolean;
  /** Until the best one was found, ms. */
  readonly after: Milliseconds;
}

/** To come up and to say the last thing. */
const GRACE = Seconds(30);
/** Units of time, so that the end of any plan is a number of 32 bits. */
const MOST = 2 ** 30;

/** Rejects with SCHEDULE_UNFOUND where no search came up with a schedule that can be run: each was killed, or has a fault. */
export async function solveShop(shop: Shop, { clock, time, searches, memory, niceness, seed }: Budget): Promise<Solved> {
  if (shop.flat().reduce((sum, { duration }) => sum + duration, 0) > MOST)
    throw new LinesideError('SCHEDULE_UNFOUND', { why: 'its operations take too long together; take a larger unit of time' });
  const bound = boundOf(shop);
  const began = clock.elapsed();
  let best: (Found & { readonly after: Milliseconds }) | null = null;
  const boxes = Array.from(
    { length: searches },
    () => new Sandbox({ what: 'searching a schedule', entry: entryUrl('decisions/scheduling/solver'), clock, memory, niceness }),
  );
  const stopAll = () => Promise.all(boxes.map((box) => box.stop()));
  const onTold = (told: unknown) => {
    const found = told as Found;
    if ((best !== null && best.makespan <= found.makespan) || objectionTo(shop, found.starts) !== null) return;
    best = { ...found, after: clock.elapsed() - began };
    // What is as short as can be needs no other search.
    if (found.makespan <= bound) void stopAll();
  };
  const faults: unknown[] = [];
  const order = (n: number): SolverOrder => ({ shop, bound, milliseconds: time, seed: (seed + n / searches) % 1 });
  await Promise.all(
    boxes.map((box, n) => box.ask(order(n), { timeout: time + GRACE, onTold }).catch((thrown: unknown) => faults.push(thrown))),
  );
  await stopAll();
  return proved(shop, best, bound, faults);
}

function proved(shop: Shop, best: (Found & { readonly after: Milliseconds }) | null, bound: number, faults: readonly unknown[]): Solved {
  if (best === null) throw new LinesideError('SCHEDULE_UNFOUND', { why: `${faults[0] ?? 'no search began'}` }, { cause: faults[0] });
  const why = objectionTo(shop, best.starts);
  if (why !== null || makespanOf(shop, best.starts) !== best.makespan)
    throw new LinesideError('SCHEDULE_UNFOUND', { why: why ?? 'its length is not what was said of it' });
  return { ...best, bound, proven: best.makespan <= bound };
}
