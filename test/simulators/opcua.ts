/**
 * OPC UA servers in processes of their own, so that they can be killed, frozen and started again: asyncua (Python) and node-opcua.
 * Both take the same options and the same commands; a test that runs on one runs on the other.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '#agent/platform/package-root.js';
import { freePort } from './free-port.ts';
import { python } from './python.ts';

export type OpcuaServerKind = 'asyncua' | 'node-opcua';
export type Json = number | boolean | string | null | readonly Json[];

export interface OpcuaSimulatorOptions {
  /** Namespaces in the order in which the server registers them. */
  readonly namespaces?: readonly string[];
  /** [built-in type, first value, id of the declared type in namespace 0 when it is another]; ByteString as hex. */
  readonly variables?: Readonly<Record<string, readonly [type: string, value: Json, declared?: number]>>;
  readonly readOnly?: readonly string[];
  /** Passwords by user; without it everyone may come. */
  readonly users?: Readonly<Record<string, string>>;
  /** Folder for the server's certificate; without it there is no security. */
  readonly pki?: string;
  /** Operation limits that are told and kept. */
  readonly limits?: { readonly read?: number; readonly write?: number; readonly monitor?: number; readonly browse?: number };
  /** Keeps its limits, and does not tell them. Only asyncua. */
  readonly secretive?: boolean;
  /** Items that a subscription may have. Only node-opcua, as are the next two. */
  readonly items?: number;
  /** Status with which the server refuses to monitor a node, by its name. */
  readonly refused?: Readonly<Record<string, string>>;
  /** It monitors with a deadband nothing. */
  readonly noFilters?: boolean;
  /** Conditions of one machine, by their names, told at the Server object. Only node-opcua. */
  readonly alarms?: readonly string[];
  readonly port?: number;
  /** Least sampling interval in ms; node-opcua only. */
  readonly sampling?: number;
  /** Seconds by which the server's clock is wrong, or `none`: it stamps no value. Only asyncua. */
  readonly clock?: number | 'none';
}

export const NAMESPACE = 'urn:press';

/** One of each type, under the names that the tests use. */
export const VARIABLES: NonNullable<OpcuaSimulatorOptions['variables']> = {
  PartPresent: ['Boolean', false],
  Serial: ['String', ''],
  Counter: ['UInt32', 0],
  DieTemp: ['Double', 20.5],
  Verdict: ['Int32', 0],
  VerdictPart: ['String', ''],
  Reject: ['Boolean', false],
  ASByte: ['SByte', -5],
  AByte: ['Byte', 200],
  AnInt16: ['Int16', -30000],
  AUInt16: ['UInt16', 60000],
  AnInt32: ['Int32', -2000000000],
  AUInt32: ['UInt32', 4000000000],
  AnInt64: ['Int64', '-9007199254740993'],
  AUInt64: ['UInt64', '18446744073709551615'],
  ASmallInt64: ['Int64', '-42'],
  AFloat: ['Float', 1.5],
  ADateTime: ['DateTime', '2026-01-05T06:00:00.125Z'],
  AByteString: ['ByteString', 'cafe'],
  AText: ['LocalizedText', 'Grüße'],
  Doubles: ['Double', [1.5, -2.5, 3]],
  Ints: ['Int32', [1, -2, 3]],
  Strings: ['String', ['a', 'b']],
  Booleans: ['Boolean', [true, false]],
  Longs: ['Int64', ['1', '-9007199254740993']],
  /** Duration is a Double by another name. */
  ADuration: ['Double', 12.5, 290],
  /** Number, abstract: the value says what it is. */
  ANumber: ['Int16', 7, 26],
  Locked: ['Int32', 1],
};

export interface OpcuaSimulator {
  readonly kind: OpcuaServerKind;
  readonly port: number;
  readonly endpoint: string;
  set(values: Readonly<Record<string, Json>>, details?: { readonly status?: number; readonly source?: number }): Promise<void>;
  get(name: string): Promise<Json>;
  /** An alarm becomes active, is over, or is acknowledged where it is. */
  alarm(name: string, to: AlarmTo): Promise<void>;
  /** Events that are no conditions; of several each with its number behind the message. */
  event(message: string, about: { readonly severity: number; readonly count?: number }): Promise<void>;
  /** Connected, and neither data nor keep-alives: from all subscriptions, or from the newest only. */
  mute(which: 'all' | 'newest' | 'none'): Promise<void>;
  /** Sessions are refused. */
  refuse(on: boolean): Promise<void>;
  slowWrites(ms: number): Promise<void>;
  /** Closes every session as their timeout would. */
  expireSessions(): Promise<void>;
  /** Loses `count` notifications of every subscription: their numbers are never sent. */
  skip(count: number): Promise<void>;
  sessions(): Promise<number>;
  /** Counts a tag up; resolves to when each value was set, ms since the epoch. */
  pulse(name: string, count: number, every: number): Promise<readonly number[]>;
  wave(prefix: string, count: number, hz: number, rounds: number): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
  /** Starts again on the same port; what was set before is forgotten. */
  start(changes?: Partial<OpcuaSimulatorOptions>): Promise<void>;
  stop(): Promise<void>;
  readonly pid: number;
  /** Says of every write of the tag `name` what it was, with the value that the tag `beside` had then. Ends with the process. */
  watch(name: string, beside?: string): Promise<void>;
  /** Counts parts up on a tag, one each `every` ms, and raises the trigger tag for each. Ends with the process. */
  offer(line: OfferedLine): Promise<void>;
  /** Ends what offer() began on this trigger. */
  halt(trigger: string): Promise<void>;
  /** Called for each thing that watch() and offer() tell. */
  onSaid(listener: (said: Said) => void): void;
}

