/** The broker inside the demo, on localhost, with a subscriber of its own that counts what arrives as a SCADA system would. */
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';

export interface DemoBroker {
  readonly port: number;
  /** Calls back with the event id of every quality event that was delivered. */
  onQuality(listener: (eventId: string) => void): void;
  stop(): Promise<void>;
}

/** MQTT's own port where it is free, so that the line to subscribe with is short; any other where it is not. */
export async function startBroker(): Promise<DemoBroker> {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  const port = await listen(server, 1883).catch(() => listen(server, 0));
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`);
  await client.subscribeAsync('lineside/v1/+/+/+/+/+/quality', { qos: 1 });
  return {
    port,
    onQuality: (listener) => {
      client.on('message', (_, payload) => listener((JSON.parse(payload.toString()) as { id: string }).id));
    },
    stop: async () => {
      await client.endAsync(true);
      await new Promise<void>((done) => broker.close(done));
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

/** `wanted` where nobody has it, else any that nobody has. */
export async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  const port = await listen(server, wanted).catch(() => listen(server, 0));
  await new Promise<void>((done) => server.close(() => done()));
  return port;
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
