/** One door, some inputs: what came of them. */

import { watchTurns } from './blocks.ts';
import { codeOf, type Door, type Opened } from './door.ts';

/** ms of the main thread at a stretch. */
const BLOCKED = 200;
/** MB by which the process may have grown when its garbage is collected, and before it is. */
const GROWTH = { kept: 100, most: 400 };
const MOST_FINDINGS = 20;

export interface Report {
  readonly door: string;
  readonly seed: number;
  /** Number of the first input. */
  readonly from: number;
  readonly inputs: number;
  readonly seconds: number;
  /** How many inputs were answered with what. */
  readonly answers: Readonly<Record<string, number>>;
  readonly longest_block_ms: number;
  /** Of resident memory, once garbage is collected, and at its most. */
  readonly grown_mb: number;
  readonly most_grown_mb: number;
  readonly findings: readonly string[];
}

/** 0..1, from a seed and the number of the input: any input can be made again without those before it. */
export function randomOf(seed: number, number: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Wish {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  readonly onProgress?: (done: number) => void;
}

/** Stops at MOST_FINDINGS. What comes loose in the process, a promise that nobody waits for or an event, counts as a finding too. */
export async function fuzz(door: Door, { seed, from, count, onProgress = () => {} }: Wish): Promise<Report> {
  const findings: string[] = [];
  const answers: Record<string, number> = {};
  let number = from;
  const loose = (thrown: unknown) => findings.push(`about input ${number}, unhandled: ${told(thrown)}`);
  process.on('uncaughtException', loose).on('unhandledRejection', loose);
  const opened = await door.open();
  const before = residentMb();
  const started = performance.now();
  let [longest, most] = [0, before];
  for (; number < from + count && findings.length < MOST_FINDINGS; number++) {
    const turns = watchTurns();
    const answer = await answerOf(opened, randomOf(seed, number), number).catch((thrown) => {
      findings.push(`input ${number}: ${told(thrown)}`);
      return 'finding';
    });
    const block = turns.end();
    // What never waits for the loop would keep it from its turn to the end.
    await new Promise(setImmediate);
    answers[answer] = (answers[answer] ?? 0) + 1;
    longest = Math.max(longest, block);
    most = Math.max(most, process.memoryUsage.rss() / 2 ** 20);
    if (block > BLOCKED) findings.push(`input ${number} blocked the main thread for ${Math.round(block)} ms`);
    if (number % 100 === 0) onProgress(number - from);
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const grown = residentMb() - before;
  if (grown > GROWTH.kept) findings.push(`memory grew by ${Math.round(grown)} MB`);
  if (most - before > GROWTH.most) findings.push(`memory grew by ${Math.round(most - before)} MB for a while`);
  await opened.close?.();
  process.off('uncaughtException', loose).off('unhandledRejection', loose);
  return {
    door: door.name,
    seed,
    from,
    inputs: number - from,
    seconds,
    answers,
    longest_block_ms: Math.round(longest),
    grown_mb: Math.round(grown),
    most_grown_mb: Math.round(most - before),
    findings,
  };
}

async function answerOf(opened: Opened, random: () => number, number: number): Promise<string> {
  try {
    return await opened.try(random, number);
  } catch (thrown) {
    return codeOf(thrown);
  }
}

const told = (thrown: unknown): string => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));

function residentMb(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
}
