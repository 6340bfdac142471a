/** The journal that queries are put to: whole and as long as was asked for, or none. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BATCH } from '#agent/desk/bench/journal.js';
import { queryBench } from '#agent/desk/bench/queries.js';
import { countInspections } from '#agent/store/read.js';
import { faultOf } from '../../inference/setup.ts';
import { scratch } from '../evaluation/setup.ts';

/** What was written, step by step. */
async function ask(folder: string | null, records: number) {
  const steps: string[] = [];
  const bench = await queryBench({ records, folder, onStep: (what) => void steps.push(what) });
  const figures: Record<string, number> = {};
  await bench.round((name, value) => {
    figures[name] = value;
  });
  await bench.stop();
  return { steps, figures };
}

it('makes a journal once, asks it each question, and takes none that is longer or shorter than what is asked for', async () => {
  const folder = join(scratch(), 'journal');
  const first = await ask(folder, 300);
  expect(first.steps).toEqual(['300 records written']);
  expect(first.figures).toMatchObject({ query_station_left_over: 0, query_narrow_score_left_over: 0 });
  expect(first.figures['query_verdict_and_time_ms']).toBeGreaterThan(0);
  expect(countInspections(folder)).toBe(300);
  expect((await ask(folder, 300)).steps).toEqual([]);
  const fault = await faultOf(ask(folder, 400));
  expect(fault.code).toBe('USAGE');
  expect(fault.message).toContain(`${folder} has 300 records, not 400; say --records 300`);
});

it('begins anew where the making was interrupted, and takes no half of a journal for one', async () => {
  const folder = join(scratch(), 'journal');
  const records = BATCH + 200;
  const interrupted = queryBench({
    records,
    folder,
    onStep: () => {
      throw new Error('the power went');
    },
  });
  await expect(interrupted).rejects.toThrow('the power went');
  expect(countInspections(`${folder}.making`)).toBe(BATCH);
  expect(existsSync(folder)).toBe(false);
  await ask(folder, records);
  expect(countInspections(folder)).toBe(records);
  expect(existsSync(`${folder}.making`)).toBe(false);
});

it('puts no journal where something else lies', async () => {
  const folder = scratch();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'mine.txt'), 'x');
  const fault = await faultOf(ask(folder, 100));
  expect(fault.code).toBe('USAGE');
  expect(existsSync(`${folder}.making`)).toBe(false);
});
