/** The config as those may see it who may not change it. */
import { describe, expect, it } from 'vitest';
import { maskedText } from '#agent/config/mask.js';

const masked = (...lines: readonly string[]) => maskedText(lines.join('\n'))?.split('\n');

describe('a config without its passwords', () => {
  it('has asterisks where they stand, everything else in its place', () => {
    const text = [
      '# The line.',
      'mqtt:',
      '  url: mqtts://broker:8883 # near',
      '  username: me',
      '  password: hunter22 # mine',
      'x: [1, 2]',
      '',
    ];
    expect(masked(...text)).toEqual(text.map((line) => line.replace('hunter22', '********')));
  });

  it.each([
    ['in quotes', ['password: "hunter 22"'], ['password: ***********']],
    ['over lines', ['a:', '  secret: >', '    hunter', '    22', '  b: 1'], ['a:', '  secret: *', '    ******', '    **', '  b: 1']],
    ['in a block on one line', ['{token: hunter22, passphrase: x, user: me}'], ['{token: ********, passphrase: *, user: me}']],
    ['under a key that is probably meant for it', ['passwort: hunter22', 'Passwords: x1'], ['passwort: ********', 'Passwords: **']],
    ['a number', ['password: 12345'], ['password: *****']],
    ['in an address', ['url: rtsp://me:hunter22@h/x'], ['url: rtsp://me:********@h/x']],
    ['by another name', ['a: &p hunter22', 'password: *p'], ['a: &p ********', 'password: **']],
    ['written twice', ['password: one1', 'password: two22'], ['password: ****', 'password: *****']],
    ['in a comment', ['# password: hunter22', 'a: 1'], ['# password: ********', 'a: 1']],
    ['in a comment behind something', ['a: 1 #token: hunter22'], ['a: 1 #token: ********']],
    ['in the address of a comment', ['a: 1 # rtsp://me:hunter22@h'], ['a: 1 # rtsp://me:********@h']],
  ])('%s', (_, text, shown) => {
    expect(masked(...text)).toEqual(shown);
  });

  it.each([
    ['a reference, which is none', ['mqtt: {password: ${env:MQTT_PASSWORD}}', 'token: ${file:/run/x}']],
    ['a block of that name', ['password:', '  length: 8']],
    ['another key', ['length: 3', 'username: hunter22', 'key: a#b']],
    ['an alias of what is none', ['a: &p hunter22', 'b: *p']],
    ['nothing', ['']],
    ['an empty one', ['password:', 'a: 1']],
  ])('keeps %s', (_, text) => {
    expect(masked(...text)).toEqual(text);
  });

  it.each([
    ['a: [1', 'no YAML'],
    ['a: 1\n\tb: 2', 'a tab'],
    ['a: b\u200bc', 'what nobody can see'],
    [`${'['.repeat(2000)}${']'.repeat(2000)}`, 'deeper than anybody writes'],
    ['password: "hunter22', 'a quote without an end'],
  ])('is nothing where nobody can tell what is one: %j', (text) => {
    expect(maskedText(text)).toBeNull();
  });
});
