/** A broker that answers anything: its packets changed on the way to the publisher; and commands as nobody should send them. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { generate, type IConnackPacket, type IConnectPacket, type Packet, parser } from 'mqtt-packet';
import { Value } from 'typebox/value';
import { LineSchema, type MqttConfig, MqttSchema } from '../../agent/config/schema.ts';
import type { Outbox, PublisherContext, StoredOutboxRow } from '../../agent/contracts/index.ts';
import { LinesideError } from '../../agent/errors.ts';
import { CommandDesk, type IncomingCommand, parseCommand, type Reply } from '../../agent/publishers/commands.ts';
import { createMqttPublisher } from '../../agent/publishers/mqtt.ts';
import { LONGEST_TEXT } from '../../agent/publishers/schemas.ts';
import { systemClock } from '../../agent/time.ts';
import { codeOf, type Door, silent } from './door.ts';
import { below, mutated, mutatedText, pick, type Random } from './mutate.ts';

/** One in so many inputs is a connection; the others are commands. */
const A_CONNECTION = 20;
/** From the first packet to the last acknowledgement on a quiet box, some times over; and where no packet comes. */
const LIFE_MS = 80;
const LONGEST_LIFE_MS = 20_000;
/** Of the packets after the first ones: one change too many ends the connection before the next. */
const WHOLE = 0.6;

