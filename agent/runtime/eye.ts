/** The backbone and the pictures as teaching takes them. Blocks the thread it runs on: for processes of their own alone. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { FramePool, Region } from '../contracts/index.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { Featurizer } from '../inference/featurizer.ts';
import { type Decoder, openDecoder } from '../sources/cameras/decode.ts';
import { CLOSER, type Sizes } from '../teaching/picture/features.ts';
import type { Eye } from '../teaching/picture/teach.ts';
import { Minutes, systemClock } from '../time.ts';

export interface OpenEye extends Eye {
  /** Of a picture that was read: what of it was looked at, in its pixels. */
  regionOf(file: string): Region;
  close(): Promise<void>;
}

/**
 * `backbone`: folder of its package; `region`: of every picture, in pixels; null: whole pictures. `closer`: it sees every picture at CLOSER times
 * as many pixels each way, so that what is small counts.
 */
export async function openEye(backbone: string, region: Region | null, closer = false): Promise<OpenEye> {
  const { featurizer, decoder, close } = await openLooking(backbone, 'embed', closer ? CLOSER : 1);
  try {
    const eye = await eyeOf(featurizer);
    const regions = new Map<string, Region>();
    const read = async (file: string) => {
      const frame = await frameOf(file, decoder);
      regions.set(file, region ?? [0, 0, frame.width, frame.height]);
      return featurizer.prepare(frame, region ?? undefined);
    };
    const regionOf = (file: string): Region => {
      const found = regions.get(file);
      if (!found) throw new LinesideError('INTERNAL', { why: `${file} was not read` });
      return found;
    };
    return { ...eye, read, regionOf, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** What a taught package says of pictures. */
export interface OpenJudge {
  /** Of a file. Rejects with DATA_INVALID where it is no picture, REGION_OUTSIDE where it is too small. */
  judge(file: string): Promise<{ readonly score: number; readonly heat: ArrayLike<number>; readonly side: number }>;
  close(): Promise<void>;
}

/** `folder`: of the package. */
export async function openJudge(folder: string, region: Region | null): Promise<OpenJudge> {
  const { featurizer, decoder, close } = await openLooking(folder, 'anomaly', 1);
  const judge = async (file: string) => {
    const { score, heatmap } = await featurizer.look(featurizer.prepare(await frameOf(file, decoder), region ?? undefined));
    return { score: Number(score?.data[0] ?? 0), heat: heatmap?.data ?? [], side: heatmap?.shape[2] ?? 0 };
  };
  return { judge, close };
}

/** A heat map [side, side] of 0..1 as a grey PNG file, to be laid over the picture. */
export const maskOf = (heat: ArrayLike<number>, side: number): Promise<Buffer> =>
  sharp(
    Uint8Array.from(heat, (value) => Math.round(255 * value)),
    { raw: { width: side, height: side, channels: 1 } },
  )
    .toColourspace('b-w')
    .png()
    .toBuffer();

async function openLooking(folder: string, kind: 'embed' | 'anomaly', times: number) {
  const featurizer = await Featurizer.open({ folder, kind, threads: 1, times });
  const decoder = await openDecoder('the folder', {
    format: 'rgb8',
    types: ['jpeg', 'png', 'bmp', 'tiff'],
    exact: true,
    clock: systemClock,
    patience: Minutes(1),
  });
  const close = async () => {
    await Promise.all([decoder.close(), featurizer.close()]);
  };
  return { featurizer, decoder, close };
}

async function eyeOf(featurizer: Featurizer): Promise<Omit<Eye, 'read'>> {
  const { manifest, variant } = featurizer;
  const { sha256, quantization = null } = manifest.variants[variant] ?? { sha256: '' };
  const { width: side } = featurizer.size;
  return {
    side,
    sizes: await sizesOf(featurizer, side),
    look: async (pixels) => {
      const { s16, s32 } = await featurizer.look(pixels);
      if (!s16 || !s32) throw new LinesideError('MODEL_INVALID', { model: manifest.name, why: 'it gives no s16 and s32' });
      return { s16: s16.data, s32: s32.data };
    },
    png: (pixels) =>
      sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toBuffer(),
    network: await featurizer.file(),
    variant,
    quantization,
    pretrained: { name: manifest.name, version: manifest.version, variant, sha256, of: manifest.provenance?.['pretrained'] ?? null },
  };
}

/** A run tells more than the file: an exporter may have left shapes open. */
async function sizesOf(featurizer: Featurizer, side: number): Promise<Sizes> {
  const { s16, s32 } = await featurizer.look(new Uint8Array(side * side * 3));
  const [fine, coarse] = [s16, s32].map((map) => ({ channels: map?.shape[1] ?? 0, side: map?.shape[2] ?? 0 }));
  if (fine && coarse && fine.side > 0 && fine.side === 2 * coarse.side) return { fine, coarse };
  throw new LinesideError('MODEL_INVALID', { model: featurizer.manifest.name, why: 'its maps s16 and s32 are not one half of the other' });
}

async function frameOf(path: string, { decode }: Decoder) {
  try {
    const decoded = await decode(await readFile(path), POOL);
    if (!decoded) throw new LinesideError('INTERNAL', { why: 'it is larger than any camera’s' });
    return decoded;
  } catch (thrown) {
    const why = thrown instanceof LinesideError && thrown.code === 'CAMERA_BAD_IMAGE' ? String(thrown.details['why']) : messageOf(thrown);
    throw new LinesideError('DATA_INVALID', { file: path, why });
  }
}

/** One picture at a time; what is done with is the garbage collector's. */
const MOST_BYTES = 2 ** 28;
const POOL: FramePool = {
  take: (bytes) => (bytes <= MOST_BYTES ? new Uint8Array(new SharedArrayBuffer(bytes)) : undefined),
  give: () => {},
};
