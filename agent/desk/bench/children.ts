/** Children of the bench: an entry of the bench in a process of its own that takes orders and answers them, one at a time. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { LinesideError, messageOf } from '../../errors.ts';
import { type Entry, entryUrl } from '../../platform/entries.ts';
import { systemClock as clock, Minutes } from '../../time.ts';

export interface Child {
  /** Rejects with what the child throws, or when it ends before it answers. */
  ask<Answer>(order: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

/** No round takes this long; what does hangs. */
const PATIENCE = Minutes(2);

type Reply = { readonly answer: unknown } | { readonly fault: string };

export function startChild(entry: Extract<Entry, `desk/bench/${string}`>, args: readonly string[] = []): Child {
  const child = fork(entryUrl(entry), [...args], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  return {
    ask: async <Answer>(order: unknown) => {
      child.send(order as object);
      // Not clock.sleep(): it would keep a process whose work is done for as long.
      const late = new Promise<[Reply]>((end) => clock.after(PATIENCE, () => end([{ fault: `no answer within ${PATIENCE} ms` }])));
      const [reply] = (await Promise.race([once(child, 'message'), exited.then(() => [{ fault: 'it ended' }]), late])) as [Reply];
      if ('fault' in reply) throw new LinesideError('INTERNAL', { why: `${entry}: ${reply.fault}` });
      return reply.answer as Answer;
    },
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The child's side. */
export function answerOrders<Order>(answer: (order: Order) => Promise<unknown>): void {
  process.on('message', (order: Order) => {
    answer(order).then(
      (value) => process.send?.({ answer: value }),
      (thrown: unknown) => process.send?.({ fault: messageOf(thrown) }),
    );
  });
}
