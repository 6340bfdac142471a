/** Totals out of what was counted as records came (tallies.ts), with the few that are not counted yet looked at by themselves. */
import type Database from 'better-sqlite3';
import type { Tally, Totals, TotalsWish } from '../contracts/index.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import { tallied } from './tallies.ts';

/** For one question; what is left is asked for by another. */
const PATIENCE: Milliseconds = 60;
const HOUR = 3_600_000;
/** Hours that are counted at once. */
const CHUNK = 24 * 7;
/** Records that are not counted yet and are looked at by themselves: the newest, and the oldest while a journal is counted for the first time. */
const MOST_BEHIND = 5000;
/** Names that one answer has of a kind. */
const MOST_NAMES = 50;
/** Hours or days; more are no picture. */
const MOST_STEPS = 1000;

type Cells = Readonly<Record<'name' | 'verdict' | 'outcome', string>> & { readonly parts: number };
type Kind = 'station' | 'recipe' | 'reason' | 'step';
type Counted = Record<keyof Tally, number>;

export class Figures {
  private readonly db: Database.Database;
  private readonly mostBehind: number;

  constructor(db: Database.Database, mostBehind = MOST_BEHIND) {
    this.db = db;
    this.mostBehind = mostBehind;
  }

  /** Of one moment: a step of the writer in between would count its rows twice, or not at all. */
  totals(wish: TotalsWish): Totals {
    return this.db.transaction(() => this.counted(wish))();
  }

  private counted(wish: TotalsWish): Totals {
    const ends = systemClock.elapsed() + PATIENCE;
    const low = wish.from === undefined ? Number.MIN_SAFE_INTEGER : Math.floor(wish.from / HOUR);
    const high = wish.to === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(wish.to / HOUR);
    const sums = new Sums(wish);
    let before = high;
    for (let from = this.hourBefore(before); from !== null && from >= low; from = this.hourBefore(before)) {
      before = Math.max(low, from - CHUNK + 1);
      this.add(sums, wish, before, Math.min(high, from + 1));
      if (sums.steps >= MOST_STEPS || systemClock.elapsed() > ends) break;
    }
    const older = this.hourBefore(before);
    const reached = older !== null && older >= low ? before : null;
    // What lies before that belongs to the question that goes on from there, which would count it once more.
    const rest = this.addUncounted(sums, wish, { low: reached ?? low, high });
    const left = reached === null ? rest.older : reached * HOUR;
    return { ...sums.answer(), complete: left === null && !rest.newer, looked_back_to: left };
  }

  private hourBefore(hour: number): number | null {
    return this.db.prepare<[number], number | null>('SELECT max(hour) FROM tallies WHERE hour < ?').pluck().get(hour) ?? null;
  }

  private add(sums: Sums, wish: TotalsWish, low: number, high: number): void {
    const { where, values } = filterOf(wish);
    const from = `FROM tallies WHERE hour >= @low AND hour < @high ${where} GROUP BY name, verdict, outcome`;
    for (const [kind, name] of [...NAMED, ['step', `(hour * 60 + CAST(@zone AS INTEGER)) / ${wish.step === 'day' ? 1440 : 60}`] as const]) {
      const rows = this.db
        .prepare<[object], Cells>(`SELECT ${name} AS name, verdict, outcome, sum(parts) AS parts ${from}`)
        .all({ low, high, zone: wish.step === 'day' ? wish.zone : 0, ...values });
      for (const row of rows) sums.add(kind, row);
    }
  }

  /** What is not counted yet, where it is little. `newer`: there is more of it that came since. `older`: the moment before which there is more. */
  private addUncounted(sums: Sums, wish: TotalsWish, hours: Hours): { readonly newer: boolean; readonly older: number | null } {
    const end = (which: 'min' | 'max') =>
      this.db.prepare<[], number | null>(`SELECT ${which}(rowid) FROM inspections`).pluck().get() ?? null;
    const [oldest, newest] = [end('min'), end('max')];
    if (oldest === null || newest === null) return { newer: false, older: null };
    const span = tallied(this.db) ?? { from: newest + 1, to: newest };
    const at = this.db.prepare<[number], number>('SELECT at FROM inspections WHERE rowid >= ? ORDER BY rowid LIMIT 1').pluck();
    /** Whether it is too much. */
    const isLeft = (from: number, to: number): boolean => {
      if (to - from >= this.mostBehind) return true;
      this.addRows(sums, wish, { from, to, ...hours });
      return false;
    };
    const newer = isLeft(span.to + 1, newest);
    return { newer, older: isLeft(oldest, span.from - 1) ? (at.get(Math.min(span.from, newest)) ?? null) : null };
  }

