import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluate } from '#agent/desk/evaluation/evaluate.js';
import { PROTOCOLS, protocolOf } from '#agent/desk/evaluation/protocols/index.js';
import { neuDet } from '#agent/desk/evaluation/protocols/neu-det.js';
import { screws } from '#agent/desk/evaluation/protocols/screws.js';
import { skab } from '#agent/desk/evaluation/protocols/skab.js';
import { readManifest } from '#agent/inference/manifest.js';
import { packageRoot } from '#agent/platform/package-root.js';
import { evaluatedBy, halves, packageLike, scratch, write } from './setup.ts';

const facts = { labels: [], good: 'good', threshold: 0.5 };

describe('every protocol', () => {
  it('is found by its name, and says which there are for another', () => {
    for (const protocol of PROTOCOLS) expect(protocolOf(protocol.name)).toBe(protocol);
    expect(() => protocolOf('imagenet')).toThrow(/USAGE.*magnetic-tile.*skab/);
  });
});

describe('screws', () => {
  it('looks at the four quarters of each test picture, in the order of its file name', async () => {
    const folder = scratch();
    write(join(folder, 'split.csv'), 'file,present,split\n1_1011.jpg,1011,train\n2_0110.jpg,0110,test\n');
    const samples = await screws.samples(folder);
    expect(samples.map(({ truth, group }) => [truth, group])).toEqual([true, false, false, true].map((missing) => [missing, '2_0110.jpg']));
    expect(samples.map(({ input }) => input.region)).toEqual([
      [0, 0, 300, 394],
      [300, 0, 300, 394],
      [0, 394, 300, 395],
      [300, 394, 300, 395],
    ]);
  });
  it('counts places, and missing screws that pass at the threshold', () => {
    const places = [
      [true, 0.5],
      [true, 0.49],
      [true, 0.1],
      [false, 0.9],
      [false, 0.2],
    ] as const;
    const evidence = places.map(([missing, score]) => screws.weigh(missing, { label: null, score }, facts));
    expect(screws.figures(evidence)).toEqual({ accuracy: 2 / 5, missed: 2 });
  });
  it('runs by region through a package', async () => {
    const folder = scratch();
    write(join(folder, 'split.csv'), 'file,present,split\na.png,1010,test\n');
    // Each quarter sees what lies in it: the left half of the picture is dark, the right one bright.
    await halves(join(folder, 'a.png'), 5, 250, 789);
    const models = packageLike('classify', evaluatedBy('screws'));
    const [found] = await evaluate(await readManifest(join(models, 'classify')), screws, {
      folder,
      providers: ['cpu'],
      variants: ['fp32'],
    });
    expect(found).toMatchObject({ variant: 'fp32', samples: 4, groups: 1 });
    expect(found?.figures['accuracy']).toMatchObject({ int8: null, fp32: expect.any(Number), baseline: 0.5 });
  });
});

describe('neu-det', () => {
  const annotation = (boxes: readonly (readonly number[])[]) =>
    `<annotation>${boxes
      .map(
        ([a, b, c, d]) =>
          `<object><name>rolled-in_scale</name><bndbox><xmin>${a}</xmin><ymin>${b}</ymin><xmax>${c}</xmax><ymax>${d}</ymax></bndbox></object>`,
      )
      .join('\n')}</annotation>`;
  async function one() {
    const folder = scratch();
    write(join(folder, 'folds.csv'), 'file,annotation,class,fold\na.jpg,a.xml,rolled-in_scale,0\nb.jpg,b.xml,crazing,1\n');
    write(
      join(folder, 'a.xml'),
      annotation([
        [0, 0, 100, 100],
        [100, 150, 200, 200],
      ]),
    );
    const [sample] = await neuDet.samples(folder);
    if (!sample) throw new Error('no sample');
    return sample;
  }
  it('reads boxes in the pixels of the picture, which was scaled up from 200', async () => {
    const { truth } = await one();
    expect(truth.label).toBe('rolled in scale');
    expect(truth.boxes.map(({ region }) => region)).toEqual([
      [0, 0, 208, 208],
      [208, 312, 208, 104],
    ]);
  });
  it('takes the class from the probabilities where there are some, else from the surest box', async () => {
    const { truth } = await one();
    const right = { label: 'Rolled_In-Scale', score: 0.9, region: [0, 0, 208, 208] as const };
    const by = (more: object) =>
      neuDet.figures([neuDet.weigh(truth, { label: 'rolled-in_scale', score: 0.9, boxes: [right], ...more }, facts)]);
    // One of two boxes is found.
    expect(by({})).toEqual({ accuracy: 1, map50: 0.5 });
    expect(by({ probabilities: { crazing: 0.6, 'rolled-in_scale': 0.4 } })).toEqual({ accuracy: 0, map50: 0.5 });
    const { boxes: _, ...classified } = { label: 'rolled-in_scale', score: 0.9, boxes: [] };
    expect(neuDet.figures([neuDet.weigh(truth, classified, facts)])).toEqual({ accuracy: 1, map50: Number.NaN });
  });
});

