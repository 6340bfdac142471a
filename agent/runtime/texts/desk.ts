/**
 * What the machines of this line say, brought into the journal: tags that hold texts, and the alarms, conditions and events of OPC UA servers.
 * Each server's events are a life of their own beside its tags. Without a word of it in the config nothing here runs.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../config/schema.ts';
import {
  isGood,
  type JournalEntry,
  type Log,
  type MachineEvent,
  MOST_SAID,
  type PartStatus,
  type Records,
  type Standing,
  type TagSample,
} from '../../contracts/index.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { maskPeople } from '../../language/people.ts';
import { Allowance, type Effects, MOST_ACTIVE, Said, type Saying } from '../../language/said.ts';
import { cleaned, shortened } from '../../language/shown.ts';
import { createEventServer } from '../../sources/opcua/events.ts';
import type { TagTable } from '../../stations/tags.ts';
import { type Clock, Days, type Milliseconds, Minutes, Seconds } from '../../time.ts';
import { Conditions } from '../conditions.ts';
import type { NoteRules } from '../notes.ts';
import { probeOf } from '../probe.ts';
import { Runner } from '../runner.ts';
import { originsOf } from './origins.ts';

export interface TextDeskOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Folder for certificates. */
  readonly pki: string;
  readonly tags: Pick<TagTable, 'onSample' | 'latest'>;
  readonly people: () => NoteRules;
  readonly records: Pick<Records, 'texts'>;
  /** false: it was not accepted. */
  readonly record: (entry: JournalEntry) => boolean;
  readonly onStatus: (part: string, status: PartStatus, fault: LinesideError | null) => void;
  /** Everything that is wrong with `owner`, whenever it changes. */
  readonly onFaults: (owner: string, faults: readonly Standing[]) => void;
}

/** Of one origin: what stands when a machine is switched on, and then one a second, which 100,000 that are kept hold for a day. */
const AT_ONCE = 200;
const EVERY: Milliseconds = Seconds(1);
/** A loss stands for as long after the last one. */
const LOSS_STANDS: Milliseconds = Minutes(1);
const LOOKS: Milliseconds = Seconds(10);
/** Heard while the journal still says what it has as active. */
const MOST_WAITING = 1000;
/** A clock that is further off is not believed: the moment of its arrival counts. */
const CLOCK_OFF: Milliseconds = Minutes(10);
/** What was active already when the agent asked may have begun as long ago. */
const OLDEST: Milliseconds = Days(400);
/** Characters of a source's name. */
const LONGEST_NAME = 200;
/** No more of what comes is looked at: a text is cut at MOST_SAID, and padding goes first. */
const LONGEST = 4 * MOST_SAID;
/** Masked texts that are remembered: what is told again and again is looked at once. */
const MOST_MASKED = 200;

interface Loss {
  count: number;
  at: number;
}
/** What is said, as it came. */
type Raw = Omit<Saying, 'text' | 'name'> & { readonly text: string; readonly name: string | null };

export class TextDesk {
  readonly runners = new Map<string, Runner>();
  private readonly options: TextDeskOptions;
  private config: Config;
  private said: Said | null = null;
  private waiting: (() => void)[] = [];
  private stations: ReadonlyMap<string, string | null> = new Map();
  private readonly allowances = new Map<string, Allowance>();
  private readonly losses = new Map<string, Loss>();
  private readonly dropped = new Map<string, number>();
  private readonly conditions = new Map<string, Conditions>();
  private readonly servers = new Map<string, ReturnType<typeof createEventServer>>();
  private readonly listening = new Map<string, () => void>();
  private readonly last = new Map<string, string>();
  private readonly masks = new Map<string, string>();
  /** Something of these was lost before what the journal has was known. */
  private readonly missed = new Set<string>();
  /** Servers that tell what is active, whenever that began. */
  private readonly telling = new Set<string>();
  private cancelLook: (() => void) | null = null;
  private stopped = false;

