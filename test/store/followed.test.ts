/** What a station said of its newest parts, as the journal has it. */
import { expect, it } from 'vitest';
import { saidParts } from '#agent/store/followed.js';
import { openEmpty, put } from './setup.ts';

it('is read newest first, with the scores where they are asked for, and of no number that was counted', () => {
  const { db } = openEmpty();
  const inspection = (id: string, cells: object) =>
    put(db, 'inspections', {
      id,
      station: 'press',
      sequence: Number(id.slice(1)),
      outcome: 'judged',
      verdict: 'nok',
      reasons: '[{"text":"crack (burr.score 0.9 > 0.5)"}]',
      recorded: 1000,
      ...cells,
    });
  inspection('i1', { part: 'A' });
  inspection('i2', { part: '2', counted: 1 });
  inspection('i3', { part: null });
  inspection('i4', { part: 'B' });
  inspection('i5', { part: 'C', station: 'oven' });
  for (const [of, model, score] of [
    ['i1', 'burr', 0.9],
    ['i1', 'width', 0.2],
    ['i4', 'burr', null],
    ['i5', 'burr', 0.7],
  ] as const)
    put(db, 'findings', { inspection: of, model, score });
  const said = (scores: boolean, limit = 10) => saidParts(db, { station: 'press', limit, scores });
  expect(said(true).map(({ part, scores }) => [part, scores])).toEqual([
    ['B', {}],
    ['A', { burr: 0.9, width: 0.2 }],
  ]);
  expect(said(true, 1).map(({ part }) => part)).toEqual(['B']);
  expect(said(false).map(({ scores }) => scores)).toEqual([{}, {}]);
  expect(said(false)[0]).toMatchObject({ sequence: 4, verdict: 'nok', reasons: ['crack'], at: 1000 });
});
