/** Children of a measuring script: started, waited for by a line of output, and ended whatever happens. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../agent/platform/package-root.ts';

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface Child {
  readonly pid: number;
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line that matches; rejects when the child ends before. */
  line(pattern: RegExp): Promise<string>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Standard error goes to this process's, so that a child that fails says why. */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  running.add(child);
  const lines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      for (const look of waiting) look(line);
    });
  }
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    line: (pattern) =>
      new Promise((found, failed) => {
        const known = lines.find((line) => pattern.test(line));
        if (known !== undefined) return found(known);
        waiting.add((line) => pattern.test(line) && found(line));
        ended.then((code) => failed(new Error(`${command} ended with ${code} before it said ${pattern}`)));
      }),
    stop: async (signal = 'SIGTERM') => {
      if (!running.has(child)) return;
      child.kill(signal);
      await ended;
    },
  };
}

/** The Python that has what scripts/requirements-test.txt names: LINESIDE_PYTHON, else .venv of the project, else python3. */
export function python(): string {
  const local = resolve(packageRoot, '.venv/bin/python');
  return process.env['LINESIDE_PYTHON'] ?? (existsSync(local) ? local : 'python3');
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}

/** Processor time so far, all threads, ms; /proc counts in hundredths of a second. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Processes that this one has started and that still run. */
export function childrenOf(parent = process.pid): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [state, ppid] = readFileSync(`/proc/${pid}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ');
        return Number(ppid) === parent && state !== 'Z';
      } catch {
        return false;
      }
    })
    .map(Number);
}

export function rssMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}

/** Where the shared data, peers and lines lie: --shared, LINESIDE_SHARED, or beside the checkout. */
export const sharedFolder = (given?: string): string =>
  resolve(given ?? process.env['LINESIDE_SHARED'] ?? join(packageRoot, '..', 'shared'));
