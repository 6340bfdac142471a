/**
 * Stretches of parts that are in question: which ones, since when, and what of them is there to narrow it by. A stretch is bounded by ids of
 * inspections and not by times: clocks of PLCs may say anything, and what was recorded after what never changes.
 */
import type Database from 'better-sqlite3';
import type {
  Anchor,
  ContainedPage,
  ContainedPart,
  ContainedWish,
  Disposition,
  Opening,
  OpeningWish,
  Page,
  PartStretch,
  Sampled,
  SampledPart,
  StoredContainment,
} from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { jsonOr } from './read.ts';

/** Records that are walked through for one page, of all stations. */
const CHUNK = 20_000;
/** Records that are walked through for one question, at most. */
const LOOKS_BACK = 200_000;
/** Parts that are looked at for a change, and those before them. */
const MOST_SAMPLED = 5000;
const REFERENCE = 200;

interface Bounds {
  readonly low: number;
  readonly high: number;
}

const newestRow = (db: Database.Database): number => db.prepare<[], number | null>('SELECT max(rowid) FROM inspections').pluck().get() ?? 0;
const rowOf = (db: Database.Database, id: string): number | undefined =>
  db.prepare<[string], number>('SELECT rowid FROM inspections WHERE id = ?').pluck().get(id);

/** Records that are no longer there were the oldest: what is in question begins with what is left, and where its last one has gone nothing is. */
function boundsOf(db: Database.Database, { after, until }: PartStretch): Bounds {
  const first = after === null ? 0 : rowOf(db, after);
  const last = until === null ? newestRow(db) : rowOf(db, until);
  // The last one alone can be missing where a damaged journal was replaced: then the stretch is longer, never shorter.
  return { low: first ?? 0, high: last ?? (first === undefined || first === 0 ? 0 : newestRow(db)) };
}

const ANCHOR = 'i.id AS inspection, i.sequence, i.at, i.part';

/** Throws WEB_INVALID for a cursor that is none. */
export function containedParts(db: Database.Database, wish: ContainedWish): ContainedPage {
  const { low, high } = boundsOf(db, wish);
  const from = Math.max(low, cursorOf(wish.cursor));
  const to = Math.min(high, from + CHUNK);
  const rows = db
    .prepare<[object], Omit<ContainedPart, 'reasons'> & { readonly row: number; readonly reasons: string }>(
      `SELECT i.rowid AS row, ${ANCHOR}, i.verdict, i.outcome, i.recipe, i.reasons, ${tagOf('lot', wish.tags.lot)}, ${tagOf('order', wish.tags.order)},
        (SELECT l.label FROM labels l WHERE l.inspection = i.id AND l.undone IS NULL ORDER BY l.rowid DESC LIMIT 1) AS label,
        (SELECT count(*) FROM images p WHERE p.inspection = i.id) AS pictures, iif(i.missed_to IS NULL, 1, i.missed_to - i.missed_from + 1) AS parts
       FROM inspections i WHERE i.rowid > @from AND i.rowid <= @to AND i.station = @station AND i.challenge IS NULL ORDER BY i.rowid LIMIT @limit`,
    )
    .all({ from, to, station: wish.station, limit: wish.limit });
  const last = rows.length === wish.limit ? rows.at(-1)?.row : undefined;
  const reached = last ?? to;
  const items = rows.map(({ row: _, reasons, ...part }) => ({ ...part, reasons: wordsOf(reasons) }));
  return { items, next: reached < high ? String(reached) : null };
}

/** Names of tags have letters, digits, dots and underscores alone; see config/pieces.ts. */
function tagOf(name: 'lot' | 'order', tag: string | undefined): string {
  if (tag === undefined || !/^[a-z0-9_.]+$/.test(tag)) return `NULL AS "${name}"`;
  return `CASE WHEN json_valid(i.tags) THEN CAST(i.tags ->> '$."${tag}".value' AS TEXT) END AS "${name}"`;
}

function wordsOf(text: string): string {
  const reasons = jsonOr(text);
  return Array.isArray(reasons) ? reasons.map((reason: { readonly text?: unknown } | null) => String(reason?.text ?? '')).join('; ') : '';
}

function cursorOf(cursor: string | undefined): number {
  const row = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isSafeInteger(row) || row < 0) throw new LinesideError('WEB_INVALID', { why: 'the cursor is none that was given out' });
  return row;
}

