import { describe, expect, it } from 'vitest';
import { readAddress } from '#agent/config/address.js';
import { redactor } from '#agent/config/secrets.js';
import { changed, ENV, faultsOf, load } from './lines.ts';

const read = (source: string, values: Readonly<Record<string, string>>) =>
  readAddress(source, (reference) => values[reference.slice('${env:'.length, -1)] ?? '');

describe('a reference in an address', () => {
  it.each(['Zebra/42#Kilo', 'a?b', 'p@ss', '100%', 'Zebra%41x', 'a:b', '%zz', '$& $1', '#/?@%:', '${env:OTHER}', 'ä €', '%2F/'])(
    'is one password whatever it holds: %s',
    (password) => {
      for (const scheme of ['http', 'rtsp']) {
        const { address, secrets, torn } = read(`${scheme}://admin:\${env:PW}@10.0.0.1:8080/x?y=1#z`, { PW: password, OTHER: 'no' });
        expect([address.user, address.password.reveal(), address.target]).toEqual(['admin', password, `${scheme}://10.0.0.1:8080/x?y=1#z`]);
        expect(new URL(address.reveal()).host).toBe('10.0.0.1:8080');
        expect(secrets).toEqual([password]);
        expect(torn).toBe(false);
        expect(String(address)).toBe(`${scheme}://admin:***@10.0.0.1:8080/x?y=1#z`);
      }
    },
  );

  it('is one password whatever the reference is called', () => {
    const { address, torn } = readAddress('http://admin:${file:/run/secrets/cam?#}@cam/x', () => 'hunter22');
    expect([torn, address.password.reveal(), address.target]).toEqual([false, 'hunter22', 'http://cam/x']);
  });

  it.each([
    ['Zebra%2F42%23Kilo', 'Zebra/42#Kilo'],
    ['p%40ss', 'p@ss'],
    ['100%25', '100%'],
    ['%C3%A4b', 'äb'],
  ])('that somebody encoded by hand goes on working: %s', (encoded, password) => {
    const { address, encoded: told } = read('http://admin:${env:PW}@cam/', { PW: encoded });
    expect(address.password.reveal()).toBe(password);
    expect(told).toEqual(['${env:PW}']);
  });

  it.each([
    ['the login', 'http://${env:LOGIN}@cam/x', { LOGIN: 'admin:a:b/c' }, 'http://cam/x', 'admin', 'a:b/c'],
    ['both apart', 'http://${env:U}:${env:P}@cam/x', { U: 'a:b', P: 'c@d' }, 'http://cam/x', 'a:b', 'c@d'],
    ['a part of the password', 'http://a:x%20${env:P}@cam/x', { P: '%/' }, 'http://cam/x', 'a', 'x %/'],
    ['the host', 'http://a:b@${env:HOST}/x', { HOST: '10.0.0.1:81' }, 'http://10.0.0.1:81/x', 'a', 'b'],
    ['the whole address', '${env:URL}', { URL: 'http://a:b%2F@cam/x' }, 'http://cam/x', 'a', 'b/'],
    ['login and host', 'http://${env:CAM}/x', { CAM: 'a:b@cam' }, 'http://cam/x', 'a', 'b'],
    ['a path', 'http://cam/${env:PATH}', { PATH: 'axis/media amp?x=1#2' }, 'http://cam/axis/media%20amp?x=1%232', '', ''],
    ['a value of the query', 'http://cam/x?pwd=${env:P}&a=b', { P: 'a&b#c/d' }, 'http://cam/x?pwd=a%26b%23c%2Fd&a=b', '', ''],
    ['a piece of the query', 'http://cam/x?${env:Q}', { Q: 'a=b&c=d' }, 'http://cam/x?a=b&c=d', '', ''],
    ['a folder', 'dir://${env:D}/p', { D: 'a@b' }, 'dir://a@b/p', '', ''],
  ])('may be %s', (_, source, values, target, user, password) => {
    const { address } = read(source, values as never);
    expect([address.target, address.user, address.password.reveal()]).toEqual([target, user, password]);
  });

  it('in the query is a secret under any name, and shown by none', () => {
    const { address, secrets } = read('http://cam/x?id=${env:P}&n=3', { P: 'a&b' });
    expect(String(address)).toBe('http://cam/x?id=***&n=3');
    expect(secrets).toEqual(['a&b']);
    expect(redactor(secrets)('GET /x?id=a%26b')).toBe('GET /x?id=a%26b');
    expect(readAddress('http://cam/${file:/t}/x', () => 'hunter22').secrets).toEqual(['hunter22']);
    expect(String(readAddress('http://cam/${file:/t}/x', () => 'hunter22').address)).toBe('http://cam/***/x');
  });
});

