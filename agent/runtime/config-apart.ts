/** The config of a running agent is read apart from it: a file of somebody else's, however large or odd, costs the line nothing. */
import { type Packed, unpack } from '../config/crossing.ts';
import { type ConfigSource, type LoadedConfig, SALT } from '../config/load.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { entryUrl } from '../platform/entries.ts';
import { Sandbox } from '../platform/sandbox.ts';
import { type Clock, Minutes, Seconds } from '../time.ts';
import type { TrialQuestion } from './config-trial.ts';

/** A config of the largest size, full of faults, takes two seconds of a small box. On one that is busy they are spread over many more. */
const MOST_WORK = Seconds(20);
/** For what takes no time of the box: a pipe that nobody writes into, a disk that is gone. */
const LONGEST = Minutes(2);
const MEMORY = 512e6;

/**
 * Rejects with ConfigInvalid, CONFIG_UNREADABLE, or STOPPING once the signal aborts. The process ends with the answer: configs change on
 * few days, and a process that waits holds 60 MB.
 */
export const readConfigApart = (
  source: ConfigSource,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
  signal?: AbortSignal,
): Promise<LoadedConfig> => {
  const file = typeof source === 'string' ? source : (source.name ?? 'config');
  return apart({ file, clock, signal }, async (ask) => unpack((await ask({ source, env: { ...env }, salt: SALT })) as Packed));
};

/** The text with asterisks for its passwords; null where nobody can tell which they are. Rejects with CONFIG_UNREADABLE. */
export const maskApart = (text: string, clock: Clock): Promise<string | null> =>
  apart({ file: 'config', clock }, async (ask) => (await ask({ mask: text })) as string | null);

interface Circumstances {
  readonly file: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

async function apart<T>(
  { file, clock, signal }: Circumstances,
  work: (ask: (question: TrialQuestion) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const sandbox = new Sandbox({ what: 'reading the config', entry: entryUrl('runtime/config-trial'), clock, memory: MEMORY });
  // Whoever stops does not wait for a file that takes its time.
  const stop = () => void sandbox.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) throw new LinesideError('STOPPING');
    return await work((question) => sandbox.ask(question, { timeout: LONGEST, processor: MOST_WORK }));
  } catch (thrown) {
    if (signal?.aborted) throw new LinesideError('STOPPING');
    const fault = asLinesideError(thrown);
    if (!fault.code.startsWith('SANDBOX_')) throw fault;
    throw new LinesideError('CONFIG_UNREADABLE', { file, why: fault.sentence.replace(/\.$/, '') }, { cause: fault });
  } finally {
    signal?.removeEventListener('abort', stop);
    await sandbox.stop();
  }
}
