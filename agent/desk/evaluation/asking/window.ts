/** Puts a window that a station recorded to a package; its tags are taken in their order, as the station does. */
import { LinesideError } from '../../../errors.ts';
import type { Core } from '../../../inference/kinds/kind.ts';
import type { Trial } from '../../../inference/trial.ts';
import type { WindowInput } from '../protocol.ts';

export async function askWindow(trial: Trial, { tags, steps, values }: WindowInput): Promise<Core> {
  const { name, inputs } = trial.manifest;
  const wanted = { steps: inputs.window?.steps ?? 0, tags: inputs.window?.channels.length ?? 0 };
  if (steps !== wanted.steps || tags !== wanted.tags) {
    const why = `it looks at ${wanted.steps} rows of ${wanted.tags} tags, the recorded windows have ${steps} of ${tags}`;
    throw new LinesideError('MODEL_INVALID', { model: name, why });
  }
  return (await trial.judge(values)).core;
}
