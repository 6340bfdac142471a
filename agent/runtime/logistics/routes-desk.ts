/**
 * Where parts go at the line: brings the stations' verdicts and the conveyor's tags to the book of routes, keeps what becomes of each part with the records, and tells
 * what is wrong. What the conveyor could not be told while its session was away is not told later: by then another part stands at its gate.
 */
import { askedIn, expressionsOf, followedIn } from '../../config/following.ts';
import { type DestinationConfig, toldAs } from '../../config/routes.ts';
import type { Config, RoutesConfig } from '../../config/schema.ts';
import {
  type Inspection,
  idOf,
  isGood,
  isProduction,
  type JournalEntry,
  type Log,
  type RouteChoice,
  type RoutedPart,
  type RoutedWish,
  type RouteState,
  type RouteWish,
  type Standing,
  type StationRoutes,
  type TagSample,
} from '../../contracts/index.ts';
import { type Destination, RoutesBook } from '../../decisions/logistics/routes-book.ts';
import { asLinesideError, LinesideError, messageOf } from '../../errors.ts';
import { type TagTable, textOf } from '../../stations/tags.ts';
import { type Clock, every, type Milliseconds, Seconds } from '../../time.ts';
import { type Heard, hearCount, hearEdge, hearPart, keepOnly, LONGEST_ID, readMemory, saveMemory } from './conveyor.ts';

/** Of the store's small memory of stations; no station has such a name. */
export const ROUTES_MEMORY = '_routes';

export interface RoutesDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  /** The agent's own time. */
  readonly own: () => number;
  readonly tags: Pick<TagTable, 'latest' | 'onSample'>;
  /** What is read behind a tag, with its endpoint: what is remembered of a tag is remembered of that. */
  readonly nodeOf: (tag: string) => string;
  readonly routed: (wish: RoutedWish) => Promise<readonly RoutedPart[]>;
  /** In the order of the calls, kept however long the disk refuses it; false: there is no room for it, and nothing of it is kept. */
  readonly record: (entry: JournalEntry) => boolean;
  /** Resolves when what was recorded is on the disk, or after a while. */
  readonly flushed: () => Promise<void>;
  /** Of a part by its name: master parts are nobody's production. */
  readonly isMaster: (part: string) => boolean;
  /** Everything that is wrong with it now. */
  readonly onFaults: (standings: readonly Standing[]) => void;
}

const LOOK: Milliseconds = Seconds(1);
/** A process that was silent for longer has heard nothing meanwhile. */
const LONGEST: Milliseconds = Seconds(5);
/** Between two tries to read the journal. */
const AGAIN: Milliseconds = Seconds(10);
/** Of the journal, at once: more are not followed. */
const MOST_RESTORED = 10_000;

export class RoutesDesk {
  private readonly options: RoutesDeskOptions;
  private book: RoutesBook | null = null;
  private config: RoutesConfig | undefined;
  private stations: Config['stations'] = {};
  /** What the conveyor's tags said last, over restarts. */
  private readonly heard = new Map<string, Heard>();
  private savedMemory = '';
  private stops: (() => void)[] = [];
  private cancelReading: () => void = () => {};
  /** By station, of its last part. */
  private readonly untold = new Map<string, LinesideError>();
  private readonly unsure = new Map<string, LinesideError>();
  /** Stations whose parts go by the same ids as those on their way. */
  private sharing: ReadonlySet<string> = new Set();
  private unread: LinesideError | null = null;
  private lookedAt: number;
  private isNews = false;
  private isStopped = false;

  constructor(options: RoutesDeskOptions) {
    this.options = options;
    this.lookedAt = options.clock.elapsed();
  }

  /** This config holds from now on, while no station that routes takes parts. `memory`: what was kept of the life before. Never rejects. */
  async configure({ routes, stations }: Pick<Config, 'routes' | 'stations'>, memory: string | null): Promise<void> {
    this.config = routes;
    this.stations = stations;
    this.sharing = sharingIn(stations);
    this.leave();
    for (const told of [this.untold, this.unsure]) for (const name of told.keys()) if (!stations[name]?.route) told.delete(name);
    if (!routes) return this.switchOff(memory);
    const destinations = destinationsOf(routes);
    if (this.book) this.book.configure({ destinations, most: routes.most });
    else await this.begin(destinations, routes.most, memory);
    if (!this.unread) this.listen(routes);
    this.stops.push(every(this.options.clock, LOOK, () => this.look()));
    this.changed();
  }

