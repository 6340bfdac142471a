import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { v7 as uuid } from 'uuid';
import { describe, expect, it } from 'vitest';
import { evaluatedBy, halves, packageLike, scratch, write } from '../desk/evaluation/setup.ts';
import { MODELS } from '../inference/setup.ts';
import { inspection } from '../publishers/samples.ts';
import { entry, open } from '../store/setup.ts';
import { lineside } from './setup.ts';

// A minute is more than any of these networks takes on any box, and nothing fits a hundredth of a millisecond.
const QUICK = ['--rounds', '1', '--runs', '5', '--threads', '1'];
const select = (...args: readonly string[]) => lineside('models', 'select', ...args, ...QUICK);
const withFigures = (fp32: number, int8: number) => (manifest: string) =>
  evaluatedBy('magnetic-tile')(
    manifest.replace('"figures": {}', `"figures": {"auroc": ${fp32}}`).replace('"figures": {}', `"figures": {"auroc": ${int8}}`),
  );

/** Two packages that may stand in for each other, and one that may not. */
function shelf(): string {
  const models = packageLike('classify', withFigures(0.9, 0.85));
  const other = packageLike('classify-other', withFigures(0.95, 0));
  cpSync(join(other, 'classify-other'), join(models, 'classify-other'), { recursive: true });
  cpSync(join(MODELS, 'anomaly'), join(models, 'anomaly'), { recursive: true });
  return models;
}

function config(folder: string, models: string, station = ''): string {
  const file = join(folder, 'line.yaml');
  write(
    file,
    `line: {enterprise: acme, site: dresden, area: castings, line: line3}
cameras: {top: {url: "sim://press", period: 200ms}}
stations:
  outlet:
    trigger: {camera: top}
    deadline: 60s
    models:
      left: {model: classify, region: [0, 0, 16, 16], threshold: 0.7}
      right: {model: classify, region: [16, 0, 16, 16]}
${station}
inference: {models: "${models}"}
store: {path: .}
`,
  );
  return file;
}

describe('models select', () => {
  it('names the most accurate of the packages, with its reasons and the lines for the config', () => {
    const models = shelf();
    const { status, stdout } = select('classify', 'classify-other', '--deadline', '60s', '--models', models);
    expect(status).toBe(0);
    expect(stdout).toMatch(/> +classify-other +fp32 +1 +0\.95/);
    expect(stdout).toMatch(/classify +int8-u8s8 +1 +0\.85/);
    expect(stdout).toMatch(/= for the models +\d+(\.\d+)? ms/);
    expect(stdout).toContain('model: {model: classify-other, variant: fp32}\ninference: {threads: 1}');
  });

  it('chooses for a whole station: all its models at once, in place of what it runs now', () => {
    const models = shelf();
    const file = config(scratch(), models);
    const before = readFileSync(file, 'utf8');
    const { status, stdout } = select('--station', 'outlet', '--config', file, '--json');
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ station: 'outlet', deadline_ms: 60_000, reserve: { rest_ms: 12_000, from: 'rule of thumb' } });
    expect(found.places).toMatchObject([{ models: ['left', 'right'], figure: { name: 'auroc', better: 'higher' } }]);
    expect(found.places[0].candidates.map((one: { package: string }) => one.package)).toEqual(['classify', 'classify', 'classify-other']);
    expect(found.chosen).toMatchObject({ chosen: [{ package: 'classify-other', variant: 'fp32' }], fits: true, loss: 0 });
    // The threshold was the other package's.
    expect(found.config).toContain('      left: {model: classify-other, region: [0, 0, 16, 16], variant: fp32}');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('leaves what the journal says the rest takes, once it knows enough parts', async () => {
    const { store, path } = await open();
    for (let i = 1; i <= 120; i++) {
      const timings = { ...inspection(i).timings, align: i <= 2 ? 30 : 3, rules: 1, answer: 6 };
      await store.journal.append(entry(i, { id: uuid(), at: 1_770_000_000_000 + i, timings }));
    }
    await store.stop();
    const { stdout } = select('--station', 'outlet', '--config', config(path, shelf()), '--json');
    // The second slowest of 120: 30 + 1 + 6.
    expect(JSON.parse(stdout)).toMatchObject({ reserve: { rest_ms: 37, from: 'journal' } });
  });

  it('measures the figures on somebody’s own pictures where it is told to', async () => {
    const folder = scratch();
    await halves(join(folder, 'good', 'a.png'), 5, 5);
    await halves(join(folder, 'scratch', 'b.png'), 250, 5);
    const { status, stdout } = select('classify', '--deadline', '60s', '--models', MODELS, '--on', folder, '--json');
    expect(status).toBe(0);
    const [{ figure, candidates }] = JSON.parse(stdout).places;
    expect(figure.name).toBe('auroc');
    expect(candidates.map((one: { accuracy: { value: number } }) => one.accuracy.value)).toEqual([1, 1]);
  });

  it('tells all it has measured and ends with 7 where nothing fits', () => {
    const { status, stdout, stderr } = select('classify', '--deadline', '20ms', '--reserve', '19.99ms', '--models', MODELS, '--json');
    expect({ status, stderr }).toEqual({ status: 7, stderr: expect.stringMatching(/DEADLINE_TOO_SHORT.*20ms/) });
    expect(JSON.parse(stdout)).toMatchObject({ chosen: null, config: [], tried: [{ fits: false }] });
  });

  it('goes by speed where nobody has measured anything, and says so; a variant that is refused is left out', () => {
    const { status, stdout } = select('half-golden', '--deadline', '60s', '--models', MODELS, '--json');
    expect(status).toBe(0);
    const { refused, chosen, remarks } = JSON.parse(stdout);
    expect(refused).toMatchObject([{ package: 'half-golden', variant: 'int8-u8s8', why: expect.stringContaining('golden') }]);
    expect(chosen.chosen[0].variant).toBe('fp32');
    expect(remarks[0]).toContain('nobody has measured');
  });

  it.each([
    [[], /--station/],
    [['classify'], /--deadline/],
    [['classify', '--deadline', '50'], /50ms/],
    [['classify', 'sequence-score', '--deadline', '1s', '--models', MODELS], /stand in/],
  ])('asks for what it lacks: %j', (args, why) => {
    expect(select(...args)).toMatchObject({ status: 2, stderr: expect.stringMatching(why) });
  });
});
