import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folder, openEmpty, sql } from '../store/setup.ts';
import { lineside } from './setup.ts';

it('writes, lists and finds notes by command, and puts on record that somebody wrote without what', () => {
  const base = folder();
  const { path } = openEmpty();
  const config = join(base, 'line.yaml');
  writeFileSync(
    config,
    `line: {enterprise: acme, site: dresden, area: castings, line: line3}
store: {path: ${path}}
language: {names: [Müller]}
stations:
  outlet: {trigger: {command: true}, deadline: 200ms, models: {}, on_failure: nok}
`,
  );
  const note = (...args: string[]) => lineside('note', ...args, '--config', config);
  expect(note('add', 'Pu. undicht, Müller hat Dichtg. getauscht', '--part', '004711', '--station', 'outlet').stdout).toBe(
    'kept: Pu. undicht, <name> hat Dichtg. getauscht\n',
  );
  expect(JSON.parse(note('list', '--part', '004711', '--json').stdout)).toMatchObject([
    { part: '004711', station: 'outlet', source: 'cli' },
  ]);
  expect(note('similar', 'Pumpe undicht').stdout).toContain('004711');
  expect(note('add', 'Pu. undicht', '--station', 'outlet', '--alarm', 'STATION_HELD').status).toBe(0);
  const summary = JSON.parse(note('summary', '--since', '2026-01-01', '--station', 'outlet', '--json').stdout);
  expect(summary).toMatchObject([{ text: 'Pu. undicht', times: 2, texts: 2 }]);
  expect(note('summary', '--since', '2026-01-01', '--alarm', 'STATION_HELD').stdout).toMatch(/\b1 +1 .*Pu\. undicht/);
  expect(note('summary', '--since', '2026-01-01', '--station', 'inlet').stdout).toBe('Nothing was written or said in that time.\n');
  expect(note('add', 'x', '--station', 'elsewhere').stderr).toContain('NOTE_UNFIT');
  expect(note('add', 'x'.repeat(100_000)).stderr).toContain('NOTE_UNFIT');
  const [act] = sql<{ verb: string; detail: string }>(path, 'SELECT verb, detail FROM audit');
  expect(act).toMatchObject({ verb: 'note', detail: expect.stringContaining('004711') });
  expect(act?.detail).not.toMatch(/undicht|Müller/);
});
