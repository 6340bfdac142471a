// Notes: figures worked out by hand, and the same ones through the whole program on the small text package.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluate } from '#agent/desk/evaluation/evaluate.js';
import type { Protocol } from '#agent/desk/evaluation/protocol.js';
import { maintenance } from '#agent/desk/evaluation/protocols/maintenance.js';
import { dictionary, replacements } from '#agent/desk/evaluation/protocols/maintenance-data.js';
import { readManifest } from '#agent/inference/manifest.js';
import { evaluatedBy, packageLike, scratch, write } from './setup.ts';

const TRAIN = 'hse\those\nlkg\tleaking\n\nhse\those\n\nhse\thouse\n\nR/R\tremove and replace\n';
const TEST = 'R/R\tremove and replace\nhse\those\nlkg\tleaking\n\nok\tok\nXX1\t\nzzz\tzebra\n';
const text = (words: string, ...entities: (readonly [number, number, string])[]) => ({
  tokens: words.split(' '),
  entities: entities.map(([start, end, type]) => ({ start, end, type })),
});
const TEXTS = [
  text('hose leaking', [0, 1, 'Part/Hose'], [1, 2, 'State/Failed']),
  text('hose', [0, 1, 'Part/Hose']),
  text('hose'),
  // Two tests: one that somebody typed, one that nobody did.
  text('remove and replace hose leaking', [3, 4, 'Part/Hose'], [4, 5, 'State/Failed']),
  text('replace hose', [0, 1, 'Activity'], [1, 2, 'Part/Hose']),
];

function dataSet(): string {
  const folder = scratch();
  for (const [split, content] of Object.entries({ train: TRAIN, val: '', test: TEST })) {
    write(join(folder, 'maintnorm', 'data', 'combined', `${split}.norm`), content);
  }
  write(join(folder, 'maintie', 'gold_release.json'), JSON.stringify(TEXTS));
  write(join(folder, 'maintie', 'split.csv'), 'index,split\n0,train\n1,train\n2,train\n3,test\n4,test\n');
  return folder;
}

describe('the maintenance protocol', () => {
  it('asks of every test note how it reads, of every test text what it names, and again as it was typed', async () => {
    const samples = await maintenance.samples(dataSet());
    expect(samples.map(({ input, truth }) => [truth.asks, input.text, input.plain])).toEqual([
      ['err', 'R/R hse lkg', false],
      ['err', 'ok XX1 zzz', false],
      ['f1', 'remove and replace hose leaking', true],
      ['f1', 'replace hose', true],
      ['raw_f1', 'R/R hse lkg', false],
    ]);
  });

  it('counts by hand what a package says', async () => {
    const facts = { labels: ['none', 'Part', 'State'], good: 'none', threshold: 0.5 };
    const samples = await maintenance.samples(dataSet());
    const words = [
      { plain: 'remove', from: 0, to: 3 },
      { plain: 'and', from: 0, to: 3 },
      { plain: 'replace', from: 0, to: 3 },
      { plain: 'house', from: 4, to: 7 },
      { plain: 'leaking', from: 8, to: 11 },
    ];
    const said = {
      label: null,
      score: 0,
      note: { text: 'R/R hse lkg', words, truncated: false },
      entities: [
        { label: 'Part', score: 1, text: 'house', span: [4, 7] as const },
        { label: 'State', score: 1, text: 'leaking', span: [8, 11] as const },
      ],
    };
    const weigh = (i: number, answer = said) => maintenance.weigh(samples[i]?.truth ?? raise(), answer, facts);
    // Two of three tokens are right, none was before. One of two entities is: the other was read as another word.
    expect([weigh(0), weigh(4)]).toEqual([
      { asks: 'err', counts: [2, 0, 3] },
      { asks: 'raw_f1', counts: [1, 2, 2] },
    ]);
    expect(maintenance.figures([weigh(0), weigh(4)])).toEqual({ err: expect.closeTo(200 / 3, 9), f1: Number.NaN, raw_f1: 0.5 });
  });

  it('gives the same figures through the program: int8 or not, with the dictionary beside', async () => {
    const models = packageLike('text', evaluatedBy('maintnorm-maintie'));
    const manifest = await readManifest(join(models, 'text'));
    const [found] = await evaluate(manifest, maintenance as unknown as Protocol, {
      folder: dataSet(),
      variants: ['fp32'],
      providers: ['cpu'],
    });
    // Right after: R/R, hse, lkg and ok; right before: ok. XX1 is taken for a code, zzz for itself: 3 of 5.
    // The network names hose and leaking everywhere, and replace nowhere: 3 of 3 found, 4 wanted.
    expect(found?.figures).toMatchObject({
      err: { fp32: 60, baseline: expect.closeTo(60, 9) },
      f1: { fp32: expect.closeTo(6 / 7, 4), baseline: expect.closeTo(6 / 7, 4) },
      raw_f1: { fp32: 1 },
    });
  });

  it('says which line of the data it cannot read', async () => {
    const folder = dataSet();
    write(join(folder, 'maintnorm', 'data', 'combined', 'test.norm'), 'hse hose\n');
    await expect(maintenance.samples(folder)).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('"hse hose"'),
    });
  });
});

describe('what learns nothing but words', () => {
  it('replaces a token by what it most often was, and leaves the others', () => {
    const replaced = replacements([
      [
        { raw: 'hse', plain: 'house' },
        { raw: 'hse', plain: 'hose' },
        { raw: 'hse', plain: 'hose' },
      ],
    ]);
    expect([replaced('hse'), replaced('HSE')]).toEqual(['hose', 'HSE']);
  });

  it('names a phrase that was an entity at least every other time', () => {
    const named = dictionary([
      { words: ['oil', 'leak'], entities: [{ begin: 0, end: 2, label: 'State' }] },
      { words: ['Leak', 'oil', 'leak'], entities: [{ begin: 0, end: 1, label: 'State' }] },
    ]);
    // "oil leak" once of two, "leak" once of three, "oil" never.
    expect(named(['OIL', 'leak'])).toEqual([{ begin: 0, end: 2, label: 'State' }]);
  });
});

function raise(): never {
  throw new Error('no such sample');
}
