// One text of one row that the disk has turned into something else: what stands beside it is told as before, by the page's questions and by the
// views that people read with the sqlite3 shell.
import { describe, expect, it } from 'vitest';
import type { Records } from '#agent/contracts/index.js';
import { FacetIndex } from '#agent/store/facets.js';
import { openRecords } from '#agent/store/records.js';
import { Tallies } from '#agent/store/tallies.js';
import { systemClock } from '#agent/time.js';
import { cleanUp, openEmpty, put } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];
const AT = Date.UTC(2027, 0, 4, 6);
const DAMAGED = ['{"dam', '"a text"', '["a text", null, 7]', '', 'null'];

/** Three parts with everything that belongs to a part; the second is the one that is damaged. */
function journal() {
  const { path, db } = openEmpty();
  for (const id of ['a', 'b', 'c']) {
    const at = AT + id.charCodeAt(0);
    const part = { inspection: id, at, recorded: at, station: 'outlet', part: `P${id}`, recipe: 'standard' };
    const cell = { tags: '{"t": 1}', frames: '[]', reasons: '[{"code": "A", "text": "too hot (3)"}]' };
    put(db, 'inspections', { ...part, ...cell, id, sequence: at, trigger: 'tag', outcome: 'judged', verdict: 'nok', config_hash: 'h' });
    put(db, 'findings', {
      ...part,
      model: 'surface',
      package: 'taught',
      label: 'bad',
      score: 0.7,
      threshold: 0.5,
      margin: 0.2,
      reading: '{"text": "X"}',
    });
    put(db, 'late_findings', { ...part, model: 'late', finding: '{"score": 1}' });
    put(db, 'decisions', { ...part, id: `d${id}`, action: 'reject', reason: 'nok', rule: 'r' });
    put(db, 'decision_writes', { decision: `d${id}`, position: 0, tag: 'plc.out', value: 'true', state: 'written' });
    put(db, 'shadows', {
      ...part,
      id: `s${id}`,
      model: 'surface',
      difference: 'label',
      verdict: 'ok',
      candidate_verdict: 'nok',
      reasons: '[]',
    });
    put(db, 'images', { ...part, path: `images/${id}.jpg`, camera: 'top', role: 'frame', sha256: 'ab' });
    put(db, 'labels', { ...part, id: `l${id}`, who: 'eva', label: 'bad', boxes: '[{"camera": "top", "region": [1, 2, 3, 4]}]' });
    put(db, 'alarms', { since: at, code: 'TAG_BAD', subject: id, key: id, text: 't', next: 'n', recorded: at });
    put(db, 'audit', { at, recorded: at, who: 'eva', source: 'cli', verb: 'trust', detail: '{"station": "outlet", "outcome": "done"}' });
    put(db, 'loads', { at, recorded: at, kind: 'rules', detail: '{"config": "h", "stations": {"outlet": {}}}' });
    put(db, 'dead_letters', {
      id: id.charCodeAt(0),
      publisher: 'mqtt',
      event_id: id,
      station: 'outlet',
      topic: 't',
      payload: '{}',
      why: 'w',
    });
  }
  const indexes = [new FacetIndex(), new Tallies()];
  for (const index of indexes) {
    index.refill();
    while (index.step(db));
  }
  return { path, db };
}

/** Every place where a text stands, and what takes none: keys, by which rows are found. */
function textsIn(db: Db) {
  const tables = db
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE '%WITHOUT ROWID%'",
    )
    .pluck()
    .all();
  return tables.flatMap((table) =>
    (db.pragma(`table_info(${table})`) as { name: string; type: string; pk: number }[])
      .filter(({ type, pk }) => type === 'TEXT' && pk === 0)
      .map(({ name }) => ({ table, column: name })),
  );
}
const viewsIn = (db: Db) => db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'view'").pluck().all();

