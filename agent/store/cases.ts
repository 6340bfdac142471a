/** What was written and done before: of an alarm the last times that it stood, of a text what is most like it, of a stretch of time the texts to quote. */
import type Database from 'better-sqlite3';
import {
  type AlarmAct,
  type AlarmHistory,
  type AlarmHistoryWish,
  type AlarmTime,
  type CasesWish,
  type MachineText,
  MOST_QUOTED,
  quotesOf,
  type SimilarCase,
  type Spoken,
  type SummaryWish,
} from '../contracts/index.ts';
import { matchOf } from '../contracts/similar.ts';
import { notesIn } from './notes.ts';
import { textsIn } from './texts.ts';

const TIMES = 3;
/** Of notes, texts and acts of one time. */
const MOST_OF_TIME = 10;
/** What was done is often written down when the alarm is over. ms */
const AFTER = 30 * 60_000;
/** Times that the quotations are taken from. */
const MOST_TIMES = 50;
const MOST_CASES = 50;
/** Found by their words before those that read alike are put together. */
const LOOKED_AT = 400;

interface Stood {
  readonly since: number;
  readonly cleared: number | null;
  readonly text: string;
}

/** `subject`: a station's own texts count, and those of no one station. */
export function alarmHistory(db: Database.Database, { code, subject }: AlarmHistoryWish): AlarmHistory {
  const stood = db
    .prepare<[string, string, number], Stood>(
      'SELECT since, cleared, text FROM alarms WHERE code = ? AND subject = ? ORDER BY since DESC, rowid DESC LIMIT ?',
    )
    .all(code, subject, MOST_TIMES + 1);
  const count = Number(db.prepare('SELECT count(*) FROM alarms WHERE code = ? AND subject = ?').pluck().get(code, subject));
  const before = stood.filter(({ cleared }) => cleared !== null);
  const station = stationIn(db, subject);
  return {
    stood: count,
    times: before.slice(0, TIMES).map((time) => timeOf(db, { code, subject, station, time })),
    quotes: quotesOf(spokenOf(db, code, station, stood)),
  };
}

/** `outlet/surface`, `model/outlet/surface` and `outlet` are about the station outlet. */
function stationIn(db: Database.Database, subject: string): string | null {
  const known = db.prepare<[], string>('SELECT station FROM station_state').pluck().all();
  return subject.split('/').find((word) => known.includes(word)) ?? null;
}

interface Asked extends AlarmHistoryWish {
  readonly station: string | null;
  readonly time: Stood;
}

function timeOf(db: Database.Database, { code, subject, station, time }: Asked): AlarmTime {
  const { since, cleared } = time;
  const to = (cleared ?? since) + AFTER;
  return {
    ...time,
    notes: notesIn(db, { alarm: code, from: since, to, limit: MOST_OF_TIME }),
    texts: station === null ? [] : textsIn(db, { station, from: since, to: cleared ?? to, limit: MOST_OF_TIME }),
    acts: actsIn(db, `${code}/${subject}`, since, to),
  };
}

/** Of people, and done: an acknowledgement of the alarm, a hold that was ended, a config that was changed. */
function actsIn(db: Database.Database, key: string, from: number, to: number): readonly AlarmAct[] {
  return db
    .prepare<[object], AlarmAct>(
      `SELECT at, verb, detail ->> 'reason' AS reason FROM audit
       WHERE at >= @from AND at < @to AND json_valid(detail) AND detail ->> 'outcome' = 'done' AND who <> ''
         AND verb NOT IN ('sign_in', 'sign_out', 'note') AND ifnull(detail ->> 'alarm', @key) = @key
       ORDER BY at LIMIT @limit`,
    )
    .all({ from, to, key, limit: MOST_OF_TIME });
}

function spokenOf(db: Database.Database, code: string, station: string | null, stood: readonly Stood[]): readonly Spoken[] {
  const said = db.prepare<[object], Pick<MachineText, 'id' | 'at' | 'text'>>(
    `SELECT id, at, text FROM texts WHERE at >= @since AND at < @to AND (station IS NULL OR station = @station) ORDER BY at LIMIT ${MOST_OF_TIME}`,
  );
  const all = stood.flatMap(({ since, cleared }) => {
    const to = cleared ?? Number.MAX_SAFE_INTEGER;
    const notes = notesIn(db, { alarm: code, from: since, to: to + AFTER, limit: MOST_OF_TIME });
    return [...notes, ...(station === null ? [] : said.all({ since, to, station }))];
  });
  const once = new Map(all.map((one) => [one.id, one]));
  const spoken = new Map<string, Spoken>();
  for (const { text, at } of once.values()) {
    const known = spoken.get(text) ?? { text, times: 0, first: at, last: at };
    spoken.set(text, { text, times: known.times + 1, first: Math.min(known.first, at), last: Math.max(known.last, at) });
  }
  return [...spoken.values()];
}

/** By BM25 over what people wrote and machines said; what was written on the same alarm first, of equals the newer. A text that was said often stands once. */
export function casesIn(db: Database.Database, { text, alarm, limit }: CasesWish): readonly SimilarCase[] {
  const match = matchOf(text);
  if (match === null) return [];
  const rows = db
    .prepare<[object], Omit<SimilarCase, 'times'>>(
      `SELECT iif(n.number IS NULL, 'machine', 'people') AS by, coalesce(n.at, t.at) AS at, coalesce(n.station, t.station) AS station, n.part,
         iif(n.number IS NULL, coalesce(t.name, t.origin), n.alarm) AS about, coalesce(n.text, t.text) AS text
       FROM notes_words w LEFT JOIN notes n ON n.number = w.rowid LEFT JOIN texts t ON t.number = -w.rowid
       WHERE notes_words MATCH @match ORDER BY ifnull(n.alarm = @alarm, 0) DESC, bm25(notes_words), at DESC LIMIT @limit`,
    )
    .all({ match, alarm: alarm ?? null, limit: LOOKED_AT });
  const once = new Map<string, SimilarCase>();
  for (const row of rows) {
    const key = `${row.by} ${row.by === 'machine' ? row.text : `${row.at} ${row.text}`}`;
    const known = once.get(key);
    once.set(key, known ? { ...known, times: known.times + 1 } : { ...row, times: 1 });
  }
  return [...once.values()].slice(0, Math.min(MOST_CASES, limit));
}

/** Each text once, the most frequent first. */
export const SPOKEN = `SELECT text, count(*) AS times, min(at) AS first, max(at) AS last FROM (
  SELECT at, text FROM notes WHERE at >= @from AND at < @to AND (@station IS NULL OR station = @station) AND (@alarm IS NULL OR alarm = @alarm)
  UNION ALL SELECT at, text FROM texts WHERE at >= @from AND at < @to AND (@station IS NULL OR station IS NULL OR station = @station) AND @alarm IS NULL)
GROUP BY text ORDER BY times DESC, text LIMIT @limit`;

export const spokenIn = (db: Database.Database, { from, to, station, alarm }: SummaryWish): readonly Spoken[] =>
  db.prepare<[object], Spoken>(SPOKEN).all({ from, to, station: station ?? null, alarm: alarm ?? null, limit: MOST_QUOTED });
