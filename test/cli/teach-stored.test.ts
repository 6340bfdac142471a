/** A technician teaches a normal machine on the command line from hours that this box has stored itself, and has it run beside what judges. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { readManifest } from '#agent/inference/manifest.js';
import { sql } from '../store/setup.ts';
import { bought, fill, HOUR, HOURS, stationOf } from '../teaching/stored.ts';
import { linesideIn } from './setup.ts';

// Each command teaches in a process with the least urgency: a box that does other things too takes its time.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 120_000 });

const NEWEST = Date.now() - 60_000;
/** Of Berlin, as the command says it; in summer it is another one. */
const TZ = 'Europe/Berlin';
const hour = (hours: number, by = 60_000) =>
  `${new Date(NEWEST - hours * HOUR - by).toISOString().slice(0, 19)}Z/${new Date(NEWEST - hours * HOUR + by).toISOString().slice(0, 19)}Z`;

let box: string;
beforeAll(async () => {
  box = mkdtempSync(join(tmpdir(), 'lineside-hours-'));
  await bought(join(box, 'models', 'as-bought'));
  await fill(join(box, 'data'), NEWEST);
  const { opcua, stations } = stationOf();
  const plain = { trigger: { every: '1h' }, models: {} };
  const config = {
    line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3' },
    opcua,
    stations: { ...stations, plain },
    inference: { models: 'models' },
    store: { path: 'data' },
  };
  writeFileSync(join(box, 'line.yaml'), JSON.stringify(config));
});

afterAll(() => rmSync(box, { recursive: true, force: true }));

const lineside = (...args: readonly string[]) => linesideIn({ cwd: box, env: { TZ } }, ...args);
const teach = (...args: readonly string[]) => lineside('teach', 'machine', '--config', 'line.yaml', ...args);
const good = (...hours: readonly number[]) => ['--good', ...hours.map((one) => hour(one))];
const taught = (name: string) => join(box, 'data', 'packages', name);

