import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { askTexts } from '#agent/desk/language/ask.js';
import { Cases } from '#agent/desk/language/cases.js';
import { germanNotes } from '#agent/desk/language/german.js';
import { knownWords } from '#agent/desk/language/known.js';
import { plainReading } from '#agent/desk/language/reading.js';
import { train, writeHead } from '#agent/desk/language/train.js';
import { packageRoot } from '#agent/platform/package-root.js';
import { folder } from '../store/setup.ts';

const ENGLISH = join(packageRoot, 'models', 'maintenance-text');
const write = async (lesson: Awaited<ReturnType<typeof train>>['lesson']) =>
  writeHead(lesson, { folder: join(folder(), 'head'), version: '0.1.0', force: false, now: 0 });
const columns = (notes: readonly { text: string; label: string }[]) => ({
  texts: notes.map(({ text }) => text),
  labels: notes.map(({ label }) => label),
});

describe('a head out of two columns', () => {
  it('sorts German shorthand, says none of these, abstains, and is a package that proves itself', async () => {
    const trained = await train(columns(germanNotes(240, 1)), { wanted: 0.9, textPackage: null });
    expect(trained).toMatchObject({ rows: 240, chosen: 'typed', certain: { proven: true }, left_out: [] });
    expect(trained.candidates[0]?.held.right.low).toBeGreaterThan(trained.baseline.nearest.share);
    expect(trained.baseline.nearest.share).toBeGreaterThan(trained.baseline.majority.share);
    const { manifest, said } = await askTexts(await write(trained.lesson), [
      'Pu. undicht',
      'zu heiß',
      'xyzzy 99',
      'undicht zu heiß klemmt',
    ]);
    expect(manifest).toMatchObject({
      kind: 'text-class',
      good: 'none',
      labels: ['none', 'blockiert', 'elektrisch', 'heiß', 'undicht', 'verschlissen'],
    });
    expect(said.slice(0, 3).map(({ label }) => label)).toEqual(['undicht', 'heiß', 'none']);
    const [one, , , mixed] = said.map(({ probabilities = {} }) => Math.max(...Object.values(probabilities)));
    expect(mixed).toBeLessThan(one ?? 0);
  });

  it('stands on the encoder where that is better on what was held out, and the file gives what the rule gives', async () => {
    const [assets, faults] = [
      ['pump', 'hyd pump', 'motor', 'engine', 'conveyor', 'fan', 'valve', 'gearbox'],
      { leak: ['lkg', 'leaking', 'leak'], heat: ['overheating', 'hot', 'o/heating'], none: ['service', 'inspect', 'svce'] },
    ];
    const notes = Object.entries(faults).flatMap(([label, words]) =>
      assets.flatMap((asset) => words.map((word) => ({ text: `${asset} ${word}`, label }))),
    );
    const trained = await train(columns(notes), { wanted: 0.8, textPackage: ENGLISH });
    expect(trained.candidates.map(({ name }) => name)).toEqual(['typed', 'plain', 'plain+encoder']);
    const losses = trained.candidates.map(({ held }) => held.log_loss);
    expect(losses[trained.candidates.findIndex(({ name }) => name === trained.chosen)]).toBe(Math.min(...losses));
    // Written is only what reproduces, in float32, what the rule says in float64.
    const { said } = await askTexts(await write(trained.lesson), ['C/O lkg pump', 'eng hot']);
    const likeliest = said.map(({ probabilities = {} }) => Object.entries(probabilities).sort((a, b) => b[1] - a[1])[0]?.[0]);
    expect(likeliest).toEqual(['leak', 'heat']);
  });

  it.each([
    [{ texts: ['a b', 'c d'], labels: ['x', 'y'] }, '30, of two kinds'],
    [{ texts: Array(40).fill('a b'), labels: Array(40).fill('x') }, 'of two kinds'],
    [
      {
        texts: Array.from({ length: 60 }, (_, i) => `same ${i % 3}`),
        labels: Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 'x' : 'y')),
      },
      'at no certainty',
    ],
  ])('refuses texts that teach nothing, with a code (%#)', async (given, why) => {
    await expect(train(given, { wanted: 0.9, textPackage: null })).rejects.toMatchObject({
      code: 'TEXTS_UNFIT',
      message: expect.stringContaining(why),
    });
  });
});

describe('texts of before', () => {
  it('gives the most alike first, of equals the newer', () => {
    const cases = new Cases(['hydraulic pump leaking', 'replace fan belt', 'pump noisy', 'hydraulic pump leaking']);
    expect(cases.like('pump leak', 3).map(({ row }) => row)).toEqual([3, 0, 2]);
    expect(cases.like('???', 3)).toEqual([]);
    cases.close();
  });
});

it('says how much of German the English tables know', async () => {
  const reading = await plainReading(ENGLISH);
  const german = knownWords(
    germanNotes(200, 1).map(({ text }) => text),
    reading,
  );
  const english = knownWords(['replace leaking hydraulic hose', 'eng o/heating, c/o thermostat'], reading);
  expect(german.known.share).toBeLessThan(0.35);
  expect(english.known.share).toBeGreaterThan(0.85);
  expect(german.unknown.map(([word]) => word)).toContain('störung');
});
