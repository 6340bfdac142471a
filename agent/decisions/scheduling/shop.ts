/**
 * A job shop: jobs of operations, each on one machine for a time, in the order of the job; a machine does one at a time and ends what it began. What
 * is wanted are starts with the last end as early as can be (the makespan; Jain and Meeran 1999 for what is known of it). Pure.
 */

export interface Operation {
  /** From 0. */
  readonly machine: number;
  /** Whole units of time, 0 or more. */
  readonly duration: number;
}
export type Shop = readonly (readonly Operation[])[];

/** Start of each operation of each job, whole units of time. */
export type Starts = readonly (readonly number[])[];

/** The last end. Of operations that take no time it may be their start. */
export function makespanOf(shop: Shop, starts: Starts): number {
  let last = 0;
  for (const [job, operations] of shop.entries())
    for (const [n, { duration }] of operations.entries()) last = Math.max(last, (starts[job]?.[n] ?? 0) + duration);
  return last;
}

/**
 * What is wrong with a schedule, in words; null: it can be run. Looks at the shop and the starts alone, and knows nothing of how they came about.
 */
export function objectionTo(shop: Shop, starts: Starts): string | null {
  if (starts.length !== shop.length) return `there are starts of ${starts.length} jobs, and ${shop.length} jobs`;
  for (const [job, operations] of shop.entries()) {
    const why = outOfOrder(operations, starts[job] ?? [], `job ${job + 1}`);
    if (why !== null) return why;
  }
  return atOnce(shop, starts);
}

function outOfOrder(operations: readonly Operation[], starts: readonly number[], of: string): string | null {
  if (starts.length !== operations.length) return `${of} has ${starts.length} starts, and ${operations.length} operations`;
  let ready = 0;
  for (const [n, { duration }] of operations.entries()) {
    const from = starts[n] ?? Number.NaN;
    if (!Number.isSafeInteger(from)) return `operation ${n + 1} of ${of} has no start`;
    if (from < ready) return `operation ${n + 1} of ${of} begins before the one before it has ended`;
    ready = from + duration;
  }
  return null;
}

function atOnce(shop: Shop, starts: Starts): string | null {
  const all = shop.flatMap((operations, job) =>
    operations.map(({ machine, duration }, n) => {
      const from = starts[job]?.[n] ?? 0;
      return { machine, from, to: from + duration, of: `operation ${n + 1} of job ${job + 1}` };
    }),
  );
  // What takes no time keeps no machine from anything.
  const busy = all.filter(({ from, to }) => to > from).sort((a, b) => a.machine - b.machine || a.from - b.from);
  for (const [n, one] of busy.entries()) {
    const next = busy[n + 1];
    if (next?.machine === one.machine && next.from < one.to) return `machine ${one.machine + 1} does ${one.of} and ${next.of} at once`;
  }
  return null;
}
