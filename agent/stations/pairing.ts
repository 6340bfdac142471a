/**
 * Which change of a name tag (the id of a part, its number) belongs to which trigger. Pure: changes and edges in, an owner or none out.
 *
 * Evidence, strongest first: the time at the source, where both have one; the notification in which they came, since whatever happened
 * before a notification was sent is in it or in one before; the sequence of one tag's values within a notification. Each change belongs
 * to one trigger at most, and triggers take them in order. Where the evidence leaves two answers there is none. All of it holds within
 * one session: between two of them changes and triggers are lost, each on its own.
 */
import type { Milliseconds } from '../time.ts';
import { Placeholder } from './placeholder.ts';

/** A server may sample the name this much later than the trigger that was set in the same PLC scan. */
export const SKEW: Milliseconds = 20;
/** Changes kept: more than the longest queue that a server is asked for holds, of parts whose triggers have not been handled. */
const MOST = 2048;

/** A tag got another value; its time at the source, where there is one, and the monotonic time of the notification that told of it. */
export interface Change {
  readonly text: string;
  readonly source: number | null;
  readonly arrived: number;
  /**
   * first: it was there before anything was heard of the tag in this session; left: a trigger right before it got no name. Nobody knows of
   * which part they tell.
   */
  readonly doubt: 'first' | 'left' | null;
  /** Arrival of the last word before it that the tag was emptied: whoever triggered earlier had another name, or none. */
  readonly after?: number;
  /** When the tag was emptied after it: what is triggered later has another name, or none. */
  readonly gone?: Moment;
}
export type Moment = Pick<Change, 'source' | 'arrived'>;

/** A trigger, as far as names go by it. */
export interface Edge {
  readonly source: number | null;
  readonly arrived: number;
  /** How many edges came in the same notification, and which of them this one is, from 0. */
  readonly size: number;
  readonly index: number;
  /** It was the last of its notification, and the trigger still stood at the end of it: no next part had begun. */
  readonly open: boolean;
}

/** Whether a PLC names a part before its trigger or after it. */
export type Order = 'before' | 'after';

/** What a trail has learned, for the next life. */
export interface TrailMemory {
  /** The name of the last part that got one: it is no other part's. */
  readonly taken: string | null;
  /** By times at the source. */
  readonly order: Order | null;
  /** By arrival, which jitters: so many names in a row came before their triggers, or, negative, after them. */
  readonly arrivals: number;
  /** What the tag shows between parts, where that is known. */
  readonly placeholder?: string;
}
/** In a row, before the order of arrival is believed, and no more is counted. */
const SURE = 10;

/** unsure: nothing that belongs to it has come, so it may still come, or the name has not changed. unknown: no longer to be told. */
export type Owner = Change | 'wait' | 'unsure' | 'unknown';

export class Trail {
  /** Not yet any trigger's, in the order of their arrival. */
  private changes: Change[] = [];
  /** The text that the tag shows; null when it shows none, or nothing is known of it. */
  private shown: string | null = null;
  private taken: string | null;
  private before: Edge | null = null;
  /** The edge before, where it got no name, the same again, or one that may be another's: what comes after it may be its own. */
  private doubted: Edge | null = null;
  /** What the last owner was looked for by. */
  private asked: { readonly edge: Edge; readonly stamped: boolean } | null = null;
  private order: Order | null;
  private arrivals: number;
  /** Between two names that both fit the last trigger stood, and nothing is known yet of what the PLC does first. */
  private bothFit = false;
  /** The verdict on a notification with several edges: its names are taken in their sequence. */
  private inSequence = false;
  /** When the last session ended that told of the tag, monotonic. */
  private gap = Number.NEGATIVE_INFINITY;
  /** No name has been heard since, or ever. */
  private isStale = true;
  private readonly placeholder: Placeholder;
  private emptied: number | null = null;

  /** `memory`: of the life before. */
  constructor({ taken = null, order = null, arrivals = 0, placeholder }: Partial<TrailMemory> = {}) {
    this.placeholder = new Placeholder(placeholder);
    this.taken = taken;
    this.order = order;
    this.arrivals = arrivals;
  }

  get memory(): TrailMemory {
    const { taken, order, arrivals } = this;
    const placeholder = this.placeholder.text;
    return { taken, order, arrivals, ...(placeholder === null ? {} : { placeholder }) };
  }

  private get namesFollow(): boolean {
    return this.order === 'after';
  }

