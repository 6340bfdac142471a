/**
 * A whole line for the tests of the promises: a PLC, a broker, pictures, and the agent as a process, with what each of them knows of
 * every part, so that it can be held against each other.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { expect, onTestFinished } from 'vitest';
import { openDatabase } from '#agent/store/sqlite.js';
import { type AgentProcess, type AgentProcessOptions, startAgent } from '../simulators/agent.ts';
import { type Broker, type BrokerOptions, startBroker } from '../simulators/broker.ts';
import type { OpcuaServerKind, OpcuaSimulatorOptions } from '../simulators/opcua.ts';
import { type Answered, type Plc, startPlc, tagsOf } from '../simulators/plc.ts';
import { type Received, type Subscriber, startSubscriber } from '../simulators/subscriber.ts';
import { startProxy, type TcpProxy } from '../simulators/tcp-proxy.ts';

/** What the config of a test says beside what every line has; a station's fields stand over those of `stationOf`. */
export interface LineWish {
  readonly opcua?: OpcuaServerKind;
  readonly broker?: BrokerOptions;
  /** The agent reaches the broker through a proxy, so that its way there can be cut; see Line.way. Default: it connects directly. */
  readonly relayed?: boolean;
  readonly suffixes?: readonly string[];
  /** Further variables of the PLC, and the tags that name them. */
  readonly variables?: OpcuaSimulatorOptions['variables'];
  readonly tags?: Readonly<Record<string, object>>;
  /** Further OPC UA servers of the config, by their names. */
  readonly servers?: Readonly<Record<string, object>>;
  /** What must be there before the agent starts. */
  readonly prepare?: (folder: string) => Promise<void>;
  readonly cameras?: (folder: string) => Readonly<Record<string, object>>;
  readonly stations?: Readonly<Record<string, object>>;
  readonly inference?: object;
  /** Where parts go; default: nowhere. */
  readonly routes?: object;
  /** What is said, and of whom; default: nothing. */
  readonly language?: object;
  /** Shifts; default: none. */
  readonly calendar?: object;
  /** Which pictures are kept; default: none. */
  readonly images?: object;
  /** Address of health and metrics; default: none. Port 0 takes a free one, see Line.web(). */
  readonly web?: string;
  /** Where the journal lies; default: a folder of the line's. */
  readonly store?: string;
}

/** What the journal has of a part. */
export interface Row {
  readonly id: string;
  readonly station: string;
  readonly sequence: number;
  readonly trigger: string;
  readonly outcome: 'judged' | 'failed' | 'missed' | 'unrecorded';
  readonly part: string | null;
  readonly counter: number | null;
  /** Of the trigger, wall time in ms. */
  readonly at: number;
  readonly recipe: string;
  readonly verdict: 'ok' | 'nok' | 'review';
  readonly reasons: string;
  readonly answer: string;
  /** From trigger to its arrival at the agent, from there to the answer on its way, and the answer's round trip; ms. */
  readonly transport_ms: number;
  readonly verdict_ms: number;
  readonly write_ms: number;
}

/** The deadline of every station here, ms, and what a loaded box and the way to the PLC and back may add to it. */
export const DEADLINE = 500;
export const MARGIN = 1000;
export const VERDICTS = { ok: 1, nok: 2, review: 3 } as const;
export const MODELS = resolve(import.meta.dirname, '../fixtures/models');

export class Line {
  readonly folder: string;
  readonly plc: Plc;
  readonly broker: Broker;
  readonly subscriber: Subscriber;
  /** The agent's way to the broker, where the line was asked for one that can be cut. */
  readonly way: TcpProxy | null;
  readonly file: string;
  readonly store: string;
  config: Record<string, unknown>;
  agent: AgentProcess;

  constructor(parts: Pick<Line, 'folder' | 'plc' | 'broker' | 'subscriber' | 'way' | 'file' | 'store' | 'config' | 'agent'>) {
    this.folder = parts.folder;
    this.plc = parts.plc;
    this.broker = parts.broker;
    this.subscriber = parts.subscriber;
    this.way = parts.way;
    this.file = parts.file;
    this.store = parts.store;
    this.config = parts.config;
    this.agent = parts.agent;
  }

