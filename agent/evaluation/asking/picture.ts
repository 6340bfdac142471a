/** Puts a picture on the disk to a package as a station would have it from a camera. */
import { readFile } from 'node:fs/promises';
import type { Frame, FramePool } from '../../contracts.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import type { Trial, TrialPixels } from '../../inference/trial.ts';
import { openDecoder } from '../../sources/cameras/decode.ts';
import type { Answers, PictureInput } from '../protocol.ts';

export async function askPicture(trial: Trial, pixels: TrialPixels, input: PictureInput): Promise<Answers['picture']> {
  const frame = await readPicture(input.file, trial.manifest.inputs.image?.channels === 1 ? 'mono8' : 'rgb8');
  const { region = [0, 0, frame.width, frame.height] } = input;
  const { core } = await trial.judge(await pixels.prepare(trial.manifest, frame, region), region, input.format);
  return core;
}

/** Rejects with DATA_INVALID where the file is missing or no picture. */
export async function readPicture(file: string, format: 'mono8' | 'rgb8'): Promise<Frame> {
  try {
    // Not by the fast library: a figure must be the same on every box, and the same as in any other language.
    const decode = await openDecoder(file, { format, exact: true });
    const decoded = await decode(await readFile(file), BOUNDLESS);
    if (!decoded) throw new LinesideError('INTERNAL', { why: 'no room for a picture' });
    return { ...decoded, camera: file, sequence: 1, captured: 0, file, hold: () => {}, release: () => {} };
  } catch (thrown) {
    throw new LinesideError('DATA_INVALID', { file, why: messageOf(thrown) });
  }
}

/** A handful of pictures is under way at a time; what is done with is the garbage collector's. */
const BOUNDLESS: FramePool = { take: (bytes) => new Uint8Array(new SharedArrayBuffer(bytes)), give: () => {} };
