/** What no schedule can be shorter than. */
import type { Shop } from './shop.ts';

/**
 * The longest job, and of each machine the best schedule of it alone whose operations may be interrupted: each is ready when its job can have come so
 * far, and its job needs so long after it (Jackson's preemptive schedule; Carlier and Pinson 1989).
 */
export function boundOf(shop: Shop): number {
  let bound = 0;
  const machines = new Map<number, Alone[]>();
  for (const operations of shop) {
    const whole = operations.reduce((sum, { duration }) => sum + duration, 0);
    bound = Math.max(bound, whole);
    let head = 0;
    for (const { machine, duration } of operations) {
      const all = machines.get(machine) ?? [];
      machines.set(machine, all);
      all.push({ head, duration, tail: whole - head - duration });
      head += duration;
    }
  }
  for (const all of machines.values()) bound = Math.max(bound, alone(all));
  return bound;
}

interface Alone {
  readonly head: number;
  readonly duration: number;
  readonly tail: number;
}

/** Of what is ready, the one with the longest tail goes first; one that is ready later and has a longer one interrupts it. */
function alone(all: readonly Alone[]): number {
  const waiting = [...all].sort((a, b) => a.head - b.head);
  const ready: { left: number; readonly tail: number }[] = [];
  let [now, last] = [0, 0];
  while (waiting.length > 0 || ready.length > 0) {
    if (ready.length === 0) now = Math.max(now, waiting[0]?.head ?? now);
    while (waiting[0] && waiting[0].head <= now) {
      const { duration, tail } = waiting.shift() as Alone;
      ready.push({ left: duration, tail });
    }
    ready.sort((a, b) => b.tail - a.tail);
    const first = ready[0] as { left: number; tail: number };
    const until = Math.min(now + first.left, waiting[0]?.head ?? Number.POSITIVE_INFINITY);
    first.left -= until - now;
    now = until;
    if (first.left > 0) continue;
    ready.shift();
    last = Math.max(last, now + first.tail);
  }
  return last;
}