  /** Undefined: nobody says where parts of this station go. */
  portsOf(station: string): StationRoutes | undefined {
    if (!this.stations[station]?.route) return undefined;
    return {
      // As the config is at each part: destinations may change while the station goes on.
      send: (part) => this.send(part, station),
      told: (choice, isTold, isNamed) => {
        this.book?.told(choice, isTold, isNamed);
        const fault = new LinesideError('ROUTE_UNTOLD', { station, destination: choice.to });
        if (isTold) this.untold.delete(station);
        else this.untold.set(station, fault);
        this.isNews = true;
        this.tell();
      },
      taken: (inspection) => this.book?.taken(inspection) ?? [],
      giveBack: (rows) => this.book?.giveBack(rows),
    };
  }

  /** Never throws: the part goes where the table says, whatever is wrong here. */
  private send(wish: RouteWish, station: string): RouteChoice {
    const { to, unsure } = wish;
    const choice = this.chosen(wish, station);
    if (unsure === null) this.unsure.delete(station);
    else this.unsure.set(station, new LinesideError('ROUTE_UNSURE', { station, why: unsure, destination: choice?.to ?? to }));
    return choice ?? plainly(to, this.options.newId());
  }

  private chosen(wish: RouteWish, station: string): RouteChoice | undefined {
    const { part } = wish;
    const isMaster = part !== null && this.options.isMaster(part);
    const isId = part !== null && part.length <= LONGEST_ID && !this.isNoRead(part);
    try {
      return this.book?.send({ ...wish, part: isId ? part : null, isProduction: wish.isProduction && !isMaster }, station);
    } catch (thrown) {
      this.options.log.error({ station, why: messageOf(thrown) }, 'it was not chosen where a part goes');
      return undefined;
    }
  }

  /** A part that is recorded: whichever station has it in front of it, there it is. */
  note(inspection: Inspection): void {
    const { station, outcome } = inspection;
    const { book } = this;
    const part = idOf(inspection);
    if (!book || part === null || outcome === 'missed' || !isProduction(inspection)) return;
    // One that routes has sent it anew; of one that has nothing to do with the others the ids may be of other parts.
    if (this.stations[station]?.route || !this.sharing.has(station)) return;
    book.seen(part);
    this.changed();
  }

  get isOn(): boolean {
    return this.book !== null;
  }
  get state(): RouteState | null {
    return this.book?.state(this.options.clock.now()) ?? null;
  }
  /** A part by whose name nobody knows whether it is that one has none here. */
  get parts(): readonly RoutedPart[] {
    return this.book?.shown ?? [];
  }

  /** What has changed since the last call, to be told; null: nothing. */
  takeNews(): RouteState | null {
    if (!this.isNews) return null;
    this.isNews = false;
    return this.state ?? { at: this.options.clock.now(), destinations: [], under_way: 0, dropped: 0 };
  }

  again(): void {
    if (this.book) this.isNews = true;
  }

  /** What a person says: a part is taken away, a place was emptied. Resolves when it is on the disk, or after a while. Rejects with COMMAND_REFUSED. */
  async command(body: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const refuse = (why: string) => new LinesideError('COMMAND_REFUSED', { verb: 'route', why });
    const { book } = this;
    if (!book) throw refuse('the config has no `routes`');
    const [part, destination] = [body['part'], body['destination']];
    if (typeof destination === 'string' && !this.config?.destinations[destination]) throw refuse(`there is no destination ${destination}`);
    if (part !== undefined && destination !== undefined) throw refuse('it names a part and a destination: one of them is meant');
    const done = this.doOf(book, body['do'], { part, destination });
    if (done === null)
      throw refuse(body['do'] === 'empty' ? 'it names no destination' : 'it names neither a part that is followed nor a destination');
    if (!this.changed())
      throw refuse('the journal has no room for it now; it holds here, and is lost with the next stop unless there is room before');
    await this.options.flushed();
    return done;
  }

