/** Raw brokers, and lives at them on a clock that the test moves; each test leaves none behind. */
import { afterEach, expect } from 'vitest';
import type { OutboxRow } from '#agent/contracts/index.js';
import type { MqttPublisher } from '#agent/publishers/mqtt.js';
import { ManualClock } from '../simulators/clock.ts';
import { type RawBroker, type RawBrokerOptions, startRawBroker } from '../simulators/raw-broker.ts';
import { AGENT, type Life, type LifeOptions, live, publisherFor } from './harness.ts';
import { inspection } from './samples.ts';

/** Whether it holds, looked at often: what is waited for takes a millisecond. */
export const soon = <T>(look: () => T) => expect.poll(look, { interval: 2, timeout: 3000 });

export interface Timed extends Life {
  readonly clock: ManualClock;
}
export interface TimedOptions extends Partial<Omit<LifeOptions, 'clock'>> {
  readonly clock?: ManualClock;
  /** Keys of the config. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** To be called where tests are described. */
export function bench() {
  const undo: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  const brokerThat = async (options: RawBrokerOptions = {}): Promise<RawBroker> => {
    const broker = await startRawBroker(options);
    undo.push(() => broker.close());
    return broker;
  };
  const connect = (broker: RawBroker, { config = {}, clock = new ManualClock(), ...more }: TimedOptions = {}): Timed => {
    const life = live({ publisher: publisherFor({ url: broker.url, ...config }), clock, ...more });
    undo.push(async () => {
      // The clock stands: at a broker that is gone nothing waits for it.
      broker.kill();
      await life.stop();
    });
    return Object.assign(life, { clock });
  };
  const online = async (broker: RawBroker, options: TimedOptions = {}): Promise<Timed> => {
    const life = connect(broker, options);
    await life.online;
    return life;
  };
  return { undo, brokerThat, connect, online };
}

export const events = (publisher: MqttPublisher, from: number, to: number): readonly OutboxRow[] =>
  Array.from({ length: to - from + 1 }, (_, i) => publisher.rows({ type: 'quality', inspection: inspection(from + i) })).flat();
export const isEvent = ({ topic }: { readonly topic: string }): boolean => topic.endsWith('/quality');
export const isStatus = ({ topic }: { readonly topic: string }): boolean => topic === `${AGENT}/status`;
export const topics = ({ taken }: RawBroker): readonly string[] => taken.map(({ topic }) => topic);
export const statuses = ({ taken }: RawBroker): readonly unknown[] => taken.filter(isStatus).map(({ payload }) => payload['status']);
/** Packets of this kind that a broker has heard. */
export const heard = (broker: RawBroker, kind: string): number => broker.heard.filter((cmd) => cmd === kind).length;
/** PUBACK and SUBACK: not authorized. */
export const REFUSED = 0x87;
export const NO = 'Not authorized (0x87)';
