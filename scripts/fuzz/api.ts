/** The API of the page: requests at every route that its own document has, made from the schemas there and changed; signed in and not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../agent/errors.ts';
import { TeachDesk } from '../../agent/runtime/teach-desk.ts';
import { openAccess } from '../../agent/store/access.ts';
import { AccessFile } from '../../agent/store/access-file.ts';
import { openJournal } from '../../agent/store/database.ts';
import { openRecords } from '../../agent/store/records.ts';
import { systemClock } from '../../agent/time.ts';
import { Sessions } from '../../agent/web/doors/sessions.ts';
import { openApi } from '../../agent/web/openapi.ts';
import { type PagePorts, startWeb, type WebSource } from '../../agent/web/server.ts';
import { type Door, silent } from './door.ts';
import { below, mutatedText, oddNumber, pick, type Random } from './mutate.ts';

const INSPECTION = '01a22758-a2db-7754-a24a-dcf9774e47f7';
const TEXTS = [
  '',
  'outlet',
  INSPECTION,
  'admin',
  '../../etc/passwd',
  '%2e%2e%2f',
  "' OR 1=1 --",
  '__proto__',
  'constructor',
  '\u0000',
  '\ud800',
  'x'.repeat(5000),
  'e\u0301\u202e',
  '1795956450000_3',
  '{"a":1}',
] as const;
const GOOD_EVERY = 10;
/** Some inputs end the session that they use. */
const SESSION_FOR = 25;
const LONGEST_ANSWER = 1_000_000;
const PATIENCE_MS = 200;

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minimum?: number;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}
interface Operation {
  readonly path: string;
  readonly method: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
}

const HEALTH = {
  at: 1,
  uptimeS: 60,
  version: '1.2.3',
  rssMb: 180,
  diskFreeMb: 5000,
  parts: {},
  queues: {},
  certificateDaysLeft: {},
} as const;
const SOURCE: WebSource = {
  health: async () => HEALTH,
  notReady: () => [],
  stations: () => ({}),
  outboxDepth: async () => 7,
  alarms: () => [],
};

const ADMIN = { name: 'admin', role: 'admin', secret: 'scrypt$1$1$1$AA$AA', changedAt: 1 } as const;

/** One inspection, so that there is something to find. */
function fill(folder: string): void {
  const { db } = openJournal(folder, 'now');
  db.prepare(
    `INSERT INTO inspections (id, station, sequence, outcome, at, trigger, recipe, verdict, reasons, answer, tags, frames, config_hash)
     VALUES (?, 'outlet', 1, 'judged', 1795956450000, 'tag', 'standard', 'nok', '[{"text":"surface defect"}]', 'none', '{}', '[]', '')`,
  ).run(INSPECTION);
  db.close();
  const file = new AccessFile(folder);
  file.put(ADMIN);
  file.close();
}

function portsOf(folder: string): PagePorts {
  const nothing = async () => ({});
  const certificate = { server: '', fingerprint: '', subject: '', applicationUri: '', validFrom: 0, validTo: 0 };
  return {
    clock: systemClock,
    log: silent,
    folder: join(folder, 'web'),
    access: openAccess(folder, systemClock),
    records: openRecords(folder, systemClock),
    asking: { whatIf: async () => null, replay: async () => null },
    live: {
      line: () => ({
        line: { enterprise: 'a', site: 'b', area: 'c', line: 'd', agent: 'e' },
        version: '1',
        config: '',
        safeMode: false,
        stations: { outlet: { deadlineMs: 200, onFailure: 'nok', cameras: ['top'], models: ['surface'], servers: [] } },
      }),
      states: () => ({}),
      alarms: () => [],
      returned: () => [],
      models: () => [],
      tags: () => [],
      picture: async () => null,
    },
    changes: {
      command: nothing,
      acknowledgeAlarm: async () => {},
      shelveAlarm: async () => {},
      unshelveAlarm: async () => {},
      certificates: async () => ({ rejected: [], trusted: [] }),
      trust: async () => certificate,
      label: async () => {},
      undo: async () => {},
    },
    config: null,
    // No model to be taught: every lesson is refused, and none is ever begun.
    teaching: new TeachDesk({
      clock: systemClock,
      log: silent,
      folder: join(folder, 'teach'),
      backbone: folder,
      packages: () => folder,
      file: () => null,
      place: () => null,
      shadow: () => null,
      encode: async () => null,
      reload: nothing,
    }),
    passwordWasSet: () => true,
    audit: () => {},
  };
}

