import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LinesideError } from '#agent/errors.js';
import { QUESTION_NAMES, QUESTIONS, type QuestionName } from '#agent/store/question-table.js';
import { type Asked, ask } from '#agent/store/questions.js';
import { openEmpty, put, sql } from './setup.ts';

const AT = Date.UTC(2026, 2, 2, 6);
const MINUTE = 60_000;
const DAY: Asked = { from: AT, to: AT + 24 * 60 * MINUTE, limit: 50 };

/** Two hours of a station: ten ok, two nok for a scratch, one abstained, one failed, three that passed unseen; one a day before. */
function shift(): string {
  const { path, db } = openEmpty();
  const one = (n: number, over: Record<string, unknown>) => {
    const id = `i${n}`;
    const usual = { id, station: 'outlet', sequence: n, outcome: 'judged', at: AT + n * 5 * MINUTE, part: `P${n}`, recipe: 'standard' };
    put(db, 'inspections', { ...usual, verdict: 'ok', reasons: '[]', verdict_ms: n, answer: 'written', tags: '{}', frames: '[]', ...over });
    const bad = over['verdict'] === 'nok';
    const model = { model: 'surface', package: 'surface-defect', version: '1.0.0', variant: 'fp32', threshold: 0.6, run_ms: 8 };
    put(db, 'findings', { ...model, inspection: id, score: bad ? 0.9 : 0.58, margin: bad ? 0.3 : -0.02 });
    return id;
  };
  for (let n = 1; n <= 10; n++) one(n, {});
  for (const n of [11, 14]) one(n, { verdict: 'nok', reasons: '[{"text":"scratch (0.9)","rule":"surface.score > 0.6"},{"text":"dull"}]' });
  one(12, { verdict: 'review', reasons: '[{"text":"near the threshold"}]' });
  one(13, { outcome: 'failed', verdict: 'nok', reasons: '[{"text":"late","code":"DEADLINE_MISSED"}]' });
  one(15, {
    outcome: 'missed',
    verdict: 'nok',
    part: null,
    missed_from: 20,
    missed_to: 22,
    reasons: '[{"text":"unseen","code":"PART_MISSED"}]',
  });
  one(16, { at: AT - MINUTE, part: 'P11', reasons: 'torn{' });
  const act = { id: 'd1', station: 'outlet', at: AT + MINUTE, inspection: 'i11', action: 'reject', reason: 'nok', rule: 'r', latched: 0 };
  put(db, 'decisions', act);
  put(db, 'decision_writes', { decision: 'd1', position: 0, tag: 'plc.reject', value: 'true', state: 'failed', fault: 'BadTimeout' });
  put(db, 'alarms', {
    code: 'CAMERA_SILENT',
    subject: 'top',
    key: 'a',
    since: AT - 10 * MINUTE,
    cleared: AT + 5 * MINUTE,
    text: 't',
    next: 'n',
  });
  put(db, 'alarms', { code: 'CAMERA_SILENT', subject: 'top', key: 'b', since: AT + 60 * MINUTE, cleared: null, text: 't', next: 'n' });
  const label = { inspection: 'i11', at: AT, who: 'anna', recorded: AT };
  put(db, 'labels', { ...label, id: 'l1', label: 'bad' });
  put(db, 'labels', { ...label, id: 'l2', label: 'good' });
  put(db, 'labels', { ...label, id: 'l3', inspection: 'i1', label: 'bad', undone: AT });
  put(db, 'notes', { id: 'n1', at: AT + MINUTE, source: 'page', station: 'outlet', part: 'P11', text: 'scratched again', recorded: AT });
  const text = { id: 't1', at: AT + 2 * MINUTE, source: 'alarm', origin: 'plc', station: 'outlet', severity: 500, recorded: AT };
  put(db, 'texts', { ...text, state: 'ended', ended: AT + 3 * MINUTE, text: 'oil low' });
  return path;
}

