/** Alarms with what follows from them: mending the first cause mends the rest. Pure. */
import type { Alarm } from '../api/types.ts';

export interface Cause {
  readonly alarm: Alarm;
  readonly follow: readonly Alarm[];
}

/** What nobody has seen first, then what gives nothing at all, then what began first. An alarm whose cause is not among these stands by itself. */
export function firstCauses(alarms: readonly Alarm[]): readonly Cause[] {
  const keys = new Set(alarms.map(({ key }) => key));
  const isFirst = ({ cause }: Alarm) => cause === null || !keys.has(cause);
  return alarms
    .filter(isFirst)
    .sort(inOrder)
    .map((alarm) => ({ alarm, follow: alarms.filter((other) => !isFirst(other) && other.cause === alarm.key).sort(inOrder) }));
}

/** The alarms that explain these, each once. */
export function causesAmong(some: readonly Alarm[], all: readonly Alarm[]): readonly Alarm[] {
  const byKey = new Map(all.map((alarm) => [alarm.key, alarm]));
  return [...new Set(some.map((alarm) => byKey.get(alarm.cause ?? alarm.key) ?? alarm))].sort(inOrder);
}

const inOrder = (a: Alarm, b: Alarm): number =>
  Number(a.acknowledged !== null) - Number(b.acknowledged !== null) ||
  Number(b.down) - Number(a.down) ||
  a.since - b.since ||
  a.key.localeCompare(b.key);
