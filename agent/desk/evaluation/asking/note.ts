/** Puts a note to a package, as it was typed or already in plain words. */
import { LinesideError } from '../../../errors.ts';
import type { Core } from '../../../inference/kinds/kind.ts';
import type { Trial } from '../../../inference/trial.ts';
import type { NoteInput } from '../protocol.ts';

export async function askNote(trial: Trial, { text, plain }: NoteInput): Promise<Core> {
  const { manifest } = trial;
  if (!manifest.inputs.text) throw new LinesideError('MODEL_INVALID', { model: manifest.name, why: 'it reads no text' });
  return (await trial.read(plain ? text.split(' ') : text)).core;
}
