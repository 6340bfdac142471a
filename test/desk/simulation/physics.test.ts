import { describe, expect, it } from 'vitest';
import { episodeAt, PROCESS_FAULTS } from '#agent/desk/simulation/faults.js';
import { faultAt, LIMITS, readingsAt, SENSORS, STEP, stateAt } from '#agent/desk/simulation/physics.js';
import { pick, stream } from '#agent/desk/simulation/random.js';
import { DRIFT } from '#agent/desk/simulation/shift.js';
import { elsewhere } from './elsewhere.ts';

const MINUTE = 60_000;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const sensor = (name: string) => SENSORS.find((one) => one.name === name);

describe('chance', () => {
  it('gives a path the same numbers again, and other paths and seeds others', () => {
    const draw = (seed: number, ...path: (string | number)[]) => {
      const source = stream(seed, ...path);
      return range(5).map(() => source());
    };
    expect(draw(1, 'part', 7)).toEqual(draw(1, 'part', 7));
    const all = [draw(1, 'part', 7), draw(2, 'part', 7), draw(1, 'part', 8), draw(1, 'fault', 7), draw(17, 'part')];
    expect(new Set(all.map((numbers) => numbers[0])).size).toBe(all.length);
    for (const number of all.flat()) expect(number >= 0 && number < 1).toBe(true);
  });

  it('has no likeness between neighbours: first numbers of a thousand seeds spread evenly', () => {
    const firsts = range(1000).map((seed) => Math.floor(stream(seed, 'x')() * 10));
    const tenths = range(10).map((tenth) => firsts.filter((one) => one === tenth).length);
    for (const count of tenths) expect(count).toBeGreaterThan(60);
  });

  it('picks every item of a list', () => {
    const source = stream(3, 'pick');
    expect(new Set(range(100).map(() => pick(['a', 'b', 'c'], source)))).toEqual(new Set(['a', 'b', 'c']));
  });
});

describe('faults of the press', () => {
  it('come about every 12 s, one at a time, last a few seconds, and are of both kinds', () => {
    const episodes = range(100).map((slot) => episodeAt(1, slot * 12_000 + 6000));
    const real = episodes.filter((episode) => episode !== null);
    expect(real.length).toBeGreaterThan(80);
    expect(real.length).toBeLessThan(100);
    for (const [i, { from, until }] of real.entries()) {
      expect(until - from).toBeGreaterThanOrEqual(1600);
      expect(until - from).toBeLessThanOrEqual(2600);
      expect(from).toBeGreaterThan((real[i - 1]?.until ?? 0) + 4000);
    }
    for (const fault of PROCESS_FAULTS) expect(real.filter((episode) => episode.fault === fault).length).toBeGreaterThan(25);
  });

  it('leave the press in peace before its epoch and for the first seconds, and come soon after', () => {
    for (const seed of range(50)) {
      expect(episodeAt(seed, -1)).toBeNull();
      const first = episodeAt(seed, 0);
      expect(first?.from).toBeGreaterThanOrEqual(4000);
      expect(first?.until).toBeLessThan(10_000);
    }
  });
});

