import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMPILE_EARLY, compilesLate } from '../../agent/platform/tiering.ts';

const TIERING = new URL('../../dist/agent/platform/tiering.js', import.meta.url).href;
const node = (...words: readonly string[]) => execFileSync(process.execPath, words, { encoding: 'utf8' });

/** How many calls, one a turn of the loop, it takes until a function is optimized. */
const calls = (begin: string) => `
  import { compileEarly } from '${TIERING}';
  ${begin};
  const judge = (part) => {
    let score = 0;
    for (const { value, limit } of part.findings) score += value > limit ? value - limit : 0;
    return { verdict: score > 1 ? 'nok' : 'ok', score, part: part.id };
  };
  const part = { id: 'a', findings: Array.from({ length: 8 }, (_, i) => ({ value: i / 8, limit: 0.5 })) };
  const optimized = () => (%GetOptimizationStatus(judge) & 16) !== 0;
  let n = 0;
  const turn = () => {
    for (let i = 0; i < 20; i++) judge(part);
    n += 20;
    if (optimized() || n >= 20000) console.log(n);
    else setImmediate(turn);
  };
  turn();
`;
/** Compiled where it runs: beside it, calls would be counted while the compiler waits for a core. */
const FLAGS = ['--allow-natives-syntax', '--no-concurrent-recompilation', '--input-type=module'];
const untilOptimized = (begin: string): number => Number(node(...FLAGS, '-e', calls(begin)));

describe('the optimizing compiler', () => {
  it('is hurried only where nothing else stands before it', () => {
    expect(compilesLate('11.3.244.8-node.38')).toBe(true);
    expect(compilesLate('12.4.254.21-node.33')).toBe(false);
    expect(compilesLate('13.6.233.17-node.40')).toBe(false);
  });

  it.runIf(compilesLate(process.versions.v8))('knows the flags', () => {
    expect(node(...COMPILE_EARLY, '-p', '6 * 7').trim()).toBe('42');
  });

  it.runIf(compilesLate(process.versions.v8))('comes for what runs once a part after less than half of the calls', () => {
    const early = untilOptimized('compileEarly()');
    const late = untilOptimized('');
    expect(early).toBeLessThan(late / 2);
  });

  it('works on, whatever this Node', () => {
    expect(untilOptimized('compileEarly()')).toBeLessThan(20_000);
  });
});
