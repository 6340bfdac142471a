import { describe, expect, it } from 'vitest';
import { loadConfig } from '#agent/config/load.js';
import { BaseSchema } from '#agent/config/schema.js';
import { FORMAT_LENGTH } from '#agent/contracts/index.js';
import { CAMERA_KINDS } from '#agent/runtime/catalogue.js';
import { CATALOGUE, changed, ENV, faultsOf, LINE } from './lines.ts';

const rule = (when: string) => changed(['process.score > 0.9 && tags.die_temp > 320', when]);
const told = async (text: string) => (await faultsOf(text)).map((fault) => fault.replace(/^(warning )?\d+:\d+: /, '$1'));

describe('a rule that is never true', () => {
  it.each([
    ['surface.score > 62', 'surface.score is from 0 to 1, so surface.score > 62 is never true; write 0.62 for 62 %'],
    ['surface.score >= 1.01', 'surface.score is from 0 to 1, so surface.score >= 1.01 is never true'],
    ['surface.score > 1', 'surface.score is from 0 to 1, so surface.score > 1 is never true'],
    ['process.score > 0.9 || process . score>500', 'process.score is from 0 to 1, so process . score>500 is never true'],
    ['tags.die_temp > 400', 'tags.die_temp has the range 0 to 400, so tags.die_temp > 400 is never true'],
    ['tags.plc_die_temp < 0', 'tags.plc_die_temp has the range 0 to 400, so tags.plc_die_temp < 0 is never true'],
    ['tags.die_temp == 401', 'so tags.die_temp == 401 is never true'],
    ['tags.die_temp <= -1', 'so tags.die_temp <= -1 is never true'],
  ])('is told at its place: %s', async (when, text) => {
    const faults = await told(rule(when));
    expect(faults.length).toBeGreaterThan(0);
    expect(faults[0]).toContain(text);
  });

  it.each([
    'surface.score >= 1',
    'tags.die_temp >= 400',
    'tags.die_temp <= 0',
    'tags.die_temp == 0',
    'surface.margin > 2 - 1',
    "part == 'surface.score > 9'",
  ])('is none: %s', async (when) => {
    expect(await told(rule(when))).toEqual([]);
  });

  it('is told of a decision too', async () => {
    const [fault] = await told(changed([`verdict == 'nok'"`, `surface.score > 5"`]));
    expect(fault).toContain('stations.outlet.decisions[0].when: surface.score is from 0 to 1');
  });
});

describe('settings that contradict each other', () => {
  it.each([
    ['fps: 0.1', 'cameras.top.stall is 5s, and with fps 0.1 a picture comes every 10s; write stall: 30s'],
    ['fps: 0.2', 'cameras.top.stall is 5s, and with fps 0.2 a picture comes every 5s; write stall: 15s'],
    ['fps: 0.0001', 'cameras.top.stall is 5s, and with fps 0.0001 a picture comes every 10000s; write stall: 30000s'],
    ['fps: 0.00002', 'cameras.top.stall is 5s, and with fps 0.00002 a picture comes every 50000s; write stall: 86400s'],
    ['fps: 0.00001', 'cameras.top.fps is 0.00001, less than a picture a day; write fps: 0.0001 or more'],
  ])('are told: a camera with %s', async (fps, text) => {
    expect(await told(changed(['fps: 25', fps]))).toEqual([text]);
  });
  it('are none where the camera may be slow', async () => {
    expect(await told(changed(['fps: 25', 'fps: 0.1, stall: 30s']))).toEqual([]);
    expect(await told(changed(['fps: 25', 'fps: 0.21']))).toEqual([]);
  });

  it('are told of a recipe tag without recipes', async () => {
    const text =
      'warning stations.outlet.recipe names the product, and there are no `recipes`: every product, an unknown one too, is judged alike';
    expect(await told(changed(['    on_failure: nok\n', '    on_failure: nok\n    recipe: {tag: plc.serial}\n']))).toEqual([text]);
    expect(await told(changed(['    on_failure: nok\n', '    on_failure: nok\n    recipe: {default: a}\n']))).toEqual([]);
  });

  it('are told of a password over a channel that is only signed', async () => {
    const server = (mode: string) =>
      changed(['4840\n', `4840\n    security: {mode: ${mode}}\n    user: {name: a, password: "\${env:SITE}"}\n`]);
    expect(await told(server('Sign'))).toEqual([
      'warning opcua.plc.security.mode is Sign: anybody on the network can read these tags, and the password is as safe as the server makes it; write SignAndEncrypt',
    ]);
    expect(await told(server('SignAndEncrypt'))).toEqual([]);
  });
});

