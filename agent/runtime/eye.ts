/** The backbone and the pictures as teaching takes them. Blocks the thread it runs on: for processes of their own alone. */
import sharp from 'sharp';
import type { Frame, FramePool, Region } from '../contracts/index.ts';
import { causeOf, LinesideError } from '../errors.ts';
import { Featurizer } from '../inference/featurizer.ts';
import { LARGEST } from '../inference/package-file.ts';
import { readRegular } from '../platform/plain-file.ts';
import { type Decoder, openDecoder } from '../sources/cameras/decode.ts';
import type { Eye } from '../teaching/picture/eye.ts';
import { CLOSER, type Sizes } from '../teaching/picture/features.ts';
import { type Mask, sharesMarked } from '../teaching/picture/marked.ts';
import { badPlaces, maskFileOf } from '../teaching/picture/mask-file.ts';
import { type Field, type Found, fieldAround, fieldWithin } from '../teaching/picture/registration.ts';
import { Minutes, systemClock } from '../time.ts';

export interface OpenEye extends Eye {
  /** Of a picture that was read: what of it was looked at, in its pixels. */
  regionOf(file: string): Region;
  close(): Promise<void>;
}

export interface EyeWish {
  /** Folder of its package. */
  readonly backbone: string;
  /** Of every picture, in pixels; null: whole pictures. */
  readonly region: Region | null;
  /** It sees every picture at CLOSER times as many pixels each way, so that what is small counts. */
  readonly closer?: boolean;
  /** The part moves: this picture tells how much there is around the region. Null: it lies still. */
  readonly moves?: string | null;
}

