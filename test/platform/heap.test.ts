import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { COLLECT_LATE } from '../../agent/platform/heap.ts';

const HEAP = new URL('../../dist/agent/platform/heap.js', import.meta.url).href;
const node = (...words: readonly string[]) => execFileSync(process.execPath, words, { encoding: 'utf8' });

/** Counts full collections while forty megabytes live, and what comes beside them lives long enough to be promoted, and goes. */
const churn = (begin: string) => `
  import { constants, PerformanceObserver } from 'node:perf_hooks';
  import { setFlagsFromString } from 'node:v8';
  import { collectLate } from '${HEAP}';
  setFlagsFromString('--heap-growing-percent=10');
  ${begin};
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
  const paced = setInterval(() => {
    for (let i = 0; i < 6000; i++) passing.push([turns, i, {}]);
    if (passing.length > 120000) passing.splice(0, 60000);
    if (++turns < 200) return;
    clearInterval(paced);
    setTimeout(() => console.log(JSON.stringify({ full, lives: lives.length })), 50);
  }, 10);
`;
const collections = (begin: string): number => JSON.parse(node('--expose-gc', '--input-type=module', '-e', churn(begin))).full;

it('is a flag that the V8 of this Node knows', () => {
  // Node refuses to start with one that it does not.
  expect(node(COLLECT_LATE, '-p', '6 * 7').trim()).toBe('42');
});

it('is heeded by a process that runs already', () => {
  // Three against twelve here; by itself either is off by one.
  expect(2 * collections('collectLate()')).toBeLessThan(collections(''));
});
