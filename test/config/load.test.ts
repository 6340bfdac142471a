import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigInvalid } from '#agent/config/faults.js';
import { type LoadedConfig, loadConfig } from '#agent/config/load.js';
import { packagesFolder } from '#agent/config/packages-folder.js';
import { BaseSchema } from '#agent/config/schema.js';
import { Address } from '#agent/contracts/index.js';
import type { LinesideError } from '#agent/errors.js';
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

  it('has no such candidate in a recipe either, and has them all where nobody reads packages', async () => {
    const text = changed([
      '    models:\n',
      '    recipe: {tag: plc.serial}\n    recipes: {bolt: {models: {surface: {shadow: {model: torn}}}}}\n    models:\n',
    ]);
    const shadowOf = ({ config }: LoadedConfig) => config.stations['outlet']?.recipes?.['bolt']?.models['surface']?.shadow?.model;
    expect(shadowOf(await load(text))).toBeUndefined();
    expect(shadowOf(await loadConfig({ text }, { cameras: CATALOGUE.cameras }, ENV))).toBe('torn');
  });

  it('runs without a broker', async () => {
    const { config, secrets } = await load(changed([LINE.slice(LINE.indexOf('mqtt:'), LINE.indexOf('opcua:')), '']));
    expect(config).not.toHaveProperty('mqtt');
    expect(secrets).toEqual([]);
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

  it('takes anchors and aliases', async () => {
    const shared = changed(['{node: "nsu=urn:press;s=Verdict", writable: true}', '&w {node: "nsu=urn:press;s=Verdict", writable: true}']);
    expect((await load(shared)).config.opcua['plc']?.tags['verdict']?.writable).toBe(true);
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

  it('read files without the mark that editors put in front of UTF-8', async () => {
    await file('marked', '\ufeffpässword\r\n');
    const text = changed(['${env:MQTT_PASSWORD}', '${file:marked}']);
    const { config } = await loadConfig({ text, base: folder }, { cameras: CATALOGUE.cameras }, {});
    expect(config.mqtt?.password?.reveal()).toBe('pässword');
  });

  it.each([
    ['a folder', '${file:/}', '/ is not a file'],
    ['an empty file', '${file:empty}', 'empty is empty'],
    ['a huge file', '${file:huge}', 'huge is larger than 64 kB'],
    ['a file of an editor that saves as windows-1252', '${file:latin}', 'latin is not UTF-8; save the file as UTF-8'],
    ['a file that PowerShell wrote', '${file:wide}', 'wide is not UTF-8; save the file as UTF-8'],
  ])('say what is wrong with %s', async (_, reference, why) => {
    await Promise.all([file('empty', ''), file('huge', Buffer.alloc(70_000))]);
    await Promise.all([file('latin', Buffer.from('pässword', 'latin1')), file('wide', Buffer.from('\ufeffpassword\r\n', 'utf16le'))]);
    const load = loadConfig({ text: changed(['${env:MQTT_PASSWORD}', reference]), base: folder }, { cameras: CATALOGUE.cameras }, {});
    await expect(load).rejects.toMatchObject({ faults: [{ line: 5, column: 13, text: expect.stringContaining(why) }] });
  });

  it('do not count in comments', async () => {
    expect(await faultsOf(`# like \${file:/nowhere} or \${env:NOTHING}\n${LINE}`)).toEqual([]);
  });
});

describe('the packages that a config names', () => {
  // Links to folders are folders; a file is none, and none that is not there is read.
  it('are read where they lie in the folder, each once', async () => {
    const [shelf, read] = [join(folder, 'shelf'), [] as string[]];
    await mkdir(join(shelf, 'surface-defect'), { recursive: true });
    await symlink('surface-defect', join(shelf, 'process-attention'));
    await Promise.all([writeFile(join(shelf, 'a-file'), ''), mkdir(join(shelf, 'not-named'))]);
    const readPackage = (path: string) => {
      read.push(path);
      return CATALOGUE.readPackage?.(path) ?? Promise.reject(new Error());
    };
    const reading = (text: string) => loadConfig({ text, base: folder }, { ...CATALOGUE, readPackage }, ENV);
    const named = (models: string) => changed(['{models: models}', `{models: ${shelf}}`], ['    rules:\n', `${models}    rules:\n`]);
    await reading(named('      again: {model: surface-defect}\n'));
    expect(read.sort()).toEqual([join(shelf, 'process-attention'), join(shelf, 'surface-defect')]);
    const faults = [{ text: expect.stringContaining('a-file') }, { text: expect.stringContaining('gone') }];
    await expect(reading(named('      b: {model: a-file}\n      c: {model: gone}\n'))).rejects.toMatchObject({ faults });
    expect(read.filter((path) => /a-file|gone|not-named/.test(path))).toEqual([]);
  });
});

describe('the files that would mend a config', () => {
  const coveredBy = async (text: string | Buffer) => {
    const name = await file('mend.yaml', text);
    const models = join(import.meta.dirname, 'models');
    const refused = await loadConfig(name, CATALOGUE, ENV).catch((thrown: unknown) => thrown);
    if (!(refused instanceof ConfigInvalid)) throw refused;
    expect(refused.covered.stamps).toHaveLength(refused.covered.files.length);
    return refused.covered.files.map((path) => path.replace(folder, '.').replace(models, 'models'));
  };
  const models = `inference: {models: ${join(import.meta.dirname, 'models')}}`;
  const withFile = changed(['${env:MQTT_PASSWORD}', '${file:later}'], ['inference: {models: models}', models]);

  it.each([
    ['is no text', Buffer.from([0xff, 0xfe, 0x61, 0x00])],
    ['is no YAML', 'line: [\n'],
    ['is no block', '- a\n'],
  ])('are the file alone where it %s', async (_, text) => {
    expect(await coveredBy(text)).toEqual(['./mend.yaml']);
  });

  it('are secret files, but no variables of the environment, and the packages of every recipe, installed or taught', async () => {
    const recipes = '    recipe: {tag: plc.serial}\n    recipes: {bolt: {models: {surface: {model: torn}}}}\n';
    const packages = ['surface-defect', 'process-attention', 'torn'].flatMap((name) => [name, `${name}/manifest.yaml`]);
    const text = withFile.replace('    models:\n', `${recipes}    models:\n`).replace('site: dresden', 'site: ${env:SITE}');
    // Installed, or taught on the box.
    const shelves = ['models', './lineside-data/packages'].flatMap((shelf) => [shelf, ...packages.map((path) => `${shelf}/${path}`)]);
    expect(await coveredBy(text)).toEqual(['./mend.yaml', './later', ...shelves]);
  });
});

describe('the file itself', () => {
  const refused = (source: string) => loadConfig(source, CATALOGUE).catch((thrown: unknown) => thrown as LinesideError);

  it('is there and readable', async () => {
    const nowhere = join(folder, 'nowhere.yaml');
    expect(await refused(nowhere)).toMatchObject({
      code: 'CONFIG_UNREADABLE',
      details: { file: nowhere, why: 'there is no such file' },
      cause: { code: 'ENOENT' },
    });
    expect(await refused(folder)).toMatchObject({ details: { file: folder, why: 'it is a folder' } });
  });

  it('is a file: a pipe that nobody writes to holds nobody, as a config or as a secret', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const why = 'it is a pipe or a device, not a file';
    expect(await refused(pipe)).toMatchObject({ code: 'CONFIG_UNREADABLE', details: { file: pipe, why } });
    expect(await refused('/dev/zero')).toMatchObject({ details: { why } });
    expect(await faultsOf(changed(['line: line3', `line: \${file:${pipe}}`]))).toEqual([
      expect.stringContaining(`uses \${file:${pipe}}: ${pipe} is not a file`),
    ]);
  });

  it('is no larger than any config', async () => {
    const big = await file('big.yaml', `# ${'x'.repeat(499_999)}`);
    expect(await refused(big)).toMatchObject({ code: 'CONFIG_UNREADABLE', details: { file: big, why: 'it is larger than 500 kB' } });
    expect(await refused(await file('full.yaml', `# ${'x'.repeat(499_998)}`))).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('is text, or that is told alone', async () => {
    const wide = await file('wide.yaml', Buffer.from('\ufeffline: {dedline: 5}', 'utf16le'));
    const fault = { file: wide, line: 1, column: 1, length: 1, text: 'the file is UTF-16; save it as UTF-8', excerpt: '' };
    expect(await refused(wide)).toMatchObject({ code: 'CONFIG_INVALID', faults: [fault], warnings: [] });
  });

  it('is shown beside a fault with its secrets covered and everything in its place', async () => {
    const text = changed(['${env:MQTT_PASSWORD}', '${env:S}'], ['site: dresden', 'site: "hunter22/1"']);
    const excerpt = 'line: {enterprise: acme, site: "********/1", area: castings, line: line3}';
    await expect(load(text, { ...ENV, S: 'hunter22' })).rejects.toMatchObject({ faults: [{ line: 1, column: 32, excerpt }] });
  });

  it('is a block', async () => {
    expect(await faultsOf('- a\n')).toEqual(['1:1: the file must be a block with the keys line, opcua, cameras, stations and so on']);
  });

  it('is called config and lies where the agent runs, where a text has no other place', async () => {
    const text = changed(['inference: {models: models}\n', '']);
    expect(await loadConfig({ text }, { cameras: CATALOGUE.cameras }, ENV)).toMatchObject({ file: 'config', base: process.cwd() });
    await expect(loadConfig({ text: 'a\u0000b' }, CATALOGUE)).rejects.toMatchObject({ faults: [{ file: 'config', line: 1 }] });
  });

  it('has fifty faults told and the others counted', async () => {
    const keys = (of: string, count: number) => Array.from({ length: count }, (_, i) => `    ${of}${i}: x\n`).join('');
    const tags = Array.from({ length: 30 }, (_, i) => `plc.none${i}`).join(', ');
    const told = async (text: string) => {
      const invalid = (await load(text).catch((thrown: unknown) => thrown)) as ConfigInvalid;
      return [invalid.faults.length, invalid.more, invalid.message.includes(` ${invalid.faults.length + invalid.more} `)];
    };
    expect(await told(changed(['    deadline', `${keys('wrong', 60)}    deadline`]))).toEqual([50, 10, true]);
    // Twenty of them in keys, thirty-one in references between the parts.
    const both = changed(['    deadline', `${keys('wrong', 22)}    deadline`], ['tags: [plc.die_temp, plc.pressure]', `tags: [${tags}]`]);
    const [faults, more, counted] = await told(both);
    expect([faults, counted]).toEqual([50, true]);
    expect(more).toBeGreaterThan(0);
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
    expect(await hashOf(changed(['review: [0.45', 'review: [0.44']))).not.toBe(await hashOf(LINE));
    expect(await hashOf(changed(['broker.plant:8883', 'broker.plant:8884']))).not.toBe(await hashOf(LINE));
    expect(await hashOf(changed(['  password: ${env:MQTT_PASSWORD}\n', '']))).not.toBe(await hashOf(LINE));
  });

  it('does not change with the order of names that people gave', async () => {
    const [serial, die, reject] = LINE.split('\n').filter((line) => /^ {6}(serial|die_temp|reject): /.test(line)) as [
      string,
      string,
      string,
    ];
    expect(await hashOf(changed([`${serial}\n`, ''], [`${die}\n`, ''], [reject, `${die}\n${reject}\n${serial}`]))).toBe(await hashOf(LINE));
  });

  it('does not change with what is in a file, in a list either', async () => {
    await Promise.all([file('host', 'one.plant'), file('other', 'two.plant')]);
    const hosts = (name: string) =>
      loadConfig({ text: `${LINE}web: {hosts: ["\${file:${name}}"]}\n`, base: folder }, { cameras: CATALOGUE.cameras }, ENV);
    const first = await hosts('host');
    expect(first.config.web.hosts).toEqual(['one.plant']);
    await file('host', 'three.plant');
    const second = await hosts('host');
    expect([second.hash, second.identity === first.identity]).toEqual([first.hash, false]);
    expect((await hosts('other')).hash).not.toBe(first.hash);
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

it('means the folder of the file with the paths of its own certificate', async () => {
  const { config } = await load(`${LINE}web: {tls: {cert: tls/own.pem, key: /etc/own.key}}\n`);
  expect(config.web.tls).toEqual({ cert: join(import.meta.dirname, 'tls/own.pem'), key: '/etc/own.key' });
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
