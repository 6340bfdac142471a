import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Address, decoded, harmless, maskAddress, Secret } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';

const PASSWORD = 'Zebra/42#Kilo';

describe('a secret', () => {
  const secret = new Secret(PASSWORD);

  it('has no text form but asterisks', () => {
    const ways = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ secret }, { showHidden: true }),
      `${secret}`,
    ];
    for (const text of ways) expect(text).not.toContain('Zebra');
    expect(JSON.stringify({ secret })).toBe('{"secret":"***"}');
    expect(structuredClone({ ...secret })).toEqual({});
  });

  it('is given away by reveal alone', () => {
    expect(secret.reveal()).toBe(PASSWORD);
  });
});

describe('an address', () => {
  it.each([
    ['rtsp://10.1.3.31/stream1', 'rtsp://10.1.3.31/stream1', '', ''],
    ['rtsp://admin:pa%3Ass@cam:554/a?b=c@d', 'rtsp://cam:554/a?b=c@d', 'admin', 'pa:ss'],
    ['http://admin:p@ss@cam/', 'http://cam/', 'admin', 'p@ss'],
    ['http://admin@cam/', 'http://cam/', 'admin', ''],
    ['http://a:100%@cam/', 'http://cam/', 'a', '100%'],
    ['http://a:100%/%2F@cam/', 'http://a:100%/%2F@cam/', '', ''],
    ['http://a:b%2Fc%zz@cam/', 'http://cam/', 'a', 'b/c%zz'],
    ['http://cam/look@me', 'http://cam/look@me', '', ''],
    ['dir://me:you@home/pictures', 'dir://me:you@home/pictures', '', ''],
    ['no address', 'no address', '', ''],
  ])('%s has its parts', (text, target, user, password) => {
    const address = Address.of(text);
    expect([address.target, address.user, address.password.reveal()]).toEqual([target, user, password]);
  });

  it.each([
    ['http://admin:hunter22@cam/x', 'http://admin:***@cam/x'],
    ['http://cam/snap?user=admin&pwd=hunter22&channel=1', 'http://cam/snap?user=admin&pwd=***&channel=1'],
    ['http://cam/snap?loginuse=admin&loginpas=hunter22', 'http://cam/snap?loginuse=admin&loginpas=***'],
    ['wss://broker/mqtt?X-Amz-Signature=hunter22', 'wss://broker/mqtt?X-Amz-Signature=***'],
    ['http://cam/snap?monkey=3', 'http://cam/snap?monkey=3'],
  ])('%s is shown without what is secret', (text, shown) => {
    const address = Address.of(text);
    for (const way of [String(address), JSON.parse(JSON.stringify(address)), inspect(address)]) expect(way).toBe(shown);
    expect(inspect(address, { showHidden: true })).not.toContain('hunter22');
  });

  it('goes to a program in one piece with its credentials encoded', () => {
    const address = new Address({ scheme: 'rtsp', user: 'a@b', password: 'p/#?@%:', target: 'rtsp://cam/s', shown: 'rtsp://cam/s' });
    expect(address.reveal()).toBe('rtsp://a%40b:p%2F%23%3F%40%25%3A@cam/s');
    const back = Address.of(address.reveal());
    expect([back.user, back.password.reveal(), back.target]).toEqual(['a@b', 'p/#?@%:', 'rtsp://cam/s']);
    expect(Address.of('rtsp://cam/s').reveal()).toBe('rtsp://cam/s');
  });
});

describe('what others wrote', () => {
  it.each([
    [`cannot open http://admin:${PASSWORD}@10.0.0.1/x: refused`, 'cannot open http://admin:***@10.0.0.1/x: refused'],
    ['http://admin:p@ss/@cam/ is odd', 'http://admin:***@cam/ is odd'],
    ['opc.tcp://10.1.3.20:4840/a@b', 'opc.tcp://10.1.3.20:4840/a@b'],
    ['http://10.1.3.20:8080?q=a@b', 'http://10.1.3.20:8080?q=a@b'],
    ['mail to me@plant: http://cam', 'mail to me@plant: http://cam'],
  ])('shows no password of an address: %s', (text, shown) => {
    expect(maskAddress(text)).toBe(shown);
  });

  it('acts on no terminal', () => {
    expect(harmless('a\u001b[2Jb\rc\u009b31md\u202ee\tf\ng')).toBe('a\\u001b[2Jb\\u000dc\\u009b31md\\u202ee\tf\ng');
    expect(harmless('Größe 5 µm – ok')).toBe('Größe 5 µm – ok');
  });

  it('is made fit before it becomes a fault, in sentence and details alike', () => {
    const fault = new LinesideError('CAMERA_UNREACHABLE', { camera: 'top', why: `\u001b[31mhttp://admin:${PASSWORD}@cam is no address` });
    expect(fault.message).toContain('\\u001b[31mhttp://admin:***@cam is no address');
    for (const text of [fault.message, String(fault.details['why']), fault.sentence]) {
      expect(text).not.toContain('Zebra');
      expect(text).not.toContain('\u001b');
    }
  });
});

it('undoes percent-encoding where there is some', () => {
  expect(decoded('%C3%A4%41%')).toBe('äA%');
  expect(decoded('%ff%zz')).toBe('%ff%zz');
});
