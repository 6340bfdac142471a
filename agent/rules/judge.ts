/** The judge of one station: rules, decisions and the short memory that both look at. Compiled once, asked for every part. */
import type { ExpressionFault, ExpressionSpec } from '../config/targets.ts';
import type { Judge } from '../contracts/index.ts';
import { compileDecisions, type DecisionSpec } from './decisions.ts';
import { type Scope, surroundings } from './environment.ts';
import { compile } from './expression.ts';
import * as past from './history.ts';
import { compileRules, type RuleSpec } from './verdict.ts';

export interface JudgeSpec extends Scope {
  /** Without rules: nok from the threshold of any model, review inside its band. */
  readonly rules?: readonly RuleSpec[] | undefined;
  readonly decisions?: readonly DecisionSpec[] | undefined;
}

/** Throws RULE_FAILED for an expression that does not compile; checkExpressions tells of all of them before. */
export function createJudge({ rules, decisions = [], ...scope }: JudgeSpec): Judge {
  const ruleSet = compileRules(scope, rules);
  const decisionSet = compileDecisions(scope, decisions);
  let history = past.EMPTY;
  return {
    tags: [...new Set([...ruleSet.tags, ...decisionSet.tags])],
    judge: (input) => ruleSet.judge({ ...input, history }),
    asNow: () => {
      const then = history;
      return (input) => ruleSet.judge({ ...input, history: then });
    },
    // The station pushes a verdict before it asks what follows, so `nok_in_a_row` counts the part at hand.
    decide: (input, verdict) => decisionSet.decide({ ...input, history, verdict }),
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