describe('an address in the config', () => {
  const camera = (url: string) => changed(['still://top', url]);

  it.each(['Zebra/42#Kilo', 'a?b', 'p@ss/x', '100%:'])('is taken with a password of the environment and shown without: %s', async (S) => {
    const { config, hash, identity, warnings } = await load(camera('still://me:${env:S}@10.1.3.31/x'), { ...ENV, S });
    expect(config.cameras['top']?.url.password.reveal()).toBe(S);
    expect(JSON.stringify([config, warnings])).not.toContain(S);
    const other = await load(camera('still://me:${env:S}@10.1.3.31/x'), { ...ENV, S: 'another' });
    expect(other.hash).toBe(hash);
    expect(other.identity).not.toBe(identity);
  });

  it('has passwords that cannot be printed', async () => {
    const { config } = await load(changed());
    expect(config.mqtt?.password?.reveal()).toBe(ENV.MQTT_PASSWORD);
    expect(JSON.stringify(config)).not.toContain(ENV.MQTT_PASSWORD);
  });

  it.each([['still://me:Zebra/42#Kilo@10.1.3.31/x'], ['still://me:hunter?22@10.1.3.31/x']])(
    'with a password that nobody encoded is told with the mend, not shown: %s',
    async (url) => {
      const faults = await faultsOf(camera(url));
      expect(faults.join()).toContain(
        'cameras.top.url has a password with / ? or # in it; put it into ${env:NAME}, or write / as %2F, ? as %3F, # as %23 and @ as %40',
      );
      expect(faults.join()).not.toMatch(/Zebra|Kilo|hunter|22@/);
    },
  );

  it('that lacks its @ is told as it is written, since a password stands where the host should be', async () => {
    const faults = await faultsOf(camera('still://me:${env:S}/x'), { ...ENV, S: 'Zebra/42#Kilo' });
    expect(faults.join()).toContain('cameras.top.url is still://me:${env:S}/x, which is no address');
    expect(faults.join()).not.toMatch(/Zebra|Kilo/);
  });

  it('that is none is told', async () => {
    expect(await faultsOf(camera('still://a b:c/x'))).toEqual([
      expect.stringContaining('cameras.top.url is still://a b:c/x, which is no address'),
    ]);
  });

  it('warns of a value that reads as percent-encoded, and of a secret in the query', async () => {
    const warnings = async (url: string, S = '') => (await load(camera(url), { ...ENV, S })).warnings.map(({ text }) => text);
    expect(await warnings('still://me:${env:S}@top', 'a%2Fb')).toEqual([
      'cameras.top.url uses ${env:S}, which stands for percent-encoded text and is decoded; it may hold the password as it is',
    ]);
    expect(await warnings('still://top/x?pwd=hunter22')).toEqual([
      'cameras.top.url has a secret in plain text; use ${env:NAME} or ${file:/path}',
    ]);
    expect(await warnings('still://top/x?pwd=${env:S}', 'hunter22')).toEqual([]);
  });

  it('of an OPC UA server names no user', async () => {
    const [fault] = await faultsOf(changed(['opc.tcp://10.1.3.20:4840', 'opc.tcp://me:hunter22@10.1.3.20:4840']));
    expect(fault).toContain('opcua.plc.endpoint names a user; write it under `user`');
  });
});
