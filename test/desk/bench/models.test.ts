import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { energyMeter } from '#agent/desk/bench/energy.js';
import { benchModel } from '#agent/desk/bench/models.js';
import { readManifest } from '#agent/inference/manifest.js';
import { faultOf, MODELS } from '../../inference/setup.ts';
import { scratch, write } from '../evaluation/setup.ts';

const options = { variants: ['fp32'], providers: ['cpu'], threads: [1], rounds: 2, runs: 5, meter: null, onStep: () => {} };

describe('models bench', () => {
  it('measures every variant and number of threads, in turn', async () => {
    const steps: string[] = [];
    const wish = { ...options, variants: ['fp32', 'int8-u8s8'], threads: [1, 2], onStep: (what: string) => void steps.push(what) };
    const speeds = await benchModel(await readManifest(join(MODELS, 'classify')), wish);
    expect(speeds.map(({ package: name, variant, provider, threads }) => [name, variant, provider, threads])).toEqual([
      ['classify', 'fp32', 'cpu', 1],
      ['classify', 'fp32', 'cpu', 2],
      ['classify', 'int8-u8s8', 'cpu', 1],
      ['classify', 'int8-u8s8', 'cpu', 2],
    ]);
    for (const speed of speeds) {
      expect(speed.p50_ms).toBeGreaterThan(0);
      expect(speed.p99_ms).toBeGreaterThanOrEqual(speed.p50_ms);
      // A bare Node process has more than 20 MB, and the fixture is tiny.
      expect(speed.rss_mb).toBeGreaterThan(20);
      expect(speed.rss_mb).toBeLessThan(1000);
      expect(speed).not.toHaveProperty('energy_mj');
    }
    expect(steps).toHaveLength(8);
    expect(steps.slice(0, 4)).toEqual(steps.slice(4));
  });

  it('says what ran where the provider that was asked for is missing, once', async () => {
    const speeds = await benchModel(await readManifest(join(MODELS, 'anomaly')), { ...options, providers: ['cuda', 'cpu'] });
    expect(speeds.map(({ provider }) => provider)).toEqual(['cpu']);
  });

  it('tells energy where the box can', async () => {
    const meter = { during: async <T>(work: () => Promise<T>) => ({ result: await work(), joules: 0.5 }) };
    const [speed] = await benchModel(await readManifest(join(MODELS, 'anomaly')), { ...options, meter });
    // 2 rounds of half a joule are 10 runs of 100 mJ.
    expect(speed?.energy_mj).toBe(100);
  });

  it('measures nothing that does not prove itself', async () => {
    expect((await faultOf(benchModel(await readManifest(join(MODELS, 'bad-golden')), options))).message).toMatch(/golden/);
  });
});

describe('the energy meter', () => {
  it('adds up the packages of RAPL, over the end of the counter', async () => {
    const sys = scratch();
    const zone = (name: string, now: number) => {
      write(join(sys, 'class', 'powercap', name, 'energy_uj'), `${now}\n`);
      write(join(sys, 'class', 'powercap', name, 'max_energy_range_uj'), '1000000\n');
    };
    for (const name of ['intel-rapl:0', 'intel-rapl:1', 'intel-rapl:0:0']) zone(name, 900_000);
    const { joules, result } = (await energyMeter(sys, () => 0)?.during(async () => {
      zone('intel-rapl:0', 950_000);
      zone('intel-rapl:1', 100_000);
      zone('intel-rapl:0:0', 999_999);
      return 'done';
    })) ?? { joules: Number.NaN, result: '' };
    expect([joules, result]).toEqual([0.25, 'done']);
  });

  it('multiplies the volts, amperes and seconds of an INA sensor', async () => {
    const sys = scratch();
    const hwmon = join(sys, 'bus', 'i2c', 'drivers', 'ina3221', '1-0040', 'hwmon', 'hwmon3');
    mkdirSync(hwmon, { recursive: true });
    const set = (milliamperes: number) => {
      writeFileSync(join(hwmon, 'in1_input'), '5000\n');
      writeFileSync(join(hwmon, 'curr1_input'), `${milliamperes}\n`);
    };
    set(1000);
    let now = 0;
    const measured = await energyMeter(sys, () => now)?.during(async () => {
      set(3000);
      now = 2000;
    });
    // 5 W before, 15 W after, 2 s.
    expect(measured?.joules).toBe(20);
  });

  it('is none where nothing can be read', () => {
    expect(energyMeter(scratch(), () => 0)).toBeNull();
  });
});
