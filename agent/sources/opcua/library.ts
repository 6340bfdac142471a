/** node-opcua, loaded when the first server needs it and kept quiet: it is large and talks to standard output. */
import { format } from 'node:util';
import type { Log } from '../../contracts/index.ts';
import { precompiled } from '../../platform/precompiled.ts';

/** With the transport's class, which scripts/bundle.ts puts beside it. */
export type Library = typeof import('node-opcua-client') & Pick<typeof import('node-opcua-transport'), 'ClientTCP_transport'>;

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