  private doOf(
    book: RoutesBook,
    verb: unknown,
    { part, destination }: Readonly<Record<'part' | 'destination', unknown>>,
  ): Readonly<Record<string, unknown>> | null {
    if (verb === 'empty') return typeof destination === 'string' ? { emptied: book.emptied(destination) } : null;
    if (typeof part === 'string') return book.forget(part) ? { forgotten: 1 } : null;
    return typeof destination === 'string' ? { forgotten: book.forgetNameless(destination) } : null;
  }

  stop(): void {
    this.isStopped = true;
    this.leave();
    this.cancelReading();
    this.keep();
  }

  // ------------------------------------------------------------ beginning

  private async begin(destinations: Readonly<Record<string, Destination>>, most: number, memory: string | null): Promise<void> {
    const { newId, own } = this.options;
    this.book = new RoutesBook({ destinations, most, newId, own });
    this.heard.clear();
    for (const [tag, value] of readMemory(memory)) this.heard.set(tag, value);
    await this.read();
  }

  /** Those that were followed in the life before; tried again until it is known. Until then nobody listens: what left and came could not be told apart. */
  private async read(): Promise<void> {
    const { book } = this;
    try {
      // Another agent of this process may have had the line until now.
      await this.options.flushed();
      const parts = await this.options.routed({ limit: MOST_RESTORED });
      if (this.book !== book) return;
      book?.restore(parts);
      this.unread = null;
    } catch (thrown) {
      if (this.book !== book) return;
      this.unread = new LinesideError('ROUTE_UNREAD', { why: asLinesideError(thrown).sentence });
      if (!this.isStopped) this.cancelReading = this.options.clock.after(AGAIN, () => void this.readAgain());
    }
  }

  private async readAgain(): Promise<void> {
    await this.read();
    if (this.isStopped || !this.config) return;
    if (!this.unread) this.listen(this.config);
    this.changed();
  }

  private switchOff(memory: string | null): void {
    // It may have been switched off while the agent was: what is retained of it says that it is on.
    if (this.book || memory !== null) this.isNews = true;
    this.keep();
    this.book = null;
    this.unread = null;
    this.cancelReading();
    this.options.onFaults([]);
  }

  // ------------------------------------------------------------ what the conveyor says

  private listen({ destinations }: RoutesConfig): void {
    keepOnly(this.heard, new Set([...tagsOf(destinations)].map(this.options.nodeOf)));
    for (const [name, { arrived, left }] of Object.entries(destinations)) {
      if (arrived) this.listenForArrivals(name, arrived);
      if (left) this.listenForLeaving(name, left);
    }
  }

  private listenForArrivals(name: string, said: NonNullable<DestinationConfig['arrived']>): void {
    if ('part' in said) this.hear(said.part, (sample) => this.came(name, said.part, sample));
    else this.hear(said.count, (sample) => this.counted(said.count, sample, () => this.book?.arrived(name, null)));
  }

  private listenForLeaving(name: string, said: NonNullable<DestinationConfig['left']>): void {
    if ('part' in said) this.hear(said.part, (sample) => this.gone(name, said.part, sample));
    else if ('count' in said) this.hear(said.count, (sample) => this.counted(said.count, sample, () => this.book?.left(name, null)));
    else this.hear(said.empty, (sample) => this.emptied(name, said.empty, sample));
  }

  private hear(tag: string, listener: (sample: TagSample) => void): void {
    const { tags } = this.options;
    const guarded = (sample: TagSample) => {
      if (!isGood(sample.status)) return;
      listener(sample);
    };
    const known = tags.latest(tag);
    if (known) guarded(known);
    this.stops.push(tags.onSample(tag, guarded));
  }

  private came(destination: string, tag: string, sample: TagSample): void {
    const part = this.partOn(tag, sample);
    if (part === null) return;
    this.book?.arrived(destination, part);
    this.changed();
  }

  private gone(destination: string, tag: string, sample: TagSample): void {
    const part = this.partOn(tag, sample);
    if (part === null) return;
    this.book?.left(destination, part);
    this.changed();
  }

  /** Null: none, or one that is nobody's production. Of a number, 0 is empty. */
  private partOn(tag: string, sample: TagSample): string | null {
    const part = hearPart(this.heard, this.options.nodeOf(tag), this.shownBy(sample));
    return part === null || this.options.isMaster(part) ? null : part;
  }

  private shownBy(sample: TagSample): string | null {
    const text = sample.value === 0 ? null : textOf(sample);
    return text === null || this.isNoRead(text) ? null : text;
  }

