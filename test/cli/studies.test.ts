/** Studies of a quality engineer over a CSV file, on the command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomLcg, randomNormal } from 'd3-random';
import { afterAll, describe, expect, it } from 'vitest';
import { hasReferences, references } from '../decisions/references.ts';
import { lineside } from './setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'lineside-studies-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function csv(header: readonly string[], rows: readonly (readonly (string | number)[])[], separator = ','): string {
  files += 1;
  const file = join(folder, `${files}.csv`);
  writeFileSync(file, [header, ...rows].map((row) => row.join(separator)).join('\n'));
  return file;
}
const told = (...args: readonly string[]) => {
  const { status, stdout, stderr } = lineside(...args, '--json');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
};

const WIDTHS = [10.1, 10.0, 9.9, 10.05, 9.95, 10.02, 9.98, 10.1, 9.9, 10.0, 12.5, 10.0];

describe('lineside spc', () => {
  const file = csv(
    ['at', 'width', 'lot', 'odd'],
    WIDTHS.map((width, n) => [n, width, `L${Math.floor(n / 4)}`, n < 11 ? 'A' : 'B']),
  );

  it('says which samples are out of control, and by what', () => {
    const found = told('spc', file, '--of', 'width', '--phase-one', '10');
    expect(found).toMatchObject({ chart: 'individuals', samples: 12, phase_one: 10, out: [11, 12], capability: null });
    expect(found.panels[0].points[10]).toMatchObject({ sample: 11, statistic: 12.5, beyond: true, rules: ['nelson_1'] });
    // The step back is as large.
    expect(found.panels[1].points[11]).toMatchObject({ beyond: true, rules: [] });
    const { stdout } = lineside('spc', file, '--of', 'width', '--phase-one', '10');
    expect(stdout).toContain('12 samples, limits from the first 10; 2 are out of control');
    expect(stdout).toMatch(/11 {2}individuals +12.5 {2}beyond a limit; nelson_1: one point beyond three standard errors/);
  });

  it('says since when it is wrong', () => {
    const normal = randomNormal.source(randomLcg(0.4))(10, 0.1);
    const drifted = csv(
      ['width'],
      Array.from({ length: 140 }, (_, n) => [normal() + (n < 120 ? 0 : 0.3)]),
    );
    const { began, out } = told('spc', drifted, '--of', 'width', '--chart', 'cusum', '--phase-one', '100');
    expect(began.signal).toBe(out.find((sample: number) => sample > 100));
    expect(began.signal).toBeGreaterThan(121);
    expect(began.from).toBeLessThanOrEqual(121);
    expect(began.from).toBeGreaterThan(105);
    expect(lineside('spc', drifted, '--of', 'width', '--chart', 'cusum', '--phase-one', '100').stdout).toContain(
      `Look at all that came since ${began.from}.`,
    );
    const shares = csv(
      ['bad'],
      Array.from({ length: 40 }, (_, n) => [n < 35 ? n % 3 : 9]),
    );
    expect(told('spc', shares, '--of', 'bad', '--size', '50', '--chart', 'p', '--phase-one', '30').began).toEqual({
      signal: 36,
      likely: 36,
      from: 36,
    });
  });

  it('takes subgroups by number and by lot', () => {
    expect(told('spc', file, '--of', 'width', '--subgroup', '4', '--chart', 'xbar_r').panels[0].points).toHaveLength(3);
    expect(told('spc', file, '--of', 'width', '--subgroup', '5', '--chart', 'xbar_r')).toMatchObject({ samples: 2, left_out: 2 });
    expect(lineside('spc', file, '--of', 'width', '--subgroup', '5', '--chart', 'xbar_r').stdout).toMatch(/^left out: the last 2 rows/);
    const byLot = told('spc', file, '--of', 'width', '--by', 'lot', '--chart', 'xbar_s');
    expect(byLot.panels.map(({ name }: { name: string }) => name)).toEqual(['xbar', 's']);
    expect(byLot.panels[0].points[0].statistic).toBeCloseTo(10.0125, 12);
  });

  it('reads what a German spreadsheet writes', () => {
    const german = csv(
      ['Breite', 'Los'],
      WIDTHS.map((width) => [`${width}`.replace('.', ','), 'A']),
      ';',
    );
    expect(told('spc', german, '--of', 'Breite', '--phase-one', '10').out).toEqual([11, 12]);
  });

  it('refuses capability of what is not stable, in words, and tells it where it is', () => {
    const { stdout } = lineside('spc', file, '--of', 'width', '--lower', '9', '--upper', '11');
    expect(stdout).toContain('No capability: 12 values are too few.');
    expect(lineside('spc', file, '--of', 'width', '--lower', '14', '--upper', '6').stderr).toMatch(
      /lower limit 14 is not below the upper one, 6/,
    );
    const normal = randomNormal.source(randomLcg(0.6))(10, 0.1);
    const steady = csv(
      ['width'],
      Array.from({ length: 60 }, () => [normal()]),
    );
    const found = told('spc', steady, '--of', 'width', '--lower', '9', '--upper', '11');
    expect(found.out).toEqual([]);
    expect(found.capability.ok).toBe(true);
    expect(found.capability.capability.ppk.value).toBeGreaterThan(3);
  });

  it.each([
    [['--of', 'widht'], 2, /no column widht; did you mean width\?/],
    [['--of', 'lot'], 2, /row 1 below the header has no number in lot: L0/],
    [['--of', 'width', '--chart', 'p'], 2, /p needs --size/],
    [['--of', 'width', '--phase-one', '20'], 2, /No limits can be learned from a first phase of 20 samples where there are 12/],
    [['--of', 'width', '--chart', 'pie'], 1, /Allowed choices are individuals/],
    [['--of', 'width', '--by', 'odd', '--chart', 'xbar_r'], 2, /sample 2 has 1 values, the first one has 11/],
    [['--of', 'width', '--chart', 'ewma', '--rules', 'nelson_2'], 2, /points of ewma have no zones/],
    [['--of', 'width', '--chart', 'c'], 2, /sample 1 counts 10.1 of 1/],
    [['--of', 'width', '--subgroup', '0.5'], 2, /a whole number from 1 to 25/],
    [['--of', 'width', 'at', '--chart', 'p', '--size', '50'], 2, /p counts one column; 2 are named/],
  ])('refuses %j with a sentence', (args, _, sentence) => {
    const { status, stderr } = lineside('spc', file, ...args);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(sentence);
  });

  it.runIf(hasReferences)('comes to what others computed: rings by rows, juice by counts, boiler by rows of eight', () => {
    const rings = references.piston_rings;
    const file = csv(['a', 'b', 'c', 'd', 'e'], rings.rows);
    const found = told(
      'spc',
      file,
      '--of',
      'a',
      'b',
      'c',
      'd',
      'e',
      '--chart',
      'xbar_r',
      '--phase-one',
      '25',
      '--lower',
      '73.95',
      '--upper',
      '74.05',
      '--target',
      '74',
    );
    expect(found.panels[0].points[0].upper).toBeCloseTo(rings.xbar_R.ucl, 4);
    expect(found.out).toEqual([37, 38, 39]);
    expect(found.capability.capability.cpk.value).toBeCloseTo(rings.capability.indices.Cp_k[0], 3);
    const juice = references.orange_juice;
    const counts = csv(
      ['bad', 'of'],
      juice.defective.map((count: number, n: number) => [count, juice.size[n]]),
    );
    for (const size of ['of', '50']) {
      const p = told('spc', counts, '--of', 'bad', '--size', size, '--chart', 'p', '--phase-one', '30');
      expect(p.panels[0].points[3].upper).toBeCloseTo(juice.p.ucl[3], 9);
      expect(p.out).toContain(15);
    }
    const boiler = references.boiler;
    const columns = boiler.rows[0].map((_: number, n: number) => `t${n}`);
    const joint = told('spc', csv(columns, boiler.rows), '--of', ...columns, '--chart', 't2');
    expect(joint.panels[0].points[0].statistic).toBeCloseTo(boiler.phase1_T2[0], 6);
  });
});

describe('lineside msa', () => {
  const says = (who: string, words: readonly string[]) => words.map((word, n) => [`p${n % 4}`, who, word, n % 4 < 2 ? 'ok' : 'nok']);
  const study = csv(
    ['part', 'who', 'verdict', 'master'],
    [
      ...says('agent', ['ok', 'ok', 'nok', 'ok', 'ok', 'ok', 'nok', 'nok']),
      ...says('eve', ['good', 'good', 'bad', 'bad', '1', 'pass', 'NIO', 'fail']),
    ],
  );
  const columns = ['--part', 'part', '--appraiser', 'who', '--said', 'verdict', '--truth', 'master'];

  it('holds whoever judges against the truth and against the others', () => {
    const found = told('msa', 'agreement', study, ...columns);
    expect(found).toMatchObject({ parts: 4, good: 2, bad: 2 });
    expect(found.appraisers[0]).toMatchObject({ appraiser: 'agent', judged: null, misses: { count: 1, of: 4 } });
    expect(found.appraisers[1]).toMatchObject({ appraiser: 'eve', judged: null, kappa: 1 });
    const { stdout } = lineside('msa', 'agreement', study, ...columns);
    expect(stdout).toMatch(/^agent +75.0 % \(\d+ to \d+\) +25.0 %/m);
    expect(stdout).toContain('effectiveness 90/80 %, misses 2/5 %, false alarms 5/10 %');
  });

  it('counts what is abstained from, refuses a word that is neither, and a part that is both', () => {
    const header = ['part', 'who', 'verdict', 'master'];
    const shy = csv(header, [
      ['a', 'x', 'review', 'ok'],
      ['a', 'x', 'ok', 'ok'],
    ]);
    expect(told('msa', 'agreement', shy, ...columns)).toMatchObject({ abstained: 1, parts: 1 });
    const odd = csv(header, [['a', 'x', 'perhaps', 'ok']]);
    expect(lineside('msa', 'agreement', odd, ...columns).stderr).toMatch(
      /row 1 below the header says perhaps in verdict; it is good or bad/,
    );
    const both = csv(
      ['part', 'who', 'verdict', 'master'],
      [
        ['a', 'x', 'ok', 'ok'],
        ['a', 'x', 'ok', 'nok'],
      ],
    );
    expect(lineside('msa', 'agreement', both, ...columns).stderr).toMatch(/part a is both good and bad in master/);
  });

  it('says what of a measurement is the gauge', () => {
    const rows = [1, 2, 3, 4, 5].flatMap((part) =>
      ['x', 'y'].flatMap((who) => [0, 1].map((trial) => [part, who, part + 0.01 * ((part + trial) % 2)])),
    );
    const file = csv(['part', 'who', 'width'], rows);
    const args = ['msa', 'repeatability', file, '--of', 'width', '--part', 'part', '--appraiser', 'who'];
    expect(told(...args, '--tolerance', '10')).toMatchObject({ judged: 'good', parts: 5, appraisers: 2, trials: 2 });
    expect(lineside(...args).stdout).toMatch(/The gauge, 5 parts by 2 appraisers, 2 times each, is fit for it\./);
    expect(lineside(...args.slice(0, 2), csv(['part', 'who', 'width'], rows.slice(1)), ...args.slice(3)).stderr).toMatch(/equally often/);
  });

  it('says whether it is fine and true, by one master', () => {
    const file = csv(
      ['width'],
      Array.from({ length: 25 }, (_, n) => [10 + 0.001 * ((n % 3) - 1)]),
    );
    const args = ['msa', 'type-one', file, '--of', 'width', '--reference', '10', '--tolerance', '0.5'];
    expect(told(...args)).toMatchObject({ n: 25, capable: true, biased: false });
    expect(lineside(...args).stdout).toMatch(/The gauge is fit for it\.[\s\S]*Cg +\d+\.\d\d/);
    expect(lineside(...args.with(6, '9')).stdout).toMatch(/is not fit for it[\s\S]*more than luck/);
  });
});
