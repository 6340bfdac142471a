/** Pieces that the schema is made of: names, tags, regions, closed blocks. */
import { type TSchema, Type } from 'typebox';

export const closed = { additionalProperties: false } as const;
/** `x-form` says in words what a pattern wants; faults and the reference page speak it. */
export const form = (words: string) => ({ 'x-form': words });
export const name = '^[a-z][a-z0-9_]*$';
export const dict = <T extends TSchema>(value: T, description: string) =>
  Type.Record(Type.String({ pattern: name }), value, { description });
export const tagName = (description: string) =>
  Type.String({ pattern: '^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$', description, ...form('a tag as server.tag, such as plc.die_temp') });
export const RegionSchema = (description: string) =>
  Type.Tuple([Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })], {
    description,
  });
