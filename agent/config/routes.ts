/** Where parts go: destinations of the line, and by station the table that leads to them. */
import { type StaticDecode, Type } from 'typebox';
import { closed, dict, name, restarts, tagName } from './pieces.ts';
import { Duration } from './units.ts';

const Scalar = Type.Union([Type.Boolean(), Type.Number(), Type.String()]);
const Verdict = Type.Union([Type.Literal('ok'), Type.Literal('nok'), Type.Literal('review')]);
const OneOrMore = <T extends Parameters<typeof Type.Array>[0]>(of: T, description: string) =>
  Type.Optional(Type.Union([of, Type.Array(of, { minItems: 1, maxItems: 50 })], { description }));

export const RouteRowSchema = Type.Object(
  {
    verdict: OneOrMore(Verdict, 'Verdicts that it is for. Default: any.'),
    reason: OneOrMore(
      Type.String({ minLength: 1, maxLength: 200 }),
      'What must be among the reasons: words, rule, code, or the label that a model sees. Default: any.',
    ),
    recipe: OneOrMore(Type.String({ minLength: 1, maxLength: 128 }), 'Recipes that it is for. Default: any.'),
    when: Type.Optional(Type.String({ minLength: 1, description: 'CEL expression that must hold as well; `verdict` is known here.' })),
    to: Type.String({ pattern: name, description: 'Destination.' }),
  },
  { ...closed, description: 'One line of the table.' },
);

export const StationRouteSchema = Type.Object(
  {
    table: Type.Array(RouteRowSchema, {
      minItems: 1,
      maxItems: 50,
      description: 'The first row that fits says where the part goes; the last one has `to` alone, for all others.',
    }),
    unknown: Type.Optional(
      Type.String({
        pattern: name,
        description: 'Destination of parts of which a row of the table cannot be known (a bad tag). Default: that row does not fit.',
      }),
    ),
    tell: Type.Optional(
      Type.Object(
        {
          part: Type.Optional(tagName('Tag that gets the part id, written before the destination. Default: `answer.part` says it.')),
          to: tagName('Tag that gets the destination.'),
        },
        { ...closed, description: 'How the conveyor gets it. Left out: it is published alone.' },
      ),
    ),
  },
  { ...closed, description: 'Where parts of this station go: docs/logistics.md.' },
);

const ByPart = (what: string) => Type.Object({ part: tagName(`Tag that shows the id of the part that ${what}.`) }, closed);
const ByCount = (what: string) => Type.Object({ count: tagName(`Tag that counts the parts that ${what}.`) }, closed);
const ByEmptying = Type.Object({ empty: tagName('Tag that becomes true when it is emptied.') }, closed);

export const DestinationSchema = Type.Object(
  {
    do: Type.Union([Type.Literal('pass'), Type.Literal('divert'), Type.Literal('hold'), Type.Literal('rework')], {
      default: 'divert',
      description:
        'The decision that is published. `pass` is the normal way: nothing is published, unless the part should have gone elsewhere.',
    }),
    value: Type.Optional(Type.Union([Scalar], { description: 'What is written for it. Default: its name.' })),
    capacity: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: 'Parts that it holds, those on their way to it included. Default: any number.',
      }),
    ),
    full: Type.Optional(Type.String({ pattern: name, description: 'Where parts go while it is full.' })),
    within: Duration({
      default: '1m',
      least: '1s',
      most: '1d',
      description: 'From the verdict to the arrival, at most; later the part has vanished.',
    }),
    arrived: Type.Optional(
      Type.Union([ByPart('arrived'), ByCount('arrived')], {
        description: 'How the conveyor says that a part is there. Left out: it is taken to be there at once.',
      }),
    ),
    left: Type.Optional(
      Type.Union([ByPart('left'), ByCount('left'), ByEmptying], {
        description: 'How the conveyor says that a place is free again. Left out: the command `route` empties it.',
      }),
    ),
  },
  { ...closed, description: 'A place where parts go.' },
);

export const RoutesSchema = Type.Object(
  {
    destinations: dict(DestinationSchema, 'Destinations by name.'),
    no_read: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
      default: [],
      maxItems: 10,
      description:
        'What scanners show that have read nothing, such as NOREAD: it is no id. An empty text and the number 0 are none either.',
    }),
    most: Type.Integer({
      default: 500,
      minimum: 10,
      maximum: 5000,
      description: 'Parts on their way at once, at most; with one more the oldest is followed no longer.',
    }),
  },
  { ...closed, ...restarts('none'), description: 'Where parts go on this line: docs/logistics.md. Left out: nothing is routed.' },
);

export type RouteRow = StaticDecode<typeof RouteRowSchema>;
export type DestinationConfig = StaticDecode<typeof DestinationSchema>;
export type RoutesConfig = StaticDecode<typeof RoutesSchema>;

/** What is written for a destination. */
export const toldAs = (destination: string, { value }: Pick<DestinationConfig, 'value'>) => value ?? destination;
