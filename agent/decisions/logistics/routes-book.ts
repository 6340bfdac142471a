/**
 * Where the parts of the line go, and where they are: chooses among destinations by their places, follows each part by its id until it leaves, and says what is wrong.
 * Pure: time, ids and what the conveyor says come from outside; what has changed is taken by whoever keeps it.
 *
 * A part without an id takes a place where it was sent, and is followed by nothing else: no word of the conveyor is ever put under another part's name. A counter says
 * how many came and not which: the part that was sent first is taken for the one that came, and faults that a counter alone has found name no part. Where a counter
 * tells of departures, it alone frees places: a part that is seen elsewhere leaves one behind that has no name.
 */
import type {
  DestinationState,
  RouteAction,
  RouteChoice,
  RoutedPart,
  RouteEnd,
  RouteFault,
  RouteState,
  RouteWish,
  Standing,
} from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { inWords, type Milliseconds, Minutes, Seconds } from '../../time.ts';
import { type FollowedPart, firstOf, firstSo, isUnderWay, Places, placeOf } from './routes-places.ts';

export interface Destination {
  readonly action: RouteAction;
  readonly value: string | number | boolean;
  readonly capacity: number | null;
  /** Where parts go while it is full. */
  readonly full: string | null;
  readonly within: Milliseconds;
  /** How the conveyor says that a part came; null: it is taken to be there at once. */
  readonly hears: 'part' | 'count' | null;
  /** How it says that parts left; null: a person does. */
  readonly leaves: 'part' | 'count' | 'empty' | null;
  /** Something says, or somebody may say, that parts leave it: its contents are followed. */
  readonly holds: boolean;
}
type Destinations = Readonly<Record<string, Destination>>;

export interface RoutesBookOptions {
  readonly destinations: Destinations;
  /** Parts on their way, at most. */
  readonly most: number;
  readonly newId: () => string;
  /** The agent's own time, which never goes back. */
  readonly own: () => number;
}

/** Contents beyond the capacity, or without one: more are not followed. */
const MOST_HELD = 1000;
/** Ids in one alarm. */
const MOST_NAMED = 5;
/** Rows that nobody has kept yet, and what is remembered of a time in which the journal could not be read: with one more the oldest goes. */
const MOST_WAITING = 20_000;
/** A row waits so long for the record of its inspection. */
const PENDING: Milliseconds = Minutes(1);
/** A departure may be heard so long before the arrival. */
const OWED: Milliseconds = Seconds(10);

export class RoutesBook {
  private options: RoutesBookOptions;
  private readonly places = new Places();
  private changed = new Map<string, FollowedPart>();
  /** Of this life, until the life before is known: ids of ways, and of parts that were sent or seen. */
  private begun: Record<'ways' | 'sent' | 'seen', Set<string>> | null = { ways: new Set(), sent: new Set(), seen: new Set() };
  /** By destination: until when departures count that were heard before any arrival. */
  private readonly owed = new Map<string, readonly number[]>();
  private dropped = 0;
  private isCrowded = false;
  /** How long parts are still taken that are not on record: they were sent in the life before, which ended too soon, or are followed no longer. */
  private lenient: Milliseconds;

  constructor(options: RoutesBookOptions) {
    this.options = options;
    this.lenient = longestWay(options.destinations);
  }

  /** Parts at destinations that are there no more, or are not looked after any more, are followed no longer. */
  configure({ destinations, most }: Pick<RoutesBookOptions, 'destinations' | 'most'>): void {
    const before = longestWay(this.options.destinations);
    this.options = { ...this.options, destinations, most };
    for (const part of this.places.all) {
      const name = placeOf(part);
      if (name === null) continue;
      if (!destinations[name]) {
        if (isUnderWay(part)) this.forgive(before);
        this.close(part, 'unknown');
      } else if (part.place !== null && part.fault === null && !destinations[name].holds) this.close(part, 'passed');
    }
  }

