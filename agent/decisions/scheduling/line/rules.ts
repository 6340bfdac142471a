/** Dispatching rules: a sequence at once, without a search. Each keeps what has begun in front. */
import type { Line, Sequence } from './line.ts';

/** Earliest due date first; of equals, whichever came first. */
export function earliestDue(line: Line): Sequence {
  const free = line.firstInFirstOut.slice(line.begun);
  return [...line.firstInFirstOut.slice(0, line.begun), ...free.sort((a, b) => (line.due[a] as number) - (line.due[b] as number) || a - b)];
}

/** How far ahead due dates are looked at, and how much set-ups count: in means of work and of set-ups. */
const LOOKAHEADS = [0.5, 1, 2, 4, 8] as const;
const SETUPS = [0.1, 0.5, 2] as const;

/**
 * Apparent tardiness cost with set-ups (ATCS: Lee, Bhaskaran and Pinedo, 1997): of what is released, the order first that is worth most, is short, will
 * soon be late and needs little set-up. The best of several weights.
 */
export function apparentTardiness(line: Line): Sequence {
  const all = LOOKAHEADS.flatMap((ahead) => SETUPS.map((setups) => byIndex(line, ahead, setups)));
  return cheapest(line, all);
}

/** The first of the cheapest ones. */
export function cheapest(line: Line, sequences: readonly Sequence[]): Sequence {
  let [best, least]: [Sequence, number] = [line.firstInFirstOut, Number.POSITIVE_INFINITY];
  for (const one of sequences) {
    const cost = line.cost(one);
    if (cost < least) [best, least] = [one, cost];
  }
  return best;
}

function byIndex(line: Line, ahead: number, setups: number): Sequence {
  const sequence = line.firstInFirstOut.slice(0, line.begun);
  const open = new Set(line.firstInFirstOut.slice(line.begun));
  const scale = { work: ahead * Math.max(1, meanOf(line.work)), setup: setups * Math.max(1, meanOf(line.setup)) };
  let [now, made] = [0, 0];
  const take = (order: number, before: number) => {
    const parts = line.parts[order] as number;
    const from = Math.max(now, line.released[order] as number);
    now = from + line.setupFrom(before, order) + (line.work[order] as number) + line.changes(made, parts);
    made += parts;
  };
  for (const [n, order] of sequence.entries()) take(order, sequence[n - 1] ?? -1);
  while (open.size > 0) {
    const before = sequence.at(-1) ?? -1;
    const order = worthMost(line, open, now, before, scale);
    take(order, before);
    sequence.push(order);
    open.delete(order);
  }
  return sequence;
}

function worthMost(line: Line, open: ReadonlySet<number>, now: number, before: number, scale: { work: number; setup: number }): number {
  let soonest = Number.POSITIVE_INFINITY;
  for (const order of open) soonest = Math.min(soonest, line.released[order] as number);
  const ready = Math.max(now, soonest);
  let [best, most] = [-1, Number.NEGATIVE_INFINITY];
  for (const order of open) {
    if ((line.released[order] as number) > ready) continue;
    const work = Math.max(1, line.work[order] as number);
    const slack = Math.max(0, (line.due[order] as number) - line.time.endOf(ready + work));
    // As logarithms: of what is due in years nothing else would be left.
    const worth =
      Math.log((line.weight[order] as number) / work) - slackOf(slack) / scale.work - line.setupFrom(before, order) / scale.setup;
    if (worth > most) [best, most] = [order, worth];
  }
  return best;
}

/** What is never due comes last, and is still told apart. */
const slackOf = (slack: number): number => Math.min(slack, 1e12);
const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
