import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '#agent/desk/evaluation/evaluate.js';
import { magneticTile } from '#agent/desk/evaluation/protocols/magnetic-tile.js';
import { readManifest } from '#agent/inference/manifest.js';
import { packageRoot } from '#agent/platform/package-root.js';
import { faultOf } from '../../inference/setup.ts';
import { evaluatedBy, halves, packageLike, scratch, write } from './setup.ts';

const facts = { labels: ['good', 'blowhole', 'break', 'crack', 'fray', 'uneven'], good: 'good', threshold: 0.5 };
const said = (label: string, score: number) => ({ label, score });

describe('magnetic-tile', () => {
  it('weighs the set’s classes against the package’s labels', () => {
    const evidence = [
      magneticTile.weigh('Free', said('good', 0.1), facts),
      magneticTile.weigh('Free', said('crack', 0.6), facts),
      magneticTile.weigh('Crack', said('crack', 0.9), facts),
      magneticTile.weigh('Fray', said('good', 0.4), facts),
    ];
    // Faulty above good: 0.9 over both, 0.4 over one of two. good: 1 hit of 2, 2 said; crack: 1 of 1, 2 said; fray: none.
    expect(magneticTile.figures(evidence)).toEqual({ auroc: 3 / 4, macro_f1: (2 / 4 + 2 / 3 + 0) / 3 });
  });

  it('asks for no class of a package that does not know them all', () => {
    const figures = magneticTile.figures([magneticTile.weigh('Free', said('good', 0), { ...facts, labels: ['good', 'defect'] })]);
    expect(figures['macro_f1']).toBeNaN();
  });

  describe('through a package', () => {
    const ROWS = [
      // file, class, group, fold, left, right
      ['a.png', 'Free', '1', '0', 5, 5],
      ['b.png', 'Free', '2', '0', 10, 10],
      ['c.png', 'Crack', '3', '0', 250, 5],
      ['d.png', 'Fray', '4', '0', 5, 200],
      ['e.png', 'Free', '4', '1', 250, 250],
    ] as const;
    async function tiles(): Promise<string> {
      const folder = scratch();
      for (const [file, , , , left, right] of ROWS) await halves(join(folder, file), left, right);
      const lines = ROWS.map(([file, label, group, fold]) => [file, file, label, group, fold].join());
      write(join(folder, 'folds.csv'), `file,mask,class,group,fold\n${lines.join('\n')}\n`);
      return folder;
    }

    it('judges fold 0 through the agent’s threads, both variants, and says what is luck', async () => {
      const models = packageLike('classify', evaluatedBy('magnetic-tile'));
      const steps: string[] = [];
      let total = 0;
      const [found] = await evaluate(await readManifest(join(models, 'classify')), magneticTile, {
        folder: await tiles(),
        providers: ['cpu'],
        onStep: (what) => steps.push(what),
        onTotal: (n) => {
          total = n;
        },
      });
      expect(found).toMatchObject({ package: 'classify', variant: 'int8-u8s8', evaluation: 'magnetic-tile', samples: 4, groups: 4 });
      expect(Object.keys(found?.figures ?? {})).toEqual(['auroc']);
      expect(found?.figures['auroc']).toMatchObject({ int8: 1, fp32: 1, baseline: 0.5, low: 1, high: 1 });
      // Two of four can be chosen in six ways.
      expect(found?.figures['auroc']?.p).toBeGreaterThan(0.1);
      expect(found?.remarks).toEqual([expect.stringMatching(/^auroc is not distinguishable from chance/)]);
      expect([steps.length, total]).toEqual([8, 8]);
    });

    it('refuses what is not the set', async () => {
      const manifest = await readManifest(join(packageLike('classify', evaluatedBy('magnetic-tile')), 'classify'));
      const run = (folder: string) => faultOf(evaluate(manifest, magneticTile, { folder, providers: ['cpu'] }));
      expect((await run(join(scratch(), 'nowhere'))).code).toBe('DATA_MISSING');
      expect((await run(scratch())).message).toMatch(/DATA_INVALID.*folds\.csv/);
      const broken = await tiles();
      write(join(broken, 'c.png'), 'no picture');
      expect((await run(broken)).message).toMatch(/DATA_INVALID.*c\.png/);
      write(join(broken, 'folds.csv'), 'file,class,fold\n');
      expect((await run(broken)).message).toMatch(/no column group/);
    });
  });

  const data = process.env['LINESIDE_DATA'] ?? join(packageRoot, '..', 'shared', 'data');
  describe.skipIf(!existsSync(join(data, 'magnetic-tile')))('on the real set', () => {
    let manifest: Awaited<ReturnType<typeof readManifest>>;
    beforeAll(async () => {
      manifest = await readManifest(join(packageRoot, 'models', 'surface-defect'));
    });
    it('gives the figures that the shipped package’s manifest promises', async () => {
      const [found] = await evaluate(manifest, magneticTile, { folder: join(data, 'magnetic-tile'), providers: ['cpu'] });
      for (const name of ['auroc', 'macro_f1']) {
        const promised = (variant: string) =>
          (manifest.variants[variant]?.figures?.[name] as { value: number } | undefined)?.value ?? Number.NaN;
        expect(found?.figures[name]?.fp32).toBeCloseTo(promised('fp32'), 2);
        // Another processor's int8 kernels round in other places.
        expect(Math.abs((found?.figures[name]?.int8 ?? 0) - promised('int8-u8s8'))).toBeLessThan(0.02);
      }
    }, 120_000);
  });
});
