/** The pictures that two packages see most differently, on one sheet: the picture, what either sees in it, what either says of it. */
import type { Sharp } from 'sharp';
import type { Core } from '../../inference/kinds/kind.ts';
import type { PictureInput } from '../evaluation/protocol.ts';
import type { Difference } from './compare.ts';
import type { Said } from './said.ts';

export interface SheetEntry extends Difference {
  readonly seen: { readonly a: Core; readonly b: Core };
}
export interface SheetNames {
  readonly title: string;
  readonly a: string;
  readonly b: string;
}

/** Pixels. */
const CELL = { width: 260, height: 200 };
const GAP = 12;
const LINE = 18;
const HEAD = 40;
const ACROSS = 2;
const COLOURS = { ok: '#1a7f37', review: '#9a6700', nok: '#cf222e' } as const;

interface Overlay {
  readonly input: Buffer;
  readonly left: number;
  readonly top: number;
}

/** As PNG. Rejects with DATA_INVALID where a picture is gone. */
export async function drawSheet(entries: readonly SheetEntry[], names: SheetNames): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const block = { width: 3 * CELL.width + 2 * GAP, height: CELL.height + 3 * LINE };
  const rows = Math.ceil(entries.length / ACROSS);
  const width = ACROSS * (block.width + 2 * GAP);
  const height = HEAD + rows * (block.height + GAP);
  const overlays: Overlay[] = [];
  const texts: string[] = [text(GAP, HEAD - 14, names.title, 16)];
  for (const [i, entry] of entries.entries()) {
    const left = GAP + (i % ACROSS) * (block.width + 2 * GAP);
    const top = HEAD + Math.floor(i / ACROSS) * (block.height + GAP);
    texts.push(text(left, top + LINE - 5, headOf(entry, i), 13), ...captions(entry, names, left, top + LINE + CELL.height));
    overlays.push(...(await cells(entry, left, top + LINE)));
  }
  const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${texts.join('')}</svg>`);
  const page = sharp({ create: { width, height, channels: 3, background: '#ffffff' } });
  return page
    .composite([...overlays, { input: svg, left: 0, top: 0 }])
    .png()
    .toBuffer();
}

const headOf = ({ sample: { id, truth } }: SheetEntry, i: number): string => {
  const known = typeof truth === 'string' ? `, truly ${truth}` : '';
  return `${i + 1}  ${shortened(id, 60)}${known}`;
};

/** The end of a path says more than its beginning. */
const shortened = (name: string, most: number): string => (name.length > most ? `…${name.slice(1 - most)}` : name);

function captions({ a, b }: SheetEntry, names: SheetNames, left: number, top: number): readonly string[] {
  return [[names.a, a] as const, [names.b, b] as const].map(([name, said], i) => {
    const x = left + (i + 1) * (CELL.width + GAP);
    return text(x, top + LINE - 4, shortened(name, 36), 12) + text(x, top + 2 * LINE - 5, words(said), 13, COLOURS[said.verdict]);
  });
}

const words = ({ verdict, says, score }: Said): string => `${verdict}: ${says.slice(0, 26)} ${score.toFixed(3)}`;

async function cells({ sample, seen }: SheetEntry, left: number, top: number): Promise<readonly Overlay[]> {
  const { file, region } = sample.input as PictureInput;
  const picture = await cut(file, region);
  const found = await Promise.all([bare(picture), over(picture, seen.a), over(picture, seen.b)]);
  return found.map((input, i) => ({
    input,
    left: left + i * (CELL.width + GAP) + Math.floor((CELL.width - picture.width) / 2),
    top: top + Math.floor((CELL.height - picture.height) / 2),
  }));
}

/** What the package saw of the picture, as large as a cell allows. */
interface Cut {
  readonly pixels: Buffer;
  readonly width: number;
  readonly height: number;
  /** Pixels of the frame. */
  readonly from: readonly [x: number, y: number, width: number, height: number];
}

async function cut(file: string, region: PictureInput['region']): Promise<Cut> {
  const { default: sharp } = await import('sharp');
  const whole = sharp(file);
  const { width: full = 1, height: high = 1 } = await whole.metadata();
  const from = region ?? [0, 0, full, high];
  const [left, top, width, height] = from;
  const { data, info } = await whole
    .extract({ left, top, width, height })
    .resize({ ...CELL, fit: 'inside' })
    .toColourspace('srgb')
    .removeAlpha()
    .png()
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height, from };
}

const bare = ({ pixels }: Cut): Promise<Buffer> => Promise.resolve(pixels);

async function over(picture: Cut, { heatmap, boxes }: Core): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const layers = [
    ...(heatmap ? [await glow(heatmap, picture)] : []),
    ...(boxes ? [{ input: frames(boxes, picture), left: 0, top: 0 }] : []),
  ];
  const base: Sharp = sharp(picture.pixels);
  return base.composite(layers).png().toBuffer();
}

/** Red where the map is high, and nothing where it is low: the picture stays to be seen. */
async function glow({ width, height, values, region }: NonNullable<Core['heatmap']>, to: Cut) {
  const { default: sharp } = await import('sharp');
  const rgba = Buffer.alloc(width * height * 4);
  for (const [i, value] of values.entries()) rgba.set([255, 40, 0, value * 0.65], i * 4);
  const map = sharp(rgba, { raw: { width, height, channels: 4 } });
  // Of a part that moves it covers less than what is shown.
  const [x, y, across, down] = region ?? to.from;
  const [toX, toY] = [to.width / to.from[2], to.height / to.from[3]];
  const size = { width: Math.max(1, Math.round(across * toX)), height: Math.max(1, Math.round(down * toY)) };
  const input = await map
    .resize({ ...size, fit: 'fill', kernel: 'linear' })
    .png()
    .toBuffer();
  return { input, left: Math.round((x - to.from[0]) * toX), top: Math.round((y - to.from[1]) * toY) };
}

function frames(boxes: NonNullable<Core['boxes']>, { width, height, from: [x, y, w, h] }: Cut): Buffer {
  const drawn = boxes.map(({ region: [left, top, wide, high] }) => {
    const place = [((left - x) * width) / w, ((top - y) * height) / h, (wide * width) / w, (high * height) / h].map((n) => n.toFixed(1));
    return `<rect x="${place[0]}" y="${place[1]}" width="${place[2]}" height="${place[3]}" fill="none" stroke="#ff2800" stroke-width="2"/>`;
  });
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawn.join('')}</svg>`);
}

/** A small gateway may have no font at all; the words are left out then. */
export async function canWrite(): Promise<boolean> {
  const { default: sharp } = await import('sharp');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30">${text(4, 20, 'WWW', 16)}</svg>`;
  const { channels } = await sharp(Buffer.from(svg)).flatten({ background: '#ffffff' }).greyscale().stats();
  return (channels[0]?.min ?? 255) < 128;
}

export function text(x: number, y: number, what: string, size: number, colour = '#1f2328'): string {
  const safe = what.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<text x="${x}" y="${y}" font-family="sans-serif" font-size="${size}" fill="${colour}">${safe}</text>`;
}
