/**
 * How many values a second the tag source takes from a server, and whether any is lost. For a server whose variables count up by one:
 *   node dist/scripts/opcua-rate.js --endpoint opc.tcp://plc:4840 --node 'nsu=urn:x;s=T{i}' --count 1000 [--sampling 100] [--seconds 20]
 * A step of more than one is a loss. The figures are those of this process alone; the server's own are its own affair.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLog } from '../agent/cli/log.ts';
import type { OpcuaServerConfig } from '../agent/config/schema.ts';
import type { TagSample } from '../agent/contracts/index.ts';
import { createTagServer } from '../agent/sources/opcua/server.ts';
import { Seconds, systemClock } from '../agent/time.ts';

const { values: options } = parseArgs({
  options: {
    endpoint: { type: 'string', default: 'opc.tcp://127.0.0.1:4840' },
    node: { type: 'string', default: 'ns=1;s=T{i}' },
    count: { type: 'string', default: '1000' },
    sampling: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
  },
});

const count = Number(options.count);
const last = new Map<string, number>();
let received = 0;
let lost = 0;

function take(tag: string, { value }: TagSample): void {
  received++;
  const before = last.get(tag);
  if (typeof value !== 'number') return;
  if (before !== undefined && value > before + 1) lost += value - before - 1;
  last.set(tag, value);
}

function configOf(): OpcuaServerConfig {
  const tags = Array.from({ length: count }, (_, i) => [
    `t${i}`,
    { node: options.node.replace('{i}', String(i)), sampling: Number(options.sampling), queue: 10, writable: false },
  ]);
  return {
    endpoint: options.endpoint,
    security: { mode: 'None', policy: 'None' },
    silence: Seconds(10),
    write_timeout: Seconds(1),
    tags: Object.fromEntries(tags),
  };
}

/** Everything that the process used between two looks at it. */
async function measure(): Promise<object> {
  await systemClock.sleep(Seconds(3));
  received = 0;
  lost = 0;
  const cpu = process.cpuUsage();
  const from = performance.now();
  let rss = 0;
  const looking = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss());
  }, 250);
  await systemClock.sleep(Seconds(Number(options.seconds)));
  clearInterval(looking);
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    values_per_second: Math.round(received / seconds),
    lost,
    tags_heard: last.size,
    cpu_percent: Math.round((user + system) / seconds / 1e3) / 10,
    rss_mb: Math.round(rss / 1e6),
  };
}

const pki = mkdtempSync(join(tmpdir(), 'opcua-rate-'));
const over = new AbortController();
const server = createTagServer('plc', configOf(), { pki, clock: systemClock });
const online = new Promise<void>((up, down) => {
  const ctx = {
    clock: systemClock,
    log: createLog({ level: 'warn' }),
    emit: take,
    fault: () => {},
    faults: () => {},
    online: up,
    offline: () => {},
  };
  server.run(ctx, over.signal).then(() => down(over.signal.reason), down);
});
try {
  await online;
  process.stdout.write(`${JSON.stringify(await measure())}\n`);
} finally {
  over.abort();
  rmSync(pki, { recursive: true, force: true });
}
