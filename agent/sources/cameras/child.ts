/** One decoder as a child process, from its start to the last of its descendants. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { watchResident } from '../../platform/resident.ts';
import type { Clock } from '../../time.ts';
import { type ByteSink, openPipe, readPipe } from './pipe.ts';

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Written to its standard input, which then ends. */
  readonly input?: string;
  /** Lines of its standard error that are news, not complaints: true where it was one. */
  readonly heard?: (line: string) => boolean;
}

/** Decoders of 4K take 400 MB; one that is fed a description or a picture without end takes all there is. */
const MOST_MEMORY = 768e6;
/** Of proc(5) oom_score_adj: before the agent, after what is done on trial. */
const GOES_EARLY = '500';

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
 * that waits for somebody to read its output.) A child that takes too much memory is ended. Resolves with what it complained of, '' for nothing. Rejects with what the sink threw.
 */
export async function runChild(command: ChildCommand, into: ByteSink, signal: AbortSignal, clock: Pick<Clock, 'after'>): Promise<string> {
  const pipe = await openPipe();
  const socket = readPipe(pipe.read, into);
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
    let isTooLarge = false;
    const unwatch = watchMemory(child, clock, () => {
      isTooLarge = true;
      close();
    });
    await closed;
    unwatch();
    endGroup(child);
    await ended;
    if (fault !== undefined) throw fault;
    return isTooLarge ? `the decoder took more than ${MOST_MEMORY / 1e6} MB of memory` : complaints();
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

/** In a process group of its own, so that its helpers can be ended with it, and ctrl-c reaches it through us only. */
function start({ command, args, input = '', heard = () => false }: ChildCommand, output: number) {
  try {
    const child = spawn(command, args, { stdio: ['pipe', output, 'pipe'], detached: true });
    child.stdin?.on('error', () => {}).end(input);
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
    return { child, ended, complaints: listen(child, heard) };
  } finally {
    closeSync(output);
  }
}

function watchMemory({ pid }: ChildProcess, clock: Pick<Clock, 'after'>, over: () => void): () => void {
  if (pid === undefined) return () => {};
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, GOES_EARLY);
  } catch {
    // Another system, or it has ended.
  }
  return watchResident(clock, pid, MOST_MEMORY, over);
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
function listen(child: ChildProcess, heard: (line: string) => boolean): () => string {
  let text = '';
  let rest = '';
  child.once('error', (thrown) => {
    text += messageOf(thrown);
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(0, 4096);
    for (const line of lines) if (!heard(line) && text.length < 4096) text += `${line}\n`;
  });
  return () => {
    const lines = (text + rest).split('\n').filter((line) => line.trim() !== '');
    const line = lines.find((one) => /error|fail|refused|unauthor/i.test(one)) ?? lines.at(-1) ?? '';
    // Who says it inside the decoder means nothing to a technician.
    return line
      .replace(/^(ERROR: from element \S+: |\[\S+ @ 0x[0-9a-f]+\] )/, '')
      .replace(/^\[\w+\] /, '')
      .replace(/\.?\s*$/, '');
  };
}
