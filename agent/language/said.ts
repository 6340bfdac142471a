/**
 * What machines have said, and what of it is active: what is to be stored of the next thing that is said, and what has become of what is stored.
 * Pure: no clock, no disk. Memory is bounded by what is active, MOST_ACTIVE for each origin.
 */
import { createHash } from 'node:crypto';
import type { MachineText, TextChange } from '../contracts/index.ts';

/** Alarms of one origin that are followed at once; of more than that nothing is kept. */
export const MOST_ACTIVE = 1000;

/** One thing that was said, names of people taken out, cut to its length. */
export interface Saying extends Omit<MachineText, 'id' | 'state' | 'ended'> {
  /** What makes it this one and no other of the same condition: an EventId; of a tag its moment. */
  readonly key: string;
  /** false: what was active under this condition is over. Of an event without a condition it means nothing. */
  readonly active: boolean;
}

export interface Effects {
  readonly texts: readonly MachineText[];
  readonly changes: readonly TextChange[];
  /** It was not kept: too much at once. */
  readonly dropped: boolean;
}

const NOTHING: Effects = { texts: [], changes: [], dropped: false };

export class Said {
  /** By origin, then by condition. One that nobody could ask about is `unknown` and may become active again. */
  private readonly standing = new Map<string, Map<string, MachineText>>();
  /** Conditions that were told since an origin began to tell all that is active. */
  private readonly told = new Map<string, Set<string>>();

  /** What the journal has as active. */
  constructor(before: readonly MachineText[]) {
    for (const text of before) if (text.condition !== null && text.state === 'active') this.of(text.origin).set(text.condition, text);
  }

  active(origin: string): number {
    return this.standing.get(origin)?.size ?? 0;
  }
  get origins(): readonly string[] {
    return [...this.standing.keys()];
  }

  /** It was told, whatever becomes of it: it is not over. */
  heard(origin: string, condition: string | null): void {
    if (condition !== null) this.told.get(origin)?.add(condition);
  }

  /** What is known of an origin, to be put back where the journal refuses what followed. */
  snapshot(origin: string): ReadonlyMap<string, MachineText> {
    return new Map(this.standing.get(origin));
  }
  restore(origin: string, before: ReadonlyMap<string, MachineText>): void {
    this.standing.set(origin, new Map(before));
  }
  known(origin: string, condition: string | null): MachineText | undefined {
    return condition === null ? undefined : this.standing.get(origin)?.get(condition);
  }
  /** As restore(), of one condition. */
  undo(origin: string, condition: string | null, before: MachineText | undefined): void {
    if (condition === null) return;
    if (before) this.of(origin).set(condition, before);
    else this.of(origin).delete(condition);
  }

  /** `mayKeep` is asked where there is something new to keep. */
  say(saying: Saying, mayKeep: () => boolean): Effects {
    const { condition, origin } = saying;
    if (condition === null) return mayKeep() ? { ...NOTHING, texts: [textOf(saying, null)] } : { ...NOTHING, dropped: true };
    const all = this.of(origin);
    const known = all.get(condition);
    if (!saying.active) return this.over(all, known, saying.at);
    this.told.get(origin)?.add(condition);
    if (known && isSame(known, saying)) return this.again(all, known, saying, mayKeep);
    const ended = known ? endOf(known, saying.at, 'ended') : null;
    const changes = ended ? [ended] : [];
    all.delete(condition);
    if (all.size >= MOST_ACTIVE || !mayKeep()) return { texts: [], changes, dropped: true };
    const text = textOf(saying, 'active');
    all.set(condition, text);
    return { texts: [text], changes, dropped: false };
  }

  private over(all: Map<string, MachineText>, known: MachineText | undefined, at: number): Effects {
    if (!known || known.condition === null) return NOTHING;
    all.delete(known.condition);
    return { ...NOTHING, changes: [endOf(known, at, 'ended')] };
  }

  /** The same, told once more: acknowledged meanwhile, of another severity, or known to be active again. */
  private again(all: Map<string, MachineText>, known: MachineText, { severity, acked }: Saying, mayKeep: () => boolean): Effects {
    if (known.severity === severity && known.acked === acked && known.state === 'active') return NOTHING;
    // One that flips between two severities costs as much as one that says something else; what is active again is told by a refresh alone.
    if (known.state === 'active' && !mayKeep()) return { ...NOTHING, dropped: true };
    const now: MachineText = { ...known, severity, acked, state: 'active', ended: null };
    all.set(known.condition ?? '', now);
    return { ...NOTHING, changes: [changeOf(now)] };
  }

  /** From here on the origin tells all that is active. */
  telling(origin: string): void {
    this.told.set(origin, new Set());
  }

  /** That was all. What was not told is over; where the origin could not say (`complete` false) nobody knows. */
  toldAll(origin: string, complete: boolean, at: number): readonly TextChange[] {
    const told = this.told.get(origin) ?? new Set();
    this.told.delete(origin);
    const all = this.of(origin);
    const missing = [...all].filter(([condition, { state }]) => !told.has(condition) && (complete || state === 'active'));
    return missing.map(([condition, text]) => {
      const change = endOf(text, at, complete ? 'ended' : 'unknown');
      if (complete) all.delete(condition);
      else all.set(condition, { ...text, ...change });
      return change;
    });
  }

  /** Nobody listens to this origin any more. */
  forget(origin: string, at: number): readonly TextChange[] {
    const all = this.standing.get(origin);
    this.standing.delete(origin);
    this.told.delete(origin);
    return [...(all?.values() ?? [])].filter(({ state }) => state === 'active').map((text) => endOf(text, at, 'unknown'));
  }

  private of(origin: string): Map<string, MachineText> {
    const known = this.standing.get(origin) ?? new Map<string, MachineText>();
    this.standing.set(origin, known);
    return known;
  }
}

/** The same words since the same moment. A server that stamps no moment is believed on its words. */
const isSame = (known: MachineText, { text, stamped }: Saying): boolean =>
  known.text === text && (known.stamped === null || stamped === null || known.stamped === stamped);

function textOf({ key, active: _, ...saying }: Saying, state: MachineText['state']): MachineText {
  const id = createHash('sha256')
    .update(JSON.stringify([saying.origin, saying.condition, key]))
    .digest('hex')
    .slice(0, 32);
  return { ...saying, id, state, ended: null };
}

const changeOf = ({ id, severity, acked, state, ended }: MachineText): TextChange => ({ id, severity, acked, state, ended });
const endOf = (text: MachineText, at: number, state: 'ended' | 'unknown'): TextChange => ({
  ...changeOf(text),
  state,
  ended: Math.max(at, text.at),
});

/** So many at once, and then one a while: what a flood costs the journal. Pure; `now` is monotonic, ms. */
export class Allowance {
  private readonly atOnce: number;
  private readonly every: number;
  private left: number;
  private at = Number.NEGATIVE_INFINITY;

  constructor(atOnce: number, every: number) {
    this.atOnce = atOnce;
    this.every = every;
    this.left = atOnce;
  }

  has(now: number): boolean {
    const grown = this.at === Number.NEGATIVE_INFINITY ? this.atOnce : this.left + (now - this.at) / this.every;
    this.left = Math.min(this.atOnce, grown);
    this.at = now;
    return this.left >= 1;
  }

  take(now: number): boolean {
    const is = this.has(now);
    if (is) this.left -= 1;
    return is;
  }
}