  /** A value of the tag; null for one that is bad or empty. Returns whether it is another than before. */
  hear(text: string | null, source: number | null, arrived: number): boolean {
    if (text === this.shown) return false;
    this.shown = text;
    if (text === null) return false;
    if (this.isPlaceholder(text)) {
      this.isStale = false;
      this.clear(source, arrived);
      return false;
    }
    // The session begins with the name of a part that is done with: nothing has changed since.
    if (this.isStale && text === this.taken) {
      this.isStale = false;
      return true;
    }
    const after = this.emptied === null ? {} : { after: this.emptied };
    const change: Change = { text, source, arrived, doubt: this.isStale ? 'first' : null, ...after };
    this.changes.push(this.doubted ? left(change, this.doubted) : change);
    this.isStale = false;
    if (this.changes.length > MOST) this.changes.shift();
    return true;
  }

  private isPlaceholder(text: string): boolean {
    const isNew = this.placeholder.text === null;
    this.placeholder.hear(text);
    if (text !== this.placeholder.text) return false;
    if (isNew) this.forgetAsName(text);
    return true;
  }

  /** What was learned while it passed for the name of a part is void, and nobody knows whose the names are that were left over meanwhile. */
  private forgetAsName(placeholder: string): void {
    this.order = null;
    this.arrivals = 0;
    this.doubted = this.before;
    this.changes = this.changes
      .filter(({ text }) => text !== placeholder)
      .map((change): Change => (change.doubt === null ? { ...change, doubt: 'left' } : change));
  }

  /** The tag has become empty, or shows what stands for it: the next part has another name, or none. */
  clear(source: number | null, arrived: number): void {
    this.shown = null;
    this.emptied = arrived;
    this.changes = this.changes.map((change) => (change.gone ? change : { ...change, gone: { source, arrived } }));
  }

  /**
   * The session ended that told of the tag; `now`: monotonic. What changes until the next one nobody hears, so that what is nobody's yet
   * is of no trigger that comes later. What the next one says first is heard anew, though it be the same.
   */
  interrupt(now: number): void {
    this.gap = now;
    this.isStale = true;
    this.shown = null;
  }

  private candidates(edge: Edge): readonly Change[] {
    return this.changes.filter((change) => this.isCandidate(change, edge) && !wasGone(change, edge));
  }

  /** What may be of this trigger: of one after a gap nothing that was heard before it. */
  private isCandidate(change: Change, edge: Edge): boolean {
    return edge.arrived <= this.gap || change.arrived > this.gap;
  }

  get text(): string | null {
    return this.shown;
  }

  /** `next`: the edge after this one, where it has come. `now`: monotonic. To be asked in the order of the edges. */
  ownerOf(edge: Edge, next: Edge | null, now: number): Owner {
    const stamped = this.isStamped(edge, next);
    this.asked = { edge, stamped };
    return stamped ? this.byTime(edge, next, now) : this.byOrder(edge, next, now);
  }

  /** The name of the edge, when the tag is proven to show what it showed then. Null where that may be an earlier part's. */
  unchangedAt(edge: Edge): Change | null {
    const last = this.candidates(edge).at(-1);
    if (last) return this.isLeftOver(last, edge) ? null : last;
    if (this.shown === null || this.isLate(edge)) return null;
    return { text: this.shown, source: null, arrived: Number.NEGATIVE_INFINITY, doubt: 'first' };
  }

  private isLeftOver(change: Change, { source }: Edge): boolean {
    if (source !== null && change.source !== null) return this.isFollower(change, source);
    return source === null && change.doubt === 'left' && (this.arrivals < 0 || this.bothFit);
  }

  /** Part after part had a name of its own, and after its trigger: sooner than the same again it is one that is late, but for the second time. */
  private isLate({ source }: Edge): boolean {
    return source === null && this.arrivalOrder === 'after' && this.doubted === null;
  }

  /** The edge is done with; what it takes, and all before, is nobody else's. Returns what came before and was nobody's. */
  settle(edge: Edge, taken: Change | null): readonly Change[] {
    const stamped = this.asked?.edge === edge ? this.asked.stamped : this.isStamped(edge, null);
    const at = taken === null ? -1 : this.changes.indexOf(taken);
    const isSure = taken !== null && (stamped || this.isSure(edge, taken));
    if (!stamped && !isSure) this.learnFromDoubt(edge, taken);
    this.placeholder.trigger();
    this.before = edge;
    this.doubted = isSure ? null : edge;
    this.taken = taken?.text ?? this.taken;
    if (taken === null) this.forget(edge, stamped);
    if (taken === null || at < 0) return [];
    this.learn(edge, taken);
    return this.changes.splice(0, at + 1).filter((change) => change !== taken && this.isCandidate(change, edge));
  }

