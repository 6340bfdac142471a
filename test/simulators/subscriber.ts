/**
 * The SCADA side: collects everything, and holds every payload against its JSON Schema. Its session outlives connections, so that an
 * acknowledged event is either here or was lost by the agent.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { connectAsync, type IClientOptions, type ISubscriptionMap, type MqttClient } from 'mqtt';
import { payloadSchemas } from '#agent/publishers/documents.js';

export interface Received {
  readonly topic: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly retain: boolean;
  /** Monotonic, ms. */
  readonly at: number;
}

export interface SubscriberOptions extends IClientOptions {
  readonly filter?: string;
}

export interface Subscriber {
  readonly client: MqttClient;
  readonly received: readonly Received[];
  /** By event id; more than one entry is a repeat. */
  readonly events: ReadonlyMap<string, readonly Received[]>;
  /** Payloads that break their schema, repeats that differ. Must stay empty. */
  readonly faults: readonly string[];
  /** Resolves as soon as it holds; looked at after every message, so keep it cheap. */
  until(holds: () => boolean, what: string): Promise<void>;
  next(topic: string, fits?: (payload: Received['payload']) => boolean): Promise<Received>;
  /** Connected and subscribed again, after a broker that forgot everything. */
  again(): Promise<void>;
  close(): Promise<void>;
}

const GIVE_UP_AFTER = 25_000;

export async function startSubscriber(url: string, { filter = '#', ...options }: SubscriberOptions = {}): Promise<Subscriber> {
  const received: Received[] = [];
  const events = new Map<string, Received[]>();
  const faults: string[] = [];
  const waiting = new Set<() => void>();
  const session = { clean: false, clientId: `subscriber-${process.pid}-${Math.random().toString(36).slice(2)}`, reconnectPeriod: 50 };
  const client = await connectAsync(url, {
    ...session,
    protocolVersion: 5,
    properties: { sessionExpiryInterval: 3600, receiveMaximum: 65_535 },
    ...options,
  });
  client.on('message', (topic, body, packet) => {
    if (/\/cmd\/[^/]+$/.test(topic)) return;
    // What is retained is taken back by nothing at all (MQTT 5, 3.3.1.3).
    const payload = (body.length === 0 ? {} : JSON.parse(body.toString())) as Received['payload'];
    const entry = { topic, payload, retain: packet.retain, at: performance.now() };
    received.push(entry);
    const fault = body.length === 0 ? undefined : faultOf(topic, payload);
    if (fault) faults.push(fault);
    if (/\/(quality|decision|shadow|model|shift|report|study)$/.test(topic)) keepEvent(events, entry, faults);
    for (const look of waiting) look();
  });
  await client.subscribeAsync(filter, { qos: 1 });
  const until = (holds: () => boolean, what: string) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(new Error(`in vain: ${what}`))), GIVE_UP_AFTER);
      const look = () => holds() && settle(resolve);
      const settle = (how: () => void) => {
        clearTimeout(timer);
        waiting.delete(look);
        how();
      };
      waiting.add(look);
      look();
    });
  return {
    client,
    received,
    events,
    faults,
    until,
    next: async (topic, fits = () => true) => {
      const from = received.length;
      const find = () => received.slice(from).find((entry) => entry.topic.endsWith(topic) && fits(entry.payload));
      await until(() => find() !== undefined, `a message on ${topic}`);
      return find() as Received;
    },
    again: async () => {
      if (!client.connected) await new Promise((resolve) => client.once('connect', resolve));
      await client.subscribeAsync({ [filter]: { qos: 1 }, resubscribe: true } as ISubscriptionMap);
    },
    close: () => client.endAsync(true),
  };
}

function keepEvent(events: Map<string, Received[]>, entry: Received, faults: string[]): void {
  const id = String(entry.payload['id']);
  const before = events.get(id);
  if (!before) events.set(id, [entry]);
  else {
    before.push(entry);
    const bare = ({ payload }: Received) => JSON.stringify({ ...payload, historical: undefined });
    if (bare(entry) !== bare(before[0] as Received)) faults.push(`event ${id} came again with another content`);
  }
}

// ---------------------------------------------------------------- schemas

/** The published schemas are open, so that a version can grow; here nothing may be sent that they do not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in schema ? { additionalProperties: false, ...inner } : inner;
}

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
formats.default(ajv);
const validators = new Map<string, ValidateFunction>();
for (const { file, content } of payloadSchemas())
  if (/^(?!cmd\.|asyncapi).*\.v1\.json$/.test(file))
    validators.set(`lineside.${file.replace('.json', '')}`, ajv.compile(closed(JSON.parse(content)) as object));

/** What stands below a level. */
const LEAVES: Readonly<Record<string, string>> = { alarm: 'alarm', spc: 'chart', material: 'material', tool: 'tool', none: 'reply' };

/** What is wrong with a payload, or null. Also: the topic carries its own schema only. */
export function faultOf(topic: string, payload: Received['payload']): string | null {
  const name = String(payload['schema']);
  const validate = validators.get(name);
  if (!validate) return `${topic}: unknown schema ${name}`;
  const level = /\/(alarm|spc|material|tool)\//.exec(topic)?.[1] ?? 'none';
  const leaf =
    /\/(quality|decision|shadow|model|state|kpi|shift|report|study|status|health|plan|route|reply)$/.exec(topic)?.[1] ?? LEAVES[level];
  if (name !== `lineside.${leaf}.v1`) return `${topic} carries ${name}`;
  return validate(payload) ? null : `${topic}: ${ajv.errorsText(validate.errors)}`;
}
