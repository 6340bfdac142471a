/** What a station remembers over a restart beside its records: rule history, latches, counters. Kept as one JSON text. */
import { Type } from 'typebox';
import Value from 'typebox/value';
import { type Counters, Statistics } from './statistics.ts';

const Saved = Type.Object({
  rules: Type.String(),
  latches: Type.Record(Type.String(), Type.String()),
  counters: Type.Object({ ok: Type.Number(), nok: Type.Number(), review: Type.Number(), missed: Type.Number(), failed: Type.Number() }),
  enabled: Type.Boolean(),
});

export interface Remembered {
  readonly rules: string | null;
  /** Rule -> why, of every hold or stop that nobody has acknowledged. */
  readonly latches: Map<string, string>;
  readonly statistics: Statistics;
  readonly enabled: boolean;
}

export const save = (rules: string, latches: ReadonlyMap<string, string>, counters: Counters, enabled: boolean): string =>
  JSON.stringify({ rules, latches: Object.fromEntries(latches), counters, enabled });

/** A text that cannot be read (an older version, a damaged row) is no memory, never a fault. */
export function recall(saved: string | null): Remembered {
  const parsed = saved === null ? null : parse(saved);
  if (!parsed) return { rules: null, latches: new Map(), statistics: new Statistics(), enabled: true };
  return {
    rules: parsed.rules,
    latches: new Map(Object.entries(parsed.latches)),
    statistics: new Statistics(parsed.counters),
    enabled: parsed.enabled,
  };
}

function parse(saved: string) {
  try {
    const value: unknown = JSON.parse(saved);
    return Value.Check(Saved, value) ? value : null;
  } catch {
    return null;
  }
}
