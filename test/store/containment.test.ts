/** Which parts are in question, and since when: out of a journal as it is, with everything that may stand between. */
import { describe, expect, it } from 'vitest';
import type { Containment } from '#agent/contracts/index.js';
import { containedParts, containments, openingOf, sampledParts } from '#agent/store/containment.js';
import { openJournal } from '#agent/store/read.js';
import { cleanUp, open, openEmpty, put } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];

const part = (db: Db, sequence: number, over: Readonly<Record<string, unknown>> = {}) =>
  put(db, 'inspections', {
    id: `i${sequence}`,
    station: 'outlet',
    sequence,
    outcome: 'judged',
    at: 1000 * sequence,
    part: `P${sequence}`,
    recipe: 'standard',
    verdict: 'ok',
    reasons: '[{"text":"no rule matched"}]',
    tags: '{"plc.lot":{"value":"L7","status":0}}',
    frames: '[]',
    ...over,
  });
const challenge = (passed: boolean, name = 'scratch') => ({ challenge: JSON.stringify({ name, expect: 'nok', reason: null, passed }) });
const label = (db: Db, inspection: string, said: string, over: object = {}) =>
  put(db, 'labels', { id: `${inspection}-${said}`, inspection, at: 1, who: 'eve', label: said, ...over });
const partsOf = (db: Db, after: string | null, until: string | null, limit = 100) =>
  containedParts(db, { station: 'outlet', after, until, tags: { lot: 'plc.lot', order: 'plc.order' }, limit });

describe('the parts of a stretch', () => {
  it('are those between the two records, of this station and of production, with lot and what people said', () => {
    const { db } = openEmpty();
    part(db, 1);
    part(db, 2, challenge(true));
    part(db, 3);
    part(db, 90, { station: 'inlet' });
    // A clock that was set back in between changes nothing.
    part(db, 4, { at: 5, verdict: 'nok', tags: 'damaged' });
    part(db, 5, { outcome: 'missed', missed_from: 10, missed_to: 12, part: null });
    part(db, 6, challenge(false));
    part(db, 7);
    label(db, 'i3', 'bad');
    const found = partsOf(db, 'i2', 'i6');
    expect(found.items.map(({ sequence, lot, order, label: said, parts }) => ({ sequence, lot, order, said, parts }))).toEqual([
      { sequence: 3, lot: 'L7', order: null, said: 'bad', parts: 1 },
      { sequence: 4, lot: null, order: null, said: null, parts: 1 },
      { sequence: 5, lot: 'L7', order: null, said: null, parts: 3 },
    ]);
    expect(partsOf(db, null, null).items.map(({ sequence }) => sequence)).toEqual([1, 3, 4, 5, 7]);
    // What is no longer there was the oldest.
    expect(partsOf(db, 'gone', 'i3').items.map(({ sequence }) => sequence)).toEqual([1, 3]);
    // Nor is the last one there any more: nothing of it is left, and not everything that was made since.
    for (const after of ['gone', null]) expect(partsOf(db, after, 'gone too').items).toEqual([]);
    expect(partsOf(db, 'i3', 'gone').items.map(({ sequence }) => sequence)).toEqual([4, 5, 7]);
  });

  it('come in pages, each once', () => {
    const { db } = openEmpty();
    for (let n = 1; n <= 7; n++) part(db, n, n === 4 ? { station: 'inlet' } : {});
    const seen: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = containedParts(db, { station: 'outlet', after: null, until: null, tags: {}, limit: 2, cursor });
      seen.push(...page.items.map(({ sequence }) => sequence));
      cursor = page.next;
    }
    expect(seen).toEqual([1, 2, 3, 5, 6, 7]);
    expect(() => containedParts(db, { station: 'outlet', after: null, until: null, tags: {}, limit: 2, cursor: 'x' })).toThrow('cursor');
  });
});

