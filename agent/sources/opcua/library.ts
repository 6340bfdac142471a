/** node-opcua, loaded when the first server needs it and kept quiet: it costs 0.6 s to load and talks to standard output. */
import { createRequire } from 'node:module';
import { format } from 'node:util';
import type { Log } from '../../contracts.ts';

export type Library = typeof import('node-opcua-client');

/**
 * Required, not imported: `import()` of CommonJS first parses all of its six hundred files for their names, 0.1 s more for nothing.
 * It blocks this thread all the same, so what has been begun goes out first: other threads start meanwhile.
 * What the library has to say goes to `log` at debug level; faults reach us as errors anyway.
 */
export async function loadLibrary(log: Log): Promise<Library> {
  await new Promise(setImmediate);
  const ua: Library = createRequire(import.meta.url)('node-opcua-client');
  const say = (_place: unknown, ...words: unknown[]): void => log.debug({ library: 'node-opcua' }, format(...words));
  ua.setWarningLogger(say);
  ua.setErrorLogger(say);
  return ua;
}