export interface AlarmTo {
  readonly active: boolean;
  readonly message?: string;
  readonly severity: number;
  readonly acked?: boolean;
}

export interface OfferedLine {
  readonly trigger: string;
  readonly counter: string;
  /** A tag that is given the part's serial, `S` and the number in seven digits, before the trigger. */
  readonly serial?: string;
  readonly first: number;
  readonly count: number;
  /** ms */
  readonly every: number;
}
/** `offered`: `value` is the number of the part. `stood still`: for `value` ms until `at`; asyncua only. `at`: ms since the epoch. */
export interface Said {
  readonly said: 'written' | 'offered' | 'done' | 'stood still';
  readonly name: string;
  readonly value: Json;
  readonly beside?: Json;
  readonly at: number;
}

export async function startOpcuaServer(kind: OpcuaServerKind, options: OpcuaSimulatorOptions = {}): Promise<OpcuaSimulator> {
  const port = options.port ?? (await freePort());
  let current: Required<Pick<OpcuaSimulatorOptions, 'namespaces' | 'variables'>> & OpcuaSimulatorOptions = {
    namespaces: ['urn:other', NAMESPACE],
    variables: VARIABLES,
    readOnly: ['Locked'],
    ...options,
  };
  const scratch = await mkdtemp(join(tmpdir(), 'lineside-opcua-'));
  const listeners = new Set<(said: Said) => void>();
  const tell = (said: Said) => {
    for (const listener of listeners) listener(said);
  };
  let server = await launch(kind, { ...current, port, scratch }, tell);
  const set: OpcuaSimulator['set'] = async (values, details = {}) => void (await server.ask({ do: 'set', values, ...details }));
  const fault = async (faults: object) => void (await server.ask({ do: 'fault', faults }));
  return {
    kind,
    port,
    endpoint: `opc.tcp://127.0.0.1:${port}/line`,
    set,
    get: (name) => server.ask({ do: 'get', name }) as Promise<Json>,
    alarm: async (name, to) => void (await server.ask({ do: 'alarm', name, ...to })),
    event: async (message, { severity, count = 1 }) => void (await server.ask({ do: 'event', message, severity, count })),
    mute: (mute) => fault({ mute }),
    refuse: (refuse) => fault({ refuse }),
    slowWrites: (slow_writes) => fault({ slow_writes }),
    expireSessions: async () => void (await server.ask({ do: 'expire' })),
    skip: async (count) => void (await server.ask({ do: 'skip', count })),
    sessions: () => server.ask({ do: 'sessions' }) as Promise<number>,
    pulse: (name, count, every) => server.ask({ do: 'pulse', name, count, every }) as Promise<readonly number[]>,
    wave: async (prefix, count, hz, rounds) => void (await server.ask({ do: 'wave', prefix, count, hz, rounds })),
    watch: async (name, beside) => void (await server.ask({ do: 'watch', name, ...(beside === undefined ? {} : { beside }) })),
    offer: async (line) => void (await server.ask({ do: 'offer', ...line })),
    halt: async (trigger) => void (await server.ask({ do: 'halt', trigger })),
    onSaid: (listener) => void listeners.add(listener),
    freeze: () => void server.child.kill('SIGSTOP'),
    thaw: () => void server.child.kill('SIGCONT'),
    kill: () => server.end('SIGKILL'),
    stop: async () => {
      await server.end('SIGKILL');
      await rm(scratch, { recursive: true, force: true });
    },
    start: async (changes = {}) => {
      current = { ...current, ...changes };
      server = await launch(kind, { ...current, port, scratch }, tell);
    },
    get pid() {
      return server.child.pid ?? 0;
    },
  };
}

interface Launched {
  readonly child: ChildProcess;
  ask(command: object): Promise<unknown>;
  end(signal: NodeJS.Signals): Promise<void>;
}

async function launch(
  kind: OpcuaServerKind,
  options: OpcuaSimulatorOptions & { readonly scratch: string },
  tell: (said: Said) => void,
): Promise<Launched> {
  const { readOnly, noFilters, ...rest } = options;
  const argument = JSON.stringify({ ...rest, namespace: NAMESPACE, read_only: readOnly, no_filters: noFilters });
  const script = (name: string) => join(packageRoot, 'test', 'simulators', name);
  const [command, file] = kind === 'asyncua' ? [python(), script('opcua-asyncua.py')] : [process.execPath, script('opcua-node.mjs')];
  const child = spawn(command, [file, argument], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (fault: Error) => void }>();
  const ready = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${kind} server ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const message = JSON.parse(line);
      if ('said' in message) return tell(message);
      const { ready: up, id, value, error } = message;
      if (up) return resolve();
      const asked = waiting.get(id);
      waiting.delete(id);
      if (error) asked?.reject(new Error(error));
      else asked?.resolve(value);
    });
  });
  await ready;
  let next = 1;
  return {
    child,
    ask: (question) =>
      new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, { resolve, reject });
        child.stdin?.write(`${JSON.stringify({ ...question, id })}\n`);
      }),
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}
