/** Starts the press as a child process: its server must not share the agent's event loop, and a real PLC does not either. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Verdict } from '../../contracts/index.ts';
import type { Course } from '../../desk/simulation/faults.ts';
import type { Cause } from '../../desk/simulation/parts.ts';
import { LinesideError } from '../../errors.ts';
import { entryUrl } from '../../platform/entries.ts';
import { systemClock as clock, type Milliseconds, Seconds } from '../../time.ts';
import type { Master, PressOrder } from './dispatch.ts';

export interface StartPressOptions {
  readonly seed: number;
  /** From part to part. */
  readonly period: Milliseconds;
  /** Ends after this many; without it, when it is stopped. */
  readonly parts?: number;
  /** What happens at it; default: faults by chance. */
  readonly course?: Course;
  /** It makes orders, after these parts, and stands where there are none. */
  readonly masters?: readonly Master[];
  /** Wall time, ms: whole, since it goes through a config file. Default: soon, so that an agent that starts in time sees part 1. */
  readonly epoch?: number;
  /** From Ready to the first part, so that the agent has seen the sensors for the length of its window. */
  readonly lead?: Milliseconds;
}

/** A part that has passed, and what the agent said of it at the PLC. */
export interface PassedPart {
  readonly number: number;
  readonly serial: string;
  /** Source time of its trigger. */
  readonly at: number;
  readonly truth: 'ok' | 'nok';
  readonly visible: boolean;
  readonly cause: Cause | null;
  /** null: none came. */
  readonly verdict: Verdict | null;
  readonly rejected: boolean;
  /** From the trigger's source time to the verdict at the PLC. */
  readonly answeredMs: Milliseconds | null;
}

export interface Press {
  readonly port: number;
  readonly endpoint: string;
  readonly epoch: number;
  onPart(listener: (part: PassedPart) => void): void;
  /** An agent is there; settles with the number of the first part. */
  readonly ready: Promise<number>;
  /** Every part has its verdict or waited in vain; settles with the number of verdicts that no part was waiting for. */
  readonly done: Promise<number>;
  /** Orders for it, where it makes orders. */
  give(orders: readonly PressOrder[]): void;
  /** Somebody has seen to why it was held. */
  release(): void;
  stop(): Promise<void>;
}

export type PressSettings = StartPressOptions & { readonly lead: Milliseconds; readonly headStart: Milliseconds };
/** What it is told beside its tags, as by the people who stand at it. */
export type PressOrderMessage = { readonly type: 'orders'; readonly orders: readonly PressOrder[] } | { readonly type: 'release' };
export type PressMessage =
  | { readonly type: 'listening'; readonly port: number; readonly epoch: number }
  | { readonly type: 'ready'; readonly first: number }
  | { readonly type: 'part'; readonly part: PassedPart }
  | { readonly type: 'done'; readonly strays: number };

/** From the server's coming up to the epoch: what an agent needs to be ready on a usual box, and the lead. */
const HEAD_START = Seconds(5);
/** 4/5 of the window of config/demo.yaml, from which on the station judges it. */
const LEAD = Seconds(2.5);
const GRACE = Seconds(3);

/** Settles when the PLC can be reached. Rejects with OPCUA_UNREACHABLE when the process dies before; later, `done` does. */
export async function startPress(options: StartPressOptions): Promise<Press> {
  const settings: PressSettings = { lead: LEAD, headStart: HEAD_START, ...options };
  // node-opcua talks to standard output, which belongs to the demo's own result.
  const child = fork(entryUrl('cli/demo/press'), [JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const listeners: ((part: PassedPart) => void)[] = [];
  child.on('message', (message: PressMessage) => {
    if (message.type === 'part') for (const listener of listeners) listener(message.part);
  });
  const lost = lossOf(child);
  const first = <T extends PressMessage['type']>(type: T) => Promise.race([messageOf(child, type), lost]);
  const listening = first('listening');
  const ready = first('ready').then((message) => message.first);
  const done = first('done').then((message) => message.strays);
  // Whoever waits for one of them hears of the loss; that nobody does is no fault.
  for (const promise of [ready, done]) promise.catch(() => {});
  const { port, epoch } = await listening;
  return {
    port,
    endpoint: `opc.tcp://127.0.0.1:${port}`,
    epoch,
    onPart: (listener) => void listeners.push(listener),
    ready,
    done,
    give: (orders) => say(child, { type: 'orders', orders }),
    release: () => say(child, { type: 'release' }),
    stop: () => end(child),
  };
}

/** Whether it is still there shows by `done`. */
function say(child: ChildProcess, message: PressOrderMessage): void {
  if (child.connected) child.send(message, () => {});
}

function messageOf<T extends PressMessage['type']>(child: ChildProcess, type: T): Promise<Extract<PressMessage, { type: T }>> {
  return new Promise((resolve) => {
    child.on('message', (message: PressMessage) => {
      if (message.type === type) resolve(message as Extract<PressMessage, { type: T }>);
    });
  });
}

/** Rejects when the process ends, with the last it said. */
function lossOf(child: ChildProcess): Promise<never> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const lost = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) =>
      reject(new LinesideError('OPCUA_UNREACHABLE', { server: 'press', why: `its process ended with ${signal ?? code}: ${said.trim()}` })),
    );
  });
  lost.catch(() => {});
  return lost;
}

/** Asks it to end by hanging up, and insists after the grace. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const cancel = clock.after(GRACE, () => child.kill('SIGKILL'));
  if (child.connected) child.disconnect();
  await ended;
  cancel();
}
