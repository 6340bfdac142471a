import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Recorder } from '#agent/runtime/recorder.js';
import { systemClock } from '#agent/time.js';
import { canMount, disk, fill } from '../faults/disk.ts';
import { alarm } from '../publishers/samples.ts';
import { type LogLine, memoryLog } from '../simulators/log.ts';
import { cleanUp, entry, folder, KEEP, sql } from '../store/setup.ts';

function recorder(path = folder()) {
  const lines: LogLine[] = [];
  const config = { path, keep: KEEP, images: { nok: 'all', review: 'all', ok: 'all' } } as const;
  const made = new Recorder({ path, config, clock: systemClock, log: memoryLog(lines) });
  cleanUp(() => made.stop());
  return { recorder: made, path, lines };
}

const sequences = (path: string) =>
  sql<{ sequence: number }>(path, 'SELECT sequence FROM inspections ORDER BY rowid').map(({ sequence }) => sequence);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('the recorder', () => {
  it('keeps what comes before the journal is open, and stores it first', async () => {
    const { recorder: one, path } = recorder();
    expect(one.record(entry(1))).toBe(true);
    await one.open();
    one.record(entry(2));
    await one.flush(5000);
    expect(sequences(path)).toEqual([1, 2]);
  });

  it('says to the next agent where the stations are, what was only accepted included', async () => {
    const { recorder: one } = recorder();
    await one.open();
    for (const n of upTo(5)) one.record(entry(n));
    // Not flushed: on a full disk it could not be.
    expect((await one.open()).stations['outlet']).toEqual({ lastSequence: 5, lastPart: 'P5', lastCounter: 5, saved: '{"n":5}' });
    one.record({ ...entry(6, { part: null, counter: null }), alarms: [alarm()] });
    const again = await one.open();
    expect(again.stations['outlet']).toMatchObject({ lastSequence: 6, lastPart: 'P5', lastCounter: 5 });
    expect(again.alarms).toEqual([alarm()]);
    one.record({ alarms: [alarm({ active: false })] });
    expect((await one.open()).alarms).toEqual([]);
  });

  it('says that the last number of a range of missed parts was the last', async () => {
    const { recorder: one } = recorder();
    await one.open();
    one.record(entry(1, { outcome: 'missed', part: null, counter: null, missed: { from: 6, to: 2000 } }));
    expect((await one.open()).stations['outlet']).toMatchObject({ lastSequence: 1, lastCounter: 2000 });
  });

  it('goes on from what was stored where nothing was accepted yet', async () => {
    const first = recorder();
    await first.recorder.open();
    first.recorder.record(entry(7));
    await first.recorder.stop();
    const second = recorder(first.path);
    second.recorder.record(entry(3, { station: 'inlet' }));
    const { stations } = await second.recorder.open();
    expect([stations['outlet']?.lastSequence, stations['inlet']?.lastSequence]).toEqual([7, 3]);
  });

  it('is never behind what was stored, nor behind what was accepted before that was known', async () => {
    const first = recorder();
    await first.recorder.open();
    for (const station of ['outlet', 'inlet']) first.recorder.record(entry(7, { station }));
    await first.recorder.stop();
    const second = recorder(first.path);
    second.recorder.record(entry(3));
    second.recorder.record(entry(9, { station: 'inlet', part: 'X', counter: 99 }));
    const { stations } = await second.recorder.open();
    expect(stations).toMatchObject({
      outlet: { lastSequence: 7, lastPart: 'P7', lastCounter: 7 },
      inlet: { lastSequence: 9, lastPart: 'X', lastCounter: 99 },
    });
    // An entry that was held up takes nobody back.
    second.recorder.record(entry(8, { station: 'inlet' }));
    expect((await second.recorder.open()).stations['inlet']?.lastSequence).toBe(9);
  });

  it('knows the alarms that stand, those of the life before included, until they are over', async () => {
    const [old, later] = [alarm({ key: 'a' }), alarm({ key: 'b' })];
    const first = recorder();
    await first.recorder.open();
    first.recorder.record({ alarms: [old] });
    await first.recorder.stop();
    const second = recorder(first.path);
    const known = { ...old, since: old.since + 1 };
    second.recorder.record({ alarms: [known, later] });
    expect((await second.recorder.open()).alarms).toEqual([known, later]);
    second.recorder.record({ alarms: [{ ...known, active: false }] });
    expect((await second.recorder.open()).alarms).toEqual([later]);
    await second.recorder.stop();
    const third = recorder(first.path);
    expect((await third.recorder.open()).alarms.map(({ key }) => key)).toEqual(['b']);
    third.recorder.record({ alarms: [{ ...later, active: false }] });
    expect((await third.recorder.open()).alarms).toEqual([]);
  });

  it('remembers what a station saved without a record, and nothing else of it', async () => {
    const { recorder: one } = recorder();
    await one.open();
    one.record({ state: { station: 'outlet', value: 'by command' } });
    expect((await one.open()).stations).toEqual({ outlet: { lastSequence: 0, lastPart: null, lastCounter: null, saved: 'by command' } });
    one.record(entry(4));
    one.record({ state: { station: 'outlet', value: 'again' } });
    expect((await one.open()).stations).toEqual({ outlet: { lastSequence: 4, lastPart: 'P4', lastCounter: 4, saved: 'again' } });
  });

  it('tells what is wrong with the store to who listens, from the first moment on', async () => {
    const path = folder();
    writeFileSync(join(path, 'journal.db'), 'no database at all '.repeat(1000));
    const { recorder: one } = recorder(path);
    const heard: string[][] = [[], []];
    const listen = (who: number) => one.listen((faults) => heard[who]?.push(faults.map(({ code }) => code).join()));
    listen(0);
    expect(heard[0]).toEqual(['']);
    await one.open();
    expect(heard[0]?.at(-1)).toBe('STORE_DAMAGED');
    const before = heard[0]?.length;
    listen(1);
    expect(heard[1]).toEqual(['STORE_DAMAGED']);
    expect(heard[0]).toHaveLength(before ?? -1);
  });

  it('accepts nothing when it has been stopped, and no station moves by that', async () => {
    const { recorder: one } = recorder();
    await one.open();
    one.record(entry(1));
    expect(await one.stop()).toEqual({ spilled: 0, lost: [] });
    expect(one.record(entry(2))).toBe(false);
    expect((await one.open()).stations['outlet']?.lastSequence).toBe(1);
  });
});

