/** A machine's package for the window of a station: what it was not taught is passed over, and the network says what the rule says. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyPackage } from '#agent/inference/verify.js';
import type { Recording } from '#agent/teaching/machine/recording.js';
import { teachMachine } from '#agent/teaching/machine/teach.js';
import { writePackage } from '#agent/teaching/package.js';
import { scratch } from '../desk/evaluation/setup.ts';
import { machine, TAGS } from './machines.ts';

const recording = (seed: number): Recording => ({
  file: `hour ${seed}`,
  tags: [...TAGS],
  values: Float32Array.from(machine(120, seed, seed / 10).flat()),
  rows: 120,
  times: Array.from({ length: 120 }, (_, row) => row * 100),
  others: [],
});
const RECORDINGS = [1, 2, 3, 4].map(recording);

it.each([12, 39, 40, 320])(
  'holds its goldens in a window of %i rows, with tags in another order and one that stands still',
  async (steps) => {
    const tags = [...TAGS].reverse();
    const { lesson, tags: told, promise, remarks } = teachMachine({ recordings: RECORDINGS, oneIn: 100, window: { tags, steps } });
    expect(told.unusable).toEqual([{ tag: 'mode', why: 'it hardly ever changes' }]);
    expect(lesson.inputs).toMatchObject({ window: { steps, every: '100ms', channels: tags.map((name) => ({ name })) } });
    // The rows shown were scored with all that came before them: of a window in which nothing settles they tell nothing.
    const isShort = steps < 40;
    expect([promise.promised, remarks.length]).toEqual([!isShort, isShort ? 1 : 0]);
    if (isShort) expect(`${promise.text} ${remarks}`).toMatch(/^not promised: a window of \d\d rows .* at least 40, by a longer `span`$/);
    const folder = join(scratch(), 'press-normal');
    const prove = async (at: string) => {
      const { variants } = await verifyPackage(at, { providers: ['cpu'], threads: 1, rounds: 1 });
      expect(variants.map(({ ok, fault }) => ({ ok, fault }))).toEqual([{ ok: true, fault: null }]);
    };
    await writePackage(lesson, { folder, version: '0.1.0', force: false, now: 0, prove });
    // The one that stands still has no share in any alarm.
    for (const { outputs } of lesson.cases) expect(outputs['contribution']?.data[0]).toBe(0);
  },
);