  /** First values of a session have the times at which the server looked, or began: those say nothing of what the PLC does first. */
  private learn(edge: Edge, { source, arrived, doubt }: Change): void {
    if (doubt !== null) return;
    // One time for both says nothing against what is known.
    if (edge.source !== null && source !== null && (source !== edge.source || this.order === null))
      this.order = source > edge.source ? 'after' : 'before';
    if (arrived === edge.arrived) return;
    const isBefore = arrived < edge.arrived;
    this.arrivals = isBefore ? Math.min(Math.max(this.arrivals, 0) + 1, SURE) : Math.max(Math.min(this.arrivals, 0) - 1, -SURE);
  }

  /** Of what still stood there a moment after its trigger, only where names have come before their triggers so far. */
  private isSure({ arrived }: Edge, taken: Change): boolean {
    const isAsked = taken.arrived <= arrived && (taken.doubt !== null || this.arrivalOrder === 'after');
    return !isAsked || this.arrivals > 0;
  }

  /**
   * What can be told where it is not sure whose name is whose, else nobody would be named any more after one part without a name. What still
   * stood there a moment after its trigger came before it. Where names have followed their triggers so far, and never since come before them,
   * a trigger between a name long before it and one right after it is one more.
   */
  private learnFromDoubt({ arrived }: Edge, taken: Change | null): void {
    const isSame = taken?.arrived === Number.NEGATIVE_INFINITY;
    const isLeft = this.changes.some((change) => change.doubt === 'left' && arrived - change.arrived > SKEW);
    const isNear = this.changes.some((change) => change.arrived > arrived && change.arrived - arrived <= SKEW);
    this.bothFit = isLeft && isNear;
    // The same again, for the second time: names do not follow each trigger.
    if (isSame && this.doubted) this.arrivals = Math.max(this.arrivals, 0);
    else if (!isSame && (taken || (isLeft && !isNear && this.arrivals < 0))) this.arrivals = Math.min(this.arrivals + 1, SURE);
    else if (this.bothFit && this.arrivals < 0) this.arrivals = Math.max(this.arrivals - 1, -SURE);
  }

  /** As it comes in here; null: now so, now so, or not known yet. */
  private get arrivalOrder(): Order | null {
    if (Math.abs(this.arrivals) < SURE) return null;
    return this.arrivals > 0 ? 'before' : 'after';
  }

  /** Nobody can tell whose these are; they must not become the next part's. */
  private forget(edge: Edge, stamped: boolean): void {
    const { source } = edge;
    if (stamped && source !== null) this.changes = this.changes.filter((change) => (change.source ?? 0) > source);
    else if (edge.index === edge.size - 1) {
      const upTo = this.changes.filter(({ arrived }) => arrived <= edge.arrived);
      const later = this.changes.filter(({ arrived }) => arrived > edge.arrived);
      const early = edge.open ? undefined : upTo.at(-1);
      this.changes = early ? [early, ...later] : later;
    }
    this.changes = this.changes.map((change) => left(change, edge));
  }

  /** Times at the source decide: all are known, and none is older than the trigger before, as after a step of the clock. */
  private isStamped(edge: Edge, next: Edge | null): boolean {
    const { source } = edge;
    if (source === null || next?.source === source) return false;
    if (this.before?.source !== undefined && this.before.source !== null && source <= this.before.source) return false;
    return this.candidates(edge).every((change) => change.source !== null);
  }

  private byTime(edge: Edge, next: Edge | null, now: number): Owner {
    const at = edge.source ?? 0;
    const changes = this.candidates(edge);
    const own = changes.filter((change) => (change.source ?? 0) <= at);
    const last = own.at(-1);
    const same = own.filter((change) => change.source === at).length;
    // A clock that ticks coarsely, or stamps what it sends, gives one time to a part and to the early name of the next, or the late one before.
    // Where neither is to be feared the last one is its own, and what stood there before it is nobody's: a 0 between parts.
    if (same > 0 && own.length > 1) {
      this.asked = { edge, stamped: false };
      const isOwn = this.order === 'before' || this.doubted === null;
      return this.byOrder(edge, next, now, this.arrivalOrder === 'before' || (this.arrivalOrder === null && isOwn));
    }
    const isInDoubt = last !== undefined && isDoubtful(last, at - (last.source ?? 0));
    if (last && !isInDoubt && !this.isFollower(last, at)) return last;
    const late = changes.find((change) => (change.source ?? 0) > at);
    if (!late) return 'unsure';
    const key = late.source ?? 0;
    return between(isInDoubt ? last : null, key - at, this.order) ?? this.late(late, key, next === null ? null : next.source, now);
  }

