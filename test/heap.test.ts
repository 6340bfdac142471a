import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { COLLECT_LATE } from '../agent/heap.ts';

const node = (flags: readonly string[], script: string) => execFileSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8' });

/** Forty megabytes live; what comes beside them lives long enough to be promoted, and goes. The flag is set in the running process. */
const paced = (flag: string) => `
  require('node:v8').setFlagsFromString('${flag}');
  const { constants, PerformanceObserver } = require('node:perf_hooks');
  const lives = Array.from({ length: 500000 }, (_, i) => [i, i]);
  gc();
  gc();
  let full = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) full++;
  });
  setTimeout(() => observer.observe({ entryTypes: ['gc'] }), 100);
  const passing = [];
  let turns = 0;
  const turn = () => {
    for (let i = 0; i < 6000; i++) passing.push([turns, i, {}]);
    if (passing.length > 120000) passing.splice(0, 60000);
    if (++turns < 200) return;
    clearInterval(paced);
    setTimeout(() => console.log(JSON.stringify({ full, lives: lives.length })), 50);
  };
  const paced = setInterval(turn, 10);
`;

it('is a flag that the V8 of this Node knows', () => {
  // Node refuses to start with one that it does not.
  expect(node([COLLECT_LATE], 'console.log(6 * 7)').trim()).toBe('42');
});

it('is heeded when the process runs already', () => {
  const collected = (flag: string) => (JSON.parse(node(['--expose-gc'], paced(flag))) as { full: number }).full;
  expect(collected(COLLECT_LATE)).toBeLessThan(collected('--heap-growing-percent=10'));
});
