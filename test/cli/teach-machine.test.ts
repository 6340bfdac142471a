/** A technician teaches a normal machine on the command line, and has it judged. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';

import { readManifest } from '#agent/inference/manifest.js';
import { scoreOf } from '#agent/teaching/machine/network.js';
import { learn, scoresOf } from '#agent/teaching/machine/rule.js';
import { scratch } from '../desk/evaluation/setup.ts';
import { bench, tagWindow, windowSlot } from '../inference/setup.ts';
import { csv, faulty, machine, stretch, TAGS } from '../teaching/machines.ts';
import { linesideIn } from './setup.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'bundle', 'main.js');
const good = (seed: number) => machine(120, seed, seed / 10);

/** A folder with good days and one with a fault. */
function workshop() {
  const folder = scratch();
  for (const seed of [1, 2, 3, 4]) writeFileSync(join(folder, `day-${seed}.csv`), csv(good(seed), { times: true }));
  writeFileSync(join(folder, 'fault.csv'), csv(faulty(), { times: true }));
  const lineside = (...args: readonly string[]) => linesideIn({ cwd: folder }, ...args);
  const days = (...seeds: readonly number[]) => ['--csv', ...seeds.map((seed) => `day-${seed}.csv`)];
  return { folder, lineside, days };
}

/** Four commands, each a process with another, on a box that does other things too. */
const PATIENCE = 120_000;
const ALARM = 2.3263478740408408;

// Each command teaches in a process with the least urgency: a box that does other things too takes its time.
vi.setConfig({ testTimeout: 120_000 });

