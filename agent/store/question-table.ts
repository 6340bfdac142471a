/**
 * What a plant asks of the journal, each question as one statement that only reads. docs/questions.md is written from this table, and
 * `lineside ask` and the assistant's tools answer by it, so that the page, the command and the tool cannot say three things. Loads nothing.
 */

export type QuestionInput = 'span' | 'station' | 'part';

export interface Question {
  /** As somebody in the plant puts it. */
  readonly asks: string;
  /** What is in the answer, beside what the names of its columns say. */
  readonly says: string;
  /** What it takes. `span`: @from and @to; a part is asked for by its id, over all time that is stored. */
  readonly takes: readonly QuestionInput[];
  readonly sql: string;
}

const utc = (column: string): string => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000, 'unixepoch')`;
const within = (table: string): string =>
  `${table}.at >= @from AND ${table}.at < @to AND (@station IS NULL OR ${table}.station = @station)`;
/** Challenge parts are no production. */
const MADE = `${within('i')} AND i.challenge IS NULL`;
/** One record of missed parts stands for all of them. */
const PARTS = 'iif(i.missed_to IS NULL, 1, i.missed_to - i.missed_from + 1)';
/** A text that the disk has damaged keeps nobody from the other rows. */
const REASONS = "json_each(CASE WHEN json_valid(i.reasons) THEN i.reasons ELSE '[]' END)";
const COUNTS = `sum(${PARTS}) AS parts,
  sum(i.outcome = 'judged' AND i.verdict = 'ok') AS ok, sum(i.outcome = 'judged' AND i.verdict = 'nok') AS nok,
  sum(i.outcome = 'judged' AND i.verdict = 'review') AS review, sum(iif(i.outcome = 'judged', 0, ${PARTS})) AS not_judged,
  round(100.0 * sum(i.outcome = 'judged' AND i.verdict = 'ok') / nullif(sum(i.outcome = 'judged'), 0), 2) AS yield_percent`;

const question = (of: Question): Question => of;

export const QUESTIONS = {
  yield: question({
    asks: 'What did we make, and how much of it was good?',
    says: 'Yield is ok of all that were judged. Parts that nobody judged (`on_failure` spoke, or they passed unseen) are counted beside it.',
    takes: ['span', 'station'],
    sql: `SELECT i.station, i.recipe, ${COUNTS}
FROM inspections i WHERE ${MADE}
GROUP BY i.station, i.recipe ORDER BY i.station, i.recipe LIMIT @limit`,
  }),
  hours: question({
    asks: 'Since when is it worse?',
    says: 'Yield hour by hour (UTC), the newest first.',
    takes: ['span', 'station'],
    sql: `SELECT strftime('%Y-%m-%dT%H:00Z', i.at / 1000, 'unixepoch') AS hour, i.station, ${COUNTS}
FROM inspections i WHERE ${MADE}
GROUP BY hour, i.station ORDER BY hour DESC, i.station LIMIT @limit`,
  }),
  reasons: question({
    asks: 'Why are parts thrown out?',
    says: 'Reasons of parts that are not ok, the most frequent first. A part with two reasons counts for both.',
    takes: ['span', 'station'],
    sql: `SELECT i.station, i.verdict, coalesce(r.value ->> 'code', r.value ->> 'rule', r.value ->> 'text') AS reason,
  count(*) AS parts, max(${utc('i.at')}) AS last
FROM inspections i, ${REASONS} r
WHERE ${MADE} AND i.verdict <> 'ok' AND r.type = 'object'
GROUP BY i.station, i.verdict, reason ORDER BY parts DESC, reason LIMIT @limit`,
  }),
  why: question({
    asks: 'Why was this part rejected?',
    says: 'Every time that a part of this id was seen, the newest first: verdict, reasons in words, each score with its threshold, and whether the PLC got the answer.',
    takes: ['part', 'station'],
    sql: `SELECT q.utc, q.station, q.part, q.recipe, q.verdict, q.outcome, q.reasons, q.scores, q.answer, q.id
FROM inspections i JOIN quality q ON q.id = i.id
WHERE i.part = @part AND (@station IS NULL OR i.station = @station)
ORDER BY i.at DESC LIMIT @limit`,
  }),
  parts: question({
    asks: 'Which parts were not ok?',
    says: 'The newest first.',
    takes: ['span', 'station'],
    sql: `SELECT q.utc, q.station, q.part, q.recipe, q.verdict, q.outcome, q.reasons, q.scores, q.id
FROM inspections i JOIN quality q ON q.id = i.id
WHERE ${MADE} AND i.verdict <> 'ok' ORDER BY i.at DESC LIMIT @limit`,
  }),
  unjudged: question({
    asks: 'Which parts has nobody judged, and why?',
    says: 'failed: the deadline or a fault had the station answer by `on_failure`; missed: passed unseen; unrecorded: answered, and the record was lost.',
    takes: ['span', 'station'],
    sql: `SELECT i.station, i.outcome, coalesce(r.value ->> 'code', r.value ->> 'text') AS reason, sum(${PARTS}) AS parts,
  min(${utc('i.at')}) AS first, max(${utc('i.at')}) AS last
