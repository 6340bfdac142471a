/** What people say of parts beside what the agent said. Labels are few beside records: they are looked through, the newest first. */
import type Database from 'better-sqlite3';
import { isOfRandomShare, type LabelFigures, type LabelFiguresWish, type Verdict } from '../contracts/index.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import { Said, type Word } from './said.ts';

const PATIENCE: Milliseconds = 80;
/** Labels; their parts lie anywhere in the journal. */
const MOST = 50_000;
const LOOK_EVERY = 64;

interface Row extends Word {
  readonly inspection: string;
  readonly verdict: Verdict;
  readonly reason: string;
}

export function labelFigures(db: Database.Database, wish: LabelFiguresWish): LabelFigures {
  const parts = new Map<string, Labelled>();
  const complete = eachLabel(db, wish, (row) => {
    const said = parts.get(row.inspection) ?? new Labelled(row);
    parts.set(row.inspection, said);
    said.add(row);
  });
  return { ...figuresOf([...parts.values()]), complete };
}

/** false: some are left out. */
function eachLabel(db: Database.Database, { from, to, station, recipe, sample }: LabelFiguresWish, each: (row: Row) => void): boolean {
  const ends = systemClock.elapsed() + PATIENCE;
  const rows = db
    .prepare<[object], Row>(
      `SELECT l.inspection, l.who, l.label, l.kind, i.verdict, t.reason FROM labels l
       JOIN inspections i ON i.id = l.inspection JOIN tallies_of t ON t.inspection = i.rowid
       WHERE l.undone IS NULL AND i.outcome = 'judged' AND (@station IS NULL OR i.station = @station) AND (@recipe IS NULL OR i.recipe = @recipe)
         AND (@from IS NULL OR i.at >= @from) AND (@to IS NULL OR i.at < @to)
       ORDER BY l.rowid DESC`,
    )
    .iterate({ station: station ?? null, recipe: recipe ?? null, from: from ?? null, to: to ?? null });
  let looked = 0;
  for (const row of rows) {
    if (sample === 'all' || isOfRandomShare(row.inspection)) each(row);
    if (++looked >= MOST || (looked % LOOK_EVERY === 0 && systemClock.elapsed() > ends)) return false;
  }
  return true;
}

/** Of one part, beside what the agent said. */
class Labelled extends Said {
  readonly verdict: Verdict;
  readonly reason: string;

  constructor({ verdict, reason }: Row) {
    super();
    this.verdict = verdict;
    this.reason = reason;
  }
}

function figuresOf(parts: readonly Labelled[]): Omit<LabelFigures, 'complete'> {
  const none = { ok: 0, nok: 0, review: 0 };
  const matrix = { good: { ...none }, bad: { ...none } };
  const reasons = new Map<string, { good: number; bad: number }>();
  const kinds = new Map<string, { missed: number; parts: number }>();
  for (const { label, verdict, reason, kind } of parts) {
    if (label !== 'good' && label !== 'bad') continue;
    matrix[label][verdict]++;
    if (verdict === 'nok') entryOf(reasons, reason, { good: 0, bad: 0 })[label]++;
    if (label === 'bad') {
      const of = entryOf(kinds, kind ?? '', { missed: 0, parts: 0 });
      of.parts++;
      if (verdict === 'ok') of.missed++;
    }
  }
  return {
    ...matrix,
    unsure: parts.filter(({ label }) => label === 'unsure').length,
    disputed: parts.filter(({ label }) => label === 'disputed').length,
    reasons: [...reasons]
      .map(([name, of]) => ({ name, ...of }))
      .sort((a, b) => b.good + b.bad - a.good - a.bad || (a.name < b.name ? -1 : 1)),
    kinds: [...kinds].map(([name, of]) => ({ name, ...of })).sort((a, b) => b.parts - a.parts || (a.name < b.name ? -1 : 1)),
  };
}

function entryOf<T>(map: Map<string, T>, name: string, first: T): T {
  const known = map.get(name) ?? first;
  map.set(name, known);
  return known;
}
