import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '#agent/config/load.js';
import { packagesFolder } from '#agent/config/packages-folder.js';
import { BaseSchema } from '#agent/config/schema.js';
import { Address } from '#agent/contracts/index.js';
import { CATALOGUE, changed, ENV, faultsOf, LINE, load } from './lines.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineside-config-'));
});
afterAll(() => rm(folder, { recursive: true }));
const file = async (name: string, text: string | Buffer) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};

describe('a loaded config', () => {
  it('has defaults, in blocks that the file does not have as well', async () => {
    const { config } = await load(LINE);
    expect(config.store.keep).toEqual({ records: 400 * 86_400_000, images: 20e9, free: 500e6, outbox: 4e9 });
    expect(config.stations['outlet']?.frame).toEqual({ select: 'nearest', offset: 0, tolerance: 200, clock: 'source' });
    expect(config.stations['outlet']?.answer?.values).toEqual({ ok: 1, nok: 2, review: 3 });
    expect(config.opcua['plc']?.security).toEqual({ mode: 'SignAndEncrypt', policy: 'Basic256Sha256' });
    expect(config.web).toEqual({ listen: '127.0.0.1:8088', hosts: [], probes: [] });
  });

  it('takes quantities in their units and hands them on as numbers', async () => {
    const { config } = await load(changed(['deadline: 200ms', 'deadline: 1.5 s']));
    expect(config.stations['outlet']?.deadline).toBe(1500);
    expect(config.opcua['plc']?.tags['part_present']?.sampling).toBe(10);
    expect(config.mqtt?.keepalive).toBe(30_000);
  });

  it('keeps the rest of a block whose default is a whole one', async () => {
    const { config } = await load(`${LINE}store: {images: {ok: none}}\n`);
    expect(config.store.images).toEqual({ nok: 'all', review: 'all', ok: 'none' });
  });

  it('has the options of a camera apart, decoded, with the defaults of its kind', async () => {
    const { config } = await load(changed(['fps: 25', 'latency: 2s, stall: 1m']));
    expect(config.cameras['top']).toEqual({
      url: Address.of('still://top'),
      stall: 60_000,
      memory: 64e6,
      options: { fps: 10, latency: 2000, format: 'rgb8' },
    });
  });

  it('has no policy where it has no security', async () => {
    const { config } = await load(changed(['    tags:\n', '    security: {mode: None}\n    tags:\n']));
    expect(config.opcua['plc']?.security).toEqual({ mode: 'None', policy: 'None' });
  });

  it('has the packages of the folder it names, from where it lies, else those that come with the agent', async () => {
    const [named, unnamed] = [await load(LINE), await load(changed(['inference: {models: models}\n', '']))];
    expect(packagesFolder({ config: named.config, base: '/etc/lineside' })).toBe('/etc/lineside/models');
    expect(packagesFolder({ config: unnamed.config, base: '/etc/lineside' })).toBe(resolve(import.meta.dirname, '../../models'));
  });

  it('has no candidate whose package is torn: production starts without it', async () => {
    const surface = (model: string) =>
      changed([
        '      surface: {model: surface-defect, threshold: 0.62, review: [0.45, 0.62]}',
        `      surface: {model: surface-defect, shadow: {model: ${model}}}`,
      ]);
    expect((await load(surface('torn'))).config.stations['outlet']?.models['surface']).not.toHaveProperty('shadow');
    expect((await load(surface('surface-defect'))).config.stations['outlet']?.models['surface']).toHaveProperty(
      'shadow.model',
      'surface-defect',
    );
  });

  // typebox validates; it does not do our job, since its defaults do not reach into blocks of names.
  it('is what the schema allows, by typebox itself', async () => {
    const { cameras: _, ...rest } = (await load(LINE)).config;
    const schema = Type.Object(BaseSchema, { additionalProperties: false });
    expect([...Value.Errors(schema, Value.Encode(schema, rest))]).toEqual([]);
  });

  it('takes texts that look like numbers as they are written', async () => {
    const { config } = await load(changed(['line: line3', 'line: 007'], ['username: lineside', 'username: lineside\n  version: 3.1.1']));
    expect(config.line.line).toBe('007');
    expect(config.mqtt?.version).toBe('3.1.1');
  });

  it('takes anchors and aliases, and tells of a bomb', async () => {
    const shared = changed(['{node: "nsu=urn:press;s=Verdict", writable: true}', '&w {node: "nsu=urn:press;s=Verdict", writable: true}']);
    expect((await load(shared)).config.opcua['plc']?.tags['verdict']?.writable).toBe(true);
    const [head, tail = ''] = changed(['  outlet:\n', '  outlet: &s\n'], ['inference: {models: models}\n', '']).split('stations:\n');
    const copies = Array.from({ length: 5000 }, (_, i) => `  s${i}: *s`).join('\n');
    expect(await faultsOf(`${head}stations:\n${tail}${copies}\n`)).toContain(
      '1:1: the file unfolds to more than 50000 values or 32 levels; a config is smaller',
    );
  });

  it('takes a line with thousands of tags', async () => {
    const tags = Array.from({ length: 3000 }, (_, i) => `      t${i}: {node: "ns=2;i=${i + 100}", unit: bar}`).join('\n');
    const { config } = await load(changed(['    tags:\n', `    tags:\n${tags}\n`]));
    expect(Object.keys(config.opcua['plc']?.tags ?? {})).toHaveLength(3006);
  });

  it('survives an anchor that holds itself', async () => {
    const faults = await faultsOf(changed(['    decisions:\n', '    decisions: &me [*me]\n    extra:\n']));
    expect(faults.length).toBeGreaterThan(0);
  });

  it('tells of merge keys instead of taking them for data', async () => {
    expect(await faultsOf(`${LINE}<<: {web: {listen: off}}\n`)).toEqual([
      '35:1: << is not a known key; merge keys are not supported, write the keys out',
    ]);
  });

  it('takes `__proto__` for a name like any other', async () => {
    const { config } = await load(changed(['    deadline: 200ms\n', '    recipe: {tag: plc.serial, values: {__proto__: standard}}\n']));
    expect(Object.keys(config.stations['outlet']?.recipe?.values ?? {})).toEqual(['__proto__']);
  });
});

