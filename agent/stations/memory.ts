/** What a station remembers over a restart beside its records: rule history, latches, counters, parts told. Kept as one JSON text. */
import { Type } from 'typebox';
import Value from 'typebox/value';
import { type Counters, Statistics } from './statistics.ts';

const Saved = Type.Object({
  rules: Type.String(),
  latches: Type.Record(Type.String(), Type.String()),
  counters: Type.Object({ ok: Type.Number(), nok: Type.Number(), review: Type.Number(), missed: Type.Number(), failed: Type.Number() }),
  enabled: Type.Boolean(),
  told: Type.Optional(Type.Array(Type.String())),
});

export interface Remembered {
  readonly rules: string | null;
  /** Rule -> why, of every hold or stop that nobody has acknowledged. */
  readonly latches: Map<string, string>;
  readonly statistics: Statistics;
  readonly enabled: boolean;
  readonly told: Told;
}

/** Parts of which the PLC was told lately, so that one whose verdict it still shows is not taken for a part without a record. */
export class Told {
  /** As many as may be answered out of turn, and some more. */
  private static readonly MOST = 32;
  readonly parts: string[];

  constructor(parts: readonly string[] = []) {
    this.parts = [...parts];
  }
  has(part: string): boolean {
    return this.parts.includes(part);
  }
  add(part: string): void {
    if (this.parts.push(part) > Told.MOST) this.parts.shift();
  }
}

export const save = (
  rules: string,
  latches: ReadonlyMap<string, string>,
  counters: Counters,
  enabled: boolean,
  told: readonly string[] = [],
): string => JSON.stringify({ rules, latches: Object.fromEntries(latches), counters, enabled, told });

/** A text that cannot be read (an older version, a damaged row) is no memory, never a fault. */
export function recall(saved: string | null): Remembered {
  const parsed = saved === null ? null : parse(saved);
  if (!parsed) return { rules: null, latches: new Map(), statistics: new Statistics(), enabled: true, told: new Told() };
  return {
    rules: parsed.rules,
    latches: new Map(Object.entries(parsed.latches)),
    statistics: new Statistics(parsed.counters),
    enabled: parsed.enabled,
    told: new Told(parsed.told),
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
