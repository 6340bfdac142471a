/** What the API answers as TypeScript, for the page: out of the document that the agent serves, so that neither can drift from the other. */
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import type { ApiOptions } from '../../agent/web/api/routes.ts';
import { openApi } from '../../agent/web/openapi.ts';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: JSONSchema }>> }>>;
}

const BANNER = `/**
 * What /api/v1 answers, by method and path. Written by \`npm run docs\` out of the document that the agent serves; not by hand.
 */`;

/** Routes are read and never asked: nothing behind them is needed. */
const NOTHING = { ports: { folder: '' }, source: {}, rate: 1 } as unknown as ApiOptions;

export async function apiTypes(): Promise<string> {
  const { paths } = JSON.parse(await openApi(NOTHING, '')) as Document;
  const properties: Record<string, JSONSchema> = {};
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { responses }] of Object.entries(operations)) {
      const schema = responses['200']?.content?.['application/json']?.schema;
      if (schema) properties[`${method.toUpperCase()} ${path}`] = schema;
    }
  }
  const answers: JSONSchema = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
  return compile(answers, 'Answers', { additionalProperties: false, bannerComment: BANNER, style: { singleQuote: true, printWidth: 140 } });
}