const questions = (records: Records): readonly (() => Promise<unknown>)[] => [
  () => records.inspections({ limit: 10 }),
  () => records.inspections({ limit: 10, verdict: 'nok' }),
  () => records.inspections({ limit: 10, reason: 'A' }),
  () => records.inspections({ limit: 10, model: 'surface', score_from: 0.5 }),
  () => records.inspection('b'),
  () => records.rules('h', 'outlet'),
  () => records.before('c', 5),
  () => records.since('a', 10),
  () => records.alarms({ limit: 10 }),
  () => records.audit({ limit: 10 }),
  () => records.labels('b'),
  () => records.histograms('b'),
  () => records.totals({ step: 'hour', zone: 0 } as never),
  () => records.labelFigures({ sample: 'all' }),
  () => records.review({ limit: 10 }),
  () => records.scores({ station: 'outlet', model: 'surface', step: 3_600_000 }),
  () => records.refusals([{ station: 'outlet', model: 'surface', sha256: 'ab', since: 0, hours: [], at: AT, apart: 1000 }]),
  () => records.differing({ station: 'outlet', model: 'surface', candidate: 'taught', camera: 'top', limit: 5 }),
  () => records.trend({ station: 'outlet', from: AT, to: AT + 1000, points: 10 }),
  () => records.letters({}, 10),
];

function spoiled(db: Db, { table, column }: ReturnType<typeof textsIn>[number], text: string): () => void {
  // The second of the three, and of what is counted by kinds a finding, which is JSON.
  const which = table === 'facets' ? "WHERE kind = 'finding' LIMIT 1" : 'ORDER BY rowid LIMIT 1 OFFSET 1';
  const rowid = db.prepare<[], number>(`SELECT rowid FROM ${table} ${which}`).pluck().get();
  const set = db.prepare(`UPDATE OR IGNORE ${table} SET ${column} = ? WHERE rowid = ?`);
  const before = db.prepare(`SELECT ${column} FROM ${table} WHERE rowid = ?`).pluck().get(rowid);
  set.run(text, rowid);
  return () => set.run(before, rowid);
}

describe('one damaged text', () => {
  it.each(DAMAGED)('that is now %j keeps nobody from the other rows, wherever it stands', { timeout: 120_000 }, async (text) => {
    const { path, db } = journal();
    const records = openRecords(path, systemClock);
    cleanUp(() => records.close());
    const places = textsIn(db);
    expect(places.length).toBeGreaterThan(60);
    const views = viewsIn(db);
    const rowsOf = (view: string) => db.prepare<[], object>(`SELECT * FROM ${view}`).all();
    const whole = new Map(views.map((view) => [view, rowsOf(view).length]));
    for (const place of places) {
      const mend = spoiled(db, place, text);
      const where = `${place.table}.${place.column}`;
      // Views that count or select by what stands there have other rows; those that people read have all of them.
      for (const view of views)
        if (rowsOf(view).length !== whole.get(view)) expect(view, where).toMatch(/_of$|^shadow_|^challenge_|^counted_parts$|^part_counts$/);
      const failed = await Promise.all(questions(records).map((ask) => ask().then(() => null, String)));
      expect(
        failed.filter((why) => why !== null),
        where,
      ).toEqual([]);
      mend();
    }
  });

  it('is shown as unreadable by the views, and told of a part by its column', async () => {
    const { path, db } = journal();
    db.exec(`UPDATE inspections SET reasons = '{"dam', tags = '[3' WHERE id = 'b'`);
    db.exec(`UPDATE findings SET reading = '{"te', boxes = '7' WHERE inspection = 'b'`);
    db.exec(`UPDATE audit SET detail = '{"outc' WHERE rowid = 2`);
    const column = (sql: string) => db.prepare<[], unknown>(sql).pluck().all();
    expect(column('SELECT reasons FROM quality ORDER BY id')).toEqual(['too hot (3)', 'unreadable: {"dam', 'too hot (3)']);
    expect(column('SELECT text FROM scores ORDER BY inspection')).toEqual(['X', 'unreadable: {"te', 'X']);
    expect(column('SELECT detail FROM audit_log')).toEqual(['{"station":"outlet"}', '{"unreadable":"{\\"outc"}', '{"station":"outlet"}']);
    expect(column('SELECT accepted FROM audit_log')).toEqual([1, null, 1]);
    const records = openRecords(path, systemClock);
    cleanUp(() => records.close());
    expect(await records.inspection('a')).toMatchObject({ reasons: [{ code: 'A' }], tags: { t: 1 }, unreadable: [] });
    expect(await records.inspection('b')).toMatchObject({
      part: 'Pb',
      reasons: [],
      tags: {},
      findings: [{ model: 'surface', reading: null, boxes: null }],
      unreadable: ['reasons', 'tags', 'boxes', 'reading'],
    });
  });
});
