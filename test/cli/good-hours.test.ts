/** `lineside good-hours`, as somebody types it: what was good production is said from a terminal, put on record, and taken back. */
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

it('says that a file was torn, and where what was in it is kept', { timeout: 60_000 }, () => {
  const path = folder();
  const file = lineIn(path, 'outlet');
  mkdirSync(join(path, 'data'));
  writeFileSync(join(path, 'data', 'good-hours.json'), '{"hours": [');
  const { status, stdout, stderr } = linesideIn({}, 'good-hours', 'list', '--json', '--config', file);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '[]\n' });
  expect(stderr).toContain('good-hours.json.torn');
  expect(readFileSync(join(path, 'data', 'good-hours.json.torn'), 'utf8')).toBe('{"hours": [');
});

describe.skipIf(process.getuid?.() !== 0)('of a user that is not the agent’s', () => {
  const AGENT = { uid: 54_321, gid: 54_321 };
  const OTHER = { uid: 54_322, gid: 54_321 };
  /** A store that its group may write to, with an hour of the agent in it. */
  function shared() {
    const path = folder();
    const file = lineIn(path, 'outlet');
    const data = join(path, 'data');
    mkdirSync(data);
    chmodSync(path, 0o755);
    chmodSync(file, 0o644);
    chownSync(data, AGENT.uid, AGENT.gid);
    chmodSync(data, 0o770);
    const as = (user: object, ...args: readonly string[]) =>
      linesideIn({ env: { SUDO_USER: '' }, ...user }, 'good-hours', ...args, '--config', file);
    const hours = join(data, 'good-hours.json');
    return { as, data, hours };
  }

  it('hours that cannot be read are not none, and stay', { timeout: 60_000 }, () => {
    const { as, data, hours } = shared();
    expect(as(AGENT, 'confirm', `${iso(5 * HOUR)}/PT1H`)).toMatchObject({ status: 0, stderr: '' });
    const before = readFileSync(hours, 'utf8');
    const refused = {
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('Good hours cannot be read or kept: EACCES: permission denied'),
    };
    expect(as(OTHER, 'list')).toEqual(refused);
    expect(as(OTHER, 'confirm', `${iso(2 * HOUR)}/PT1H`)).toEqual(refused);
    chmodSync(data, 0o700);
    expect(as(OTHER, 'list')).toEqual(refused);
    expect(readFileSync(hours, 'utf8')).toBe(before);
    expect(statSync(hours).uid).toBe(AGENT.uid);
  });

  it('none are confirmed that the agent could not read; root’s are the agent’s', { timeout: 60_000 }, () => {
    const { as, hours } = shared();
    expect(as(OTHER, 'confirm', `${iso(2 * HOUR)}/PT1H`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('which is user 54321'),
    });
    expect(statSync(hours, { throwIfNoEntry: false })).toBeUndefined();
    expect(as({}, 'confirm', `${iso(2 * HOUR)}/PT1H`)).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(hours)).toMatchObject(AGENT);
    expect(as(AGENT, 'list').stdout).toContain('root');
  });

  it('the agent’s is whoever has the journal: the folder may be a volume of somebody else', { timeout: 60_000 }, () => {
    const { as, data } = shared();
    chownSync(data, 0, AGENT.gid);
    writeFileSync(join(data, 'journal.db'), '');
    chownSync(join(data, 'journal.db'), AGENT.uid, AGENT.gid);
    expect(as(AGENT, 'confirm', `${iso(2 * HOUR)}/PT1H`).stderr).not.toContain('Good hours cannot be read or kept');
    expect(as(AGENT, 'list')).toMatchObject({ status: 0, stdout: expect.stringContaining('outlet') });
  });
});