describe('references to elsewhere', () => {
  it('stand anywhere in a value, in flow blocks without quotes too', async () => {
    const text = changed(
      ['line: {enterprise: acme, site: dresden', 'line: {enterprise: acme, site: ${env:SITE}-${env:SITE}'],
      ['mqtts://broker.plant:8883', 'mqtts://${env:SITE}.plant:8883'],
    );
    const { config } = await load(text);
    expect(config.line.site).toBe('dresden-dresden');
    expect(config.mqtt?.url.target).toBe('mqtts://dresden.plant:8883');
    expect(config.mqtt?.password?.reveal()).toBe('correct horse');
  });

  it('stand for numbers where a number belongs, and stay texts in quotes', async () => {
    expect((await load(changed(['{models: models}', `{threads: ${'${env:THREADS}'}}`]))).config.inference.threads).toBe(4);
    expect(await faultsOf(changed(['{models: models}', `{threads: "${'${env:THREADS}'}"}`]))).toEqual([
      '34:22: inference.threads must be a whole number from 1 to 64, not ${env:THREADS}',
    ]);
  });

  it('read files, relative to the config, without the last line break', async () => {
    await file('secret', 'from the file\n');
    const loaded = await loadConfig(
      await file('line.yaml', changed(['${env:MQTT_PASSWORD}', '${file:secret}'])),
      { cameras: CATALOGUE.cameras },
      {},
    );
    expect(loaded.config.mqtt?.password?.reveal()).toBe('from the file');
    expect(loaded.covered.files).toEqual([join(folder, 'line.yaml'), join(folder, 'secret')]);
    expect(loaded.base).toBe(folder);
  });

  it.each([
    ['a folder', '${file:/}', '/ is not a file'],
    ['an empty file', '${file:empty}', 'empty is empty'],
    ['a huge file', '${file:huge}', 'huge is larger than 64 kB'],
  ])('say what is wrong with %s', async (_, reference, why) => {
    await Promise.all([file('empty', ''), file('huge', Buffer.alloc(70_000))]);
    const load = loadConfig({ text: changed(['${env:MQTT_PASSWORD}', reference]), base: folder }, { cameras: CATALOGUE.cameras }, {});
    await expect(load).rejects.toMatchObject({ faults: [{ line: 5, column: 13, text: expect.stringContaining(why) }] });
  });

  it('do not count in comments', async () => {
    expect(await faultsOf(`# like \${file:/nowhere} or \${env:NOTHING}\n${LINE}`)).toEqual([]);
  });
});

