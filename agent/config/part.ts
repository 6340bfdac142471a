/** Where the id of a part comes from. */
import { type StaticDecode, Type } from 'typebox';
import { closed, name, RegionSchema, tagName } from './pieces.ts';
import { Fraction } from './units.ts';

/** Symbologies by the names that zxing takes. */
const Symbology = Type.Union([
  Type.Literal('data_matrix'),
  Type.Literal('qr_code'),
  Type.Literal('aztec'),
  Type.Literal('pdf417'),
  Type.Literal('code_128'),
  Type.Literal('code_39'),
  Type.Literal('itf'),
  Type.Literal('ean_13'),
  Type.Literal('ean_8'),
  Type.Literal('upc_a'),
]);

export const PartSchema = Type.Union(
  [
    tagName('Tag with the id.'),
    Type.Object(
      {
        code: Type.String({ pattern: name, description: 'Camera that sees a DataMatrix, QR or bar code with the id.' }),
        region: Type.Optional(RegionSchema('x, y, width, height in pixels of the frame. Default: all of it; a region is faster.')),
        formats: Type.Array(Symbology, {
          default: ['data_matrix', 'qr_code', 'code_128'],
          minItems: 1,
          description: 'Kinds of code to look for; fewer are faster.',
        }),
      },
      closed,
    ),
    Type.Object(
      {
        model: Type.String({ pattern: name, description: 'Model of this station that reads the id.' }),
        confidence: Fraction({ default: 0.9, description: 'A reading less sure than this is no id.' }),
      },
      closed,
    ),
  ],
  {
    description:
      'Where the id of the part comes from: a tag, a code in the picture, a model that reads. A tag that is empty when the trigger comes, or shows what stands there between parts, gives none. Default: the station counts.',
  },
);

export type PartConfig = StaticDecode<typeof PartSchema>;

/** The tag with the part's id, where it is a tag. */
export const partTag = (part: PartConfig | undefined): string | undefined => (typeof part === 'string' ? part : undefined);

/** The camera whose picture is looked at for a code. */
export const codeCamera = (part: PartConfig | undefined): string | null => (typeof part === 'object' && 'code' in part ? part.code : null);
