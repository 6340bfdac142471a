/**
 * Inspections that fit a wish, newest first, a page at a time. Walks along the facet that leaves the least (facets.ts), or along time where none is
 * named; what is not in the index yet is walked along time. Each candidate is held against the whole wish itself, so that the index only
 * ever says where to look. Ends when the page is full, when there is nothing older, or when its time is over, and says which.
 */
import type Database from 'better-sqlite3';
import type { InspectionPage, InspectionPageWish, InspectionSummary, ScoreSummary } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import { BUCKETS, isFull, spanIn } from './facets.ts';
import type { Span } from './span-index.ts';

/** For one question. */
const PATIENCE: Milliseconds = 150;
const CHUNK = 64;
/** Rows of an index that are counted to see which leaves the least. */
const COUNTED = 2000;
/** Newest records that are not in the index yet and are looked at by themselves; a writer that never rests may leave more. */
const MOST_BEHIND = 20_000;
/** Of one part, newest first. */
const MOST_OF_A_PART = 2000;

/** Where a walk is: in descending order of time, then of rowid. */
interface Place {
  readonly at: number;
  readonly row: number;
}
type Walk = Generator<Place, void>;

const SUMMARY = `
SELECT i.rowid AS row, i.id, i.station, i.sequence, i.outcome, i.at, i.part, i.counter, i.recipe, i.verdict, i.reasons, i.answer, i.verdict_ms,
  CASE WHEN json_valid(i.challenge) THEN i.challenge ->> 'name' END AS challenge,
  CASE WHEN json_valid(i.challenge) THEN i.challenge ->> 'study' END AS study,
  (SELECT json_group_array(json_object('model', f.model, 'package', f.package, 'label', f.label, 'score', f.score, 'threshold', f.threshold))
   FROM findings f WHERE f.inspection = i.id) AS scores,
  (SELECT count(*) FROM images p WHERE p.inspection = i.id) AS pictures
FROM inspections i`;

interface SummaryRow extends Omit<InspectionSummary, 'reasons' | 'scores' | 'challenge' | 'study'> {
  readonly challenge: string | null;
  readonly study: string | null;
  readonly row: number;
  readonly reasons: string;
  readonly scores: string;
}

export class Search {
  private readonly db: Database.Database;
  private readonly one: Database.Statement<[number], SummaryRow>;

  constructor(db: Database.Database) {
    this.db = db;
    this.one = db.prepare<[number], SummaryRow>(`${SUMMARY} WHERE i.rowid = ?`);
  }

  page(wish: InspectionPageWish): InspectionPage {
    const ends = systemClock.elapsed() + PATIENCE;
    const start = placeOf(wish);
    const items: InspectionSummary[] = [];
    let last: Place | null = null;
    let looked = 0;
    for (const place of this.walk(wish, start)) {
      last = place;
      const item = this.summary(place.row);
      // Its time is that of the index: a row that has another one is another row.
      if (item && item.at === place.at && fits(item, wish)) items.push(item);
      if (items.length >= wish.limit) return { items, next: cursorOf(place), complete: true, looked_back_to: place.at };
      if (++looked % CHUNK === 0 && systemClock.elapsed() > ends)
        return { items, next: cursorOf(last), complete: false, looked_back_to: place.at };
    }
    return { items, next: null, complete: true, looked_back_to: null };
  }

  summary(row: number): InspectionSummary | null {
    const found = this.one.get(row);
    if (!found) return null;
    const { row: _, reasons, scores, challenge, study, ...rest } = found;
    const shown = { ...(challenge === null ? {} : { challenge }), ...(study === null ? {} : { study }) };
    return { ...rest, ...shown, reasons: reasonsIn(reasons), scores: JSON.parse(scores) as ScoreSummary[] };
  }

  private walk(wish: InspectionPageWish, start: Place): Walk {
    const from = wish.from ?? Number.MIN_SAFE_INTEGER;
    if (wish.part !== undefined) return this.ofPart(wish.part, from, start);
    const facets = this.least(this.facetsOf(wish), from, start);
    if (facets === null) return this.alongTime(from, start);
    const span = spanIn(this.db);
    const newest = this.db.prepare<[], number | null>('SELECT max(rowid) FROM inspections').pluck().get() ?? 0;
    if (!span || newest - span.to > MOST_BEHIND) return this.alongTime(from, start);
    return merged([
      ...facets.map((facet) => this.alongFacet(facet, from, start)),
      this.newer(span, from, start),
      this.older(span, from, start),
    ]);
  }

