/**
 * A PLC that names its parts, a server that looks at each node by itself, stamps what it finds by one of the clocks that servers stamp by,
 * and sends it as far as it holds answers of the agent, a network, and the part of the agent that names parts, each of which stands still now
 * and then. Quicker than the real thing by some thousand times, and it knows which name is whose.
 */
import type { TagValue, Trigger } from '#agent/contracts/index.js';
import { Namer, type NamesMemory, type PartNames } from '#agent/stations/names.js';
import type { StationPorts, StationSpec } from '#agent/stations/ports.js';
import { wireTrigger } from '#agent/stations/triggers.js';
import type { Clock } from '#agent/time.js';
import { Plant, stationConfig } from './station.ts';

/** Answers that the agent keeps waiting at a server. */
const ANSWERS = 8;
const WAY = 0.5;
const PATIENCE = 160;
const TAGS = ['plc.present', 'plc.serial', 'plc.counter'] as const;
const [PRESENT, SERIAL, COUNTER] = TAGS;
type Tag = (typeof TAGS)[number];

export interface Stall {
  readonly from: number;
  readonly to: number;
}

/**
 * change: when the PLC set it; seen: when the server looked; sent: when it was sent, one time for all of a notification; sending: as it was
 * put into the notification, item by item.
 */
export type Stamps = 'change' | 'seen' | 'sent' | 'sending' | 'none';

/** ms after the trigger at which the PLC sets each; negative: before it. */
export interface SimulatedPart {
  readonly serial: number;
  readonly counter: number;
  readonly pulse: number;
  readonly period: number;
}

export interface Line {
  readonly parts: readonly SimulatedPart[];
  /** ms after its trigger at which the PLC sets a 0 for a part that it has done with; null: it leaves the names as they are. */
  readonly rest: number | null;
  readonly stamps: Stamps;
  /** ms between two looks at a node, at a phase of its own; 0: each change is noticed. */
  readonly sampling: number;
  /** ms between two notifications; 0: at once. */
  readonly publishing: number;
  /** Values that the server keeps of a node while it cannot send. */
  readonly queue: number;
  /** Where the agent, the network, the server stands still. */
  readonly stalls: Readonly<Record<'agent' | 'network' | 'server', readonly Stall[]>>;
  /** Without a session. */
  readonly away: readonly Stall[];
  readonly memory?: NamesMemory;
  /** 0 to 1, for what happens in any order. */
  readonly random: () => number;
}

export interface Judged {
  /** Parts whose trigger was heard, in their order, and what they were called. */
  readonly given: readonly { readonly number: number; readonly names: PartNames }[];
  readonly memory: NamesMemory;
}

export const serialOf = (number: number) => `S${number}`;
export const REST = { [SERIAL]: '0', [COUNTER]: 0 } as const;

interface Write {
  readonly at: number;
  readonly tag: Tag;
  readonly value: TagValue;
  /** Of the part. */
  readonly number: number;
}
type Stamped = Write & { readonly stamp: number | null };

function programOf({ parts, rest }: Line): Write[] {
  let raised = 100;
  const writes = parts.flatMap(({ serial, counter, pulse, period }, i): Write[] => {
    const at = raised;
    const number = i + 1;
    raised += period;
    return [
      { at, tag: PRESENT, value: true, number },
      { at: at + pulse, tag: PRESENT, value: false, number },
      { at: at + serial, tag: SERIAL, value: serialOf(number), number },
      { at: at + counter, tag: COUNTER, value: number, number },
      ...(rest === null
        ? []
        : [
            { at: at + rest, tag: SERIAL, value: REST[SERIAL], number },
            { at: at + rest, tag: COUNTER, value: REST[COUNTER], number },
          ]),
    ];
  });
  return writes.sort((a, b) => a.at - b.at);
}

/** What is due when; of one moment in the order in which it was asked for. */
class Agenda {
  private readonly due: { readonly at: number; readonly fn: () => void }[] = [];

  get next(): number {
    return this.due[0]?.at ?? Number.POSITIVE_INFINITY;
  }
  at(at: number, fn: () => void): () => void {
    const entry = { at, fn };
    let i = this.due.length;
    while (i > 0 && (this.due[i - 1]?.at ?? 0) > at) i--;
    this.due.splice(i, 0, entry);
    return () => {
      const found = this.due.indexOf(entry);
      if (found >= 0) this.due.splice(found, 1);
    };
  }
  take(): () => void {
    return this.due.shift()?.fn ?? (() => {});
  }
}

