/**
 * What is there of each material, and what was called: each call is open until somebody says that it has come, or takes it back. Bounded. Pure; the desk
 * keeps it in the transaction that tells of it.
 */
import { type Static, Type } from 'typebox';
import { SaidSchema, withSaid } from '../said.ts';
import { MOST_LEADS } from './demand.ts';
import { delivered } from './level.ts';

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(of: T) => Type.Union([of, Type.Null()]);
const CallSchema = Type.Object({
  /** Of the decision that told it. */
  id: Type.String({ maxLength: 64 }),
  /** By the agent's own time. */
  at: Type.Number(),
  quantity: Type.Number(),
  /** Lead time that was expected, and after which it is overdue. ms */
  expected: Type.Number(),
  overdue: Type.Number(),
});
export type MaterialCall = Static<typeof CallSchema>;

/** Calls that are open at once, at most. */
export const MOST_CALLS = 20;
/** Materials of a config. */
export const MOST_MATERIALS = 100;

const MaterialSchema = Type.Object({
  /** Null: nobody has said. Of a material whose stock a tag tells, unused. Below 0: used before somebody said that what was called had come. */
  stock: Nullable(Type.Number()),
  /** Last good value of its counter. */
  counter: Nullable(Type.Number()),
  level: Nullable(Type.Object({ low: Type.Number(), filled: Type.Number(), at: Type.Optional(Type.Number()) })),
  /** What the numbers above are of. */
  of: Type.Optional(Type.Object({ station: Type.String(), counter: Type.String(), level: Type.String(), unit: Type.String() })),
  /** Parts of before the start could not be counted: nobody knows the stock until somebody counts it. */
  lost: Type.Optional(Type.Boolean()),
  calls: Type.Array(CallSchema, { maxItems: MOST_CALLS }),
  /** That calls took, the newest last. ms */
  leads: Type.Array(Type.Number(), { maxItems: MOST_LEADS }),
});
export const MaterialBookSchema = Type.Object({
  materials: Type.Record(Type.String({ maxLength: 128 }), MaterialSchema),
  /** By station, sequence of the newest part that was counted. */
  counted: Type.Record(Type.String({ maxLength: 128 }), Type.Number()),
  said: Type.Optional(SaidSchema),
});
export type MaterialBookState = Static<typeof MaterialBookSchema>;
type Material = Static<typeof MaterialSchema>;
/** Where a material is used, its tags, and its unit; '' where there is none. */
export type MaterialOrigin = NonNullable<Material['of']>;

const nothing = (): Material => ({ stock: null, counter: null, level: null, calls: [], leads: [] });

export interface Delivery {
  /** Of the call; left out: the oldest. */
  readonly call?: string | undefined;
  /** Left out: what was called, else a container. */
  readonly quantity?: number | undefined;
  readonly container: number;
  /** The agent's own time. */
  readonly now: number;
  /** Lead times that can be, ms: others teach nothing. Left out: all. */
  readonly likely?: { readonly least: number; readonly most: number } | undefined;
}

export class MaterialBook {
  private state: MaterialBookState;

  constructor(state: MaterialBookState = { materials: {}, counted: {} }) {
    this.state = structuredClone(state);
  }

  get snapshot(): MaterialBookState {
    return this.state;
  }

  /** As it was: what was said could not be kept. Of one material. */
  undo(name: string, before: MaterialBookState): void {
    const was = own(before.materials, name);
    if (was) this.state.materials[name] = structuredClone(was);
    else delete this.state.materials[name];
  }

  /** Those that the config has. */
  keepOnly(names: ReadonlySet<string>, stations: ReadonlySet<string>): void {
    for (const name of Object.keys(this.state.materials)) if (!names.has(name)) delete this.state.materials[name];
    for (const station of Object.keys(this.state.counted)) if (!stations.has(station)) delete this.state.counted[station];
  }

  of(name: string): Readonly<Material> {
    return own(this.state.materials, name) ?? nothing();
  }

