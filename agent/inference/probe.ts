/** A child process that runs a network nobody has described yet: what it is fed is what the caller says. Entry point of the child. */
import { LinesideError } from '../errors.ts';
import { answerQuestions } from '../platform/sandboxed.ts';
import type { Output } from './kinds/kind.ts';
import { openSession, plain, type Session, tensorOf } from './session.ts';

export interface ProbeFeed {
  readonly type: 'uint8' | 'float32';
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float32Array;
}
export type ProbeFeeds = Readonly<Record<string, ProbeFeed>>;
export type ProbeOutputs = Readonly<Record<string, Output>>;
export type ProbeQuestion = { readonly open: Uint8Array } | { readonly run: ProbeFeeds };

let session: Session | null = null;

answerQuestions(async (question: ProbeQuestion): Promise<ProbeOutputs | null> => {
  try {
    if ('run' in question) return await run(question.run);
    session = await openSession(question.open, { provider: 'cpu', threads: 1, fixed: false });
    return null;
  } catch (thrown) {
    throw new LinesideError('MODEL_FAILED', { model: 'this network', why: plain(thrown) });
  }
});

async function run(given: ProbeFeeds): Promise<ProbeOutputs> {
  if (!session) throw new LinesideError('INTERNAL', { why: 'a probe ran before it was opened' });
  const feeds = Object.fromEntries(Object.entries(given).map(([name, { type, data, shape }]) => [name, tensorOf(type, data, shape)]));
  const outputs = Object.entries(await session.run(feeds));
  return Object.fromEntries(outputs.map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]));
}
