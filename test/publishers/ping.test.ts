/** Whether a broker takes the agent, and what it lacks: as `lineside check` asks. */
import { afterEach, describe, expect, it } from 'vitest';
import { pingBroker } from '#agent/publishers/ping.js';
import { type RawBroker, type RawBrokerOptions, startRawBroker } from '../simulators/raw-broker.ts';
import { mqttConfig } from './harness.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function brokerThat(options: RawBrokerOptions = {}): Promise<RawBroker> {
  const broker = await startRawBroker(options);
  undo.push(() => broker.close());
  return broker;
}

describe('whether a broker takes the agent', () => {
  const ask = (broker: RawBroker, over: Readonly<Record<string, unknown>> = {}) =>
    pingBroker(mqttConfig({ url: broker.url, ...over }), 2000);

  it('is said with what it allows, by a client of another name', async () => {
    const clients: string[] = [];
    const broker = await brokerThat({
      connack: { receiveMaximum: 20 },
      onConnect: ({ clientId }) => {
        clients.push(clientId);
        return 'take';
      },
    });
    expect(await ask(broker, { client_id: 'lineside-gw1' })).toBe(`${broker.url} speaks MQTT 5 and takes 20 messages at once`);
    expect([clients, broker.taken]).toEqual([[`lineside-check-${process.pid}`], []]);
  });

  it('is said with what it lacks and what to do', async () => {
    const broker = await brokerThat({ connack: { retainAvailable: false } });
    expect(await ask(broker)).toMatch(/^mqtt:\S+ speaks MQTT 5 and takes 65535 messages at once\. .*retain/);
  });

  it('is found out of one that closes without a word on what it lacks', async () => {
    const broker = await brokerThat({ onConnect: ({ will }) => (will?.retain ? 'close' : 'take') });
    expect(await ask(broker, { version: '3.1.1' })).toMatch(/speaks MQTT 3\.1\.1 .*retain/);
  });

  it('is a fault where it does not', async () => {
    await expect(ask(await brokerThat({ onConnect: () => 134 }))).rejects.toMatchObject({ code: 'MQTT_REFUSED' });
    const gone = await startRawBroker();
    await gone.close();
    await expect(ask(gone)).rejects.toMatchObject({ code: 'MQTT_UNREACHABLE', details: { client: `lineside-check-${process.pid}` } });
    await expect(pingBroker(mqttConfig({ url: 'mqtt://192.0.2.1' }), 100)).rejects.toMatchObject({ code: 'MQTT_INSECURE' });
  });
});
