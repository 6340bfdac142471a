import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { germanNotes } from '#agent/desk/language/german.js';
import { folder } from '../store/setup.ts';
import { lineside } from './setup.ts';

it('trains a head on two columns by one command, and answers by it', () => {
  const base = folder();
  const csv = join(base, 'notes.csv');
  const rows = germanNotes(120, 3).map(({ text, label }) => `"${text}";${label === 'none' ? '' : label}`);
  writeFileSync(csv, ['Kurztext;Schadensbild', ...rows, '"eine allein";selten'].join('\n'));
  const to = join(base, 'schadensbild');
  const trained = lineside('language', 'train', '--csv', csv, '--to', to, '--sure', '80', '--json');
  expect(trained.stderr).toBe('');
  const told = JSON.parse(trained.stdout);
  expect(told).toMatchObject({ package: 'schadensbild', version: '0.1.0', rows: 120, left_out: [{ label: 'selten', rows: 1 }] });
  expect(told.baseline.majority.of).toBe(120);
  const [answer] = JSON.parse(lineside('language', 'classify', to, '--text', 'Pu. undicht, Öl läuft aus', '--json').stdout).answers;
  // With so few texts it may abstain: what it would have said is told all the same.
  expect(['undicht', null]).toContain(answer.label);
  expect(Object.entries<number>(answer.probabilities).sort((a, b) => b[1] - a[1])[0]?.[0]).toBe('undicht');
  expect(answer.certain).toBe(Math.max(...Object.values<number>(answer.probabilities)));
  const similar = JSON.parse(lineside('language', 'similar', '--csv', csv, '--text', 'Pumpe undicht', '--json').stdout).similar;
  expect(similar).toHaveLength(3);
  expect(lineside('language', 'train', '--csv', csv, '--to', to).stderr).toContain('--force replaces it');
}, 120_000);

it('makes a record of a note', () => {
  const { records } = JSON.parse(lineside('language', 'extract', '--text', 'C/O lkg hyd hose', '--json').stdout);
  expect(records).toMatchObject([{ assets: ['hydraulic hose'], faults: ['leaking'], plain: 'change out leaking hydraulic hose' }]);
});
