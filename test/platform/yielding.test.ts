/** The threads behind the verdict stand back: seen from outside, in what the kernel says of them. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

const YIELDING = new URL('../../dist/agent/platform/yielding.js', import.meta.url).href;

/** proc(5): the 19th field of a thread's stat is its niceness. */
const NICENESS = `Number(readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1].split(' ')[16])`;

describe.runIf(process.platform === 'linux')('yieldToVerdicts', () => {
  it('makes the calling thread nicer and no other one', async () => {
    const niceness = () => Number(readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1]?.split(' ')[16]);
    const before = niceness();
    const code = `import { readFileSync } from 'node:fs';
      import { parentPort } from 'node:worker_threads';
      import { yieldToVerdicts } from '${YIELDING}';
      const before = ${NICENESS};
      yieldToVerdicts();
      parentPort.postMessage([before, ${NICENESS}]);`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const [[was, is]] = (await once(worker, 'message')) as [[number, number]];
    expect(was).toBe(before);
    expect(is).toBeGreaterThan(was);
    expect(niceness()).toBe(before);
  });
});