const awakeAt = (stalls: readonly Stall[], at: number): number => stalls.find(({ from, to }) => from <= at && at < to)?.to ?? at;
const immediate = () => new Promise<void>((resolve) => setImmediate(resolve));

class World {
  private readonly line: Line;
  private readonly agenda = new Agenda();
  private readonly timers = new Agenda();
  private time = 0;
  private readonly start = Date.UTC(2026, 0, 5, 6);
  private readonly plc = new Map<Tag, Write>();
  private readonly seen = new Map<Tag, TagValue>();
  private readonly looks = new Set<Tag>();
  private readonly phases: ReadonlyMap<Tag, number>;
  private readonly order: readonly Tag[];
  private unsent: Stamped[] = [];
  private answers = ANSWERS;
  private sending = false;
  private session = 0;
  private inbox: { readonly at: number; readonly writes: readonly Stamped[]; readonly open: () => void }[] = [];
  private arrival = 0;
  private readonly plant = new Plant();
  private readonly clock: Clock = {
    now: () => this.start + this.time,
    elapsed: () => this.time,
    after: (ms, fn) => this.timers.at(this.time + Math.max(0, ms), fn),
    sleep: (ms) => new Promise((resolve) => void this.timers.at(this.time + ms, resolve)),
  };
  /** Parts whose trigger the agent has heard; it fires each, in this order. */
  private readonly heard: number[] = [];
  private isPresent = false;

  constructor(line: Line) {
    this.line = line;
    this.phases = new Map(TAGS.map((tag) => [tag, line.random() * line.sampling]));
    this.order = [...TAGS].sort(() => line.random() - 0.5);
    for (const tag of TAGS) {
      const value = tag === PRESENT ? false : line.rest !== null ? REST[tag] : tag === SERIAL ? serialOf(0) : 0;
      this.plc.set(tag, { at: -5000, tag, value, number: 0 });
      this.seen.set(tag, value);
    }
    for (const write of programOf(line)) this.agenda.at(write.at, () => this.write(write));
    for (const { from, to } of line.away) {
      this.agenda.at(from, () => this.loseSession());
      this.agenda.at(to, () => this.beginSession());
    }
  }

  private write(write: Write): void {
    this.plc.set(write.tag, write);
    const { sampling, stalls } = this.line;
    if (sampling === 0) return this.look(write.tag, this.time);
    if (this.looks.has(write.tag)) return;
    this.looks.add(write.tag);
    const phase = this.phases.get(write.tag) ?? 0;
    const tick = phase + Math.ceil((this.time - phase) / sampling) * sampling;
    // A server that stood still looks at all at once.
    this.agenda.at(awakeAt(stalls.server, tick), () => this.look(write.tag, this.time));
  }

  private look(tag: Tag, now: number): void {
    this.looks.delete(tag);
    const write = this.plc.get(tag);
    if (write === undefined || this.seen.get(tag) === write.value) return;
    this.seen.set(tag, write.value);
    if (this.session < 0) return;
    const { stamps } = this.line;
    this.unsent.push({ ...write, stamp: stamps === 'change' ? write.at : stamps === 'none' ? null : now });
    const mine = this.unsent.filter((each) => each.tag === tag);
    if (mine.length > this.line.queue) this.unsent.splice(this.unsent.indexOf(mine[0] as Stamped), 1);
    this.plan();
  }

  private plan(): void {
    if (this.sending || this.unsent.length === 0 || this.answers === 0) return;
    this.sending = true;
    const { publishing, stalls } = this.line;
    const tick = publishing === 0 ? this.time : Math.ceil((this.time + 0.001) / publishing) * publishing;
    const { session } = this;
    this.agenda.at(awakeAt(stalls.server, tick), () => this.session === session && this.send());
  }

  /** Items in any order, the values of each in theirs. */
  private send(): void {
    this.sending = false;
    if (this.answers === 0 || this.unsent.length === 0) return;
    this.answers--;
    const { stamps } = this.line;
    const order = this.line.random() < 0.5 ? this.order : [...this.order].reverse();
    const sorted = order.flatMap((tag) => this.unsent.filter((each) => each.tag === tag));
    const writes = sorted.map((each, i) =>
      stamps === 'sent' ? { ...each, stamp: this.time } : stamps === 'sending' ? { ...each, stamp: this.time + i * 0.03 } : each,
    );
    this.unsent = [];
    this.post(writes, () => {});
  }