describe('teach machine', () => {
  it(
    'makes a package of four days that verifies, promises, and scores each row as the rule does',
    async () => {
      const { folder, lineside, days } = workshop();
      const taught = lineside('teach', 'machine', ...days(1, 2, 3, 4), '--to', './pump', '--json');
      expect(taught).toMatchObject({ status: 0, stderr: '' });
      const told = JSON.parse(taught.stdout);
      expect(told).toMatchObject({
        package: 'pump',
        version: '0.1.0',
        kind: 'sequence',
        rows: 480,
        promise: { promised: true, one_in: 100 },
        remarks: [],
      });
      expect(told.tags).toEqual({
        used: ['load', 'speed', 'oil'],
        combined: ['inlet', 'outlet'],
        unusable: [{ tag: 'mode', why: 'it hardly ever changes' }],
      });
      expect(told.promise.held_out.alarms).toBeLessThan(0.05);
      expect(lineside('models', 'verify', './pump').status).toBe(0);

      const { scores } = JSON.parse(lineside('models', 'score', './pump', '--on', 'fault.csv', '--json').stdout);
      const wanted = scoresOf(learn([1, 2, 3, 4].map((seed) => stretch(good(seed)))).rule, stretch(faulty()));
      expect(scores).toHaveLength(120);
      for (const [i, { row, score, threshold, alarm }] of scores.entries()) {
        expect({ row, threshold, alarm }).toEqual({ row: i + 1, threshold: 0.5, alarm: (wanted[i] ?? 0) >= ALARM });
        expect(Math.abs(score - scoreOf(wanted[i] ?? Number.NaN, ALARM))).toBeLessThan(1e-6);
      }
      expect(scores.slice(80).every(({ alarm }: { alarm: boolean }) => alarm)).toBe(true);
      // load and speed went together, and no longer do: both say so, load first.
      expect(Object.keys(scores[80].tags)[0]).toBe('load');
      expect(lineside('models', 'score', './pump', '--on', 'fault.csv').stdout).toMatch(
        /120 rows, \d+ of them alarms .*\n.*\n.*\n81 to 120 .*load \d+ %/,
      );
      const { provenance } = await readManifest(join(folder, 'pump'));
      expect(provenance).toMatchObject({ taught: { unusable: { mode: 'it hardly ever changes' }, combined: ['inlet', 'outlet'] } });
      const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
      expect(provenance).toMatchObject({
        taught: { sources: Object.fromEntries([1, 2, 3, 4].map((seed) => [`day-${seed}.csv`, sha256])) },
      });
    },
    PATIENCE,
  );

  it('promises nothing from fewer than four stretches, and says what is missing', () => {
    const { lineside, days } = workshop();
    const { stdout } = lineside('teach', 'machine', ...days(1, 2, 3), '--to', './pump');
    expect(stdout).toMatch(/not promised: 3 stretches shown, and at least 4 from different hours or days are needed/);
    expect(stdout).toMatch(
      /tags used: load, speed, oil\n {2}combined, since each alone wanders: inlet, outlet\n {2}not used:\n {4}mode: it hardly ever changes/,
    );
  });

  it('promises nothing where one long stretch would be judged by scraps, and says so', () => {
    const { folder, lineside } = workshop();
    // 20 rows are left of each scrap behind its first ones.
    const tags = (row: readonly number[]) =>
      [0, 1, 2, 3, 4, 5].flatMap((by) => row.slice(0, 3).map((value) => Math.sin(value * (97 * by + 31))));
    const wide = (rows: readonly (readonly number[])[]) =>
      `${'abcdefghijklmnopqr'.split('').join()}\n${rows.map((row) => tags(row).join()).join('\n')}\n`;
    for (const seed of [1, 2, 3]) writeFileSync(join(folder, `scrap-${seed}.csv`), wide(machine(40, seed)));
    writeFileSync(join(folder, 'long.csv'), wide(machine(400, 4)));
    const { stdout } = lineside(
      'teach',
      'machine',
      '--csv',
      'scrap-1.csv',
      'scrap-2.csv',
      'scrap-3.csv',
      'long.csv',
      '--to',
      './pump',
      '--json',
    );
    expect(JSON.parse(stdout).promise).toMatchObject({
      promised: false,
      text: expect.stringMatching(/^not promised: without the longest of the 4 stretches 60 rows are left, and 72 are needed/),
    });
  });

  it('refuses a recording that is shown twice, and tells files of one name by their folders', async () => {
    const { folder, lineside, days } = workshop();
    copyFileSync(join(folder, 'day-1.csv'), join(folder, 'again.csv'));
    expect(lineside('teach', 'machine', ...days(1, 2, 3), 'again.csv', '--to', './pump')).toMatchObject({
      status: 6,
      stderr: expect.stringMatching(/again\.csv cannot be used: from row 1 on it shows what day-1\.csv shows/),
    });
    expect(existsSync(join(folder, 'pump'))).toBe(false);
    for (const [i, name] of ['mon', 'tue', 'wed', 'thu'].entries()) {
      mkdirSync(join(folder, name));
      renameSync(join(folder, `day-${i + 1}.csv`), join(folder, name, 'press.csv'));
    }
    const csvs = ['mon', 'tue', 'wed', 'thu'].map((name) => join(name, 'press.csv'));
    expect(lineside('teach', 'machine', '--csv', ...csvs, '--to', './pump').status).toBe(0);
    const sources = Object.fromEntries(csvs.map((name) => [name, expect.any(String)]));
    const { provenance } = await readManifest(join(folder, 'pump'));
    expect(provenance).toMatchObject({ taught: { sources } });
    expect(readFileSync(join(folder, 'pump', 'manifest.yaml'), 'utf8')).not.toContain(folder);
  });

  it('is ended where it takes more memory than it may', () => {
    const { folder, lineside, days } = workshop();
    expect(lineside('teach', 'machine', ...days(1, 2, 3, 4), '--to', './pump', '--memory', '30')).toMatchObject({ stdout: '' });
    expect(existsSync(join(folder, 'pump'))).toBe(false);
  });

  it('is judged by an agent as any other package, from the first row after a start, and names the tags', async () => {
    const { folder, lineside, days } = workshop();
    lineside('teach', 'machine', ...days(1, 2, 3, 4), '--to', './pump');
    const channels = ['load', 'speed', 'oil', 'inlet', 'outlet'].map((tag) => `plc.${tag}`);
    const slot = windowSlot('pump', { channels, explain: 'not_good' });
    const { engine } = await bench([slot], { models: folder });
    await engine.start();
    const { steps } = (await readManifest(join(folder, 'pump'))).inputs.window ?? { steps: 0 };
    const seen = faulty()
      .slice(0, 90)
      .map((row) => row.slice(0, 5));
    const before = Array.from({ length: steps - seen.length }, () => channels.map(() => Number.NaN));
    const finding = await engine.infer(slot.id, { window: tagWindow([...before, ...seen], { tags: channels }) });
    const wanted = scoresOf(learn([1, 2, 3, 4].map((seed) => stretch(good(seed)))).rule, stretch(faulty().slice(0, 90))).at(-1) ?? 0;
    expect(finding.score).toBeCloseTo(scoreOf(wanted, ALARM), 6);
    expect(finding).toMatchObject({ label: 'unexpected', threshold: 0.5 });
    const [most] = Object.entries(finding.contributions ?? {}).sort(([, a], [, b]) => b - a);
    expect(most?.[0]).toBe('plc.load');
    // It began ten rows ago.
    expect(finding.rowContributions?.slice(-10).reduce((sum, share) => sum + share, 0)).toBeGreaterThan(0.9);
  });

  it('replaces a package only with --force, with the next version, and with whole files', async () => {
    const { folder, lineside, days } = workshop();
    const teach = (...more: readonly string[]) => lineside('teach', 'machine', ...days(1, 2, 3, 4), '--to', './pump', ...more);
    expect(teach().status).toBe(0);
    const before = readFileSync(join(folder, 'pump', 'manifest.yaml'), 'utf8');
    expect(teach()).toMatchObject({ status: 2, stderr: expect.stringContaining('there is a package pump already; --force replaces it') });
    expect(readFileSync(join(folder, 'pump', 'manifest.yaml'), 'utf8')).toBe(before);
    expect(teach('--force', '--alarm', '1000').status).toBe(0);
    expect(await readManifest(join(folder, 'pump'))).toMatchObject({
      version: '0.2.0',
      provenance: { taught: { alarm: '1 good row in 1000' } },
    });
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('leaves nothing half when it is killed, and the next one clears away what was left beside', async () => {
    const { folder, lineside, days } = workshop();
    const child = spawn(process.execPath, [MAIN, 'teach', 'machine', ...days(1, 2, 3, 4), '--to', './pump'], { cwd: folder });
    const beside = () => readdirSync(folder).filter((name) => name.startsWith('.'));
    while (beside().length === 0 && child.exitCode === null) await sleep(1);
    const pid = Number(beside()[0]?.split('-').at(-1));
    expect(pid).toBeGreaterThan(0);
    // As a power cut does: the command, and the process that writes for it, which would live on for half a second.
    for (const each of [child.pid ?? 0, pid]) process.kill(each, 'SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    while (existsSync(`/proc/${pid}`)) await sleep(10);
    expect(existsSync(join(folder, 'pump'))).toBe(false);
    expect(beside()).toHaveLength(1);
    expect(lineside('models', 'list', '--models', '.').stdout).not.toContain('lineside-teaching');
    expect(lineside('teach', 'machine', ...days(1, 2, 3, 4), '--to', './pump').status).toBe(0);
    expect(beside()).toEqual([]);
  });

  it.each([
    ['a file that is not there', ['--csv', 'no.csv'], 6, /no\.csv cannot be used/],
    ['a file of words', ['--csv', 'words.csv'], 6, /no column of numbers/],
    ['nothing that changes', ['--csv', 'still.csv'], 6, /no tag changes/],
    ['too few rows', ['--csv', 'short.csv'], 6, /100 are the least/],
    ['no recording', [], 2, /--csv/],
    ['an alarm that none can have', ['--csv', 'day-1.csv', '--alarm', '1'], 2, /a number above 1/],
  ])('refuses %s, and writes nothing', (_, args, code, why) => {
    const { folder, lineside } = workshop();
    writeFileSync(join(folder, 'words.csv'), 'a,b\nx,y\n');
    writeFileSync(join(folder, 'still.csv'), `a,b\n${'1,2\n'.repeat(200)}`);
    writeFileSync(join(folder, 'short.csv'), csv(machine(60, 1)));
    const { status, stdout, stderr } = lineside('teach', 'machine', ...args, '--to', './pump');
    expect({ status, stdout }).toEqual({ status: code, stdout: '' });
    expect(stderr).toMatch(why);
    expect(existsSync(join(folder, 'pump'))).toBe(false);
  });

  it.each(['./Pump', './a b'])('refuses the name %s', (name) => {
    const { lineside, days } = workshop();
    expect(lineside('teach', 'machine', ...days(1), '--to', name)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cannot be named'),
    });
  });
});

describe('models score', () => {
  it('refuses a recording without the package’s tags, and a package that looks at pictures', () => {
    const { folder, lineside, days } = workshop();
    lineside('teach', 'machine', ...days(1, 2, 3, 4), '--to', './pump');
    writeFileSync(join(folder, 'other.csv'), csv(faulty()).replace(TAGS[0], 'weight'));
    expect(lineside('models', 'score', './pump', '--on', 'other.csv')).toMatchObject({
      status: 6,
      stderr: expect.stringContaining('it has no tag load'),
    });
    expect(lineside('models', 'score', 'demo-surface', '--on', 'other.csv')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('looks at no tags'),
    });
  });

  it('is causal where a tag is known only later: no score changes when the rows to come do', () => {
    const { folder, lineside, days } = workshop();
    lineside('teach', 'machine', ...days(1, 2, 3, 4), '--to', './pump');
    const rows = (oil: number) =>
      faulty()
        .slice(0, 40)
        .map((row, i) => row.map((value, tag) => (tag === 2 ? (i < 20 ? '' : i === 20 ? oil : value) : value)));
    const scoresWith = (oil: number) => {
      writeFileSync(
        join(folder, 'late.csv'),
        `${TAGS.join()}\n${rows(oil)
          .map((row) => row.join())
          .join('\n')}\n`,
      );
      return JSON.parse(lineside('models', 'score', './pump', '--on', 'late.csv', '--json').stdout).scores.map(
        ({ score }: { score: number }) => score,
      );
    };
    const [usual, wild] = [scoresWith(100), scoresWith(400)];
    expect(wild.slice(0, 20)).toEqual(usual.slice(0, 20));
    expect(wild[20]).toBeGreaterThan(usual[20]);
  });

  it('scores no row of a package that says nothing for a tag before the tag is known', () => {
    const { folder, lineside } = workshop();
    const rows = Array.from({ length: 40 }, (_, i) => [240.4, 12, i < 10 ? '' : 799.5, 3.2, 1.81, 48]);
    const header = 'die_temp,coolant_flow,pressure,plunger_speed,vibration,oil_temp';
    writeFileSync(join(folder, 'press.csv'), `${header}\n${rows.map((row) => row.join()).join('\n')}\n`);
    const { scores } = JSON.parse(lineside('models', 'score', 'demo-process', '--on', 'press.csv', '--json').stdout);
    expect(scores.map(({ score }: { score: number | null }) => score === null)).toEqual(rows.map((_, i) => i < 10));
    expect(lineside('models', 'score', 'demo-process', '--on', 'press.csv').stdout).toContain('10 of them before all tags were known');
  });

  it('does the same for any package that scores a window', () => {
    const { folder, lineside } = workshop();
    const rows = Array.from({ length: 40 }, () => [240.4, 12, 799.5, 3.2, 1.81, 48]);
    const header = 'die_temp,coolant_flow,pressure,plunger_speed,vibration,oil_temp';
    writeFileSync(join(folder, 'press.csv'), `${header}\n${rows.map((row) => row.join()).join('\n')}\n`);
    const { status, stdout } = lineside('models', 'score', 'demo-process', '--on', 'press.csv', '--json');
    expect(status).toBe(0);
    const { scores } = JSON.parse(stdout);
    expect(scores).toHaveLength(40);
    expect(scores.every(({ alarm }: { alarm: boolean }) => !alarm)).toBe(true);
  });
});
