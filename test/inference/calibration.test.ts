import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CalibrationSettings, calibrate, distance, normalOf, type Stretch, shares } from '#agent/inference/calibration.js';
import { Learner } from '#agent/inference/learner.js';
import { bench, faultOf, tagWindow, windowSlot } from './setup.ts';

const SETTINGS: CalibrationSettings = { rows: 400, autocorrelation: 0.9, floor: 1e-6, ridge: 1e-3, quantile: 0.99, factor: 2 };

/** Repeatable noise, about -1..1. */
const noise = (i: number): number => ((((Math.sin(i * 12.9898) * 43758.5453) % 1) + 1) % 1) * 2 - 1;
const stretch = (rows: readonly (readonly number[])[], starts: readonly number[] = [0]): Stretch => ({
  channels: rows[0]?.length ?? 0,
  values: Float32Array.from(rows.flat()),
  starts,
});

describe('what is normal', () => {
  it('is the mean and the spread of each tag', () => {
    const { mean, spread } = normalOf(
      stretch([
        [1, 10],
        [3, 10],
        [1, 10],
        [3, 10],
      ]),
      SETTINGS,
    );
    expect(mean).toEqual([2, 10]);
    expect(spread).toEqual([1, 1e-6]);
  });

  it('scores tags that move by themselves, and takes those that only drift as context', () => {
    const rows = Array.from({ length: 300 }, (_, i) => [noise(i), i / 100, 5]);
    expect(normalOf(stretch(rows), SETTINGS).scored).toEqual([1, 0, 0]);
  });

  it('scores all where all drift', () => {
    const rows = Array.from({ length: 300 }, (_, i) => [i, Math.sin(i / 50)]);
    expect(normalOf(stretch(rows), SETTINGS).scored).toEqual([1, 1]);
  });

  it('does not take the seam between two runs for a neighbourhood', () => {
    // Each run repeats one value, so that only the seams differ.
    const rows = Array.from({ length: 100 }, (_, i) => [i < 50 ? -1 : 1, noise(i)]);
    expect(normalOf(stretch(rows, [0, 50]), SETTINGS).scored).toEqual([0, 1]);
  });
});

describe('a calibration', () => {
  const residuals = Array.from({ length: 400 }, (_, i) => Float32Array.of(3 + noise(i), 7, 2 * noise(i + 9999)));
  const normal = { mean: [0, 0, 0], spread: [1, 1, 1], scored: [1, 0, 1] };
  const calibration = calibrate(normal, residuals, 400, SETTINGS);

  it('speaks of the scored channels alone', () => {
    expect(calibration.channels).toEqual([0, 2]);
    expect(calibration.center[0]).toBeCloseTo(3, 1);
    expect(calibration.precision).toHaveLength(4);
    expect(distance([3, -1000, 0], calibration)).toBeLessThan(0.3);
  });

  it('sets the limit at twice the 0.99 quantile of the normal distances', () => {
    const sorted = residuals.map((r) => distance(r, calibration)).sort((a, b) => a - b);
    const [low, high] = [sorted[395] ?? 0, sorted[396] ?? 0];
    expect(calibration.limit).toBeGreaterThanOrEqual(2 * Math.min(low, high) - 1e-9);
    expect(calibration.limit).toBeCloseTo(2 * (low + (high - low) * 0.01), 9);
  });

  it('whitens: one spread off weighs the same on every channel', () => {
    const spreads = [0, 2].map((k) => Math.sqrt(residuals.reduce((s, r) => s + ((r[k] ?? 0) - (k ? 0 : 3)) ** 2, 0) / residuals.length));
    const [first, third] = [distance([3 + (spreads[0] ?? 0), 7, 0], calibration), distance([3, 7, spreads[1] ?? 0], calibration)];
    expect(first).toBeCloseTo(1, 1);
    expect(third).toBeCloseTo(1, 1);
  });

  it('weighs tags that move together as one', () => {
    const twins = Array.from({ length: 400 }, (_, i) => Float32Array.of(noise(i), noise(i) + 0.01 * noise(i + 777)));
    const together = calibrate({ mean: [0, 0], spread: [1, 1], scored: [1, 1] }, twins, 400, { ...SETTINGS, ridge: 1e-6 });
    expect(distance([0.5, 0.5], together)).toBeLessThan(2);
    expect(distance([0.5, -0.5], together)).toBeGreaterThan(20);
  });

  it('shares a distance out so that the shares add up to its square', () => {
    const residual = [4, 0, 1];
    const all = shares(residual, calibration);
    expect(all[1]).toBe(0);
    expect(all.reduce((a, b) => a + b, 0)).toBeCloseTo(distance(residual, calibration) ** 2, 9);
  });

  it('of a machine that never strayed still gives numbers', () => {
    const still = calibrate(
      normal,
      Array.from({ length: 50 }, () => new Float32Array(3)),
      50,
      SETTINGS,
    );
    expect(still.limit).toBeGreaterThan(0);
    expect(Number.isFinite(distance([1, 1, 1], still))).toBe(true);
  });

  it('inverts a covariance of many tags', () => {
    const size = 12;
    const rows = Array.from({ length: 500 }, (_, i) =>
      Float32Array.from({ length: size }, (_, k) => noise(i * 31 + k) + (k > 0 ? 0.5 * noise(i * 31) : 0)),
    );
    const wide = calibrate({ mean: Array(size).fill(0), spread: Array(size).fill(1), scored: Array(size).fill(1) }, rows, 500, SETTINGS);
    // The mean squared Mahalanobis distance of the sample itself is its dimension.
    const mean = rows.reduce((s, r) => s + distance(r, wide) ** 2, 0) / rows.length;
    expect(mean).toBeGreaterThan(size * 0.97);
    expect(mean).toBeLessThanOrEqual(size);
  });
});

