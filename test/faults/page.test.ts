import { describe, expect, it } from 'vitest';
import { PAIRS } from '#scripts/faults/kinds.js';
import { faultsPage, type PageResult } from '#scripts/faults/page.js';

const HEAD = { day: '2026-11-29', commit: 'abc1234', box: '2 cores, Node 20' };
const all: readonly PageResult[] = PAIRS.map(([a, b], i) => ({
  pair: `${a.name} + ${b.name}`,
  together: true,
  parts: 100 + i,
  found: [],
}));

describe('the page of all pairs', () => {
  it('has each of them once, in the row and the column of its faults', () => {
    const page = faultsPage(all, HEAD);
    expect(page).toContain('66 of 66 pairs balanced: 2026-11-29, abc1234, 2 cores, Node 20.');
    const numbers = page.split('\n').flatMap((line) => (line.startsWith('| ') ? (line.match(/\b1\d\d\b/g) ?? []) : []));
    expect(numbers.map(Number)).toEqual(all.map(({ parts }) => parts));
  });

  it('says which did not balance, and why', () => {
    const [first, ...others] = all;
    const page = faultsPage([{ ...(first as PageResult), together: false, found: ['1 parts were never told: 7'] }, ...others], HEAD);
    expect(page).toContain('65 of 66 pairs balanced');
    expect(page).toContain('**100 in turn, FAILED**');
    expect(page).toContain(`- ${first?.pair}: 1 parts were never told: 7`);
  });

  it('is not written of half a run', () => {
    expect(() => faultsPage(all.slice(1), HEAD)).toThrow('all pairs');
  });
});