/** Rejects with DATA_INVALID where a part moves and the picture is none, or there is no room around the region. */
export async function openEye({ backbone, region, closer = false, moves = null }: EyeWish): Promise<OpenEye> {
  const { featurizer, decoder, close } = await openLooking(backbone, 'embed', closer ? CLOSER : 1);
  try {
    const { width: side } = featurizer.size;
    const { field, area } = moves === null ? { field: null, area: region } : await placeOf(region, moves, side, decoder);
    const { width, height } = field ?? { width: side, height: side };
    const regions = new Map<string, Region>();
    const sizes = new Map<string, Pick<Frame, 'width' | 'height'>>();
    const read = async (file: string) => {
      const frame = await frameOf(file, decoder);
      regions.set(file, area ?? [0, 0, frame.width, frame.height]);
      sizes.set(file, { width: frame.width, height: frame.height });
      return featurizer.prepare(frame, area ?? undefined, { width, height, channels: 3 });
    };
    const known = <T>(of: ReadonlyMap<string, T>, file: string): T => {
      const found = of.get(file);
      if (!found) throw new LinesideError('INTERNAL', { why: `${file} was not read` });
      return found;
    };
    const regionOf = (file: string): Region => known(regions, file);
    const eye = await eyeOf(featurizer, field);
    const marked: Eye['marked'] = async ({ file, where }, found) => {
      const looked = field && found ? regionWithin(regionOf(file), withinField(field, found)) : regionOf(file);
      const marks = 'mask' in where ? await maskIn(where.mask, known(sizes, file), decoder) : where;
      return sharesMarked(marks, looked, eye.sizes.fine.side);
    };
    return { ...eye, read, marked, regionOf, area, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

interface Place {
  readonly field: Field | null;
  readonly area: Region | null;
}

async function placeOf(region: Region | null, file: string, side: number, decoder: Decoder): Promise<Place> {
  if (region === null) return { field: fieldWithin(side), area: null };
  const { width, height } = await frameOf(file, decoder);
  const place = fieldAround(region, [width, height], side);
  if (place && 'field' in place) return place;
  const why = place
    ? `the region leaves a part room to move, but not to the ${place.at}, where the picture ends: draw it ${place.wanted} pixels or more away from that edge, or up to the edge opposite as well where the part never moves that way`
    : `the region leaves no room around it in which a part could move: draw it smaller than the picture, which is ${width}x${height}`;
  throw new LinesideError('DATA_INVALID', { file, why });
}

/** What a taught package says of pictures. */
export interface OpenJudge {
  /** Of a file. Rejects with DATA_INVALID where it is no picture, REGION_OUTSIDE where it is too small, PART_NOT_FOUND where there is no part. */
  judge(file: string): Promise<{ readonly score: number; readonly mask: Buffer | null }>;
  close(): Promise<void>;
}

/** `folder`: of the package; `region`: that it looks at; `masks`: heat maps over that region are made too, as PNG files. */
export async function openJudge(folder: string, region: Region | null, masks: boolean): Promise<OpenJudge> {
  const { featurizer, decoder, close } = await openLooking(folder, 'anomaly', 1);
  const judge = async (file: string) => {
    const frame = await frameOf(file, decoder);
    const area = region ?? ([0, 0, frame.width, frame.height] as const);
    const { score, heatmap } = await featurizer.judge(featurizer.prepare(frame, area), area);
    return { score, mask: masks && heatmap ? await maskOf(heatmap.values, heatmap.width, withinOf(heatmap.region, area)) : null };
  };
  return { judge, close };
}

/** Where a region lies in another one, in shares of that. */
function withinOf(region: Region | null, [x, y, width, height]: Region): Within {
  const [left, top, across, down] = region ?? [x, y, width, height];
  return [(left - x) / width, (top - y) / height, across / width, down / height];
}

/** x, y, width and height in shares of a picture. */
export type Within = readonly [x: number, y: number, width: number, height: number];
export const ALL: Within = [0, 0, 1, 1];

/** Where in its field a part was found. */
export const withinField = ({ width, height, side }: Field, { x, y }: Found): Within => [
  x / width,
  y / height,
  side / width,
  side / height,
];

export const regionWithin = ([x, y, width, height]: Region, [left, top, across, down]: Within): Region => [
  x + left * width,
  y + top * height,
  across * width,
  down * height,
];

/** Cells of a mask for each of a heat map that covers a part of it: what it is off by is a quarter of one. */
const FINER = 4;

/** A heat map [side, side] of bytes as a grey PNG file, to be laid over the picture; `within`: what it covers of that. */
export function maskOf(heat: Uint8Array, side: number, within: Within = ALL): Promise<Buffer> {
  const grey = (values: Uint8Array, width: number, height: number) =>
    sharp(values, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
  if (within.every((share, i) => share === ALL[i])) return grey(heat, side, side);
  const [left, top, across, down] = within;
  const [width, height] = [Math.round((FINER * side) / across), Math.round((FINER * side) / down)];
  const cellOf = (at: number, of: number, from: number, size: number) => Math.floor((((at + 0.5) / of - from) / size) * side);
  const values = new Uint8Array(width * height);
  for (let i = 0; i < values.length; i++) {
    const [x, y] = [cellOf(i % width, width, left, across), cellOf(Math.floor(i / width), height, top, down)];
    if (x >= 0 && x < side && y >= 0 && y < side) values[i] = heat[y * side + x] ?? 0;
  }
  return grey(values, width, height);
}

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

async function eyeOf(featurizer: Featurizer, field: Field | null): Promise<Omit<Eye, 'read' | 'area' | 'marked'>> {
  const { manifest, variant } = featurizer;
  const { sha256, quantization = null } = manifest.variants[variant] ?? { sha256: '' };
  const { width: side } = featurizer.size;
  const { width, height } = field ?? { width: side, height: side };
  return {
    side,
    field,
    sizes: await sizesOf(featurizer, side),
    look: async (pixels) => {
      const { s16, s32 } = await featurizer.look(pixels);
      if (!s16 || !s32) throw new LinesideError('MODEL_INVALID', { model: manifest.name, why: 'it gives no s16 and s32' });
      return { s16: s16.data, s32: s32.data };
    },
    png: (pixels) =>
      sharp(pixels, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer(),
    network: await featurizer.file(),
    image: manifest.tensors['image'] ?? 'image',
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

async function maskIn(path: string, { width, height }: Pick<Frame, 'width' | 'height'>, decoder: Decoder): Promise<Mask> {
  const bytes = await bytesOf(path);
  const mask = await decodedOf(path, bytes, decoder);
  if (mask.width !== width || mask.height !== height)
    throw new LinesideError('DATA_INVALID', {
      file: path,
      why: `it is a mask of ${mask.width}x${mask.height}, and its picture is ${width}x${height}`,
    });
  const file = maskFileOf(bytes);
  const values = badPlaces(mask.pixels, file);
  if (file.depth > 8 && !values.includes(1))
    throw new LinesideError('DATA_INVALID', {
      file: path,
      why: `it is a mask of ${file.depth} bits, of which the lower ones are not looked at, and without them it is all black: save it with 8`,
    });
  return { width, height, values };
}

const refusedAs = (path: string) => (why: string) => new LinesideError('DATA_INVALID', { file: path, why });

async function bytesOf(path: string): Promise<Uint8Array> {
  const refuse = refusedAs(path);
  try {
    return await readRegular(path, { most: LARGEST.picture, refuse });
  } catch (thrown) {
    throw refuse(causeOf(thrown));
  }
}

async function decodedOf(path: string, bytes: Uint8Array, { decode }: Decoder) {
  try {
    const decoded = await decode(bytes, POOL);
    if (!decoded) throw new LinesideError('INTERNAL', { why: 'it is larger than any camera’s' });
    return decoded;
  } catch (thrown) {
    throw refusedAs(path)(causeOf(thrown));
  }
}

const frameOf = async (path: string, decoder: Decoder) => decodedOf(path, await bytesOf(path), decoder);

/** One picture at a time; what is done with is the garbage collector's. */
const MOST_BYTES = 2 ** 28;
const POOL: FramePool = {
  take: (bytes) => (bytes <= MOST_BYTES ? new Uint8Array(new SharedArrayBuffer(bytes)) : undefined),
  give: () => {},
};
