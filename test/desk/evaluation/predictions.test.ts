import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { randomLcg } from 'd3-random';
import { beforeEach, describe, expect, it } from 'vitest';
import { evaluate } from '#agent/desk/evaluation/evaluate.js';
import { cncMill } from '#agent/desk/evaluation/protocols/cnc-mill.js';
import { readManifest } from '#agent/inference/manifest.js';
import { packageRoot } from '#agent/platform/package-root.js';
import { evaluatedBy, packageLike, scratch, write } from './setup.ts';

// A mill of our own: as many runs, and the same columns, as the set has; `wear` is what a worn tool adds to the load.
const RUNS = 18;
const worn = (run: number) => [1, 2, 3, 4, 5, 11, 12, 17].every((unworn) => unworn !== run);
const name = (run: number) => `experiment_${String(run).padStart(2, '0')}`;
const conditionOf = (run: number) => (worn(run) ? 'worn' : 'unworn');

function mill(folder: string, wear = 0): string {
  const random = randomLcg(0.2);
  for (let run = 1; run <= RUNS; run++) {
    const rows = Array.from({ length: 30 }, (_, i) => {
      const load = (random() + (worn(run) && i >= 20 ? wear : 0)).toFixed(3);
      return [i, load, load, load, i < 20 ? 'Prep' : 'Layer 1 Up', conditionOf(run)].join(',');
    });
    write(
      join(folder, 'cnc-mill', `${name(run)}.csv`),
      `${[',pressure,voltage,flow,Machining_Process,tool_condition', ...rows].join('\n')}\n`,
    );
  }
  return folder;
}