export const api: Door = {
  name: 'api',
  summary:
    'Requests at every route of the API, made from its schemas and changed: answered or refused with the reason, never a fault of its own.',
  inputs: { full: 100_000, quick: 400 },
  meets: [/^200$/, /^204$/, /^400$/, /^401$/, /^403$/, /^404$/],
  async open() {
    const folder = mkdtempSync(join(tmpdir(), 'lineside-fuzz-api-'));
    fill(folder);
    const ports = portsOf(folder);
    const server = await startWeb({ listen: '127.0.0.1:0', hosts: [], rate: 1e9 }, SOURCE, silent, ports);
    const port = Number(new URL(server.address).port);
    const operations = operationsOf(JSON.parse(await openApi({ ports, source: SOURCE, rate: 1 }, '1')));
    const sessions = new Sessions(ports);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let cookie = '';
    return {
      try: async (random, number) => {
        if (cookie === '' || number % SESSION_FOR === 0) {
          // Some input may have made another admin and removed this one.
          await ports.access.put(ADMIN);
          cookie = `lineside=${(await sessions.begin('admin', '127.0.0.1')).shown}`;
        }
        const operation = operations[below(random, operations.length)];
        if (!operation) throw new RangeError('the document has no routes');
        const asked = requestOf(random, operation, cookie);
        const answer = await ask(agent, port, asked);
        check(answer, asked);
        if (number % GOOD_EVERY === 0) {
          const good = await ask(false, port, { method: 'GET', path: '/api/v1/line', headers: {}, body: null });
          if (good.status !== 200) throw new RangeError(`a good request got ${good.status}: ${good.text.slice(0, 200)}`);
        }
        return String(answer.status);
      },
      close: async () => {
        agent.destroy();
        // The threads do not keep the process; the server does until they have ended.
        await Promise.all([ports.access.close(), ports.records.close()]);
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}
interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

function operationsOf({ paths }: Document): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      path,
      method: method.toUpperCase(),
      parameters,
      body: Object.values(requestBody?.content ?? {})[0]?.schema ?? null,
    })),
  );
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