describe('the file itself', () => {
  it('is there, readable and of a sensible size', async () => {
    await expect(loadConfig(join(folder, 'nowhere.yaml'), CATALOGUE)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    await expect(loadConfig(folder, CATALOGUE)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    const big = await file('big.yaml', `# ${'x'.repeat(500_001)}`);
    await expect(loadConfig(big, CATALOGUE)).rejects.toThrow('it is larger than 500 kB');
  });

  it('may be rubbish', async () => {
    for (const text of [
      '\u0000\u0001',
      '{{{{',
      '[',
      '- - - -',
      '%YAML 9',
      '"',
      '\uFEFF',
      '...',
      '--- a\n--- b\n',
      '\t',
      '&a *a',
      '? ? ?',
    ]) {
      expect((await faultsOf(text)).length, JSON.stringify(text)).toBeGreaterThan(0);
    }
  });

  it('may be cut off anywhere: a fault or a config, never a crash', async () => {
    for (let end = 0; end < LINE.length; end += 23) await faultsOf(LINE.slice(0, end));
  });

  it('may have Windows line ends', async () => {
    expect(await faultsOf(LINE.replaceAll('\n', '\r\n'))).toEqual([]);
    expect(await faultsOf(changed(['deadline: 200ms', 'deadline: 200']).replaceAll('\n', '\r\n'))).toEqual([
      '22:15: stations.outlet.deadline is 200 without a unit; write 200ms, 200s or another of m, h, d',
    ]);
  });
});

describe('the hash', () => {
  const hashOf = async (text: string, env = ENV) => (await load(text, env)).hash;

  it('is a SHA-256 that layout, comments and order do not change', async () => {
    const [first, ...sections] = LINE.split(/^(?=\w)/m);
    const turned = `# other order\n${[...sections.reverse(), first].join('')}`;
    expect(await hashOf(LINE)).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashOf(turned)).toBe(await hashOf(LINE));
    expect(await hashOf(LINE.replace('deadline: 200ms', 'deadline: 0.2s'))).toBe(await hashOf(LINE));
    expect(await hashOf(`${LINE}log: {level: info}\n`)).toBe(await hashOf(LINE));
  });

  it('changes with every value that is no secret', async () => {
    expect(await hashOf(changed(['threshold: 0.62', 'threshold: 0.63']))).not.toBe(await hashOf(LINE));
    expect(await hashOf(changed(['fps: 25', 'fps: 26']))).not.toBe(await hashOf(LINE));
    const site = changed(['site: dresden', 'site: ${env:SITE}']);
    expect(await hashOf(site, { ...ENV, SITE: 'jena' })).not.toBe(await hashOf(site));
  });

  it('does not change with a secret, but identity does', async () => {
    const texts = [
      LINE,
      changed(['top", fps: 25', 'top", password: "${env:MQTT_PASSWORD}"']),
      changed(['still://top', 'still://me:${env:MQTT_PASSWORD}@top']),
    ];
    for (const text of texts) {
      const [a, b] = await Promise.all([load(text), load(text, { ...ENV, MQTT_PASSWORD: 'another one' })]);
      expect(a.hash).toBe(b.hash);
      expect(a.identity).not.toBe(b.identity);
    }
  });
});

it('means the folder of the file with the paths of the broker, wherever the agent was started', async () => {
  const models = `inference: {models: ${join(import.meta.dirname, 'models')}}`;
  const text = changed(
    ['inference: {models: models}', models],
    ['  username: lineside\n', '  username: lineside\n  ca: tls/ca.pem\n  cert: /etc/own.pem\n  key: own.key\n'],
  );
  const [here, elsewhere] = [await load(text, ENV, '/etc/lineside'), await load(text, ENV, '/opt')];
  expect(here.config.mqtt).toMatchObject({ ca: '/etc/lineside/tls/ca.pem', cert: '/etc/own.pem', key: '/etc/lineside/own.key' });
  expect(here.hash).toBe(elsewhere.hash);
});
