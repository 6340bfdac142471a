// A config is read in a process of its own: what comes out of it must be what went in.
import { describe, expect, it } from 'vitest';
import { packInvalid, packLoaded, unpack } from '#agent/config/crossing.js';
import { type ConfigFault, ConfigInvalid } from '#agent/config/faults.js';
import { changed, ENV, LINE, load } from './lines.ts';

/** As between processes. */
const crossed = <T>(packed: T): T => structuredClone(packed);

describe('a config that crosses from one process to another', () => {
  it('arrives whole, its secrets and addresses too', async () => {
    const text = changed(['still://top', 'still://me:${env:MQTT_PASSWORD}@top/x?pwd=abcd']);
    const loaded = await load(text);
    const arrived = unpack(crossed(packLoaded(loaded)));
    const { config } = arrived;
    expect(config.mqtt?.password?.reveal()).toBe(ENV.MQTT_PASSWORD);
    const [before, after] = [loaded.config, config].map(({ cameras }) => cameras['top']?.url);
    expect([after?.scheme, after?.user, after?.password.reveal(), after?.target, after?.shown]).toEqual([
      'still',
      'me',
      ENV.MQTT_PASSWORD,
      'still://top/x?pwd=abcd',
      'still://top/x?pwd=***',
    ]);
    expect([String(after), after?.reveal()]).toEqual([String(before), before?.reveal()]);
    expect(JSON.stringify(arrived)).toBe(JSON.stringify(loaded));
    expect(arrived.config.stations['outlet']?.rules).toEqual(loaded.config.stations['outlet']?.rules);
    expect(Array.isArray(arrived.warnings)).toBe(true);
  });

  it('arrives as the fault that it is, with everything that is told of it', async () => {
    const fault = await load(`${changed(['deadline: 200ms', 'deadline: 200'])}`).catch((thrown: unknown) => thrown as ConfigInvalid);
    if (!(fault instanceof ConfigInvalid)) throw new Error('the config is good');
    const told = new ConfigInvalid('line.yaml', fault.faults, [{ ...(fault.faults[0] as ConfigFault), text: 'a warning' }], {
      more: 7,
      covered: { files: ['/a'], stamps: ['1'] },
    });
    const packed = crossed(packInvalid(told));
    let arrived: unknown;
    try {
      unpack(packed);
    } catch (thrown) {
      arrived = thrown;
    }
    expect(arrived).toBeInstanceOf(ConfigInvalid);
    const { message, details, faults, warnings, more, covered } = arrived as ConfigInvalid;
    expect({ message, details, faults, warnings, more, covered }).toEqual({
      message: told.message,
      details: { file: 'line.yaml', count: 8 },
      faults: told.faults,
      warnings: told.warnings,
      more: 7,
      covered: { files: ['/a'], stamps: ['1'] },
    });
  });

  it('leaves the one that is packed as it was', async () => {
    const loaded = await load(LINE);
    packLoaded(loaded);
    expect(loaded.config.mqtt?.password?.reveal()).toBe(ENV.MQTT_PASSWORD);
    expect(loaded.config.cameras['top']?.url.target).toBe('still://top');
  });
});
