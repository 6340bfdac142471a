import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Inspection, JournalEntry, TagWindow } from '#agent/contracts/index.js';
import { deletePicture, owedIn, payOwed, pictureFile } from '#agent/store/picture-files.js';
import { addStored, lostRows, revivedRows, rowsOf } from '#agent/store/rows.js';
import { COLUMNS, insertInto, type Row } from '#agent/store/tables.js';
import { alarm, decision, finding, inspection } from '../publishers/samples.ts';
import { openEmpty, put } from './setup.ts';

const NOW = 7000;
const OWN = 8000;
function rowsFrom(entry: JournalEntry): Row[] {
  let id = 40;
  return rowsOf(entry, { now: NOW, recorded: OWN, outboxId: () => ++id });
}
const tables = (rows: readonly Row[]) => rows.map(([table]) => table);
/** A row's cells by the columns of its table. */
const cells = (row: Row | undefined): Record<string, unknown> => {
  const [table, ...values] = row ?? [];
  const columns: readonly string[] = COLUMNS[table as keyof typeof COLUMNS];
  return Object.fromEntries(columns.map((column, i) => [column, values[i]]));
};
const one = (over: Partial<Inspection> = {}) => inspection(3, { id: 'i3', ...over });

describe('the rows of an inspection', () => {
  it('have every field in its column', () => {
    const judged = one({
      missed: { from: 4, to: 9 },
      answer: { state: 'failed', ms: 2.5, fault: 'BadTimeout' },
      timings: { transport: 1, align: 2, prepare: 3, infer: 4, rules: 5, verdict: 6, answer: 7 },
    });
    const [row] = rowsFrom({ inspection: judged });
    expect(cells(row)).toEqual({
      id: 'i3',
      station: 'outlet',
      sequence: 3,
      outcome: 'judged',
      at: judged.at,
      trigger: 'tag',
      part: 'P3',
      counter: 3,
      recipe: 'standard',
      verdict: 'ok',
      reasons: JSON.stringify(judged.reasons),
      answer: 'failed',
      answer_fault: 'BadTimeout',
      answer_ms: 2.5,
      transport_ms: 1,
      align_ms: 2,
      prepare_ms: 3,
      infer_ms: 4,
      rules_ms: 5,
      verdict_ms: 6,
      write_ms: 7,
      tags: JSON.stringify(judged.tags),
      frames: JSON.stringify(judged.frames),
      config_hash: judged.configHash,
      missed_from: 4,
      missed_to: 9,
      challenge: null,
      counted: null,
      recorded: OWN,
    });
    expect(row).toHaveLength(COLUMNS.inspections.length + 1);
    expect(cells(rowsFrom({ inspection: one() })[0])).toMatchObject({ answer_fault: null, missed_from: null, missed_to: null });
  });

  it.each([
    [7.4, 7],
    [-0.6, -1],
    [null, null],
    [Number.NaN, null],
    [1e300, null],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [2 ** 53, null],
  ])('take a counter of %j as %j', (counter, stored) => {
    expect(cells(rowsFrom({ inspection: one({ counter }) })[0])['counter']).toBe(stored);
  });

  it('have one for each finding, with what the model says of it and without its heat map', () => {
    const full = finding({
      boxes: [{ label: 'pore', score: 1, region: [0, 0, 1, 1] }],
      contributions: { 'plc.x': 1 },
      rowContributions: [1],
      reading: { text: 'L24', confidence: 1, characters: [1] },
      note: { text: 'oil', words: [], truncated: false },
      entities: [],
      unlike: true,
      found: { region: [1, 2, 3, 4], moved: [-2, 0.5], likeness: 0.9 },
      heatmap: { width: 1, height: 1, values: Uint8Array.of(1), region: null },
    } as never);
    const [, first, second] = rowsFrom({
      inspection: one({ findings: [full, finding({ review: null, probabilities: undefined } as never)] }),
    });
    expect(cells(first)).toEqual({
      inspection: 'i3',
      model: 'surface',
      package: 'surface-defect',
      version: '1.0.0',
      variant: 'int8-u8s8',
      provider: 'cpu',
      sha256: 'ab'.repeat(32),
      kind: 'classify',
      label: 'crack',
      score: 0.123456789,
      threshold: 0.62,
      review_low: 0.45,
      review_high: 0.62,
      margin: -0.496543211,
      probabilities: JSON.stringify(full.probabilities),
      boxes: JSON.stringify(full.boxes),
      contributions: '{"plc.x":1}',
      row_contributions: '[1]',
      reading: JSON.stringify(full.reading),
      note: JSON.stringify(full.note),
      entities: '[]',
      unlike: 1,
      found: '{"region":[1,2,3,4],"moved":[-2,0.5],"likeness":0.9}',
      queue_ms: 0.1234567,
      run_ms: 11.2345678,
    });
    expect(cells(second)).toMatchObject({
      unlike: null,
      found: null,
      review_low: null,
      review_high: null,
      probabilities: null,
      boxes: null,
      note: null,
      entities: null,
    });
  });

  it('have the window as bytes of its own: a message copies the whole buffer behind a view', () => {
    const pool = new Float32Array(100).fill(9);
    const window: TagWindow = {
      tags: ['plc.a'],
      endsAt: 5,
      everyMs: 200,
      steps: 2,
      values: pool.subarray(10, 12),
      quality: new Uint8Array(2),
    };
    window.values.set([1.5, 2.5]);
    const row = rowsFrom({ inspection: one({ findings: [], window }) })[1];
    const { data: _, ...rest } = cells(row);
    expect(rest).toEqual({ inspection: 'i3', ends_at: 5, every_ms: 200, steps: 2, tags: '["plc.a"]' });
    const [values, quality] = [row?.[6], row?.[7]] as unknown as [Uint8Array, Uint8Array];
    expect([values.buffer.byteLength, [...new Float32Array(values.buffer)]]).toEqual([8, [1.5, 2.5]]);
    expect(quality.buffer).toBe(window.quality.buffer);
  });
});