  /** The station's view of the PLC; the first without a number. */
  station(index = 0) {
    const station = this.plc.stations[index];
    if (!station) throw new Error(`no station ${index}`);
    return station;
  }
  /** Settles when the station has told the PLC that it judges, once more than `before`. */
  ready(before = 0, index = 0): Promise<void> {
    return this.plc.until(() => this.station(index).readies > before, 'that the station is ready');
  }
  /** Settles when the PLC has an answer for the part. */
  answered(part: number, index = 0): Promise<void> {
    return this.plc.until(() => this.station(index).answers.some((answer) => answer.part === String(part)), `an answer for part ${part}`);
  }
  /** Settles when the PLC has got so many more answers. */
  more(count: number, index = 0): Promise<void> {
    const { answers } = this.station(index);
    const wanted = answers.length + count;
    return this.plc.until(() => answers.length >= wanted, `${count} more answers`);
  }
  /** No more parts; settles when no answer is due any longer. */
  async halt(index = 0): Promise<void> {
    await this.plc.halt(index);
    await new Promise((resolve) => setTimeout(resolve, DEADLINE + MARGIN));
  }
  restart(options: AgentProcessOptions = {}): AgentProcess {
    this.agent = launch(this.file, options);
    return this.agent;
  }

  /** What the agent serves under `path`. */
  async web(path: string): Promise<Response> {
    const { address } = await this.agent.says(({ msg }) => msg === 'health and metrics are served', 'where it serves health');
    return fetch(`${String(address)}${path}`);
  }
  /** Entries of a queue, as health has them now. */
  async depth(queue: string): Promise<number> {
    const health = (await (await this.web('/healthz')).json()) as { queues: Record<string, { depth: number }> };
    return health.queues[queue]?.depth ?? 0;
  }

  rows(): readonly Row[] {
    return this.sql<Row>('SELECT * FROM inspections ORDER BY station, sequence');
  }
  sql<T>(query: string): T[] {
    const db = openDatabase(join(this.store, 'journal.db'), { readonly: true });
    try {
      return db.prepare(query).all() as T[];
    } finally {
      db.close();
    }
  }

  /** Events of the topic `leaf`, one an id, in the order in which they came first. */
  events(leaf = 'quality'): readonly Received[] {
    return [...this.subscriber.events.values()].flatMap(([first]) => (first?.topic.endsWith(`/${leaf}`) ? [first] : []));
  }
  /** Settles when every inspection of the journal has come; looks at the journal each time, since it may still grow. */
  async published(): Promise<void> {
    await expect
      .poll(() => this.rows().filter(({ id }) => !this.subscriber.events.has(id)).length, { timeout: 25_000, interval: 100 })
      .toBe(0);
  }

  /** What holds after every test, whatever went wrong in it: promise 2, and what it means for the parts of one station. */
  expectSound({ index = 0, name = 'outlet', first = 1 } = {}): readonly Row[] {
    const rows = this.rows().filter(({ station }) => station === name);
    const known = new Set(this.rows().map(({ id }) => id));
    expect(this.subscriber.faults).toEqual([]);
    // Nothing that is not committed was published, and everything that is committed was.
    expect(this.events().filter(({ payload }) => !known.has(String(payload['id'])))).toEqual([]);
    expect(rows.filter(({ id }) => !this.subscriber.events.has(id))).toEqual([]);
    expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, i) => i + 1));
    // Each part once, none left out.
    const last = this.station(index).last;
    const wanted = Array.from({ length: last - first + 1 }, (_, i) => String(first + i));
    const parts = rows.map(({ part }) => part ?? '');
    const twice = rows.filter(({ part }) => parts.indexOf(part ?? '') !== parts.lastIndexOf(part ?? ''));
    expect({ lost: wanted.filter((part) => !parts.includes(part)), twice }).toEqual({ lost: [], twice: [] });
    this.expectAnswers(rows, index);
    return rows;
  }

  /** What the PLC was told is what the record says, and it was told once and in time. */
  private expectAnswers(rows: readonly Row[], index: number): void {
    const byPart = new Map(rows.map((row) => [row.part, row]));
    const { answers, offered } = this.station(index);
    // Of several under inspection when the agent died the PLC shows one verdict; the records of the others say that there may be one.
    const unsure = (row?: Row) => row?.outcome === 'missed' && row.reasons.includes('may have been given a verdict');
    const differing = answers.filter(({ part, verdict }) => verdict !== VERDICTS[byPart.get(part)?.verdict ?? 'ok']);
    expect(differing.map((answer) => ({ answer, row: byPart.get(answer.part) })).filter(({ row }) => !unsure(row))).toEqual([]);
    const silent = answers.filter(({ part }) => byPart.get(part)?.outcome === 'missed' && !unsure(byPart.get(part)));
    expect(silent).toEqual([]);
    expect(answers.length - new Set(answers.map(({ part }) => part)).size).toBe(0);
    const answered = new Set(answers.map(({ part }) => part));
    expect(rows.filter(({ answer, part }) => answer === 'written' && !answered.has(part ?? ''))).toEqual([]);
    const waited = ({ part, at }: Answered) => at - (offered.get(Number(part)) ?? Number.NaN);
    const late = answers.filter((answer) => !(waited(answer) <= DEADLINE + MARGIN));
    expect(late.map((answer) => ({ waited: waited(answer), ...timesOf(byPart.get(answer.part)) }))).toEqual([]);
  }
}

