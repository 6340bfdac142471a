/** The agent as it ships, in a process of its own: started with a config file, read by its log, killed as the test likes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '#agent/platform/package-root.js';

export interface AgentLine {
  readonly level: string;
  readonly msg: string;
  readonly code?: string;
  readonly [key: string]: unknown;
}

export interface AgentProcess {
  readonly pid: number;
  /** The log so far; what is no JSON stands as `msg`. */
  readonly log: readonly AgentLine[];
  /** Resolves with the exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly alive: boolean;
  /** Resolves with a line of the log that fits, now or later; rejects when the agent ends before. */
  says(fits: (line: AgentLine) => boolean, what: string): Promise<AgentLine>;
  /** Every part has started. */
  judging(): Promise<AgentLine>;
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when everything is out and closed. */
  stop(): Promise<number | NodeJS.Signals>;
}

export interface AgentProcessOptions {
  /** Put before `node`: strace and its arguments. */
  readonly wrap?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Modules that Node loads before the agent, to plant faults. */
  readonly preload?: readonly string[];
}

const MAIN = join(packageRoot, 'dist', 'bundle', 'main.js');
const GIVE_UP_AFTER = 40_000;

/** In a process group of its own, so that whatever it has started can be ended with it. */
export function startAgent(config: string, { wrap = [], env = {}, preload = [] }: AgentProcessOptions = {}): AgentProcess {
  const imports = preload.flatMap((file) => ['--import', file]);
  const [command = '', ...args] = [...wrap, process.execPath, ...imports, MAIN, 'run', '--config', config];
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    env: { ...process.env, LINESIDE_LOG: 'info', ...env },
  });
  const log: AgentLine[] = [];
  const waiting = new Set<() => void>();
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(lineOf(line));
      for (const look of [...waiting]) look();
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((settle) => child.once('close', (code, signal) => settle(signal ?? code ?? -1)));
  const says: AgentProcess['says'] = (fits, what) =>
    new Promise((found, failed) => {
      const settle = (how: () => void) => {
        clearTimeout(timer);
        waiting.delete(look);
        how();
      };
      const tail = () => log.slice(-5).map(({ msg }) => msg);
      const vain = (why: string) => settle(() => failed(new Error(`the agent never said ${what}: ${why}; ${tail().join(' | ')}`)));
      const timer = setTimeout(() => vain('too long'), GIVE_UP_AFTER);
      const look = () => {
        const line = log.find(fits);
        if (line) settle(() => found(line));
      };
      waiting.add(look);
      look();
      ended.then((how) => vain(`it ended with ${how}`));
    });
  const alive = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    log,
    ended,
    get alive() {
      return alive();
    },
    says,
    judging: () => says(({ msg }) => msg === 'the agent judges', 'that it judges'),
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      endGroup(child);
      await ended;
    },
    stop: () => {
      if (alive()) child.kill('SIGTERM');
      return ended;
    },
  };
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: it had ended by itself.
  }
}

function lineOf(text: string): AgentLine {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'msg' in value) return value as AgentLine;
  } catch {
    // Not the agent's own log: a crash's stack.
  }
  return { level: 'none', msg: text };
}
