/**
 * Which change of a name tag (the id of a part, its number) belongs to which trigger. Pure: changes and edges in, an owner or none out.
 *
 * Evidence, strongest first: the time at the source, where both have one; the notification in which they came, since whatever happened
 * before a notification was sent is in it or in one before; the sequence of one tag's values within a notification. Each change belongs
 * to one trigger at most, and triggers take them in order. Where the evidence leaves two answers there is none. All of it holds within
 * one session: between two of them changes and triggers are lost, each on its own.
 *
 * Servers stamp when the PLC set a value, when they looked at it, or when they send it, and none says which. A stall shows the last kind: values
 * that cannot have been set in one moment have one time. They go by order. And no time tells whether a PLC was late: a name that comes after a
 * trigger without one is in doubt, however near the next trigger is, until it is known what the PLC does first, by parts in no doubt, in a row.
 */
import type { Milliseconds } from '../time.ts';
import { Placeholder } from './placeholder.ts';

/** A server may sample the name this much later than the trigger that was set in the same PLC scan. */
export const SKEW: Milliseconds = 20;
/** A server that stamps what it sends puts so little between the values of a notification, in the order of its items: it tells nothing. */
const MOMENT: Milliseconds = 1;
/** The tag may show a name at a trigger, since its PLC is late with the next one: for so long that one may be the trigger's. */
const SHOWN: Milliseconds = 5 * SKEW;
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
  /** While that is not sure: so many names in a row were set before their triggers, or, negative, after them. */
  readonly times?: number;
  /** By arrival, which jitters: so many names in a row came before their triggers, or, negative, after them. */
  readonly arrivals: number;
  /** What the tag shows between parts, where that is known. */
  readonly placeholder?: string;
  /** Parts have names in common: those of one batch. */
  readonly repeats?: boolean;
}
/** In a row, before the order of arrival is believed, and no more is counted. */
const SURE = 10;

