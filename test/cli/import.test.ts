import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readManifest } from '#agent/inference/manifest.js';
import { packageRoot } from '#agent/platform/package-root.js';
import { scratch, write } from '../desk/evaluation/setup.ts';

const IMPORTS = join(packageRoot, 'test', 'fixtures', 'imports');
const file = (name: string) => join(IMPORTS, name);
const PARTS = ['--labels', 'good,scratch,dent', '--good', 'good'];

let models = '';
beforeEach(() => {
  models = scratch();
});
function lineside(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(packageRoot, 'dist', 'bundle', 'main.js'), 'models', ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, stdout, stderr };
}
const imported = (name: string, ...more: readonly string[]) => lineside('import', name, '--models', models, ...more);

describe('models import', () => {
  it('makes a package of a file and the framework’s own outputs, says what it put around it, and the package verifies', async () => {
    const golden = ['--golden', file('pytorch-cnn.npz')];
    const { status, stdout } = imported(file('pytorch-cnn.onnx'), ...PARTS, '--range', '0..1', ...golden, '--summary', 'Tells good tiles.');
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('imported pytorch-cnn: classify, fp32') });
    expect(stdout).toContain('4 golden cases from the framework');
    expect(stdout).toContain('put around it: uint8 NHWC in, NCHW and floats behind; softmax');
    const manifest = await readManifest(join(models, 'pytorch-cnn'));
    expect(manifest).toMatchObject({ version: '0.1.0', summary: 'Tells good tiles.', labels: ['good', 'scratch', 'dent'], good: 'good' });
    expect(lineside('verify', 'pytorch-cnn', '--models', models).status).toBe(0);
  });

  it('says that nobody vouches for the outputs where there are no goldens, and tells a script the same in JSON', () => {
    const { stdout } = imported(file('lightning-cnn.onnx'), ...PARTS);
    expect(stdout).toContain('nobody but this runtime vouches for its outputs');
    const told = JSON.parse(imported(file('lightning-cnn.onnx'), ...PARTS, '--name', 'again', '--json').stdout);
    expect(told).toMatchObject({ package: 'again', kind: 'classify', variant: 'fp32', wrapped: [], goldens: { from: 'this runtime' } });
    expect(existsSync(join(told.folder, 'manifest.yaml'))).toBe(true);
  });

  it.each([
    ['the scaling', ['pytorch-cnn.onnx', ...PARTS], /how bytes become the floats/],
    ['the labels', ['lightning-cnn.onnx'], /labels/],
    ['what is good', ['lightning-cnn.onnx', '--labels', 'good,scratch,dent'], /--good/],
    ['the channels', ['keras-encoder.onnx', ...PARTS], /--channels/],
  ])('asks for %s, which stands in no file: without an answer it ends with 2 and writes nothing', (_, [name = '', ...more], why) => {
    const { status, stdout, stderr } = imported(file(name), ...more);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(why);
    expect(existsSync(join(models, name.replace('.onnx', '')))).toBe(false);
  });

  it('refuses outputs that are not the framework’s, and says what to compare', () => {
    const wrong = imported(file('pytorch-cnn.onnx'), ...PARTS, '--range', '-1..1', '--golden', file('pytorch-cnn.npz'));
    expect(wrong.stderr).toMatch(/MODEL_UNFIT.*What to change: compare how bytes become floats/);
    expect(existsSync(join(models, 'pytorch-cnn'))).toBe(false);
  });

  it('refuses what is no network, and a name that is taken until it is told to replace it', () => {
    const text = join(scratch(), 'weights.onnx');
    write(text, 'weights');
    expect(imported(text, ...PARTS).stderr).toMatch(/MODEL_UNFIT.*no ONNX file.*export the network as ONNX/);
    const first = imported(file('lightning-cnn.onnx'), ...PARTS);
    const second = imported(file('lightning-cnn.onnx'), ...PARTS);
    expect([first.status, second.status]).toEqual([0, 2]);
    expect(second.stderr).toContain('--force');
    const manifest = join(models, 'lightning-cnn', 'manifest.yaml');
    expect(imported(file('lightning-cnn.onnx'), ...PARTS, '--force', '--release', '2.0.0').status).toBe(0);
    expect(readFileSync(manifest, 'utf8')).toContain('version: 2.0.0');
  });
});
