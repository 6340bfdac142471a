/**
 * The end of the process, whatever happens: a fault that nobody handled is told to whoever runs the agent, so that it can be recorded and the
 * parts under inspection answered; and an end that was begun comes, even while the main thread hangs.
 */
import { Worker } from 'node:worker_threads';
import { asLinesideError, type LinesideError } from '../errors.ts';
import type { Milliseconds } from '../time.ts';

/** Resolves with the first fault that nobody handled. Those that follow it go to `onMore`: the end is under way already. */
export function unhandledFault(onMore: (fault: LinesideError) => void): Promise<LinesideError> {
  return new Promise((resolve) => {
    let first = true;
    const take = (thrown: unknown) => {
      const fault = asLinesideError(thrown);
      if (first) resolve(fault);
      else onMore(fault);
      first = false;
    };
    process.on('uncaughtException', take);
    process.on('unhandledRejection', take);
  });
}

/**
 * Ends the process by SIGKILL after this time. From a thread of its own, whose code is here and not in a file: the main thread may be stuck in
 * native code, and the disk may be what hangs. The process may end before, the thread does not keep it alive.
 */
export function endWithin(ms: Milliseconds): void {
  const code = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${Math.max(0, Math.round(ms))})`;
  const thread = new Worker(code, { eval: true, stdout: false, stderr: false });
  thread.on('error', () => {});
  thread.unref();
}
