/**
 * A PLC that stamps nothing (or what it sets), its server, and the part of the agent that names parts, on a box that stands still now and
 * then: what the server sent meanwhile comes in one burst, and what it could not send, since all answers were out, in one notification.
 */
import type { TagValue, Trigger } from '#agent/contracts/index.js';
import { Namer, type NamesMemory, type PartNames } from '#agent/stations/names.js';
import type { StationPorts, StationSpec } from '#agent/stations/ports.js';
import { wireTrigger } from '#agent/stations/triggers.js';
import { settle } from './clock.ts';
import { Plant, stationConfig } from './station.ts';

/** Answers that the agent keeps waiting at a server. */
const ANSWERS = 8;
const WAY = 0.5;
const TAGS = { trigger: 'plc.present', serial: 'plc.serial', counter: 'plc.counter' } as const;

interface Write {
  readonly at: number;
  readonly tag: string;
  readonly value: TagValue;
}
export interface Stall {
  readonly from: number;
  readonly to: number;
}

/** ms after the trigger at which the PLC sets each; negative: before it. */
export interface Part {
  readonly serial: number;
  readonly counter: number;
  readonly pulse: number;
  readonly period: number;
}

const PATIENCE = 160;
const memoryOf = (arrivals: number): NamesMemory => ({
  part: { tag: TAGS.serial, taken: serialOf(0), order: null, arrivals },
  counter: { tag: TAGS.counter, taken: '0', order: null, arrivals },
});

export const serialOf = (number: number) => `S${number}`;
/** What the tags show between parts, where they are not left as they are. */
export const PLACEHOLDER = { serial: '-', counter: 0 } as const;

/** `rest`: ms after its trigger at which the PLC has done with a part and sets what stands between parts; null: it does not. */
export function programOf(parts: readonly Part[], rest: number | null = null): Write[] {
  let raised = 50;
  const writes = parts.flatMap(({ serial, counter, pulse, period }, i) => {
    const at = raised;
    raised += period;
    return [
      { at, tag: TAGS.trigger, value: true },
      { at: at + pulse, tag: TAGS.trigger, value: false },
      { at: at + serial, tag: TAGS.serial, value: serialOf(i + 1) },
      { at: at + counter, tag: TAGS.counter, value: i + 1 },
      ...(rest === null
        ? []
        : [
            { at: at + rest, tag: TAGS.serial, value: PLACEHOLDER.serial },
            { at: at + rest, tag: TAGS.counter, value: PLACEHOLDER.counter },
          ]),
    ];
  });
  return writes.sort((a, b) => a.at - b.at);
}

/** A server that holds so many answers of the agent, and what it has shown and sent. */
class Server {
  readonly shown = new Map<string, Write>(
    [
      { at: -5000, tag: TAGS.trigger, value: false },
      { at: -5000, tag: TAGS.serial, value: serialOf(0) },
      { at: -5000, tag: TAGS.counter, value: 0 },
    ].map((write) => [write.tag, write]),
  );
  /** On their way, in their order; an answer comes back when its message was opened. */
  readonly inbox: { readonly at: number; readonly writes: readonly Write[]; readonly open: () => void }[] = [];
  private answers = ANSWERS;
  private unsent: Write[] = [];

  write(write: Write, isMore: boolean): void {
    this.shown.set(write.tag, write);
    this.unsent.push(write);
    // All writes of one scan go out together.
    if (!isMore) this.send(write.at);
  }
  answer(now: number): void {
    this.answers++;
    this.send(now);
  }
  read(tag: string, now: number, open: (write: Write | undefined) => void): void {
    const write = this.shown.get(tag);
    this.inbox.push({ at: now + 2 * WAY, writes: [], open: () => open(write) });
  }
  private send(now: number): void {
    if (this.answers === 0 || this.unsent.length === 0) return;
    this.answers--;
    this.inbox.push({ at: now + WAY, writes: this.unsent.splice(0), open: () => {} });
  }
}

interface Wish {
  /** What was learned in the life before: so many names in a row came before their triggers, or, negative, after them. */
  readonly arrivals?: number;
  /** The server tells when the PLC set what it sends. */
  readonly isStamped?: boolean;
}

/** The names that each part got. `torn`: whether the loop turns between two messages of a burst. */
export async function judged(
  writes: readonly Write[],
  stalls: readonly Stall[],
  torn: readonly boolean[],
  { arrivals = 0, isStamped = false }: Wish = {},
): Promise<PartNames[]> {
  const plant = new Plant();
  const { clock, tags } = plant;
  const server = new Server();
  const start = clock.now() - clock.elapsed();
  const sample = ({ value, at }: Pick<Write, 'value' | 'at'>) => ({
    value,
    status: 0,
    source: isStamped ? start + at : null,
    server: null,
    received: clock.now(),
    arrived: clock.elapsed(),
  });
  const read: StationPorts['read'] = (tag) =>
    new Promise((resolve) => server.read(tag, clock.elapsed(), (write) => resolve(write && sample(write))));
  const ports: StationPorts = { ...plant.ports([]), read };
  for (const [tag, write] of server.shown) tags.update(tag, sample(write));
  const config = { ...stationConfig, trigger: { tag: TAGS.trigger, edge: 'rising' as const }, part: TAGS.serial, counter: TAGS.counter };
  const namer = new Namer({ name: 'outlet', config, nodes: new Map() } as unknown as StationSpec, ports, memoryOf(arrivals));
  const given: Promise<PartNames>[] = [];
  wireTrigger(config.trigger, ports, (trigger: Trigger) => given.push(namer.namesFor(trigger, trigger.arrived + PATIENCE)));

  const [queue, back] = [[...writes], [] as number[]];
  const end = (writes.at(-1)?.at ?? 0) + 1000;
  let turn = 0;
  const work = async (now: number) => {
    clock.standStill(Math.max(0, now - clock.elapsed()));
    await clock.advance(0);
    for (let message = server.inbox[0]; message && message.at <= now; message = server.inbox[0]) {
      server.inbox.shift();
      for (const write of message.writes) tags.update(write.tag, sample(write));
      message.open();
      if (message.writes.length > 0) back.push(clock.elapsed() + WAY);
      clock.standStill(0.01);
      if (torn[turn++ % torn.length]) await settle();
    }
    await settle();
  };
  for (;;) {
    const awake = Math.max(clock.elapsed(), Math.min(server.inbox[0]?.at ?? end, clock.due ?? end));
    const agent = stalls.find(({ from, to }) => from <= awake && awake < to)?.to ?? awake;
    const next = Math.min(queue[0]?.at ?? end, back[0] ?? end, agent);
    if (next >= end) break;
    if (back[0] === next) server.answer(back.shift() ?? next);
    else if (queue[0]?.at === next) server.write(queue.shift() as Write, queue[0]?.at === next);
    else await work(next);
  }
  namer.stop();
  return Promise.all(given);
}