  /**
   * As the journal has them, the oldest first. What is known here by now goes on, and what has ended here by now has; the way of the others begins anew, since nobody
   * listened meanwhile.
   */
  restore(rows: readonly RoutedPart[]): void {
    const { begun } = this;
    this.begun = null;
    for (const row of rows) {
      if (this.places.of(row.id) || begun?.ways.has(row.id)) continue;
      const part: FollowedPart = { ...row, ...AT_REST };
      // The newest way of a part is the one that counts.
      if (row.part !== null && begun?.sent.has(row.part))
        this.changed.set(row.id, { ...part, end: 'sent_anew', ended: this.options.own() });
      else this.follow(part);
    }
    for (const part of begun?.seen ?? []) this.seen(part);
    this.forgive();
    this.configure(this.options);
  }

  /** Where it goes; a part of that id which is known here goes on from where it was. */
  send({ part, inspection, to, reason, isProduction }: RouteWish, station: string): RouteChoice {
    const chosen = this.choose(to);
    const { action, value } = this.options.destinations[chosen.to] ?? { action: 'divert' as const, value: chosen.to };
    const choice: RouteChoice = { id: this.options.newId(), action, value, ...chosen };
    if (!isProduction) return choice;
    this.follow({
      id: choice.id,
      part,
      station,
      inspection,
      to: choice.to,
      instead_of: choice.instead_of,
      why: choice.why === null ? reason : `${reason}; ${choice.why}`,
      sent: this.options.own(),
      place: null,
      arrived: null,
      fault: null,
      ended: null,
      end: null,
      ...AT_REST,
      isSettled: false,
      isPending: true,
    });
    this.bound();
    return choice;
  }

  /** What was not told goes nobody knows where: it is not told later, when another part stands there. `isNamed`: the conveyor knows its id. */
  told({ id }: Pick<RouteChoice, 'id'>, isTold: boolean, isNamed = true): void {
    const part = this.places.of(id);
    if (!part) return;
    part.isSettled = true;
    this.change(part, { ...(isTold ? {} : { to: null }), ...(isNamed ? {} : { part: null }) });
    if (part.to !== null && this.options.destinations[part.to]?.hears === null) this.comes(part, part.to);
  }

  /** The conveyor says that a part came; null: its counter does. */
  arrived(destination: string, id: string | null): void {
    if (id === null) return this.counted(destination);
    const part = this.places.named(id);
    if (!part) return this.unexpected(destination, id);
    if (part.place === destination) return;
    const isWrong = part.to !== null && part.to !== destination;
    const fault = part.place !== null ? 'twice' : isWrong ? 'strayed' : null;
    this.comes(part, destination, fault);
  }

  /** The conveyor says that a part left; null: its counter does. */
  left(destination: string, id: string | null): void {
    if (id === null) return this.countedOut(destination);
    // One without an id is known by what was read on it when it came, where anything was.
    const isIt = (one: FollowedPart) => one.part === null && (one.shown === null || one.shown === id);
    const part = this.places.named(id) ?? firstOf(this.places.held(destination), isIt);
    // Where its arrival was not heard, it has left all the same.
    if (part && placeOf(part) === destination) this.close(part, 'left');
  }

  /** All that is there is gone. Returns how many. */
  emptied(destination: string, end: RouteEnd = 'left'): number {
    const held = [...this.places.held(destination)];
    for (const part of held) this.close(part, end);
    return held.length;
  }

  /** A station has it in front of it: it is neither lost nor where it lay. */
  seen(id: string): void {
    const part = this.places.named(id);
    if (part?.isSettled && (part.place !== null || part.fault !== null)) this.away(part, 'left');
    if (!part) this.note('seen', id);
  }

  /** A person has looked at it: its fault is over, and where it lies it takes its place. Of one without a fault: it is taken away. Returns whether it was known. */
  forget(id: string): boolean {
    const part = this.places.named(id);
    if (part) this.lookedAt(part);
    return part !== undefined;
  }

  private lookedAt(part: FollowedPart): void {
    const { place, fault } = part;
    if (place !== null && fault !== null && this.options.destinations[place]?.holds) this.change(part, { fault: null });
    else this.close(part, 'forgotten');
  }

  /** Faults of this destination that name no part. Returns how many there were. */
  forgetNameless(destination: string): number {
    const parts = [...this.places.faulty(destination)].filter((part) => part.part === null || this.isCounted(part));
    for (const part of parts) this.lookedAt(part);
    return parts.length;
  }

