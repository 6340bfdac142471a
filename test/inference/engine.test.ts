import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelSlot } from '#agent/contracts/index.js';
import { PIXELS } from '#agent/inference/engine.js';
import { bench, type CountedFrame, faultOf, frame, goodFrame, imageSlot, MODELS, scratchFrame, tagWindow, windowSlot } from './setup.ts';

const sha256Of = async (name: string, variant: string) =>
  new RegExp(`"${variant}": \\{"file": "[^"]+", "sha256": "([0-9a-f]+)"`).exec(
    await readFile(join(MODELS, name, 'manifest.yaml'), 'utf8'),
  )?.[1];

async function started(slots: readonly ModelSlot[], over: Parameters<typeof bench>[1] = {}) {
  const made = await bench(slots, over);
  await made.engine.start();
  return made;
}

describe('inference', () => {
  it('judges a picture: who, which version and hash, score, threshold, margin, label, where', async () => {
    const { engine } = await started([imageSlot('classify', { region: [4, 0, 16, 16] })]);
    const seen = frame(32, 16, 'mono8', (x) => (x < 12 ? 250 : 5));
    const finding = await engine.infer('outlet/classify', { image: await engine.prepare('outlet/classify', seen) });
    expect(finding).toMatchObject({
      model: 'classify',
      package: 'classify',
      version: '1.0.0',
      variant: 'int8-u8s8',
      provider: 'cpu',
      kind: 'classify',
      label: 'scratch',
      threshold: 0.5,
      review: [0.4, 0.6],
      sha256: await sha256Of('classify', 'int8-u8s8'),
    });
    expect(finding.score).toBeGreaterThan(0.9);
    expect(finding.margin).toBeCloseTo(finding.score - 0.5, 9);
    expect(finding.heatmap).toMatchObject({ width: 16, height: 16, region: [4, 0, 16, 16] });
    expect([finding.heatmap?.values[0], finding.heatmap?.values[15]]).toEqual([250, 5]);
    expect(finding.runMs).toBeGreaterThan(0);
    expect(finding.queueMs).toBeGreaterThanOrEqual(0);
  });

  it('says who did not find a part, and by which limits, with a score above all others', async () => {
    const { engine } = await started([imageSlot('classify', { threshold: 0.7, review: [0.1, 0.2] })]);
    expect(engine.unfound('outlet/classify')).toEqual({
      model: 'classify',
      package: 'classify',
      version: '1.0.0',
      variant: 'int8-u8s8',
      provider: 'cpu',
      kind: 'classify',
      sha256: await sha256Of('classify', 'int8-u8s8'),
      label: null,
      score: 1,
      threshold: 0.7,
      review: [0.1, 0.2],
      margin: expect.closeTo(0.3, 9),
      queueMs: 0,
      runMs: 0,
    });
    expect(() => engine.unfound('outlet/other')).toThrow();
  });

  it('explains what is not good, all, or nothing, as the slot says', async () => {
    const slots = (['never', 'not_good', 'always'] as const).map((explain) => imageSlot('classify', { id: `outlet/${explain}`, explain }));
    const { engine } = await started(slots);
    const explained = async (seen: CountedFrame) =>
      Promise.all(slots.map(async ({ id }) => (await engine.infer(id, { image: await engine.prepare(id, seen) })).heatmap !== undefined));
    expect(await explained(scratchFrame())).toEqual([false, true, true]);
    expect(await explained(goodFrame())).toEqual([false, false, true]);
  });

  it('explains from the lower end of the review band on', async () => {
    const slot = imageSlot('classify', { threshold: 0.9, review: [0, 0.5] });
    const { engine } = await started([slot]);
    expect((await engine.infer(slot.id, { image: await engine.prepare(slot.id, goodFrame()) })).heatmap).toBeDefined();
  });

  it('takes threshold, review band and variant from the slot where it has them', async () => {
    const slot = imageSlot('classify', { threshold: 0.999999, review: [0.1, 0.2], variant: 'fp32' });
    const { engine } = await started([slot]);
    const finding = await engine.infer(slot.id, { image: await engine.prepare(slot.id, scratchFrame()) });
    expect(finding).toMatchObject({ threshold: 0.999999, review: [0.1, 0.2], variant: 'fp32', sha256: await sha256Of('classify', 'fp32') });
    expect(finding.margin).toBeLessThan(0);
  });

  it('runs every kind through the same door', async () => {
    const pictures = ['classify', 'classify-foreign', 'detect', 'segment', 'segment-classes', 'anomaly', 'read'].map((name) =>
      imageSlot(name),
    );
    const windows = ['sequence-score', 'sequence-classes'].map((name) => windowSlot(name, { explain: 'always' }));
    const { engine, loads } = await started([...pictures, ...windows]);
    expect(loads.map(({ state, fault }) => [state, fault])).toEqual(Array(9).fill(['live', null]));
    const seen = frame(64, 48, 'rgb8', () => 240);
    const image = async (name: string) => engine.infer(`outlet/${name}`, { image: await engine.prepare(`outlet/${name}`, seen) });
    const window = tagWindow([...Array(11).fill([9, 9, 9]), [3, -1, 1]]);
    expect(await image('detect')).toMatchObject({
      label: 'crack',
      boxes: [{ region: [16, 12, 16, 12] }, { label: 'pore', region: [32, 24, 32, 24] }],
    });
    expect(await image('segment')).toMatchObject({ label: 'scratch', score: expect.closeTo(240 / 255, 5) });
    expect((await image('segment-classes')).probabilities).toHaveProperty('dent');
    expect(await image('anomaly')).toMatchObject({ label: 'odd', score: expect.closeTo(2 * (240 / 255 - 0.5), 5) });
    expect((await image('classify-foreign')).probabilities).toHaveProperty('scratch');
    expect(await image('read')).toMatchObject({ label: 'E', reading: { text: 'E', characters: [expect.closeTo(1, 1)] } });
    const score = await engine.infer('outlet/sequence-score', { window });
    expect(score).toMatchObject({ label: 'faulty', score: expect.closeTo(1 / (1 + Math.exp(-3)), 5) });
    const classes = await engine.infer('outlet/sequence-classes', { window });
    expect(classes).toMatchObject({ label: 'good', contributions: { 'plc.a': 0.75, 'plc.b': 0, 'plc.c': 0.25 } });
  });

  it('keeps results apart when many parts are under way at once', async () => {
    const { engine } = await started([imageSlot('classify')], { config: { queue: 64 } });
    const parts = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? scratchFrame() : goodFrame()));
    const labels = await Promise.all(
      parts.map(async (part) => (await engine.infer('outlet/classify', { image: await engine.prepare('outlet/classify', part) })).label),
    );
    expect(labels).toEqual(parts.map((_, i) => (i % 3 === 0 ? 'scratch' : 'good')));
  });

  it('leaves the prepared picture as it was, so that it may be judged again', async () => {
    const { engine } = await started([imageSlot('classify'), imageSlot('classify-other')]);
    const image = await engine.prepare('outlet/classify', scratchFrame());
    const before = image.pixels.slice();
    const first = await engine.infer('outlet/classify', { image });
    expect(await engine.infer('outlet/classify', { image })).toMatchObject({ score: first.score });
    await engine.infer('outlet/classify-other', { image });
    expect(image.pixels).toEqual(before);
  });

  it('tells boxes in the pixels of the network where nobody says what was cut', async () => {
    const { engine } = await started([imageSlot('detect')]);
    const image = { slot: 'outlet/detect', pixels: new Uint8Array(16 * 16 * 3).fill(240) };
    expect((await engine.infer('outlet/detect', { image })).boxes?.[0]?.region).toEqual([4, 4, 4, 4]);
  });

  it('fills the holes of a window, and refuses one in which a tag was never known', async () => {
    const { engine } = await started([windowSlot('sequence-score')]);
    const holes = tagWindow([...Array(11).fill([Number.NaN, 1, 1]), [0.5, Number.NaN, Number.NaN]]);
    const { score } = await engine.infer('outlet/sequence-score', { window: holes });
    expect(score).toBeCloseTo(1 / (1 + Math.exp(-2.5)), 5);
    const blind = tagWindow(Array(12).fill([Number.NaN, 1, 1]));
    expect(await faultOf(engine.infer('outlet/sequence-score', { window: blind }))).toMatchObject({
      code: 'WINDOW_GAPS',
      details: { percent: 100 },
    });
  });

  it('refuses what does not fit the package, and says what it wants', async () => {
    const { engine } = await started([imageSlot('classify'), windowSlot('sequence-score')]);
    const small = { slot: 'outlet/classify', pixels: new Uint8Array(7) };
    expect((await faultOf(engine.infer('outlet/classify', { image: small }))).message).toMatch(/MODEL_FAILED.*16x16x1/);
    expect((await faultOf(engine.infer('outlet/classify', {}))).code).toBe('MODEL_FAILED');
    const short = tagWindow(Array(5).fill([1, 1, 1]));
    expect((await faultOf(engine.infer('outlet/sequence-score', { window: short }))).message).toMatch(/12 steps x 3 tags.*5 x 3/);
    expect((await faultOf(engine.prepare('outlet/sequence-score', goodFrame()))).message).toMatch(/takes no picture/);
    expect((await faultOf(engine.infer('outlet/nobody', {}))).message).toMatch(/outlet\/nobody.*no such slot/);
  });

  it('refuses a package that wants another number of tags than the station gives', async () => {
    const { loads } = await started([windowSlot('sequence-score', { channels: ['plc.a'] })]);
    expect(loads[0]?.fault?.message).toMatch(/MODEL_INVALID.*wants 3 tags, the station gives 1/);
  });

  it('starts no pixels thread where nobody looks at a camera', async () => {
    const { engine, threads } = await started([windowSlot('sequence-score')]);
    expect(threads.map(({ entry }) => entry)).toEqual(['worker']);
    expect(Object.keys(engine.health())).toEqual(['model/outlet/sequence-score']);
  });

  it('says how it is, by slot', async () => {
    const { engine, statuses } = await started([imageSlot('classify'), imageSlot('garbage')]);
    const health = engine.health();
    expect(health['model/outlet/classify']).toEqual({ status: 'running', fault: null, restarts: 0 });
    expect(health['model/outlet/garbage']).toMatchObject({ status: 'failed', fault: { code: 'MODEL_INVALID' } });
    expect(health[`model/${PIXELS}`]).toMatchObject({ status: 'running' });
    expect(engine.queues()['model/outlet/classify']).toMatchObject({ depth: 0, bound: 16, dropped: 0 });
    expect(engine.loaded('outlet/classify')).toMatchObject({ variant: 'int8-u8s8', golden: { cases: 1, tolerance: 1e-4 } });
    expect(statuses).toContainEqual({ slot: 'outlet/classify', status: 'running', fault: null });
  });

  it('rejects everything under way when it stops, and what comes after; stopping twice is harmless', async () => {
    const { engine } = await started([imageSlot('classify')]);
    const image = await engine.prepare('outlet/classify', goodFrame());
    const pending = Promise.allSettled(Array.from({ length: 10 }, () => engine.infer('outlet/classify', { image })));
    await Promise.all([engine.stop(), engine.stop()]);
    for (const result of await pending) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'STOPPING' });
    }
    expect((await faultOf(engine.infer('outlet/classify', { image }))).code).toBe('STOPPING');
    expect(
      (
        await faultOf(
          engine.prepare(
            'outlet/classify',
            frame(40, 40, 'mono8', () => 0),
          ),
        )
      ).code,
    ).toBe('STOPPING');
  });

  it('may be stopped while it starts', async () => {
    const { engine } = await bench([imageSlot('classify'), imageSlot('detect')]);
    const reports = engine.start();
    await engine.stop();
    for (const { state } of await reports) expect(state).toBe('refused');
    expect((await faultOf(engine.infer('outlet/classify', {}))).code).toBe('STOPPING');
  });
});
