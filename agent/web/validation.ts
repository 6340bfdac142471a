/** Requests checked by the schemas that the types and OpenAPI come from. Compiled when first needed: no start waits for it. */
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import Value from 'typebox/value';
import { LinesideError } from '../errors.ts';

/** Texts of a path or a query become what the schema says; a body is JSON and is taken as it is. */
export const compileSchema: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let validator: Validator | null = null;
  return (given: unknown) => {
    validator ??= Compile(schema);
    const value = Value.Default(schema, httpPart === 'body' ? given : Value.Convert(schema, given));
    if (validator.Check(value)) return { value };
    return { error: new LinesideError('WEB_INVALID', { why: faultOf(schema, value, httpPart ?? 'request') }) };
  };
};

function faultOf(schema: TSchema, value: unknown, part: string): string {
  const fault = Value.Errors(schema, value).find(({ keyword }) => keyword !== 'boolean');
  const key = fault?.keyword === 'additionalProperties' ? ` (${String(fault.params.additionalProperties).slice(0, 64)})` : '';
  const where = part === 'querystring' ? 'query' : part;
  return fault ? `${where}${fault.instancePath.slice(0, 64)} ${fault.message}${key}` : `the ${where} does not fit its schema`;
}
