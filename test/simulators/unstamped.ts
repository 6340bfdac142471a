/**
 * A PLC that stamps nothing, its server, and the part of the agent that names parts, on a box that stands still now and then: what the
 * server sent meanwhile comes in one burst, and what it could not send, since all answers were out, in one notification.
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

export function programOf(parts: readonly Part[]): Write[] {
  let raised = 50;
  const writes = parts.flatMap(({ serial, counter, pulse, period }, i) => {
    const at = raised;
    raised += period;
    return [
      { at, tag: TAGS.trigger, value: true },
      { at: at + pulse, tag: TAGS.trigger, value: false },
      { at: at + serial, tag: TAGS.serial, value: serialOf(i + 1) },
      { at: at + counter, tag: TAGS.counter, value: i + 1 },
    ];
  });
  return writes.sort((a, b) => a.at - b.at);
}

/** A server that holds so many answers of the agent, and what it has shown and sent. */
class Server {
  readonly shown = new Map<string, TagValue>([
    [TAGS.trigger, false],
    [TAGS.serial, serialOf(0)],
    [TAGS.counter, 0],
  ]);
  /** On their way, in their order; an answer comes back when its message was opened. */
  readonly inbox: { readonly at: number; readonly writes: readonly Write[]; readonly open: () => void }[] = [];
  private answers = ANSWERS;
  private unsent: Write[] = [];

  write(write: Write): void {
    this.shown.set(write.tag, write.value);
    this.unsent.push(write);
    this.send(write.at);
  }
  answer(now: number): void {
    this.answers++;
    this.send(now);
  }
  read(tag: string, now: number, open: (value: TagValue) => void): void {
    const value = this.shown.get(tag) ?? null;
    this.inbox.push({ at: now + 2 * WAY, writes: [], open: () => open(value) });
  }
  private send(now: number): void {
    if (this.answers === 0 || this.unsent.length === 0) return;
    this.answers--;
    this.inbox.push({ at: now + WAY, writes: this.unsent.splice(0), open: () => {} });
  }
}

/** The names that each part got. `torn`: whether the loop turns between two messages of a burst. */
export async function judged(
  writes: readonly Write[],
  stalls: readonly Stall[],
  torn: readonly boolean[],
  arrivals = 0,
): Promise<PartNames[]> {
  const plant = new Plant();
  const { clock, tags } = plant;
  const server = new Server();
  const sample = (value: TagValue) => ({ value, status: 0, source: null, server: null, received: clock.now(), arrived: clock.elapsed() });
  const read: StationPorts['read'] = (tag) =>
    new Promise((resolve) => server.read(tag, clock.elapsed(), (value) => resolve(sample(value))));
  const ports: StationPorts = { ...plant.ports([]), read };
  for (const [tag, value] of server.shown) tags.update(tag, sample(value));
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
      for (const { tag, value } of message.writes) tags.update(tag, sample(value));
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
    else if (queue[0]?.at === next) server.write(queue.shift() as Write);
    else await work(next);
  }
  namer.stop();
  return Promise.all(given);
}
