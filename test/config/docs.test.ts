// What is generated says what the code says, and what is written by hand passes the check it explains.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '#agent/config/load.js';
import { ERRORS } from '#agent/errors.js';
import { checkExpressions } from '#agent/rules/judge.js';
import { packageSummary } from '#agent/runtime/bridges.js';
import { CAMERA_KINDS } from '#agent/runtime/catalogue.js';
import { drifted, generatedFiles } from '#scripts/docs.js';

const root = join(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const validate = new Ajv2020.default({ strict: false }).compile(JSON.parse((await generatedFiles())[0]?.content ?? '{}'));

describe('generated files', () => {
  it('are what the code would write (npm run docs)', async () => {
    expect((await drifted(root)).map(({ path }) => path)).toEqual([]);
  });
  it('are the same each time', async () => expect(await generatedFiles()).toEqual(await generatedFiles()));
  it('name every error', () => {
    for (const code of Object.keys(ERRORS)) expect(text('docs/errors.md')).toContain(`| \`${code}\` |`);
  });
  it('have no link to a heading that is not there', () => {
    const page = text('docs/config.md');
    const headings = new Set(
      [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replace(/\s/g, '-'),
      ),
    );
    for (const [, anchor = ''] of page.matchAll(/\]\(#([^)]*)\)/g)) expect([...headings]).toContain(anchor);
  });
});

describe('the example line', () => {
  const env = { MQTT_PASSWORD: 'something long', PLC_PASSWORD: 'something else' };
  const catalogue = { cameras: CAMERA_KINDS, readPackage: packageSummary, checkExpressions };

  it('passes the check with the models of this repository, without a warning', async () => {
    const { warnings } = await loadConfig(join(root, 'config/line.example.yaml'), catalogue, env);
    expect(warnings).toEqual([]);
  });
  it('says which variables it needs', async () => {
    await expect(loadConfig(join(root, 'config/line.example.yaml'), catalogue, {})).rejects.toMatchObject({
      faults: [{ line: 16 }, { line: 24 }],
    });
  });
  it('fits the schema for editors', () => {
    expect(validate(parse(text('config/line.example.yaml'))), JSON.stringify(validate.errors)).toBe(true);
  });
});
