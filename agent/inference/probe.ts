/** A worker thread that runs a network nobody has described yet: what it is fed is what the caller says. Entry point of the thread. */
import { LinesideError } from '../errors.ts';
import type { Output } from './kinds/kind.ts';
import { openSession, type Port, plain, type Session, tensorOf } from './session.ts';
import { type Served, serve } from './thread.ts';

export interface ProbeFeed {
  readonly type: 'uint8' | 'float32';
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float32Array;
}
export interface Probed {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}
export type ProbeFeeds = Readonly<Record<string, ProbeFeed>>;
export type ProbeOutputs = Readonly<Record<string, Output>>;

let session: Session | null = null;

serve({ open, run });

async function open(model: Uint8Array): Promise<Served> {
  try {
    session = await openSession(model, { provider: 'cpu', threads: 1, fixed: false });
  } catch (thrown) {
    throw new LinesideError('MODEL_FAILED', { model: 'this network', why: plain(thrown) });
  }
  return { value: { inputs: session.inputs, outputs: session.outputs } satisfies Probed };
}

async function run(given: ProbeFeeds): Promise<Served> {
  if (!session) throw new LinesideError('INTERNAL', { why: 'a probe ran before it was opened' });
  const feeds = Object.fromEntries(Object.entries(given).map(([name, { type, data, shape }]) => [name, tensorOf(type, data, shape)]));
  try {
    const outputs = await session.run(feeds);
    return {
      value: Object.fromEntries(
        Object.entries(outputs).map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]),
      ),
    };
  } catch (thrown) {
    throw new LinesideError('MODEL_FAILED', { model: 'this network', why: plain(thrown) });
  }
}
