import { describe, expect, it } from 'vitest';
import { AlarmBook } from '#agent/alarms.js';
import type { Alarm, Journal, JournalEntry } from '#agent/contracts.js';
import { LinesideError } from '#agent/errors.js';
import { Recorder } from '#agent/recorder.js';
import { ManualClock, settle } from './simulators/clock.ts';
import { memoryLog } from './simulators/log.ts';

const entry = (n: number): JournalEntry => ({ load: { kind: 'agent', at: n, detail: String(n) } });

function setup(bound?: number, opened = true) {
  const clock = new ManualClock();
  const stored: number[] = [];
  const faults: (string | null)[] = [];
  const disk = { works: true };
  const journal: Journal = {
    append: async (e) => {
      await settle();
      if (!disk.works) throw new LinesideError('STORE_FULL', { why: 'no space' });
      stored.push(e.load?.at ?? -1);
    },
    keepImage: () => {},
  };
  const log = memoryLog();
  const recorder = new Recorder({
    journal,
    clock,
    log,
    onFault: (f) => faults.push(f?.code ?? null),
    ...(bound === undefined ? {} : { bound }),
  });
  if (opened) recorder.open();
  return { clock, stored, faults, disk, recorder, log };
}

describe('the recorder', () => {
  it('hands over at once and in order', async () => {
    const { recorder, stored, faults } = setup();
    for (let i = 0; i < 5; i++) recorder.record(entry(i));
    expect(recorder.depth.depth).toBe(5);
    await recorder.flush(1000);
    expect(stored).toEqual([0, 1, 2, 3, 4]);
    expect(faults).toEqual([]);
  });

  it('keeps what a full disk refused, and what comes meanwhile, and stores it in order when there is room', async () => {
    const { recorder, stored, faults, disk, clock } = setup();
    disk.works = false;
    for (let i = 0; i < 3; i++) recorder.record(entry(i));
    await settle();
    await settle();
    recorder.record(entry(3));
    await clock.advance(3000);
    expect([stored, faults, recorder.depth.depth]).toEqual([[], ['STORE_FULL'], 4]);
    disk.works = true;
    await clock.advance(1000);
    await settle();
    await clock.advance(1000);
    expect(stored).toEqual([0, 1, 2, 3]);
    expect(faults).toEqual(['STORE_FULL', null]);
    recorder.record(entry(4));
    await recorder.flush(1000);
    expect(stored.at(-1)).toBe(4);
  });

  it('keeps what comes before the journal is open, and hands it over first', async () => {
    const { recorder, stored, faults } = setup(undefined, false);
    recorder.record(entry(0));
    recorder.record(entry(1));
    await settle();
    expect(stored).toEqual([]);
    recorder.open();
    recorder.record(entry(2));
    await recorder.flush(1000);
    expect([stored, faults]).toEqual([[0, 1, 2], []]);
  });

  it('drops the newest beyond its bound, and counts and says it', () => {
    const { recorder, disk, log } = setup(3);
    disk.works = false;
    for (let i = 0; i < 5; i++) recorder.record(entry(i));
    expect(recorder.depth).toEqual({ depth: 3, bound: 3, dropped: 2 });
    expect(log.lines.filter((l) => l.level === 'error')).toHaveLength(2);
  });

  it('gives up waiting after its patience', async () => {
    const { recorder, disk, clock } = setup();
    disk.works = false;
    recorder.record(entry(0));
    const flushed = recorder.flush(2500).then(() => 'gave up');
    await clock.advance(2600);
    expect(await flushed).toBe('gave up');
  });
});

describe('a recorder whose journal never opened', () => {
  it('keeps nobody waiting who wants to end', async () => {
    const { recorder, stored } = setup(undefined, false);
    recorder.record(entry(0));
    // The clock stands still: waiting for any patience would be forever.
    await recorder.flush(5000);
    expect(stored).toEqual([]);
  });
});

describe('the alarm book', () => {
  const book = (before: readonly Alarm[] = []) => {
    const changes: string[] = [];
    const alarms = new AlarmBook(new ManualClock(), (a) => changes.push(`${a.key} ${a.active ? 'on' : 'off'}`));
    alarms.take(before);
    return { alarms, changes };
  };

  it('tells a fault once and its end once', () => {
    const { alarms, changes } = book();
    for (const on of [true, true, false, false]) alarms.set('CAMERA_SILENT', 'camera/top', on, { camera: 'top', seconds: 5 });
    expect(changes).toEqual(['CAMERA_SILENT/camera/top on', 'CAMERA_SILENT/camera/top off']);
  });

  it('speaks the sentence and the next step of the table', () => {
    const { alarms } = book();
    alarms.set('CAMERA_SILENT', 'camera/top', true, { camera: 'top', seconds: 5 });
    expect(alarms.all[0]).toMatchObject({
      text: 'Camera top has sent no picture for 5 s.',
      next: 'Check the camera; the agent restarts the connection by itself.',
    });
  });

  it('clears what a part had, except the fault it has now', () => {
    const { alarms, changes } = book();
    alarms.set('CAMERA_SILENT', 'camera/top', true);
    alarms.set('CAMERA_UNREACHABLE', 'camera/top', true);
    alarms.set('CAMERA_SILENT', 'camera/side', true);
    alarms.clear('camera/top', 'CAMERA_UNREACHABLE');
    expect(alarms.all.map((a) => a.key)).toEqual(['CAMERA_UNREACHABLE/camera/top', 'CAMERA_SILENT/camera/side']);
    alarms.clear('camera/top');
    expect(changes.at(-1)).toBe('CAMERA_UNREACHABLE/camera/top off');
  });

  it('knows what was wrong before the restart, so that its end is told', () => {
    const first = book();
    first.alarms.set('CAMERA_SILENT', 'camera/top', true);
    const { alarms, changes } = book(first.alarms.all);
    alarms.clear('camera/top');
    expect(changes).toEqual(['CAMERA_SILENT/camera/top off']);
  });
});
