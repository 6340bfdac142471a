/** The child's side of agent/platform/sandbox.ts. */
import { Worker } from 'node:worker_threads';
import { asLinesideError } from '../errors.ts';
import { entryUrl } from './entries.ts';
import type { Reply } from './sandbox.ts';

/** Answers what the parent asks, one question at a time. What `answer` throws goes back as a LinesideError, what it tells goes there at once. */
export function answerQuestions<Question>(answer: (question: Question, tell: (told: unknown) => void) => Promise<unknown>): void {
  // Without its parent nobody bounds it.
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  new Worker(entryUrl('platform/orphan'), { execArgv: [], workerData: process.ppid }).unref();
  process.on('message', (question: Question) => {
    answer(question, (told) => reply({ told })).then(
      (value) => reply({ answer: value }),
      (thrown: unknown) => {
        const { code, details } = asLinesideError(thrown);
        reply({ fault: { code, details } });
      },
    );
  });
  reply({ ready: true });
}

/** The callback takes the fault of a pipe that the parent has closed; the child is killed then. */
const reply = (said: Reply) => process.send?.(said, undefined, undefined, () => {});
