import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aboutOf, assertSecure, brokerOptions, LONGEST_PACKET, safeUrl } from '#agent/publishers/broker-options.js';
import { ALL_ABILITIES } from '#agent/publishers/wire.js';
import { mqttConfig } from './harness.ts';

const WILL = { topic: 'x/status', payload: '{"a":1}', abilities: ALL_ABILITIES };
const optionsOf = (over: Readonly<Record<string, unknown>> = {}, will = WILL) => brokerOptions(mqttConfig(over), 'gw1', will);

describe('what a connection is asked for with', () => {
  it('is a clean session that we build anew ourselves, with a last will', async () => {
    expect(await optionsOf()).toEqual({
      protocolId: 'MQTT',
      protocolVersion: 5,
      clientId: 'lineside-gw1',
      clean: true,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      keepalive: 30,
      reschedulePings: false,
      will: { topic: 'x/status', payload: Buffer.from('{"a":1}'), qos: 1, retain: true },
      properties: { maximumPacketSize: LONGEST_PACKET, receiveMaximum: 32 },
    });
    expect(LONGEST_PACKET).toBe(20_480);
  });

  it('is what the older version knows, with the name of the config', async () => {
    const options = await optionsOf({ version: '3.1.1', client_id: 'press-7' });
    expect(options).toMatchObject({ protocolVersion: 4, clientId: 'press-7' });
    expect(options).not.toHaveProperty('properties');
  });

  it('is a last will that the broker can take', async () => {
    const { will } = await optionsOf({}, { ...WILL, abilities: { retain: false, qos1: false } });
    expect(will).toMatchObject({ qos: 0, retain: false });
  });

  it.each([
    ['1s', 1],
    ['1400ms', 1],
    ['1600ms', 2],
    ['18h', 64_800],
  ])('is a keep-alive in whole seconds: %s', async (keepalive, seconds) => {
    expect(await optionsOf({ keepalive })).toMatchObject({ keepalive: seconds });
  });

  it.each([
    [{ url: 'mqtt://127.0.0.1' }, undefined, undefined],
    [{ url: 'mqtt://127.0.0.1', username: 'me', password: 'secret' }, 'me', 'secret'],
    [{ url: 'mqtt://you:p%2Fw@127.0.0.1' }, 'you', 'p/w'],
    [{ url: 'mqtt://you:pw@127.0.0.1', username: 'me', password: 'secret' }, 'me', 'secret'],
    [{ url: 'mqtt://you@127.0.0.1' }, 'you', undefined],
  ])('is the login of the config, else that of the address: %j', async (over, username, password) => {
    const options = await optionsOf(over);
    expect([options.username, options.password]).toEqual([username, password]);
    expect('password' in options).toBe(password !== undefined);
  });

  it('is the files of the config, as they are now', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lineside-pem-'));
    const file = (name: string) => join(folder, name);
    try {
      for (const name of ['ca', 'cert', 'key']) await writeFile(file(name), `${name} pem`);
      const over = { ca: file('ca'), cert: file('cert'), key: file('key') };
      const read = async () => {
        const { ca, cert, key } = await optionsOf(over);
        return [ca, cert, key].map(String);
      };
      expect(await read()).toEqual(['ca pem', 'cert pem', 'key pem']);
      await writeFile(file('cert'), 'renewed');
      expect(await read()).toEqual(['ca pem', 'renewed', 'key pem']);
      await rm(file('key'));
      await expect(optionsOf(over)).rejects.toMatchObject({
        code: 'MQTT_FILE',
        details: { url: 'mqtt://127.0.0.1:1', why: expect.stringMatching(/^`mqtt\.key` cannot be read: .*ENOENT/) },
      });
      execFileSync('mkfifo', [file('key')]);
      await expect(optionsOf(over)).rejects.toMatchObject({
        details: { why: '`mqtt.key` cannot be read: it is a pipe, not a file' },
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a way out of the box', () => {
  it.each([
    'mqtts://broker.plant',
    'wss://broker.plant/mqtt',
    'mqtt://localhost',
    'mqtt://127.0.0.1',
    'mqtt://127.8.8.8:1883',
    'ws://[::1]:9001',
  ])('is encrypted, or none at all: %s', (url) => {
    expect(() => assertSecure(mqttConfig({ url }))).not.toThrow();
  });

  it.each(['mqtt://broker.plant', 'ws://10.1.3.4/mqtt', 'mqtt://127.evil.example', 'mqtt://128.0.0.1', 'mqtt://[::2]'])(
    'is not taken in clear, unless somebody asks for it: %s',
    (url) => {
      expect(() => assertSecure(mqttConfig({ url }))).toThrow(
        expect.objectContaining({ code: 'MQTT_INSECURE', details: { url: safeUrl(mqttConfig({ url }).url) } }),
      );
      expect(() => assertSecure(mqttConfig({ url, insecure: true }))).not.toThrow();
    },
  );
});

describe('whom faults are said of', () => {
  it.each([
    ['mqtts://me:secret@broker.plant:8883', 'mqtts://broker.plant:8883'],
    ['mqtts://broker.plant/', 'mqtts://broker.plant'],
    ['wss://broker.plant/mqtt?X-Amz-Signature=abc', 'wss://broker.plant/mqtt'],
  ])('%s is named without what is secret', (url, shown) => {
    expect(aboutOf(mqttConfig({ url, version: '3.1.1' }), 'gw1')).toEqual({ url: shown, version: '3.1.1', client: 'lineside-gw1' });
    expect(aboutOf(mqttConfig({ url, client_id: 'press-7' }), 'gw1')).toMatchObject({ version: '5', client: 'press-7' });
  });
});
