/** What the client says of its buffers (OPC 10000-6, 7.1.2.3): the library fills one of that size for every request. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browse } from '#agent/sources/opcua/browse.js';
import { createTagServer } from '#agent/sources/opcua/server.js';
import { systemClock } from '#agent/time.js';
import { config, tag } from '../contracts/tag-server-rig.ts';
import { memoryLog } from '../simulators/log.ts';
import { type OpcuaServerKind, startOpcuaServer } from '../simulators/opcua.ts';
import { live, TagRecorder } from '../simulators/tag-recorder.ts';

let pki: string;
beforeAll(async () => {
  pki = await mkdtemp(join(tmpdir(), 'lineside-pki-'));
});
afterAll(() => rm(pki, { recursive: true, force: true }));

const look = (endpoint: string, node: string, silence: number) =>
  browse('plc', config(endpoint, { silence }), { pki, clock: systemClock, log: memoryLog(), node, depth: 1 });

test('the HELLO keeps a request in 16 KiB and a response in 64 KiB', async () => {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `opc.tcp://127.0.0.1:${(server.address() as AddressInfo).port}/line`;
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const looked = look(endpoint, 'i=85', 1000).catch(() => {});
  const [socket] = await connected;
  const [hello] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  server.close();
  await looked;
  expect(hello.toString('latin1', 0, 4)).toBe('HELF');
  expect({ receive: hello.readUInt32LE(12), send: hello.readUInt32LE(16) }).toEqual({ receive: 64 * 1024, send: 16 * 1024 });
});

test('bytes behind the acknowledgement that are no message end the connection, and nothing else', async () => {
  const acknowledge = Buffer.alloc(28);
  acknowledge.write('ACKF');
  for (const [at, value] of [
    [4, 28],
    [12, 65_536],
    [16, 65_536],
  ] as const)
    acknowledge.writeUInt32LE(value, at);
  const nonsense = Buffer.from('MSGF\xff\xff\xff\x01', 'latin1');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    // In one piece, as a network may deliver what was sent in two.
    socket.once('data', () => socket.write(Buffer.concat([acknowledge, nonsense])));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `opc.tcp://127.0.0.1:${(server.address() as AddressInfo).port}/line`;
  const loose: unknown[] = [];
  const hear = (thrown: unknown) => loose.push(thrown);
  process.on('uncaughtException', hear);
  try {
    await expect(look(endpoint, 'i=85', 20_000)).rejects.toMatchObject({ code: 'OPCUA_UNREACHABLE' });
    expect(loose).toEqual([]);
  } finally {
    process.off('uncaughtException', hear);
    server.close();
  }
});

describe.each<OpcuaServerKind>(['asyncua', 'node-opcua'])('%s', (kind) => {
  test('is asked for more than one chunk holds, and answers with more than one', async () => {
    // A hundred values of 300 bytes of name: the request to read them has 34 KB, the answer to browsing them twice that.
    const names = Array.from({ length: 100 }, (_, i) => `Zone${String(i).padStart(3, '0')}.${'Temperature'.repeat(27)}`);
    const variables = Object.fromEntries(names.map((name, i) => [name, ['Double', i] as const]));
    const plc = await startOpcuaServer(kind, { variables });
    try {
      const nodes = await look(plc.endpoint, 'nsu=urn:press;s=Line', 10_000);
      const values = new Map(nodes.map(({ name, value }) => [name, value]));
      expect(names.map((name) => values.get(name))).toEqual(names.map((_, i) => i));
    } finally {
      await plc.stop();
    }
  });

  test('1,000 changes in one publishing arrive, in an answer far beyond the largest request', { timeout: 60_000 }, async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `T${i}`);
    const plc = await startOpcuaServer(kind, { variables: Object.fromEntries(names.map((name) => [name, ['Double', 0] as const])) });
    const recorder = new TagRecorder();
    const tags = Object.fromEntries(names.map((name) => [name, tag(name)]));
    const life = live(createTagServer('plc', config(plc.endpoint, { tags, silence: 5000 }), { pki, clock: systemClock }), recorder);
    try {
      await Promise.race([recorder.until(() => recorder.onlines > 0), life.over]);
      await plc.wave('T', names.length, 10, 5);
      await Promise.race([recorder.until(() => names.every((name) => recorder.last(name)?.value === 5)), life.over]);
      expect(names.filter((name) => recorder.last(name)?.value !== 5)).toEqual([]);
      expect(recorder.ends).toEqual([]);
    } finally {
      await life.stop();
      await plc.stop();
    }
  });
});
