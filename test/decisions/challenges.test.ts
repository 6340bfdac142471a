import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Anchor, Verdict } from '#agent/contracts/index.js';
import { ChallengeBook, type ChallengeSpec } from '#agent/decisions/challenges/book.js';
import { recognise } from '#agent/decisions/challenges/compare.js';

const scratch: ChallengeSpec = {
  part: 'RR-1',
  expect: 'nok',
  reason: 'scratch',
  on: ['changeover', 'package', 'shift'],
  time: 8000,
  grace: 1000,
  hold: true,
};

/** A book and its clocks: what is lived, and what the agent's own time says. */
function station(challenges: Readonly<Record<string, ChallengeSpec>> = { scratch }) {
  const now = { elapsed: 50, own: 1_000_000, shift: null as string | null };
  const of = () =>
    new ChallengeBook({ station: 'outlet', challenges, elapsed: () => now.elapsed, own: () => now.own, shift: () => now.shift });
  let ids = 0;
  let sequence = 0;
  const newId = () => `c${++ids}`;
  let book = of();
  const record = (part: string): Anchor => ({ inspection: `i${++sequence}`, sequence, at: sequence, part });
  return {
    now,
    get book() {
      return book;
    },
    /** What it got. */
    show(verdict: Verdict, why = 'scratch', outcome: 'judged' | 'failed' = 'judged') {
      const result = book.compare('scratch', { outcome, verdict, reasons: [{ text: `${why} (surface.score 0.9)` }], findings: [] });
      return book.shown(result, record('RR-1'), newId);
    },
    make(parts: number) {
      sequence += parts;
      book.produced(parts);
    },
    live(ms: number) {
      now.elapsed += ms;
      now.own += ms;
      return book.look(newId);
    },
    /** Killed, and started again after that long by the agent's own time. */
    again(away: number, saved = book.save()) {
      now.own += away;
      now.elapsed = 7;
      book = of();
      book.restore(saved);
    },
    state: () => book.states[0]?.state,
    codes: () => book.standings.map(({ fault }) => fault.code),
  };
}

