/**
 * What would have changed the verdict of a stored part: its record, the rules of the config that judged it, and, where those look back, the
 * verdicts before it, put together for the thread that asks the rules again.
 */
import type { RecordedRules, Records, WhatIf } from '../contracts/index.ts';
import { EMPTY, type History, REMEMBERED } from '../rules/history.ts';
import { readsPast } from '../rules/reads.ts';
import type { WhatIfQuestion } from '../rules/what-if.ts';
import { ThreadDesk } from '../store/thread-desk.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';
import { findingOf, historyOf, recordIn, type StoredRecord } from './stored-record.ts';

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
    const record = recordIn(found);
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

function questionOf(
  { findings, tags, recipe, part, verdict, reasons }: StoredRecord,
  rules: RecordedRules,
  history: History,
): WhatIfQuestion {
  const said = Object.fromEntries(findings.map((stored) => [stored.model, findingOf(stored)]));
  return { rules, history, verdict, rule: reasons[0]?.rule ?? null, input: { findings: said, tags, recipe, part } };
}
