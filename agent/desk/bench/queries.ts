/** Questions to a long journal: a page of fifty by each filter and any time, through the thread that answers the page. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InspectionPageWish } from '../../contracts/index.ts';
import { JOURNAL_FILE } from '../../store/database.ts';
import { openRecords } from '../../store/records.ts';
import { systemClock as clock, Hours, type Milliseconds, Minutes } from '../../time.ts';
import { writeJournal } from './journal.ts';

const LIMIT = 50;
const EVERY: Milliseconds = 100;
const PAGE = { limit: LIMIT };

type Filter = Omit<InspectionPageWish, 'limit'>;
type Span = Readonly<Record<'from' | 'to', number>>;

/** One of each filter; where a value is rare in the journal of journal.ts, the rare one. */
const FILTERS: Readonly<Record<string, (span: Span) => Filter>> = {
  time: (span) => span,
  station: () => ({ station: 'press' }),
  verdict: () => ({ verdict: 'review' }),
  recipe: () => ({ recipe: 'cover' }),
  reason: () => ({ reason: 'surface defect' }),
  rare_reason: () => ({ reason: 'seldom seen' }),
  failed: () => ({ outcome: 'failed' }),
  missed: () => ({ outcome: 'missed' }),
  unrecorded: () => ({ outcome: 'unrecorded' }),
  part: () => ({ part: 'BC-00000777' }),
  model: () => ({ model: 'process' }),
  score: () => ({ score_from: 0.97, score_to: 0.98 }),
  narrow_score: () => ({ model: 'surface', score_from: 0.9991 }),
  nothing: () => ({ recipe: 'nobody has it' }),
};

export interface QueriesOptions {
  readonly records: number;
  /** Of a journal that is made there where there is none, and kept; null: one for this time. */
  readonly folder: string | null;
  readonly onStep: (what: string) => void;
}

export interface QueryBench {
  /** ms of each question, by its name; and whether the page was all that there is to say. */
  round(add: (name: string, value: number) => void): Promise<void>;
  stop(): Promise<void>;
}

export async function queryBench({ records, folder, onStep }: QueriesOptions): Promise<QueryBench> {
  const place = folder ?? (await mkdtemp(join(tmpdir(), 'lineside-bench-')));
  const until = Date.UTC(2026, 0, 1);
  if (!existsSync(join(place, JOURNAL_FILE)))
    await writeJournal(place, { records, until, every: EVERY, seed: 1, onStep: (done) => onStep(`${done} records written`) });
  const desk = openRecords(place, clock);
  // Its thread keeps no process, and nothing else goes on here.
  const alive = setInterval(() => {}, Minutes(1));
  const first = until - records * EVERY;
  // An hour in the middle, so that neither end is warm.
  const middle = (first + until) / 2;
  const span = { from: middle, to: middle + Hours(1) };
  const ask = async (wish: Filter) => {
    const began = clock.elapsed();
    const { items, complete } = await desk.inspections({ ...PAGE, ...wish });
    return { ms: clock.elapsed() - began, isWhole: complete || items.length === LIMIT };
  };
  // The thread starts with the first question.
  await ask({});
  return {
    round: async (add) => {
      for (const [name, filter] of Object.entries(FILTERS)) {
        const [any, within] = [await ask(filter(span)), await ask({ ...filter(span), ...span })];
        add(`query_${name}_ms`, any.ms);
        add(`query_${name}_and_time_ms`, within.ms);
        // Left over for another question: it took its whole time and did not fill the page.
        add(`query_${name}_left_over`, Number(!any.isWhole) + Number(!within.isWhole));
      }
    },
    stop: async () => {
      await desk.close();
      clearInterval(alive);
      if (folder === null) await rm(place, { recursive: true, force: true });
    },
  };
}