describe('skab', () => {
  const HEADER =
    'datetime;Accelerometer1RMS;Accelerometer2RMS;Current;Pressure;Temperature;Thermocouple;Voltage;Volume Flow RateRMS;anomaly;changepoint';
  /** 400 quiet rows, 60 more, then the flow leaves its range for 60 rows. */
  function recording(): string {
    const rows = Array.from({ length: 520 }, (_, i) => {
      const noise = (k: number) => Math.sin(i * 12.9898 * (k + 1) + k) * 0.5;
      const fault = i >= 460;
      const values = Array.from({ length: 8 }, (_, k) => (10 + k + noise(k) + (fault && k === 7 ? 30 : 0)).toFixed(4));
      return ['2020-03-01 00:00:00', ...values, fault ? '1.0' : '0.0', '0.0'].join(';');
    });
    return [HEADER, ...rows, ''].join('\n');
  }
  async function set() {
    const folder = scratch();
    for (const name of ['other', 'valve1', 'valve2']) write(join(folder, 'data', name, '1.csv'), recording());
    return folder;
  }
  it('reads every recording, with the truth of the rows behind the first 400', async () => {
    const samples = await skab.samples(await set());
    expect(samples.map(({ id }) => id)).toEqual(['other/1.csv', 'valve1/1.csv', 'valve2/1.csv']);
    expect(samples[0]?.truth).toHaveLength(120);
    expect(samples[0]?.truth.filter(Boolean)).toHaveLength(60);
    expect(samples[0]?.input.values).toHaveLength(520 * 8);
  });
  it('pools rows: F1, false alarms among quiet rows, missed ones among faulty rows', () => {
    const said = [0.9, 0.1, 0.5, 0.2].map((score) => ({ label: null, score }));
    const evidence = [skab.weigh([true, true, false, false], said, facts), skab.weigh([true], [{ label: null, score: 1 }], facts)];
    // 2 right, 1 false alarm, 1 missed, 1 quiet.
    expect(skab.figures(evidence)).toEqual({ f1: 4 / 6, far: 1 / 2, mar: 1 / 3 });
  });
  it('has a baseline without a network that sees what is plain to see, with the lag of its smoothing', async () => {
    const [sample] = await skab.samples(await set());
    if (!sample) throw new Error('no sample');
    const alarms = skab.baseline(sample, facts, []).map(({ score }) => score);
    expect(alarms).toHaveLength(120);
    expect(alarms.slice(0, 60)).toEqual(Array(60).fill(0));
    expect(alarms.slice(84)).toEqual(Array(36).fill(1));
  });
  it('calibrates a package on each recording and judges every later row', async () => {
    const models = packageLike('sequence-forecast', (manifest) =>
      evaluatedBy('skab')(manifest.replace(/"channels": \[[^\]]*\]/, '"channels": ["pressure", "voltage", "flow"]')),
    );
    const folder = await set();
    const [found] = await evaluate(await readManifest(join(models, 'sequence-forecast')), skab, { folder, providers: ['cpu'] });
    expect(found).toMatchObject({ samples: 3, groups: 3 });
    // The fixture compares the last two rows with the ten before: of 60 faulty rows it can tell the first eleven.
    expect(found?.figures).toMatchObject({ f1: { fp32: 0.3099, int8: null }, far: { fp32: 0 }, mar: { fp32: 0.8167 } });
    expect(found?.figures['f1']).not.toHaveProperty('p');
  });
  const data = join(process.env['LINESIDE_DATA'] ?? join(packageRoot, '..', 'shared', 'data'), 'skab');
  it.skipIf(!existsSync(data))('on the real set, whitening alone is what training measured', async () => {
    const samples = await skab.samples(data);
    const evidence = samples.map((sample) => skab.weigh(sample.truth, skab.baseline(sample, facts, samples), facts));
    const { f1, far, mar } = skab.figures(evidence);
    expect([samples.length, f1?.toFixed(4), far?.toFixed(4), mar?.toFixed(4)]).toEqual([34, '0.8358', '0.1714', '0.1758']);
  });
});
