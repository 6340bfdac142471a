// What is generated says what the code says, and what is written by hand passes the check it explains.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageSummary } from '#agent/bridges.js';
import { CAMERA_KINDS } from '#agent/catalogue.js';
import { loadConfig } from '#agent/config/load.js';
import { ERRORS } from '#agent/errors.js';
import { checkExpressions } from '#agent/rules/judge.js';
import { drifted, generatedFiles } from '#scripts/docs.js';
import { changed } from './lines.ts';

const root = join(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const validate = new Ajv2020.default({ strict: false }).compile(JSON.parse(generatedFiles()[0]?.content ?? '{}'));

describe('generated files', () => {
  it('are what the code would write (npm run docs)', () => {
    expect(drifted(root).map(({ path }) => path)).toEqual([]);
  });
  it('are the same each time', () => expect(generatedFiles()).toEqual(generatedFiles()));
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

describe('the schema for editors', () => {
  const fits = (yaml: string) => validate(parse(yaml.replace('still://', 'rtsp://')));
  it('takes what the agent takes', () => {
    expect(fits(changed()), JSON.stringify(validate.errors)).toBe(true);
    expect(fits(changed(['line: line3', 'line: 3']))).toBe(true);
    expect(fits(changed(['fps: 25', 'fps: "${env:FPS}"']))).toBe(true);
    expect(fits(changed(['mqtts://broker.plant:8883', '${env:BROKER}']))).toBe(true);
  });
  it.each([
    ['deadline: 200ms', 'deadline: 200'],
    ['deadline: 200ms', 'dedline: 200ms'],
    ['on_failure: nok', 'on_failure: bad'],
    ['threshold: 0.62', 'threshold: 62'],
    ['still://top', 'nonsense://top'],
    ['fps: 25', 'fsp: 25'],
    ['trigger: {tag: plc.part_present}', 'trigger: {}'],
    ['  outlet:\n', '  Outlet:\n'],
    ['review: [0.45, 0.62]', 'review: [0.45]'],
  ])('underlines %s -> %s', (from, to) => expect(fits(changed([from, to]))).toBe(false));
});
