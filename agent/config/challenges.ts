/** Challenge parts of a station, and what containment says of its parts. */
import { type StaticDecode, Type } from 'typebox';
import { closed, form, tagName } from './pieces.ts';
import { Duration } from './units.ts';

const Scalar = Type.Union([Type.Boolean(), Type.Number(), Type.String()]);
const Verdict = Type.Union([Type.Literal('ok'), Type.Literal('nok'), Type.Literal('review')]);
const Occasion = Type.Union([
  Type.Literal('shift'),
  Type.Literal('changeover'),
  Type.Literal('package'),
  Duration({ least: '1s', most: '365d', description: 'This long after it passed.' }),
]);

export const ChallengeSchema = Type.Object(
  {
    part: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'Id of the part, as tag, code or model reads it; `*` stands for any characters, `?` for one.',
      ...form('the id of a part such as RR-0001, or a pattern such as RR-*'),
    }),
    expect: Type.Union([Verdict], { description: 'The verdict that it must get.' }),
    reason: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'What must be among its reasons, or what a model must see: words, rule, code or label. Default: any.',
      }),
    ),
    every: Type.Union([Occasion, Type.Array(Occasion, { minItems: 1, maxItems: 8 })], {
      description:
        'When it is to be shown: each `shift`, after each `changeover`, after each change of a `package`, a length of time after it passed; one of them or several.',
    }),
    grace: Duration({
      default: '30m',
      least: '1s',
      most: '7d',
      description: 'So long after it is due it is missed, where parts were made meanwhile.',
    }),
    hold: Type.Boolean({
      default: false,
      description: 'The station is held when it fails or is missed: the decision `hold`, until the MQTT command `ack`.',
    }),
    write: Type.Optional(
      Type.Record(Type.String(), Scalar, { description: 'Tags to write when the station is held for it, server.tag: value.' }),
    ),
  },
  { ...closed, description: 'A master part that is known to be good or bad. It counts in no yield.' },
);

export const ContainmentSchema = Type.Object(
  {
    lot: Type.Optional(tagName('Tag with the lot; in the record of every part.')),
    order: Type.Optional(tagName('Tag with the order; in the record of every part.')),
    write: Type.Record(Type.String(), Scalar, {
      default: {},
      description: 'Tags to write when parts are put into quarantine, server.tag: value.',
    }),
  },
  { ...closed, description: 'How parts are told that must be looked at because something was found to be wrong.' },
);

export type ChallengeConfig = StaticDecode<typeof ChallengeSchema>;
export type ContainmentConfig = StaticDecode<typeof ContainmentSchema>;

type Occasions = 'shift' | 'changeover' | 'package';
/** `every` of a challenge, by what it is; of several lengths of time the shortest counts. */
export function rhythmOf({ every, grace }: Pick<ChallengeConfig, 'every' | 'grace'>): {
  readonly on: readonly Occasions[];
  readonly time?: number;
  readonly grace: number;
} {
  const all = [every].flat() as readonly (Occasions | number)[];
  const times = all.filter((one) => typeof one === 'number');
  const on = all.filter((one) => typeof one === 'string');
  return { on, grace, ...(times.length > 0 ? { time: Math.min(...times) } : {}) };
}

/** Tags that are in the record of every part for its sake. */
export const lotTags = ({ lot, order }: Partial<Pick<ContainmentConfig, 'lot' | 'order'>> = {}): readonly string[] =>
  [lot, order].filter((tag) => tag !== undefined);
