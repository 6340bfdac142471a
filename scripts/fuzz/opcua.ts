/** An OPC UA server that answers anything: its bytes changed on the way to us, and values, types and times that no server should send. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataValue } from 'node-opcua-client';
import type { OpcuaServerConfig } from '../../agent/config/schema.ts';
import type { TagSample, TagServerContext } from '../../agent/contracts/index.ts';
import { LinesideError } from '../../agent/errors.ts';
import { variantOf } from '../../agent/sources/opcua/convert.ts';
import { loadIdentity } from '../../agent/sources/opcua/identity.ts';
import { loadLibrary } from '../../agent/sources/opcua/library.ts';
import { createTagServer } from '../../agent/sources/opcua/server.ts';
import { LONGEST, sampleOf } from '../../agent/sources/opcua/values.ts';
import { systemClock } from '../../agent/time.ts';
import { start } from '../support/processes.ts';
import { codeOf, type Door, silent } from './door.ts';
import { below, mutated, nudged, oddNumber, pick, type Random } from './mutate.ts';

/** One in so many inputs is a session of its own; the others are values. */
const A_SESSION = 50;
/** From the first value on, ms: what is changed comes in the answers, the keep-alives and the notifications after it. */
const LIFE_MS = 100;
/** Without any value it ends by the server's silence before. */
const LONGEST_LIFE_MS = 20_000;

export const opcua: Door = {
  name: 'opcua',
  summary: 'The bytes of an OPC UA server, changed on the way, and values and status codes as no server should send them.',
  inputs: { full: 20_000, quick: 150 },
  meets: [/^taken$/, /^OPCUA_TYPE$/, /^values, /],
  async open() {
    const folder = mkdtempSync(join(tmpdir(), 'fuzz-opcua-'));
    // A process of its own: what it works is no block of this one's main thread.
    const plc = start(process.execPath, [fileURLToPath(new URL('./plc.js', import.meta.url)), folder]);
    const port = Number(await plc.line(/^\d+$/));
    // The library, the agent's certificate and a whole life once, so that what is timed is the input.
    await loadIdentity(await loadLibrary(silent), { pkiFolder: folder, applicationName: 'lineside', clock: systemClock });
    await session(() => 0.999_999, port, folder, Number.MAX_SAFE_INTEGER);
    return {
      try: (random, number) => (number % A_SESSION === 0 ? session(random, port, folder) : value(random)),
      close: async () => {
        await plc.stop('SIGKILL');
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

/** A life against the server through something that changes what it says. */
async function session(random: Random, target: number, pki: string, answers = below(random, 30)): Promise<string> {
  // The first answers are the handshakes; a change too early never comes to the rest.
  let untouched = answers;
  const gate = await proxy(target, (bytes) => (untouched-- > 0 || random() < 0.5 ? bytes : oddBytes(random, bytes)));
  const over = new AbortController();
  const server = createTagServer('plc', configOf((gate.address() as AddressInfo).port), { pki, clock: systemClock });
  let values = 0;
  const stop = () => over.abort(new LinesideError('STOPPING'));
  let late = systemClock.after(LONGEST_LIFE_MS, stop);
  const emit: TagServerContext['emit'] = (tag, sample) => {
    if (values++ === 0) {
      late();
      late = systemClock.after(LIFE_MS, stop);
    }
    fits(tag, sample);
  };
  const ctx: TagServerContext = {
    clock: systemClock,
    log: silent,
    emit,
    fault: () => {},
    faults: () => {},
    online: () => {},
    offline: () => {},
  };
  try {
    const how = await server.run(ctx, over.signal).then(() => 'stopped', codeOf);
    return `${values > 0 ? 'values' : 'no values'}, ${how}`;
  } finally {
    late();
    gate.close();
  }
}

/** In place, anywhere, or with something behind it that comes in the same piece. */
const oddBytes = (random: Random, bytes: Buffer): Buffer =>
  pick(random, [nudged, mutated, (_: Random, good: Buffer) => Buffer.concat([good, mutated(random, good)])])(random, bytes);

function configOf(port: number): OpcuaServerConfig {
  const tag = (name: string) => ({ node: `nsu=urn:fuzz;s=${name}`, sampling: 50, queue: 10, writable: true });
  const tags = { number: tag('Number'), text: tag('Text'), list: tag('List') };
  return { endpoint: `opc.tcp://127.0.0.1:${port}`, security: { mode: 'None', policy: 'None' }, silence: 3000, write_timeout: 500, tags };
}

async function proxy(target: number, change: (bytes: Buffer) => Buffer): Promise<Server> {
  const gate = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    const end = () => {
      client.destroy();
      server.destroy();
    };
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => client.write(change(bytes)));
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
  }).listen(0, '127.0.0.1');
  await once(gate, 'listening');
  return gate;
}

async function value(random: Random): Promise<string> {
  const data = {
    value: { dataType: below(random, 27), arrayType: below(random, 3), value: oddValue(random) },
    statusCode: { value: Math.abs(oddNumber(random)) % 2 ** 32 || 0 },
    sourceTimestamp: oddDate(random),
    sourcePicoseconds: oddNumber(random),
    serverTimestamp: oddDate(random),
    serverPicoseconds: oddNumber(random),
  };
  const sample = sampleOf(data as unknown as DataValue, 0, 0);
  fits('', sample);
  if (sample.value !== null) variantOf('tag', below(random, 27), sample.value);
  return sample.value === null ? 'nothing' : 'taken';
}

/** What stays in memory is bounded, whatever came. */
function fits(_: string, { value: held }: TagSample): void {
  const size = typeof held === 'string' || Array.isArray(held) ? held.length : 0;
  if (size > LONGEST * 2) throw new RangeError(`a sample holds ${size}`);
}

const oddDate = (random: Random): Date | null =>
  pick(random, [null, new Date(oddNumber(random)), new Date(0), new Date(8.64e15), new Date(-8.64e15)]);

function oddValue(random: Random): unknown {
  const scalar = () =>
    pick<unknown>(random, [
      oddNumber(random),
      true,
      'x'.repeat(below(random, 20)),
      null,
      undefined,
      [oddNumber(random), oddNumber(random)],
      oddDate(random),
      Buffer.alloc(below(random, 64)),
      { text: null },
      { name: 'n', text: 'x'.repeat(below(random, 9) * 20_000) },
      {},
    ]);
  return pick<() => unknown>(random, [
    scalar,
    () => Array.from({ length: below(random, 40) }, scalar),
    () => new Float64Array(below(random, 1000)),
    () => 'x'.repeat(below(random, 5) * 40_000),
    () => Array.from({ length: 50 }, () => 'x'.repeat(3000)),
  ])();
}