  /** `deaf`: destinations of which nothing is heard now; parts on their way there are not missed meanwhile. */
  look(passed: Milliseconds, deaf: ReadonlySet<string>): void {
    this.lenient = Math.max(0, this.lenient - passed);
    for (const part of this.places.underWay) {
      if (!part.isSettled || (part.to !== null && deaf.has(part.to))) continue;
      part.waited += passed;
      if (part.waited >= this.within(part)) this.missed(part);
    }
    const own = this.options.own();
    for (const part of this.changed.values()) if (own - part.sent > PENDING) part.isPending = false;
    this.bound();
  }

  /** For the journal: what has changed since it was taken last. Ways of inspections that are not on record yet go with that record: `inspection`. */
  taken(inspection: string | null): readonly RoutedPart[] {
    const rows: RoutedPart[] = [];
    for (const part of this.changed.values()) {
      if (part.isPending && part.inspection !== inspection) continue;
      part.isPending = false;
      this.changed.delete(part.id);
      rows.push(storedOf(part));
    }
    return rows;
  }

  /** The journal had no room for them: they are taken again, as they are by then. */
  giveBack(rows: readonly RoutedPart[]): void {
    const older = rows.map((row) => [row.id, this.places.of(row.id) ?? { ...row, ...AT_REST }] as const);
    this.changed = new Map([...older, ...this.changed]);
    for (const id of firstSo(this.changed.keys(), this.changed.size - MOST_WAITING)) {
      this.changed.delete(id);
      this.dropped++;
    }
  }

  get standings(): readonly Standing[] {
    const all = Object.keys(this.options.destinations).flatMap((name) => this.faultsAt(name));
    const crowded = () => new LinesideError('ROUTE_CROWDED', { most: this.options.most, count: this.dropped });
    return this.isCrowded ? [...all, { fault: crowded(), subject: 'route' }] : all;
  }

  /** That have not ended. */
  get parts(): readonly RoutedPart[] {
    return this.places.all.map(storedOf);
  }

  /** The same for people: where a counter alone has found a fault nobody knows which part it is. */
  get shown(): readonly RoutedPart[] {
    return this.places.all.map((part) => ({ ...storedOf(part), ...(part.fault !== null && this.isCounted(part) ? { part: null } : {}) }));
  }

  state(at: number): RouteState {
    const destinations = Object.keys(this.options.destinations).map((name) => this.stateOf(name));
    return { at, destinations, under_way: this.places.underWay.size, dropped: this.dropped };
  }

  private stateOf(name: string): DestinationState {
    const { action = 'divert', capacity = null } = this.options.destinations[name] ?? {};
    const { came, gone } = this.places.counts(name);
    const held = [...this.places.held(name)];
    const faulty = [...this.places.faulty(name)];
    const oldest = Math.min(...held.map(({ arrived }) => arrived ?? Number.POSITIVE_INFINITY));
    const vanished = faulty.filter(({ fault }) => fault === 'vanished').length;
    const own = this.options.own();
    return {
      name,
      action,
      capacity,
      contents: held.length,
      under_way: this.places.coming(name).size,
      oldest_ms: Number.isFinite(oldest) ? Math.max(0, own - oldest) : null,
      full: this.isFull(name),
      vanished,
      strayed: faulty.length - vanished,
      came,
      gone,
    };
  }

  // ------------------------------------------------------------ places

  /** Along `full` until one has a place; where none has, the last one, and that is told. */
  private choose(first: string): Pick<RouteChoice, 'to' | 'instead_of' | 'why'> {
    const full: string[] = [];
    let to = first;
    for (let next = this.wayOn(to); next !== null && !full.includes(next); next = this.wayOn(to)) {
      full.push(to);
      to = next;
    }
    if (full.length === 0) return { to, instead_of: null, why: null };
    const whys = full.map((name) => `${name} is full, ${this.places.taken(name)} of ${this.options.destinations[name]?.capacity}`);
    return { to, instead_of: first, why: whys.join(', ') };
  }

  /** Where parts go instead; null: here. */
  private wayOn(name: string): string | null {
    return this.isFull(name) ? (this.options.destinations[name]?.full ?? null) : null;
  }

  private isFull(name: string): boolean {
    const capacity = this.options.destinations[name]?.capacity ?? null;
    return capacity !== null && this.places.taken(name) >= capacity;
  }

