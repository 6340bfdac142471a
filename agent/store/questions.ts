/** Puts the questions of question-table.ts to a journal, from another process, while the agent goes on writing. */
import type Database from 'better-sqlite3';
import { LinesideError, messageOf } from '../errors.ts';
import { faultCode } from './faults.ts';
import { LONGEST_SPAN, MOST_ROWS, QUESTIONS, type QuestionInput, type QuestionName } from './question-table.ts';
import { openJournal } from './read.ts';

export interface Asked {
  /** Wall time, ms since 1970; from included, to not. */
  readonly from: number;
  readonly to: number;
  readonly station?: string | undefined;
  readonly part?: string | undefined;
  /** Rows of the answer, at most. */
  readonly limit: number;
}

export type AnswerCell = string | number | null;
export interface Answer {
  readonly question: QuestionName;
  readonly rows: readonly Readonly<Record<string, AnswerCell>>[];
  /** There are more rows than were asked for. */
  readonly more: boolean;
}

/** Of one text in an answer; what is cut ends in three dots. */
const MOST_CHARACTERS = 1000;

/** From another process, while the agent goes on writing. Throws QUESTION_UNFIT, STORE_MISSING or STORE_FAILED. */
export function ask(folder: string, name: QuestionName, asked: Asked): Answer {
  const { takes } = QUESTIONS[name];
  refuseUnfit(name, takes, asked);
  const db = openJournal(folder);
  try {
    return { question: name, ...answered(db, name, asked) };
  } catch (thrown) {
    if (!faultCode(thrown).startsWith('SQLITE_')) throw thrown;
    throw new LinesideError('STORE_FAILED', { why: `${folder}: ${messageOf(thrown)}` }, { cause: thrown });
  } finally {
    db.close();
  }
}

function refuseUnfit(name: QuestionName, takes: readonly QuestionInput[], { from, to, part }: Asked): void {
  const unfit = (why: string) => new LinesideError('QUESTION_UNFIT', { question: name, why });
  if (takes.includes('part') && (part === undefined || part === '')) throw unfit('it is about one part, and none is named');
  if (!takes.includes('span')) return;
  if (!(from < to)) throw unfit('its time ends before it begins');
  if (to - from > LONGEST_SPAN) throw unfit(`it is about ${Math.ceil((to - from) / 86_400_000)} days; 31 are answered at once`);
}

function answered(db: Database.Database, name: QuestionName, asked: Asked): Omit<Answer, 'question'> {
  const limit = Math.max(1, Math.min(MOST_ROWS, Math.floor(asked.limit)));
  const values = { from: asked.from, to: asked.to, station: asked.station ?? null, part: asked.part ?? null, limit: limit + 1 };
  const statement = db.prepare<[object], Record<string, AnswerCell>>(QUESTIONS[name].sql);
  const found = statement.all(values);
  return { rows: found.slice(0, limit).map(cut), more: found.length > limit };
}

const cut = (row: Record<string, AnswerCell>): Record<string, AnswerCell> =>
  Object.fromEntries(
    Object.entries(row).map(([column, cell]) => [
      column,
      typeof cell === 'string' && cell.length > MOST_CHARACTERS ? `${cell.slice(0, MOST_CHARACTERS)}…` : cell,
    ]),
  );
