/**
 * Hands the mutant over to the worker threads that a test starts, and takes back which mutants they met. Stryker switches a mutant on
 * in the thread of the test only, and would call what runs in the store's thread "not covered".
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import threads from 'node:worker_threads';
import { afterAll, beforeAll, beforeEach, inject } from 'vitest';

/** Test id -> mutant id -> how often. */
type Coverage = Record<string, Record<string, number>>;
/** What Stryker's set-up leaves in the thread of a test. */
interface Namespace {
  currentTestId?: string;
  mutantCoverage?: { static: Record<string, number>; perTest: Coverage };
}

const given = (key: string): string | undefined => inject(key as never) as string | undefined;

if (given('mode') === 'mutant') {
  // Read by the instrumented modules where nothing is switched on in their own thread.
  const handOver = () => {
    process.env['__STRYKER_ACTIVE_MUTANT__'] = given('activeMutant');
  };
  if (given('mutantActivation') === 'static') handOver();
  else beforeAll(handOver);
} else {
  delete process.env['__STRYKER_ACTIVE_MUTANT__'];
  collect((globalThis as never)[given('globalNamespace') as never] as Namespace);
}

/** Every thread started from here on notes the mutants it meets, test by test, until the file of tests is through. */
function collect(stryker: Namespace): void {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-mutants-'));
  const notes = join(folder, 'met');
  writeFileSync(notes, '');
  const current = new Int32Array(new SharedArrayBuffer(4));
  const tests: string[] = [''];
  threads.setEnvironmentData('lineside.mutants', { notes, current });
  const preload = pathToFileURL(join(process.cwd(), 'dist/scripts/mutation/thread.js')).href;
  const Plain = threads.Worker;
  threads.Worker = class extends Plain {
    constructor(file: string | URL, options: threads.WorkerOptions = {}) {
      super(file, { ...options, execArgv: [...(options.execArgv ?? process.execArgv), `--import=${preload}`] });
    }
  };
  syncBuiltinESMExports();
  beforeEach(() => {
    current[0] = tests.push(stryker.currentTestId ?? '') - 1;
  });
  // Registered after Stryker's own hook, thus run before it: vitest goes through them backwards.
  afterAll(() => {
    stryker.mutantCoverage ??= { static: {}, perTest: {} };
    for (const line of readFileSync(notes, 'utf8').split('\n').filter(Boolean)) {
      const [test, mutant] = line.split(' ') as [string, string];
      const id = tests[Number(test)];
      let into = stryker.mutantCoverage.static;
      if (id) {
        stryker.mutantCoverage.perTest[id] ??= {};
        into = stryker.mutantCoverage.perTest[id];
      }
      into[mutant] = (into[mutant] ?? 0) + 1;
    }
    rmSync(folder, { recursive: true });
  });
}
