/** What the page proposes from scores and labels, without a browser. */
import { describe, expect, it } from 'vitest';
import type { Scores } from '../../agent/web/page/api/types.ts';
import { beginOf, effectOf, joined, proposalOf } from '../../agent/web/page/views/scores/proposal.ts';

const labelled = (good: readonly number[], bad: readonly number[]): Scores['labelled'] => [
  ...good.map((score, i) => ({ inspection: `g${i}`, at: i, score, label: 'good' as const })),
  ...bad.map((score, i) => ({ inspection: `b${i}`, at: i, score, label: 'bad' as const })),
];
const FIVE = [0.61, 0.62, 0.63, 0.64, 0.7];
const proposed = (good: readonly number[], bad: readonly number[]) => proposalOf({ labelled: labelled(good, bad) }, 0.6);

describe('the proposal', () => {
  it('wants five good parts that were refused', () => {
    expect(proposed(FIVE.slice(1), [])).toEqual({ kind: 'label', have: 4 });
    expect(proposed([...FIVE.slice(1), 0.59, 0.1], [0.9])).toEqual({ kind: 'label', have: 4 });
  });

  it('stands half way to the lowest bad part, and a little above the highest good one where nobody knows a bad one', () => {
    expect(proposed(FIVE, [0.9, 0.95])).toEqual({ kind: 'move', to: 0.8 });
    expect(proposed(FIVE, [])).toEqual({ kind: 'move', to: 0.72 });
    // Bad ones that pass as it is are not made worse.
    expect(proposed(FIVE, [0.3, 0.9])).toEqual({ kind: 'move', to: 0.8 });
    expect(proposed(FIVE, [0.7001])).toEqual({ kind: 'move', to: 0.701 });
  });

  it('is to teach anew where no limit tells them apart', () => {
    expect(proposed(FIVE, [0.65, 0.9])).toEqual({ kind: 'teach', bad: 1 });
    expect(proposed([...FIVE, 0.999], [])).toEqual({ kind: 'teach', bad: 0 });
  });
});

it('the effect counts what is at the limit or above it', () => {
  const bins = [0.1, 0.6, 0.7, 0.72, 0.9].map((at) => ({ at, parts: 10 }));
  expect(effectOf({ bins, labelled: labelled(FIVE, [0.65, 0.72]) }, 0.6, 0.72)).toEqual({
    parts: 50,
    refused: 40,
    wouldBe: 20,
    good: 5,
    bad: 2,
    goodRefused: 0,
    badPassed: 1,
  });
});

const step = (at: number, parts: number, refused: number) => ({ at, parts, refused, low: 0.1, middle: 0.2, high: 0.3 });

describe('since when', () => {
  it('more parts are refused is found where the shares differ by more than chance', () => {
    const steps = [1, 2, 3, 4, 5, 6].map((at) => step(at, 50, at < 4 ? 1 : 20));
    expect(beginOf(steps)).toEqual({ at: 4, before: { refused: 3, parts: 150 }, since: { refused: 60, parts: 150 } });
  });

  it('is nothing where it is chance, where it got better, or where too few parts say so', () => {
    expect(beginOf([1, 2, 3, 4].map((at) => step(at, 50, at % 2 === 0 ? 4 : 2)))).toBeNull();
    expect(beginOf([1, 2, 3, 4].map((at) => step(at, 50, at < 3 ? 20 : 0)))).toBeNull();
    expect(beginOf([step(1, 5, 0), step(2, 5, 5)])).toBeNull();
    expect(beginOf([])).toBeNull();
  });
});

it('what was looked at further back is put before what is known, a stretch of both together', () => {
  const newer: Scores = {
    package: 'a',
    steps: [step(2, 3, 1), step(3, 4, 0)],
    bins: [{ at: 0.5, parts: 7 }],
    labelled: [],
    complete: false,
    looked_back_to: 2,
  };
  const older: Scores = {
    ...newer,
    steps: [step(1, 1, 1), step(2, 5, 2)],
    bins: [
      { at: 0.1, parts: 2 },
      { at: 0.5, parts: 4 },
    ],
    complete: true,
    looked_back_to: null,
  };
  const both = joined(newer, older);
  expect(both.steps.map(({ at, parts, refused }) => [at, parts, refused])).toEqual([
    [1, 1, 1],
    [2, 8, 3],
    [3, 4, 0],
  ]);
  expect(both.bins).toEqual([
    { at: 0.1, parts: 2 },
    { at: 0.5, parts: 11 },
  ]);
  expect([both.complete, both.looked_back_to]).toEqual([true, null]);
  // What another package scored before is left where it is.
  expect(joined(newer, { ...older, package: 'b' })).toMatchObject({ package: 'a', steps: newer.steps, complete: true });
});