/** How a name came before its trigger, by one of the two orders. */
interface Led {
  readonly inARow: number;
  readonly before: Milliseconds;
  /** Another one came right after the trigger. */
  readonly isFollowed: boolean;
  /** Since the trigger. */
  readonly waited: Milliseconds;
}

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
  /** How long after it. */
  private patience = Number.POSITIVE_INFINITY;
  /** What the last owner was looked for by. */
  private asked: { readonly edge: Edge; readonly stamped: boolean } | null = null;
  private order: Order | null;
  private times: number;
  private arrivals: number;
  /** The last part that got a name had one of its own. */
  private isOwnEach = false;
  /** An edge that was refused the same again, since its own may have been late. */
  private refused: Edge | null = null;
  /** So many parts in a row, while that is not many, have had names of their own since two had the same. */
  private repeats: boolean;
  private own = 0;
  /** The last part whose name is certain had it long before its trigger, or there was none yet. */
  private isEarly = true;
  /** Between two names that both fit the last trigger stood, and nothing is known yet of what the PLC does first. */
  private bothFit = 0;
  /** The verdict on a notification with several edges: its names are taken in their sequence. */
  private inSequence = false;
  /** When the last session ended that told of the tag, monotonic. */
  private gap = Number.NEGATIVE_INFINITY;
  /** No name has been heard since, or ever. */
  private isStale = true;
  private readonly placeholder: Placeholder;
  private emptied: number | null = null;

  /** `memory`: of the life before. */
  constructor({
    taken = null,
    order = null,
    times = sureOf(order),
    arrivals = 0,
    placeholder,
    repeats = false,
  }: Partial<TrailMemory> = {}) {
    this.placeholder = new Placeholder(placeholder);
    this.taken = taken;
    this.order = order;
    this.times = times;
    this.arrivals = arrivals;
    this.repeats = repeats;
    // Names that follow their triggers are counted part by part: the last part had one of its own.
    this.isOwnEach = times < 0 || (times === 0 && arrivals < 0);
  }

  get memory(): TrailMemory {
    const { taken, order, times, arrivals } = this;
    const placeholder = this.placeholder.text;
    const unsure = times === sureOf(order) ? {} : { times };
    return {
      taken,
      order,
      ...unsure,
      arrivals,
      ...(placeholder === null ? {} : { placeholder }),
      ...(this.repeats ? { repeats: true } : {}),
    };
  }

  /** null: now so, now so, or not known yet. */
  private get timeOrder(): Order | null {
    if (this.times < 0) return 'after';
    return this.times < SURE || !this.isEarly ? null : 'before';
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
    this.changes.push(this.doubted ? left(change, this.doubted, this.patience) : change);
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
    this.times = 0;
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
    if (this.shown === null) return null;
    if (this.isLate(edge)) {
      this.refused = edge;
      return null;
    }
    return { text: this.shown, source: null, arrived: Number.NEGATIVE_INFINITY, doubt: 'first' };
  }

  private isLeftOver(change: Change, { source }: Edge): boolean {
    if (source !== null && change.source !== null)
      return this.isFollower(change, source) || (change.doubt === 'left' && this.times < enough(source - change.source));
    return source === null && change.doubt === 'left' && (this.arrivals < 0 || this.bothFit > 0);
  }

  /** Part after part had a name of its own, and not surely before its trigger: sooner than the same again it is late, but for the second time. */
  private isLate({ source }: Edge): boolean {
    const before = source === null ? this.arrivals : this.times;
    return this.isOwnEach && !this.repeats && before < SURE && this.doubted === null;
  }

  /** The edge is done with; what it takes, and all before, is nobody else's. Returns what came before and was nobody's. */
  settle(edge: Edge, taken: Change | null): readonly Change[] {
    const stamped = this.asked?.edge === edge ? this.asked.stamped : this.isStamped(edge, null);
    const at = taken === null ? -1 : this.changes.indexOf(taken);
    const isSure = taken !== null && (stamped ? this.isSureByTime(edge, taken) : this.isSure(edge, taken));
    if (!isSure) {
      if (stamped) this.learnFromNearness(edge);
      else this.learnFromDoubt(edge, taken);
    }
    this.placeholder.trigger();
    this.count(edge, taken);
    this.before = edge;
    this.doubted = isSure ? null : edge;
    this.patience = taken === null ? Number.POSITIVE_INFINITY : SHOWN;
    this.taken = taken?.text ?? this.taken;
    if (taken === null) this.forget(edge, stamped);
    if (taken === null || at < 0) return [];
    this.learn(edge, taken);
    return this.changes.splice(0, at + 1).filter((change) => change !== taken && this.isCandidate(change, edge));
  }

  private count(edge: Edge, taken: Change | null): void {
    // Nothing came late, since one name has come since, and beside this trigger: the one that was refused had the same again.
    if (this.refused !== null && this.refused !== edge) {
      const since = this.changes.filter(({ arrived }) => arrived > (this.refused?.arrived ?? 0));
      if (since.length === 1 && since.every((change) => isBeside(change, edge))) this.repeats = true;
      this.refused = null;
    }
    if (taken === null) return;
    const isSame = taken.arrived === Number.NEGATIVE_INFINITY;
    this.own = isSame ? 0 : Math.min(this.own + 1, SURE);
    if (isSame) this.repeats = this.repeats || this.isOwnEach;
    else if (this.own === SURE) this.repeats = false;
    this.isOwnEach = !isSame && taken.doubt !== 'first';
  }

  /** First values of a session have the times at which the server looked, or began: those say nothing of what the PLC does first. */
  private learn(edge: Edge, { source, arrived, doubt }: Change): void {
    if (doubt !== null) return;
    if (arrived !== edge.arrived) {
      this.arrivals = counted(this.arrivals, arrived < edge.arrived);
      this.isEarly = edge.arrived - arrived > SKEW;
    }
    if (edge.source !== null && source !== null) this.learnTime(source - edge.source, arrived === edge.arrived);
  }

  /** One time for both says nothing against what is known. */
  private learnTime(lag: Milliseconds, isTogether: boolean): void {
    if (isTogether && Math.abs(lag) < MOMENT) {
      this.order ??= lag > 0 ? 'after' : 'before';
      return;
    }
    this.isEarly = -lag > SKEW;
    if (lag === 0 && this.order !== null) return;
    this.order = lag > 0 ? 'after' : 'before';
    this.times = counted(this.times, lag <= 0);
  }

  /**
   * What can be told by times where it is not sure whose name is whose. One that stood there at its trigger, with none right after it, came
   * before it; where names have followed their triggers so far, one right after it, beside one left over from the trigger before, is one more.
   */
  private learnFromNearness({ source }: Edge): void {
    if (source === null) return;
    const since = this.before?.source ?? Number.NEGATIVE_INFINITY;
    const lags = this.changes.flatMap((change) => (change.source === null ? [] : [change.source - source]));
    const isFollowed = lags.some((lag) => lag > 0 && lag <= SKEW);
    const leads = this.changes.flatMap(({ doubt, source: at }) => (doubt === 'left' && at !== null && at <= source ? [at] : []));
    const isNear = leads.some((at) => source - at <= SKEW && at - since > SKEW);
    if (isFollowed) this.times = this.times < 0 ? Math.max(this.times - 1, -SURE) : 0;
    else if (isNear || (leads.length > 0 && this.times > 0)) this.times = Math.min(this.times + 1, SURE);
  }

  /** What stood there at the trigger, and the same again, only where names come first: else its own may be late. */
  private isSureByTime(edge: Edge, { doubt, source }: Change): boolean {
    return this.times > 0 || (source !== null && (source > (edge.source ?? 0) || doubt === null));
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
    const bothFit = isLeft && isNear;
    if (isLeft) this.bothFit = bothFit ? Math.min(this.bothFit + 1, SURE) : Math.max(this.bothFit - 1, 0);
    // The same again, for the second time: names do not follow each trigger.
    if (isSame && this.doubted) this.arrivals = Math.max(this.arrivals, 0);
    else if (!isSame && (taken || (isLeft && !isNear && this.arrivals < 0))) this.arrivals = Math.min(this.arrivals + 1, SURE);
    else if (bothFit) this.arrivals = this.arrivals < 0 ? Math.max(this.arrivals - 1, -SURE) : 0;
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
    if (source === null || next?.source === source || this.isSentAtOnce(edge, next)) return false;
    if (this.before?.source !== undefined && this.before.source !== null && source <= this.before.source) return false;
    return this.candidates(edge).every((change) => change.source !== null);
  }

  /** What changed more than once in a moment was stamped when it was sent, and with it all of its notification. */
  private isSentAtOnce(edge: Edge, next: Edge | null): boolean {
    if ([this.before, next].some((other) => other !== null && isOneMoment(other, edge))) return true;
    const names = this.changes.filter(({ arrived }) => arrived === edge.arrived);
    return names.some((name, i) => i > 0 && isOneMoment(name, names[i - 1] ?? edge));
  }

  private byTime(edge: Edge, next: Edge | null, now: number): Owner {
    const at = edge.source ?? 0;
    const changes = this.candidates(edge);
    if (this.isTorn(edge, changes)) return this.byOrderAtOnce(edge, next, now);
    const last = changes.filter((change) => (change.source ?? 0) <= at).at(-1);
    const before = at - (last?.source ?? 0);
    const isInDoubt = last !== undefined && this.isInDoubt(last, before);
    if (last && !isInDoubt && !this.isFollower(last, at)) {
      const isFollowed = changes.some((change) => isRightAfter(change, at));
      const owner = this.leading(last, { inARow: this.times, before, isFollowed, waited: now - edge.arrived });
      if (owner !== null) return owner;
    }
    const late = changes.find((change) => (change.source ?? 0) > at);
    if (!late) return 'unsure';
    const key = late.source ?? 0;
    return between(isInDoubt ? last : null, key - at, this.timeOrder) ?? this.late(late, key, next === null ? null : next.source, now);
  }

  /**
   * A clock that ticks coarsely, or stamps what it sends, gives one time to a part and to the early name of the next, or the late one before.
   * Where neither is to be feared the last one is its own, and what stood there before it is nobody's: a 0 between parts.
   */
  private isTorn(edge: Edge, changes: readonly Change[]): boolean {
    const same = changes.filter((change) => isOneMoment(change, edge));
    const others = changes.filter((change) => (change.source ?? 0) <= (edge.source ?? 0) && !same.includes(change));
    return (same.length > 0 && same.length + others.length > 1) || same.some(({ doubt }) => doubt === 'left');
  }

  private byOrderAtOnce(edge: Edge, next: Edge | null, now: number): Owner {
    this.asked = { edge, stamped: false };
    const isOwn = this.order === 'before' || this.doubted === null;
    return this.byOrder(edge, next, now, this.arrivalOrder === 'before' || (this.arrivalOrder === null && isOwn));
  }

  /**
   * Whether a name that came before its trigger, and is in no doubt, is its own. Where names have followed their triggers, or this one came
   * long before it, one that comes right after the trigger may be its own, and this one that of a part whose trigger nobody saw: null where
   * that one is, by what the PLC does first.
   */
  private leading(last: Change, { inARow, before, isFollowed, waited }: Led): Owner | null {
    const isPlain = before <= SKEW ? inARow >= 0 : inARow >= SURE && this.arrivals >= 0 && this.isEarly;
    if (isPlain) return last;
    if (!isFollowed) return waited >= SKEW ? last : 'wait';
    return inARow >= 0 ? 'unknown' : null;
  }

  /** Where names follow their triggers, one that is not right beside the trigger is left over from a part whose trigger was not seen. */
  private isFollower(change: Change, at: number): boolean {
    return this.namesFollow && at - (change.source ?? 0) > SKEW;
  }

  /** Of one that is so much older than a trigger nobody knows whether it is that trigger's; nor, of one left over, unless names come first. */
  private isInDoubt({ doubt }: Change, before: Milliseconds): boolean {
    return doubt === 'left' ? this.times <= 0 || before > SKEW : doubt === 'first' && before > SKEW;
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
    if (last && edge.index === 0 && !isInDoubt) {
      const owner = this.leadingByOrder(last, edge, late, now);
      if (owner !== null) return owner;
    }
    if (edge.index < edge.size - 1) return 'unknown';
    if (!late) return 'unsure';
    const key = late.arrived;
    return between(isInDoubt ? last : null, key - edge.arrived, this.arrivalOrder) ?? this.late(late, key, next?.arrived ?? null, now);
  }

  private leadingByOrder(last: Change, { arrived, size }: Edge, late: Change | undefined, now: number): Owner | null {
    if (last.doubt === 'left' && late) return 'unknown';
    if (size > 1) return last;
    const isFollowed = late !== undefined && late.arrived - arrived <= SKEW;
    return this.leading(last, { inARow: this.arrivals, before: arrived - last.arrived, isFollowed, waited: now - arrived });
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

/** So many in a row before their triggers make one the trigger's that stood there, that long, though it may be left over. */
const enough = (before: Milliseconds): number => (before > SKEW ? SURE : 1);

/** What an order counts that was learned when no count was kept. */
const sureOf = (order: Order | null): number => (order === null ? 0 : order === 'before' ? SURE : -SURE);

/** In a row; positive: before their triggers. */
const counted = (so: number, isBefore: boolean): number =>
  isBefore ? Math.min(Math.max(so, 0) + 1, SURE) : Math.max(Math.min(so, 0) - 1, -SURE);

const isRightAfter = ({ source }: Change, at: number): boolean => source !== null && source > at && source - at <= SKEW;

const isBeside = (change: Change, { source, arrived }: Edge): boolean =>
  Math.abs(source !== null && change.source !== null ? change.source - source : change.arrived - arrived) <= SKEW;

const isOneMoment = (a: Moment, b: Moment): boolean =>
  a.source === b.source || (a.arrived === b.arrived && Math.abs((a.source ?? 0) - (b.source ?? 0)) < MOMENT);

/**
 * One that came after a trigger without a name may be that trigger's. How long after says nothing, since a PLC may be late itself, and what a
 * server or this box held back comes late, and all at once; but a tag that was emptied between the two is done with it.
 */
function left(change: Change, { source, arrived }: Edge, patience: Milliseconds = Number.POSITIVE_INFINITY): Change {
  if (change.doubt !== null) return change;
  const isStamped = source !== null && change.source !== null;
  const after = isStamped ? change.source - source : change.arrived - arrived;
  const isEmptied = change.after !== undefined && change.after > arrived;
  const isLeft = isStamped ? after > 0 && after <= patience && !isEmptied : after >= 0 && !isEmptied;
  return isLeft ? { ...change, doubt: 'left' } : change;
}
