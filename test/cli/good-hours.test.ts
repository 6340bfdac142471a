/** `lineside good-hours`, as somebody types it: what was good production is said from a terminal, put on record, and taken back. */
import { mkdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { write } from '../desk/evaluation/setup.ts';
import { folder, open, sql } from '../store/setup.ts';
import { linesideIn } from './setup.ts';

const HOUR = 3_600_000;
/** Whole seconds, as people type them. */
const iso = (ago: number) => `${new Date(Date.now() - ago).toISOString().slice(0, 19)}Z`;

function lineIn(path: string, ...stations: readonly string[]): string {
  const file = join(path, 'line.yaml');
  const each = stations.map((name) => `  ${name}: {trigger: {command: true}, models: {}}`).join('\n');
  write(file, `line: {enterprise: acme, site: dresden, area: castings, line: line3}\nstations:\n${each}\nstore: {path: data}\n`);
  return file;
}

it('confirms hours, lists them with who said it, takes them back, and has all of it on record', { timeout: 60_000 }, async () => {
  const path = folder();
  const file = lineIn(path, 'outlet', 'inlet');
  const data = join(path, 'data');
  mkdirSync(data);
  const { store } = await open({ path: data });
  const call = (...args: readonly string[]) => linesideIn({ env: { SUDO_USER: '' } }, 'good-hours', ...args, '--config', file);
  const ask = (...args: readonly string[]) => {
    const { status, stdout, stderr } = call(...args, '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  expect(ask('list')).toEqual([]);
  expect(call('list').stdout).toBe('no hours are confirmed\n');
  const [from, to] = [iso(5 * HOUR), iso(3 * HOUR)];
  const { confirmed } = ask('confirm', `${from}/${to}`, '--station', 'outlet');
  expect(confirmed).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    station: 'outlet',
    from: from.replace('Z', '.000Z'),
    to: to.replace('Z', '.000Z'),
  });
  expect(call('confirm', `${iso(2 * HOUR)}/PT30M`, '--station', 'inlet').stdout).toContain('all production of inlet from');
  expect(ask('list').map(({ station, who }: { station: string; who: string }) => [station, who])).toEqual([
    ['inlet', userInfo().username],
    ['outlet', userInfo().username],
  ]);
  expect(ask('list', '--station', 'outlet')).toMatchObject([confirmed]);
  // Said in words, with the id that takes it back.
  expect(call('list').stdout).toContain(confirmed.id);
  expect(ask('take-back', confirmed.id)).toEqual({ taken_back: confirmed.id });
  expect(ask('list')).toHaveLength(1);
  const rows = sql<{ who: string; source: string; verb: string; detail: string }>(data, 'SELECT who, source, verb, detail FROM audit_log');
  const mine = { who: userInfo().username, source: 'cli' };
  expect(rows.map(({ detail, ...row }) => ({ ...row, detail: JSON.parse(detail) }))).toMatchObject([
    { ...mine, verb: 'good_hours', detail: { id: confirmed.id, station: 'outlet', from: Date.parse(from), to: Date.parse(to) } },
    { ...mine, verb: 'good_hours', detail: { station: 'inlet' } },
    { ...mine, verb: 'undo_good_hours', detail: { id: confirmed.id } },
  ]);
  await store.stop();
});

it('confirms nothing that is no time, not over, said twice or of no station, and says why', { timeout: 60_000 }, async () => {
  const path = folder();
  const file = lineIn(path, 'outlet', 'inlet');
  const confirm = (...args: readonly string[]) => {
    const { status, stderr } = linesideIn({}, 'good-hours', 'confirm', ...args, '--config', file);
    return { status, stderr };
  };
  const hours = `${iso(5 * HOUR)}/${iso(3 * HOUR)}`;
  const said = (text: string) => expect.stringContaining(text);
  expect(confirm(hours, '--station', 'outlet')).toEqual({ status: 1, stderr: said('There is no journal in') });
  mkdirSync(join(path, 'data'));
  expect(confirm(hours, '--station', 'outlet').status).toBe(0);
  const before = readFileSync(join(path, 'data', 'good-hours.json'), 'utf8');
  expect(confirm(hours, '--station', 'outlet')).toEqual({ status: 1, stderr: said('they overlap others that are confirmed') });
  expect(confirm(`${iso(HOUR)}/PT2H`, '--station', 'outlet')).toEqual({ status: 1, stderr: said('they have not ended yet') });
  expect(confirm(hours)).toEqual({ status: 2, stderr: said('name one of outlet, inlet with --station') });
  expect(confirm(hours, '--station', 'outlett')).toEqual({ status: 2, stderr: said('it has outlet, inlet') });
  expect(confirm('yesterday', '--station', 'outlet')).toEqual({ status: 2, stderr: said('2026-03-02T06:00/07:30') });
  expect(linesideIn({}, 'good-hours', 'take-back', 'x', '--config', file)).toMatchObject({
    status: 1,
    stderr: said('There is no confirmation of hours x'),
  });
  expect(readFileSync(join(path, 'data', 'good-hours.json'), 'utf8')).toBe(before);
});
