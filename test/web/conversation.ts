/** Every answer is held against the OpenAPI document that the agent itself serves. */
import { Ajv } from 'ajv';
import { expect } from 'vitest';
import { type Answer, type Asked, ask } from './page.ts';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: unknown;
}

export interface Conversation {
  readonly document: Document;
  /** Path under /api/v1. */
  say(path: string, asked?: Asked): Promise<Answer>;
}

/** `base`: of the server, without a path. */
export async function converse(base: string): Promise<Conversation> {
  const { json: document } = (await ask(`${base}/api/v1/openapi.json`)) as { json: Document };
  const ajv = new Ajv({ strict: false, validateSchema: false, allErrors: true, formats: { binary: true } });
  ajv.addSchema({ $id: 'openapi', ...document });
  return {
    document,
    say: async (path, asked = {}) => {
      const answer = await ask(`${base}/api/v1${path}`, asked);
      expectDocumented(document, ajv, path.split('?')[0] ?? path, asked.method ?? 'GET', answer);
      return answer;
    },
  };
}

function expectDocumented({ paths }: Document, ajv: Ajv, path: string, method: string, { status, json, headers }: Answer): void {
  const template = Object.keys(paths).find((known) => new RegExp(`^${known.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path));
  const operation = template === undefined ? undefined : paths[template]?.[method.toLowerCase()];
  expect(operation, `${method} ${path} is documented`).toBeDefined();
  const response = operation?.responses[String(status)] ?? operation?.responses[`${String(status)[0]}XX`];
  expect(response, `${method} ${path} answers ${status}, documented: ${Object.keys(operation?.responses ?? {}).join(' ')}`).toBeDefined();
  if (json === undefined) return;
  const [content] = Object.values(response?.content ?? {});
  const pointer = content?.schema;
  expect(pointer, `${method} ${path} ${status} has a schema; it sent ${headers['content-type']}`).toBeDefined();
  const wanted = JSON.parse(JSON.stringify(pointer ?? {}).replaceAll('"#/components', '"openapi#/components')) as object;
  const check = ajv.compile(wanted);
  check(json);
  expect({ path, status, faults: check.errors ?? [] }).toEqual({ path, status, faults: [] });
}