/** Where a stretch begins, by what was proven last, and how many parts are in it. */
export function openingOf(db: Database.Database, { station, since, before, inspection }: OpeningWish): Opening {
  const newest = newestRow(db);
  const until = lastUpTo(db, station, newest);
  const named = inspection === undefined ? undefined : rowOf(db, inspection);
  const moment = since ?? before;
  const edge = moment === undefined ? null : lastBefore(db, station, moment);
  if (since !== undefined)
    return { after: edge?.anchor ?? null, proof: edge ? 'person' : 'none', until, parts: countIn(db, station, edge?.row ?? 0, newest) };
  const high = named === undefined ? (moment === undefined ? newest : (edge?.row ?? 0)) : named - 1;
  const proof = lastProof(db, station, high);
  return { after: proof?.anchor ?? null, proof: proof?.of ?? 'none', until, parts: countIn(db, station, proof?.row ?? 0, newest) };
}

interface Place {
  readonly row: number;
  readonly anchor: Anchor;
}
type AnchorRow = Anchor & { readonly row: number };
const placeOf = ({ row, ...anchor }: AnchorRow): Place => ({ row, anchor });

function lastUpTo(db: Database.Database, station: string, high: number): Anchor | null {
  const select = `SELECT i.rowid AS row, ${ANCHOR} FROM inspections i WHERE i.rowid BETWEEN @high - ${LOOKS_BACK} AND @high AND i.station = @station
    ORDER BY i.rowid DESC LIMIT 1`;
  const row = db.prepare<[object], AnchorRow>(select).get({ high, station });
  return row ? placeOf(row).anchor : null;
}

/**
 * The newest record whose part came before that moment, by the moment that figures go by: a PLC's clock may be hours off. Looked for among the newest
 * records alone; where it lies further back the stretch is longer, never shorter.
 */
function lastBefore(db: Database.Database, station: string, moment: number): Place | null {
  const select = `SELECT i.rowid AS row, ${ANCHOR} FROM moments_of c JOIN inspections i ON i.rowid = c.inspection
    WHERE c.inspection > (SELECT max(rowid) FROM inspections) - ${LOOKS_BACK} AND c.station = @station AND c.moment < @moment
    ORDER BY c.inspection DESC LIMIT 1`;
  const row = db.prepare<[object], AnchorRow>(select).get({ moment, station });
  return row ? placeOf(row) : null;
}

/**
 * The master parts that passed, all that were shown lately; or a part of which nobody but says that the verdict ok was right: the station saw what it must
 * see. Of several master parts the one whose last pass lies furthest back counts: what that one shows, the others do not.
 */
function lastProof(db: Database.Database, station: string, high: number): (Place & { readonly of: 'challenge' | 'label' }) | null {
  const passed = db
    .prepare<[object], AnchorRow>(
      `SELECT max(i.rowid) AS row, ${ANCHOR} FROM (SELECT inspection FROM challenge_rows WHERE station = @station AND passed = 1 ORDER BY rowid DESC LIMIT 1000) c
       JOIN inspections i ON i.id = c.inspection WHERE i.rowid <= @high AND json_valid(i.challenge) GROUP BY i.challenge ->> 'name' ORDER BY row LIMIT 1`,
    )
    .get({ station, high });
  const labelled = db
    .prepare<[object], AnchorRow>(
      `SELECT i.rowid AS row, ${ANCHOR} FROM (SELECT rowid AS said, inspection, label, who FROM labels WHERE undone IS NULL ORDER BY rowid DESC LIMIT 2000) l
       JOIN inspections i ON i.id = l.inspection
       WHERE l.label = 'good' AND NOT EXISTS (SELECT 1 FROM labels b
           WHERE b.inspection = l.inspection AND b.undone IS NULL AND b.label = 'bad' AND (b.rowid > l.said OR b.who <> l.who))
         AND i.verdict = 'ok' AND i.outcome = 'judged' AND i.challenge IS NULL AND i.station = @station AND i.rowid <= @high
       ORDER BY i.rowid DESC LIMIT 1`,
    )
    .get({ station, high });
  if (passed && (!labelled || labelled.row < passed.row)) return { ...placeOf(passed), of: 'challenge' };
  return labelled ? { ...placeOf(labelled), of: 'label' } : null;
}

/** Null: more records lie between than one question may walk through. */
function countIn(db: Database.Database, station: string, low: number, high: number): number | null {
  if (high - low > LOOKS_BACK) return null;
  const select = `SELECT ifnull(sum(iif(missed_to IS NULL, 1, missed_to - missed_from + 1)), 0) FROM inspections
    WHERE rowid > @low AND rowid <= @high AND station = @station AND challenge IS NULL`;
  return db.prepare<[object], number>(select).pluck().get({ low, high, station }) ?? 0;
}