FROM inspections i LEFT JOIN ${REASONS} r ON r.key = 0
WHERE ${MADE} AND i.outcome <> 'judged'
GROUP BY i.station, i.outcome, reason ORDER BY parts DESC LIMIT @limit`,
  }),
  alarms: question({
    asks: 'What was wrong, how often and for how long?',
    says: 'Alarms that began, ended or lasted in the time asked for; those that last count until its end.',
    takes: ['span'],
    sql: `SELECT a.code, a.subject, count(*) AS times,
  round(sum(min(ifnull(a.cleared, @to), @to) - max(a.since, @from)) / 60000.0, 1) AS minutes,
  sum(a.cleared IS NULL) AS lasting, max(a.text) AS text, max(a.next) AS next
FROM alarms a WHERE a.since < @to AND ifnull(a.cleared, @to) >= @from
GROUP BY a.code, a.subject ORDER BY minutes DESC LIMIT @limit`,
  }),
  said: question({
    asks: 'What did machines and people say?',
    says: 'Notes of people, and what machines said by tags, alarms and events, the newest first. Names of people are not in it.',
    takes: ['span', 'station'],
    sql: `SELECT ${utc('at')} AS utc, by, station, about, severity, state, ${utc('ended')} AS ended, text FROM (
  SELECT n.at, 'people' AS by, n.station, coalesce('part ' || n.part, n.alarm, '') AS about, NULL AS severity, NULL AS state, NULL AS ended, n.text
  FROM notes n WHERE n.at >= @from AND n.at < @to AND (@station IS NULL OR n.station = @station)
  UNION ALL SELECT t.at, 'machine', t.station, coalesce(t.name, t.origin), t.severity, t.state, t.ended, t.text
  FROM texts t WHERE t.at >= @from AND t.at < @to AND (@station IS NULL OR t.station IS NULL OR t.station = @station))
ORDER BY at DESC LIMIT @limit`,
  }),
  actions: question({
    asks: 'What did the agent tell the machine to do?',
    says: 'Decisions with their reasons, and how many writes to the PLC failed.',
    takes: ['span', 'station'],
    sql: `SELECT d.station, d.action, d.reason, count(*) AS times, sum(d.latched) AS latched,
  sum((SELECT count(*) FROM decision_writes w WHERE w.decision = d.id AND w.state = 'failed')) AS writes_failed,
  max(${utc('d.at')}) AS last
FROM decisions d WHERE ${within('d')}
GROUP BY d.station, d.action, d.reason ORDER BY times DESC LIMIT @limit`,
  }),
  models: question({
    asks: 'Which model judged what, and how near to its threshold?',
    says: 'By package and version: parts, share above the threshold, the mean score, and how many parts lay within 0.05 of the threshold.',
    takes: ['span', 'station'],
    sql: `SELECT i.station, f.model, f.package, f.version, f.variant, count(*) AS parts,
  round(100.0 * avg(f.score >= f.threshold), 2) AS above_percent, round(avg(f.score), 4) AS mean_score,
  sum(abs(f.margin) <= 0.05) AS near, round(avg(f.run_ms), 2) AS mean_ms
FROM inspections i JOIN findings f ON f.inspection = i.id WHERE ${MADE}
GROUP BY i.station, f.model, f.package, f.version, f.variant ORDER BY i.station, f.model, parts DESC LIMIT @limit`,
  }),
  speed: question({
    asks: 'Does the answer come in time?',
    says: 'Milliseconds from the trigger to the answer on its way, by station: mean, 99th percentile by nearest rank, longest.',
    takes: ['span', 'station'],
    sql: `SELECT station, count(*) AS parts, round(avg(ms), 1) AS mean_ms,
  round(min(iif(rank * 100 >= 99 * all_of_it, ms, NULL)), 1) AS p99_ms, round(max(ms), 1) AS longest_ms
FROM (SELECT i.station, i.verdict_ms AS ms, row_number() OVER (PARTITION BY i.station ORDER BY i.verdict_ms) AS rank,
    count(*) OVER (PARTITION BY i.station) AS all_of_it
  FROM inspections i WHERE ${MADE} AND i.verdict_ms IS NOT NULL)
GROUP BY station ORDER BY station LIMIT @limit`,
  }),
  doubts: question({
    asks: 'Where do people and the agent say different things?',
    says: 'Parts that somebody called good and the agent did not let pass, or called bad and it did; the newest label of each part counts.',
    takes: ['span', 'station'],
    sql: `SELECT ${utc('i.at')} AS utc, i.station, i.part, i.verdict, l.label, l.kind, i.id
FROM labels l JOIN inspections i ON i.id = l.inspection
WHERE ${MADE} AND l.undone IS NULL
  AND l.rowid = (SELECT max(n.rowid) FROM labels n WHERE n.inspection = l.inspection AND n.undone IS NULL)
  AND ((l.label = 'good' AND i.verdict <> 'ok') OR (l.label = 'bad' AND i.verdict = 'ok'))
ORDER BY i.at DESC LIMIT @limit`,
  }),
} as const satisfies Record<string, Question>;

export type QuestionName = keyof typeof QUESTIONS;
export const QUESTION_NAMES = Object.keys(QUESTIONS) as readonly QuestionName[];

/** Rows of one answer, at most: nobody reads more, and they go through a pipe. */
export const MOST_ROWS = 1000;
/** A longer stretch is asked for in pieces: one answer looks at every record of it. ms. */
export const LONGEST_SPAN = 31 * 86_400_000;
