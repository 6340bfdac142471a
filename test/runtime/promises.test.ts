/** A promise about false rejects, held against what people say for as long as it judges: seldom wrong, however often one looks. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LinesideError } from '#agent/errors.js';
import { BROKEN, evidenceAgainst } from '#agent/runtime/promises/evidence.js';
import { HoursBook } from '#agent/runtime/promises/hours.js';
import { type Clock, systemClock } from '#agent/time.js';
import { hoursBrokenAt } from '#scripts/scores/hours.js';
import { brokenAt } from '#scripts/scores/lines.js';
import { scratch } from '../desk/evaluation/setup.ts';
import { canMount, disk, fill } from '../faults/disk.ts';
import { ManualClock } from '../simulators/clock.ts';

it.each([1 / 10, 1 / 50])(
  'is called broken in at most one line of forty where %f is kept exactly, whoever looks after every part',
  (promised) => {
    const broken = Array.from({ length: 100 }, (_, i) => brokenAt(i + 1, { promised, real: promised, parts: 2000 }));
    expect(broken.filter((at) => at !== null).length).toBeLessThanOrEqual(100 / BROKEN + 2);
  },
);

it.each([
  [1 / 10, 0.2, 300],
  [1 / 50, 0.06, 700],
  [1 / 50, 0.3, 60],
])('of promised %f and real %f it is called broken within the parts that are said', (promised, real, most) => {
  const at = Array.from({ length: 15 }, (_, i) => brokenAt(i + 1, { promised, real, parts: 5000 }) ?? Number.POSITIVE_INFINITY).sort(
    (a, b) => a - b,
  );
  expect(at[7]).toBeLessThanOrEqual(most);
});

it('has no evidence where there are no parts, where nothing can be worse, and none against what was kept', () => {
  expect(evidenceAgainst(0.1, 0, 0)).toBe(1);
  expect(evidenceAgainst(1, 5, 5)).toBe(1);
  expect(evidenceAgainst(0.1, 0, 500)).toBeLessThan(0.01);
  expect(evidenceAgainst(0.001, 1e5, 1e5)).toBeGreaterThan(BROKEN);
});

describe('good hours of a machine, of which refusals come in runs', () => {
  // Rows that count whole fail it: of these lines a third would be called broken.
  it.each([0, 0.7, 0.9, 0.97])('break no promise that is kept where a row tells %f of the next', (alike) => {
    const line = { promised: 1 / 100, real: 1 / 100, alike, rows: 10_000 };
    const broken = Array.from({ length: 40 }, (_, i) => hoursBrokenAt(i + 1, line)).filter((at) => at !== null);
    expect(broken.length).toBeLessThanOrEqual(2);
  });

  it('break one that is not', () => {
    const line = { promised: 1 / 100, real: 5 / 100, alike: 0.7, rows: 20_000 };
    const at = Array.from({ length: 15 }, (_, i) => hoursBrokenAt(i + 1, line) ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
    expect(at[7]).toBeLessThanOrEqual(5000);
  });
});

describe('the book of good hours', () => {
  const HOUR = 3_600_000;
  const hours = (id: string, from: number, to: number, station = 'outlet') => ({ id, station, from, to, who: 'eve' });
  async function book(file = join(scratch(), 'good-hours.json'), clock: Clock = new ManualClock()) {
    const told: LinesideError[] = [];
    const made = new HoursBook({ file, clock, tell: (trouble) => void told.push(trouble) });
    await made.open();
    return { made, file, told, now: clock.now() };
  }

  it('keeps them over a restart, the newest first, and takes one back', async () => {
    const { made, file, now } = await book();
    await made.confirm(hours('a', now - 5 * HOUR, now - 4 * HOUR));
    await made.confirm(hours('b', now - 2 * HOUR, now));
    await made.confirm(hours('b', now - 2 * HOUR, now));
    await made.confirm(hours('c', now - 2 * HOUR, now, 'inlet'));
    const { made: again } = await book(file);
    expect(again.of('outlet').map(({ id }) => id)).toEqual(['b', 'a']);
    await again.takeBack('b');
    expect((await book(file)).made.all.map(({ id }) => id)).toEqual(['c', 'a']);
    await expect(again.takeBack('b')).rejects.toMatchObject({ code: 'WEB_UNKNOWN' });
  });

  it.each([
    ['they end before they begin', -1, -2],
    ['they have not ended yet', -1, 1],
    ['they are longer than seven days', -24 * 8, -1],
    ['they overlap others', -4.5, -3],
  ])('refuses hours: %s', async (why, from, to) => {
    const { made, now } = await book();
    await made.confirm(hours('a', now - 5 * HOUR, now - 4 * HOUR));
    await expect(made.confirm(hours('b', now + from * HOUR, now + to * HOUR))).rejects.toThrow(why);
    expect(made.all).toHaveLength(1);
  });

  it.skipIf(!canMount())('confirms nothing that a full disk does not take, forgets nothing, and takes it when there is room', async () => {
    const path = disk('256k');
    const file = join(path, 'good-hours.json');
    const { made, now } = await book(file);
    await made.confirm(hours('a', now - 5 * HOUR, now - 4 * HOUR));
    const free = fill(path);
    const more = hours('b', now - 2 * HOUR, now - HOUR);
    const refused = await made.confirm(more).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'HOURS_UNKEPT', details: { why: 'ENOSPC: no space left on device' } });
    await expect(made.takeBack('a')).rejects.toMatchObject({ code: 'HOURS_UNKEPT' });
    expect(made.all.map(({ id }) => id)).toEqual(['a']);
    expect((await book(file)).made.all.map(({ id }) => id)).toEqual(['a']);
    expect(readdirSync(path).sort()).toEqual(['good-hours.json', 'somebody-else']);
    free();
    await made.confirm(more);
    expect((await book(file)).made.all.map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it('is written by turns: what a command says beside the agent is lost by neither', async () => {
    const { made: agent, file, now } = await book(undefined, systemClock);
    const { made: command } = await book(file, systemClock);
    const turns = [0, 1, 2, 3, 4].flatMap((i) => [
      agent.confirm(hours(`a${i}`, now - 4 * i - 2, now - 4 * i - 1)),
      command.confirm(hours(`c${i}`, now - 4 * i - 4, now - 4 * i - 3)),
    ]);
    await Promise.all(turns);
    await agent.refresh();
    expect(agent.all.length).toBe(10);
    await command.confirm(hours('one more', now - 100, now - 99));
    expect(await agent.refresh()).toBe(true);
    expect(await agent.refresh()).toBe(false);
    expect(agent.all.length).toBe(11);
    await command.takeBack('a0');
    expect(await agent.refresh()).toBe(true);
    expect(agent.all.map(({ id }) => id)).not.toContain('a0');
    await expect(agent.takeBack('a0')).rejects.toMatchObject({ code: 'WEB_UNKNOWN' });
    expect(readdirSync(dirname(file))).toEqual(['good-hours.json']);
  });

  it('takes the turn of one that was ended within it, after a while, and of no other', async () => {
    const clock = new ManualClock();
    const { made, file, now } = await book(undefined, clock);
    writeFileSync(`${file}.new`, '{"hou');
    const began = clock.elapsed();
    const confirmed = made.confirm(hours('a', now - 2, now - 1)).then(() => clock.elapsed() - began);
    const pass = async (ms: number) => {
      // Between two looks the disk is asked, which takes real time.
      for (let n = 0; n < ms / 50; n++) {
        await clock.advance(50);
        await sleep(2);
      }
    };
    await pass(3000);
    // Another one has it by now.
    writeFileSync(`${file}.other`, '{"hours');
    renameSync(`${file}.other`, `${file}.new`);
    await pass(3000);
    expect(existsSync(file)).toBe(false);
    await pass(6000);
    const took = await confirmed;
    expect(took).toBeGreaterThan(7000);
    expect((await book(file)).made.all.map(({ id }) => id)).toEqual(['a']);
    expect(readdirSync(dirname(file))).toEqual(['good-hours.json']);
  });

  it('gives up where another one took its turn meanwhile, and leaves what that one writes alone', async () => {
    const clock = new ManualClock();
    const { made, file, now } = await book(undefined, clock);
    await made.confirm(hours('a', now - 5 * HOUR, now - 4 * HOUR));
    const before = readFileSync(file, 'utf8');
    // Suspended within the turn, which is when it asks for the time: somebody else holds the draft for left behind.
    const suspended = {
      ...clock,
      now: () => {
        rmSync(`${file}.new`);
        writeFileSync(`${file}.new`, '{"hours": [');
        return clock.now();
      },
    };
    const late = new HoursBook({ file, clock: suspended, tell: () => {} });
    const more = hours('b', now - 2 * HOUR, now - HOUR);
    await expect(late.confirm(more)).rejects.toMatchObject({
      code: 'HOURS_UNKEPT',
      details: { why: expect.stringContaining('took so long') },
    });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readFileSync(`${file}.new`, 'utf8')).toBe('{"hours": [');
    rmSync(`${file}.new`);
    expect(late.all.map(({ id }) => id)).toEqual(['a']);
    await made.confirm(more);
    expect((await book(file)).made.all.map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it.each<[string, (file: string) => void]>([
    ['is no file', (file) => mkdirSync(file)],
    ['is larger than any', (file) => writeFileSync(file, JSON.stringify({ hours: [], more: 'x'.repeat(1e6) }))],
    ['is written otherwise', (file) => writeFileSync(file, '{"hours": [{"id": "a", "until": 5}]}')],
  ])('writes over nothing that it cannot read: %s', async (_, put) => {
    const file = join(scratch(), 'good-hours.json');
    put(file);
    await expect(book(file)).rejects.toMatchObject({ code: 'HOURS_UNKEPT' });
    // An agent goes on all the same, says so once, and calls it not empty.
    const told: LinesideError[] = [];
    const clock = new ManualClock();
    const agent = new HoursBook({ file, clock, tell: (trouble) => void told.push(trouble) });
    for (let n = 0; n < 3; n++) expect(await agent.refresh()).toBe(false);
    expect(told.map(({ code }) => code)).toEqual(['HOURS_UNKEPT']);
    expect(() => agent.all).toThrow('HOURS_UNKEPT');
    expect(agent.of('outlet')).toEqual([]);
    const now = clock.now();
    await expect(agent.confirm(hours('a', now - 2 * HOUR, now - HOUR))).rejects.toMatchObject({ code: 'HOURS_UNKEPT' });
    await expect(agent.takeBack('a')).rejects.toMatchObject({ code: 'HOURS_UNKEPT' });
    expect(readdirSync(dirname(file))).toEqual(['good-hours.json']);
    // Mended, it is as ever.
    renameSync(file, `${file}.away`);
    await agent.refresh();
    expect(agent.all).toEqual([]);
    await agent.confirm(hours('a', now - 2 * HOUR, now - HOUR));
    expect(agent.all.map(({ id }) => id)).toEqual(['a']);
  });

  it('keeps what was read before while the file cannot be read, and reads it again when it can', async () => {
    const { made, file, told, now } = await book();
    await made.confirm(hours('a', now - 5 * HOUR, now - 4 * HOUR));
    renameSync(file, `${file}.away`);
    mkdirSync(file);
    expect(await made.refresh()).toBe(false);
    expect(made.troubles.map(({ code }) => code)).toEqual(['HOURS_UNKEPT']);
    expect(made.of('outlet').map(({ id }) => id)).toEqual(['a']);
    expect(() => made.all).toThrow('HOURS_UNKEPT');
    rmdirSync(file);
    renameSync(`${file}.away`, file);
    expect(await made.refresh()).toBe(false);
    expect(made.all.map(({ id }) => id)).toEqual(['a']);
    expect(made.troubles).toEqual([]);
    expect(told).toHaveLength(1);
  });

  it('puts a torn file aside, says so, and tears no second one away', async () => {
    const { file, now } = await book();
    const torn = '{"hours": [{"id": "a"';
    writeFileSync(file, torn);
    const { made, told } = await book(file);
    expect(made.all).toEqual([]);
    expect(told.map(({ code, details }) => [code, details['file']])).toEqual([['HOURS_TORN', 'good-hours.json.torn']]);
    expect(readFileSync(`${file}.torn`, 'utf8')).toBe(torn);
    // It stands until somebody has taken away what was put aside.
    await made.refresh();
    expect(made.troubles.map(({ code }) => code)).toEqual(['HOURS_TORN']);
    await made.confirm(hours('b', now - 2 * HOUR, now - HOUR));
    expect((await book(file)).made.all.map(({ id }) => id)).toEqual(['b']);
    writeFileSync(file, '{');
    await expect(made.confirm(hours('c', now - 5 * HOUR, now - 4 * HOUR))).rejects.toMatchObject({
      code: 'HOURS_UNKEPT',
      details: { why: expect.stringContaining('good-hours.json.torn') },
    });
    expect([file, `${file}.torn`].map((name) => readFileSync(name, 'utf8'))).toEqual(['{', torn]);
    expect(readdirSync(dirname(file)).sort()).toEqual(['good-hours.json', 'good-hours.json.torn']);
    for (const name of [file, `${file}.torn`]) rmSync(name);
    await made.refresh();
    expect(made.troubles).toEqual([]);
  });

  it('is bounded', async () => {
    const { made, file, now } = await book();
    const many = Array.from({ length: 500 }, (_, i) => ({ ...hours(`h${i}`, now - HOUR - 2 * i, now - HOUR - 2 * i + 1), at: now }));
    writeFileSync(file, JSON.stringify({ hours: many }));
    await made.open();
    await expect(made.confirm(hours('one more', now - 2, now - 1))).rejects.toThrow('500 are confirmed already');
  });
});