describe('a challenge', () => {
  it('is due until it is shown, and then until the next occasion or the next length of time', () => {
    const s = station();
    expect([s.state(), s.codes()]).toEqual(['due', ['CHALLENGE_DUE']]);
    expect(s.show('nok')).toMatchObject({ kind: 'passed', containment: null });
    expect([s.state(), s.codes()]).toEqual(['passed', []]);
    s.live(7999);
    expect(s.state()).toBe('passed');
    s.live(1);
    expect(s.state()).toBe('due');
    s.show('nok');
    s.book.begin('changeover');
    expect(s.state()).toBe('due');
  });

  it('is missed when parts were made meanwhile, once; a line that stands lets nothing through', () => {
    const s = station();
    s.show('nok');
    s.make(3);
    s.book.begin('changeover');
    expect(s.live(5000)).toEqual([]);
    expect(s.state()).toBe('due');
    s.make(1);
    expect(s.live(1)).toMatchObject([{ kind: 'missed', hold: true, parts: 4, after: { sequence: 1 }, until: null, containment: 'c1' }]);
    expect([s.state(), s.codes(), s.live(9000)]).toEqual(['missed', ['CHALLENGE_MISSED'], []]);
    expect(s.show('nok')).toMatchObject({ kind: 'passed', containment: 'c1', parts: 4, until: { sequence: 6 } });
    expect(s.codes()).toEqual([]);
  });

  it('that was missed has not been told before what follows is: a kill until then does not cost it', () => {
    const s = station();
    s.show('nok');
    s.make(2);
    s.book.begin('changeover');
    s.make(1);
    expect(s.live(1000)).toMatchObject([{ kind: 'missed', containment: 'c1' }]);
    expect(s.live(1000)).toEqual([]);
    s.again(0);
    expect(s.live(1)).toMatchObject([{ kind: 'missed', hold: true, after: { sequence: 1 }, parts: 3, containment: 'c1' }]);
    s.book.told('scratch');
    s.again(0);
    expect([s.live(1), s.state()]).toEqual([[], 'missed']);
  });

  it('that is shown before it was told that it is late is not late any more', () => {
    const s = station();
    s.make(1);
    expect([s.live(1000).length, s.book.isUntold('scratch')]).toEqual([1, true]);
    expect(s.show('nok')).toMatchObject({ kind: 'passed', containment: 'c1' });
    expect(s.book.isUntold('scratch')).toBe(false);
  });

  it('that fails opens one stretch back to where it last passed, which grows until it passes again', () => {
    const s = station();
    s.show('nok');
    s.make(5);
    expect(s.show('ok')).toMatchObject({ kind: 'failed', after: { sequence: 1 }, until: null, parts: 5, containment: 'c1' });
    s.make(2);
    expect(s.show('ok')).toMatchObject({ kind: 'failed', after: { sequence: 1 }, parts: 7, containment: 'c1' });
    s.book.begin('changeover');
    expect([s.state(), s.codes(), s.live(99_000)]).toEqual(['failed', ['CHALLENGE_FAILED'], []]);
    s.make(1);
    expect(s.show('nok')).toMatchObject({ kind: 'passed', after: { sequence: 1 }, until: { part: 'RR-1' }, parts: 8, containment: 'c1' });
    expect(s.show('ok')).toMatchObject({ containment: 'c2', parts: 0 });
  });

  it.each([
    ['the right verdict for another reason', () => station().show('nok', 'dent')],
    ['a verdict that on_failure gave', () => station().show('nok', 'scratch', 'failed')],
    ['another verdict', () => station().show('review')],
  ])('is not passed by %s', (_, show) => {
    expect(show()).toMatchObject({ kind: 'failed' });
  });

  it('comes back as it was after a kill, with the time that passed', () => {
    const s = station();
    s.show('nok');
    s.make(4);
    s.live(3000);
    s.again(4999);
    expect([s.state(), s.book.states[0]?.parts]).toEqual(['passed', 4]);
    s.live(1);
    expect(s.state()).toBe('due');
    s.make(1);
    s.again(2000);
    // What follows is told, as if it had never been away.
    expect(s.live(0)).toMatchObject([{ kind: 'missed', parts: 5 }]);
  });

  it('is due after another package or shift, and not because somebody came back', () => {
    const s = station();
    s.now.shift = 'early';
    s.live(1);
    s.book.judgedBy({ 'outlet/surface': 'a 1' });
    s.show('nok');
    s.again(10);
    s.live(1);
    s.book.judgedBy({ 'outlet/surface': 'a 1' });
    s.now.shift = null;
    s.live(1);
    s.now.shift = 'early';
    s.live(1);
    expect(s.state()).toBe('passed');
    s.book.judgedBy({ 'outlet/surface': 'a 2' });
    expect(s.state()).toBe('due');
    s.show('nok');
    s.now.shift = 'late';
    s.live(1);
    expect(s.state()).toBe('due');
  });

  it('is not due, and not passed, because a clock was set', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 ** 12 }), { maxLength: 20 }), (jumps) => {
        const s = station();
        s.show('nok');
        s.make(1);
        // The agent's own time may follow a clock that was set ahead; what is lived does not.
        for (const jump of jumps) {
          s.now.own += jump;
          s.live(100);
        }
        expect(s.state()).toBe('passed');
        expect(s.book.states[0]?.passed).toBe(1);
      }),
    );
  });

  it('is forgotten by a memory that cannot be read, and due then', () => {
    const s = station();
    s.show('nok');
    s.again(0, '{"own": 1}');
    expect(s.state()).toBe('due');
  });
});

describe('recognising a part', () => {
  const of = (part: string) => ({ part, expect: 'nok' as const });

  it('takes the id that is named before a pattern, and production for what it is', () => {
    const challenges = { any: of('RR-*'), one: of('RR-7'), odd: of('X?9') };
    const found = ['RR-7', 'RR-8', 'RR-', 'rr-7', 'X19', 'X9', '004711', null].map((part) => recognise(challenges, part));
    expect(found).toEqual(['one', 'any', 'any', null, 'odd', null, null, null]);
  });

  it('fits as the pattern reads, and takes no longer for a hostile one', () => {
    const letters = fc.constantFrom('a', 'b', '*', '?');
    const text = fc.array(letters, { maxLength: 8 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text, text, (pattern, id) => {
        const regular = new RegExp(`^${pattern.replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`);
        expect(recognise({ one: of(pattern) }, id)).toBe(pattern === id || regular.test(id) ? 'one' : null);
      }),
    );
    expect(recognise({ one: of(`${'*a'.repeat(60)}b`) }, 'a'.repeat(10_000))).toBeNull();
  });
});
