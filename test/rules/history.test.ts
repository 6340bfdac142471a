import { describe, expect, it } from 'vitest';
import type { Verdict } from '#agent/contracts/index.js';
import { changeover, EMPTY, type History, inARow, push, REMEMBERED, rate, restore, save } from '#agent/rules/history.js';

const VERDICTS: readonly Verdict[] = ['ok', 'nok', 'review'];

/** Linear congruential, numbers of Numerical Recipes: the same verdicts in every run. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

const following = (...verdicts: readonly Verdict[]): History => verdicts.reduce(push, EMPTY);

describe('history', () => {
  it('counts as a plain list of all verdicts would', () => {
    const dice = random(7);
    const all: Verdict[] = [];
    let history = EMPTY;
    let since = 0;
    for (let i = 0; i < 2500; i++) {
      if (dice.next().value < 0.01) [history, since] = [changeover(history), 0];
      const verdict =
        dice.next().value < 0.7 && all.length > 0 ? (all.at(-1) as Verdict) : (VERDICTS[Math.floor(dice.next().value * 3)] as Verdict);
      all.push(verdict);
      history = push(history, verdict);
      since++;
      const parts = 1 + Math.floor(dice.next().value * REMEMBERED);
      const last = all.slice(-parts);
      for (const each of VERDICTS) {
        const other = all.findLastIndex((past) => past !== each);
        expect(inARow(history, each)).toBe(all.length - 1 - other);
        const missing = each === 'ok' ? parts - last.length : 0;
        expect(rate(history, each, parts)).toBeCloseTo((last.filter((past) => past === each).length + missing) / parts, 12);
      }
      expect(history.sinceChangeover).toBe(since);
      expect(history.recent.length).toBe(Math.min(all.length, REMEMBERED));
    }
  });

  it('changes nothing in place', () => {
    const before = Object.freeze(following('nok', 'nok'));
    push(before, 'ok');
    changeover(before);
    expect(before).toEqual({ recent: 'nn', run: 2, sinceChangeover: 2 });
  });

  it('starts with nothing in a row and everything ok', () => {
    expect(VERDICTS.map((verdict) => inARow(EMPTY, verdict))).toEqual([0, 0, 0]);
    expect(VERDICTS.map((verdict) => rate(EMPTY, verdict, 20))).toEqual([1, 0, 0]);
  });

  it('has shares that add up to 1, from the first part on', () => {
    for (const history of [EMPTY, following('nok'), following('ok', 'review', 'nok')]) {
      for (const parts of [1, 2, 20, 1000]) {
        expect(VERDICTS.reduce((sum, verdict) => sum + rate(history, verdict, parts), 0)).toBeCloseTo(1, 12);
      }
    }
  });

  it('remembers more in a row than it remembers parts', () => {
    expect(inARow(following(...Array<Verdict>(REMEMBERED + 5).fill('ok')), 'ok')).toBe(REMEMBERED + 5);
  });

  it('goes over a changeover but for the parts since', () => {
    expect(changeover(following('nok', 'nok'))).toEqual({ recent: 'nn', run: 2, sinceChangeover: 0 });
  });
});

describe('a saved history', () => {
  it('comes back as it was', () => {
    const history = changeover(following('ok', 'nok', 'nok', 'review'));
    expect(restore(save(push(history, 'nok')))).toEqual(push(history, 'nok'));
  });

  it.each([
    '',
    'null',
    '{}',
    '[]',
    '3',
    '{"recent":"xyz","run":1,"sinceChangeover":1}',
    '{"recent":"o","run":-1,"sinceChangeover":1}',
    '{"recent":"o","run":1}',
    '{"re',
  ])('that is none is an empty one: %s', (saved) => expect(restore(saved)).toEqual(EMPTY));

  it('that is too long is cut', () => {
    const saved = JSON.stringify({ recent: 'o'.repeat(5000), run: 5000, sinceChangeover: 5000 });
    expect(restore(saved).recent).toHaveLength(REMEMBERED);
  });
});
