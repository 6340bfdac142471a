/**
 * A broker in a few lines, for what real ones do and mosquitto does not: close the connection on a publish or subscription that they do
 * not like, without a word (AWS IoT); answer with any reason; answer nothing. It keeps what it took, and passes nothing on.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import {
  generate,
  type IConnackPacket,
  type IConnectPacket,
  type IPublishPacket,
  type ISubscribePacket,
  type Packet,
  parser,
} from 'mqtt-packet';

/** 'close': without a word. 'ignore': no answer at all. A number: the reason of the acknowledgement. */
export type Answer = 'take' | 'close' | 'ignore' | number;
/** 'hold': taken when release() says so. */
export type PublishAnswer = Answer | 'hold';

export interface RawBrokerOptions {
  /** 'reset': the connection is reset. */
  readonly onConnect?: (packet: IConnectPacket) => Answer | 'reset';
  readonly onPublish?: (packet: IPublishPacket, connection: number) => PublishAnswer;
  readonly onSubscribe?: (filter: string, qos: number) => Answer;
  readonly onPing?: () => 'take' | 'ignore';
  /** Sent before the connection is closed on a publish: DISCONNECT with this reason. */
  readonly goodbye?: number;
  readonly connack?: IConnackPacket['properties'];
}

export interface Taken {
  readonly topic: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly qos: number;
  readonly retain: boolean;
  /** 1 for the first connection. */
  readonly connection: number;
  /** MQTT 5 correlation data, as text. */
  readonly correlation: string | null;
}

export interface RawBroker {
  readonly url: string;
  readonly port: number;
  /** Published and taken, in order. */
  readonly taken: readonly Taken[];
  /** Connections that got as far as CONNACK. */
  readonly connections: number;
  /** TCP connections that are open now. */
  readonly open: number;
  /** What came, in order: the kind of each packet. */
  readonly heard: readonly Packet['cmd'][];
  /** Messages that were closed on, or not answered. */
  readonly offended: readonly string[];
  /** Messages that wait for release(). */
  readonly held: number;
  /** Takes and acknowledges the oldest of what is held; all of it by default. */
  release(count?: number): void;
  /** Publishes to whoever is connected, QoS 0. */
  publish(topic: string, payload: string | Buffer, properties?: IPublishPacket['properties'], retain?: boolean): void;
  /** Raw bytes to whoever is connected. */
  raw(bytes: Uint8Array): void;
  /** Every connection is reset. */
  kill(): void;
  /** Resolves as soon as it holds; looked at after every packet. */
  until(holds: () => boolean, what: string): Promise<void>;
  close(): Promise<void>;
}

const GIVE_UP_AFTER = 25_000;

