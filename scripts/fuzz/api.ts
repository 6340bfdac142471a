/** The API of the page: requests at every route that its own document has, made from the schemas there and changed; signed in and not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../agent/errors.ts';
import { systemClock } from '../../agent/time.ts';
import { Sessions } from '../../agent/web/doors/sessions.ts';
import { openApi } from '../../agent/web/openapi.ts';
import { startWeb } from '../../agent/web/server.ts';
import { ADMIN, type ApiBox, INSPECTION, openApiBox, SOURCE } from './api-box.ts';
import { type Door, silent } from './door.ts';
import { below, mutatedText, oddNumber, pick, type Random } from './mutate.ts';

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

export const api: Door = {
  name: 'api',
  summary:
    'Requests at every route of the API, made from its schemas and changed: answered or refused with the reason, never a fault of its own.',
  inputs: { full: 100_000, quick: 400 },
  meets: [/^200$/, /^204$/, /^400$/, /^401$/, /^403$/, /^404$/, /^409$|^422$/],
  async open() {
    const folder = mkdtempSync(join(tmpdir(), 'lineside-fuzz-api-'));
    const box = await openApiBox(folder);
    const { ports } = box;
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
        const asked = requestOf(random, drawn(random, operations), cookie, await box.known());
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
        await box.close();
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

/** Each of these starts a process: drawn as often as the others, nothing else would be tried. */
const SLOW = /^(POST \/config\/check|PUT \/config|POST \/teach\/learn|POST \/stations\/\{station\}\/models\/\{model\}\/\w+)$/;
const SLOW_ONE_IN = 40;

function drawn(random: Random, operations: readonly Operation[]): Operation {
  for (;;) {
    const operation = operations[below(random, operations.length)];
    if (!operation) throw new RangeError('the document has no routes');
    if (!SLOW.test(`${operation.method} ${operation.path}`) || below(random, SLOW_ONE_IN) === 0) return operation;
  }
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Values that mean something to the box, by the name of what asks for them. */
type Known = Awaited<ReturnType<ApiBox['known']>>;

function requestOf(random: Random, { path, method, parameters, body }: Operation, cookie: string, known: Known): Asked {
  const madeFor = ({ name, schema }: Parameter) => knownOr(random, known, name, () => valueFor(random, schema, 0, known));
  const shown = (one: Parameter) => encodeURIComponent(textOf(madeFor(one)));
  const filled = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    return parameter ? shown(parameter) : 'x';
  });
  const query = parameters.filter((one) => one.in === 'query' && random() < 0.4).map((one) => `${one.name}=${shown(one)}`);
  const text = body === null ? null : JSON.stringify(valueFor(random, body, 0, known));
  return {
    method: random() < 0.03 ? pick(random, ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) : method,
    path: `/api/v1${filled}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    headers: {
      ...headersFor(random, cookie, text !== null),
      ...Object.fromEntries(
        parameters.filter((one) => one.in === 'header' && random() < 0.9).map((one) => [one.name, headerOf(madeFor(one))]),
      ),
    },
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

/** Half of the time what the box knows under that name, as it is or changed. */
function knownOr(random: Random, known: Known, name: string, other: () => unknown): unknown {
  const values = known[name];
  if (!values || random() < 0.5) return other();
  const value = values[below(random, values.length)];
  return typeof value === 'string' && random() < 0.2 ? mutatedText(random, value) : value;
}

/** What a header can carry. */
const headerOf = (value: unknown): string =>
  textOf(value)
    .replaceAll(/[^ -~]/g, '?')
    .slice(0, 500);

/** Mostly what the schema wants; now and then anything. */
function valueFor(random: Random, schema: Schema, depth: number, known: Known): unknown {
  if (random() < 0.12 || depth > 6) return pick<unknown>(random, [null, true, oddNumber(random), pick(random, TEXTS), [], {}, [[]]]);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[below(random, schema.enum.length)];
  if (schema.anyOf) return valueFor(random, schema.anyOf[below(random, schema.anyOf.length)] ?? {}, depth + 1, known);
  if (schema.type === 'object') return objectFor(random, schema, depth, known);
  if (schema.type === 'array')
    return Array.from({ length: below(random, 4) }, () => valueFor(random, schema.items ?? {}, depth + 1, known));
  if (schema.type === 'integer' || schema.type === 'number')
    return random() < 0.7 ? below(random, 100) + (schema.minimum ?? 0) : oddNumber(random);
  if (schema.type === 'boolean') return random() < 0.5;
  return random() < 0.8 ? pick(random, TEXTS) : mutatedText(random, INSPECTION);
}

function objectFor(random: Random, { properties = {} }: Schema, depth: number, known: Known): Record<string, unknown> {
  const kept = Object.entries(properties).filter(() => random() < 0.93);
  const more = random() < 0.04 ? [[pick(random, ['more', '__proto__', 'constructor']), 1] as const] : [];
  return Object.fromEntries([
    ...kept.map(([name, of]) => [name, knownOr(random, known, name, () => valueFor(random, of, depth + 1, known))] as const),
    ...more,
  ]);
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
