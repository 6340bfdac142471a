/** What a station remembers over a restart beside its records: rule history, latches, counters, parts told. Kept as one JSON text. */
import { Type } from 'typebox';
import Value from 'typebox/value';
import type { Disabled } from '../contracts/index.ts';
import type { NamesMemory } from './names.ts';
import type { ProductMemory } from './recipe.ts';
import { Statistics } from './statistics.ts';

const Counters = Type.Object({
  ok: Type.Number(),
  nok: Type.Number(),
  review: Type.Number(),
  missed: Type.Number(),
  failed: Type.Number(),
});
const Trail = Type.Object({
  tag: Type.String(),
  node: Type.Optional(Type.String()),
  taken: Type.Union([Type.String(), Type.Null()]),
  order: Type.Union([Type.Literal('before'), Type.Literal('after'), Type.Null()]),
  times: Type.Optional(Type.Number()),
  arrivals: Type.Number(),
  placeholder: Type.Optional(Type.String()),
  repeats: Type.Optional(Type.Boolean()),
});
const Names = Type.Object({ part: Type.Union([Trail, Type.Null()]), counter: Type.Union([Trail, Type.Null()]) });
const Product = Type.Object({ node: Type.String(), said: Type.String() });
const Saved = Type.Object({
  rules: Type.String(),
  latches: Type.Record(Type.String(), Type.String()),
  counters: Counters,
  changeover: Type.Optional(Type.Union([Type.Object({ recipe: Type.String(), since: Type.Number(), counters: Counters }), Type.Null()])),
  enabled: Type.Boolean(),
  disabled: Type.Optional(Type.Object({ since: Type.Number(), by: Type.Union([Type.String(), Type.Null()]) })),
  told: Type.Optional(Type.Array(Type.String())),
  recipe: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  taken: Type.Optional(Type.Number()),
  unnumbered: Type.Optional(Type.Number()),
  names: Type.Optional(Names),
  product: Type.Optional(Type.Union([Product, Type.Null()])),
  challenges: Type.Optional(Type.String()),
  studies: Type.Optional(Type.String()),
});

/** What is saved with every record. */
export interface StationProgress {
  /** By command; null: the tag has its say. */
  readonly recipe: string | null;
  /** Number of the trigger of the last record, as the station counts them over all its lives. */
  readonly taken: number;
  /** Parts judged since the last number that is known of any. */
  readonly unnumbered: number;
  /** Of the tags that name parts; null where an older version did not keep it. */
  readonly names: NamesMemory | null;
  /** Null where no tag names the recipe, or it has said nothing. */
  readonly product: ProductMemory | null;
  /** Of its challenges; null where it has none. */
  readonly challenges: string | null;
  /** Of its gauge studies; null where it has none, and none is open. */
  readonly studies: string | null;
}

export interface Remembered {
  readonly rules: string | null;
  /** Rule -> why, of every hold or stop that nobody has acknowledged. */
  readonly latches: Map<string, string>;
  readonly statistics: Statistics;
  readonly enabled: boolean;
  /** Of a station that is not enabled; null where an older version did not keep it. */
  readonly disabled: Disabled | null;
  readonly told: LatelyTold;
  readonly progress: StationProgress;
}

/** Parts of which the PLC was told lately, so that one whose verdict it still shows is not taken for a part without a record. */
export class LatelyTold {
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
    if (this.parts.push(part) > LatelyTold.MOST) this.parts.shift();
  }
}

export const save = (
  rules: string,
  { latches, statistics, told }: Pick<Remembered, 'latches' | 'statistics' | 'told'>,
  { enabled, disabled }: Pick<Remembered, 'enabled' | 'disabled'>,
  progress: StationProgress,
): string =>
  JSON.stringify({
    rules,
    latches: Object.fromEntries(latches),
    counters: statistics.counters,
    changeover: statistics.changeover,
    enabled,
    ...(disabled ? { disabled } : {}),
    told: told.parts,
    recipe: progress.recipe,
    taken: progress.taken,
    unnumbered: progress.unnumbered,
    ...(progress.names ? { names: progress.names } : {}),
    ...(progress.product ? { product: progress.product } : {}),
    ...(progress.challenges === null ? {} : { challenges: progress.challenges }),
    ...(progress.studies === null ? {} : { studies: progress.studies }),
  });

/** A text that cannot be read (an older version, a damaged row) is no memory, never a fault. */
export function recall(saved: string | null): Remembered {
  const parsed = saved === null ? null : parse(saved);
  const progress = {
    recipe: parsed?.recipe ?? null,
    taken: parsed?.taken ?? 0,
    unnumbered: parsed?.unnumbered ?? 0,
    names: parsed?.names ?? null,
    product: parsed?.product ?? null,
    challenges: parsed?.challenges ?? null,
    studies: parsed?.studies ?? null,
  };
  if (!parsed)
    return {
      rules: null,
      latches: new Map(),
      statistics: new Statistics(),
      enabled: true,
      disabled: null,
      told: new LatelyTold(),
      progress,
    };
  return {
    rules: parsed.rules,
    latches: new Map(Object.entries(parsed.latches)),
    statistics: new Statistics(parsed.counters, parsed.changeover ?? null),
    enabled: parsed.enabled,
    disabled: parsed.enabled ? null : (parsed.disabled ?? null),
    told: new LatelyTold(parsed.told),
    progress,
  };
}

/**
 * What a journal that lost its newest records has of a station: that it is disabled, and what its rules hold, is the best that is known; which
 * parts passed last is not, and would have those that were judged since called missed or unrecorded. `taken`: no trigger of theirs is newer.
 */
export const withoutParts = (remembered: Remembered, taken: number): Remembered => ({
  ...remembered,
  progress: { ...remembered.progress, taken: Math.max(taken, remembered.progress.taken), unnumbered: 0, names: null },
});

/** Of a station that is gone, when its study is over: built again it asks for nothing more. The same text where that study is not in it. */
export function withoutStudy(saved: string, id: string): string {
  const parsed = parse(saved);
  if (!parsed?.studies?.includes(JSON.stringify(id))) return saved;
  const { studies: _, ...rest } = parsed;
  return JSON.stringify(rest);
}

function parse(saved: string) {
  try {
    const value: unknown = JSON.parse(saved);
    return Value.Check(Saved, value) ? value : null;
  } catch {
    return null;
  }
}
