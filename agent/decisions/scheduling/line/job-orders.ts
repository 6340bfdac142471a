/** Job orders of ISA-95 as orders of a line: those that may start, run or are interrupted. Pure. */
import { JOB_STATES, type JobOrder } from '../../../contracts/index.ts';
import { type OrdersRead, readOrderValues } from './read-orders.ts';

export interface JobOrdersWish {
  /** Recipes that the line makes. */
  readonly recipes: readonly string[];
  /** Recipe by what a Work Master is called, where it is not called like the recipe. */
  readonly named: Readonly<Record<string, string>>;
}

/** AllowedToStart, Running, Interrupted. What must not start yet, has ended or was aborted is nothing to plan. */
const WANTED: ReadonlySet<number> = new Set([2, 3, 4]);
/** Of an order of a line. */
const MOST_PRIORITY = 100;

/** Each is read as an order of a message is, and faults name it by its id. */
export function readJobOrders(jobs: readonly JobOrder[], { recipes, named }: JobOrdersWish): OrdersRead {
  const odd = jobs.find(({ state }) => state === null || !(state in JOB_STATES));
  if (odd) {
    const text = `its state is ${odd.state ?? 'missing'}, which OPC 10031-4 does not have`;
    return { faults: [{ path: `job order ${odd.id}`, line: 1, column: 1, text }], more: 0 };
  }
  const wanted = jobs.filter(({ state }) => WANTED.has(state ?? 0));
  const scale = MOST_PRIORITY / Math.max(MOST_PRIORITY, ...wanted.map(({ priority }) => priority ?? 0));
  const read = readOrderValues(
    wanted.map((job) => valuesOf(job, named, scale)),
    recipes,
  );
  if ('orders' in read) return read;
  return { ...read, faults: read.faults.map((fault) => ({ ...fault, path: `job order ${wanted[fault.column - 1]?.id ?? fault.path}` })) };
}

/** `scale`: whoever writes priorities chooses the range; the highest counts as much as an order of a line may. */
function valuesOf({ id, workMaster, start, end, priority, quantity, material }: JobOrder, named: JobOrdersWish['named'], scale: number) {
  const recipe = workMaster !== null && Object.hasOwn(named, workMaster) ? named[workMaster] : workMaster;
  return {
    id,
    quantity: quantity === null ? null : Number(quantity),
    recipe,
    ...(start === null ? {} : { released: new Date(start).toISOString() }),
    ...(end === null ? {} : { due: new Date(end).toISOString() }),
    // 0 and below say nothing of how much an hour late counts.
    ...(priority === null || priority <= 0 ? {} : { priority: priority * scale }),
    ...(material === null ? {} : { material }),
  };
}
