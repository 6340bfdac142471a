/**
 * What is known for sure of each tool: when it was changed, how often it was used since, and whether somebody was told to change it. Bounded. Pure; the desk
 * keeps it in the transaction that tells of it.
 */
import { type Static, Type } from 'typebox';
import { SaidSchema, withSaid } from '../said.ts';

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(of: T) => Type.Union([of, Type.Null()]);
const ToolSchema = Type.Object({
  /** By the agent's own time; null: not since it is followed. */
  changed: Nullable(Type.Number()),
  used: Type.Number(),
  /** Last good value of the counter of its uses, and of the tag that tells of a change. */
  counter: Nullable(Type.Number()),
  signal: Nullable(Type.String({ maxLength: 64 })),
  /** The tags that those are of; '' where there is none. */
  of: Type.Optional(Type.Object({ counter: Type.String(), signal: Type.String() })),
  /** Its trend was at its limit: it stays so until it is changed. */
  worn: Type.Optional(Type.Boolean()),
  /** Parts of before the start could not be counted: nobody knows its uses until it is changed. */
  lost: Type.Optional(Type.Boolean()),
  /** The decision that it is to be changed, not done yet. */
  call: Nullable(Type.Object({ id: Type.String({ maxLength: 64 }), at: Type.Number(), by: Nullable(Type.Number()) })),
});
export type ToolCall = NonNullable<Static<typeof ToolSchema>['call']>;

export const ToolBookSchema = Type.Object({
  /** By `station/tool`. */
  tools: Type.Record(Type.String({ maxLength: 257 }), ToolSchema),
  /** By station, sequence of the newest part that was counted. */
  counted: Type.Record(Type.String({ maxLength: 128 }), Type.Number()),
  said: Type.Optional(SaidSchema),
});
export type ToolBookState = Static<typeof ToolBookSchema>;
type Tool = Static<typeof ToolSchema>;
export type ToolOrigin = NonNullable<Tool['of']>;

const fresh = (): Tool => ({ changed: null, used: 0, counter: null, signal: null, call: null });

export class ToolBook {
  private readonly state: ToolBookState;

  constructor(state: ToolBookState = { tools: {}, counted: {} }) {
    this.state = structuredClone(state);
  }

  get snapshot(): ToolBookState {
    return this.state;
  }

  of(key: string): Readonly<Tool> {
    return own(this.state.tools, key) ?? fresh();
  }

  keepOnly(keys: ReadonlySet<string>, stations: ReadonlySet<string>): void {
    for (const key of Object.keys(this.state.tools)) if (!keys.has(key)) delete this.state.tools[key];
    for (const station of Object.keys(this.state.counted)) if (!stations.has(station)) delete this.state.counted[station];
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

  use(key: string, uses: number): void {
    this.change(key).used += uses;
  }
  heardCounter(key: string, value: number): void {
    this.change(key).counter = value;
  }
  heardSignal(key: string, value: string): void {
    this.change(key).signal = value;
  }

  /** Values of another tag say nothing of these. */
  fit(key: string, of: ToolOrigin): void {
    const tool = this.change(key);
    const before = tool.of;
    tool.of = of;
    if (before !== undefined && before.counter !== of.counter) tool.counter = null;
    if (before !== undefined && before.signal !== of.signal) tool.signal = null;
  }

  wearOut(key: string): void {
    this.change(key).worn = true;
  }
  /** Parts passed that nobody can count any more. */
  lose(key: string): void {
    this.change(key).lost = true;
  }

  call(key: string, call: ToolCall): void {
    this.change(key).call = call;
  }
  uncall(key: string): void {
    this.change(key).call = null;
  }

  /** Another one is in; `used` already. */
  changed(key: string, at: number, used: number): void {
    Object.assign(this.change(key), { changed: at, used, call: null, worn: false, lost: false });
  }

  /** It is not worn out, and not to be changed. */
  keepIt(key: string): void {
    Object.assign(this.change(key), { call: null, worn: false, lost: false });
  }

  /** As it was: what was said could not be kept. Of one tool. */
  undo(key: string, before: Readonly<Tool>): void {
    this.state.tools[key] = { ...before };
  }

  private change(key: string): Tool {
    const known = own(this.state.tools, key);
    if (known) return known;
    const made = fresh();
    this.state.tools[key] = made;
    return made;
  }
}

/** A name may be that of something that every object has. */
const own = <T>(of: Readonly<Record<string, T>>, name: string): T | undefined => (Object.hasOwn(of, name) ? of[name] : undefined);
