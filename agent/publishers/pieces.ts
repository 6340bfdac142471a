/** Pieces that the payload schemas are made of. */
import { type TProperties, type TSchema, Type } from 'typebox';

/** Longest text that is sent, characters; what is longer ends in `…`. A PLC can hold strings of megabytes. */
export const LONGEST_TEXT = 512;
/** Most values of an array tag, most boxes of a finding that are sent; the rest is in the journal. */
export const MOST_VALUES = 64;
/** Features that have moved, in one message. */
export const MOST_MOVED = 8;

export const Text = (description: string) => Type.String({ maxLength: LONGEST_TEXT, description });
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Dict = <T extends TSchema>(value: T, description: string) => Type.Record(Type.String(), value, { description });
export const Millis = (description: string) => Type.Integer({ description: `${description}. UTC, milliseconds since 1970.` });
export const Length = (description: string) => Type.Number({ description: `${description}. Milliseconds.` });
export const Score = (description: string) => Nullable(Type.Number({ description }));
/** Not an enum: a version of the agent that knows one more fault must not break who validates with an older schema. */
export const Code = Type.String({ pattern: '^[A-Z][A-Z0-9_]*$', description: 'Code of the error table, docs/errors.md.' });
export const Verdict = Type.Enum(['ok', 'nok', 'review'], { description: 'review: the agent abstains, a person looks.' });
export const Region = Type.Array(Type.Number(), { minItems: 4, maxItems: 4, description: 'x, y, width, height in pixels of the frame.' });

/** `lineside.<name>.v1` with the fields every payload has. */
export function payload<Name extends string, Fields extends TProperties>(name: Name, description: string, fields: Fields) {
  const head = {
    schema: Type.Literal(`lineside.${name}.v1`, { description: 'Name and version of this schema.' }),
    agent: Text('Name of the agent.'),
    at: Millis('When it happened'),
    time: Type.String({ format: 'date-time', description: 'The same instant, ISO 8601.' }),
  };
  return Type.Object({ ...head, ...fields }, { $id: `urn:lineside:${name}:v1`, title: `lineside.${name}.v1`, description });
}

export const EventId = Type.String({
  format: 'uuid',
  description: 'Event id, UUIDv7. The same id is the same event: a repeat is harmless.',
});
export const Historical = Type.Optional(
  Type.Literal(true, { description: 'Sent late, after newer events: store it, do not act on it. Absent on what is live.' }),
);
