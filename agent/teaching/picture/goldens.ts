/** Golden cases of a taught part: what the rule itself says of pictures, not the network. Reads and looks through a port. */
import type { LessonCase } from '../lesson.ts';
import type { Eye } from './eye.ts';
import { lookedAt } from './features.ts';
import { type Judge, judged } from './judge.ts';
import type { Registration } from './register.ts';
import { type Field, type Found, find, MIDDLE, pieceAt, searchable } from './registration.ts';
import { FOUND } from './registration-network.ts';

interface Looking {
  readonly eye: Eye;
  readonly registration: Registration | null;
}

interface Example {
  readonly file: string;
  readonly found?: Found;
}

/** A usual good one and an odd one, and the usual one with a spot on it. Of a part that moves the usual one moved too, and a picture without a part. */
export async function casesOf(
  judge: Judge,
  { usual, odd }: { readonly usual: Example; readonly odd: Example },
  { eye, registration }: Looking,
): Promise<readonly LessonCase[]> {
  const pixels = await eye.read(usual.file);
  const size = eye.field ?? { width: eye.side, height: eye.side };
  const named: (readonly [string, Uint8Array])[] = [
    ['usual', pixels],
    ['odd', await eye.read(odd.file)],
    ['spotted', spotted(pixels, size, { side: eye.side, ...(usual.found ?? { x: 0, y: 0 }) })],
  ];
  if (registration) named.push(['moved', movedAside(pixels, size)], ['absent', new Uint8Array(pixels.length).fill(MIDDLE)]);
  const cases: LessonCase[] = [];
  for (const [name, of] of named) cases.push(await caseOf(name, of, judge, { eye, registration }));
  return cases;
}

type Size = Pick<Field, 'width' | 'height'>;

/** A dark square in the middle of the part. */
function spotted(pixels: Uint8Array, { width }: Size, { side, x, y }: Pick<Field, 'side' | 'x' | 'y'>): Uint8Array {
  const out = pixels.slice();
  const [from, to] = [Math.floor(side * 0.45), Math.floor(side * 0.55)];
  for (let row = y + from; row < y + to; row++) out.fill(0, (row * width + x + from) * 3, (row * width + x + to) * 3);
  return out;
}

/** Some pixels to the right and up; what comes in is what was at the edge. */
function movedAside(pixels: Uint8Array, { width, height }: Size): Uint8Array {
  const [right, up] = [5, 3];
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (Math.min(height - 1, y + up) * width + Math.max(0, x - right)) * 3;
      out.set(pixels.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return out;
}

async function caseOf(name: string, picture: Uint8Array, judge: Judge, { eye, registration }: Looking): Promise<LessonCase> {
  const reference = registration?.reference;
  const found = reference && find(reference, searchable(picture, reference.field));
  const pixels = reference && found ? pieceAt(picture, reference.field, found) : picture;
  const { score, heat } = judged(judge, lookedAt(await eye.look(pixels), eye.sizes));
  const { side } = eye.sizes.fine;
  const outputs = {
    score: { shape: [1], data: [score] },
    heatmap: { shape: [1, side, side], data: heat.map((value) => Number(value.toPrecision(7))) },
    ...(reference && found ? { [FOUND]: { shape: [3], data: foundOf(found, reference.field) } } : {}),
  };
  return { name, input: await eye.png(picture), outputs };
}

const foundOf = ({ x, y, likeness }: Found, field: Field): readonly number[] =>
  [(x - field.x) / field.side, (y - field.y) / field.side, likeness].map((value) => Number(value.toPrecision(7)));
