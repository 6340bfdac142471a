import { describe, expect, it } from 'vitest';
import { explain } from '#agent/config/explain.js';
import { ConfigInvalid, formatFault } from '#agent/config/faults.js';
import { loadConfig } from '#agent/config/load.js';
import { hideReferences, maskAddress, maskLine, redactor, showReferences } from '#agent/config/secrets.js';
import type { CameraKind } from '#agent/contracts/index.js';
import { http } from '#agent/sources/cameras/http.js';
import { CATALOGUE, changed, ENV, load } from './lines.ts';

const SECRET = 'hunter22';

/** Everything that anybody is shown about a config, good or bad. */
async function shown(text: string, env: Readonly<Record<string, string>> = ENV): Promise<string> {
  try {
    const { hash, warnings, covered } = await load(text, env);
    return JSON.stringify({ hash, warnings, covered }) + explain({ warnings });
  } catch (thrown) {
    if (!(thrown instanceof ConfigInvalid)) throw thrown;
    return JSON.stringify(thrown.faults) + JSON.stringify(thrown.warnings) + thrown.message + explain(thrown);
  }
}

describe('a secret in a config', () => {
  const places: readonly (readonly [where: string, text: string])[] = [
    ['a password', changed(['${env:MQTT_PASSWORD}', SECRET])],
    ['a password in quotes', changed(['${env:MQTT_PASSWORD}', `"${SECRET}"`])],
    ['a password in a flow block', changed(['fps: 25', `password: ${SECRET}, fps: 25`])],
    ['a password of a camera that has no such key', changed(['fps: 25', `token: ${SECRET}`])],
    ['an address', changed(['still://top', `still://me:${SECRET}@10.1.3.31`])],
    ['an address of an unknown kind', changed(['still://top', `nonsense://me:${SECRET}@10.1.3.31`])],
    ['an address of the broker', changed(['mqtts://broker.plant:8883', `mqtts://me:${SECRET}@broker.plant`])],
    ['a password that begins like an alias', changed(['${env:MQTT_PASSWORD}', `*${SECRET}`])],
    ['a key that is nearly one', changed(['username: lineside', `passwort: ${SECRET}`])],
    ['a key in capitals', changed(['username: lineside', `Password: ${SECRET}`])],
    ['an address whose scheme is torn', changed(['still://top', `still:/me:${SECRET}@10.1.3.31`])],
    ['a login in place of an address', changed(['still://top', `me:${SECRET}@10.1.3.31`])],
    ['a block where a text belongs', changed(['${env:MQTT_PASSWORD}', `{text: ${SECRET}}`])],
    ['a line beside a fault', changed(['fps: 25', `password: ${SECRET}, fsp: 25`])],
    ['a line beside a fault of syntax', changed(['fps: 25', `password: ${SECRET}, fps: [25`])],
    ['a variable', changed(['fps: 25', 'password: "${env:S}", fsp: 25'])],
    ['a variable in an address', changed(['still://top', 'nonsense://me:${env:S}@10.1.3.31'])],
    ['a variable in the query of an unknown kind', changed(['still://top', 'nonsense://10.1.3.31/x?pwd=a#${env:S}'])],
    ['the query of an unknown kind', changed(['still://top', `nonsense://10.1.3.31/x?pwd=a#${SECRET}`])],
    ['a variable in the name of the line', changed(['site: dresden', 'site: "${env:S}/1"'])],
    ['a variable in the prefix of topics', changed(['username: lineside', 'username: lineside\n  prefix: "${env:S}#"'])],
    ['a variable in an endpoint', changed(['opc.tcp://10.1.3.20:4840', 'opc.tcp:///${env:S}'])],
    ['a variable in the name of a tag', changed(['tag: plc.part_present', 'tag: "${env:S}"'])],
    ['a variable that is a password too', changed(['${env:MQTT_PASSWORD}', '${env:S}'], ['site: dresden', `site: "${SECRET}/1"`])],
  ];
  it.each(places)('is never shown: %s', async (_, text) => {
    expect(await shown(text, { ...ENV, S: SECRET })).not.toContain(SECRET);
  });

  it.each([
    ['in the file', changed(['${env:MQTT_PASSWORD}', SECRET]), [SECRET]],
    ['in the environment', changed(), [ENV.MQTT_PASSWORD]],
    ['in an address', changed(['still://top', `still://me:${SECRET}@10.1.3.31`]), [ENV.MQTT_PASSWORD, SECRET]],
    ['in an address, from the environment', changed(['still://top', 'still://me:${env:S}@10.1.3.31']), [ENV.MQTT_PASSWORD, SECRET]],
  ])('is known to the redactor: %s', async (_, text, secrets) => {
    expect([...(await load(text, { ...ENV, S: SECRET })).secrets].sort()).toEqual([...secrets].sort());
  });

  it('is not what the environment says of other things', async () => {
    expect((await load(changed(['site: dresden', 'site: ${env:SITE}']))).secrets).not.toContain('dresden');
  });

  it('warns when it stands in plain text, not when it is from elsewhere', async () => {
    const texts = async (text: string) => (await load(text)).warnings.map((warning) => warning.text);
    expect(await texts(changed())).toEqual([]);
    expect(await texts(changed(['still://top', 'still://me:${env:SITE}@top']))).toEqual([]);
    expect(await texts(changed(['still://top', 'still://me:pw@top']))).toEqual([
      'cameras.top.url has a secret in plain text; use ${env:NAME} or ${file:/path}',
    ]);
  });
});