  private post(writes: readonly Stamped[], open: () => void): void {
    const at = awakeAt(this.line.stalls.network, this.time + WAY + this.line.random() * WAY);
    this.arrival = Math.max(this.arrival, at);
    this.inbox.push({ at: this.arrival, writes, open });
  }

  private loseSession(): void {
    this.session = -1 - Math.abs(this.session);
    this.unsent = [];
    this.inbox = [];
    this.sending = false;
    for (const tag of TAGS) this.plant.tags.lost(tag, this.time);
  }

  private beginSession(): void {
    this.session = Math.abs(this.session) + 1;
    this.answers = ANSWERS;
    this.unsent = [];
    for (const tag of TAGS) {
      const write = this.plc.get(tag);
      if (write === undefined) continue;
      this.seen.set(tag, write.value);
      const { stamps } = this.line;
      this.unsent.push({ ...write, stamp: stamps === 'change' ? write.at : stamps === 'none' ? null : this.time });
    }
    this.plan();
  }

  private sampleOf({ value, stamp }: Stamped) {
    const source = stamp === null ? null : this.start + stamp;
    return { value, status: 0, source, server: null, received: this.clock.now(), arrived: this.time };
  }

  private readonly read: StationPorts['read'] = (tag) =>
    new Promise((resolve) => {
      const { session } = this;
      const at = awakeAt(this.line.stalls.server, awakeAt(this.line.stalls.network, this.time + WAY));
      if (session < 0) return resolve(undefined);
      this.agenda.at(at, () => {
        const write = this.plc.get(tag as Tag);
        if (this.session !== session || write === undefined) return resolve(undefined);
        const { stamps } = this.line;
        const stamp = stamps === 'none' ? null : stamps === 'change' ? write.at : this.time;
        this.post([], () => resolve(this.sampleOf({ ...write, stamp })));
      });
    });

  private hear(write: Stamped): void {
    if (write.tag === PRESENT) {
      if (write.value === true && !this.isPresent) this.heard.push(write.number);
      this.isPresent = write.value === true;
    }
    this.plant.tags.update(write.tag, this.sampleOf(write));
  }

  private async work(): Promise<void> {
    // Timers first, as the event loop has it.
    while (this.timers.next <= this.time) {
      this.timers.take()();
      await immediate();
    }
    for (let message = this.inbox[0]; message && message.at <= this.time; message = this.inbox[0]) {
      this.inbox.shift();
      for (const write of message.writes) this.hear(write);
      message.open();
      if (message.writes.length > 0) this.giveBack();
      this.time += 0.01;
      // The loop turns between two messages of a burst, or does not.
      if (this.line.random() < 0.5) await immediate();
    }
    await immediate();
    await immediate();
  }

  private giveBack(): void {
    const { session } = this;
    this.agenda.at(awakeAt(this.line.stalls.network, this.time + WAY), () => {
      if (this.session !== session) return;
      this.answers++;
      this.plan();
    });
  }

  async run(): Promise<Judged> {
    const ports: StationPorts = { ...this.plant.ports([]), clock: this.clock, read: this.read };
    for (const tag of TAGS) this.hear({ ...(this.plc.get(tag) as Write), stamp: this.line.stamps === 'none' ? null : -5000 });
    const config = { ...stationConfig, trigger: { tag: PRESENT, edge: 'rising' as const }, part: SERIAL, counter: COUNTER };
    const namer = new Namer({ name: 'outlet', config, nodes: new Map() } as unknown as StationSpec, ports, this.line.memory);
    const given: Promise<PartNames>[] = [];
    const stop = wireTrigger(config.trigger, ports, (trigger: Trigger) => given.push(namer.namesFor(trigger, trigger.arrived + PATIENCE)));
    for (;;) {
      const agent = Math.max(this.time, Math.min(this.inbox[0]?.at ?? Number.POSITIVE_INFINITY, this.timers.next));
      const awake = awakeAt(this.line.stalls.agent, agent);
      const next = Math.min(this.agenda.next, awake);
      if (next === Number.POSITIVE_INFINITY) break;
      const isWorld = this.agenda.next <= awake;
      this.time = Math.max(this.time, next);
      if (isWorld) this.agenda.take()();
      else await this.work();
    }
    stop();
    namer.stop();
    const names = await Promise.all(given);
    return { given: names.map((each, i) => ({ number: this.heard[i] ?? Number.NaN, names: each })), memory: namer.memory };
  }
}

export const judge = (line: Line): Promise<Judged> => new World(line).run();
