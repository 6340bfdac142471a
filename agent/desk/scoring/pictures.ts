/** `lineside models score` on a folder: what a package says of each picture, through the threads and decoding that a station uses. */
import { relative } from 'node:path';
import type { FoundPart, Region } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import type { Core } from '../../inference/kinds/kind.ts';
import type { Manifest } from '../../inference/manifest.ts';
import { Trial, TrialPixels } from '../../inference/trial.ts';
import { inTurn } from '../evaluation/asking/ask.ts';
import { askPicture, foundOrWhy, PictureReader } from '../evaluation/asking/picture.ts';
import { picturesIn } from '../pictures-in.ts';
import type { ScoreOptions } from './score.ts';

export interface PictureScore {
  /** From the folder. */
  readonly file: string;
  /** Null: the part was not found in it, and nothing was judged. */
  readonly score: number | null;
  readonly threshold: number;
  readonly alarm: boolean;
  readonly label: string | null;
  /** Of a part that moves: where it was found, x, y, width and height in pixels of the picture, and how like the reference. */
  readonly found?: FoundPart;
  /** Why it was not found. */
  readonly fault?: string;
  /** Of an alarm with a heat map: x and y of its highest place, in pixels of the picture. */
  readonly at?: readonly [x: number, y: number];
}

/** In the order of their names. Rejects with DATA_INVALID where there is none, or one is no picture; USAGE for other kinds of package. */
export async function scorePictures(
  manifest: Manifest,
  folder: string,
  { variant, providers, region }: ScoreOptions & { readonly region?: Region },
): Promise<readonly PictureScore[]> {
  const { image } = manifest.inputs;
  if (!image) throw new LinesideError('USAGE', { why: `${manifest.name} looks at no pictures, and ${folder} is a folder` });
  const files = await picturesIn(folder);
  const trial = await Trial.open(manifest, { variant, providers, threads: 1 });
  const pixels = new TrialPixels();
  const reader = new PictureReader(image.channels === 1 ? 'mono8' : 'rgb8');
  try {
    return await inTurn(
      files,
      async (file) => {
        const name = relative(folder, file);
        const core = await foundOrWhy(askPicture(trial, pixels, reader, { file, ...(region ? { region } : {}) }));
        return core instanceof LinesideError ? unfound(core, name, manifest) : scoreOf(core, name, manifest);
      },
      AT_ONCE,
    );
  } finally {
    await Promise.all([trial.close(), pixels.close(), reader.close()]);
  }
}

/** One is read while another is judged. */
const AT_ONCE = 2;

/** A station answers it by `on_failure`: it is no part that would pass. */
const unfound = ({ sentence: fault }: LinesideError, file: string, { thresholds: { score: threshold } }: Manifest): PictureScore => ({
  file,
  score: null,
  threshold,
  alarm: true,
  label: null,
  fault,
});

function scoreOf({ score, label, heatmap, found }: Core, file: string, { thresholds: { score: threshold } }: Manifest): PictureScore {
  const alarm = score >= threshold;
  return {
    file,
    score,
    threshold,
    alarm,
    label,
    ...(found ? { found } : {}),
    ...(alarm && heatmap?.region ? { at: hottest(heatmap) } : {}),
  };
}

function hottest({ values, width, height, region }: NonNullable<Core['heatmap']>): readonly [number, number] {
  const [x, y, across, down] = region ?? [0, 0, width, height];
  const place = values.reduce((best, value, i) => (value > (values[best] ?? 0) ? i : best), 0);
  return [Math.round(x + (((place % width) + 0.5) * across) / width), Math.round(y + ((Math.floor(place / width) + 0.5) * down) / height)];
}
