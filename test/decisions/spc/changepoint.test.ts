/** Since when it is wrong: on simulated shifts whose first bad part is known. */
import { describe, expect, it } from 'vitest';
import { changeIn, changeInShare } from '#agent/decisions/spc/changepoint.js';
import { afterShare, afterShift, type ListFigures } from '#scripts/spc/changes.js';

const RUNS = 1000;

/** As often as that but for luck, and no longer than twice the true one at the median. */
function expectList({ held, length }: ListFigures, share: number) {
  expect(held).toBeGreaterThan(share - 3 * Math.sqrt((share * (1 - share)) / RUNS));
  expect(length).toBeLessThanOrEqual(2);
}

describe('the first bad part', () => {
  // The smallest one is in it less often.
  it.each([
    [0.75, 0.92],
    [1, 0.95],
    [1.5, 0.95],
    [2, 0.95],
    [3, 0.95],
  ])('is in the list after a shift of %f spreads', (shift, share) => {
    expectList(afterShift(shift, RUNS), share);
  });

  it.each([
    [0.02, 0.06],
    [0.02, 0.1],
    [0.02, 0.2],
    [0.1, 0.25],
  ])('is in the list after a share of %f became %f', (rate, later) => {
    expectList(afterShare(rate, later, RUNS), 0.95);
  });

  it('is the one that is far off, where only the newest is', () => {
    expect(changeIn([0.1, -0.3, 0.2, -0.1, -6], 'below')).toEqual({ likely: 4, from: 4 });
    expect(changeIn([], 'above')).toBeNull();
    expect(changeInShare([], 0.1, 'above')).toBeNull();
  });
});
