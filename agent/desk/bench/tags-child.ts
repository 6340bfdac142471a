/** One of the two that receive the tags: `ours`, the agent's tag server and table; `bare`, node-opcua's client and nothing else. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AttributeIds, MessageSecurityMode, OPCUAClient, SecurityPolicy, TimestampsToReturn } from 'node-opcua-client';
import type { TagSample } from '../../contracts/index.ts';
import { createTagServer } from '../../sources/opcua/server.ts';
import { TagTable } from '../../stations/tags.ts';
import { systemClock as clock } from '../../time.ts';
import { answerOrders } from './children.ts';
import { quiet } from './quiet.ts';

export type TagsOrder =
  | { readonly do: 'connect'; readonly endpoint: string; readonly tags: number; readonly period: number }
  | { readonly do: 'measure'; readonly seconds: number }
  | { readonly do: 'disconnect' };
export interface TagsAnswer {
  readonly received: number;
  /** Steps of a counter that were skipped. */
  readonly lost: number;
  readonly cpuMs: number;
  readonly blockedP99Ms: number;
}

/** Both ask for the same: values sampled twice as fast as they change, sent every 50 ms. */
const PUBLISHING = 50;
const QUEUE = 10;

let received = 0;
let lost = 0;
let last = new Float64Array(0);
let disconnect: () => Promise<void> = async () => {};

/** Every tag counts up by one: a step of more is a value that was lost. */
function take(index: number, value: number): void {
  received++;
  const before = last[index] ?? 0;
  if (before > 0 && value > before + 1) lost += value - before - 1;
  last[index] = value;
}

async function ours({ endpoint, tags, period }: Extract<TagsOrder, { do: 'connect' }>): Promise<void> {
  const names = Array.from({ length: tags }, (_, i) => `tag${i}`);
  const table = new TagTable();
  const over = new AbortController();
  const index = new Map(names.map((name, i) => [name, i]));
  for (const name of names) table.onSample(name, ({ value }) => take(index.get(name) ?? 0, Number(value)));
  const tag = (i: number) => ({ node: `nsu=urn:lineside:bench;s=Tag${i}`, sampling: period / 2, queue: QUEUE, writable: false });
  const config = {
    endpoint,
    security: { mode: 'None', policy: 'None' } as const,
    silence: 10_000,
    write_timeout: 500,
    tags: Object.fromEntries(names.map((name, i) => [name, tag(i)])),
  };
  const server = createTagServer('plc', config, { pki: mkdtempSync(join(tmpdir(), 'lineside-bench-pki-')), clock });
  let running: Promise<void> = Promise.resolve();
  await new Promise<void>((online) => {
    const emit = (name: string, sample: TagSample) => table.update(name, sample);
    running = server.run({ clock, log: quiet, emit, fault: () => {}, faults: () => {}, online, offline: () => {} }, over.signal);
  });
  disconnect = async () => {
    over.abort();
    await running;
  };
}

async function bare({ endpoint, tags, period }: Extract<TagsOrder, { do: 'connect' }>): Promise<void> {
  const client = OPCUAClient.create({
    endpointMustExist: false,
    securityMode: MessageSecurityMode.None,
    securityPolicy: SecurityPolicy.None,
  });
  await client.connect(endpoint);
  const session = await client.createSession();
  const namespace = (await session.readNamespaceArray()).indexOf('urn:lineside:bench');
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: PUBLISHING,
    requestedLifetimeCount: 1000,
    requestedMaxKeepAliveCount: 20,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 1,
  });
  for (let from = 0; from < tags; from += 500) {
    const items = Array.from({ length: Math.min(500, tags - from) }, (_, i) => ({
      nodeId: `ns=${namespace};s=Tag${from + i}`,
      attributeId: AttributeIds.Value,
    }));
    const group = await subscription.monitorItems(
      items,
      { samplingInterval: period / 2, discardOldest: true, queueSize: QUEUE },
      TimestampsToReturn.Both,
    );
    group.on('changed', (_, data, index) => take(from + index, Number(data.value.value)));
  }
  disconnect = async () => {
    await session.close(true);
    await client.disconnect();
  };
}

async function measure(seconds: number): Promise<TagsAnswer> {
  // The first notifications bring the values as they stood; the count begins behind them.
  await clock.sleep(500);
  received = 0;
  lost = 0;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  await clock.sleep(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  // The monitor's own timer is due every millisecond: what is above that was blocked.
  return { received, lost, cpuMs: (user + system) / 1000, blockedP99Ms: Math.max(0, delay.percentile(99) / 1e6 - 1) };
}

answerOrders<TagsOrder>(async (order) => {
  if (order.do === 'measure') return measure(order.seconds);
  if (order.do === 'disconnect') return disconnect();
  last = new Float64Array(order.tags);
  return process.argv[2] === 'ours' ? ours(order) : bare(order);
});
