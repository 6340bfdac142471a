/** The judge of one station: rules, decisions and the short memory that both look at. Compiled once, asked for every part. */
import type { ExpressionFault, ExpressionSpec } from '../config/targets.ts';
import type { ChartFacts, Judge, Judgement, PartPast, RuleInput } from '../contracts/index.ts';
import { compileDecisions, type DecisionSpec } from './decisions.ts';
import { type Scope, surroundings } from './environment.ts';
import { compile } from './expression.ts';
import * as past from './history.ts';
import { asksStations, readsCharts } from './reads.ts';
import { compileRows, type RowSpec } from './rows.ts';
import { compileRules, type RuleSpec } from './verdict.ts';

export interface JudgeSpec extends Scope {
  /** Without rules: nok from the threshold of any model, review inside its band. */
  readonly rules?: readonly RuleSpec[] | undefined;
  readonly decisions?: readonly DecisionSpec[] | undefined;
  /** Rows of a table, the last one without a condition. */
  readonly route?: readonly RowSpec[] | undefined;
  /** Where a part goes of which a row cannot be known; left out: on along the table. */
  readonly unknownTo?: string | undefined;
  /** What the control charts say with a part; absent where there are none. */
  readonly says?: ((input: RuleInput) => ChartFacts) | undefined;
  /** What other stations have said of a part; absent where nobody remembers. */
  readonly past?: ((part: string | null) => PartPast) | undefined;
  /** The tags as reasons of rules, decisions and routes may tell them; absent where that is as they are. */
  readonly told?: ((tags: RuleInput['tags']) => RuleInput['tags']) | undefined;
}

/** Throws RULE_FAILED for an expression that does not compile; checkExpressions tells of all of them before. */
export function createJudge({ rules, decisions = [], route, unknownTo, says, past: remembered, told, ...scope }: JudgeSpec): Judge {
  const ruleSet = compileRules(scope, rules);
  const decisionSet = compileDecisions(scope, decisions);
  let history = past.EMPTY;
  const rows = route && compileRows(scope, route, unknownTo);
  const expressions = [...(rules ?? []), ...decisions, ...(route ?? [])].map(({ when }) => when);
  const asked = readsCharts(expressions) ? says : undefined;
  const needsName = asksStations(expressions);
  const before = needsName ? remembered : undefined;
  /** As they are with this part, now. */
  const around = (input: RuleInput) => ({ history, charts: asked?.(input), past: before?.(input.part), told });
  return {
    tags: [...new Set([...ruleSet.tags, ...decisionSet.tags, ...(rows?.tags ?? [])])],
    needsName,
    ...(rows && {
      row: (input: RuleInput, judged: Judgement) => rows.row({ ...input, ...around(input), verdict: judged.verdict }, judged.reasons),
    }),
    judge: (input) => ruleSet.judge({ ...input, ...around(input) }),
    asNow: (now) => {
      // The charts are of what judged, whatever a candidate would have said.
      const then = around(now);
      return (input) => ruleSet.judge({ ...input, ...then });
    },
    // The station pushes a verdict before it asks what follows, so `nok_in_a_row` counts the part at hand.
    decide: (input, verdict) => decisionSet.decide({ ...input, ...around(input), verdict }),
    push: (verdict) => {
      history = past.push(history, verdict);
    },
    changeover: () => {
      history = past.changeover(history);
    },
    save: () => past.save(history),
    restore: (saved) => {
      history = past.restore(saved);
    },
  };
}

/** Every expression of a station that does not compile or is never true, with the characters it is about. Never throws. */
export function checkExpressions({ rules = [], decisions = [], route = [], ...scope }: ExpressionSpec): readonly ExpressionFault[] {
  const faults = (list: ExpressionFault['list'], entries: readonly { readonly when?: string | undefined }[]) => {
    const around = surroundings(
      scope,
      list !== 'rules',
      entries.map(({ when }) => when),
    );
    return entries.flatMap(({ when }, index) => {
      if (when === undefined) return [];
      const result = compile(when, around);
      if ('problem' in result) return [{ list, index, ...result.problem }];
      return result.never ? [{ list, index, ...result.never, isNever: true as const }] : [];
    });
  };
  return [...faults('rules', rules), ...faults('decisions', decisions), ...faults('route', route)];
}
