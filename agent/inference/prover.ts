/** A child process that loads a package on trial: it may hang, take all memory or crash, and is killed. Entry point of the child. */
import { answerQuestions } from '../platform/sandboxed.ts';
import { type Loaded, type LoadOrder, loadNetwork } from './load.ts';

export interface Proved {
  readonly loaded: Loaded;
  /** Bytes that it took, at its most. */
  readonly memory: number;
}

/** Of Node and onnxruntime, before any network. Kilobytes. */
const before = process.resourceUsage().maxRSS;

answerQuestions(async (order: LoadOrder): Promise<Proved> => {
  const { loaded, session } = await loadNetwork(order);
  const memory = (process.resourceUsage().maxRSS - before) * 1024;
  await session.release();
  return { loaded, memory };
});