  private addRows(sums: Sums, wish: TotalsWish, rows: Hours & { readonly from: number; readonly to: number }): void {
    const { where, values } = filterOf(wish);
    const counted = this.db
      .prepare<[object], Cells & Readonly<Record<'station' | 'recipe' | 'reason', string>> & { readonly hour: number }>(
        `SELECT hour, station, recipe, reason, verdict, outcome, sum(parts) AS parts FROM tallies_of
         WHERE inspection BETWEEN @from AND @to AND hour >= @low AND hour < @high ${where}
         GROUP BY hour, station, recipe, reason, verdict, outcome`,
      )
      .all({ ...rows, ...values });
    const [minutes, zone] = wish.step === 'day' ? [1440, wish.zone] : [60, 0];
    for (const row of counted) {
      for (const [kind] of NAMED) sums.add(kind, { ...row, name: row[kind] });
      sums.add('step', { ...row, name: String(Math.floor((row.hour * 60 + zone) / minutes)) });
    }
  }
}

interface Hours {
  readonly low: number;
  readonly high: number;
}

const NAMED = [
  ['station', 'station'],
  ['recipe', 'recipe'],
  ['reason', 'reason'],
] as const;

function filterOf(wish: TotalsWish) {
  const named = (['station', 'recipe', 'verdict', 'reason'] as const).filter((key) => wish[key] !== undefined);
  const values = Object.fromEntries(named.map((key) => [key, wish[key]]));
  return { where: named.map((key) => `AND ${key} = @${key}`).join(' '), values };
}

class Sums {
  private readonly step: TotalsWish['step'];
  private readonly zone: number;
  private readonly by: Readonly<Record<Kind, Map<string, Counted>>> = {
    station: new Map(),
    recipe: new Map(),
    reason: new Map(),
    step: new Map(),
  };

  constructor({ step, zone }: TotalsWish) {
    this.step = step;
    this.zone = zone;
  }

  get steps(): number {
    return this.by.step.size;
  }

  add(kind: Kind, { name, verdict, outcome, parts }: Cells): void {
    const counted = this.by[kind].get(String(name)) ?? { ok: 0, nok: 0, review: 0, failed: 0, missed: 0 };
    this.by[kind].set(String(name), counted);
    counted[columnOf(verdict, outcome)] += parts;
  }

  answer(): Omit<Totals, 'complete' | 'looked_back_to'> {
    const { station, recipe, reason, step } = this.by;
    const all: Counted = { ok: 0, nok: 0, review: 0, failed: 0, missed: 0 };
    for (const counted of station.values()) for (const column of COLUMNS) all[column] += counted[column];
    const momentOf = (name: string) => (this.step === 'day' ? (Number(name) * 1440 - this.zone) * 60_000 : Number(name) * HOUR);
    return {
      all,
      steps: [...step].map(([name, counted]) => ({ at: momentOf(name), ...counted })).sort((a, b) => a.at - b.at),
      stations: named(station),
      recipes: named(recipe),
      reasons: [...reason]
        .map(([name, { ok, missed: _, ...counted }]) => ({ name, parts: counted.nok + counted.review + counted.failed }))
        .filter(({ name, parts }) => name !== '' && parts > 0)
        .sort((a, b) => b.parts - a.parts)
        .slice(0, MOST_NAMES),
    };
  }
}

const COLUMNS = ['ok', 'nok', 'review', 'failed', 'missed'] as const;

function columnOf(verdict: string, outcome: string): keyof Tally {
  if (outcome !== 'judged') return outcome === 'failed' ? 'failed' : 'missed';
  return verdict === 'ok' || verdict === 'nok' ? verdict : 'review';
}

const sizeOf = (counted: Tally): number => COLUMNS.reduce((sum, column) => sum + counted[column], 0);

const named = (all: ReadonlyMap<string, Counted>) =>
  [...all]
    .map(([name, counted]) => ({ name, ...counted }))
    .sort((a, b) => sizeOf(b) - sizeOf(a))
    .slice(0, MOST_NAMES);
