/** The thread that asks rules again, so that no part waits for somebody's question. */
import { parentPort } from 'node:worker_threads';
import { yieldToVerdicts } from '../platform/yielding.ts';
import { type WhatIfQuestion, whatIf } from '../rules/what-if.ts';
import { startFaultOf } from '../store/faults.ts';
import type { DeskAnswer, DeskCall } from '../store/thread-desk.ts';

if (parentPort) {
  const port = parentPort;
  yieldToVerdicts();
  port.on('message', ({ ask, call, with: [question] }: DeskCall<'whatIf' | 'close'>) => {
    try {
      const value = call === 'close' ? null : whatIf(question as WhatIfQuestion);
      port.postMessage({ ask, value, fault: null } satisfies DeskAnswer);
    } catch (thrown) {
      port.postMessage({ ask, value: null, fault: startFaultOf(thrown) } satisfies DeskAnswer);
    }
    if (call === 'close') port.close();
  });
}