function requestOf(random: Random, { path, method, parameters, body }: Operation, cookie: string): Asked {
  const shown = ({ schema }: Parameter) => encodeURIComponent(textOf(valueFor(random, schema, 0)));
  const filled = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    return parameter ? shown(parameter) : 'x';
  });
  const query = parameters.filter((one) => one.in === 'query' && random() < 0.4).map((one) => `${one.name}=${shown(one)}`);
  const text = body === null ? null : JSON.stringify(valueFor(random, body, 0));
  return {
    method: random() < 0.03 ? pick(random, ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) : method,
    path: `/api/v1${filled}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    headers: headersFor(random, cookie, text !== null),
    body: text !== null && random() < 0.15 ? mutatedText(random, text) : text,
  };
}

function headersFor(random: Random, cookie: string, hasBody: boolean): Record<string, string> {
  return {
    ...(random() < 0.9 ? { 'x-lineside': '1' } : {}),
    ...(random() < 0.8 ? { cookie } : { cookie: `lineside=${encodeURIComponent(textOf(pick(random, TEXTS))).slice(0, 200)}` }),
    ...(hasBody ? { 'content-type': random() < 0.95 ? 'application/json' : 'text/plain' } : {}),
    ...(random() < 0.05 ? { origin: 'http://evil.example' } : {}),
    ...(random() < 0.05 ? { 'last-event-id': encodeURIComponent(textOf(pick(random, TEXTS))).slice(0, 200) } : {}),
  };
}

/** Mostly what the schema wants; now and then anything. */
function valueFor(random: Random, schema: Schema, depth: number): unknown {
  if (random() < 0.12 || depth > 6) return pick<unknown>(random, [null, true, oddNumber(random), pick(random, TEXTS), [], {}, [[]]]);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[below(random, schema.enum.length)];
  if (schema.anyOf) return valueFor(random, schema.anyOf[below(random, schema.anyOf.length)] ?? {}, depth + 1);
  if (schema.type === 'object') return objectFor(random, schema, depth);
  if (schema.type === 'array') return Array.from({ length: below(random, 4) }, () => valueFor(random, schema.items ?? {}, depth + 1));
  if (schema.type === 'integer' || schema.type === 'number')
    return random() < 0.7 ? below(random, 100) + (schema.minimum ?? 0) : oddNumber(random);
  if (schema.type === 'boolean') return random() < 0.5;
  return random() < 0.8 ? pick(random, TEXTS) : mutatedText(random, INSPECTION);
}

function objectFor(random: Random, { properties = {} }: Schema, depth: number): Record<string, unknown> {
  const kept = Object.entries(properties).filter(() => random() < 0.93);
  const more = random() < 0.04 ? [[pick(random, ['more', '__proto__', 'constructor']), 1] as const] : [];
  return Object.fromEntries([...kept.map(([name, of]) => [name, valueFor(random, of, depth + 1)] as const), ...more]);
}

/** Half a surrogate pair is no text that an address can have. */
function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return text.replaceAll(/[\ud800-\udfff]/g, '?').slice(0, 3000);
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function check({ status, type, text }: Answer, asked: Asked): void {
  const told = `${asked.method} ${asked.path.slice(0, 300)} ${asked.body?.slice(0, 300) ?? ''}: ${status} ${text.slice(0, 300)}`;
  // 503: too much at once, or a disk that is away; nothing else of the server's own.
  if (status >= 500 && status !== 503) throw new RangeError(told);
  if (text.length > LONGEST_ANSWER || /node_modules|\.js:\d|SQLITE_/.test(text)) throw new RangeError(`tells too much: ${told}`);
  // What is no HTTP is answered before anybody reads it.
  const isRaw = text.includes('"message":"Client Error"');
  if (status >= 400 && status !== 421 && !isRaw && !(type.includes('problem+json') && typeof JSON.parse(text).code === 'string'))
    throw new RangeError(`no problem details: ${told}`);
}

/** A stream never ends: what has come after a moment is its answer. */
function ask(agent: Agent | false, port: number, { method, path, headers, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', method, path, headers, agent }, (reply) => {
      let text = '';
      const type = String(reply.headers['content-type'] ?? '');
      const done = () => resolve({ status: reply.statusCode ?? 0, type, text });
      reply.setEncoding('utf8');
      reply.on('data', (piece: string) => {
        text += piece;
        if (type.includes('event-stream')) asked.destroy();
      });
      reply.on('end', done);
      reply.on('close', done);
      if (type.includes('event-stream')) systemClock.after(PATIENCE_MS, () => asked.destroy());
    });
    asked.on('error', (thrown) => {
      // A kept connection may have been closed while it was idle (RFC 9112 9.3.1): asked once more, on one of its own. Without an answer
      // there as well it is the server's fault.
      if (asked.reusedSocket && /ECONNRESET|socket hang up/.test(messageOf(thrown)))
        ask(false, port, { method, path, headers, body }).then(resolve, reject);
      else reject(thrown);
    });
    asked.end(body ?? undefined);
  });
}