describe('web.listen', () => {
  it.each(['127.0.0.1:8088', '[::1]:8088', '[fe80::1]:80', 'localhost:0', 'off'])('takes %s', async (listen) => {
    expect((await told(`${LINE}web: {listen: "${listen}"}\n`)).filter((fault) => !fault.startsWith('warning'))).toEqual([]);
  });
  it.each(['::1:8088', '[::1]', '8088', '[x]:1'])('does not take %s', async (listen) => {
    expect((await told(`${LINE}web: {listen: "${listen}"}\n`)).join()).toContain('127.0.0.1:8088 or [::1]:8088, or off');
  });
});

describe('a command that connects to nobody', () => {
  const text = changed(
    ['still://top', 'still://me:${env:NONE}@10.1.3.31/x'],
    ['4840\n', '4840\n    user: {name: a, password: "${file:/none}"}\n'],
  );
  const base = import.meta.dirname;

  it('needs no secrets', async () => {
    const { config } = await loadConfig({ text, base }, { ...CATALOGUE, withoutSecrets: true }, {});
    expect(config.cameras['top']?.url.target).toBe('still://10.1.3.31/x');
  });
  it('needs what is no secret', async () => {
    const path = loadConfig({ text: `${text}store: {path: "\${env:DATA}"}\n`, base }, { ...CATALOGUE, withoutSecrets: true }, {});
    await expect(path).rejects.toMatchObject({
      faults: [{ text: 'store.path uses ${env:DATA}: the environment variable DATA is not set' }],
    });
  });
  it('is not how the agent reads its config', async () => {
    await expect(loadConfig({ text, base }, CATALOGUE, ENV)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

it('takes a whole camera address from the environment', async () => {
  const { config } = await loadConfig({ text: changed(['"still://top"', '"${env:CAM}"']), base: import.meta.dirname }, CATALOGUE, {
    ...ENV,
    CAM: 'still://me:p%2Fw@10.1.3.31/x',
  });
  expect(config.cameras['top']?.url.password.reveal()).toBe('p/w');
});

it('enforces every bound that the schema states: one source of what is allowed', async () => {
  const enforced = new Set(
    'type properties required patternProperties additionalProperties items additionalItems minItems maxItems anyOf const pattern minLength maxLength minimum maximum exclusiveMinimum default description'.split(
      ' ',
    ),
  );
  const unknown = new Set<string>();
  const look = (schema: unknown): void => {
    if (Array.isArray(schema)) return schema.forEach(look);
    if (typeof schema !== 'object' || schema === null) return;
    const { properties = {}, patternProperties = {}, items, anyOf, default: _, const: __, ...rest } = schema as Record<string, object>;
    for (const key of Object.keys(rest)) if (!enforced.has(key) && !key.startsWith('x-') && !key.startsWith('~')) unknown.add(key);
    [...Object.values(properties), ...Object.values(patternProperties), items, anyOf].forEach(look);
  };
  Object.values(BaseSchema).forEach(look);
  for (const { options } of CAMERA_KINDS) look(options);
  expect([...unknown]).toEqual([]);
  const [fault] = await told(
    changed(['surface: {model: surface-defect,', `surface: {model: surface-defect, format: ${'d'.repeat(FORMAT_LENGTH + 1)},`]),
  );
  expect(fault).toContain(`stations.outlet.models.surface.format is ${FORMAT_LENGTH + 1} characters long, and may be ${FORMAT_LENGTH}`);
});