  private *alongTime(from: number, start: Place): Walk {
    const chunk = this.db.prepare<[number, number, number, number], Place>(
      'SELECT at, rowid AS row FROM inspections WHERE at >= ? AND (at, rowid) < (?, ?) ORDER BY at DESC, rowid DESC LIMIT ?',
    );
    yield* inChunks(start, ({ at, row }) => chunk.all(from, at, row, CHUNK));
  }

  private *alongFacet(facet: number, from: number, start: Place): Walk {
    const chunk = this.db.prepare<[number, number, number, number, number], Place>(
      `SELECT at, inspection AS row FROM facet_rows WHERE facet = ? AND at >= ? AND (at, inspection) < (?, ?)
       ORDER BY at DESC, inspection DESC LIMIT ?`,
    );
    yield* inChunks(start, ({ at, row }) => chunk.all(facet, from, at, row, CHUNK));
  }

  /** Stored since the index was looked after; few, unless the line never rests. */
  private *newer({ to }: Span, from: number, { at, row }: Place): Walk {
    const rows = this.db
      .prepare<[number, number, number, number], Place>(
        // By number: along time the planner would walk through everything to find these few.
        'SELECT at, rowid AS row FROM inspections NOT INDEXED WHERE rowid > ? AND at >= ? AND (at, rowid) < (?, ?) ORDER BY at DESC, rowid DESC',
      )
      .all(to, from, at, row);
    yield* rows;
  }

  /** From before the index was known, as long as it has not got there. */
  private *older({ from: first }: Span, from: number, start: Place): Walk {
    const oldest = this.db.prepare<[], number | null>('SELECT min(rowid) FROM inspections').pluck().get() ?? 0;
    if (first <= oldest) return;
    // All of them, since clocks of PLCs may be hours apart: whoever asks meanwhile is told how far it has looked.
    yield* this.alongTime(from, start);
  }

  private *ofPart(part: string, from: number, start: Place): Walk {
    // By number, as the index has them: a name that comes again and again has its newest first.
    const rows = this.db
      .prepare<[string, number], Place>('SELECT at, rowid AS row FROM inspections WHERE part = ? ORDER BY rowid DESC LIMIT ?')
      .all(part, MOST_OF_A_PART);
    // A lot, or a name that is always the same: time finds it.
    if (rows.length === MOST_OF_A_PART) return yield* this.alongTime(from, start);
    yield* rows.filter((place) => place.at >= from && isBefore(place, start)).sort((a, b) => b.at - a.at || b.row - a.row);
  }

  /** Of each facet that the wish names, the numbers that it has in the index. */
  private facetsOf(wish: InspectionPageWish): readonly (readonly number[])[] {
    const named: (readonly number[])[] = (['station', 'verdict', 'recipe', 'reason'] as const).flatMap((kind) => {
      const value = wish[kind];
      if (value === undefined) return [];
      const ids = this.db.prepare<[string, string], number>('SELECT id FROM facets WHERE kind = ? AND value = ?').pluck().all(kind, value);
      return ids.length === 0 && isFull(this.db, kind) ? [] : [ids];
    });
    const outcome = this.outcomeFacets(wish.outcome);
    if (outcome) named.push(outcome);
    const { model, score_from: low, score_to: high } = wish;
    if ((model === undefined && low === undefined && high === undefined) || isFull(this.db, 'finding')) return named;
    const bucket = (score: number) => Math.max(0, Math.min(BUCKETS - 1, Math.trunc(score * BUCKETS)));
    const findings = this.db
      .prepare<[{ model: string | null; low: number; high: number }], number>(
        // What the disk has damaged may be any of them: whoever is found by it is looked at.
        `SELECT id FROM facets WHERE kind = 'finding' AND CASE WHEN json_valid(value)
           THEN (@model IS NULL OR value ->> 0 = @model OR value ->> 1 = @model) AND value ->> 2 BETWEEN @low AND @high ELSE true END`,
      )
      .pluck()
      .all({ model: model ?? null, low: bucket(low ?? 0), high: bucket(high ?? 1) });
    return [...named, findings];
  }

  /** What was not judged says why with a code of its own, so that its reasons find it; null: nearly every part is meant, or a code may be missing. */
  private outcomeFacets(outcome: InspectionPageWish['outcome']): readonly number[] | null {
    if (outcome === undefined || outcome === 'judged' || isFull(this.db, 'reason')) return null;
    const codes = this.db.prepare<[], { id: number; value: string }>("SELECT id, value FROM facets WHERE kind = 'reason'").all();
    return codes.filter(({ value }) => isCodeOf(outcome, value)).map(({ id }) => id);
  }

