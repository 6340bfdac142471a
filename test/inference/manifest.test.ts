import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { LinesideError } from '#agent/errors.js';
import { channelNames, readManifest } from '#agent/inference/manifest.js';
import { MODELS } from './setup.ts';

const made: string[] = [];
afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true });
});

/** A copy of a fixture package whose manifest went through `edit`. */
async function edited(name: string, edit: (text: string) => string): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'manifest-'));
  made.push(base);
  await cp(join(MODELS, name), join(base, name), { recursive: true });
  const file = join(base, name, 'manifest.yaml');
  await writeFile(file, edit(await readFile(file, 'utf8')));
  return join(base, name);
}
const faultOf = (folder: string): Promise<LinesideError> =>
  readManifest(folder).then(
    () => expect.fail('the manifest was taken'),
    (thrown) => {
      expect(thrown).toBeInstanceOf(LinesideError);
      return thrown;
    },
  );
const faultAfter = async (name: string, from: string | RegExp, to: string) => {
  const fault = await faultOf(await edited(name, (text) => text.replace(from, to)));
  expect(fault.code).toBe('MODEL_INVALID');
  expect(fault.details['model']).toBe(name);
  return String(fault.details['why']);
};

describe('a manifest', () => {
  it('is read with the defaults of its schema and of its kind', async () => {
    const manifest = await readManifest(join(MODELS, 'segment-classes'));
    expect(manifest.decode).toEqual({ score: 'probabilities', top: 0.01 });
    expect(manifest.calibration).toEqual({ rows: 400, autocorrelation: 0.9, floor: 1e-6, ridge: 1e-3, quantile: 0.99, factor: 2 });
    expect(manifest.tensors).toEqual({});
    expect(manifest.folder).toBe(join(MODELS, 'segment-classes'));
  });

  it('tells durations in ms, and the names of its channels', async () => {
    const manifest = await readManifest(join(MODELS, 'sequence-forecast'));
    expect(manifest.inputs.window?.every).toBe(100);
    expect(channelNames(manifest)).toEqual(['a', 'b', 'c']);
    expect(channelNames(await readManifest(join(MODELS, 'classify')))).toEqual([]);
  });

  it('may name its channels without more', async () => {
    const folder = await edited('sequence-score', (text) => text.replace(/"channels": \[.*?\]/, '"channels": ["a", "b", "c"]'));
    expect(channelNames(await readManifest(folder))).toEqual(['a', 'b', 'c']);
  });

  it('that is missing says which file', async () => {
    const fault = await faultOf(join(MODELS, 'nowhere'));
    expect(fault.code).toBe('MODEL_INVALID');
    expect(fault.message).toMatch(/nowhere.*manifest\.yaml cannot be read.*ENOENT/);
  });

  it('that is no YAML says line and column', async () => {
    expect(await faultAfter('classify', 'kind: ', 'kind: [')).toMatch(/^manifest\.yaml:\d+:\d+: /);
  });

  it('that is empty, a list or a number is refused', async () => {
    for (const text of ['', '- a', '7', 'just words']) {
      const fault = await faultOf(await edited('classify', () => text));
      expect(fault.message).toMatch(/^\[MODEL_INVALID\].*the manifest must be object/);
    }
  });

  it('with an unknown key names it', async () => {
    expect(await faultAfter('classify', 'labels:', 'lables:')).toMatch(/lables/);
    expect(await faultAfter('classify', 'decode: {}', 'decode: {"iou": 0.5}')).toMatch(/decode .*\(?iou/);
  });

  it('with several faults names them all', async () => {
    const why = await edited('classify', (text) => text.replace('"width": 16', '"width": "wide"').replace('"score": 0.5', '"score": 50'));
    const fault = await faultOf(why);
    expect(fault.message).toMatch(/inputs\.image\.width/);
    expect(fault.message).toMatch(/thresholds\.score/);
  });

  it.each([
    ['another name than its folder', 'name: "classify"', 'name: "other"', /name is other, the folder is classify/],
    ['an unknown kind', 'kind: "classify"', 'kind: "guess"', /kind /],
    ['a version that is a number', 'version: "1.0.0"', 'version: 1.0', /version must be string/],
    ['no good label where it needs one', 'good: "good"\n', '', /good is missing/],
    ['a good label that is none', 'good: "good"', 'good: "fine"', /good is fine.*good, scratch, dent/],
    ['labels twice', '"dent"]', '"good"]', /labels /],
    [
      'a window for a picture',
      '"image": {"width": 16, "height": 16, "channels": 1, "resize": "bilinear"}',
      '"window": {"steps": 3, "channels": ["a"]}',
      /inputs must hold image/,
    ],
    ['no input', '"image": {"width": 16, "height": 16, "channels": 1, "resize": "bilinear"}', '', /inputs must hold image/],
    ['two channels', '"channels": 1', '"channels": 2', /inputs\.image\.channels/],
    ['a resize that nobody does', 'bilinear', 'bicubic', /inputs\.image\.resize/],
    ['a review band that runs backwards', '[0.4, 0.6]', '[0.6, 0.4]', /review runs backwards/],
    ['no variant', /variants: .*\n/, 'variants: {}\n', /variants/],
    ['a hash that is none', /"sha256": "[0-9a-f]{64}"/, '"sha256": "abc"', /variants\.\S+\.sha256/],
    ['a file outside its folder', 'model.fp32.onnx', '../model.fp32.onnx', /variants\.fp32\.file/],
    ['a negative tolerance', '"tolerance": 0.0001', '"tolerance": -1', /golden\.tolerance/],
  ])('with %s is refused', async (_, from, to, expected) => {
    expect(await faultAfter('classify', from, to)).toMatch(expected);
  });

  it.each([
    ['no area', '[2, 2, 0, 12]', '[16, 16]', /decode\.registered\.reference 2, 2, 0, 12 has no area/],
    ['a reference that is larger than the field', '[2, 2, 20, 12]', '[16, 16]', /reference 2, 2, 20, 12 reaches beyond the field of 16x16/],
    ['a reference beyond the field', '[2, 5, 12, 12]', '[16, 16]', /reference 2, 5, 12, 12 reaches beyond the field of 16x16/],
    [
      'a field of another size than its picture',
      '[2, 2, 12, 12]',
      '[32, 16]',
      /field is 32x16, and the picture is 16x16: they must be the same/,
    ],
  ])('of a part that moves is refused with %s', async (_, reference, field, expected) => {
    const options = `decode: {"registered": {"reference": ${reference}, "field": ${field}, "least": 0.5}}`;
    expect(await faultAfter('anomaly', /decode: .*/, options)).toMatch(expected);
  });

  it('of a part that moves is taken where reference, field and picture fit', async () => {
    const fits = 'decode: {"registered": {"reference": [2, 2, 12, 12], "field": [16, 16], "least": 0.5}}';
    expect((await readManifest(await edited('anomaly', (text) => text.replace(/decode: .*/, fits)))).decode).toMatchObject({
      registered: { field: [16, 16] },
    });
  });

  it('checks the settings of its kind', async () => {
    expect(await faultAfter('detect', '"iou": 0.5', '"iou": 5')).toMatch(/decode\.iou/);
    expect(await faultAfter('segment', '"score": "top"', '"score": "worst"')).toMatch(/decode\.score.*probabilities, top/);
    expect(await faultAfter('sequence-forecast', '"forecast"', '"guess"')).toMatch(/decode\.method/);
    expect(await faultAfter('sequence-forecast', '"every": "100ms"', '"every": 100')).toMatch(/inputs\.window\.every/);
  });
});
