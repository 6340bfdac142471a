/** A server with the job control of ISA-95, in a process of its own: see job-orders.mjs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '#agent/platform/package-root.js';
import { freePort } from './free-port.ts';

export interface ListedJob {
  readonly id: string;
  readonly state: number;
  readonly recipe?: string;
  /** Of the material that is made; or as the parameter Quantity. */
  readonly quantity?: number | string;
  readonly parameter?: number;
  readonly start?: string;
  readonly end?: string;
  readonly priority?: number;
  readonly material?: string;
}

export async function startJobOrders() {
  const port = await freePort();
  const scratch = await mkdtemp(join(tmpdir(), 'lineside-jobs-'));
  let server = await launch({ port, scratch });
  return {
    endpoint: `opc.tcp://127.0.0.1:${port}`,
    list: (list: readonly ListedJob[]) => server.ask({ list }),
    kill: () => server.kill(),
    start: async () => {
      server = await launch({ port, scratch });
    },
    stop: async () => {
      await server.kill();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

async function launch(options: object) {
  const script = join(packageRoot, 'test', 'simulators', 'job-orders.mjs');
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map<number, (answer: { readonly ok: boolean; readonly why?: string }) => void>();
  let asked = 0;
  const ended = once(child, 'exit');
  const listening = new Promise<void>((resolve, reject) => {
    ended.then(() => reject(new Error('the server of job orders did not start')));
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const said = JSON.parse(line);
      if ('listening' in said) resolve();
      else waiting.get(said.id)?.(said);
    });
  });
  await listening;
  return {
    ask: async (command: object) => {
      const id = ++asked;
      const answer = new Promise<{ readonly ok: boolean; readonly why?: string }>((resolve) => waiting.set(id, resolve));
      child.stdin?.write(`${JSON.stringify({ id, ...command })}\n`);
      const { ok, why } = await answer;
      if (!ok) throw new Error(why);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
