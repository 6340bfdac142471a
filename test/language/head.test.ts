import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entity } from '#agent/contracts/index.js';
import { matchOf } from '#agent/contracts/similar.js';
import { certaintyFor, foldsOf, type Held, judged, shareOf } from '#agent/language/judge.js';
import { answerOf, bestOf, crossFitted, learn, type ReadText } from '#agent/language/learn.js';
import { recordOf } from '#agent/language/record.js';
import { openDatabase } from '#agent/store/sqlite.js';

const text = (words: string): ReadText => ({ words: words.split(' '), vector: new Float64Array(0) });
const held = (certain: number, isRight: boolean, fold = 0): Held => ({ truth: 1, said: isRight ? 1 : 0, certain, given: certain, fold });

describe('a head', () => {
  const leaks = ['pump leaks oil', 'oil leaks', 'valve leaks', 'hose leaks oil', 'seal leaks'];
  const heat = ['motor too hot', 'bearing hot', 'gear hot', 'motor hot smell', 'fan hot'];
  const texts = [...leaks, ...heat].map(text);
  const classes = Int32Array.from(texts, (_, i) => (i < leaks.length ? 1 : 2));

  it('tells kinds apart by words that came more than once, and says none of these where it knows no word', () => {
    const learned = learn(texts, classes, 3, []);
    expect(bestOf(answerOf(learned, text('new gasket leaks'), 0))).toBe(1);
    expect(bestOf(answerOf(learned, text('hot again'), 0))).toBe(2);
    expect([...answerOf(learned, text('smell of gasket'), 0)]).toEqual([1, 0, 0]);
  });

  it('is judged by folds that hold texts which read alike together, and each kind in each', () => {
    const many = Array.from({ length: 50 }, (_, i) => `text ${i % 25}`);
    const folds = foldsOf(many, new Int32Array(50));
    for (let i = 0; i < 25; i++) expect(folds[i]).toBe(folds[i + 25]);
    expect(new Set(folds).size).toBe(5);
    expect(crossFitted(texts, classes, { count: 3, none: 0, lines: [] })).toHaveLength(texts.length);
  });
});

describe('the certainty from which on answers are given', () => {
  it('is the least that keeps what was asked for, by the lower end of the interval', () => {
    const sure = Array.from({ length: 100 }, (_, i) => held(0.9 + i / 10_000, true));
    const doubtful = Array.from({ length: 100 }, (_, i) => held(0.4 + i / 10_000, i % 2 === 0));
    const found = certaintyFor([...sure, ...doubtful], 0.9);
    expect(found?.proven).toBe(true);
    expect(found?.from).toBeGreaterThan(0.4);
    expect(found?.from).toBeLessThanOrEqual(0.9);
    expect(certaintyFor(doubtful, 0.9)).toBe(null);
    expect(certaintyFor(sure.slice(0, 12), 0.9)).toMatchObject({ proven: false });
  });

  it('keeps it for any answers: of those from there on the share is not below it', () => {
    const answers = fc.array(fc.record({ certain: fc.double({ min: 0, max: 1, noNaN: true }), right: fc.boolean() }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(answers, fc.double({ min: 0.3, max: 0.95, noNaN: true }), (given, wanted) => {
        const all = given.map(({ certain, right }, i) => held(certain, right, i % 5));
        const found = certaintyFor(all, wanted);
        if (!found) return;
        const kept = all.filter(({ certain }) => certain >= found.from);
        expect(shareOf(kept.filter((one) => one.truth === one.said).length, kept.length).share).toBeGreaterThanOrEqual(wanted - 1e-12);
      }),
    );
  });

  it('judges each fold by the certainty that the others ask for', () => {
    const all = Array.from({ length: 100 }, (_, i) => held(i < 80 ? 0.9 : 0.3, i < 80, i % 5));
    expect(judged(all, 0.9, 2)).toMatchObject({ right: { share: 0.8 }, answered: { share: 0.8 }, right_of_answered: { share: 1 } });
  });
});

describe('a record', () => {
  const entity = (label: string, words: string, from: number): Entity => ({
    label,
    score: 1,
    text: words,
    span: [from, from + words.length],
  });

  it('holds assets, faults and work, of nested spans the longest', () => {
    const found = [
      entity('Activity', 'replace', 0),
      entity('PhysicalObject', 'pump', 18),
      entity('PhysicalObject', 'hydraulic pump', 8),
      entity('State', 'broken', 23),
    ];
    expect(recordOf(found)).toEqual({ assets: ['hydraulic pump'], faults: ['broken'], actions: ['replace'] });
  });
});

describe('a question for similar texts', () => {
  it('is none where there is no word, and one that FTS5 takes whatever somebody typed', () => {
    expect(matchOf('!! - .')).toBe(null);
    const db = openDatabase(':memory:');
    db.exec("CREATE VIRTUAL TABLE t USING fts5(plain, tokenize = 'porter unicode61')");
    const asked = db.prepare('SELECT count(*) FROM t WHERE t MATCH ?');
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('NEAR(a b)', 'a" OR *', 'plain:x', 'AND NOT', "Öl'läuft")),
        (typed) => {
          const match = matchOf(typed);
          if (match !== null) asked.get(match);
        },
      ),
    );
    db.close();
  });
});