/** What each model says in each of the orders of the truths, 0 the true one; a model is told all dealt truths and the run that it may not look at. */
type Model = (run: number, truths: ReadonlyMap<number, string>) => string;
function table(models: Readonly<Record<string, Model>>, shuffles: number, seed = 0.4): string {
  const random = randomLcg(seed);
  const runs = Array.from({ length: RUNS }, (_, i) => i + 1);
  const lines = ['sample,model,label,shuffle,truth'];
  for (let shuffle = 0; shuffle <= shuffles; shuffle++) {
    const order =
      shuffle === 0
        ? runs
        : runs
            .map((run) => ({ run, at: random() }))
            .sort((a, b) => a.at - b.at)
            .map(({ run }) => run);
    const truths = new Map(runs.map((run, i) => [run, conditionOf(order[i] ?? run)]));
    for (const [model, says] of Object.entries(models))
      for (const run of runs) lines.push([name(run), model, says(run, truths), shuffle, truths.get(run)].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** The same, of the true order alone and without its columns. */
const plain = (models: Readonly<Record<string, Model>>): string =>
  table(models, 0)
    .split('\n')
    .map((line) => line.split(',').slice(0, 3).join(','))
    .join('\n');

/** Says at random, the same for the same seed, however the truths lie. */
const guesser = (seed: number): Model => {
  const random = randomLcg(seed);
  const said = Array.from({ length: RUNS + 1 }, () => (random() < 0.5 ? 'worn' : 'unworn'));
  return (run) => said[run] ?? 'worn';
};
/** Sees the wear, except in some runs. */
const seer =
  (...blind: readonly number[]): Model =>
  (run) =>
    blind.includes(run) ? (worn(run) ? 'unworn' : 'worn') : conditionOf(run);

let data = '';
beforeEach(() => {
  data = mill(scratch());
});
function judged(predictions: string, ...more: readonly string[]) {
  const file = join(scratch(), 'predictions.csv');
  write(file, predictions);
  const args = ['models', 'evaluate', '--predictions', file, '--protocol', 'cnc-mill', '--data', data, ...more];
  return spawnSync(process.execPath, [join(packageRoot, 'dist', 'bundle', 'main.js'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
}
const found = (predictions: string) => JSON.parse(judged(predictions, '--json').stdout);

describe('predictions of models that are no packages', () => {
  it('are called distinguishable from chance where the wear is plain to see', () => {
    const said = found(table({ seer: seer(4, 9), guesser: guesser(0.1) }, 1000));
    expect(said).toMatchObject({ evaluation: 'cnc-mill', samples: 18, groups: 18, shuffles: 1000 });
    // Of 8 unworn and 10 worn runs, one each is missed.
    expect(said.models.seer.balanced_accuracy.value).toBeCloseTo((7 / 8 + 9 / 10) / 2, 4);
    expect(said.figures.balanced_accuracy).toMatchObject({ model: 'seer', baseline: 0.5, distinguishable: true });
    expect(said.figures.balanced_accuracy.p).toBeLessThan(0.01);
    expect(said.remarks).toEqual([expect.stringContaining('balanced_accuracy is distinguishable from chance: the best of 2 models')]);
  });

  it('are called not distinguishable from chance where they are luck, and in plain words', () => {
    const predictions = table({ first: guesser(0.1), second: guesser(0.3) }, 1000);
    expect(found(predictions).figures.balanced_accuracy).toMatchObject({ distinguishable: false });
    const { status, stdout } = judged(predictions);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/balanced_accuracy is not distinguishable from chance/),
    });
  });

  it('lose by every further model that is tried: the best is held against the best of as many', () => {
    const blind = [1, 9, 13];
    const luckyAlone = found(plain({ one: seer(...blind) })).figures.balanced_accuracy;
    const others = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`guess${i}`, guesser(0.011 + i / 41)]));
    const among = found(plain({ one: seer(...blind), ...others })).figures.balanced_accuracy;
    expect(luckyAlone).toMatchObject({ distinguishable: true, value: (7 / 8 + 8 / 10) / 2 });
    expect(among).toMatchObject({ model: 'one', value: luckyAlone.value, distinguishable: false });
    expect(among.lucky.median).toBeGreaterThan(luckyAlone.lucky.median);
  });

  it('may be held against blocks of runs that change places as a whole, however many runs each has', () => {
    const blocks = [5, 5, 2, 4, 1, 1];
    const random = randomLcg(0.2);
    const lines = ['sample,model,label,shuffle,truth'];
    for (let shuffle = 0; shuffle <= 1000; shuffle++) {
      const order = blocks.map((_, i) => ({ i, at: shuffle === 0 ? i : random() })).sort((a, b) => a.at - b.at);
      const dealt = blocks.flatMap((runs, i) => Array.from({ length: runs }, () => ((order[i]?.i ?? 0) % 2 === 0 ? 'unworn' : 'worn')));
      dealt.forEach((truth, run) => {
        lines.push([name(run + 1), 'seer', conditionOf(run + 1), shuffle, truth].join(','));
      });
    }
    // It is right of every run, and one order of twenty says as much: six blocks cannot tell wear from drift.
    const { value, p, distinguishable } = found(`${lines.join('\n')}\n`).figures.balanced_accuracy;
    expect({ value, distinguishable }).toEqual({ value: 1, distinguishable: false });
    expect(p).toBeGreaterThan(0.03);
  });

  it('p counts the true order among the orders', () => {
    // One model that is always right of what it was dealt: every order does as well.
    const { p } = found(table({ oracle: (run, truths) => truths.get(run) ?? '' }, 1000)).figures.balanced_accuracy;
    expect(p).toBe(1);
  });

  it('without shuffles are held against shuffled truths, and said to be right only for models that saw none of them', () => {
    const right = found(plain({ m: seer(9) }));
    expect(right).toMatchObject({ shuffles: 1000, figures: { balanced_accuracy: { distinguishable: true } } });
    expect(right.remarks[1]).toContain('did not learn anew for each shuffle');
    expect(found(plain({ m: guesser(0.1) })).figures.balanced_accuracy.distinguishable).toBe(false);
  });

  it.each([
    ['too few shuffles', table({ m: guesser(0.1) }, 20), /DATA_INVALID.*20 shuffles, 1000 are asked for/],
    ['a run that is left out', 'sample,model,label\nexperiment_01,m,worn\n', /DATA_INVALID.*m has 1 predictions for 18 samples/],
    ['a label that there is not', table({ m: () => 'broken' }, 0), /DATA_INVALID.*worn or unworn, not broken/],
    [
      'truths that are not the set’s',
      table({ m: guesser(0.1) }, 0).replace('worn,0,unworn', 'worn,0,worn'),
      /DATA_INVALID.*truths of shuffle 0/,
    ],
    [
      'shuffles that lack a label',
      table({ m: guesser(0.1) }, 1000).replaceAll(/,1000,unworn/g, ',1000,worn'),
      /DATA_INVALID.*a shuffle holds other labels than the set/,
    ],
    ['no column of labels', 'sample,model\n', /DATA_INVALID.*no column label/],
  ])('are refused for %s', (_, predictions, why) => {
    const { status, stderr, stdout } = judged(predictions);
    expect({ status, stdout }).toEqual({ status: 6, stdout: '' });
    expect(stderr).toMatch(why);
  });
});

describe('a package on cnc-mill', () => {
  it('answers run by run, and is told by itself that its figure may be luck', async () => {
    const models = packageLike('sequence-forecast', (manifest) =>
      evaluatedBy('cnc-mill')(manifest.replace(/"channels": \[[^\]]*\]/, '"channels": ["pressure", "voltage", "flow"]')),
    );
    const ask = async (folder: string) =>
      evaluate(await readManifest(join(models, 'sequence-forecast')), cncMill, { folder: join(folder, 'cnc-mill'), providers: ['cpu'] });
    const [nothing] = await ask(data);
    expect(nothing).toMatchObject({ samples: 18, groups: 18, figures: { balanced_accuracy: { baseline: 0.5 } } });
    expect(nothing?.figures['balanced_accuracy']?.p).toBeGreaterThan(0.05);
    expect(nothing?.remarks).toEqual([expect.stringContaining('not distinguishable from chance')]);
    const [plain] = await ask(mill(scratch(), 60));
    expect(plain?.figures['balanced_accuracy']).toMatchObject({ fp32: 1, p: expect.closeTo(0.001, 3) });
    expect(plain?.remarks).toEqual([]);
  });
});
