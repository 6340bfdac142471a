/** Puts pictures on the disk to a package as a station would have them from a camera. */
import { readFile } from 'node:fs/promises';
import type { Frame, FramePool } from '../../../contracts/index.ts';
import { LinesideError, messageOf } from '../../../errors.ts';
import { taughtRegionOf } from '../../../inference/manifest.ts';
import type { Trial, TrialPixels } from '../../../inference/trial.ts';
import { type Decoder, openDecoder } from '../../../sources/cameras/decode.ts';
import { Minutes, systemClock } from '../../../time.ts';
import type { Answers, PictureInput } from '../protocol.ts';

/** Reads pictures of the kinds that `dir://` plays; what it may have started is ended by close(). */
export class PictureReader {
  private readonly decoder: Promise<Decoder>;

  constructor(format: 'mono8' | 'rgb8') {
    // Not by the fast library: a figure must be the same on every box, and the same as in any other language.
    this.decoder = openDecoder('the data set', {
      format,
      exact: true,
      types: ['jpeg', 'png', 'bmp', 'tiff'],
      clock: systemClock,
      patience: Minutes(1),
    });
  }

  /** Rejects with DATA_INVALID where the file is missing or no picture. */
  async read(file: string): Promise<Frame> {
    try {
      const { decode } = await this.decoder;
      const decoded = await decode(await readFile(file), BOUNDLESS);
      if (!decoded) throw new LinesideError('INTERNAL', { why: 'no room for a picture' });
      return { ...decoded, camera: file, sequence: 1, captured: 0, file, hold: () => {}, release: () => {} };
    } catch (thrown) {
      throw new LinesideError('DATA_INVALID', { file, why: whyOf(thrown) });
    }
  }

  async close(): Promise<void> {
    await (await this.decoder).close();
  }
}

const whyOf = (thrown: unknown): string =>
  thrown instanceof LinesideError && thrown.code === 'CAMERA_BAD_IMAGE' ? String(thrown.details['why']) : messageOf(thrown);

export async function askPicture(
  trial: Trial,
  pixels: TrialPixels,
  reader: PictureReader,
  input: PictureInput,
): Promise<Answers['picture']> {
  const frame = await reader.read(input.file);
  const region = input.region ?? taughtRegionOf(trial.manifest) ?? [0, 0, frame.width, frame.height];
  const { core } = await trial.judge(await pixels.prepare(trial.manifest, frame, region), region, input.format);
  return core;
}

/** The fault itself where there is no part in the picture: the others are judged all the same. */
export const foundOrWhy = <T>(answer: Promise<T>): Promise<T | LinesideError> =>
  answer.catch((thrown: unknown) => {
    if (thrown instanceof LinesideError && thrown.code === 'PART_NOT_FOUND') return thrown;
    throw thrown;
  });

/** A handful of pictures is under way at a time; what is done with is the garbage collector's. Larger than any that is evaluated. */
const MOST_BYTES = 2 ** 31;
const BOUNDLESS: FramePool = {
  take: (bytes) => (bytes <= MOST_BYTES ? new Uint8Array(new SharedArrayBuffer(bytes)) : undefined),
  give: () => {},
};
