/** A promise about false rejects, held against what people say for as long as it judges: seldom wrong, however often one looks. */
import { expect, it } from 'vitest';
import { BROKEN, evidenceAgainst } from '#agent/runtime/promises/evidence.js';
import { brokenAt } from '#scripts/scores/lines.js';

it.each([1 / 10, 1 / 50])(
  'is called broken in at most one line of forty where %f is kept exactly, whoever looks after every part',
  (promised) => {
    const broken = Array.from({ length: 100 }, (_, i) => brokenAt(i + 1, { promised, real: promised, parts: 2000 }));
    expect(broken.filter((at) => at !== null).length).toBeLessThanOrEqual(100 / BROKEN + 2);
  },
);

it.each([
  [1 / 10, 0.2, 300],
  [1 / 50, 0.06, 700],
  [1 / 50, 0.3, 60],
])('of promised %f and real %f it is called broken within the parts that are said', (promised, real, most) => {
  const at = Array.from({ length: 15 }, (_, i) => brokenAt(i + 1, { promised, real, parts: 5000 }) ?? Number.POSITIVE_INFINITY).sort(
    (a, b) => a - b,
  );
  expect(at[7]).toBeLessThanOrEqual(most);
});

it('has no evidence where there are no parts, where nothing can be worse, and none against what was kept', () => {
  expect(evidenceAgainst(0.1, 0, 0)).toBe(1);
  expect(evidenceAgainst(1, 5, 5)).toBe(1);
  expect(evidenceAgainst(0.1, 0, 500)).toBeLessThan(0.01);
  expect(evidenceAgainst(0.001, 1e5, 1e5)).toBeGreaterThan(BROKEN);
});