  constructor(config: Config, options: TextDeskOptions) {
    this.config = config;
    this.options = options;
  }

  /** Resolves at once where nobody is listened to. */
  async start(): Promise<void> {
    this.listen();
    // What was active when somebody took it out of the config while no agent ran is not known any more.
    this.options.record({ heardFrom: { origins: [...this.stations.keys()], at: this.options.clock.now() } });
    if (this.stations.size > 0) await this.recall();
  }

  /** Goes over to this config; whoever is not concerned goes on. */
  async configure(config: Config): Promise<void> {
    const before = this.config;
    this.config = config;
    this.masks.clear();
    const changed = [...this.servers.keys()].filter((name) => !isDeepStrictEqual(before.opcua[name], config.opcua[name]));
    await Promise.all(changed.map((name) => this.end(name)));
    this.listen();
    if (this.stations.size > 0 && this.said === null) await this.recall();
    for (const origin of this.said?.origins ?? []) if (!this.stations.has(origin)) this.forget(origin);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelLook?.();
    for (const end of this.listening.values()) end();
    this.listening.clear();
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()));
  }

  /** What of each origin is active, and how much was dropped since the start. */
  queues(): Readonly<Record<string, { readonly depth: number; readonly bound: number; readonly dropped: number }>> {
    const all = [...this.stations.keys()].map((origin) => {
      const depth = this.said?.active(origin) ?? 0;
      return [`texts/${origin}`, { depth, bound: MOST_ACTIVE, dropped: this.dropped.get(origin) ?? 0 }] as const;
    });
    return Object.fromEntries(all);
  }

  /** What is active in the journal goes on, over a restart and a kill. */
  private async recall(): Promise<void> {
    const { records, log } = this.options;
    const before = await records.texts({ active: true, limit: MOST_ACTIVE }).catch((thrown: unknown) => {
      log.warn({ why: messageOf(thrown) }, 'what machines said before is not known');
      return [];
    });
    this.said = new Said(before);
    for (const origin of this.said.origins) if (!this.stations.has(origin)) this.forget(origin);
    for (const say of this.waiting.splice(0)) say();
  }

  private listen(): void {
    this.stations = originsOf(this.config);
    for (const [tag, end] of this.listening) {
      if (this.stations.has(tag)) continue;
      end();
      this.listening.delete(tag);
      this.last.delete(tag);
    }
    for (const tag of this.config.language.texts) this.listenTo(tag);
    for (const [name, { events }] of Object.entries(this.config.opcua)) if (events && !this.servers.has(name)) this.begin(name);
  }

  private listenTo(tag: string): void {
    if (this.listening.has(tag)) return;
    const { tags } = this.options;
    this.listening.set(
      tag,
      tags.onSample(tag, (sample) => this.heard(tag, sample)),
    );
    const now = tags.latest(tag);
    if (now) this.heard(tag, now);
  }

  /** Called for every sample of the tag: cheap where nothing new is said. */
  private heard(tag: string, { value, status, source, received }: TagSample): void {
    const text = Array.isArray(value) ? value.join('; ') : value;
    if (!isGood(status) || typeof text !== 'string' || this.last.get(tag) === text) return;
    this.last.set(tag, text);
    const at = source !== null && Math.abs(source - received) < CLOCK_OFF ? source : received;
    const about = { origin: tag, source: 'tag', condition: '', severity: null, acked: null, stamped: null, name: null } as const;
    this.take({
      ...about,
      key: String(source ?? received),
      at,
      active: cleaned(text.slice(0, LONGEST)) !== '',
      station: this.stations.get(tag) ?? null,
      text,
    });
  }

  private event(server: string, event: MachineEvent): void {
    const { condition, time, eventId, message, severity, sourceName } = event;
    const received = this.options.clock.now();
    const since = condition?.active ? (condition.since ?? time) : time;
    this.take({
      key: eventId === '' ? `${time}/${message.slice(0, LONGEST_NAME)}` : eventId,
      at: believed(since, received, this.telling.has(server)),
      stamped: condition?.active ? condition.since : null,
      source: condition ? 'alarm' : 'event',
      origin: server,
      name: nameOf(sourceName, condition?.name ?? null),
      station: this.stations.get(server) ?? null,
      severity,
      condition: condition?.id ?? null,
      acked: condition?.acked ?? null,
      active: condition?.active ?? true,
      // A server that leaves the message empty has the names alone.
      text: cleaned(message.slice(0, LONGEST)) === '' ? (nameOf(sourceName, condition?.name ?? null) ?? '') : message,
    });
  }

  private take(raw: Raw): void {
    const { said } = this;
    if (said) return this.keep(said, raw);
    if (this.waiting.length >= MOST_WAITING) {
      this.missed.add(raw.origin);
      return this.lose(raw.origin);
    }
    this.waiting.push(() => this.said && this.keep(this.said, raw));
  }

  private keep(said: Said, raw: Raw): void {
    const now = this.options.clock.elapsed();
    const allowance = this.allowances.get(raw.origin) ?? new Allowance(AT_ONCE, EVERY);
    this.allowances.set(raw.origin, allowance);
    // Looking for names costs the more the longer a text is: of a flood only what will be kept is looked at.
    if (raw.active && !allowance.has(now)) {
      said.heard(raw.origin, raw.condition);
      // What a tag said before is over, whatever it says now.
      if (raw.source === 'tag') this.say(said, { ...raw, active: false, text: '' }, () => false);
      return this.lose(raw.origin);
    }
    const text = raw.active ? this.masked(raw.text, MOST_SAID) : '';
    if (raw.active && text === '') return said.heard(raw.origin, raw.condition);
    const saying: Saying = { ...raw, text, name: raw.name === null ? null : this.masked(raw.name, LONGEST_NAME) };
    this.say(said, saying, () => allowance.take(now));
  }

  private masked(text: string, most: number): string {
    const short = shortened(cleaned(text.slice(0, LONGEST)), most);
    const known = this.masks.get(short);
    if (known !== undefined) return known;
    const masked = maskPeople(short, this.options.people());
    if (this.masks.size >= MOST_MASKED) this.masks.clear();
    this.masks.set(short, masked);
    return masked;
  }

  /** What the journal refuses was not said: it is kept when it is told again, and what is over is ended then. */
  private say(said: Said, saying: Saying, mayKeep: () => boolean): void {
    const { origin, condition } = saying;
    const before = said.known(origin, condition);
    const { texts, changes, dropped }: Effects = said.say(saying, mayKeep);
    const isRefused = texts.length + changes.length > 0 && !this.options.record({ texts, textChanges: changes });
    if (isRefused) said.undo(origin, condition, before);
    if (isRefused || dropped) this.lose(origin);
  }

  private lose(origin: string): void {
    this.dropped.set(origin, (this.dropped.get(origin) ?? 0) + 1);
    const loss = this.losses.get(origin) ?? { count: 0, at: 0 };
    loss.count++;
    loss.at = this.options.clock.elapsed();
    this.losses.set(origin, loss);
    if (loss.count === 1) this.tellLosses();
    this.cancelLook ??= this.options.clock.after(LOOKS, () => this.look());
  }

  /** A flood that is over for a minute: what it left active is asked for. */
  private look(): void {
    const now = this.options.clock.elapsed();
    this.cancelLook = null;
    for (const [origin, { at }] of this.losses) {
      if (now - at < LOSS_STANDS) continue;
      this.losses.delete(origin);
      this.servers.get(origin)?.refresh();
      this.hearAgain(origin);
    }
    this.tellLosses();
    if (this.losses.size > 0 && !this.stopped) this.cancelLook = this.options.clock.after(LOOKS, () => this.look());
  }

  /** A tag has one text: what it says now. */
  private hearAgain(tag: string): void {
    if (!this.listening.has(tag)) return;
    this.last.delete(tag);
    const now = this.options.tags.latest(tag);
    if (now) this.heard(tag, now);
  }

  private tellLosses(): void {
    const faults = [...this.losses].map(([origin, { count }]) => {
      const subject = this.servers.has(origin) ? partOf(origin) : origin;
      return { fault: new LinesideError('TEXTS_DROPPED', { origin, count }), subject };
    });
    this.options.onFaults('texts', faults);
  }

  private forget(origin: string): void {
    const textChanges = this.said?.forget(origin, this.options.clock.now()) ?? [];
    if (textChanges.length > 0) this.options.record({ textChanges });
    this.allowances.delete(origin);
    this.losses.delete(origin);
  }

  private begin(name: string): void {
    const { clock, random, log, pki, onStatus, onFaults } = this.options;
    const config = this.config.opcua[name];
    if (!config?.events) return;
    const part = partOf(name);
    const own = log.child({ events: name });
    const conditions =
      this.conditions.get(part) ??
      new Conditions(
        clock,
        () => part,
        (faults) => onFaults(part, faults),
      );
    this.conditions.set(part, conditions);
    const server = createEventServer(name, { ...config, events: config.events }, { pki, clock, bySourceTime: () => false });
    const runner = new Runner({
      name: `events of ${name}`,
      clock,
      random,
      log: own,
      backoff: { first: 1000, most: 60_000 },
      probe: probeOf(config.endpoint),
      live: (life) => {
        conditions.begin();
        const context = {
          clock,
          log: own,
          event: (event: MachineEvent) => this.event(name, event),
          refreshing: () => this.ask(name),
          refreshed: (complete: boolean) => this.asked(name, complete),
          faults: (list: readonly LinesideError[]) => conditions.faults(list),
          online: () => {
            conditions.online();
            life.online();
            own.info({ part }, 'events are received');
          },
        };
        return server.run(context, life.signal);
      },
      onStatus: (status, fault) => onStatus(part, status, fault),
    });
    this.servers.set(name, server);
    this.runners.set(part, runner);
    runner.start();
  }

  private ask(name: string): void {
    this.telling.add(name);
    this.later(() => this.said?.telling(name));
  }

  private asked(name: string, complete: boolean): void {
    this.telling.delete(name);
    this.later(() => {
      const { said } = this;
      const isMissed = this.missed.delete(name);
      if (!said) return;
      const before = said.snapshot(name);
      const textChanges = said.toldAll(name, complete && !isMissed, this.options.clock.now());
      if (textChanges.length === 0 || this.options.record({ textChanges })) return;
      said.restore(name, before);
      this.lose(name);
    });
  }

  /** In the order in which it was heard. */
  private later(what: () => void): void {
    if (this.said) what();
    else this.waiting.push(what);
  }

  private async end(name: string): Promise<void> {
    const part = partOf(name);
    await this.runners.get(part)?.stop();
    this.runners.delete(part);
    this.servers.delete(name);
    this.telling.delete(name);
    if (this.config.opcua[name]?.events) return;
    this.conditions.get(part)?.forget();
    this.conditions.delete(part);
    this.options.onFaults(`life of ${part}`, []);
  }
}

const partOf = (server: string): string => `events/${server}`;

/** `SourceName: ConditionName`, or the one that there is. */
const nameOf = (source: string | null, condition: string | null): string | null => {
  const names = [source, condition].filter((name) => name !== null && name !== '');
  return names.length === 0 ? null : names.join(': ').slice(0, LONGEST_NAME);
};

/** `early`: it may have begun long ago. */
function believed(time: number | null, received: number, early: boolean): number {
  if (time === null) return received;
  const before = early ? OLDEST : CLOCK_OFF;
  return time > received - before && time < received + CLOCK_OFF ? time : received;
}
