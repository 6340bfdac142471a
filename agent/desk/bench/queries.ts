/** Questions to a long journal: a page of fifty by each filter and any time, through the thread that answers the page. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InspectionPageWish } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { JOURNAL_FILE } from '../../store/database.ts';
import { countInspections } from '../../store/read.ts';
import { openRecords } from '../../store/records.ts';
import { systemClock as clock, Hours, type Milliseconds, Minutes } from '../../time.ts';
import { writeJournal } from './journal.ts';

const LIMIT = 50;
const EVERY: Milliseconds = 100;
/** When the newest was judged. */
const UNTIL = Date.UTC(2026, 0, 1);
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

/** Rejects with USAGE where a journal is there already that has not as many records. */
export async function queryBench({ records, folder, onStep }: QueriesOptions): Promise<QueryBench> {
  const scratch = folder === null ? await mkdtemp(join(tmpdir(), 'lineside-bench-')) : null;
  const tidy = async () => {
    if (scratch !== null) await rm(scratch, { recursive: true, force: true });
  };
  try {
    const place = folder ?? join(scratch ?? '', 'journal');
    if (!existsSync(join(place, JOURNAL_FILE))) await makeJournal(place, records, onStep);
    checkRecords(place, records);
    const { round, stop } = await asking(place, records);
    return { round, stop: () => stop().finally(tidy) };
  } catch (thrown) {
    await tidy();
    throw thrown;
  }
}

/** Under another name, which it loses when it is whole: one whose making was interrupted is begun again, and never taken for a journal. */
async function makeJournal(place: string, records: number, onStep: (what: string) => void): Promise<void> {
  const there = await readdir(place).catch(() => []);
  if (there.length > 0) throw new LinesideError('USAGE', { why: `${place} is not empty and holds no journal; name another folder` });
  const making = `${place}.making`;
  await rm(making, { recursive: true, force: true });
  await writeJournal(making, { records, until: UNTIL, every: EVERY, seed: 1, onStep: (done) => onStep(`${done} records written`) });
  await rename(making, place);
}

function checkRecords(place: string, records: number): void {
  const there = countInspections(place);
  if (there === records) return;
  const why = `the journal in ${place} has ${there} records, not ${records}; say --records ${there}, or name another folder`;
  throw new LinesideError('USAGE', { why });
}

async function asking(place: string, records: number): Promise<QueryBench> {
  const desk = openRecords(place, clock);
  // Its thread keeps no process, and nothing else goes on here.
  const alive = setInterval(() => {}, Minutes(1));
  const first = UNTIL - records * EVERY;
  // An hour in the middle, so that neither end is warm.
  const middle = (first + UNTIL) / 2;
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
    },
  };
}