/** What a change is looked for in. */
export function sampledParts(db: Database.Database, wish: PartStretch): Sampled {
  const { low, high } = boundsOf(db, wish);
  const { station } = wish;
  const select = (where: string, order: 'ASC' | 'DESC') =>
    db.prepare<[object], Omit<SampledPart, 'isNok' | 'scores'> & { readonly verdict: string; readonly scores: string }>(
      `SELECT ${ANCHOR}, i.verdict, (SELECT json_group_object(f.model, f.score) FROM findings f WHERE f.inspection = i.id AND f.score IS NOT NULL) AS scores
       FROM inspections i WHERE ${where} AND i.station = @station AND i.challenge IS NULL AND i.outcome = 'judged' ORDER BY i.rowid ${order} LIMIT @limit`,
    );
  const sample = ({ verdict, scores, ...anchor }: Anchor & { readonly verdict: string; readonly scores: string }): SampledPart => ({
    ...anchor,
    isNok: verdict === 'nok',
    scores: JSON.parse(scores) as Record<string, number>,
  });
  const before = select('i.rowid BETWEEN @low - 20000 AND @low', 'DESC').all({ low, station, limit: REFERENCE });
  const rows =
    high - low > LOOKS_BACK
      ? null
      : select('i.rowid > @low AND i.rowid <= @high', 'ASC').all({ low, high, station, limit: MOST_SAMPLED + 1 });
  const stretch = rows === null || rows.length > MOST_SAMPLED ? null : rows.map(sample);
  return { reference: before.map(sample).reverse(), stretch };
}

// ---------------------------------------------------------------- those that were opened

type Cells = Readonly<Record<'id' | 'station' | 'cause' | 'subject' | 'why', string>> &
  Readonly<Record<'after_part' | 'until_part' | 'disposition' | 'who' | 'note', string | null>> & {
    readonly row: number;
    readonly at: number;
    readonly parts: number | null;
    readonly disposed: number | null;
  };

export function containments(
  db: Database.Database,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Page<StoredContainment> {
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : cursorOf(cursor);
  const rows = db
    .prepare<[number, number], Cells>('SELECT rowid AS row, * FROM containments WHERE rowid < ? ORDER BY rowid DESC LIMIT ?')
    .all(before, limit);
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { items: rows.map(storedOf), next: last ? String(last.row) : null };
}

/** Null: there is none of that id. */
export function containment(db: Database.Database, id: string): StoredContainment | null {
  const row = db.prepare<[string], Cells>('SELECT rowid AS row, * FROM containments WHERE id = ?').get(id);
  return row ? storedOf(row) : null;
}

const storedOf = ({
  id,
  station,
  at,
  cause,
  subject,
  why,
  after_part,
  until_part,
  parts,
  disposition,
  disposed,
  who,
  note,
}: Cells): StoredContainment => ({
  id,
  station,
  at,
  cause: cause as StoredContainment['cause'],
  subject,
  why,
  after: anchorIn(after_part),
  until: anchorIn(until_part),
  parts,
  disposition:
    disposition === null
      ? null
      : { disposition: disposition as Disposition['disposition'], at: disposed ?? 0, who: who ?? '', note: note ?? '' },
});

/** What the disk has damaged bounds nothing: the stretch is longer for it, never shorter. */
function anchorIn(text: string | null): Anchor | null {
  const value = text === null ? null : jsonOr(text);
  return typeof value === 'object' && value !== null && 'inspection' in value ? (value as Anchor) : null;
}

/** When that alarm was raised last; null: it never was. */
export const alarmSince = (db: Database.Database, key: string): number | null =>
  db.prepare<[string], number>('SELECT since FROM alarms WHERE key = ? ORDER BY rowid DESC LIMIT 1').pluck().get(key) ?? null;

/** When another package began to judge there; null: that is not known. */
export function packageSince(db: Database.Database, station: string, model: string): number | null {
  const select = `SELECT at FROM loads WHERE kind = 'model' AND json_valid(detail) AND detail ->> 'station' = ? AND detail ->> 'model' = ?
    AND detail ->> 'change' IS NOT NULL ORDER BY rowid DESC LIMIT 1`;
  return db.prepare<[string, string], number>(select).pluck().get(station, model) ?? null;
}