  /** Where names follow their triggers, one that is not right beside the trigger is left over from a part whose trigger was not seen. */
  private isFollower(change: Change, at: number): boolean {
    return this.namesFollow && at - (change.source ?? 0) > SKEW;
  }

  /** A name that came after its trigger, or before the next one: the nearer one has it, and none if both are near. */
  private late(change: Change, key: number, next: number | null, now: number): Owner {
    if (next !== null && next <= key) return 'unknown';
    if (next !== null && next - key <= SKEW && !this.namesFollow) return 'unknown';
    return next !== null || this.namesFollow || now - change.arrived >= SKEW ? change : 'wait';
  }

  /** `namesLead`: of several names that came with the trigger the last one is its own. */
  private byOrder(edge: Edge, next: Edge | null, now: number, namesLead = this.arrivalOrder === 'before'): Owner {
    const changes = this.candidates(edge);
    const upTo = changes.filter(({ arrived }) => arrived <= edge.arrived);
    const last = upTo.at(-1);
    const isWithIt = last?.arrived === edge.arrived;
    const told = isWithIt ? this.inNotification(edge, upTo, namesLead) : 'unsure';
    if (told !== 'unsure') return told;
    const isInDoubt = last !== undefined && (isWithIt || this.isDoubtful(last));
    const late = changes.find(({ arrived }) => arrived > edge.arrived);
    if (last && edge.index === 0 && !isInDoubt) return last.doubt === 'left' && late ? 'unknown' : last;
    if (edge.index < edge.size - 1) return 'unknown';
    if (!late) return 'unsure';
    const key = late.arrived;
    return between(isInDoubt ? last : null, key - edge.arrived, this.arrivalOrder) ?? this.late(late, key, next?.arrived ?? null, now);
  }

  /** A name that came before the trigger, by the order of arrival: what the PLC does first tells whether it is left over. */
  private isDoubtful({ doubt }: Change): boolean {
    const order = this.arrivalOrder;
    return order === 'after' || doubt === 'first' || (doubt === 'left' && order === null);
  }

  /**
   * `mine`: of this notification and left over from before. As many as edges, and none in doubt: in their sequence, whichever the PLC does
   * first. Else the last one is the last trigger's where names come first; where they follow, its own may still be on the way.
   */
  private inNotification({ size, index, open }: Edge, mine: readonly Change[], namesLead: boolean): Change | 'unknown' | 'unsure' {
    if (index === 0) this.inSequence = mine.length === size && (namesLead || mine.every(({ doubt }) => doubt === null));
    const owner = this.inSequence ? mine[0] : open ? mine.at(-1) : undefined;
    if (owner === undefined) return 'unknown';
    // What a session says first came with a trigger because all first values do: alone that is no evidence.
    if (owner.doubt === 'first' && size === 1) return 'unsure';
    return this.inSequence || namesLead || isFresh(mine, size) ? owner : 'unsure';
  }
}

/** Nothing is left over but what a session said first, and since then as many names have come as edges. */
const isFresh = (mine: readonly Change[], size: number): boolean =>
  mine[0]?.doubt === 'first' && mine.length === size + 1 && mine.slice(1).every(({ doubt }) => doubt === null);

/** A name in doubt, and one that came `lag` after the trigger: what the PLC does first tells whose it is. null: the later one's case. */
function between(doubted: Change | null, lag: Milliseconds, order: Order | null): Change | 'unknown' | null {
  if (doubted && order === 'before') return doubted;
  return lag > SKEW || (doubted && order !== 'after') ? 'unknown' : null;
}

/** Where the tag was emptied in the notification of the trigger only times at the source tell which was first. */
function wasGone({ gone }: Change, { source, arrived }: Edge): boolean {
  if (gone === undefined || gone.arrived > arrived) return false;
  return gone.source !== null && source !== null ? gone.source < source : gone.arrived < arrived;
}

/** Of one that is so much older than a trigger nobody knows whether it is that trigger's. */
const isDoubtful = ({ doubt }: Change, before: Milliseconds): boolean => doubt !== null && before > SKEW;

/**
 * One that came right after a trigger without a name may be that trigger's. Without times any may be that came after it: how long after says
 * nothing, since what a server or this box held back comes late, and all at once; but a tag that was emptied between the two is done with it.
 */
function left(change: Change, { source, arrived }: Edge): Change {
  if (change.doubt !== null) return change;
  const isStamped = source !== null && change.source !== null;
  const after = isStamped ? change.source - source : change.arrived - arrived;
  const isEmptied = change.after !== undefined && change.after > arrived;
  const isLeft = isStamped ? after > 0 && after <= SKEW : after >= 0 && !isEmptied;
  return isLeft ? { ...change, doubt: 'left' } : change;
}
