import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cameraOf, grey, type Line, startLine, stationOf } from '../integration/line.ts';

const PERIOD = 100;
/** Of the line's station. */
const DEADLINE = 500;
/** The package `slow` takes first pixel x second pixel x 20 rounds: some 600 ms on a quick box, or none at all. */
const HANGS = 255;
const HANGING = (x: number, y: number) => (y === 0 && x < 2 ? HANGS : 50);
const QUICK = (x: number) => (x < 2 ? 0 : 50);

const alarms = (line: Line, code: string) =>
  line.subscriber.received.filter(({ topic }) => topic.includes(`/alarm/${code}/`)).map(({ payload }) => payload['active']);
const REVIEW = 3;

/** Settles when the last `count` answers were none of on_failure. */
const healthy = (line: Line, from: number, count = 5) =>
  line.plc.until(() => {
    const last = line.station().answers.slice(from).slice(-count);
    return last.length === count && last.every(({ verdict }) => verdict !== REVIEW);
  }, 'that parts are judged again');

async function ended(line: Line) {
  await line.halt();
  expect(await line.agent.stop()).toBe(0);
  await line.published();
  return line.expectSound();
}

describe('a model', () => {
  it('that hangs costs the parts that it has, which are told so in time, and heals', { timeout: 120_000 }, async () => {
    const line = await startLine({
      cameras: (folder) => ({ top: cameraOf(folder, 'moods', 4) }),
      prepare: async (folder) => {
        mkdirSync(join(folder, 'moods'));
        for (let i = 1; i <= 16; i++) await grey(join(folder, 'moods', `${i}.png`), i === 16 ? HANGING : QUICK);
      },
      stations: { outlet: stationOf('', { models: { surface: { model: 'slow', camera: 'top' } } }) },
      inference: { timeout: '250ms' },
    });
    await line.ready();
    await line.plc.run(PERIOD);
    const { answers } = line.station();
    await line.plc.until(() => answers.some(({ verdict }) => verdict === REVIEW), 'on_failure');
    await healthy(line, answers.length);
    const rows = await ended(line);
    const failed = rows.filter(({ outcome }) => outcome === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.filter(({ reasons }) => !/DEADLINE_MISSED|MODEL_HUNG|MODEL_|STATION_OVERLOADED/.test(reasons))).toEqual([]);
    expect(alarms(line, 'MODEL_HUNG')[0]).toBe(true);
  });

  it('whose thread dies is replaced, and its alarm comes and goes', { timeout: 120_000 }, async () => {
    const line = await startLine({}, { preload: [join(import.meta.dirname, 'thread-fault.mjs')] });
    await line.ready();
    await line.plc.run(PERIOD);
    await line.answered(5);
    const without: { readonly from: number; to: number }[] = [];
    for (let death = 1; death <= 2; death++) {
      // What comes in while a thread is replaced waits for it, as far as that can be in time.
      const gap = { from: Date.now() - DEADLINE, to: Number.POSITIVE_INFINITY };
      without.push(gap);
      line.agent.signal('SIGUSR2');
      await line.subscriber.until(() => alarms(line, 'MODEL_CRASHED').filter((active) => active).length === death, 'the alarm');
      await line.subscriber.until(() => alarms(line, 'MODEL_CRASHED').at(-1) === false, 'that the alarm is cleared');
      await healthy(line, line.station().answers.length);
      gap.to = Date.now();
    }
    const rows = await ended(line);
    const failed = rows.filter(({ outcome }) => outcome === 'failed');
    expect(failed.filter(({ at }) => !without.some(({ from, to }) => from <= at && at <= to))).toEqual([]);
    expect(failed.filter(({ reasons }) => !/MODEL_CRASHED|DEADLINE_MISSED|STATION_OVERLOADED/.test(reasons))).toEqual([]);
  });
});