const LINE = Value.Decode(LineSchema, { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3' });
const ROOT = 'lineside/v1/acme/dresden/castings/line3';
type Sent = readonly [verb: string, body: string];
const COMMANDS: readonly [Sent, ...Sent[]] = [
  ['trigger', '{"station":"outlet","part":"P-17","id":"a1"}'],
  ['enable', '{"station":"outlet","enabled":false}'],
  ['recipe', '{"station":"outlet","recipe":"fine","id":"a2"}'],
  ['reload', ''],
  ['rebirth', '{}'],
  ['ack', '{"station":"outlet"}'],
];

export const mqtt: Door = {
  name: 'mqtt',
  summary: 'The packets of a broker, changed on the way to the publisher, and changed commands: each one answer, and a bounded one.',
  inputs: { full: 20_000, quick: 200 },
  meets: [/^taken$/, /^refused$/, /^sent, /],
  async open() {
    // The library and a whole life once, so that what is timed is the input.
    await connection(() => 0.999_999, Number.MAX_SAFE_INTEGER);
    return { try: (random, number) => (number % A_CONNECTION === 0 ? connection(random) : command(random)) };
  },
};

/** A life against a broker whose first `answers` are whole: a change too early never comes to the rest. */
async function connection(random: Random, answers = below(random, 50)): Promise<string> {
  const version = pick(random, ['5', '3.1.1'] as const);
  let untouched = answers;
  const over = new AbortController();
  const end = () => {
    // Most lives end by the broker: a goodbye to one that answers nonsense waits for its time to be over.
    if (random() < 0.1) over.abort(new LinesideError('STOPPING'));
    broker.close();
  };
  let late = systemClock.after(LONGEST_LIFE_MS, end);
  const heard = () => {
    late();
    late = systemClock.after(LIFE_MS, end);
  };
  const change = (bytes: Buffer) => (untouched-- > 0 || random() < WHOLE ? bytes : mutated(random, bytes));
  const broker = await startBroker(random, change, heard);
  const config = Value.Decode(MqttSchema, Value.Default(MqttSchema, { url: `mqtt://127.0.0.1:${broker.port}`, version })) as MqttConfig;
  const publisher = createMqttPublisher({ config, line: LINE, agent: 'gw1', version: '0.1.0', stations: ['outlet'] });
  const outbox = outboxOf(40);
  const ctx: PublisherContext = {
    clock: systemClock,
    log: silent,
    outbox,
    onCommand: async () => ({}),
    online: () => {},
    understood: () => {},
    faults: () => {},
  };
  try {
    const how = await publisher.run(ctx, over.signal).then(() => 'stopped', codeOf);
    const { unsent } = await outbox.depth('mqtt');
    return `${unsent < 40 ? 'sent' : 'nothing sent'}, ${how}`;
  } finally {
    late();
    broker.close();
  }
}

/** Rows that were never sent or refused come again, as in the journal. */
function outboxOf(count: number): Outbox {
  const rows = new Map<number, StoredOutboxRow>();
  for (let id = 1; id <= count; id++) {
    const topic = `${ROOT}/outlet/quality`;
    rows.set(id, { id, publisher: 'mqtt', eventId: `e${id}`, station: 'outlet', topic, payload: `{"id":"e${id}"}`, storedAt: 0 });
  }
  const gone = (id: number) => {
    if (!Number.isInteger(id) || id < 1 || id > count) throw new RangeError(`there is no row ${id}`);
    rows.delete(id);
  };
  return {
    read: async (_, after, before, limit) => [...rows.values()].filter(({ id }) => id > after && id <= before).slice(0, limit),
    sent: (_, ids) => ids.forEach(gone),
    refuse: (_, refusals) => {
      for (const { id } of refusals) gone(id);
    },
    watch: (_, listener) => {
      listener({ letters: 0, refusals: [], bytes: 0, bound: 1e9, dropped: 0, revived: 0 });
      return () => {};
    },
    onCommit: () => () => {},
    depth: async () => ({ unsent: rows.size, oldestAt: null, newest: count }),
  };
}

/** Answers as a broker does, sends commands in between, and changes all of it; `heard` is called at each CONNECT. */
async function startBroker(random: Random, change: (bytes: Buffer) => Buffer, heard: () => void): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const read = parser();
    let protocolVersion: 4 | 5 = 4;
    const say = (packet: Packet) => socket.writable && socket.write(change(generate(packet, { protocolVersion })));
    read.on('packet', (packet: Packet) => {
      if (packet.cmd === 'connect') {
        protocolVersion = versionOf(packet);
        heard();
      }
      const answer = answerTo(random, packet);
      if (answer) say(answer);
      if (random() < 0.2) say(commandPacket(random, protocolVersion));
    });
    read.on('error', () => socket.destroy());
    socket.on('data', (chunk) => read.parse(chunk));
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const versionOf = (packet: IConnectPacket): 4 | 5 => (packet.protocolVersion === 5 ? 5 : 4);

function answerTo(random: Random, packet: Packet): Packet | null {
  const messageId = packet.messageId ?? 0;
  switch (packet.cmd) {
    case 'connect': {
      const properties = pick<NonNullable<IConnackPacket['properties']>>(random, [
        {},
        { receiveMaximum: 1 },
        { maximumPacketSize: 200 },
        { retainAvailable: false, maximumQoS: 0 },
      ]);
      return { cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false, properties };
    }
    case 'subscribe':
      return { cmd: 'suback', messageId, granted: [pick(random, [0, 1, 0x80])] };
    case 'publish':
      return packet.qos > 0 ? { cmd: 'puback', messageId, reasonCode: pick(random, [0, 0, 0, 0x10, 0x87, 0x97]) } : null;
    case 'pingreq':
      return { cmd: 'pingresp' };
    default:
      return null;
  }
}

function commandPacket(random: Random, version: 4 | 5): Packet {
  const [verb, body] = pick(random, COMMANDS);
  const properties = { responseTopic: 'answers/here', correlationData: Buffer.from('c1') };
  const qos = pick(random, [0, 1] as const);
  const payload = random() < 0.5 ? body : mutatedText(random, body);
  const packet = { cmd: 'publish', topic: `${ROOT}/_agent/gw1/cmd/${verb}`, payload, qos, retain: false, dup: random() < 0.1 } as const;
  return { ...packet, ...(qos === 1 && { messageId: 1 + below(random, 9) }), ...(version === 5 && { properties }) };
}

/** One command through the parser, and through the desk that has to answer it once. */
async function command(random: Random): Promise<string> {
  const [good, text] = pick(random, COMMANDS);
  const verb = random() < 0.2 ? pick(random, ['__proto__', 'constructor', '', mutatedText(random, good)]) : good;
  const body = oddBody(random, text);
  const reply = await answered(random, { verb, body });
  if ((reply.text?.length ?? 0) > LONGEST_TEXT || reply.verb.length > 64) throw new RangeError('the answer has no bound');
  if (reply.code === 'INTERNAL') throw new RangeError(reply.text);
  if (reply.ok !== parses(verb, body)) throw new RangeError(`the desk says ${reply.ok}, the parser does not`);
  return reply.ok ? 'taken' : 'refused';
}

function parses(verb: string, body: Uint8Array): boolean {
  try {
    parseCommand(verb, body);
    return true;
  } catch (thrown) {
    if (thrown instanceof LinesideError && thrown.code === 'COMMAND_INVALID') return false;
    throw thrown;
  }
}

function oddBody(random: Random, text: string): Uint8Array {
  const of: readonly [() => Uint8Array, ...(() => Uint8Array)[]] = [
    () => mutated(random, Buffer.from(text)),
    () => Buffer.from(mutatedText(random, text)),
    () => Buffer.from(text),
    () => Buffer.from('['.repeat(below(random, 20_000))),
    () => Buffer.from(`{"__proto__":${text || '{}'},"id":"${'x'.repeat(below(random, 300))}"}`),
  ];
  return pick(random, of)();
}

function answered(random: Random, { verb, body }: Pick<IncomingCommand, 'verb' | 'body'>): Promise<Reply> {
  return new Promise((resolve) => {
    const desk = new CommandDesk({
      clock: systemClock,
      log: silent,
      handle: async () => ({}),
      reply: (_, reply) => resolve(reply),
      onFlood: () => {},
    });
    const correlation = pick(random, [undefined, Buffer.alloc(below(random, 100))]);
    const respondTo = pick(random, [undefined, '', mutatedText(random, 'answers/here')]);
    desk.take({
      verb,
      body,
      retain: false,
      dup: random() < 0.5,
      packet: pick(random, [undefined, 0, 7]),
      correlation,
      respondTo,
      from: null,
    });
  });
}