describe('the last proof', () => {
  const journal = () => {
    const { db } = openEmpty();
    part(db, 1);
    part(db, 2, challenge(true));
    part(db, 3);
    part(db, 4);
    part(db, 5, { verdict: 'nok' });
    part(db, 6, challenge(false));
    part(db, 7);
    return db;
  };
  const opening = (db: Db, more: object = {}) => {
    const { after, proof, until, parts } = openingOf(db, { station: 'outlet', ...more });
    return [after?.sequence ?? null, proof, until?.sequence ?? null, parts];
  };

  it('is the last challenge that passed', () => {
    expect(opening(journal())).toEqual([2, 'challenge', 7, 4]);
    expect(opening(journal(), { inspection: 'i2' })).toEqual([null, 'none', 7, 5]);
  });

  it('is of several challenges the one whose last pass lies furthest back', () => {
    const { db } = openEmpty();
    part(db, 1, challenge(true, 'scratch'));
    part(db, 2, challenge(true, 'master'));
    part(db, 3, challenge(true, 'scratch'));
    part(db, 4);
    part(db, 5, challenge(true, 'scratch'));
    part(db, 6);
    expect(opening(db)).toEqual([2, 'challenge', 6, 2]);
  });

  it('is no part of which somebody has said since, or somebody else, that it is bad', () => {
    const db = journal();
    label(db, 'i3', 'good');
    label(db, 'i3', 'bad', { id: 'later' });
    expect(opening(db)[1]).toBe('challenge');
    const other = journal();
    label(other, 'i3', 'bad', { who: 'adam' });
    label(other, 'i3', 'good');
    expect(opening(other)[1]).toBe('challenge');
  });

  it('is a later part that a person agrees is good, and no other label', () => {
    const db = journal();
    label(db, 'i3', 'bad');
    label(db, 'i5', 'good');
    label(db, 'i4', 'good', { undone: 2 });
    expect(opening(db)).toEqual([2, 'challenge', 7, 4]);
    label(db, 'i3', 'good');
    expect(opening(db)).toEqual([3, 'label', 7, 3]);
    expect(opening(db, { inspection: 'i3' })).toEqual([2, 'challenge', 7, 4]);
    expect(opening(db, { before: 3000 })).toEqual([2, 'challenge', 7, 4]);
  });

  it('is a moment that somebody names', () => {
    expect(opening(journal(), { since: 4001 })).toEqual([4, 'person', 7, 2]);
    // The PLC's clock is an hour behind: what was recorded by then counts.
    const { db } = openEmpty();
    const hour = 3_600_000;
    for (let n = 1; n <= 4; n++) part(db, n, { at: n * hour, recorded: (n + 1) * hour });
    expect(opening(db, { since: 3 * hour + 1 })).toEqual([2, 'person', 4, 2]);
    expect(opening(journal(), { since: 1 })).toEqual([null, 'none', 7, 5]);
  });

  it('is nothing where there is nothing', () => {
    const { db } = openEmpty();
    expect(opening(db)).toEqual([null, 'none', null, 0]);
  });
});

it('samples scores of both sides, and of challenges none', () => {
  const { db } = openEmpty();
  for (let n = 1; n <= 6; n++) {
    part(db, n, n === 3 || n === 5 ? challenge(n === 3) : {});
    put(db, 'findings', { inspection: `i${n}`, model: 'surface', score: n / 10 });
  }
  const { reference, stretch } = sampledParts(db, { station: 'outlet', after: 'i3', until: null });
  const of = (all: typeof reference) => all.map(({ sequence, scores }) => [sequence, scores['surface']]);
  expect([of(reference), of(stretch ?? [])]).toEqual([
    [
      [1, 0.1],
      [2, 0.2],
    ],
    [
      [4, 0.4],
      [6, 0.6],
    ],
  ]);
});

it('keeps what was opened, what has become of it, and what was said of it first', async () => {
  const { store, path } = await open();
  const anchor = (sequence: number) => ({ inspection: `i${sequence}`, sequence, at: sequence, part: null });
  const stretch: Containment = {
    ...{ id: 'c1', station: 'outlet', at: 5, cause: 'challenge', subject: 'scratch', why: 'it failed' },
    ...{ after: anchor(2), until: null, parts: 3 },
  };
  await store.journal.append({ containments: [stretch, { ...stretch, id: 'c2', after: null }] });
  await store.journal.append({ containments: [{ ...stretch, at: 9, after: null, until: anchor(8), parts: 5 }] });
  const said = { containment: 'c1', at: 7, who: 'eve', disposition: 'released', note: 'looked at' } as const;
  await store.journal.append({ dispositions: [said] });
  await store.journal.append({ dispositions: [{ ...said, who: 'adam', disposition: 'scrapped' }] });
  const db = openJournal(path);
  cleanUp(() => db.close());
  const { containment: _, ...disposition } = said;
  expect(containments(db, { limit: 1 })).toEqual({ items: [{ ...stretch, id: 'c2', after: null, disposition: null }], next: '2' });
  expect(containments(db, { limit: 5, cursor: '2' })).toEqual({
    items: [{ ...stretch, until: anchor(8), parts: 5, disposition }],
    next: null,
  });
});
