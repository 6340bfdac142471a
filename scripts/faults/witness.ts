/**
 * What stands between the agent and its broker: passes every packet on and, while told to, closes the connection of a client that
 * publishes below a topic, as AWS-style brokers do with what their policy denies.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Witness {
  readonly port: number;
  /** Clients that publish on a topic with this ending are cut off; null: nobody is. */
  denies(ending: string | null): void;
  close(): Promise<void>;
}

const PUBLISH = 3;

/** Listens on 127.0.0.1 at a free port, for the broker at `upstream`. */
export async function startWitness(upstream: number): Promise<Witness> {
  const sockets = new Set<Socket>();
  let denied: string | null = null;
  const server: Server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: upstream, noDelay: true });
    const packets = new Packets();
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (chunk) => {
      for (const { bytes, topic } of packets.take(chunk)) {
        if (denied !== null && topic?.endsWith(denied)) {
          near.destroy();
          break;
        }
        far.write(bytes);
      }
    });
    far.on('data', (chunk) => near.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    denies: (ending) => {
      denied = ending;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Packet {
  readonly bytes: Buffer;
  /** Of a PUBLISH. */
  readonly topic: string | null;
}

/** Cuts a stream into MQTT control packets (MQTT 5.0, 2.1). */
class Packets {
  private rest = Buffer.alloc(0);

  take(chunk: Buffer): readonly Packet[] {
    this.rest = Buffer.concat([this.rest, chunk]);
    const whole: Packet[] = [];
    for (let packet = this.next(); packet; packet = this.next()) whole.push(packet);
    return whole;
  }

  private next(): Packet | null {
    let length = 0;
    let at = 1;
    for (let shift = 0; ; shift += 7) {
      const byte = this.rest[at++];
      if (byte === undefined) return null;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (this.rest.length < at + length) return null;
    const bytes = this.rest.subarray(0, at + length);
    this.rest = this.rest.subarray(at + length);
    const publish = (bytes[0] ?? 0) >> 4 === PUBLISH;
    return { bytes, topic: publish ? bytes.toString('utf8', at + 2, at + 2 + bytes.readUInt16BE(at)) : null };
  }
}
