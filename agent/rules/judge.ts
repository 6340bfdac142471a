/** The judge of one station: rules, decisions and the short memory that both look at. Compiled once, asked for every part. */
import type { ExpressionFault, ExpressionSpec } from '../config/targets.ts';
import type { ChartFacts, Judge, RuleInput } from '../contracts/index.ts';
import { compileDecisions, type DecisionSpec } from './decisions.ts';
import { type Scope, surroundings } from './environment.ts';
import { compile } from './expression.ts';
import * as past from './history.ts';
import { readsCharts } from './reads.ts';
import { compileRules, type RuleSpec } from './verdict.ts';

export interface JudgeSpec extends Scope {
  /** Without rules: nok from the threshold of any model, review inside its band. */
  readonly rules?: readonly RuleSpec[] | undefined;
  readonly decisions?: readonly DecisionSpec[] | undefined;
  /** What the control charts say with a part; absent where there are none. */
  readonly says?: ((input: RuleInput) => ChartFacts) | undefined;
}

/** Throws RULE_FAILED for an expression that does not compile; checkExpressions tells of all of them before. */
export function createJudge({ rules, decisions = [], says, ...scope }: JudgeSpec): Judge {
  const ruleSet = compileRules(scope, rules);
  const decisionSet = compileDecisions(scope, decisions);
  let history = past.EMPTY;
  const asked = readsCharts([...(rules ?? []), ...decisions].map(({ when }) => when)) ? says : undefined;
  return {
    tags: [...new Set([...ruleSet.tags, ...decisionSet.tags])],
    judge: (input) => ruleSet.judge({ ...input, history, charts: asked?.(input) }),
    asNow: (now) => {
      const then = history;
      // The charts are of what judged, whatever a candidate would have said.
      const charts = asked?.(now);
      return (input) => ruleSet.judge({ ...input, history: then, charts });
    },
    // The station pushes a verdict before it asks what follows, so `nok_in_a_row` counts the part at hand.
    decide: (input, verdict) => decisionSet.decide({ ...input, history, verdict, charts: asked?.(input) }),
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
export function checkExpressions({ rules = [], decisions = [], ...scope }: ExpressionSpec): readonly ExpressionFault[] {
  const faults = (list: ExpressionFault['list'], entries: readonly { readonly when?: string | undefined }[]) => {
    const around = surroundings(
      scope,
      list === 'decisions',
      entries.map(({ when }) => when),
    );
    return entries.flatMap(({ when }, index) => {
      if (when === undefined) return [];
      const result = compile(when, around);
      if ('problem' in result) return [{ list, index, ...result.problem }];
      return result.never ? [{ list, index, ...result.never, isNever: true as const }] : [];
    });
  };
  return [...faults('rules', rules), ...faults('decisions', decisions)];
}