describe.skipIf(!canMount())('a stop while the disk is full', () => {
  /** Accepted until the journal says that it takes no more, and `more` after that. */
  async function untilFull(path: string, more: number) {
    const { recorder: one, lines } = recorder(path);
    await one.open();
    const faults: string[][] = [];
    one.listen((list) => faults.push(list.map(({ code }) => code)));
    let accepted = 0;
    const put = () => one.record(entry(++accepted));
    for (let i = 0; i < 10; i++) put();
    await one.flush(5000);
    // The room for what a stop leaves is taken in a quiet moment.
    await expect.poll(() => sizeOf(join(path, 'journal.spill')), { timeout: 10_000 }).toBeGreaterThanOrEqual(64 * 1024);
    fill(path);
    while (!faults.flat().includes('STORE_FULL')) {
      put();
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (let i = 0; i < more; i++) put();
    return { one, lines, accepted };
  }

  it('ends in time, keeps the records for the next start, and gives no sequence out twice', { timeout: 60_000 }, async () => {
    const path = disk('8m');
    const { one, accepted } = await untilFull(path, 20);
    const began = performance.now();
    const { spilled, lost } = await one.stop();
    expect(performance.now() - began).toBeLessThan(8000);
    expect(lost).toEqual([]);
    expect(spilled).toBe(accepted - sequences(path).length);
    expect(spilled).toBeGreaterThan(0);

    rmSync(join(path, 'somebody-else'));
    const next = recorder(path);
    const { stations } = await next.recorder.open();
    expect(stations['outlet']).toMatchObject({ lastSequence: accepted, lastPart: `P${accepted}`, saved: `{"n":${accepted}}` });
    next.recorder.record(entry(accepted + 1));
    await next.recorder.flush(5000);
    expect(sequences(path)).toEqual(upTo(accepted + 1));
    expect(sql(path, 'SELECT count(*) AS n FROM outbox')).toEqual([{ n: accepted + 1 }]);
    await next.recorder.stop();
    // Stored once: the file is empty again.
    const third = recorder(path);
    await third.recorder.open();
    await third.recorder.flush(5000);
    expect(sequences(path)).toEqual(upTo(accepted + 1));
  });

  it('says exactly what has no room anywhere, and leaves its numbers free', { timeout: 60_000 }, async () => {
    const path = disk('8m');
    const { one, lines, accepted } = await untilFull(path, 4000);
    const { spilled, lost } = await one.stop();
    const stored = sequences(path).length;
    expect(lost).toEqual([{ station: 'outlet', from: stored + spilled + 1, to: accepted }]);
    const said = lines.map(({ details }) => details).find((details) => 'code' in details && details.code === 'STORE_RECORDS_LOST');
    expect(said).toMatchObject({ sequences: `outlet ${stored + spilled + 1}-${accepted}` });

    rmSync(join(path, 'somebody-else'));
    const next = recorder(path);
    const faults: string[] = [];
    const { stations } = await next.recorder.open();
    next.recorder.listen((list) => faults.push(...list.map(({ sentence }) => sentence)));
    expect(stations['outlet']?.lastSequence).toBe(accepted);
    next.recorder.record(entry(accepted + 1));
    await next.recorder.flush(10_000);
    expect(sequences(path)).toEqual([...upTo(stored + spilled), accepted + 1]);
    expect(faults.join()).toContain(`outlet ${stored + spilled + 1}-${accepted}`);
    expect(sql(path, "SELECT detail FROM audit WHERE verb = 'records lost'")).toEqual([
      { detail: JSON.stringify({ station: 'outlet', from: stored + spilled + 1, to: accepted }) },
    ]);
  });
});

const sizeOf = (file: string): number => {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
};
