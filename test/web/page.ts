/** The page's server on a folder of its own, asked as a browser does: with cookies, over TLS, from another address of this box. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Health } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { TeachDesk } from '#agent/runtime/teach-desk.js';
import { openAccess } from '#agent/store/access.js';
import { AccessFile, hasAccessFile } from '#agent/store/access-file.js';
import { Archives } from '#agent/store/data-set/archive.js';
import { openRecords } from '#agent/store/records.js';
import { type Clock, systemClock } from '#agent/time.js';
import { secretOf } from '#agent/web/doors/passwords.js';
import {
  type ChangesPort,
  type LivePort,
  type PageAct,
  type PagePorts,
  startWeb,
  type WebOptions,
  type WebServer,
  type WebSource,
} from '#agent/web/server.js';
import { memoryLog } from '../simulators/log.ts';

export const HEALTH: Health = {
  at: 1,
  uptimeS: 60,
  version: '1.2.3',
  rssMb: 180,
  diskFreeMb: 5000,
  parts: { 'camera/top': { status: 'running', restarts: 3 } },
  queues: { recorder: { depth: 2, bound: 5000, dropped: 1 } },
  certificateDaysLeft: { 'plc/own': 900 },
};

const SOURCE: WebSource = {
  health: async () => HEALTH,
  notReady: () => [],
  stations: () => ({}),
  outboxDepth: async () => 7,
  alarms: () => [],
};

const LIVE: LivePort = {
  line: () => ({
    line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3', agent: 'box' },
    version: '1.2.3',
    config: 'c0ffee',
    safeMode: false,
    stations: {},
  }),
  states: () => ({}),
  alarms: () => [],
  returned: () => [],
  models: () => [],
  tags: () => [],
  picture: async () => null,
};

const CHANGES: ChangesPort = {
  command: async (_, verb) => Promise.reject(new LinesideError('COMMAND_REFUSED', { verb, why: 'there is no station' })),
  acknowledgeAlarm: async () => {},
  shelveAlarm: async () => {},
  unshelveAlarm: async () => {},
  relearn: async () => {},
  certificates: async () => ({ rejected: [], trusted: [] }),
  trust: async () => Promise.reject(new LinesideError('USAGE', { why: '0 rejected certificates begin with it.' })),
  threshold: async (_, verb) => Promise.reject(new LinesideError('COMMAND_REFUSED', { verb, why: 'there is no model' })),
  label: async () => {},
  note: async ({ id, text, station = null, part = null, alarm = null }, who) => ({
    id,
    text,
    station,
    part,
    alarm,
    at: 0,
    who,
    source: 'page',
  }),
  undo: async () => {},
};

const unknown = async () => Promise.reject(new LinesideError('WEB_UNKNOWN', { what: 'containment' }));
const NO_CONTAINMENT: PagePorts['containment'] = {
  all: async () => ({ items: [], next: null }),
  one: unknown,
  parts: unknown,
  csv: unknown,
  open: unknown,
  dispose: unknown,
};

const NO_STUDIES: PagePorts['studies'] = {
  now: () => ({ plans: [], open: {} }),
  all: async () => ({ items: [], next: null }),
  report: unknown,
  csv: unknown,
  beside: unknown,
};

/** No model to be taught: every lesson is refused. */
const teachingIn = (folder: string): TeachDesk =>
  new TeachDesk({
    clock: systemClock,
    log: memoryLog(),
    folder: join(folder, 'teach'),
    store: folder,
    backbone: folder,
    packages: folder,
    isTaken: () => false,
    file: () => null,
    place: () => null,
    machine: () => null,
    shadow: () => null,
    encode: async () => null,
    reload: async () => {},
  });

