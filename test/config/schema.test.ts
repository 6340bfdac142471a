import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CAMERA_KINDS } from '#agent/runtime/catalogue.js';
import { configSchema } from '#scripts/docs/config-schema.js';
import { changed } from './lines.ts';

const shipped = readFileSync(join(import.meta.dirname, '../../config/schema.json'), 'utf8');
const validate = new Ajv2020.default({ strict: false }).compile(JSON.parse(shipped));

describe('the schema for editors', () => {
  it('is that of the check, to the letter', () => expect(configSchema(CAMERA_KINDS)).toBe(shipped));
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
