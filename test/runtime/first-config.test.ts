import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '#agent/config/load.js';
import type { Answers } from '#agent/contracts/first-config.js';
import { CATALOGUE } from '#agent/runtime/config-catalogue.js';
import { compose, tagNames } from '#agent/runtime/first-config/compose.js';
import { candidatesOf, choicesFor, propose } from '#agent/runtime/first-config/propose.js';
import { allApart, canKeepSecrets, holdsLogin, keepSecrets, takeApart } from '#agent/runtime/first-config/secrets-apart.js';

const node = (name: string, type: string | null, more: object = {}) => ({
  level: 1,
  name,
  node: `nsu=urn:press;s=${name}`,
  type,
  value: null,
  writable: false,
  ...more,
});
const proposed = (...nodes: readonly ReturnType<typeof node>[]) =>
  Object.fromEntries(Object.entries(propose(candidatesOf(nodes))).map(([role, { name }]) => [role, name]));

describe('what a PLC’s tags may be for', () => {
  it('is proposed by name and type', () => {
    const writable = { writable: true };
    expect(
      proposed(
        node('PartPresent', 'Boolean'),
        node('Serial', 'String'),
        node('Counter', 'UInt32'),
        node('DieTemp', 'Double'),
        node('Verdict', 'Int32', writable),
        node('VerdictPart', 'String', writable),
      ),
    ).toEqual({ trigger: 'PartPresent', part: 'Serial', counter: 'Counter', verdict: 'Verdict', verdict_part: 'VerdictPart' });
    expect(
      proposed(
        node('bTeilVorhanden', 'Boolean'),
        node('sSerienNummer', 'String'),
        node('TeileZaehler', 'DInt'),
        node('nTeileZaehler', 'Int32'),
        node('iPruefergebnis', 'Int16', writable),
      ),
    ).toEqual({ trigger: 'bTeilVorhanden', part: 'sSerienNummer', counter: 'nTeileZaehler', verdict: 'iPruefergebnis' });
  });

  it('is left open where no name tells, where the type is wrong, and where what is to be written cannot be', () => {
    expect(proposed(node('X17', 'Boolean'), node('Y', 'String'), node('ErrorCount', 'UInt32'), node('Heartbeat', 'Boolean'))).toEqual({});
    expect(proposed(node('PartPresent', 'Double'), node('Verdict', 'Int32'), node('Counter', 'String'))).toEqual({});
    expect(choicesFor('verdict', candidatesOf([node('A', 'Boolean', { writable: true }), node('B', 'Int16')]))).toEqual([]);
  });

  it('takes nothing of a hostile server into a config or a terminal', () => {
    const hostile = candidatesOf([
      node('Line', null, { level: 0 }),
      node('secret', 'String', { node: 'nsu=urn:x;s=${file:/etc/shadow}' }),
      node('break', 'String', { node: 'nsu=urn:x;s=a\nstations: {}' }),
      node('hidden', 'String', { node: 'nsu=urn:x;s=a\u200bb' }),
      node('long', 'String', { node: `nsu=urn:x;s=${'a'.repeat(2000)}` }),
      node('array', 'Double', { value: [1, 2] }),
      node(`\u001b[2J\u202e${'n'.repeat(5000)}`, 'String', { node: 'nsu=urn:x;s=kept', value: `\u001b]0;x\u0007${'v'.repeat(1e5)}` }),
    ]);
    expect(hostile.map(({ node: id }) => id)).toEqual(['nsu=urn:x;s=kept']);
    const [kept] = hostile;
    expect([kept?.name.length, kept?.value.length, kept?.path]).toEqual([80, 40, 'Line']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there.
    expect(JSON.stringify(hostile)).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(candidatesOf(Array.from({ length: 9000 }, (_, i) => node(`n${i}`, 'Int32')))).toHaveLength(2000);
  });
});

describe('secrets of addresses', () => {
  it.each([
    ['rtsp://admin:p%40ss@10.1.3.31/stream1', 'rtsp://admin:${secret:cam}@10.1.3.31/stream1', { cam: 'p@ss' }],
    ['rtsp://admin:a/b@c@10.1.3.31:554/s', 'rtsp://admin:${secret:cam}@10.1.3.31:554/s', { cam: 'a/b@c' }],
    ['http://10.1.3.31/snap?user=u&pwd=h%26m&x=1', 'http://10.1.3.31/snap?user=u&pwd=${secret:cam-pwd}&x=1', { 'cam-pwd': 'h&m' }],
    ['rtsp://admin:${env:CAM}@10.1.3.31/s', 'rtsp://admin:${env:CAM}@10.1.3.31/s', {}],
    ['http://10.1.3.31:8080/a@b', 'http://10.1.3.31:8080/a@b', {}],
    ['dir:///data/a:b@c', 'dir:///data/a:b@c', {}],
  ])('%s', (address, apart, secrets) => expect(takeApart(address, 'cam')).toEqual({ address: apart, secrets }));

  it.each([
    ['opc.tcp://lineside:hunter22@10.1.3.20:4840', true],
    ['opc.tcp://lineside@10.1.3.20', true],
    ['opc.tcp://lineside:a/b@10.1.3.20', true],
    ['opc.tcp://lineside:${env:X}@10.1.3.20', true],
    ['lineside:hunter22@10.1.3.20:4840', true],
    ['opc.tcp://10.1.3.20:4840/?pwd=hunter22', true],
    ['opc.tcp://10.1.3.20:4840', false],
    ['opc.tcp://10.1.3.20:4840/line@dresden', false],
  ])('of a PLC have no place: %s', (endpoint, is) => expect(holdsLogin(endpoint)).toBe(is));

  it('lie in files of this user alone, replaced whole', { timeout: 120_000 }, async () => {
    const store = mkdtempSync(join(tmpdir(), 'lineside-secrets-'));
    onTestFinished(() => rmSync(store, { recursive: true }));
    await keepSecrets(store, { plc: 'old' });
    await keepSecrets(store, { plc: 'correct horse', broker: 'x' });
    const file = join(store, 'secrets', 'plc');
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777, statSync(join(store, 'secrets')).mode & 0o777]).toEqual([
      'correct horse',
      0o600,
      0o700,
    ]);
    await expect(keepSecrets(file, { plc: 'x' })).rejects.toMatchObject({ code: 'SECRETS_UNKEPT' });
    await expect(canKeepSecrets(file)).rejects.toMatchObject({ code: 'SECRETS_UNKEPT', sentence: expect.stringContaining('is no folder') });
    await canKeepSecrets(join(store, 'not', 'yet'));
  });
});

