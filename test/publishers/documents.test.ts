import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { payloadSchemas } from '#agent/publishers/documents.js';

const folder = join(import.meta.dirname, '..', '..', 'config', 'schemas');
const files = payloadSchemas();
const parsed = (file: string): Record<string, unknown> => JSON.parse(files.find((f) => f.file === file)?.content ?? 'null');

describe('config/schemas', () => {
  it.each(files)('$file is what the code says', ({ file, content }) => {
    expect(readFileSync(join(folder, file), 'utf8')).toBe(content);
  });

  it('holds nothing else', () => {
    expect(readdirSync(folder).sort()).toEqual(files.map(({ file }) => file).sort());
  });

  it.each(files.filter(({ file }) => file !== 'asyncapi.json'))('$file is a strict schema of draft 2020-12 with a name', ({ content }) => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false });
    formats.default(ajv);
    const schema = JSON.parse(content);
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', $id: expect.stringMatching(/^urn:lineside:/) });
    expect(ajv.validateSchema(schema)).toBe(true);
    ajv.compile(schema);
  });

  it('describes every field of the payloads at the top', () => {
    for (const { file, content } of files) {
      if (file === 'asyncapi.json') continue;
      for (const [name, field] of Object.entries(JSON.parse(content).properties as Record<string, object>))
        expect('description' in field || 'anyOf' in field || 'type' in field || 'enum' in field, `${file} ${name}`).toBe(true);
    }
  });
});

describe('the AsyncAPI document', () => {
  const document = parsed('asyncapi.json');
  it('refers to nothing that is not there', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((m) => m[1] ?? '');
    expect(refs.length).toBeGreaterThan(20);
    for (const ref of refs) {
      if (ref.startsWith('./')) expect(files.map(({ file }) => `./${file}`)).toContain(ref);
      else
        expect(
          ref
            .slice(2)
            .split('/')
            .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document),
          ref,
        ).toBeDefined();
    }
  });

  it('explains every parameter of every address', () => {
    for (const { address, parameters } of Object.values(document['channels'] as Record<string, { address: string; parameters: object }>))
      for (const [, name = ''] of address.matchAll(/\{(\w+)\}/g))
        expect(parameters).toMatchObject({ [name]: { description: expect.any(String) } });
  });
});
