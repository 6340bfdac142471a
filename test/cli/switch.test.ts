import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { switchPackage } from '#agent/runtime/model-switch.js';
import { scratch, write } from '../desk/evaluation/setup.ts';
import { MODELS } from '../inference/setup.ts';
import { lineside } from './setup.ts';

function line(models: string): { folder: string; file: string; shelf: string } {
  const folder = scratch();
  const shelf = join(folder, 'shelf');
  for (const name of ['classify', 'classify-other']) cpSync(join(MODELS, name), join(shelf, name), { recursive: true });
  const file = join(folder, 'line.yaml');
  write(
    file,
    `# line 3, hall 2
line: {enterprise: acme, site: dresden, area: castings, line: line3}
cameras: {top: {url: "sim://press", period: 200ms}}
stations:
  outlet:
    trigger: {camera: top}
    deadline: 1s
    models:
${models}
inference: {models: "${shelf}"}
store: {path: .}
`,
  );
  return { folder, file, shelf };
}
const SHADOWED = `      surface:
        model: classify # since March
        camera: top
        shadow: {model: classify-other, threshold: 0.4}`;
const surfaceIn = (file: string) => parse(readFileSync(file, 'utf8')).stations.outlet.models.surface;

describe('models promote and rollback', () => {
  it('put the candidate in the place, remember the one before, and go back', () => {
    const { file } = line(SHADOWED);
    const promoted = lineside('models', 'promote', '--config', file, '--json');
    expect(promoted.stderr).toBe('');
    expect(JSON.parse(promoted.stdout)).toMatchObject({
      place: 'outlet/surface',
      change: 'promoted',
      from: { model: 'classify' },
      to: { model: 'classify-other', threshold: 0.4 },
    });
    expect(surfaceIn(file)).toEqual({ model: 'classify-other', threshold: 0.4, camera: 'top', previous: { model: 'classify' } });
    expect(readFileSync(file, 'utf8')).toMatch(/# line 3, hall 2[\s\S]*# since March/);
    const back = lineside('models', 'rollback', 'outlet/surface', '--config', file);
    expect(back.status).toBe(0);
    expect(back.stdout).toContain('classify judges now, classify-other did before');
    expect(surfaceIn(file)).toMatchObject({ model: 'classify', camera: 'top', shadow: { model: 'classify-other', threshold: 0.4 } });
    expect(surfaceIn(file).threshold).toBeUndefined();
  });

  it('go back to the package before, also where only the threshold was another one since', () => {
    const { file } = line(`      surface:
        model: classify
        camera: top
        shadow: {model: classify, threshold: 0.4}
        previous: {model: classify-other, region: whole}`);
    expect(lineside('models', 'promote', '--config', file).stderr).toBe('');
    expect(surfaceIn(file)).toEqual({
      model: 'classify',
      camera: 'top',
      threshold: 0.4,
      previous: { model: 'classify-other', region: 'whole' },
    });
    expect(lineside('models', 'rollback', '--config', file).stdout).toContain('classify-other judges now');
  });

  it('leave a file alone that somebody changes while a package is proved', async () => {
    const { file } = line(SHADOWED);
    const switched = switchPackage(file, undefined, 'promote');
    // Each variant is proved in a process of its own.
    await vi.waitFor(() => expect(readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')).not.toBe(''), {
      timeout: 20_000,
      interval: 5,
    });
    const changed = readFileSync(file, 'utf8').replace('threshold: 0.4', 'threshold: 0.9');
    writeFileSync(file, changed);
    await expect(switched).rejects.toMatchObject({ code: 'CONFIG_CHANGED' });
    expect(readFileSync(file, 'utf8')).toBe(changed);
  });

  it('refuse a candidate that does not give its golden outputs, and leave the file alone', () => {
    const { file, shelf } = line(SHADOWED);
    const before = readFileSync(file, 'utf8');
    for (const network of ['model.fp32.onnx', 'model.int8-u8s8.onnx']) writeFileSync(join(shelf, 'classify-other', network), 'no network');
    const { status, stderr } = lineside('models', 'promote', '--config', file);
    expect(status).not.toBe(0);
    expect(stderr).toContain('classify-other');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('say why a candidate whose package is torn is not there to be promoted', () => {
    const { file, shelf } = line(SHADOWED);
    writeFileSync(join(shelf, 'classify-other', 'manifest.yaml'), 'name: [torn');
    for (const place of [[], ['outlet/surface']]) {
      const { status, stderr } = lineside('models', 'promote', ...place, '--config', file);
      expect(status).toBe(2);
      expect(stderr).toMatch(
        /has a `shadow` to promote; stations\.outlet\.models\.surface\.shadow\.model cannot be used, and does not run: /,
      );
    }
  });

  it.each([
    ['promote', [], /no model of the config has a `shadow` to promote/],
    ['rollback', [], /no model of the config has a `previous` to go back to/],
    ['promote', ['outlet/nobody'], /there is no model outlet\/nobody/],
  ] as const)('%s %j says what is missing', (verb, args, why) => {
    const { file } = line('      surface: {model: classify, camera: top}');
    const { status, stderr } = lineside('models', verb, ...args, '--config', file);
    expect(status).toBe(2);
    expect(stderr).toMatch(why);
  });
});
