/**
 * What would have changed the verdict of a stored part: its record, the rules of the config that judged it, and, where those look back, the
 * verdicts before it, put together for the thread that asks the rules again.
 */
import type { EarlierVerdict, Finding, Reason, RecordedRules, Records, StoredInspection, TagReading, WhatIf } from '../contracts/index.ts';
import { changeover, EMPTY, type History, push, REMEMBERED } from '../rules/history.ts';
import { readsPast } from '../rules/reads.ts';
import type { WhatIfQuestion } from '../rules/what-if.ts';
import { ThreadDesk } from '../store/thread-desk.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';

export interface WhatIfOptions {
  readonly clock: Clock;
  readonly records: Pick<Records, 'inspection' | 'rules' | 'before'>;
  /** Of the config that runs; null where it is another one. */
  readonly running: (station: string, config: string) => RecordedRules | null;
}

const MOST_ASKED = 8;
const PATIENCE: Milliseconds = Seconds(5);

export class WhatIfDesk {
  private readonly options: WhatIfOptions;
  private readonly desk: ThreadDesk<'whatIf' | 'close'>;

  constructor(options: WhatIfOptions) {
    this.options = options;
    this.desk = new ThreadDesk({
      entry: 'runtime/what-if-worker',
      name: 'what if',
      data: null,
      clock: options.clock,
      most: MOST_ASKED,
      patience: PATIENCE,
    });
  }

  /** Null: there is no such inspection. Rejects as a question to the records does. */
  async ask(id: string): Promise<WhatIf | null> {
    const { records, running } = this.options;
    const found = await records.inspection(id);
    if (!found) return null;
    const record = found as unknown as StoredRecord;
    const none = { verdict: record.verdict, changes: [], untried: [], complete: true };
    if (record.outcome !== 'judged') return { ...none, unknown: 'not_judged' };
    const { station, config_hash: config } = record;
    const rules = running(station, config) ?? (await records.rules(config, station));
    if (!rules) return { ...none, unknown: 'rules_unknown' };
    const looksBack = readsPast((rules.rules ?? []).map(({ when }) => when));
    const history = looksBack ? historyOf(await records.before(id, REMEMBERED), record.recipe) : EMPTY;
    return this.desk.ask<WhatIf>('whatIf', questionOf(record, rules, history));
  }

  close(): Promise<void> {
    return this.desk.close('close');
  }
}

/** Columns of the journal's tables. */
interface StoredRecord extends StoredInspection {
  readonly station: string;
  readonly outcome: string;
  readonly verdict: WhatIf['verdict'];
  readonly recipe: string;
  readonly part: string | null;
  readonly reasons: readonly Reason[];
  readonly tags: Readonly<Record<string, TagReading>>;
  readonly config_hash: string;
  readonly findings: readonly StoredFinding[];
}
type StoredFinding = Omit<Finding, 'score' | 'threshold' | 'review'> & {
  readonly score: number | null;
  readonly threshold: number | null;
  readonly review_low: number | null;
  readonly review_high: number | null;
};

function questionOf(
  { findings, tags, recipe, part, verdict, reasons }: StoredRecord,
  rules: RecordedRules,
  history: History,
): WhatIfQuestion {
  const said = Object.fromEntries(findings.map((stored) => [stored.model, findingOf(stored)]));
  return { rules, history, verdict, rule: reasons[0]?.rule ?? null, input: { findings: said, tags, recipe, part } };
}

function findingOf({ review_low: low, review_high: high, ...stored }: StoredFinding): Finding {
  const [score, threshold] = [stored.score ?? Number.NaN, stored.threshold ?? Number.NaN];
  const given = Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== null)) as unknown as Finding;
  return {
    ...given,
    label: stored.label,
    score,
    threshold,
    margin: score - threshold,
    review: low === null || high === null ? null : [low, high],
  };
}

/** As the station remembered them when it judged the part: no more than the journal still has. */
function historyOf(newestFirst: readonly EarlierVerdict[], recipe: string): History {
  let history = EMPTY;
  let before: string | null = null;
  for (const one of [...newestFirst].reverse()) {
    if (before !== null && one.recipe !== before) history = changeover(history);
    history = push(history, one.verdict);
    before = one.recipe;
  }
  return before !== null && before !== recipe ? changeover(history) : history;
}