describe('teach machine --good', () => {
  it('tells what four hours would teach and promise, and writes nothing', () => {
    const { status, stdout, stderr } = teach('--station', 'outlet', ...good(...HOURS), '--look', '--to', 'press-normal');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^press-normal would be taught from 960 rows in 4 stretches; nothing is written\n {2}tags used: a, b\n/);
    expect(stdout).toContain('c: it hardly ever changes');
    expect(stdout).toContain('false alarms: about 1 good row in 100 alarms, on a machine as in these 4 stretches');
    expect(stdout).not.toContain('different hours');
    expect(existsSync(taught('press-normal'))).toBe(false);
  });

  it('promises nothing of fewer, and says how many hours were shown and why more are wanted', () => {
    const { stdout } = teach(...good(1), '--look', '--to', 'press-normal');
    expect(stdout).toContain('not promised: 1 stretch shown, and at least 4 from different hours or days are needed');
    expect(stdout).toContain('show stretches from at least 4 different hours, shifts or days');
  });

  it('says which of them holds nothing, in the time of this box', () => {
    const nothing = `${new Date(NEWEST - 30 * HOUR).toISOString().slice(0, 19)}Z/PT1H`;
    const { status, stdout } = teach(...good(...HOURS), nothing, '--look', '--to', 'press-normal');
    expect(status).toBe(0);
    expect(stdout).toMatch(/nothing is stored of the time from \S+ \S+ \+0[12]:00 to \S+ \S+ \+0[12]:00, so that it does not count/);
    const none = teach('--good', nothing, '--look', '--to', 'press-normal');
    expect(none).toMatchObject({ stdout: '', status: 6 });
    expect(none.stderr).toMatch(
      /Nothing can be learned from these stretches: \S+ \S+ \+0[12]:00: no part of outlet with a window of its tags/,
    );
  });

  it('writes a package to what is taught on this box, on record; it runs beside what judges, judges, and goes back', async () => {
    const done = teach('--station', 'outlet', ...good(...HOURS), '--to', 'press-hours');
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(done.stdout).toContain(
      'it judges nothing yet: `lineside models shadow outlet/process press-hours` runs it beside what judges there',
    );
    const { inputs, provenance } = await readManifest(taught('press-hours'));
    expect(inputs.window).toMatchObject({ steps: 40, channels: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] });
    expect(provenance).toMatchObject({ taught: { promised: { one_in: 100 }, stretches: { length: 4 } } });
    const process = () => parse(readFileSync(join(box, 'line.yaml'), 'utf8')).stations.outlet.models.process;

    const beside = lineside('models', 'shadow', 'outlet/process', 'press-hours', '--config', 'line.yaml');
    expect(beside).toMatchObject({ status: 0, stderr: '' });
    expect(beside.stdout).toContain('press-hours runs beside as-bought, which judges; nothing press-hours says reaches the PLC');
    expect(process()).toEqual({ model: 'as-bought', shadow: { model: 'press-hours' } });
    // Whatever is in the config is not replaced under it.
    expect(teach(...good(...HOURS), '--to', 'press-hours', '--force')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('press-hours is in the config already: give it another name'),
    });
    expect(lineside('models', 'promote', 'outlet/process', '--config', 'line.yaml').status).toBe(0);
    expect(process()).toMatchObject({ model: 'press-hours', previous: { model: 'as-bought' } });
    expect(lineside('models', 'rollback', '--config', 'line.yaml').status).toBe(0);
    expect(process()).toMatchObject({ model: 'as-bought', shadow: { model: 'press-hours' } });
    const ended = lineside('models', 'shadow', 'outlet/process', '--end', '--config', 'line.yaml', '--json');
    expect(JSON.parse(ended.stdout)).toMatchObject({ place: 'outlet/process', change: 'shadow_ended', to: null });
    expect(process()).toEqual({ model: 'as-bought' });
    const acts = sql<{ verb: string; detail: string }>(join(box, 'data'), 'SELECT verb, detail FROM audit_log');
    expect(acts.map(({ verb }) => verb)).toEqual(['teach', 'shadow', 'promote', 'rollback', 'shadow']);
    expect(JSON.parse(acts[0]?.detail ?? '')).toMatchObject({
      station: 'outlet',
      package: 'press-hours',
      version: '0.1.0',
      stretches: { length: 4 },
    });

    expect(teach(...good(...HOURS), '--to', 'press-hours')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is a package press-hours already: give it another name'),
    });
    expect(teach(...good(...HOURS), '--to', 'press-hours', '--force').status).toBe(0);
    expect((await readManifest(taught('press-hours'))).version).toBe('0.2.0');
  });

  it.each([
    ['a stretch that has not ended', ['--good', hour(-1)], 2, 'has ended before now'],
    ['one that ends before it begins', ['--good', '2026-03-02T07:00Z/2026-03-02T06:00Z'], 2, 'begins before it ends'],
    ['one of four days', ['--good', '2026-03-02T06:00/PT96H'], 2, 'three days long at most'],
    ['one that is shown twice', ['--good', hour(1), hour(1, 1000)], 2, 'it overlaps one that is marked'],
    ['what is no time', ['--good', 'monday'], 2, 'begin/end such as'],
    ['nothing at all', [], 2, 'good production has to be shown: --csv FILE, or --good BEGIN/END'],
    ['both ways at once', ['--csv', 'a.csv', ...good(1)], 2, 'which one is it'],
    ['a station that is not there', ['--station', 'inlet', ...good(1)], 2, 'the config has no station inlet'],
    ['a station without tags', ['--station', 'plain', ...good(1)], 2, 'station plain has no `window` of tags'],
    ['the name of what judges', [...good(1), '--to', 'as-bought'], 2, 'as-bought is in the config already'],
  ])('refuses %s, and writes nothing', (_, args, status, why) => {
    const refused = teach(...(args.includes('--to') ? [] : ['--to', 'never']), ...args);
    expect(refused).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(why) });
    expect(existsSync(taught('never'))).toBe(false);
  });
});

describe('models shadow', () => {
  it.each([
    ['no package', ['outlet/process'], 'name a package, or say --end'],
    ['a package and none', ['outlet/process', 'as-bought', '--end'], 'which one is it'],
    ['a place that is not there', ['outlet/other', 'as-bought'], 'there is no model outlet/other'],
  ])('refuses %s', (_, args, why) => {
    const before = readFileSync(join(box, 'line.yaml'), 'utf8');
    expect(lineside('models', 'shadow', ...args, '--config', 'line.yaml')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(why),
    });
    expect(readFileSync(join(box, 'line.yaml'), 'utf8')).toBe(before);
  });
});
