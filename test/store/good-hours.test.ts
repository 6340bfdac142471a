/** What is refused in hours that somebody calls good: of one package, without parts that people call bad, and for as many as they are worth. */
import { describe, expect, it } from 'vitest';
import type { RefusalWish } from '#agent/contracts/index.js';
import { refusalsOf } from '#agent/store/refusals.js';
import { openEmpty, put } from './setup.ts';

const WISH: RefusalWish = { station: 'outlet', model: 'process', sha256: 'ab', since: 0, at: 0.5, apart: 0, hours: [] };

/** One part a second; the score of each. */
function journal(scores: readonly number[], over: (n: number) => object = () => ({})) {
  const { db } = openEmpty();
  for (const [n, score] of scores.entries()) {
    put(db, 'inspections', { id: `i${n}`, station: 'outlet', sequence: n + 1, outcome: 'judged', at: n * 1000, verdict: 'ok', ...over(n) });
    put(db, 'findings', { inspection: `i${n}`, model: 'process', sha256: 'ab', score, ...over(n) });
  }
  const say = (n: number, label: string, who = 'eve') =>
    put(db, 'labels', { id: `l${n}${who}`, inspection: `i${n}`, at: 0, who, label, kind: null, undone: null, boxes: null, recorded: 0 });
  return { db, say };
}

describe('good hours', () => {
  it('count every part that was judged in them, and what people say of one before that', () => {
    const { db, say } = journal([0.1, 0.9, 0.9, 0.2, 0.9, 0.1]);
    expect(refusalsOf(db, WISH)).toMatchObject({ good: 0, refused: 0, hours: { good: 0, refused: 0 } });
    const hours = [
      { from: 0, to: 3000 },
      { from: 4000, to: 5000 },
    ];
    expect(refusalsOf(db, { ...WISH, hours })).toMatchObject({ good: 4, refused: 3, hours: { good: 4, refused: 3 } });
    say(1, 'bad');
    say(4, 'good');
    say(4, 'bad', 'max');
    say(5, 'good');
    expect(refusalsOf(db, { ...WISH, hours })).toMatchObject({ good: 3, refused: 1, hours: { good: 2, refused: 1 } });
    expect(refusalsOf(db, { ...WISH, hours, since: 2000 }).hours).toMatchObject({ good: 1, refused: 1 });
  });

  it('pass over what others judged, and what was not judged', () => {
    const others = [{ sha256: 'cd' }, { station: 'inlet' }, { model: 'surface' }, { outcome: 'failed' }, {}];
    const { db } = journal([0.9, 0.9, 0.9, 0.9, 0.9], (n) => others[n] ?? {});
    expect(refusalsOf(db, { ...WISH, hours: [{ from: 0, to: 9000 }] }).hours).toMatchObject({ good: 1, refused: 1 });
  });

  it('count refusals of the same window once, and rows for as many as they are worth', () => {
    const runs = Array.from({ length: 400 }, (_, n) => (n % 100 < 8 ? 0.9 : 0.1));
    const { db } = journal(runs);
    const hours = [{ from: 0, to: 1e9 }];
    const { refused, hours: counted } = refusalsOf(db, { ...WISH, hours, apart: 10_000 });
    expect([refused, counted.good, counted.refused]).toEqual([4, 400, 32]);
    expect(counted.worth).toBeLessThan(0.15);
  });
});