describe('the sensors of the press', () => {
  it('say the same in every process, whatever was asked before', () => {
    const steps = [5000, 3, 120, -40, 121, 100_000];
    const here = steps.map((step) => readingsAt(7, step));
    expect(elsewhere({ readingsAt: 'physics' }, `[${[...steps].reverse()}].map((step) => readingsAt(7, step))`)).toEqual(
      [...here].reverse(),
    );
    // Another seed in between: what is kept of one must not colour the other.
    const woven = steps.map((step) => [readingsAt(8, step), readingsAt(7, step)][1]);
    expect(woven).toEqual(here);
  });

  it('stay in their ranges, and near normal while nothing is wrong', () => {
    const odd: string[] = [];
    for (let step = -200; step < (5 * MINUTE) / STEP; step++) {
      const readings = readingsAt(2, step);
      const quiet = (episodeAt(2, step * STEP)?.from ?? Number.POSITIVE_INFINITY) > step * STEP;
      for (const {
        name,
        range: [least, most],
        normal,
        wander,
        noise,
      } of SENSORS) {
        const value = readings[name];
        if (value < least || value > most || (quiet && Math.abs(value - normal) > wander + 6 * noise))
          odd.push(`${name} is ${value} at step ${step}`);
      }
    }
    expect(odd).toEqual([]);
  });

  it('are noisy by as much as is said, and the noise is new at every step', () => {
    for (const { name, noise } of SENSORS) {
      const errors = range(2000).map((step) => readingsAt(3, step)[name] - stateAt(3, step * STEP)[name]);
      const spread = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
      expect(spread / noise).toBeGreaterThan(0.9);
      expect(spread / noise).toBeLessThan(1.1);
      expect(new Set(errors).size).toBeGreaterThan(1990);
    }
  });

  it('never jump: a cause works with a lag, also where one slot of time ends and the next begins', () => {
    const jumps: string[] = [];
    let before = stateAt(4, -5);
    for (let time = 0; time < 2 * MINUTE; time += 5) {
      const after = stateAt(4, time);
      for (const { name, shift, wander } of SENSORS) {
        const steepest = Math.max(0, ...Object.values(shift).map(({ by, lag }) => (5 * Math.abs(by)) / lag));
        // 1e-2: what is left of a response when its slot ends.
        const most = steepest * 1.01 + wander * 15e-3 + 1e-2;
        if (Math.abs(after[name] - before[name]) > most) jumps.push(`${name} from ${before[name]} to ${after[name]} at ${time} ms`);
      }
      before = after;
    }
    expect(jumps).toEqual([]);
  });

  it.each([
    ['overheating', 'die_temp', 100],
    ['overheating', 'coolant_flow', -7],
    ['pressure-drift', 'pressure', -160],
    ['pressure-drift', 'vibration', 1],
  ] as const)('%s moves %s by about %d, and back', (fault, name, by) => {
    const episodes = range(40).flatMap((slot) => episodeAt(5, slot * 12_000) ?? []);
    const episode = episodes.find((one) => one.fault === fault);
    const { from, until } = episode ?? { from: Number.NaN, until: Number.NaN };
    const normal = sensor(name)?.normal ?? Number.NaN;
    const wander = sensor(name)?.wander ?? 0;
    const moved = (stateAt(5, until)[name] - normal) * Math.sign(by);
    expect(moved).toBeGreaterThan(Math.abs(by) - wander);
    for (const time of [from - 1, until + 2900]) expect(Math.abs(stateAt(5, time)[name] - normal)).toBeLessThan(wander + 0.1);
  });

  it('cross the limits of the process fast: many times the noise in one reading, so that the moment is sharp', () => {
    let crossings = 0;
    for (let step = 0; step < (20 * MINUTE) / STEP; step++) {
      const [before, after] = [step, step + 1].map((s) => stateAt(6, s * STEP));
      if (!before || !after || faultAt(6, step * STEP) === faultAt(6, (step + 1) * STEP)) continue;
      crossings++;
      const fault = faultAt(6, step * STEP) ?? faultAt(6, (step + 1) * STEP) ?? 'overheating';
      const { sensor: name } = LIMITS[fault];
      expect(Math.abs(after[name] - before[name]) / (sensor(name)?.noise ?? 0)).toBeGreaterThan(4);
    }
    expect(crossings).toBeGreaterThan(150);
  });

  it('tell one fault from the other', () => {
    for (const slot of range(60)) {
      const episode = episodeAt(9, slot * 12_000);
      if (episode) expect(faultAt(9, episode.from + 1200)).toBe(episode.fault);
      expect(faultAt(9, slot * 12_000)).toBeNull();
    }
  });
});

describe('the press on a shift', () => {
  const at = (time: number) => faultAt(5, time, 'shift');
  const temperature = (time: number) => stateAt(5, time, 'shift').die_temp;

  it('is in good order but for one die that gets hotter, slowly, until it is changed', () => {
    for (let time = -MINUTE; time < DRIFT.from; time += 500) expect([at(time), temperature(time)]).toEqual([null, 240]);
    const bad = range((DRIFT.until - DRIFT.from) / STEP).filter((step) => at(DRIFT.from + step * STEP) === 'overheating');
    const first = DRIFT.from + (bad[0] ?? Number.NaN) * STEP;
    // Told by a chart from its first degrees on, it is out of bounds tens of seconds later, and stays so.
    expect(first - DRIFT.from).toBeGreaterThan(20_000);
    expect(bad.length).toBe((DRIFT.until - first) / STEP);
    for (let time = first; time < DRIFT.until; time += STEP) expect(temperature(time)).toBeGreaterThan(temperature(time - STEP));
    for (let time = DRIFT.until + 8 * DRIFT.lag; time < 10 * MINUTE; time += 1000) {
      expect(at(time)).toBeNull();
      expect(temperature(time)).toBeCloseTo(240, 1);
    }
  });

  it('shows in its sensors what it is, and in no other than that of the die', () => {
    const means = (from: number) => {
      const readings = range(200).map((step) => readingsAt(5, from / STEP + step, 'shift'));
      const mean = (name: 'die_temp' | 'coolant_flow') => readings.reduce((sum, one) => sum + one[name], 0) / readings.length;
      return { die: mean('die_temp'), flow: mean('coolant_flow') };
    };
    const [before, during] = [means(DRIFT.from - 10_000), means(DRIFT.until - 10_000)];
    expect(before.die).toBeCloseTo(240, 0);
    expect(during.die).toBeGreaterThan(before.die + 40);
    expect(Math.abs(during.flow - before.flow)).toBeLessThan(1);
  });
});