  /** Null: none is named. */
  private least(named: readonly (readonly number[])[], from: number, { at }: Place): readonly number[] | null {
    const count = this.db
      .prepare<[number, number, number, number], number>(
        'SELECT count(*) FROM (SELECT 1 FROM facet_rows WHERE facet = ? AND at >= ? AND at <= ? LIMIT ?)',
      )
      .pluck();
    const [first] = named
      .map((facets) => ({ facets, rows: facets.reduce((sum, facet) => sum + (count.get(facet, from, at, COUNTED) ?? 0), 0) }))
      .sort((a, b) => a.rows - b.rows);
    return first?.facets ?? null;
  }
}

const CODE_OF = { missed: 'PART_MISSED', unrecorded: 'PART_UNRECORDED' } as const;
/** Beside the reasons of any part, judged or not. */
const OF_ANY_PART: ReadonlySet<string> = new Set(['PART_UNNAMED', 'CODE_UNREAD', ...Object.values(CODE_OF)]);

const isCodeOf = (outcome: 'failed' | 'missed' | 'unrecorded', value: string): boolean =>
  outcome === 'failed' ? /^[A-Z][A-Z0-9_]*$/.test(value) && !OF_ANY_PART.has(value) : value === CODE_OF[outcome];

function* inChunks(start: Place, read: (from: Place) => readonly Place[]): Walk {
  let place: Place | undefined = start;
  while (place) {
    const rows: readonly Place[] = read(place);
    yield* rows;
    place = rows.length < CHUNK ? undefined : rows.at(-1);
  }
}

const isBefore = (a: Place, b: Place): boolean => a.at < b.at || (a.at === b.at && a.row < b.row);

/** Newest first; what several have once. */
function* merged(walks: readonly Walk[]): Walk {
  const heads = walks.flatMap((walk) => {
    const { value, done } = walk.next();
    return done || !value ? [] : [{ walk, place: value }];
  });
  let last: Place | null = null;
  while (heads.length > 0) {
    const head = heads.reduce((newest, other) => (isBefore(newest.place, other.place) ? other : newest));
    const { place } = head;
    if (!last || isBefore(place, last)) yield place;
    last = place;
    const { value, done } = head.walk.next();
    if (done || !value) heads.splice(heads.indexOf(head), 1);
    else head.place = value;
  }
}

/** A text that the disk has damaged has no reasons; its record is there all the same. */
function reasonsIn(text: string): InspectionSummary['reasons'] {
  try {
    const reasons: unknown = JSON.parse(text);
    return Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'object' && reason !== null) : [];
  } catch {
    return [];
  }
}

/**
 * What a reason has in common with those of other parts, as the view `facets_of` has it: its code, its words without the figures in brackets
 * behind them, or, of a rule that has no words, its expression.
 */
export function keyOf({ code, rule, text }: InspectionSummary['reasons'][number]): string {
  if (code !== undefined) return code;
  const words = / \(.*\)$/s.test(text) ? text.slice(0, text.indexOf(' (')) : undefined;
  return words ?? rule ?? text;
}

function fits(item: InspectionSummary, wish: InspectionPageWish): boolean {
  for (const key of ['station', 'part', 'verdict', 'outcome', 'recipe'] as const)
    if (wish[key] !== undefined && item[key] !== wish[key]) return false;
  if (wish.reason !== undefined && !item.reasons.some((reason) => keyOf(reason) === wish.reason)) return false;
  return fitsScores(item.scores, wish);
}

function fitsScores(scores: readonly ScoreSummary[], { model, score_from: low, score_to: high }: InspectionPageWish): boolean {
  if (model === undefined && low === undefined && high === undefined) return true;
  const isMeant = (of: ScoreSummary) => model === undefined || of.model === model || of.package === model;
  const within = ({ score }: ScoreSummary) =>
    (low === undefined && high === undefined) || (score !== null && score >= (low ?? 0) && score <= (high ?? 1));
  return scores.some((of) => isMeant(of) && within(of));
}

const CURSOR = /^-?\d+(\.\d+)?(e[+-]?\d+)?_\d+$/;
const cursorOf = ({ at, row }: Place): string => `${at}_${row}`;

function placeOf({ cursor, to }: InspectionPageWish): Place {
  const first = { at: to ?? Number.MAX_SAFE_INTEGER, row: 0 };
  if (cursor === undefined) return first;
  const place = placeIn(cursor);
  return isBefore(place, first) ? place : first;
}

/** Of `next`; throws WEB_INVALID. */
export function placeIn(cursor: string): Place {
  const [at = Number.NaN, row = Number.NaN] = CURSOR.test(cursor) ? cursor.split('_').map(Number) : [];
  if (!Number.isFinite(at) || !Number.isSafeInteger(row))
    throw new LinesideError('WEB_INVALID', { why: 'the cursor is none that was given out' });
  return { at, row };
}
