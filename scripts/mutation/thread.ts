/** The first module of every worker thread while mutants are counted: notes each mutant that the thread meets, once for each test. */
import { appendFileSync } from 'node:fs';
import { getEnvironmentData, isMainThread } from 'node:worker_threads';

interface Handed {
  /** Lines of `test mutant`. */
  readonly notes: string;
  /** The number of the test that runs now; 0 before the first. */
  readonly current: Int32Array;
}

const handed = getEnvironmentData('lineside.mutants') as unknown as Handed | undefined;
if (!isMainThread && handed) {
  const met = new Set<string>();
  // Instrumented modules count in here, by mutant. A thread that is terminated leaves nothing to its end: each is noted at once.
  const counts = new Proxy<Record<string, number>>(
    {},
    {
      set: (target, mutant, count: number) => {
        target[String(mutant)] = count;
        const line = `${Atomics.load(handed.current, 0)} ${String(mutant)}\n`;
        if (met.has(line)) return true;
        met.add(line);
        try {
          appendFileSync(handed.notes, line);
        } catch {
          // The file of tests is through, and its notes with it.
        }
        return true;
      },
    },
  );
  Object.assign(globalThis, { __stryker__: { mutantCoverage: { static: counts, perTest: {} } } });
}