  private within({ to }: FollowedPart): Milliseconds {
    const known = to === null ? undefined : this.options.destinations[to];
    return known?.within ?? longestWay(this.options.destinations);
  }

  // ------------------------------------------------------------ what becomes of a part

  private missed(part: FollowedPart): void {
    if (part.to !== null && part.part !== null) return this.change(part, { fault: 'vanished' });
    // It may come all the same.
    if (part.to === null) this.forgive();
    this.close(part, 'unknown');
  }

  private follow(part: FollowedPart): void {
    const before = part.part === null ? undefined : this.places.named(part.part);
    if (before && before !== part) this.away(before, 'sent_anew');
    this.places.put(part);
    this.note('ways', part.id);
    if (part.part !== null) this.note('sent', part.part);
  }

  private note(what: 'ways' | 'sent' | 'seen', id: string): void {
    const noted = this.begun?.[what];
    noted?.add(id);
    for (const oldest of firstSo(noted ?? [], (noted?.size ?? 0) - MOST_WAITING)) noted?.delete(oldest);
  }

  /** It is somewhere else. Where departures are counted, the counter has told of it or will, of one that has no name: two places must not be freed for one part. */
  private away(part: FollowedPart, end: RouteEnd): void {
    if (part.place === null || this.options.destinations[part.place]?.leaves !== 'count') return this.close(part, end);
    const left: FollowedPart = { ...part, ...NOBODY, ...AT_REST, id: this.options.newId(), to: part.place };
    this.places.replace(part, left);
    this.changed.set(left.id, left);
    Object.assign(part, { end, ended: this.options.own() });
    this.changed.set(part.id, part);
  }

  private comes(part: FollowedPart, destination: string, fault: RouteFault | null = null): void {
    this.change(part, { place: destination, arrived: this.options.own(), fault });
    if (this.isOwed(destination)) return this.close(part, 'left');
    // Behind it nothing is followed; a fault stands until somebody has looked.
    if (!this.options.destinations[destination]?.holds && fault === null) this.close(part, 'passed');
    else this.bound();
  }

  private counted(destination: string): void {
    const isSettled = (part: FollowedPart) => part.isSettled;
    const vanished = () => firstOf(this.places.faulty(destination), ({ place }) => place === null);
    // One of which the conveyor was not told may come anywhere.
    const adrift = () => firstOf(this.places.adrift, isSettled);
    const part = firstOf(this.places.coming(destination), isSettled) ?? vanished() ?? adrift();
    if (part) this.comes(part, destination);
    else this.unexpected(destination, null);
  }

  private countedOut(destination: string): void {
    const held = this.places.held(destination);
    const part = firstOf(held, isStandIn) ?? firstOf(held);
    if (part) return this.close(part, 'left');
    // The tags of one part may be heard crosswise; where none comes, it was there before anybody looked.
    const owed = this.owedAt(destination);
    if (owed.length < this.places.coming(destination).size) this.owed.set(destination, [...owed, this.options.own() + OWED]);
  }

  private owedAt(destination: string): readonly number[] {
    const own = this.options.own();
    return (this.owed.get(destination) ?? []).filter((until) => until >= own);
  }

  private isOwed(destination: string): boolean {
    if (!this.owed.has(destination)) return false;
    const [first, ...others] = this.owedAt(destination);
    this.owed.set(destination, others);
    return first !== undefined;
  }

  private unexpected(destination: string, id: string | null): void {
    // One without an id was sent there: this may be it, whatever the conveyor reads on it.
    const isNameless = ({ part }: FollowedPart) => part === null;
    const nameless = firstOf(this.places.coming(destination), isNameless) ?? firstOf(this.places.adrift, isNameless);
    if (nameless) {
      nameless.shown = id;
      return this.comes(nameless, destination);
    }
    const part: FollowedPart = {
      ...NOBODY,
      ...AT_REST,
      id: this.options.newId(),
      part: id,
      to: null,
      sent: this.options.own(),
      place: null,
      arrived: null,
    };
    this.follow(part);
    this.comes(part, destination, this.lenient === 0 ? 'strayed' : null);
  }

  private change(part: FollowedPart, to: Partial<RoutedPart>): void {
    this.places.change(part, to);
    this.changed.set(part.id, part);
  }

