/** Gauge studies of the journal, and what people said beside the agent. What the disk has damaged is left out. */
import type Database from 'better-sqlite3';
import type { Appraisal, Page, Showing, StoredStudy, Study } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { jsonOr } from './read.ts';

/** Labels that are looked at for one station, the newest. */
const MOST_LABELS = 4000;

interface StudyRow extends Omit<Study, 'spec' | 'gauge'> {
  readonly number: number;
  readonly spec: string;
  readonly gauge: string;
}
const STUDY =
  'number, id, station, name, state, who, at, ended, why, shown, wanted AS "of", spec, gauge, config_hash AS configHash FROM studies';

/** Those that were begun, newest first. Throws WEB_INVALID for a cursor that is none. */
export function studies(
  db: Database.Database,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Page<Study> {
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
  if (!Number.isSafeInteger(before) || before < 0) throw new LinesideError('WEB_INVALID', { why: 'the cursor is none that was given out' });
  const rows = db.prepare<[number, number], StudyRow>(`SELECT ${STUDY} WHERE number < ? ORDER BY number DESC LIMIT ?`).all(before, limit);
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { items: rows.flatMap((row) => studyOf(row) ?? []), next: last ? String(last.number) : null };
}

export function study(db: Database.Database, id: string): StoredStudy | null {
  const row = db.prepare<[string], StudyRow>(`SELECT ${STUDY} WHERE id = ?`).get(id);
  const found = row && studyOf(row);
  return found ? { ...found, showings: showingsOf(db, id), labels: labelsOf(db, id) } : null;
}

function studyOf({ number: _, spec: specText, gauge: gaugeText, ...row }: StudyRow): Study | null {
  const [spec, gauge] = [jsonOr(specText), jsonOr(gaugeText)];
  if (!isObject(spec) || !isObject(gauge)) return null;
  return { ...row, spec: spec as unknown as Study['spec'], gauge: gauge as unknown as Study['gauge'] };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function showingsOf(db: Database.Database, id: string): readonly Showing[] {
  const rows = db
    .prepare<[string], Omit<Showing, 'conditions'> & { readonly conditions: string }>(
      `SELECT study, showing, part, appraiser, trial, said, value, inspection, at, conditions FROM study_showings WHERE study = ? ORDER BY showing`,
    )
    .all(id);
  return rows.map(({ conditions, ...row }) => {
    const known = jsonOr(conditions);
    return { ...row, conditions: isObject(known) ? (known as Showing['conditions']) : {} };
  });
}

/** What each person said last of each record. */
function labelsOf(db: Database.Database, id: string): StoredStudy['labels'] {
  const rows = db
    .prepare<[string], StoredStudy['labels'][number]>(
      `SELECT l.inspection, l.who, l.label FROM study_showings h JOIN labels l ON l.inspection = h.inspection
       WHERE h.study = ? AND l.undone IS NULL ORDER BY h.showing, l.rowid`,
    )
    .all(id);
  return [...new Map(rows.map((row) => [`${row.inspection} ${row.who}`, row])).values()];
}

/** Of production that was judged; of each person and part the newest word. */
export function appraisals(db: Database.Database, station: string): readonly Appraisal[] {
  const rows = db
    .prepare<[object], Appraisal>(
      `SELECT l.inspection, l.who, l.label, CASE i.verdict WHEN 'ok' THEN 'good' WHEN 'nok' THEN 'bad' ELSE 'none' END AS said
       FROM (SELECT rowid AS number, * FROM labels WHERE undone IS NULL ORDER BY rowid DESC LIMIT @most) l
       JOIN inspections i ON i.id = l.inspection WHERE i.station = @station AND i.outcome = 'judged' AND i.challenge IS NULL ORDER BY l.number`,
    )
    .all({ station, most: MOST_LABELS });
  return [...new Map(rows.map((row) => [`${row.inspection} ${row.who}`, row])).values()];
}
