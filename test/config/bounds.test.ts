import { describe, expect, it } from 'vitest';
import type { ConfigInvalid } from '#agent/config/faults.js';
import { loadConfig } from '#agent/config/load.js';
import { BaseSchema } from '#agent/config/schema.js';
import { FORMAT_LENGTH } from '#agent/contracts/index.js';
import { CAMERA_KINDS } from '#agent/runtime/catalogue.js';
import { CATALOGUE as CONFIG_CATALOGUE } from '#agent/runtime/config-catalogue.js';
import { CATALOGUE, changed, ENV, LINE, told } from './lines.ts';

const rule = (when: string) => changed(['process.score > 0.9 && tags.die_temp > 320', when]);

const AT = 'stations.outlet.rules[1].when:';

describe('a rule that is never true', () => {
  it.each([
    ['surface.score > 62', 'surface.score is from 0 to 1, so surface.score > 62 is never true; write 0.62 for 62 %'],
    ['surface.score > 33.3', 'surface.score is from 0 to 1, so surface.score > 33.3 is never true; write 0.333 for 33.3 %'],
    ['surface.score >= 100', 'surface.score is from 0 to 1, so surface.score >= 100 is never true; write 1 for 100 %'],
    ['surface.score >= 100.5', 'surface.score is from 0 to 1, so surface.score >= 100.5 is never true'],
    ['surface.score > 1', 'surface.score is from 0 to 1, so surface.score > 1 is never true'],
    ['surface.score == 1.5', 'surface.score is from 0 to 1, so surface.score == 1.5 is never true; write 0.015 for 1.5 %'],
    ['surface.confidence > 101', 'surface.confidence is from 0 to 1, so surface.confidence > 101 is never true'],
    ['tags.die_temp > 400', 'tags.die_temp has the range 0 to 400, so tags.die_temp > 400 is never true'],
    ['tags.die_temp >= 401', 'tags.die_temp has the range 0 to 400, so tags.die_temp >= 401 is never true'],
    ['tags.plc_die_temp < 0', 'tags.plc_die_temp has the range 0 to 400, so tags.plc_die_temp < 0 is never true'],
    ['tags.die_temp == 401', 'tags.die_temp has the range 0 to 400, so tags.die_temp == 401 is never true'],
    ['tags.die_temp == -1', 'tags.die_temp has the range 0 to 400, so tags.die_temp == -1 is never true'],
    ['tags.die_temp <= -0.5', 'tags.die_temp has the range 0 to 400, so tags.die_temp <= -0.5 is never true'],
  ])('is told: %s', async (when, text) => {
    expect(await told(rule(when))).toEqual([`${AT} ${text}`]);
  });

  it.each([
    'surface.score < 0',
    '1.5 < surface.score',
    'surface.score >= 0.9 && surface.score < 0.1',
    '0.9 < surface.score && 0.1 > surface.score',
    'surface.score > 0.5 && surface.score < 0.5',
    'surface.score > 0.5 && (part != "" && surface.score <= 0.5)',
    'tags.pressure > 100 && tags.pressure < 50',
    'tags.pressure == 4 && tags.pressure == 5',
    'surface.score > 0.5 + 0.5',
    'surface.score - 1 > 0.5',
    'surface.score * 2 > 3',
    'surface.score + process.score > 2',
    'surface.score > surface.threshold + 1',
    '!(surface.score <= 1)',
    'surface.score != surface.score',
    'nok_in_a_row < 0',
    'rate("nok", 100) > 1.5',
    'surface.label == "good" && surface.label == "crack"',
    'surface.label != "good" && surface.label == "good"',
  ])('is told, whatever makes it so: %s', async (when) => {
    const written = `'${when}'`;
    const text = changed(['"process.score > 0.9 && tags.die_temp > 320"', written]);
    expect(await told(text)).toEqual([`${AT} ${when} is never true; what is meant?`]);
  });

  it.each([
    'surface.score >= 0.5 && surface.score <= 0.5',
    'surface.score > 0.1 && surface.score < 0.9 || part == ""',
    'surface.score > 0.5 && process.score < 0.5',
    'rate("nok", 20) > 0.5 && rate("nok", 100) < 0.1',
    'tags.pressure > 100 || tags.pressure < 50',
    'surface.label == "good" || surface.label == "crack"',
    'surface.label != "good" && surface.label != "crack"',
    'surface.score / process.score > 500',
    '!(surface.score > 0.5)',
    'surface.margin < 0',
    // Switched off on purpose.
    'false',
    'surface.score > 0.5 && false',
    'part >= "A100" && part == "A100"',
    // Nested: each level is looked at once for what it can be.
    `${'('.repeat(25)}part == "x"${' && surface.score > 0.1 || process.score > 0.2)'.repeat(25)}`,
    'tags.pressure > -5 && tags.pressure < -1',
    'true',
  ])('may well be true: %s', async (when) => {
    expect(await told(changed(['"process.score > 0.9 && tags.die_temp > 320"', `'${when}'`]))).toEqual([]);
  });

  it('is told by the side of an || that nothing makes true', async () => {
    const when = 'part == "x" || surface.score < 0';
    expect(await told(changed(['"process.score > 0.9 && tags.die_temp > 320"', `'${when}'`]))).toEqual([
      `${AT} surface.score < 0 is never true; what is meant?`,
    ]);
  });

  it.each([
    ['process.score > 0.9 || process . score>500', 'process . score>500'],
    ["part == 'A' && surface.score > 500", 'surface.score > 500'],
    ['part == "surface.score > 7" && surface.score > 500', 'surface.score > 500'],
    ["part != 'x' || (tags . die_temp>=500)", 'tags . die_temp>=500'],
  ])('is told where it stands: %s', async (when, found) => {
    const quoted = when.includes('"') ? `'${when}'` : `"${when}"`;
    const text = changed(['"process.score > 0.9 && tags.die_temp > 320"', quoted]);
    const thrown = await loadConfig({ text, base: import.meta.dirname }, CATALOGUE, ENV).catch((fault: unknown) => fault);
    const lines = text.split('\n');
    const line = lines.findIndex((each) => each.includes(quoted));
    const column = (lines[line] ?? '').lastIndexOf(found);
    expect(thrown).toMatchObject({ faults: [{ line: line + 1, column: column + 1, length: found.length }] });
  });

  it.each([
    'surface.score >= 1',
    'surface.score < 62',
    'tags.die_temp >= 400',
    'tags.die_temp > 399',
    'tags.die_temp <= 0',
    'tags.die_temp < 1',
    'tags.die_temp == 0',
    'tags.die_temp == 400',
    'tags.pressure > 900',
    'surface.margin > 2 - 1',
    "part == 'surface.score > 9'",
  ])('is none: %s', async (when) => {
    expect(await told(rule(when))).toEqual([]);
  });

  it.each([
    '100 * surface.score > 62',
    'surface.score + process.score > 1.2',
    '2*surface.score>1.5',
    '1 - surface.score == 1.0 - 0.5',
    'surface.score > 2 * process.score',
    'surface.score > 1.5 - process.score',
    'surface.score > 3/4',
    'surface.score > 99 % 2',
    'tags.pressure - tags.die_temp < -320',
    '-tags.die_temp < -320',
    'tags.die_temp > 1000 / 4',
    'tags.die_temp <= -50 + 100',
  ])('is none where more than one thing is compared with a number: %s', async (when) => {
    expect(await told(rule(when))).toEqual([]);
  });

  it('is looked for in no time, however much space there is', async () => {
    const when = `surface.score > 0.5${' '.repeat(200_000)}&& tags.die_temp > 300`;
    expect(await told(rule(when))).toEqual([]);
  });

  it('is told of a decision too', async () => {
    expect(await told(changed([`verdict == 'nok'"`, `surface.score > 5"`]))).toEqual([
      'stations.outlet.decisions[0].when: surface.score is from 0 to 1, so surface.score > 5 is never true; write 0.05 for 5 %',
    ]);
  });

  it('is not told of what is wrong itself', async () => {
    const ranges = changed(['unit: bar', 'unit: bar, range: [1, 1]'], ['tags.die_temp > 320', 'tags.pressure > 2']);
    expect(await told(ranges)).toEqual(['opcua.plc.tags.pressure.range goes from 1 to 1; the lower end comes first']);
    expect(await told(rule('surfac.score > 62'))).toEqual([`${AT} there is no surfac; did you mean surface?`]);
    const servers = changed(
      ['cameras:\n', '  robot:\n    endpoint: opc.tcp://10.1.3.21:4840\n    tags:\n      die_temp: {node: "s=T"}\ncameras:\n'],
      ['tags.die_temp > 320', 'tags.die_temp > 500'],
    );
    expect(await told(servers)).toEqual([`${AT} several servers have a tag die_temp; write tags.plc_die_temp or tags.robot_die_temp`]);
  });
});

