import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { v7 as uuid } from 'uuid';
import { describe, expect, it } from 'vitest';
import type { Inspection, TagWindow } from '#agent/contracts/index.js';
import { calibrationFiles, writeCalibration } from '#agent/inference/calibration-file.js';
import { halves, scratch, write } from '../desk/evaluation/setup.ts';
import { MODELS } from '../inference/setup.ts';
import { finding } from '../publishers/samples.ts';
import { entry, frame, open } from '../store/setup.ts';
import { lineside } from './setup.ts';

const compare = (...args: readonly string[]) => lineside('models', 'compare', ...args, '--models', MODELS);
const json = (...args: readonly string[]) => {
  const { status, stdout, stderr } = compare(...args, '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
};

/** Dark is good, bright on the left a scratch, on the right a dent; to `classify-other` it is the other way round. */
async function labelled(): Promise<string> {
  const folder = scratch();
  await halves(join(folder, 'good', 'a.png'), 5, 5);
  await halves(join(folder, 'scratch', 'b.png'), 250, 5);
  await halves(join(folder, 'dent', 'c.png'), 5, 250);
  return folder;
}

describe('models compare', () => {
  it('tells what changes, and who is right where that is known', async () => {
    const folder = await labelled();
    const found = json('classify@fp32', 'classify-other', '--on', folder);
    expect(found).toMatchObject({
      on: { name: 'labelled', samples: 3, groups: 3, judged: 3 },
      a: { package: 'classify', variant: 'fp32' },
      b: { package: 'classify-other', variant: 'fp32' },
      agreement: { says: { same: expect.any(Number) } },
      truth: { known: 3, right: { means: expect.stringContaining('faulty') }, figures: { missed: { a: 0 } } },
    });
    expect(found.agreement.says.same).toBeLessThan(3);
    expect(found.truth.figures.accuracy.a).toBe(1);
    expect(found.truth.figures.accuracy.b).toBeLessThan(1);
    expect(found.differences[0]).toMatchObject({ id: expect.stringMatching(/png$/), a: { says: expect.any(String) } });
  });

  it('puts the most different pictures side by side', async () => {
    const folder = await labelled();
    const picture = join(folder, 'out.png');
    const { status, stdout } = compare('classify@int8-u8s8', 'classify-other', '--on', folder, '--picture', picture, '--show', '2');
    expect(status).toBe(0);
    expect(stdout).toMatch(/A classify@int8-u8s8 1\.0\.0\nB classify-other@fp32/);
    expect(stdout).toMatch(/same verdict +\d of 3/);
    const { format, width = 0, height = 0 } = await sharp(readFileSync(picture)).metadata();
    expect(format).toBe('png');
    expect(width).toBeGreaterThan(1000);
    // One row of two blocks.
    expect(height).toBeLessThan(400);
  });

  it('takes @variant as one of the same package, and loose pictures as pictures without a truth', async () => {
    const folder = scratch();
    await halves(join(folder, 'a.png'), 5, 5);
    await halves(join(folder, 'b.png'), 250, 5);
    const found = json('classify@fp32', '@int8-u8s8', '--on', folder);
    expect(found).toMatchObject({ on: { name: 'pictures', samples: 2 }, b: { package: 'classify', variant: 'int8-u8s8' }, truth: null });
    expect(found.agreement.verdict.same).toBe(2);
    expect(found.scores.max).toBeGreaterThan(0);
  });

  it('reads a note a line', () => {
    const folder = scratch();
    write(join(folder, 'notes.txt'), 'leaking hose\n\npump broken\n');
    const found = json('text', 'text', '--on', join(folder, 'notes.txt'));
    expect(found).toMatchObject({ on: { name: 'notes', samples: 2 }, agreement: { says: { same: 2 } }, differences: [] });
    expect(compare('text', 'text', '--on', join(folder, 'notes.txt'), '--picture', 'x.png').status).toBe(2);
  });

  it.each([
    [['classify', '@fp16', '--on', '.'], 2, /no variant fp16/],
    [['classify', 'sequence-score', '--on', '.'], 2, /sequence-score looks at no image/],
    [['classify', 'classify'], 2, /--on/],
    [['classify', 'nowhere', '--on', '.'], 4, /MODEL_INVALID.*nowhere/],
    [['classify', 'classify', '--on', 'nowhere'], 6, /DATA_MISSING/],
  ])('says what is wrong with %j', async (args, code, why) => {
    const folder = await labelled();
    const { status, stderr } = compare(...args.map((arg) => (arg === '.' ? folder : arg)));
    expect({ status, stderr }).toEqual({ status: code, stderr: expect.stringMatching(why) });
  });
});

const window = (n: number): TagWindow => ({
  tags: ['plc.a', 'plc.b', 'plc.c'],
  endsAt: 1_770_000_000_000 + n * 1200,
  everyMs: 100,
  steps: 12,
  values: Float32Array.from({ length: 36 }, (_, i) => (i === 7 ? Number.NaN : Math.sin(n * 36 + i * i))),
  quality: Uint8Array.from({ length: 36 }, (_, i) => (i === 7 ? 3 : 0)),
});

const twoHalves = (x: number) => (x < 16 ? 5 : 250);

/** A journal with a picture of 32x16 for each part, `greyOf` each of its columns. */
async function journal(parts: readonly Partial<Inspection>[], greyOf: (x: number) => number = twoHalves): Promise<string> {
  const { store, path } = await open();
  for (const [i, part] of parts.entries()) {
    const one = entry(i + 1, { id: uuid(), at: 1_770_000_000_000 + i * 1000, ...part });
    await store.journal.append(one);
    const { frame: picture } = frame({ width: 32, height: 16 });
    picture.pixels.forEach((_, at) => {
      picture.pixels[at] = greyOf(at % 32);
    });
    store.journal.keepImage(one.inspection.id, { frame: picture, role: 'frame' });
  }
  await store.stop();
  return path;
}
const frameOf = (truth: string) => [{ ...REFERENCE, truth }];
const REFERENCE = { camera: 'top', sequence: 1, captured: 1, width: 32, height: 16, format: 'mono8' as const, offsetMs: 0 };

describe('models compare on a journal', () => {
  it('judges kept pictures again, by the truth that their frames came with', async () => {
    const path = await journal([{ frames: frameOf('dent') }, { frames: frameOf('ok') }]);
    const found = json('classify@fp32', 'classify@int8-u8s8', '--on', path);
    expect(found).toMatchObject({ on: { name: 'recorded', samples: 2 }, truth: { known: 2, figures: { false_alarms: { a: 1, b: 1 } } } });
    expect(found.remarks).toContainEqual(expect.stringContaining('whole pictures'));
  });

  it('takes region and threshold from the station', async () => {
    const path = await journal([{ frames: frameOf('ok') }]);
    const config = join(path, 'line.yaml');
    const station = (model: string) => `line: {enterprise: acme, site: dresden, area: castings, line: line3}
cameras: {top: {url: "sim://press", period: 200ms}}
stations: {outlet: {trigger: {camera: top}, models: {surface: ${model}}}}
inference: {models: "${MODELS}"}
store: {path: .}
`;
    const run = (model: string) => {
      write(config, station(model));
      return json('classify@fp32', '@int8-u8s8', '--config', config).agreement.verdicts;
    };
    // The left half is dark all over: good. The right one is bright.
    expect(run('{model: classify, region: [0, 0, 16, 16]}').ok.ok).toBe(1);
    expect(run('{model: classify}').nok.nok).toBe(1);
    expect(run('{model: classify, threshold: 1, review: [1, 1]}').nok.nok).toBe(0);
  });

  it('reads codes by the station’s format, as the station does', async () => {
    // To the fixture `read` four columns of this picture are a character, each 51 brighter than the one before: A, D, C.
    const path = await journal([{}], (x) => [0, 51, 0, 204, 0, 0, 153, 0][Math.floor(x / 4)] ?? 0);
    const config = join(path, 'line.yaml');
    const run = (format: string) => {
      write(
        config,
        `line: {enterprise: acme, site: dresden, area: castings, line: line3}
cameras: {top: {url: "sim://press", period: 200ms}}
stations: {outlet: {trigger: {camera: top}, models: {code: {model: read${format}}}}}
inference: {models: "${MODELS}"}
store: {path: .}
`,
      );
      return json('read', 'read', '--config', config).agreement.verdicts;
    };
    expect(run('').ok.ok).toBe(1);
    expect(run(', format: "aaa"').ok.ok).toBe(1);
    expect(run(', format: "A[BE]a"').nok.nok).toBe(1);
  });

  it('judges windows again, their holes filled as for the station, and draws both scores', async () => {
    const path = await journal([{ window: window(1) }, { window: window(2) }, { window: null }]);
    const picture = join(path, 'scores.png');
    const found = json('sequence-score', 'sequence-score', '--on', path, '--picture', picture);
    expect(found).toMatchObject({ on: { samples: 2, judged: 2 }, agreement: { verdict: { same: 2 } }, truth: null });
    expect((await sharp(readFileSync(picture)).metadata()).format).toBe('png');
  });

  it('lets a forecast learn from accepted parts first, and says when they are too few', async () => {
    const whole = (i: number): TagWindow => {
      const values = Float32Array.from({ length: 36 }, (_, at) => Math.sin((i * 36 + at) ** 2));
      return { ...window(i), values, quality: new Uint8Array(36) };
    };
    const enough = await journal(Array.from({ length: 40 }, (_, i) => ({ window: whole(i) })));
    expect(json('sequence-forecast', 'sequence-forecast', '--on', enough).agreement.verdict.same).toBe(40);
    const few = await journal([{ window: window(1) }]);
    expect(compare('sequence-forecast', 'sequence-forecast', '--on', few)).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('UNCALIBRATED'),
    });
  });

  it('takes what the station has learned, where it has learned it for this package', async () => {
    const path = await journal([{ window: window(1) }]);
    const config = join(path, 'line.yaml');
    const tags = ['a', 'b', 'c'];
    write(
      config,
      `line: {enterprise: acme, site: dresden, area: castings, line: line3}
opcua:
  plc:
    endpoint: opc.tcp://127.0.0.1:4840
    security: {mode: None, policy: None}
    tags: {${tags.map((tag) => `${tag}: {node: "ns=1;s=${tag}", unit: bar}`).join(', ')}}
stations:
  outlet:
    trigger: {every: 1s}
    window: {tags: [plc.a, plc.b, plc.c], span: 1200ms, every: 100ms}
    models: {press: {model: sequence-forecast}}
inference: {models: "${MODELS}"}
store: {path: .}
`,
    );
    const files = calibrationFiles({ id: 'outlet/press', package: 'sequence-forecast' }, join(path, 'calibration'));
    const identity = { package: 'sequence-forecast', version: '1.0.0', channels: tags.map((tag) => `plc.${tag}`) };
    const normal = { mean: [0, 0, 0], spread: [1, 1, 1], scored: [1, 1, 0] };
    await writeCalibration(files[0], identity, {
      ...normal,
      channels: [0, 1],
      center: [0, 0],
      precision: [1, 0, 0, 1],
      limit: 5,
      rows: 150,
    });
    expect(json('sequence-forecast', 'sequence-forecast', '--config', config)).toMatchObject({ on: { samples: 1, judged: 1 } });
  });

  it('reads recorded notes again', async () => {
    const note = { text: 'leaking hose', words: [], truncated: false };
    const path = await journal([{ findings: [finding({ model: 'notes', kind: 'text', note })] }]);
    expect(json('text', 'text', '--on', path)).toMatchObject({ on: { samples: 1 }, agreement: { says: { same: 1 } } });
  });

  it('asks which station is meant, and says where there is nothing', async () => {
    const path = await journal([{}, { station: 'inlet' }]);
    expect(compare('classify', 'classify', '--on', path)).toMatchObject({ status: 2, stderr: expect.stringContaining('inlet, outlet') });
    expect(json('classify', 'classify', '--on', path, '--station', 'inlet').on.samples).toBe(1);
    expect(compare('sequence-score', 'sequence-score', '--on', path, '--station', 'inlet').status).toBe(6);
  });
});
