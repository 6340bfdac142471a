/** Pieces that the API's schemas are made of. */
import { type TSchema, Type } from 'typebox';
import { MOST_POINTS } from '../../contracts/index.ts';
import { ProblemSchema } from '../problems.ts';

export const Time = Type.Number({ description: 'ms since 1970, UTC' });
export const Nullable = <T extends TSchema>(value: T) => Type.Union([value, Type.Null()]);
export const Page = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next: Nullable(Type.String({ description: '`cursor` of the next page.' })) });
export const Dict = <T extends TSchema>(value: T, description: string) => Type.Record(Type.String(), value, { description });

/** What a route answers with, and that it may be a problem instead. */
export const answers = <T extends TSchema>(body: T) => ({ 200: body, '4xx': ProblemSchema, '5xx': ProblemSchema }) as const;
export const NoContent = { 204: Type.Null({ description: 'Done.' }), '4xx': ProblemSchema, '5xx': ProblemSchema } as const;

const Pixels = Type.Number({ minimum: 0, maximum: 65_536 });
export const BoxRegion = Type.Tuple([Pixels, Pixels, Pixels, Pixels], { description: 'x, y, width, height in pixels of the picture.' });
export const PaintedStroke = Type.Object(
  {
    width: Type.Number({ minimum: 1, maximum: 65_536, description: 'Of the round brush, in pixels of the picture.' }),
    points: Type.Array(Type.Tuple([Pixels, Pixels]), {
      minItems: 1,
      maxItems: MOST_POINTS,
      description: 'x, y of where it was led, in pixels of the picture; one is a dot.',
    }),
  },
  { additionalProperties: false, description: 'Painted: all that a round brush covers.' },
);