/** An address of this box that is not loopback: undefined where there is no network at all. */
export const elsewhere = Object.values(networkInterfaces())
  .flatMap((of) => of ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

export interface PageWish extends Partial<WebOptions> {
  readonly clock?: Clock;
  readonly folder?: string;
  readonly ports?: Partial<PagePorts>;
}

export interface Page {
  readonly server: WebServer;
  readonly folder: string;
  readonly acts: readonly PageAct[];
  readonly port: number;
  ask(path: string, asked?: Asked): Promise<Answer>;
}

export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function startPage({ clock = systemClock, folder = scratch(), ports = {}, ...options }: PageWish = {}): Promise<Page> {
  const acts: PageAct[] = [];
  const page: PagePorts = {
    clock,
    log: memoryLog(),
    folder: join(folder, 'web'),
    access: openAccess(folder, systemClock),
    records: openRecords(folder, systemClock),
    dataSet: (wish) => new Archives(folder, systemClock).open(wish),
    promises: async () => [],
    hours: { all: () => [], confirm: async () => {}, takeBack: async () => {} },
    shifts: {
      view: async () => ({ zone: null, present: null, shifts: [] }),
      groups: async () => ({ from: null, to: null, named: false, complete: true, items: [] }),
      report: async () => null,
    },
    containment: NO_CONTAINMENT,
    studies: NO_STUDIES,
    planning: { isOn: false, now: null },
    routes: { isOn: false, state: null, parts: [], now: 0 },
    material: { isOn: false, all: [] },
    tools: { isOn: false, all: [] },
    charts: { states: () => [], detail: () => null },
    teaching: teachingIn(folder),
    asking: { whatIf: async () => null, replay: async () => null },
    live: LIVE,
    changes: CHANGES,
    config: null,
    passwordWasSet: () => hasAccessFile(folder),
    audit: (act) => acts.push(act),
    ...ports,
  };
  onTestFinished(async () => void (await Promise.all([page.access.close(), page.records.close()])));
  const server = await startWeb({ listen: '127.0.0.1:0', hosts: ['gw1.plant'], ...options }, SOURCE, memoryLog(), page);
  onTestFinished(() => server.stop());
  const { port, protocol, hostname } = new URL(server.address);
  // What listens everywhere tells its local address.
  const host = options.listen?.startsWith('0.0.0.0') ? (elsewhere ?? hostname) : hostname;
  const base = `${protocol}//${host}:${port}`;
  return { server, folder, acts, port: Number(port), ask: (path, asked) => ask(`${base}${path}`, asked) };
}

/** As `lineside password` does. */
export async function setPassword(folder: string, user: string, password: string, role: 'operator' | 'technician' | 'admin') {
  const file = new AccessFile(folder);
  file.put({ name: user, role, secret: await secretOf(password), changedAt: Date.now() });
  file.close();
}

export interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly cookie?: string | undefined;
  /** Over those that the page sends; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks at is what it expects.
  readonly json: any;
  /** What the browser shows from now on. */
  readonly cookie: string | undefined;
}

export function ask(url: string, { method = 'GET', body, cookie, headers = {} }: Asked = {}): Promise<Answer> {
  const send = url.startsWith('https:') ? tlsRequest : plainRequest;
  const all = {
    ...(method === 'GET' ? {} : { 'x-lineside': '1' }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(cookie === undefined ? {} : { cookie }),
    ...headers,
  };
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers: sent, rejectUnauthorized: false, agent: false }, (reply) => {
      let text = '';
      reply.setEncoding('utf8');
      reply.on('data', (piece: string) => {
        text += piece;
      });
      reply.on('end', () => {
        const [set] = reply.headers['set-cookie'] ?? [];
        const isJson = String(reply.headers['content-type']).includes('json');
        resolve({
          status: reply.statusCode ?? 0,
          headers: reply.headers,
          text,
          json: isJson && text !== '' ? JSON.parse(text) : undefined,
          cookie: set?.split(';')[0],
        });
      });
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

/** Signs in and returns the cookie. */
export async function signedIn(page: Page, user: string, password: string): Promise<string> {
  const { status, cookie } = await page.ask('/api/v1/session', { method: 'POST', body: { user, password } });
  if (status !== 200 || cookie === undefined) throw new Error(`signing in gave ${status}`);
  return cookie;
}
