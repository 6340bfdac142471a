/** node-opcua, loaded when the first server needs it and kept quiet: it is large and talks to standard output. */
import { format } from 'node:util';
import type { Log } from '../../contracts.ts';
import { precompiled } from '../../precompiled.ts';

export type Library = typeof import('node-opcua-client');

/**
 * It blocks this thread while it runs, so what has been begun goes out first: other threads start meanwhile.
 * What the library has to say goes to `log` at debug level; faults reach us as errors anyway.
 */
export async function loadLibrary(log: Log): Promise<Library> {
  await new Promise(setImmediate);
  const ua = precompiled<Library>('node-opcua-client').library;
  const say = (_place: unknown, ...words: unknown[]): void => log.debug({ library: 'node-opcua' }, format(...words));
  ua.setWarningLogger(say);
  ua.setErrorLogger(say);
  return ua;
}