const ANSWERS: Answers = {
  line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3' },
  station: 'outlet',
  cameras: [
    { name: 'top', address: 'rtsp://admin:hunter22@10.1.3.31/stream1', package: 'surface-defect', picture_bytes: 36e6 },
    { name: 'side', address: 'http://10.1.3.32/snap', package: 'surface-defect' },
  ],
  plc: {
    endpoint: 'opc.tcp://10.1.3.20:4840',
    security: { mode: 'SignAndEncrypt', policy: 'Basic256Sha256' },
    user: 'lineside',
    password: '${secret:plc}',
    tags: {
      trigger: { node: 'nsu=urn:press;s=PartPresent', name: 'PartPresent', type: 'Boolean' },
      part: { node: 'nsu=urn:press;s="DB"."Serial"', name: '"Serial"', type: 'String' },
      counter: { node: 'ns=3;i=7', name: '§', type: 'UInt32' },
      verdict: { node: 'nsu=urn:press;s=Verdict', name: 'Serial', type: 'Int32' },
      verdict_part: { node: 'nsu=urn:press;s=VerdictPart', name: 'VerdictPart', type: 'String' },
    },
  },
  broker: { address: 'mqtts://broker.plant:8883', user: 'lineside', password: '${env:MQTT_PASSWORD}' },
};
const PLACE = { store: '/tmp/nowhere/lineside', reference: (name: string) => `\${env:S_${name.replaceAll('-', '_')}}` };
const ENV = { S_plc: 'correct horse', S_camera_top: 'hunter22', MQTT_PASSWORD: 'secret!' };

describe('the file', () => {
  it('is what the agent reads, with no secret in it', async () => {
    const { answers, secrets } = allApart(ANSWERS, { plc: 'correct horse' });
    expect(secrets).toEqual({ plc: 'correct horse', 'camera-top': 'hunter22' });
    const text = compose(answers, PLACE);
    expect(text).not.toMatch(/hunter22|correct horse|\$\{secret/);
    const { config, warnings } = await loadConfig({ text, base: '/tmp' }, CATALOGUE, ENV);
    expect(warnings).toEqual([]);
    expect(config.cameras['top']).toMatchObject({ memory: 108e6 });
    expect([config.cameras['top']?.url.reveal(), config.cameras['side']?.memory]).toEqual([
      'rtsp://admin:hunter22@10.1.3.31/stream1',
      64e6,
    ]);
    expect(config.opcua['plc']?.tags).toMatchObject({
      part_present: { node: 'nsu=urn:press;s=PartPresent', sampling: 10, writable: false },
      serial: { node: 'nsu=urn:press;s="DB"."Serial"' },
      counter: { node: 'ns=3;i=7' },
      verdict: { node: 'nsu=urn:press;s=Verdict', writable: true },
      verdict_part: { writable: true },
    });
    expect(config.stations['outlet']).toMatchObject({
      trigger: { tag: 'plc.part_present', edge: 'rising' },
      part: 'plc.serial',
      counter: 'plc.counter',
      answer: { part: 'plc.verdict_part', verdict: 'plc.verdict', values: { ok: 1, nok: 2, review: 3 } },
      models: { surface_defect: { camera: 'top' }, surface_defect_side: { camera: 'side' } },
    });
    expect(text.split('\n').filter((line) => line.trimStart().startsWith('#')).length).toBeGreaterThan(12);
  });

  it('needs no more than a camera', async () => {
    const { config } = await loadConfig(
      {
        text: compose(
          { line: ANSWERS.line, station: 'outlet', cameras: [{ name: 'top', address: 'sim://press', package: 'surface-defect' }] },
          PLACE,
        ),
      },
      CATALOGUE,
    );
    expect(config.stations['outlet']?.trigger).toEqual({ camera: 'top' });
    expect(config.mqtt).toBeUndefined();
  });

  it('names tags after the PLC’s own, each once', () => {
    const tag = (name: string) => ({ node: 'ns=1;s=x', name, type: 'String' });
    expect(
      tagNames({ trigger: tag('part'), part: tag('PART'), counter: tag('Zähler 1'), verdict: tag('42'), verdict_part: tag('verdict') }),
    ).toEqual({
      trigger: 'part',
      part: 'part_tag',
      counter: 'zahler_1',
      verdict: 'verdict',
      verdict_part: 'verdict_part',
    });
  });
});
