/**
 * Where the parts of the line go, and where they are: chooses among destinations by their places, follows each part by its id until it leaves, and says what is wrong.
 * Pure: time, ids and what the conveyor says come from outside; what has changed is taken by whoever keeps it.
 *
 * A part without an id takes a place where it was sent, and is followed by nothing else: no word of the conveyor is ever put under another part's name. A counter says
 * how many came and not which: the part that was sent first is taken for the one that came, and faults that a counter alone has found name no part.
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
import { inWords, type Milliseconds } from '../../time.ts';
import { type FollowedPart, Places, placeOf } from './routes-places.ts';

export interface Destination {
  readonly action: RouteAction;
  readonly value: string | number | boolean;
  readonly capacity: number | null;
  /** Where parts go while it is full. */
  readonly full: string | null;
  readonly within: Milliseconds;
  /** How the conveyor says that a part came; null: it is taken to be there at once. */
  readonly hears: 'part' | 'count' | null;
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

export class RoutesBook {
  private options: RoutesBookOptions;
  private readonly places = new Places();
  private readonly changed = new Map<string, FollowedPart>();
  private dropped = 0;
  private isCrowded = false;
  /** How long parts are still taken that are not on record: they were sent in the life before, which ended too soon. */
  private lenient: Milliseconds;

  constructor(options: RoutesBookOptions) {
    this.options = options;
    this.lenient = longestWay(options.destinations);
  }

  /** Parts at destinations that are there no more are followed no longer. */
  configure({ destinations, most }: Pick<RoutesBookOptions, 'destinations' | 'most'>): void {
    this.options = { ...this.options, destinations, most };
    for (const part of this.places.all) {
      const name = placeOf(part);
      if (name !== null && !destinations[name]) this.close(part, 'unknown');
    }
  }

