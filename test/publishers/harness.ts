/** A publisher against a broker, run as the agent runs it. */

import { Value } from 'typebox/value';
import { LineSchema, type MqttConfig, MqttSchema } from '#agent/config/schema.js';
import type { Command, PublisherContext } from '#agent/contracts/index.js';
import type { LinesideError } from '#agent/errors.js';
import { createMqttPublisher, type MqttPublisher } from '#agent/publishers/mqtt.js';
import { Runner } from '#agent/runtime/runner.js';
import { type Clock, systemClock } from '#agent/time.js';
import { type LogLine, memoryLog } from '../simulators/log.ts';
import { MemoryOutbox } from './memory-outbox.ts';

export const ROOT = 'lineside/v1/acme/dresden/castings/line3';
export const AGENT = `${ROOT}/_agent/gw1`;
export const LINE = Value.Decode(LineSchema, { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3' });

export const mqttConfig = (over: Readonly<Record<string, unknown>>): MqttConfig =>
  Value.Decode(MqttSchema, Value.Default(MqttSchema, { url: 'mqtt://127.0.0.1:1', ...over })) as MqttConfig;

export const publisherFor = (over: Readonly<Record<string, unknown>>): MqttPublisher =>
  createMqttPublisher({ config: mqttConfig(over), line: LINE, agent: 'gw1', version: '0.1.0', stations: ['outlet', 'inlet'] });

export interface Life {
  readonly publisher: MqttPublisher;
  readonly outbox: MemoryOutbox;
  readonly commands: readonly Command[];
  readonly told: readonly LogLine[];
  /** How often it said that its end was understood. */
  readonly understood: number;
  /** What stands now. */
  readonly standing: readonly LinesideError[];
  /** Resolves when it drains; rejects when the life ends before. */
  readonly online: Promise<void>;
  /** How the life ended: null, or what it threw. */
  readonly ended: Promise<unknown>;
  /** Aborts, and resolves when run() has settled. */
  stop(): Promise<unknown>;
}

export interface LifeOptions {
  readonly publisher: MqttPublisher;
  readonly outbox?: MemoryOutbox;
  readonly onCommand?: PublisherContext['onCommand'];
  readonly clock?: Clock;
  /** Aborted by stop(); a life may be stopped before it begins. */
  readonly stopping?: AbortController;
}

/** One life: one connection. */
export function live(options: LifeOptions): Life {
  const { publisher, outbox = new MemoryOutbox(), onCommand = async () => ({}), clock = systemClock } = options;
  const { stopping = new AbortController() } = options;
  const commands: Command[] = [];
  const told: LogLine[] = [];
  let wentOnline: () => void = () => {};
  let neverOnline: (why: unknown) => void = () => {};
  const online = new Promise<void>((resolve, reject) => {
    wentOnline = resolve;
    neverOnline = reject;
  });
  online.catch(() => {});
  const handle: PublisherContext['onCommand'] = (command) => {
    commands.push(command);
    return onCommand(command);
  };
  let standing: readonly LinesideError[] = [];
  let understood = 0;
  const ctx = {
    clock,
    log: memoryLog(told),
    outbox,
    onCommand: handle,
    online: wentOnline,
    understood: () => {
      understood++;
    },
    faults: (list: readonly LinesideError[]) => {
      standing = list;
    },
  };
  const ended = publisher.run(ctx, stopping.signal).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  void ended.then((thrown) => neverOnline(thrown ?? new Error('ended before it was online')));
  return {
    publisher,
    outbox,
    commands,
    told,
    get understood() {
      return understood;
    },
    get standing() {
      return standing;
    },
    online,
    ended,
    stop: () => {
      stopping.abort(new Error('stop'));
      return ended;
    },
  };
}

/** Lives until stopped, one after the other, as the agent does it; with little back-off. */
export function liveOn(publisher: MqttPublisher, outbox: MemoryOutbox, faults: PublisherContext['faults'] = () => {}): Runner {
  const runner = new Runner({
    name: 'mqtt',
    clock: systemClock,
    log: memoryLog(),
    random: Math.random,
    backoff: { first: 50, most: 200 },
    live: ({ signal, online, understood }) =>
      publisher.run({ clock: systemClock, log: memoryLog(), outbox, onCommand: async () => ({}), online, understood, faults }, signal),
  });
  runner.start();
  return runner;
}
