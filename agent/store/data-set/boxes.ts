/** What people drew, as COCO (cocodataset.org, "Data format") and as Pascal VOC have it: boxes, and what was painted with the box around it. Pure. */
import type { LabelBox } from '../../contracts/index.ts';
import { maskOf, type Piece, piecesIn, type Size } from './masks.ts';

export interface DrawnBox extends Partial<Pick<Piece, 'area' | 'segmentation'>> {
  readonly region: LabelBox['region'];
  readonly kind: string;
}

export interface Boxed {
  /** Under the data set's folder. */
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly DrawnBox[];
}

/** Strokes of one kind that touch are one piece: nobody paints a fault in one go. `kind` is filled in. */
export function drawnOf(drawn: readonly (LabelBox & { readonly kind: string })[], size: Size): readonly DrawnBox[] {
  const strokes = drawn.flatMap(({ stroke, kind }) => (stroke ? [{ stroke, kind }] : []));
  const painted = [...new Set(strokes.map(({ kind }) => kind))].flatMap((kind) => {
    const own = strokes.filter((one) => one.kind === kind).map(({ stroke }) => stroke);
    return piecesIn(maskOf(own, size), size).map((piece) => ({ ...piece, kind }));
  });
  return [...drawn.filter(({ stroke }) => !stroke).map(({ region, kind }) => ({ region, kind })), ...painted];
}

/** `pictures`: those without boxes belong to it too, as pictures on which there is none. `kinds`: by the number of their category, from 1. */
export function cocoOf(pictures: readonly Boxed[], kinds: readonly string[]): string {
  const images = pictures.map(({ file, width, height }, i) => ({ id: i + 1, file_name: file, width, height }));
  const annotations = pictures.flatMap(({ boxes }, i) =>
    boxes.map(({ region, kind, area, segmentation }) => ({
      image_id: i + 1,
      category_id: kinds.indexOf(kind) + 1,
      bbox: region,
      area: area ?? region[2] * region[3],
      ...(segmentation ? { segmentation } : {}),
      iscrowd: 0,
    })),
  );
  const categories = kinds.map((name, i) => ({ id: i + 1, name, supercategory: 'defect' }));
  return JSON.stringify({ images, annotations: annotations.map((one, i) => ({ id: i + 1, ...one })), categories });
}

export function vocOf({ file, width, height, boxes }: Boxed): string {
  const objects = boxes.map(({ kind, region: [x, y, w, h] }) => {
    // The set counts pixels from 1, both ends included.
    const [left, top, right, bottom] = [x + 1, y + 1, x + w, y + h].map(Math.round);
    return `  <object>
    <name>${escaped(kind)}</name>
    <bndbox><xmin>${left}</xmin><ymin>${top}</ymin><xmax>${right}</xmax><ymax>${bottom}</ymax></bndbox>
  </object>`;
  });
  return `<annotation>
  <filename>${escaped(file)}</filename>
  <size><width>${width}</width><height>${height}</height></size>
${objects.join('\n')}
</annotation>
`;
}

/** What XML 1.0 has no way to say, not even as a number (its production 2, "Char"): most control characters, and halves of a pair of UTF-16. */
const NOT_IN_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(NOT_IN_XML, '').replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