  /** As the journal has them, the oldest first. What is known here by now goes on; the way of the others begins anew, since nobody listened meanwhile. */
  restore(rows: readonly RoutedPart[]): void {
    const live = this.places.all;
    const known = new Set(live.map(({ id }) => id));
    for (const row of rows) if (!known.has(row.id)) this.follow({ ...row, waited: 0, isSettled: true });
    // The newest way of a part is the one that counts.
    for (const part of live) this.follow(part);
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
      waited: 0,
      isSettled: false,
    });
    this.bound();
    return choice;
  }

  /** What was not told goes nobody knows where: it is not told later, when another part stands there. */
  told({ id }: Pick<RouteChoice, 'id'>, isTold: boolean): void {
    const part = this.places.of(id);
    if (!part) return;
    part.isSettled = true;
    this.change(part, isTold ? {} : { to: null });
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
    const named = id === null ? undefined : this.places.named(id);
    const part = named ?? this.places.held(destination).find((one) => id === null || one.part === null);
    // Where its arrival was not heard, it has left all the same.
    if (part && placeOf(part) === destination) this.close(part, 'left');
  }

  /** All that is there is gone. Returns how many. */
  emptied(destination: string, end: RouteEnd = 'left'): number {
    const held = this.places.held(destination);
    for (const part of held) this.close(part, end);
    return held.length;
  }

  /** A station has it in front of it: it is neither lost nor where it lay. */
  seen(id: string): void {
    const part = this.places.named(id);
    if (part?.isSettled && (part.place !== null || part.fault !== null)) this.close(part, 'left');
  }

  /** A person has taken it away, or knows better. Returns whether it was known. */
  forget(id: string): boolean {
    const part = this.places.named(id);
    if (part) this.close(part, 'forgotten');
    return part !== undefined;
  }

  /** Faults of this destination that name no part. Returns how many there were. */
  forgetNameless(destination: string): number {
    const parts = this.places.faulty(destination).filter((part) => part.part === null || this.isCounted(part));
    for (const part of parts) this.close(part, 'forgotten');
    return parts.length;
  }

  /** `deaf`: destinations of which nothing is heard now; parts on their way there are not missed meanwhile. */
  look(passed: Milliseconds, deaf: ReadonlySet<string>): void {
    this.lenient = Math.max(0, this.lenient - passed);
    for (const part of this.places.underWay) {
      if (!part.isSettled || (part.to !== null && deaf.has(part.to))) continue;
      part.waited += passed;
      if (part.waited < this.within(part)) continue;
      if (part.to === null || part.part === null) this.close(part, 'unknown');
      else this.change(part, { fault: 'vanished' });
    }
    this.bound();
  }

  /** For the journal: what has changed since it was taken last. */
  taken(): readonly RoutedPart[] {
    const parts = [...this.changed.values()].map(storedOf);
    this.changed.clear();
    return parts;
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

  state(at: number): RouteState {
    const destinations = Object.keys(this.options.destinations).map((name) => this.stateOf(name));
    return { at, destinations, under_way: this.places.underWay.length, dropped: this.dropped };
  }

  private stateOf(name: string): DestinationState {
    const { action = 'divert', capacity = null } = this.options.destinations[name] ?? {};
    const { came, gone } = this.places.counts(name);
    const held = this.places.held(name);
    const faulty = this.places.faulty(name);
    const vanished = faulty.filter(({ fault }) => fault === 'vanished').length;
    const own = this.options.own();
    return {
      name,
      action,
      capacity,
      contents: held.length,
      under_way: this.places.coming(name).length,
      oldest_ms: held[0] ? Math.max(0, own - (held[0].arrived ?? own)) : null,
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

  private follow(part: FollowedPart): void {
    const before = part.part === null ? undefined : this.places.named(part.part);
    if (before && before !== part) this.close(before, 'sent_anew');
    this.places.put(part);
  }

  private comes(part: FollowedPart, destination: string, fault: RouteFault | null = null): void {
    this.change(part, { place: destination, arrived: this.options.own(), fault });
    // Behind it nothing is followed; a fault stands until somebody has looked.
    if (!this.options.destinations[destination]?.holds && fault === null) this.close(part, 'passed');
    else this.bound();
  }

  private counted(destination: string): void {
    const isSettled = (part: FollowedPart) => part.isSettled;
    const vanished = () => this.places.faulty(destination).find(({ place }) => place === null);
    const part = this.places.coming(destination).find(isSettled) ?? vanished();
    if (part) this.comes(part, destination);
    else this.unexpected(destination, null);
  }

  private unexpected(destination: string, id: string | null): void {
    // One without an id was sent there: this may be it, whatever the conveyor reads on it.
    const nameless = this.places.coming(destination).find(({ part }) => part === null);
    if (nameless) return this.comes(nameless, destination);
    const part: FollowedPart = {
      id: this.options.newId(),
      part: id,
      station: null,
      inspection: null,
      to: null,
      instead_of: null,
      why: '',
      sent: this.options.own(),
      place: null,
      arrived: null,
      fault: null,
      ended: null,
      end: null,
      waited: 0,
      isSettled: true,
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
    const way = this.places.underWay;
    for (const part of way.slice(0, Math.max(0, way.length - this.options.most))) this.drop(part);
    for (const [name, { capacity }] of Object.entries(this.options.destinations)) {
      const most = MOST_HELD + (capacity ?? 0);
      if (this.places.taken(name) > most) for (const part of this.places.held(name).slice(0, -most)) this.drop(part);
      const faulty = this.places.faulty(name);
      for (const part of faulty.slice(0, Math.max(0, faulty.length - MOST_HELD))) this.drop(part);
    }
    // Ends a little below the bound, so that it does not come and go with every part.
    if (way.length < 0.9 * this.options.most) this.isCrowded = false;
  }

  private drop(part: FollowedPart): void {
    this.dropped++;
    this.isCrowded = true;
    this.close(part, 'dropped');
  }

  // ------------------------------------------------------------ what is wrong

  private faultsAt(name: string): readonly Standing[] {
    const faulty = this.places.faulty(name);
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

function storedOf({ waited: _, isSettled: __, ...part }: FollowedPart): RoutedPart {
  return part;
}
