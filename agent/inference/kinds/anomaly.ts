/** How far a picture is from everything good that the network has seen, and where. */
import type { Static } from 'typebox';
import { LinesideError } from '../../errors.ts';
import { failed } from '../faults.ts';
import {
  type Core,
  type DecodeContext,
  defineKind,
  explained,
  heatMap,
  labelOf,
  need,
  type Output,
  type PictureSize,
  scalar,
} from './kind.ts';

const pixels = { type: 'integer', minimum: 0, maximum: 8192 } as const;

const options = {
  type: 'object',
  properties: {
    registered: {
      type: 'object',
      properties: {
        reference: {
          type: 'array',
          items: pixels,
          minItems: 4,
          maxItems: 4,
          description: 'Where the reference lies in the picture that the network takes: x, y, width and height in its pixels.',
        },
        field: {
          type: 'array',
          items: { ...pixels, minimum: 1 },
          minItems: 2,
          maxItems: 2,
          description: 'Width and height of that picture.',
        },
        least: { type: 'number', minimum: -1, maximum: 1, description: 'Likeness to the reference from which on a part is found.' },
      },
      required: ['reference', 'field', 'least'],
      additionalProperties: false,
      description: 'Of a part that moves: the network looks for it, and tells in `found` where it is.',
    },
  },
  additionalProperties: false,
} as const;
type Registered = NonNullable<Static<typeof options>['registered']>;

export const anomaly = defineKind({
  name: 'anomaly',
  summary: 'A score and a heat map from good examples alone.',
  input: 'image',
  options,
  needsGood: () => false,
  faults: ({ registered }, picture) => (registered && picture ? registeredFaults(registered, picture) : []),
  outputs: ({ registered }) => (registered ? ['score', 'heatmap', 'found'] : ['score', 'heatmap']),
  decode(outputs, { registered }, context) {
    const score = scalar(outputs, 'score', context);
    const heatmap = need(outputs, 'heatmap', context);
    const found = registered ? foundAt(need(outputs, 'found', context), registered, context) : null;
    const within = found ? { ...context, region: found.region } : context;
    return explained({ label: labelOf(score, context), score, ...(found ? { found } : {}) }, context, () => ({
      heatmap: heatMap(heatmap, within),
    }));
  },
});

function registeredFaults({ reference, field: [across = 0, down = 0] }: Registered, picture: PictureSize): readonly string[] {
  const [x = 0, y = 0, width = 0, height = 0] = reference;
  const said = reference.join(', ');
  return [
    ...(width < 1 || height < 1 ? [`decode.registered.reference ${said} has no area`] : []),
    ...(x + width > across || y + height > down
      ? [`decode.registered.reference ${said} reaches beyond the field of ${across}x${down}`]
      : []),
    ...(across !== picture.width || down !== picture.height
      ? [`decode.registered.field is ${across}x${down}, and the picture is ${picture.width}x${picture.height}: they must be the same`]
      : []),
  ];
}

/** In pixels of the frame, within what was cut of it. Throws PART_NOT_FOUND: what was judged then is another place. */
function foundAt({ data }: Output, registered: Registered, context: DecodeContext): NonNullable<Core['found']> {
  const { reference, field, least } = registered;
  const [across = 0, down = 0, likeness = 0] = data;
  const [x = 0, y = 0, width = 1, height = 1] = reference;
  const [fieldAcross = 1, fieldDown = 1] = field;
  if (data.length !== 3) throw failed(context.model, `found has ${data.length} values where 3 are wanted`);
  const at = { x: x + across * width, y: y + down * height };
  if (!isWithin(at.x, fieldAcross - width) || !isWithin(at.y, fieldDown - height))
    throw failed(context.model, `found lies beyond the picture of ${fieldAcross}x${fieldDown}`);
  if (Math.abs(likeness) > 1 + ROUNDING) throw failed(context.model, `found has a likeness of ${likeness}, which is not -1 to 1`);
  if (likeness < least)
    throw notFound(
      context,
      `what is most like the reference there has a likeness of ${Math.max(0, likeness).toFixed(2)}, and ${least.toFixed(2)} is the least`,
    );
  if (isAtTheEnd(across * width, x, fieldAcross - width) || isAtTheEnd(down * height, y, fieldDown - height))
    throw notFound(context, 'it lies at the end of where it is looked for, or beyond');
  const [left, top, wide, high] = context.region ?? [0, 0, fieldAcross, fieldDown];
  const [toX, toY] = [wide / fieldAcross, high / fieldDown];
  const [fromX, ofWidth] = spanIn(left, wide, at.x * toX, width * toX);
  const [fromY, ofHeight] = spanIn(top, high, at.y * toY, height * toY);
  return {
    region: [fromX, fromY, ofWidth, ofHeight],
    moved: [tenth(across * width * toX), tenth(down * height * toY)],
    likeness: Math.min(1, Math.max(-1, likeness)),
  };
}

/** Networks count in single precision. */
const ROUNDING = 1e-3;
/** Half a pixel: places are whole ones. */
const isWithin = (at: number, room: number): boolean => at >= -0.5 && at <= room + 0.5;

/** From and size in whole pixels, both rounded, and never beyond `from + size` of the frame, however both are rounded. */
function spanIn(from: number, size: number, at: number, length: number): readonly [from: number, size: number] {
  const whole = Math.max(1, Math.min(size, Math.round(length)));
  return [Math.max(from, Math.min(from + size - whole, Math.round(from + at))), whole];
}

/** `moved` from where the reference lies, with `room` pixels from one end to the other. An end at the reference itself is none. */
function isAtTheEnd(moved: number, reference: number, room: number): boolean {
  const at = Math.round(reference + moved);
  return (at <= 0 && reference > 0) || (at >= room && reference < room);
}

const tenth = (value: number): number => Math.round(10 * value) / 10;
const notFound = ({ model }: DecodeContext, why: string): LinesideError => new LinesideError('PART_NOT_FOUND', { model, why });