  private close(part: FollowedPart, end: RouteEnd): void {
    this.change(part, { end, ended: this.options.own() });
  }

  /** Nothing grows: the one that was sent, or came, first is followed no longer. */
  private bound(): void {
    const before = this.dropped;
    const { most } = this.options;
    let isAlmost = !this.keepTo(this.places.underWay, most);
    for (const name in this.options.destinations) {
      const room = MOST_HELD + (this.options.destinations[name]?.capacity ?? 0);
      if (!this.keepTo(this.places.held(name), room)) isAlmost = true;
      if (!this.keepTo(this.places.faulty(name), MOST_HELD)) isAlmost = true;
    }
    if (this.dropped === before && !isAlmost) this.isCrowded = false;
  }

  /** Whether there is room again: a little below the bound, so that the alarm does not come and go with every part. */
  private keepTo(parts: ReadonlySet<FollowedPart>, most: number): boolean {
    for (const part of firstSo(parts, parts.size - most)) this.drop(part);
    return parts.size < 0.9 * most;
  }

  private drop(part: FollowedPart): void {
    this.dropped++;
    this.isCrowded = true;
    if (isUnderWay(part)) this.forgive();
    this.close(part, 'dropped');
  }

  /** Parts that are followed no longer come all the same. */
  private forgive(most: Milliseconds = 0): void {
    this.lenient = Math.max(this.lenient, most, longestWay(this.options.destinations));
  }

  // ------------------------------------------------------------ what is wrong

  private faultsAt(name: string): readonly Standing[] {
    const faulty = [...this.places.faulty(name)];
    const { within = 0, capacity = null } = this.options.destinations[name] ?? {};
    const subject = `route/${name}`;
    const told = (fault: RouteFault, code: 'ROUTE_VANISHED' | 'ROUTE_STRAYED' | 'ROUTE_TWICE'): readonly Standing[] => {
      const parts = faulty.filter((part) => part.fault === fault);
      const details = { destination: name, which: this.named(parts), within: inWords(within) };
      return parts.length === 0 ? [] : [{ fault: new LinesideError(code, details), subject }];
    };
    const taken = this.places.taken(name);
    const over = () => new LinesideError('ROUTE_OVERFULL', { destination: name, count: taken, most: capacity ?? 0 });
    return [
      ...told('vanished', 'ROUTE_VANISHED'),
      ...told('strayed', 'ROUTE_STRAYED'),
      ...told('twice', 'ROUTE_TWICE'),
      ...(capacity !== null && taken > capacity ? [{ fault: over(), subject }] : []),
    ];
  }

  /** A counter cannot tell which. */
  private isCounted(part: FollowedPart): boolean {
    return this.options.destinations[placeOf(part) ?? '']?.hears === 'count';
  }

  private named(parts: readonly FollowedPart[]): string {
    const names = parts.filter((part) => part.part !== null && !this.isCounted(part)).map(whereFrom);
    if (names.length === 0) return parts.length === 1 ? 'One part, nobody knows which,' : `${parts.length} parts, nobody knows which,`;
    const more = parts.length - Math.min(names.length, MOST_NAMED);
    return `${parts.length === 1 ? 'Part' : 'Parts'} ${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  }
}

function whereFrom({ part, station, to, place }: FollowedPart): string {
  if (station === null) return `${part} (sent by nobody)`;
  return place === null || to === null || to === place ? `${part} (from ${station})` : `${part} (from ${station}, sent to ${to})`;
}

const longestWay = (destinations: Destinations): Milliseconds => Math.max(0, ...Object.values(destinations).map(({ within }) => within));

/** Its inspection is on record, and the conveyor has been told. */
const AT_REST = { waited: 0, isSettled: true, isPending: false, shown: null } as const;
/** Sent by nobody, and nothing is known of it. */
const NOBODY = { part: null, station: null, inspection: null, instead_of: null, why: '', fault: null, ended: null, end: null } as const;
/** For one that was seen elsewhere before the counter told that it left. */
const isStandIn = ({ part, station, fault }: FollowedPart): boolean => part === null && station === null && fault === null;

function storedOf({ waited: _, isSettled: __, isPending: ___, shown: ____, ...part }: FollowedPart): RoutedPart {
  return part;
}