describe('settings that contradict each other', () => {
  it.each([
    ['fps: 0.1', 'cameras.top.stall is 5s, and with fps 0.1 a picture comes every 10s; write stall: 30s'],
    ['fps: 0.2', 'cameras.top.stall is 5s, and with fps 0.2 a picture comes every 5s; write stall: 15s'],
    ['fps: 0.0001', 'cameras.top.stall is 5s, and with fps 0.0001 a picture comes every 10000s; write stall: 30000s'],
    ['fps: 0.00002', 'cameras.top.stall is 5s, and with fps 0.00002 a picture comes every 50000s; write stall: 86400s'],
    [
      'fps: 0.000011574074074074073, stall: 1d',
      'cameras.top.fps is 0.000011574074074074073, less than a picture a day; write fps: 0.0001 or more',
    ],
    ['fps: 0.00001', 'cameras.top.fps is 0.00001, less than a picture a day; write fps: 0.0001 or more'],
  ])('are told: a camera with %s', async (fps, text) => {
    expect(await told(changed(['fps: 25', fps]))).toEqual([text]);
  });
  it('are none where the camera may be slow', async () => {
    expect(await told(changed(['fps: 25', 'fps: 0.1, stall: 30s']))).toEqual([]);
    expect(await told(changed(['fps: 25', 'fps: 0.21']))).toEqual([]);
  });

  describe('of a camera of a kind that there is', () => {
    const camera = async (text: string) => {
      const all = `line: {enterprise: e, site: s, area: a, line: l}
cameras: {top: ${text}}
stations: {outlet: {trigger: {camera: top}, models: {}}}
`;
      return loadConfig({ text: all }, CONFIG_CATALOGUE, ENV).then(
        ({ warnings }) => warnings.map((warning) => warning.text),
        (thrown) => (thrown as ConfigInvalid).faults.map((fault) => fault.text),
      );
    };
    const slow = ['cameras.top.stall is 5s, and with fps 0.1 a picture comes every 10s; write stall: 30s'];

    it.each<readonly [string, readonly string[]]>([
      ['{url: "http://10.1.3.31/snap", fps: 0.1}', slow],
      ['{url: "http://10.1.3.31/snap", fps: 0.1, mode: snapshot}', slow],
      ['{url: "http://10.1.3.31/snap", fps: 0.1, mode: stream}', []],
      ['{url: "dir:///pictures", fps: 0.1}', slow],
      ['{url: "sim://press"}', []],
      ['{url: "rtsp://10.1.3.31/stream1"}', []],
      ['{url: "rtsp://10.1.3.31/stream1", fps: 1, stall: 500ms}', []],
      ['{url: "rtsps://10.1.3.31/stream1", fps: 1, stall: 500ms}', []],
    ])('%s', async (text, faults) => {
      expect(await camera(text)).toEqual(faults);
    });

    it.each<readonly [string, boolean]>([
      ['{url: "http://10.1.3.31/snap", basic: true}', true],
      ['{url: "http://10.1.3.31/snap", basic: false}', false],
      ['{url: "https://10.1.3.31/snap", basic: true}', false],
      ['{url: "http://localhost/snap", basic: true}', false],
    ])('that gives its password away: %s', async (text, away) => {
      const warning =
        'cameras.top.basic is true: the password goes to 10.1.3.31 in clear, and anybody on the way can read it; write https:// in `url`, or take it out where the camera knows Digest';
      expect(await camera(text)).toEqual(away ? [warning] : []);
    });
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
  it.each([
    ['0.0.0.0:99999', 'and ports end at 65535'],
    ['*:8088', 'and an address has no *; write 0.0.0.0 for every network of this box'],
    ['1.2.3.4.5:80', 'and 1.2.3.4.5 is no address; write four numbers from 0 to 255'],
    ['10.1.3.256:80', 'and 10.1.3.256 is no address; write four numbers from 0 to 255'],
  ])('says what is wrong with %s', async (listen, why) => {
    expect(await told(`${LINE}web: {listen: "${listen}"}\n`)).toEqual([`web.listen is ${listen}, ${why}`]);
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
