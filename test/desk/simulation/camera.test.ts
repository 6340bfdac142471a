import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '#agent/config/load.js';
import { Address } from '#agent/contracts/index.js';
import { simulated } from '#agent/desk/simulation/camera.js';
import { createStudio } from '#agent/desk/simulation/drawing.js';
import { SENSORS } from '#agent/desk/simulation/physics.js';
import { partOf } from '#agent/desk/simulation/press.js';
import { LinesideError } from '#agent/errors.js';
import { CAMERA_KINDS } from '#agent/runtime/catalogue.js';
import { describeCamera } from '../../contracts/camera.ts';
import { CameraLife, optionsOf } from '../../simulators/camera-life.ts';

describeCamera(
  'sim://',
  simulated,
  async () => ({
    url: 'sim://press',
    options: { period: '20ms', width: 64 },
    shows: { width: 64, height: 48, format: 'mono8' },
    check: ({ part, truth }) => {
      expect(part).toMatch(/^BC-\d{6}$/);
      expect(truth).toMatch(/^n?ok$/);
    },
    nowhere: 'sim://moon',
    close: async () => {},
  }),
  ['vanish', 'tear', 'freeze'],
);

describe('sim://press', () => {
  const lives: CameraLife[] = [];
  const start = (options: Record<string, unknown>) => {
    const life = new CameraLife(
      simulated.create(Address.of('sim://press'), optionsOf(simulated, { width: 64, ...options }) as never, { base: '/' }),
    );
    lives.push(life);
    return life;
  };
  afterEach(async () => {
    for (const life of lives.splice(0)) await life.stop();
  });
  const numberOf = (serial: string | undefined) => Number(serial?.slice(3));

  it('exposes each part exactly when it passes: epoch + number * period', async () => {
    const epoch = Math.round(Date.now()) - 5000;
    const images = await start({ epoch, period: '40ms' }).more(8);
    for (const { captured, part } of images) expect(captured).toBe(epoch + 40 * numberOf(part));
    expect(numberOf(images[0]?.part)).toBeGreaterThan(100);
  });

  it('waits for an epoch to come, and begins with part 1', async () => {
    const epoch = Math.round(Date.now()) + 700;
    const [first] = await start({ epoch, period: '25ms' }).more(1);
    expect(first).toMatchObject({ captured: epoch + 25, part: 'BC-000001' });
    expect(Date.now()).toBeGreaterThanOrEqual(epoch + 24);
  });

  it('shows the part that the PLC means, with its truth, to the pixel', async () => {
    const epoch = Math.round(Date.now());
    const press = { seed: 5, epoch, period: 30 };
    const studio = createStudio({ seed: 5, width: 64 });
    for (const image of await start({ seed: 5, epoch, period: '30ms' }).more(4)) {
      const part = partOf(press, numberOf(image.part));
      expect(image.truth).toBe(part.truth);
      expect(Buffer.from(image.pixels)).toEqual(Buffer.from(await studio.picture(part)));
    }
  });

  it('counts the parts that pass while it cannot draw fast enough, and stays on the beat', async () => {
    const epoch = Math.round(Date.now());
    const life = start({ epoch, period: '1ms', width: 320 });
    await life.dropped(5, 'busy');
    const images = await life.more(3);
    for (const { captured, part } of images) expect(captured).toBe(epoch + numberOf(part));
    const numbers = life.images.map(({ part }) => numberOf(part));
    const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
    expect(life.drops.length).toBeGreaterThanOrEqual(last - first + 1 - numbers.length);
  });

  it('says what it can show when it is asked for something else', async () => {
    const life = new CameraLife(simulated.create(Address.of('sim://moon'), optionsOf(simulated) as never, { base: '/' }));
    expect(await life.ended).toBe('threw');
    expect(life.fault).toBeInstanceOf(LinesideError);
    expect(String(life.fault)).toContain('there is no sim://moon, only sim://press');
  });
});

describe('config/demo.yaml', () => {
  const env = {
    LINESIDE_DEMO_MQTT: 'mqtt://127.0.0.1:1883',
    LINESIDE_DEMO_OPCUA: 'opc.tcp://127.0.0.1:4840',
    LINESIDE_DEMO_EPOCH: '1767600000000',
    LINESIDE_DEMO_SEED: '7',
    LINESIDE_DEMO_PERIOD: '333.3333333333333ms',
    LINESIDE_DEMO_STORE: '/var/lib/somewhere',
    LINESIDE_DEMO_WEB: 'off',
  };
  const load = () => loadConfig(new URL('../../../config/demo.yaml', import.meta.url).pathname, { cameras: CAMERA_KINDS }, env);

  it('is, with its shift, a config without faults or warnings', async () => {
    const shift = { ...env, LINESIDE_DEMO_FROM: '06:00', LINESIDE_DEMO_TO: '07:00', LINESIDE_DEMO_PERIOD: '200ms' };
    const file = new URL('../../../config/demo-shift.yaml', import.meta.url).pathname;
    const { config, warnings } = await loadConfig(file, { cameras: CAMERA_KINDS }, shift);
    expect(warnings).toEqual([]);
    expect(config.cameras['top']?.options).toMatchObject({ course: 'shift' });
    // Everything that the demo has, and the same.
    const { config: plain } = await load();
    expect(config.opcua['press']?.tags).toMatchObject(plain.opcua['press']?.tags ?? {});
    expect(config.stations['outlet']?.window).toEqual(plain.stations['outlet']?.window);
  });

  it('is a config without faults or warnings, once the demo has filled it in', async () => {
    const { config, warnings } = await load();
    expect(warnings).toEqual([]);
    expect(config.cameras['top']?.options).toMatchObject({ seed: 7, epoch: 1767600000000, width: 320 });
    expect(config.cameras['top']?.options['period']).toBeCloseTo(1000 / 3);
  });

  it('has the sensors of the press, their units and ranges, and a window over them in this order', async () => {
    const { config } = await load();
    for (const { name, unit, range } of SENSORS) expect(config.opcua['press']?.tags[name]).toMatchObject({ unit, range });
    expect(config.stations['outlet']?.window?.tags).toEqual(SENSORS.map(({ name }) => `press.${name}`));
  });
});
