/** One decoder as a child process, from its start to the last of its descendants. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { type Drain, drain, openPipe } from './pipe.ts';

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Written to its standard input, which then ends. */
  readonly input?: string;
}

/** Where a program is, as the shell would find it. */
export function findProgram(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * Runs the child and hands on what it writes to its standard output, until it ends by itself or the signal aborts. Nothing of it is
 * left when this settles: the pipe is closed first, then the whole process group is killed. (SIGTERM would be answered by a child
 * that waits for somebody to read its output.) Resolves with what it complained of, '' for nothing. Rejects with what the drain threw.
 */
export async function runChild(command: ChildCommand, into: Drain, signal: AbortSignal): Promise<string> {
  const pipe = await openPipe();
  const socket = drain(pipe.read, into);
  let fault: unknown;
  socket.once('error', (thrown) => {
    fault = thrown;
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const close = () => socket.destroy();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  try {
    const { child, complaints, ended } = start(command, pipe.write);
    await closed;
    endGroup(child);
    await ended;
    if (fault !== undefined) throw fault;
    return complaints();
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

/** In a process group of its own, so that its helpers can be ended with it, and ctrl-c reaches it through us only. */
function start({ command, args, input = '' }: ChildCommand, output: number) {
  try {
    const child = spawn(command, args, { stdio: ['pipe', output, 'pipe'], detached: true });
    child.stdin?.on('error', () => {}).end(input);
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
    return { child, ended, complaints: listen(child) };
  } finally {
    closeSync(output);
  }
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: it had ended by itself.
  }
  child.stderr?.destroy();
}

/** The first line that speaks of an error, else the last line; a child's chatter is bounded. */
function listen(child: ChildProcess): () => string {
  let text = '';
  child.once('error', (thrown) => {
    text += messageOf(thrown);
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < 4096) text += chunk;
  });
  return () => {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const line = lines.find((one) => /error|fail|refused|unauthor/i.test(one)) ?? lines.at(-1) ?? '';
    // Who says it inside the decoder means nothing to a technician.
    return line.replace(/^(ERROR: from element \S+: |\[\S+ @ 0x[0-9a-f]+\] )/, '').replace(/\.?\s*$/, '');
  };
}