describe('the rows of an entry', () => {
  const shadow = {
    id: 's',
    at: 1,
    station: 'outlet',
    inspection: 'i3',
    part: 'P3',
    recipe: 'r',
    model: 'surface',
    difference: 'verdict' as const,
    current: { verdict: 'ok' as const, finding: finding() },
    candidate: { verdict: 'nok' as const, reasons: [{ text: 'why' }], finding: finding({ package: 'new', score: 0.9, label: null }) },
  };
  const event = { publisher: 'mqtt', eventId: 'e', station: 'outlet', topic: 't', payload: '{}' };

  it('begin with the inspection, and end with where its station stands', () => {
    const rows = rowsFrom({
      state: { station: 'outlet', value: 'm' },
      audit: [{ at: 1, who: 'anna', source: 'mqtt', verb: 'ack', detail: '{}' }],
      load: { kind: 'config', at: 2, detail: 'd' },
      outbox: [event, event],
      alarms: [alarm()],
      shadows: [shadow],
      late: [{ inspection: 'i3', model: 'm', lateMs: 3, finding: null, fault: 'MODEL_HUNG' }],
      decisions: [decision({ id: 'd' })],
      inspection: one(),
    });
    expect(tables(rows)).toEqual([
      'inspections',
      'findings',
      'decisions',
      'decision_writes',
      'decision_writes',
      'late_findings',
      'shadows',
      'alarm_on',
      'outbox',
      'outbox',
      'loads',
      'audit',
      'station_state',
    ]);
    expect(rows.slice(-5)).toEqual([
      ['outbox', 41, 'mqtt', 'e', 'outlet', 't', '{}', NOW],
      ['outbox', 42, 'mqtt', 'e', 'outlet', 't', '{}', NOW],
      ['loads', 2, 'config', 'd', OWN],
      ['audit', OWN, 1, 'anna', 'mqtt', 'ack', '{}'],
      ['station_state', 'outlet', 3, 'P3', 3, 'm'],
    ]);
    expect(tables(rowsFrom({}))).toEqual([]);
  });

  it('tell where each station stands that it speaks of', () => {
    const states = (entry: JournalEntry) => rowsFrom(entry).filter(([table]) => table === 'station_state');
    expect(states({ inspection: one({ missed: { from: 4, to: 9 }, counter: null }) })).toEqual([
      ['station_state', 'outlet', 3, 'P3', 9, null],
    ]);
    expect(states({ state: { station: 'trim', value: 'm' } })).toEqual([['station_state', 'trim', null, null, null, 'm']]);
    expect(states({ inspection: one(), state: { station: 'trim', value: 'm' } })).toEqual([
      ['station_state', 'outlet', 3, 'P3', 3, null],
      ['station_state', 'trim', null, null, null, 'm'],
    ]);
  });

  it('of a decision have its writes in their order', () => {
    const rows = rowsFrom({ decisions: [decision({ id: 'd', inspection: null }), decision({ id: 'e', latched: true, writes: [] })] });
    expect(rows).toEqual([
      ['decisions', 'd', 'outlet', 1_770_000_000_000, null, 'reject', 'nok', "verdict == 'nok'", 0, null, null, OWN],
      ['decision_writes', 'd', 0, 'plc.reject', 'true', 'written', null],
      ['decision_writes', 'd', 1, 'plc.lane', '2', 'failed', 'BadNotWritable'],
      ['decisions', 'e', 'outlet', 1_770_000_000_000, expect.any(String), 'reject', 'nok', "verdict == 'nok'", 1, null, null, OWN],
    ]);
  });

  it('of what came late have its score, and it without its heat map', () => {
    const late = { inspection: 'i3', model: 'm', lateMs: 3 };
    const found = finding({ score: 0.9, heatmap: { width: 1, height: 1, values: Uint8Array.of(1), region: null } } as never);
    const [first, second] = rowsFrom({
      late: [
        { ...late, finding: found },
        { ...late, finding: null, fault: 'MODEL_HUNG' },
      ],
    });
    expect(first?.slice(0, 7)).toEqual(['late_findings', 'i3', NOW, 'm', 3, 0.9, null]);
    const stored = JSON.parse(String(first?.[7]));
    expect([stored.model, 'heatmap' in stored, first?.[8]]).toEqual(['surface', false, OWN]);
    expect(second).toEqual(['late_findings', 'i3', NOW, 'm', 3, null, 'MODEL_HUNG', null, OWN]);
  });

  it('of a candidate have what both said', () => {
    const [row] = rowsFrom({ shadows: [shadow] });
    expect(cells(row)).toMatchObject({
      id: 's',
      at: 1,
      station: 'outlet',
      inspection: 'i3',
      part: 'P3',
      recipe: 'r',
      model: 'surface',
      difference: 'verdict',
      verdict: 'ok',
      candidate_verdict: 'nok',
      reasons: '[{"text":"why"}]',
      package: 'surface-defect',
      label: 'crack',
      threshold: 0.62,
      run_ms: 11.2345678,
      candidate_package: 'new',
      candidate_label: null,
      candidate_score: 0.9,
      recorded: OWN,
    });
    expect(row).toHaveLength(COLUMNS.shadows.length + 1);
  });

  it('of an alarm begin it or end it', () => {
    expect(rowsFrom({ alarms: [alarm(), alarm({ active: false, since: 9 })] })).toEqual([
      ['alarm_on', 'CAMERA_SILENT', 'top', 'CAMERA_SILENT/top', 1_770_000_000_000, alarm().text, alarm().next, OWN],
      ['alarm_off', 'CAMERA_SILENT/top', 9, OWN],
    ]);
  });
});