const EXPECTED: Readonly<Record<QuestionName, readonly object[]>> = {
  yield: [{ station: 'outlet', recipe: 'standard', parts: 17, ok: 10, nok: 2, review: 1, not_judged: 4, yield_percent: 76.92 }],
  hours: [
    { hour: '2026-03-02T07:00Z', parts: 6, ok: 0, nok: 1, review: 1, not_judged: 4, yield_percent: 0 },
    { hour: '2026-03-02T06:00Z', parts: 11, ok: 10, nok: 1, review: 0, not_judged: 0, yield_percent: 90.91 },
  ],
  reasons: [
    { verdict: 'nok', reason: 'dull', parts: 2 },
    { verdict: 'nok', reason: 'surface.score > 0.6', parts: 2, last: '2026-03-02T07:10:00.000Z' },
    { verdict: 'nok', reason: 'DEADLINE_MISSED', parts: 1 },
    { verdict: 'nok', reason: 'PART_MISSED', parts: 1 },
    { verdict: 'review', reason: 'near the threshold', parts: 1 },
  ],
  why: [
    { part: 'P11', verdict: 'nok', reasons: 'scratch (0.9); dull', scores: 'surface 0.900 (0.600)', answer: 'written', id: 'i11' },
    { part: 'P11', verdict: 'ok', reasons: 'unreadable: torn{', id: 'i16' },
  ],
  parts: [{ id: 'i15' }, { id: 'i14' }, { id: 'i13' }, { id: 'i12' }, { id: 'i11' }],
  unjudged: [
    { outcome: 'missed', reason: 'PART_MISSED', parts: 3 },
    { outcome: 'failed', reason: 'DEADLINE_MISSED', parts: 1 },
  ],
  alarms: [{ code: 'CAMERA_SILENT', subject: 'top', times: 2, minutes: 5 + 23 * 60, lasting: 1 }],
  said: [
    { utc: '2026-03-02T06:02:00.000Z', by: 'machine', about: 'plc', severity: 500, state: 'ended', text: 'oil low' },
    { by: 'people', about: 'part P11', severity: null, ended: null, text: 'scratched again' },
  ],
  actions: [{ action: 'reject', reason: 'nok', times: 1, latched: 0, writes_failed: 1 }],
  models: [{ model: 'surface', version: '1.0.0', parts: 15, above_percent: 26.67, near: 11, mean_ms: 8 }],
  speed: [{ station: 'outlet', parts: 15, mean_ms: 8, p99_ms: 15, longest_ms: 15 }],
  doubts: [{ part: 'P11', verdict: 'nok', label: 'good', id: 'i11' }],
};

describe('questions to the journal', () => {
  it.each(QUESTION_NAMES)('%s is answered by what is stored', (name) => {
    const path = shift();
    const { rows, more } = ask(path, name, { ...DAY, part: 'P11' });
    expect(rows).toMatchObject([...EXPECTED[name]]);
    expect([rows.length, more]).toEqual([EXPECTED[name].length, false]);
    expect(ask(path, name, { ...DAY, part: 'none', station: 'elsewhere' }).rows).toHaveLength(name === 'alarms' ? 1 : 0);
  });

  it('answers with as many rows as were asked for, and says that there is more', () => {
    const answer = ask(shift(), 'parts', { ...DAY, limit: 2 });
    expect([answer.rows.length, answer.more]).toEqual([2, true]);
  });

  it.each([
    ['why', { ...DAY }, 'none is named'],
    ['yield', { ...DAY, to: DAY.from }, 'ends before it begins'],
    ['yield', { ...DAY, to: DAY.from + 32 * 24 * 60 * MINUTE }, '31 are answered'],
  ] as const)('refuses %s with a code where it cannot be answered', (name, asked, why) => {
    const refused = () => ask(shift(), name, asked);
    expect(refused).toThrow(expect.objectContaining<Partial<LinesideError>>({ code: 'QUESTION_UNFIT' }));
    expect(refused).toThrow(why);
  });

  it('has every statement of the documentation run, as it stands there', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/questions.md'), 'utf8');
    const statements = [...page.matchAll(/```sql\n([^`]+)\n```/g)].map(([, text = '']) => text);
    expect(statements).toHaveLength(QUESTION_NAMES.length);
    const path = shift();
    const given = { from: DAY.from, to: DAY.to, station: null, part: 'P11', limit: 50 };
    const found = statements.map((text) => sql(path, text, given).length);
    expect(found).toEqual(QUESTION_NAMES.map((name) => EXPECTED[name].length));
    for (const text of statements) expect(Object.values(QUESTIONS).map((of) => of.sql)).toContain(text);
  });
});
