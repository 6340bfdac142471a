/** Which packages judge, against those that judged before: what changed is recorded and published, however it came about. Pure. */
import { Type } from 'typebox';
import Value from 'typebox/value';
import type { Config } from '../config/schema.ts';
import type { AgentEvent, JournalEntry, ModelChange, ModelSlot, OutboxRow } from '../contracts/index.ts';
import type { Loaded } from '../inference/load.ts';
import type { Clock } from '../time.ts';

/** Of the store's small memory of stations; no station has such a name. */
export const MODELS_MEMORY = '_models';

const Memory = Type.Record(Type.String(), Type.Object({ package: Type.String(), version: Type.String() }));
type Packages = Readonly<Record<string, { readonly package: string; readonly version: string }>>;

export interface Running {
  readonly slot: ModelSlot;
  readonly version: string;
  readonly loaded: Loaded;
}

interface Change {
  readonly change: Omit<ModelChange, 'id' | 'at'>;
  /** The memory once it has been recorded. */
  readonly memory: string;
}

/** Of the models that judge, those that are loaded. */
export function runningOf(
  slots: readonly ModelSlot[],
  inference: { readonly loaded: (slot: string) => Loaded | null | undefined },
  manifests: ReadonlyMap<string, { readonly version: string }>,
): readonly Running[] {
  return slots.flatMap((slot) => {
    const [loaded, version] = [inference.loaded(slot.id), manifests.get(slot.package)?.version];
    return loaded && version !== undefined ? [{ slot, version, loaded }] : [];
  });
}

export interface EntryOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly rows: (event: AgentEvent) => readonly OutboxRow[];
}

/** What changed since the last start, by command or by hand; remembered in the transaction that tells of it. */
export function* modelEntries(
  { stations: saved }: { readonly stations: Readonly<Record<string, { readonly saved: string | null }>> },
  running: readonly Running[],
  stations: Config['stations'],
  { clock, newId, rows }: EntryOptions,
): Generator<JournalEntry> {
  const memory = saved[MODELS_MEMORY]?.saved ?? null;
  for (const { change: what, memory: value } of modelChanges(memory, running, stations)) {
    const change = { id: newId(), at: clock.now(), ...what };
    const load = { kind: 'model', at: change.at, detail: JSON.stringify(change) } as const;
    yield { load, outbox: rows({ type: 'model', change }), state: { station: MODELS_MEMORY, value } };
  }
  yield { state: { station: MODELS_MEMORY, value: packagesOf(memory, running) } };
}

/** One after the other, each with the memory that makes it known. A slot seen for the first time is no change. */
function modelChanges(saved: string | null, running: readonly Running[], stations: Config['stations']): readonly Change[] {
  let memory: Packages = parse(saved);
  const changes: Change[] = [];
  for (const { slot, version, loaded } of running) {
    const before = memory[slot.id];
    const now = { package: slot.package, version };
    memory = { ...memory, [slot.id]: now };
    if (!before || (before.package === now.package && before.version === now.version)) continue;
    const [station = ''] = slot.id.split('/');
    const recipe = slot.id.split('@')[1] ?? null;
    const to = { ...now, variant: loaded.variant, sha256: loaded.sha256 };
    const change = { station, model: slot.name, recipe, change: kindOf(before.package, slot, recipe, stations[station]), from: before, to };
    changes.push({ change, memory: JSON.stringify(memory) });
  }
  return changes;
}

/** What is to be remembered, with or without a change. */
function packagesOf(saved: string | null, running: readonly Running[]): string {
  const now = Object.fromEntries(running.map(({ slot, version }) => [slot.id, { package: slot.package, version }]));
  return JSON.stringify({ ...parse(saved), ...now });
}

function kindOf(
  before: string,
  slot: ModelSlot,
  recipe: string | null,
  station: Config['stations'][string] | undefined,
): ModelChange['change'] {
  const base = station?.models[slot.name];
  const own = recipe === null ? base : { ...base, ...station?.recipes?.[recipe]?.models[slot.name] };
  if (own?.previous?.model === before) return 'promoted';
  return own?.shadow?.model === before ? 'rolled_back' : 'changed';
}

function parse(saved: string | null): Packages {
  try {
    const value: unknown = JSON.parse(saved ?? '{}');
    return Value.Check(Memory, value) ? value : {};
  } catch {
    return {};
  }
}