describe('a learner', () => {
  const row = (i: number) => [i, i, i];
  const windowAt = (endsAt: number, steps = 12, over = {}) =>
    tagWindow(
      Array.from({ length: steps }, (_, k) => row(endsAt / 100 - steps + 1 + k)),
      { endsAt, ...over },
    );

  it('takes each moment once, whichever window it comes in', () => {
    const learner = new Learner(12, 40);
    for (let at = 0; at <= 3000; at += 300) learner.add(windowAt(at));
    expect(learner.have).toBe(12 + 30);
    const { values, starts, channels } = learner.stretch;
    expect([starts, channels]).toEqual([[0], 3]);
    expect([...values].filter((_, i) => i % 3 === 0)).toEqual(Array.from({ length: 42 }, (_, i) => i - 11));
  });

  it('is ready with the rows that the package wants, and no more', () => {
    const learner = new Learner(12, 150);
    for (let at = 0; !learner.ready; at += 500) learner.add(windowAt(at));
    expect(learner.have).toBe(150);
    learner.add(windowAt(1e6));
    expect(learner.have).toBe(150);
  });

  it('wants more rows where they come in pieces, since a window must be unbroken', () => {
    const learner = new Learner(12, 150);
    for (let part = 0; part < 13; part++) learner.add(windowAt(part * 10_000));
    expect(learner.have).toBe(156);
    expect(learner.ready).toBe(false);
    expect(learner.need).toBeGreaterThan(156);
    for (let part = 13; !learner.ready; part++) learner.add(windowAt(part * 10_000));
    expect(learner.stretch.starts).toHaveLength(100);
  });

  it('leaves out rows with a gap or a bad value, and starts a new run after them', () => {
    const learner = new Learner(3, 10);
    const holes = windowAt(0, 8);
    holes.values[3 * 3 + 1] = Number.NaN;
    holes.quality[5 * 3] = 2;
    holes.quality[6 * 3] = 1;
    learner.add(holes);
    expect(learner.have).toBe(6);
    expect(learner.stretch.starts).toEqual([0, 3, 4]);
  });

  it('goes on when the wall clock is set back', () => {
    const learner = new Learner(12, 400);
    learner.add(windowAt(3_600_000));
    learner.add(windowAt(0));
    expect(learner.have).toBe(24);
    expect(learner.stretch.starts).toEqual([0, 12]);
  });

  it('has nothing before the first window', () => {
    expect(new Learner(12, 40)).toMatchObject({ have: 0, ready: false });
  });
});

