/**
 * One fault again and again, as lines have them: kills at random moments, a box that stands still, a PLC that stamps nothing, a cable
 * that holds its bytes back. Short forms of what is otherwise run for hours; the account afterwards is that of the pairs.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { dice } from './dice.ts';
import type { PairLine } from './line.ts';
import type { Run } from './run.ts';

export interface Storm extends Run {
  readonly name: string;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** `seed`: for the moments at which things happen. */
export const storms = (seed: number): readonly Storm[] => [
  { name: 'calm', wish: { waves: 6 }, losesNames: false, course: () => sleep(8000).then(() => {}) },
  { name: 'killed at random moments', wish: { waves: 6 }, losesNames: false, course: (line) => kills(line, dice(seed)) },
  {
    name: 'killed again while it still recovers, on a slow disk',
    wish: { waves: 6 },
    losesNames: false,
    course: (line) => youngDeaths(line, dice(seed)),
  },
  { name: 'frozen with deep queues', wish: { waves: 6 }, losesNames: true, course: (line) => freezes(line, [1000, 4000]) },
  { name: 'away for more parts than are listed one by one', wish: { waves: 6 }, losesNames: false, course: away },
  {
    name: 'a PLC that stamps nothing, and short freezes',
    wish: { waves: 6, plcClock: 'none' },
    losesNames: true,
    course: (line) => freezes(line, Array.from({ length: 8 }, stepOf(dice(seed)))),
  },
  {
    name: 'a PLC whose clock was never set',
    wish: { waves: 6, plcClock: -800_000_000 },
    losesNames: false,
    course: () => sleep(8000).then(() => {}),
  },
  { name: 'a cable that stalls', wish: { waves: 6 }, losesNames: true, course: (line) => stalls(line, [5000, 7000]) },
];

const stepOf = (random: () => number) => () => 100 + random() * 300;

async function kills(line: PairLine, random: () => number): Promise<void> {
  for (let kill = 0; kill < 6; kill++) {
    await sleep(random() * 2500);
    const { judgesAgain } = await line.kill();
    // One in four dies while it starts.
    if (random() > 0.25) await judgesAgain;
  }
  await sleep(5000);
}

/** What one life has not recovered is left to the next but one. The disk is slow, so that a life answers before it has recovered. */
async function youngDeaths(line: PairLine, random: () => number): Promise<void> {
  await sleep(2000);
  writeFileSync(line.slowWhile, '');
  for (let kill = 0; kill < 6; kill++) {
    const { judgesAgain } = await line.kill();
    await judgesAgain;
    await sleep(100 + random() * 500);
  }
  rmSync(line.slowWhile, { force: true });
  await sleep(5000);
}

async function freezes(line: PairLine, lengths: readonly number[]): Promise<void> {
  for (const length of lengths) {
    await line.freeze(length);
    await sleep(length > 1000 ? 6000 : 2500);
  }
  await sleep(3000);
}

async function away(line: PairLine): Promise<void> {
  await line.plc.halt();
  const offered = line.plc.offer(1200, 4);
  const { judgesAgain } = await line.kill(offered);
  await offered;
  await line.plc.run(125);
  await judgesAgain;
  await sleep(6000);
}

async function stalls(line: PairLine, lengths: readonly number[]): Promise<void> {
  for (const length of lengths) {
    line.stall(true);
    await sleep(length);
    line.stall(false);
    await sleep(7000);
  }
}
