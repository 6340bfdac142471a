/** The thread of users and sessions: a flush of a slow disk costs whoever signs in, and no part. */
import { parentPort, workerData } from 'node:worker_threads';
import { yieldToVerdicts } from '../platform/yielding.ts';
import type { AccessAnswer, AccessCall } from './access.ts';
import { AccessFile } from './access-file.ts';
import { startFaultOf } from './faults.ts';

if (parentPort) {
  const port = parentPort;
  yieldToVerdicts();
  let file: AccessFile | null = null;
  const work = ({ call, with: args }: AccessCall): unknown => {
    file ??= new AccessFile(String(workerData));
    // The two ends speak the same interface: AccessBook is AccessFile, awaited.
    return (file[call] as (...args: readonly unknown[]) => unknown).call(file, ...args);
  };
  port.on('message', (message: AccessCall) => {
    const { ask } = message;
    try {
      port.postMessage({ ask, value: work(message), fault: null } satisfies AccessAnswer);
    } catch (thrown) {
      port.postMessage({ ask, value: null, fault: startFaultOf(thrown) } satisfies AccessAnswer);
    }
    if (message.call === 'close') port.close();
  });
}