export async function startRawBroker(options: RawBrokerOptions = {}): Promise<RawBroker> {
  const taken: Taken[] = [];
  const offended: string[] = [];
  const heard: Packet['cmd'][] = [];
  const held: (() => void)[] = [];
  const sockets = new Map<Socket, { readonly connection: number; readonly version: 4 | 5 }>();
  let open = 0;
  const waiting = new Set<() => void>();
  let connections = 0;
  const look = () => {
    for (const one of [...waiting]) one();
  };
  const server = createServer((socket) => {
    open++;
    let version: 4 | 5 = 4;
    const read = parser();
    const say = (packet: Packet) => socket.writable && socket.write(generate(packet, { protocolVersion: version }));
    let closing = false;
    const close = (why: string) => {
      closing = true;
      offended.push(why);
      if (options.goodbye !== undefined) say({ cmd: 'disconnect', reasonCode: options.goodbye });
      socket.destroySoon();
    };
    const connect = (packet: IConnectPacket) => {
      version = packet.protocolVersion === 5 ? 5 : 4;
      const answer = options.onConnect?.(packet) ?? 'take';
      if (answer === 'close') return void socket.destroy();
      if (answer === 'reset') return void socket.resetAndDestroy();
      if (answer === 'ignore') return;
      const code = answer === 'take' ? 0 : answer;
      if (code === 0) sockets.set(socket, { connection: ++connections, version });
      say({
        cmd: 'connack',
        returnCode: code,
        reasonCode: code,
        sessionPresent: false,
        ...(options.connack && { properties: options.connack }),
      });
    };
    const acknowledge = ({ qos, messageId = 0 }: IPublishPacket, reason: number) => {
      if (qos > 0 && socket.writable) socket.write(puback(messageId, reason, version));
    };
    const take = (packet: IPublishPacket, connection: number) => {
      const { topic, qos, retain } = packet;
      const correlation = packet.properties?.correlationData?.toString() ?? null;
      taken.push({ topic, qos, retain, connection, correlation, payload: JSON.parse(packet.payload.toString()) });
      acknowledge(packet, 0);
    };
    const publish = (packet: IPublishPacket) => {
      const connection = sockets.get(socket)?.connection ?? 0;
      const answer = options.onPublish?.(packet, connection) ?? 'take';
      if (answer === 'close') return close(packet.topic);
      if (answer === 'ignore') return void offended.push(packet.topic);
      if (answer === 'hold') return void held.push(() => take(packet, connection));
      if (answer === 'take') take(packet, connection);
      else acknowledge(packet, answer);
    };
    const subscribe = ({ messageId = 0, subscriptions }: ISubscribePacket) => {
      const [{ topic = '', qos = 0 } = {}] = subscriptions;
      const answer = options.onSubscribe?.(topic, qos) ?? 'take';
      if (answer === 'close') return close(topic);
      if (answer === 'ignore') return;
      say({ cmd: 'suback', messageId, granted: [answer === 'take' ? 1 : answer] });
    };
    read.on('packet', (packet: Packet) => {
      if (closing) return;
      heard.push(packet.cmd);
      if (packet.cmd === 'connect') connect(packet);
      else if (packet.cmd === 'publish') publish(packet);
      else if (packet.cmd === 'subscribe') subscribe(packet);
      else if (packet.cmd === 'unsubscribe') say({ cmd: 'unsuback', messageId: packet.messageId ?? 0, granted: [0] });
      else if (packet.cmd === 'pingreq' && options.onPing?.() !== 'ignore') say({ cmd: 'pingresp' });
      look();
    });
    read.on('error', () => socket.destroy());
    socket.on('data', (chunk) => read.parse(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      open--;
      sockets.delete(socket);
      look();
    });
  });
  const port = await listen(server);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    taken,
    offended,
    heard,
    get open() {
      return open;
    },
    get connections() {
      return connections;
    },
    get held() {
      return held.length;
    },
    release: (count = held.length) => {
      for (const take of held.splice(0, count)) take();
      look();
    },
    publish: (topic, payload, properties, retain = false) => {
      const packet: Packet = { cmd: 'publish', topic, payload, qos: 0, retain, dup: false, ...(properties && { properties }) };
      for (const [socket, { version }] of sockets) socket.write(generate(packet, { protocolVersion: version }));
    },
    raw: (bytes) => {
      for (const socket of sockets.keys()) socket.write(bytes);
    },
    kill: () => {
      for (const socket of sockets.keys()) socket.resetAndDestroy();
    },
    until: (holds, what) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => settle(() => reject(new Error(`in vain: ${what}`))), GIVE_UP_AFTER);
        const settle = (how: () => void) => {
          clearTimeout(timer);
          waiting.delete(check);
          how();
        };
        const check = () => holds() && settle(resolve);
        waiting.add(check);
        check();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets.keys()) socket.destroy();
      }),
  };
}

/** By hand: a generator refuses the reasons that do not belong there, and brokers send them. */
function puback(packet: number, reason: number, version: 4 | 5): Buffer {
  const id = [packet >> 8, packet & 0xff];
  return version === 5 && reason !== 0 ? Buffer.from([0x40, 3, ...id, reason]) : Buffer.from([0x40, 2, ...id]);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