  private isNoRead(text: string): boolean {
    return this.config?.no_read.includes(text) ?? false;
  }

  private counted(tag: string, { value }: TagSample, each: () => void): void {
    const { more, isAnew } = hearCount(this.heard, this.options.nodeOf(tag), Number(value));
    if (isAnew) this.options.log.warn({ tag, value }, 'a counter of the conveyor begins anew: what it counted meanwhile is not known');
    for (let n = 0; n < more; n++) each();
    if (more > 0 || isAnew) this.changed();
  }

  private emptied(destination: string, tag: string, { value }: TagSample): void {
    if (!hearEdge(this.heard, this.options.nodeOf(tag), value === true || (typeof value === 'number' && value !== 0))) return;
    this.book?.emptied(destination);
    this.changed();
  }

  private look(): void {
    const now = this.options.clock.elapsed();
    const passed = now - this.lookedAt;
    this.lookedAt = now;
    if (passed <= 0 || passed > LONGEST) return;
    this.book?.look(passed, this.deaf());
    this.keep();
    this.tell();
  }

  /** Destinations of whose tag nothing is heard now. */
  private deaf(): ReadonlySet<string> {
    const isDeaf = (tag: string) => {
      if (this.unread) return true;
      const latest = this.options.tags.latest(tag);
      return !latest || !isGood(latest.status);
    };
    const named = Object.entries(this.config?.destinations ?? {});
    return new Set(
      named.flatMap(([name, { arrived }]) => (arrived && isDeaf('part' in arrived ? arrived.part : arrived.count) ? [name] : [])),
    );
  }

  // ------------------------------------------------------------ what is kept and told

  private changed(): boolean {
    this.isNews = true;
    const isKept = this.keep();
    this.tell();
    return isKept;
  }

  /**
   * With what the tags said, in one entry: after a kill neither is counted twice, and none is forgotten. What the tags said alone is kept once a look. Returns whether
   * the journal took it; what it did not take is tried again.
   */
  private keep(): boolean {
    const routed = this.book?.taken(null) ?? [];
    const value = saveMemory(this.heard);
    if (routed.length === 0 && value === this.savedMemory) return true;
    this.isNews ||= routed.length > 0;
    const isTaken = this.options.record({ routed, state: { station: ROUTES_MEMORY, value } });
    if (isTaken) this.savedMemory = value;
    else this.book?.giveBack(routed);
    return isTaken;
  }

  private tell(): void {
    if (!this.book) return;
    const untold = [...this.untold, ...this.unsure].map(([subject, fault]) => ({ fault, subject }));
    const unread = this.unread ? [{ fault: this.unread, subject: 'route' }] : [];
    this.options.onFaults([...this.book.standings, ...untold, ...unread]);
  }

  private leave(): void {
    for (const stop of this.stops.splice(0)) stop();
  }
}

/** Nothing is known of destinations. */
const plainly = (to: string, id: string): RouteChoice => ({ id, to, action: 'divert', value: to, instead_of: null, why: null });

/** That are asked by others what they said of a part, or ask it themselves: an id means the same part there. */
function sharingIn(stations: Config['stations']): ReadonlySet<string> {
  const asking = Object.entries(stations).filter(([, station]) => askedIn(expressionsOf(station)).length > 0);
  return new Set([...asking.map(([name]) => name), ...followedIn(stations).keys()]);
}

function* tagsOf(destinations: RoutesConfig['destinations']): Iterable<string> {
  for (const { arrived, left } of Object.values(destinations))
    for (const said of [arrived, left]) if (said) yield* Object.values<string>(said);
}

function destinationsOf({ destinations }: RoutesConfig): Readonly<Record<string, Destination>> {
  return Object.fromEntries(
    Object.entries(destinations).map(([name, destination]): [string, Destination] => {
      const { do: action, capacity = null, full = null, within, arrived, left } = destination;
      const hears = arrived === undefined ? null : 'part' in arrived ? 'part' : 'count';
      const holds = capacity !== null || left !== undefined;
      const leaves = left === undefined ? null : 'part' in left ? 'part' : 'count' in left ? 'count' : 'empty';
      return [name, { action, value: toldAs(name, destination), capacity, full, within, hears, leaves, holds }];
    }),
  );
}
