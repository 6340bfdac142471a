/** The queries that the report of a shift is made of, each with what it says: what is not in here is not in the report. */
import type Database from 'better-sqlite3';
import type { ReportQuery, ReportQueryName, ReportRow, ReportWish } from '../contracts/index.ts';
import { uncounted } from './shift-counts.ts';

/** Records that are not counted yet and are looked at by themselves. */
const MOST_BEHIND = 5000;

const GOOD = "outcome = 'judged' AND verdict = 'ok'";
const REWORK = "outcome = 'judged' AND verdict <> 'ok' AND action = 'rework'";
const SCRAP = "outcome = 'judged' AND verdict = 'nok' AND action <> 'rework'";
const KNOWN = "outcome = 'judged' AND (verdict <> 'review' OR action = 'rework')";
const parts = (of: string): string => `sum(iif(${of}, parts, 0))`;
const IN_SHIFT = 'slot >= CAST(:from / 300000 AS INTEGER) AND slot < CAST((:to + 299999) / 300000 AS INTEGER)';

const QUERIES: Readonly<Record<ReportQueryName, { readonly says: string; readonly sql: string }>> = {
  made: {
    says: 'What was made',
    sql: `SELECT station, recipe, sum(parts) AS produced, ${parts(GOOD)} AS good, ${parts(SCRAP)} AS scrap, ${parts(REWORK)} AS rework,
  ${parts(`NOT (${KNOWN})`)} AS unknown, round(1.0 * ${parts(GOOD)} / nullif(${parts(KNOWN)}, 0), 6) AS quality_ratio
FROM part_counts WHERE ${IN_SHIFT} GROUP BY station, recipe ORDER BY station, produced DESC, recipe`,
  },
  shifts: {
    says: 'Quality ratio of this shift and of the ten before it',
    sql: `SELECT c.station, s.value ->> 'id' AS shift, sum(c.parts) AS produced, ${parts(GOOD)} AS good, ${parts(KNOWN)} AS known,
  round(1.0 * ${parts(GOOD)} / nullif(${parts(KNOWN)}, 0), 6) AS quality_ratio
FROM json_each(:shifts) s JOIN part_counts c ON c.slot >= s.value ->> 'first' AND c.slot < s.value ->> 'end'
GROUP BY c.station, s.key ORDER BY c.station, s.key`,
  },
  reasons: {
    says: 'The five worst reasons of each station',
    sql: `SELECT station, reason, parts, round(1.0 * parts / produced, 6) AS share FROM (
  SELECT station, reason, sum(parts) AS parts, row_number() OVER (PARTITION BY station ORDER BY sum(parts) DESC, reason) AS place,
    (SELECT sum(parts) FROM part_counts a WHERE a.station = c.station AND ${IN_SHIFT}) AS produced
  FROM part_counts c WHERE ${IN_SHIFT} AND reason <> '' AND NOT (${GOOD}) AND outcome IN ('judged', 'failed') GROUP BY station, reason)
WHERE place <= 5 ORDER BY station, parts DESC, reason`,
  },
  reason_shifts: {
    says: 'Parts by reason, in this shift and in each of the ten before it',
    sql: `SELECT c.station, c.reason, s.value ->> 'id' AS shift, sum(c.parts) AS parts
FROM json_each(:shifts) s JOIN part_counts c ON c.slot >= s.value ->> 'first' AND c.slot < s.value ->> 'end'
WHERE c.reason <> '' AND ${KNOWN} AND NOT (${GOOD}) GROUP BY c.station, c.reason, s.key ORDER BY c.station, c.reason, s.key LIMIT 2000`,
  },
  reason_hours: {
    says: 'Parts by hour, all of which something is known and those with a reason, in this shift and the one before it',
    sql: `SELECT station, slot / 12 * 3600000 AS hour, iif(${GOOD}, '', reason) AS reason, sum(parts) AS parts
FROM part_counts WHERE slot >= CAST(:before / 300000 AS INTEGER) AND slot < CAST((:to + 299999) / 300000 AS INTEGER) AND ${KNOWN}
GROUP BY station, slot / 12, iif(${GOOD}, '', reason) ORDER BY station, hour, reason LIMIT 5000`,
  },
  pictures: {
    says: 'The newest parts with a picture, of each reason',
    sql: `SELECT station, reason, part, at, inspection, path, place AS picture FROM (
  SELECT i.station, f.value AS reason, i.part, i.at, i.id AS inspection, p.path,
    (SELECT count(*) FROM images q WHERE q.inspection = i.id AND q.rowid < p.rowid) AS place,
    row_number() OVER (PARTITION BY i.station, f.value ORDER BY r.at DESC, p.rowid) AS newest
  FROM facets f JOIN facet_rows r ON r.facet = f.id AND r.at >= :from AND r.at < :to JOIN inspections i ON i.rowid = r.inspection
    JOIN images p ON p.inspection = i.id AND p.role = 'frame'
  WHERE f.kind = 'reason' AND i.verdict <> 'ok' AND i.challenge IS NULL)
WHERE newest <= 2 ORDER BY station, reason, newest LIMIT 100`,
  },
  charts: {
    says: 'Control charts that were out of control, since when and by which rule',
    sql: `SELECT subject AS chart, since, cleared, text FROM alarms
WHERE code = 'SPC_SIGNAL' AND since < :to AND ifnull(cleared, :to) > :from ORDER BY since, subject LIMIT 50`,
  },
  challenges: {
    says: 'Challenge parts that were shown, and what they got',
    sql: `SELECT i.at, r.station, i.challenge ->> 'name' AS challenge, i.part, i.challenge ->> 'expect' AS expected, i.verdict,
  iif(r.passed, 'passed', 'failed') AS outcome
FROM challenge_rows r JOIN inspections i ON i.id = r.inspection
WHERE i.at >= :from AND i.at < :to AND json_valid(i.challenge) AND i.challenge ->> 'name' IS NOT NULL ORDER BY r.passed, i.at LIMIT 50`,
  },
  holds: {
    says: 'Holds and stops, and when they were acknowledged',
    sql: `SELECT d.at, d.station, d.action, d.reason, (SELECT min(a.at) FROM audit a WHERE a.verb = 'ack' AND json_valid(a.detail)
    AND a.detail ->> 'station' = d.station AND a.detail ->> 'outcome' = 'done' AND a.at >= d.at) AS acknowledged
FROM decisions d WHERE d.latched = 1 AND d.at >= :from AND d.at < :to ORDER BY d.at LIMIT 100`,
  },
  alarms: {
    says: 'Alarms of the shift by the minutes that they lasted in it',
    sql: `SELECT code, subject, count(*) AS times, round(sum(min(ifnull(cleared, :to), :to) - max(since, :from)) / 60000.0, 1) AS minutes,
  max(text) AS text FROM alarms WHERE since < :to AND ifnull(cleared, :to) > :from
GROUP BY code, subject ORDER BY minutes DESC, code, subject LIMIT 20`,
  },
  notes: {
    says: 'What people wrote and said',
    sql: `SELECT at, who, said, about FROM (
  SELECT at, who, detail ->> 'reason' AS said, detail ->> 'alarm' AS about FROM audit
    WHERE verb = 'shelve' AND json_valid(detail) AND detail ->> 'reason' <> '' AND detail ->> 'outcome' = 'done'
  UNION ALL SELECT at, who, text, coalesce('part ' || part, alarm, station, '') FROM notes
  UNION ALL SELECT disposed, who, note, station || ' ' || disposition FROM containments WHERE ifnull(note, '') <> ''
  UNION ALL SELECT max(at), who, label || iif(kind IS NULL, '', ': ' || kind), count(*) || ' parts' FROM labels
    WHERE undone IS NULL AND at >= :from AND at < :to GROUP BY who, label, kind)
WHERE at >= :from AND at < :to ORDER BY at LIMIT 50`,
  },
  said: {
    says: 'What people wrote and machines said, each text once',
    sql: `SELECT text, count(*) AS times, min(at) AS first, max(at) AS last, group_concat(DISTINCT by) AS by FROM (
  SELECT at, text, 'people' AS by FROM notes WHERE at >= :from AND at < :to
  UNION ALL SELECT at, text, 'machine' FROM texts WHERE at >= :from AND at < :to)
GROUP BY text ORDER BY times DESC, text LIMIT 200`,
  },
  lasting: {
    says: 'Alarms that were active at the end of the shift',
    sql: `SELECT code, subject, since, text, next FROM alarms WHERE since < :to AND ifnull(cleared, :to) >= :to ORDER BY since, code LIMIT 50`,
  },
  standing: {
    says: 'What machines said that was active at the end of the shift',
    sql: `SELECT at, coalesce(name, origin) AS machine, severity, text FROM texts
WHERE at < :to AND (state = 'active' OR ended >= :to) AND state IS NOT NULL ORDER BY severity DESC, at LIMIT 50`,
  },
  waiting: {
    says: 'What is left to be decided: parts for review of this shift that nobody has labelled, and parts in quarantine',
    sql: `SELECT 'review' AS what, station, count(*) AS parts FROM review_rows r JOIN inspections i ON i.rowid = r.inspection
  WHERE r.at >= :from AND r.at < :to AND i.verdict = 'review'
    AND NOT EXISTS (SELECT 1 FROM labels l WHERE l.inspection = i.id AND l.undone IS NULL) GROUP BY station
UNION ALL SELECT 'quarantine', station, sum(ifnull(parts, 0)) FROM containments WHERE disposition IS NULL AND at < :to GROUP BY station`,
  },
  contained: {
    says: 'Stretches of parts in quarantine that nobody has decided about',
    sql: `SELECT at, station, why, iif(cause = 'person', '', subject) AS subject, ifnull(parts, 0) AS parts
FROM containments WHERE at < :to AND ifnull(disposed, :to) >= :to ORDER BY at DESC LIMIT 50`,
  },
};

/** All of one moment. `complete`: every record is in it. */
export function reportRows(db: Database.Database, wish: ReportWish, mostBehind = MOST_BEHIND) {
  return db.transaction(() => {
    const isNear = uncounted(db) <= mostBehind;
    const queries = Object.entries(QUERIES).map(([name, { says, sql }]): ReportQuery => {
      const text = isNear ? sql : sql.replaceAll('part_counts', 'part_tallies');
      const parameters = parametersOf(text, wish);
      return { name: name as ReportQueryName, says, sql: text, parameters, rows: db.prepare<[object], ReportRow>(text).all(parameters) };
    });
    return { queries, complete: isNear };
  })();
}

function parametersOf(sql: string, { id, from, to, before }: ReportWish): ReportRow {
  const slots = (one: { readonly id: string; readonly from: number; readonly to: number }) => ({
    id: one.id,
    first: Math.floor(one.from / 300_000),
    end: Math.ceil(one.to / 300_000),
  });
  const all: ReportRow = {
    from,
    to,
    before: before.at(-1)?.from ?? from,
    shifts: JSON.stringify([...before, { id, from, to }].map(slots)),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => new RegExp(`:${name}\\b`).test(sql)));
}