describe('redactor', () => {
  const redact = redactor(['p@ss w"rd', 'p@ss', 'abc']);

  it('takes secrets out as they are, in addresses and in JSON, the longest first', () => {
    expect(redact('say p@ss w"rd')).toBe('say [secret]');
    expect(redact(`rtsp://me:${encodeURIComponent('p@ss w"rd')}@h`)).toBe('rtsp://me:[secret]@h');
    expect(redact(JSON.stringify({ password: 'p@ss w"rd' }))).toBe('{"password":"[secret]"}');
    expect(redact('p@ss')).toBe('[secret]');
  });
  it('leaves very short ones, which would blank out every line', () => {
    expect(redact('abc')).toBe('abc');
  });
  it('knows no pattern in a secret', () => {
    expect(redactor(['a.c*+?^${}()|[]\\-'])('a.c*+?^${}()|[]\\- abcc')).toBe('[secret] abcc');
    expect(redactor([])('anything')).toBe('anything');
  });
});

describe('masks', () => {
  it.each([
    ['  password: hunter22  # mine', '  password: ********  # mine'],
    ['  password: "hunter 22"', '  password: ***********'],
    ['user: {name: me, password: hunter22}', 'user: {name: me, password: ********}'],
    ['  password: ${env:PW}', '  password: ${env:PW}'],
    ['url: rtsp://me:hunter22@h/x', 'url: rtsp://me:********@h/x'],
    ['url: rtsp://me:${env:PW}@h/x', 'url: rtsp://me:${env:PW}@h/x'],
    ['  words: 3', '  words: 3'],
    ['  Password: hunter22', '  Password: ********'],
    ['  passwort: hunter22, x: 1', '  passwort: ********, x: 1'],
    ['x: {pasword: hunter22, user: me}', 'x: {pasword: ********, user: me}'],
    ['"pwd": hunter22', '"pwd": ********'],
    ['url: http:/me:hunter22@h/x', 'url: http:/me:********@h/x'],
    ['url: me:hunter22@10.1.3.31', 'url: me:********@10.1.3.31'],
    ['endpoint: opc.tcp://10.1.3.20:4840', 'endpoint: opc.tcp://10.1.3.20:4840'],
    ['a: "12:30" # at 12:30', 'a: "12:30" # at 12:30'],
  ])('%s', (line, masked) => {
    expect(maskLine(line)).toBe(masked);
    expect(maskLine(line)).toHaveLength(line.length);
  });
  it('keep an address without a password', () => {
    expect(maskAddress('opc.tcp://10.1.3.20:4840/a@b')).toBe('opc.tcp://10.1.3.20:4840/a@b');
  });
});

describe('hidden references', () => {
  it.each(['a ${env:X} b', '${file:/a, b/[c]}', '${}', 'ü ${env:ü} ${env:Y}', 'no reference'])(
    'come back as they were, in their place: %s',
    (text) => {
      expect(showReferences(hideReferences(text))).toBe(text);
      expect(hideReferences(text)).toHaveLength(text.length);
      expect(hideReferences(text)).not.toMatch(/[{}]/);
    },
  );
});

describe('a camera that gets its password in clear, since the config says so', () => {
  const warnings = async (camera: string) => {
    const text = changed(['{url: "still://top", fps: 25}', camera]);
    const loaded = await loadConfig(
      { text, name: 'line.yaml', base: import.meta.dirname },
      { ...CATALOGUE, cameras: [http as unknown as CameraKind] },
      ENV,
    );
    return loaded.warnings.map(formatFault);
  };

  it('is told with its host, where others can listen', async () => {
    expect(await warnings('{url: "http://a:${env:MQTT_PASSWORD}@10.1.3.31/snap", basic: true}')).toEqual([
      'line.yaml:17:69: cameras.top.basic is true: the password goes to 10.1.3.31 in clear, and anybody on the way can read it; write https:// in `url`, or take it out where the camera knows Digest',
    ]);
  });

  it.each([
    ['over https', '{url: "https://a:${env:MQTT_PASSWORD}@10.1.3.31/snap", basic: true}'],
    ['on this box', '{url: "http://a:${env:MQTT_PASSWORD}@127.0.0.1/snap", basic: true}'],
    ['with Digest', '{url: "http://a:${env:MQTT_PASSWORD}@10.1.3.31/snap"}'],
  ])('is not told %s', async (_, camera) => {
    expect(await warnings(camera)).toEqual([]);
  });
});
