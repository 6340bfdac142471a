/** What was painted, as pixels: against a look at every pixel by itself, and as COCO reads it back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundsOf, isWithin, type Mark, type Stroke } from '#agent/contracts/index.js';
import { drawnOf } from '#agent/store/data-set/boxes.js';
import { maskOf, type Piece, piecesIn } from '#agent/store/data-set/masks.js';

const SIZE = { width: 40, height: 30 };

/** As pycocotools decodes uncompressed run lengths: column by column, what is not marked first. */
function decoded({ size: [height, width], counts }: Piece['segmentation']): Uint8Array {
  const mask = new Uint8Array(width * height);
  let at = 0;
  for (const [i, count] of counts.entries()) {
    for (let k = at; k < at + count; k++) if (i % 2 === 1) mask[(k % height) * width + Math.floor(k / height)] = 255;
    at += count;
  }
  expect(at).toBe(width * height);
  return mask;
}

const point = fc.tuple(fc.integer({ min: -3, max: 43 }), fc.integer({ min: -3, max: 33 }));
const stroke: fc.Arbitrary<Stroke> = fc.record({
  width: fc.integer({ min: 1, max: 12 }),
  points: fc.array(point, { minLength: 1, maxLength: 6 }),
});
const box: fc.Arbitrary<Mark> = fc.tuple(fc.nat(39), fc.nat(29), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }));
const marks = fc.array(fc.oneof(stroke, box), { minLength: 1, maxLength: 5 });

describe('a mask', () => {
  it('has the pixels whose middle is marked, and no other', () => {
    fc.assert(
      fc.property(marks, (all) => {
        const mask = maskOf(all, SIZE);
        const by = (more: number) => all.map((one) => ('points' in one ? { ...one, width: one.width + more } : one));
        const [wider, narrower] = [by(1e-6), by(-1e-6)];
        const wrong = [...mask.keys()].filter((i) => {
          const isIn = (of: readonly Mark[]) => of.some((one) => isWithin(one, (i % SIZE.width) + 0.5, Math.floor(i / SIZE.width) + 0.5));
          const known = isIn(wider);
          // On the very edge rounding decides.
          return known === isIn(narrower) && known !== (mask[i] === 255);
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('falls into pieces whose run lengths are that mask again, each within its box', () => {
    fc.assert(
      fc.property(marks, (all) => {
        const mask = maskOf(all, SIZE);
        const together = new Uint8Array(mask.length);
        for (const { segmentation, area, region } of piecesIn(mask, SIZE)) {
          const piece = decoded(segmentation);
          const own = [...piece.keys()].filter((i) => piece[i] === 255);
          expect(own.length).toBe(area);
          const [xs, ys] = [own.map((i) => i % SIZE.width), own.map((i) => Math.floor(i / SIZE.width))];
          expect(region).toEqual([
            Math.min(...xs),
            Math.min(...ys),
            Math.max(...xs) - Math.min(...xs) + 1,
            Math.max(...ys) - Math.min(...ys) + 1,
          ]);
          expect(own.filter((i) => together[i] === 255)).toEqual([]);
          for (const i of own) together[i] = 255;
        }
        expect(together).toEqual(mask);
      }),
      { numRuns: 100 },
    );
  });
});

describe('pieces', () => {
  const dot = (x: number, y: number, width = 4): Stroke => ({ width, points: [[x, y]] });
  const regions = (...strokes: readonly Stroke[]) => piecesIn(maskOf(strokes, SIZE), SIZE).map(({ region }) => region);

  it('are what hangs together, also around a corner and over what was painted later', () => {
    expect(regions(dot(5, 5), dot(20, 5))).toEqual([
      [3, 3, 4, 4],
      [18, 3, 4, 4],
    ]);
    const line: Stroke = {
      width: 2,
      points: [
        [5, 5],
        [20, 5],
      ],
    };
    expect(regions(dot(5, 5), dot(20, 5), line)).toEqual([[3, 3, 19, 4]]);
    const corner = (x: number, y: number): Mark => [x, y, 2, 2];
    expect(piecesIn(maskOf([corner(2, 2), corner(4, 4)], SIZE), SIZE)).toHaveLength(1);
    expect(piecesIn(maskOf([corner(2, 2), corner(5, 4)], SIZE), SIZE)).toHaveLength(2);
  });

  it('are of one kind each: what touches another fault is another one', () => {
    const of = (kind: string, stroke: Stroke) => ({ camera: 'top', kind, stroke, region: boundsOf(stroke) });
    const drawn = drawnOf([of('dent', dot(5, 5)), of('hole', dot(6, 5)), of('dent', dot(7, 5))], SIZE);
    expect(drawn.map(({ kind, region }) => [kind, region])).toEqual([
      ['dent', [3, 3, 6, 4]],
      ['hole', [4, 3, 4, 4]],
    ]);
  });

  it('are none of what was painted beside the picture', () => {
    expect(regions(dot(60, 60))).toEqual([]);
  });
});

describe('the box around a stroke', () => {
  it('holds all that it covers, in whole pixels, and begins on the picture', () => {
    expect(boundsOf({ width: 3, points: [[10, 20]] })).toEqual([8, 18, 4, 4]);
    expect(
      boundsOf({
        width: 10,
        points: [
          [1, 2],
          [30, 2],
        ],
      }),
    ).toEqual([0, 0, 35, 7]);
    expect(boundsOf([1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
  });
});