const timesOf = (row?: Row) =>
  row && { part: row.part, transport: row.transport_ms, verdict: row.verdict_ms, write: row.write_ms, reasons: row.reasons };

/** A station on the first camera and the tags of `suffix`; `more` goes over it. */
export const stationOf = (suffix = '', more: object = {}): object => {
  const end = suffix.toLowerCase();
  return {
    trigger: { tag: `plc.trigger${end}` },
    part: `plc.counter${end}`,
    counter: `plc.counter${end}`,
    deadline: `${DEADLINE}ms`,
    frame: { select: 'newest', tolerance: '5s' },
    answer: { part: `plc.verdict_part${end}`, verdict: `plc.verdict${end}`, ready: { tag: `plc.ready${end}`, value: true } },
    models: { surface: { model: 'classify', camera: 'top' } },
    ...more,
  };
};

/** A line with its agent started, cleared away when the test is done. */
export async function startLine(wish: LineWish = {}, options: AgentProcessOptions = {}): Promise<Line> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-line-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { suffixes = [''], variables = {} } = wish;
  const [plc, broker] = await Promise.all([
    startPlc(wish.opcua ?? 'asyncua', { suffixes, more: variables }),
    startBroker(wish.broker),
    pictures(folder),
    wish.prepare?.(folder),
  ]);
  onTestFinished(() => plc.stop());
  onTestFinished(() => broker.close());
  const subscriber = await startSubscriber(broker.url);
  onTestFinished(() => subscriber.close());
  const way = wish.relayed ? await startProxy({ target: broker.port }) : null;
  onTestFinished(() => way?.close());
  const store = wish.store ?? join(folder, 'data');
  const url = way ? `mqtt://127.0.0.1:${way.port}` : broker.url;
  const config = configOf(wish, { folder, store, endpoint: plc.server.endpoint, url });
  const file = join(folder, 'line.yaml');
  writeFileSync(file, JSON.stringify(config, null, 2));
  return new Line({ folder, plc, broker, subscriber, way, file, store, config, agent: launch(file, options) });
}

function launch(file: string, options: AgentProcessOptions): AgentProcess {
  const agent = startAgent(file, options);
  onTestFinished(() => agent.kill());
  return agent;
}

interface Addresses {
  readonly folder: string;
  readonly store: string;
  readonly endpoint: string;
  readonly url: string;
}

function configOf(wish: LineWish, { folder, store, endpoint, url }: Addresses): Record<string, unknown> {
  const { suffixes = [''] } = wish;
  const tags = Object.assign({}, ...suffixes.map(tagsOf), wish.tags);
  return {
    line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3', agent: 'box' },
    mqtt: { url, late_after: '2s' },
    opcua: { plc: { endpoint, security: { mode: 'None', policy: 'None' }, silence: '3s', tags }, ...wish.servers },
    cameras: wish.cameras?.(folder) ?? { top: cameraOf(folder) },
    stations: wish.stations ?? { outlet: stationOf() },
    inference: { models: MODELS, ...wish.inference },
    store: { path: store, keep: { free: '0B' }, images: { nok: 'none', review: 'none', ok: 'none', ...wish.images } },
    ...(wish.routes === undefined ? {} : { routes: wish.routes }),
    ...(wish.calendar === undefined ? {} : { calendar: wish.calendar }),
    ...(wish.language === undefined ? {} : { language: wish.language }),
    web: { listen: wish.web ?? 'off' },
  };
}

/** A recorded folder, or the pictures that every line has: one good, one with a scratch, one with a dent. */
export const cameraOf = (folder: string, pictures = 'frames', fps = 20): object => ({ url: `dir://${join(folder, pictures)}`, fps });

const SIDE = 16;
/** What the fixtures of classify take for good, scratch and dent: dark, bright on the left, bright on the right. */
const PICTURES: Readonly<Record<string, (x: number) => number>> = {
  '1-good': () => 10,
  '2-scratch': (x) => (x < SIDE / 2 ? 250 : 5),
  '3-dent': (x) => (x < SIDE / 2 ? 5 : 250),
};

async function pictures(folder: string): Promise<void> {
  mkdirSync(join(folder, 'frames'));
  for (const [name, value] of Object.entries(PICTURES)) await grey(join(folder, 'frames', `${name}.png`), (x) => value(x));
}

/** Writes a grey PNG, of 16 x 16 where nothing else is said. */
export async function grey(file: string, value: (x: number, y: number) => number, side = SIDE): Promise<void> {
  const pixels = Uint8Array.from({ length: side * side }, (_, i) => value(i % side, Math.floor(i / side)));
  await sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(file);
}