describe('rows that are no entry of anybody', () => {
  it('tell of records that are lost, whose numbers are not given out again', () => {
    expect(lostRows([{ station: 'outlet', from: 3, to: 5 }], OWN)).toEqual([
      ['audit', OWN, OWN, 'agent', 'store', 'records lost', '{"station":"outlet","from":3,"to":5}'],
      ['station_state', 'outlet', 5, null, null, null],
    ]);
  });

  it('make an event of a dead letter again, late by its nature', () => {
    const letter = { id: 7, publisher: 'mqtt', eventId: 'e', station: 's', topic: 't', payload: '{"a":1}', storedAt: 5 };
    expect(revivedRows(letter, 50)).toEqual([
      ['outbox', 50, 'mqtt', 'e', 's', 't', '{"a":1,"historical":true}', 5],
      ['revived', 7],
    ]);
  });

  it('are read back as a publisher gets them', () => {
    const stored: never[] = [];
    addStored(stored, [
      ['loads', 1, 'a', 'd', 1],
      ['outbox', 50, 'mqtt', 'e', 's', 't', '{}', 5],
    ]);
    expect(stored).toEqual([{ id: 50, publisher: 'mqtt', eventId: 'e', station: 's', topic: 't', payload: '{}', storedAt: 5 }]);
  });

  it('fit the tables of the journal, every one', () => {
    const { db } = openEmpty();
    for (const table of Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]) expect(() => db.prepare(insertInto(table))).not.toThrow();
    const once = (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).filter((table) => insertInto(table).includes('ON CONFLICT'));
    expect(once.sort()).toEqual(['images', 'inspections', 'labels', 'notes', 'owed_images', 'shifts', 'study_showings', 'texts']);
    expect(insertInto('decision_writes')).toBe(
      'INSERT INTO decision_writes (decision, position, tag, value, state, fault) VALUES (?, ?, ?, ?, ?, ?)',
    );
  });
});