  /** A message of that id was taken. */
  wasSaid(event: string): boolean {
    return this.state.said?.includes(event) ?? false;
  }
  noteSaid(event: string): void {
    this.state.said = withSaid(this.state.said ?? [], event);
  }
  unsay(event: string): void {
    this.state.said = this.state.said?.filter((one) => one !== event) ?? [];
  }

  countedTo(station: string): number | null {
    return own(this.state.counted, station) ?? null;
  }

  /** Never back. */
  countTo(station: string, sequence: number): void {
    this.state.counted[station] = Math.max(sequence, this.countedTo(station) ?? 0);
  }

  /**
   * What is used beyond the stock was there: it is of what was called, of which nobody has said yet that it came, and is taken off that; what is used beyond
   * that too was never counted.
   */
  use(name: string, quantity: number): void {
    const material = this.change(name);
    if (material.stock !== null) material.stock = bounded(material, material.stock - quantity);
  }

  /** Values of another tag, and quantities in another unit, say nothing of these. true: the unit is another. `container`: of a call, in this unit. */
  fit(name: string, of: MaterialOrigin, container: number): boolean {
    const material = this.change(name);
    const before = material.of;
    material.of = of;
    if (before === undefined) return false;
    if (before.counter !== of.counter) material.counter = null;
    if (before.level !== of.level) material.level = null;
    if (before.unit === of.unit) return false;
    material.stock = null;
    material.level = null;
    material.calls = material.calls.map((call) => ({ ...call, quantity: container }));
    return true;
  }

  /** Parts passed that nobody can count any more. */
  lose(name: string): void {
    Object.assign(this.change(name), { stock: null, lost: true });
  }

  heardCounter(name: string, value: number): void {
    this.change(name).counter = value;
  }

  heardLevel(name: string, level: Material['level']): void {
    this.change(name).level = level;
  }

  /** Somebody has counted it. */
  say(name: string, quantity: number): void {
    Object.assign(this.change(name), { stock: quantity, lost: false });
  }

  call(name: string, call: MaterialCall): void {
    const material = this.change(name);
    // What was filled up before it is none of it.
    if (material.calls.length === 0 && material.level !== null) material.level = { ...material.level, filled: 0 };
    material.calls.push(call);
  }

  /** The call that has come, where it was one. null: there is no such call, and nothing was done. */
  deliver(name: string, { call, quantity, container, now, likely }: Delivery): { readonly came: MaterialCall | null } | null {
    const material = this.change(name);
    const came = call === undefined ? (material.calls[0] ?? null) : (material.calls.find(({ id }) => id === call) ?? null);
    if (call !== undefined && came === null) return null;
    if (material.stock !== null) material.stock += quantity ?? came?.quantity ?? container;
    if (came !== null) {
      material.calls = material.calls.filter((one) => one !== came);
      const lead = Math.max(0, now - came.at);
      const isLikely = likely === undefined || (lead >= likely.least && lead <= likely.most);
      if (isLikely) material.leads = [...material.leads, lead].slice(-MOST_LEADS);
      if (material.level !== null) material.level = delivered(material.level, came.quantity, now);
    }
    return { came };
  }

  /** It does not come any more: the oldest, or that one. null: there is no such call. */
  cancel(name: string, call: string | undefined): MaterialCall | null {
    const material = this.change(name);
    const gone = call === undefined ? material.calls[0] : material.calls.find(({ id }) => id === call);
    if (gone === undefined) return null;
    material.calls = material.calls.filter((one) => one !== gone);
    if (material.stock !== null) material.stock = bounded(material, material.stock);
    return gone;
  }

  private change(name: string): Material {
    const known = own(this.state.materials, name);
    if (known) return known;
    const made = nothing();
    this.state.materials[name] = made;
    return made;
  }
}

/** Never less than what was called and may have come. */
const bounded = ({ calls }: Material, stock: number): number => {
  const called = calls.reduce((sum, { quantity }) => sum + quantity, 0);
  return Math.max(stock, called > 0 ? -called : 0);
};

/** A name may be that of something that every object has. */
const own = <T>(of: Readonly<Record<string, T>>, name: string): T | undefined => (Object.hasOwn(of, name) ? of[name] : undefined);