describe('a forecast on the box', () => {
  const SLOT = 'outlet/sequence-forecast';
  // Rows of a machine that hums: two lively tags, one that drifts.
  const rowAt = (step: number) => [20 + noise(step), 300 + 10 * noise(step + 5000), step / 1000];
  const windowAt = (step: number, fault = 0) =>
    tagWindow(
      Array.from({ length: 12 }, (_, k) => rowAt(step - 11 + k).map((v, tag) => (tag === 0 && k >= 10 ? v + fault : v))),
      { endsAt: step * 100 },
    );
  const forecast = windowSlot('sequence-forecast');

  async function started(over: Parameters<typeof bench>[1] = {}) {
    const made = await bench([forecast], over);
    await made.engine.start();
    return made;
  }
  async function teach({ engine, next }: Awaited<ReturnType<typeof started>>) {
    const learned = next(({ status }) => status === 'running');
    const faults = [];
    for (let step = 0; step < 160; step += 4) faults.push(await faultOf(engine.infer(SLOT, { window: windowAt(step) })));
    await learned;
    return faults;
  }

  it('learns from what passes and says how far it is, then judges', async () => {
    const made = await started();
    expect(made.engine.health()[`model/${SLOT}`]).toMatchObject({ status: 'degraded', fault: { code: 'MODEL_UNCALIBRATED' } });
    const faults = await teach(made);
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['MODEL_UNCALIBRATED']));
    expect(faults[0]?.details).toMatchObject({ have: 12, need: 150 });
    expect(faults[10]?.details).toMatchObject({ have: 52, need: 150 });
    const good = await made.engine.infer(SLOT, { window: windowAt(500) });
    const bad = await made.engine.infer(SLOT, { window: windowAt(600, 30) });
    expect(good).toMatchObject({ label: 'good', threshold: 0.5 });
    expect(good.score).toBeLessThan(0.5);
    expect(bad).toMatchObject({ label: 'faulty' });
    expect(bad.score).toBeGreaterThan(0.7);
    expect(bad.contributions?.['plc.a']).toBeGreaterThan(0.9);
    expect(bad.contributions?.['plc.c']).toBe(0);
  });

  it('keeps its calibration on the disk: the next start judges at once, with the same score', async () => {
    const made = await started();
    await teach(made);
    const { score } = await made.engine.infer(SLOT, { window: windowAt(500) });
    const calibration = join(made.folder, 'calibration');
    const stored = JSON.parse(await readFile(join(calibration, 'outlet.sequence-forecast+sequence-forecast.json'), 'utf8'));
    expect(stored).toMatchObject({
      identity: { package: 'sequence-forecast', version: '1.0.0' },
      calibration: { rows: 150, scored: [1, 1, 0] },
    });
    await made.engine.stop();
    const again = await started({ calibration });
    expect((await again.engine.infer(SLOT, { window: windowAt(500) })).score).toBe(score);
    expect(again.engine.health()[`model/${SLOT}`]).toMatchObject({ status: 'running', fault: null });
  });

  it('keeps its calibration when its thread is replaced', async () => {
    const made = await started();
    await teach(made);
    const { score } = await made.engine.infer(SLOT, { window: windowAt(500) });
    const recovered = made.next(({ status }) => status === 'running');
    made.threads[0]?.kill();
    await recovered;
    expect((await made.engine.infer(SLOT, { window: windowAt(500) })).score).toBe(score);
  });

  it.each([
    ['of other tags', { identity: { package: 'sequence-forecast', version: '1.0.0', channels: ['plc.x'] }, calibration: { limit: 1 } }],
    ['of another version', { identity: { package: 'sequence-forecast', version: '0.9.0', channels: forecast.channels }, calibration: {} }],
    ['that is torn', 'torn'],
  ])('learns anew instead of trusting a calibration %s', async (_, stored) => {
    const made = await bench([forecast]);
    const folder = join(made.folder, 'calibration');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'outlet.sequence-forecast.json'), typeof stored === 'string' ? '{"identity": {' : JSON.stringify(stored));
    await made.engine.start();
    expect((await faultOf(made.engine.infer(SLOT, { window: windowAt(0) }))).code).toBe('MODEL_UNCALIBRATED');
  });

  interface Kept {
    calibration: Record<'mean' | 'spread' | 'scored' | 'center' | 'precision', number[]> & {
      limit: number;
      rows: number;
      channels: number[];
    };
    sha256?: string;
  }
  const changed = (change: (kept: Kept['calibration']) => Partial<Kept['calibration']>) => (kept: Kept) => ({
    ...kept,
    sha256: undefined,
    calibration: { ...kept.calibration, ...change(kept.calibration) },
  });
  const byHand = (kept: Kept) => ({ ...kept, calibration: { ...kept.calibration, limit: kept.calibration.limit * 1.01 } });
  it.each([
    ['whose limit lets everything pass', changed(() => ({ limit: 1e308 })), /its limit is 1e\+308, and no rows give more than/],
    ['whose limit is not that of its rows', changed(({ limit }) => ({ limit: limit * 50 })), /its limit is/],
    ['without a limit', changed(() => ({ limit: 0 })), /its limit is 0/],
    [
      'whose spread hides every fault',
      changed(({ spread }) => ({ spread: [1e308, ...spread.slice(1)] })),
      /channel 1 has a spread of 1e\+308/,
    ],
    ['of another place', changed(({ mean }) => ({ mean: [mean[0] ?? 0, -1e200, mean[2] ?? 0] })), /channel 2 has a mean/],
    ['that counts nothing', changed(() => ({ scored: [0, 0, 0] })), /no channel of it counts/],
    ['that counts others', changed(() => ({ scored: [1, 0, 1] })), /others than those it was computed for/],
    ['whose matrix is nothing', changed(() => ({ precision: [0, 0, 0, 0] })), /0 on the diagonal/],
    ['whose matrix is none', changed(({ precision }) => ({ precision: [precision[0] ?? 0, 1e3, ...precision.slice(2)] })), /not symmetric/],
    ['of numbers that are none', changed(() => ({ center: [Number.NaN, 0] })), /lacks numbers/],
    ['of no rows', changed(() => ({ rows: 0 })), /learned from 0 rows/],
    ['changed by hand', byHand, /its checksum is another/],
  ])('refuses a calibration %s, says so, and learns anew', async (_, change, why) => {
    const before = await started();
    await teach(before);
    const { score } = await before.engine.infer(SLOT, { window: windowAt(500) });
    await before.engine.stop();
    const calibration = join(before.folder, 'calibration');
    const file = join(calibration, 'outlet.sequence-forecast+sequence-forecast.json');
    const kept = change(JSON.parse(await readFile(file, 'utf8')) as Kept);
    await writeFile(file, JSON.stringify(kept));
    const again = await started({ calibration });
    const { status, fault } = again.engine.health()[`model/${SLOT}`] ?? {};
    expect({ status, code: fault?.code }).toEqual({ status: 'degraded', code: 'CALIBRATION_INVALID' });
    expect(fault?.message).toMatch(why);
    expect((await faultOf(again.engine.infer(SLOT, { window: windowAt(600, 30) }))).code).toBe('MODEL_UNCALIBRATED');
    await teach(again);
    expect((await again.engine.infer(SLOT, { window: windowAt(500) })).score).toBeCloseTo(score, 2);
    expect(again.engine.health()[`model/${SLOT}`]).toMatchObject({ status: 'running', fault: null });
    expect(JSON.parse(await readFile(`${file}.refused`, 'utf8'))).toEqual(JSON.parse(JSON.stringify(kept)));
  });

  it('goes on judging when its calibration cannot be written, and says so', async () => {
    const made = await bench([forecast]);
    await writeFile(join(made.folder, 'calibration'), 'a file where the folder should be');
    await made.engine.start();
    await teach(made);
    expect((await made.engine.infer(SLOT, { window: windowAt(500) })).label).toBe('good');
  });
});