describe('pictures that were not known to be safe when the last life ended', () => {
  const NAME = 'images/outlet/2026-01-05/a.jpg';
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  function owing(text: string | null, path = NAME, sha256 = hash('whole')) {
    const journal = openEmpty();
    mkdirSync(join(journal.path, 'images'), { recursive: true });
    if (text !== null) {
      mkdirSync(dirname(join(journal.path, path)), { recursive: true });
      writeFileSync(join(journal.path, path), text);
    }
    put(journal.db, 'owed_images', { path, inspection: 'i', sha256, bytes: 5 });
    put(journal.db, 'owed_images', { path: 'images/outlet/2026-01-05/other.jpg', inspection: 'j', sha256, bytes: 5 });
    const rows = (table: string) => journal.db.prepare(`SELECT path FROM ${table}`).pluck().all();
    return { ...journal, rows };
  }
  const other = 'images/outlet/2026-01-05/other.jpg';

  it('have their row where the file is whole', () => {
    const { path, db, rows } = owing('whole');
    const [owed] = owedIn(db);
    expect(owed).toEqual({ path: NAME, inspection: 'i', sha256: hash('whole') });
    const flushed = new Set<string>();
    expect(owed && payOwed(db, path, owed, flushed)).toBe(true);
    expect([rows('images'), rows('owed_images'), existsSync(join(path, NAME))]).toEqual([[NAME], [other], true]);
    expect([...flushed]).toEqual([dirname(join(path, NAME))]);
    // A second time is none.
    expect(owed && payOwed(db, path, owed, flushed)).toBe(true);
    expect(rows('images')).toEqual([NAME]);
  });

  it.each([
    ['torn', 'who'],
    ['not there', null],
  ])('are lost where the file is %s', (_, text) => {
    const { path, db, rows } = owing(text);
    const [owed] = owedIn(db);
    expect(owed && payOwed(db, path, owed, new Set())).toBe(false);
    expect([rows('images'), rows('owed_images'), existsSync(join(path, NAME))]).toEqual([[], [other], false]);
  });

  it('are looked for under the folder only', () => {
    const outside = 'images/../../a.jpg';
    const { path, db, rows } = owing(null, outside);
    const [owed] = owedIn(db);
    expect(owed && payOwed(db, path, owed, new Set())).toBe(false);
    expect([rows('images'), rows('owed_images')]).toEqual([[], [other]]);
    expect(pictureFile(path, outside)).toBeNull();
    expect(() => deletePicture(path, outside)).not.toThrow();
  });
});
