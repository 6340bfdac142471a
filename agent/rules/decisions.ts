/** From a verdict to what follows: every decision whose expression holds is taken, in order. */
import type { DecisionAction, DecisionIntent, TagScalar } from '../contracts/index.ts';
import { asLinesideError } from '../errors.ts';
import { type Scope, surroundings } from './environment.ts';
import type { Expression } from './expression.ts';
import type { Facts } from './facts.ts';
import { compiled, reasonOf } from './verdict.ts';

export interface DecisionSpec {
  readonly when: string;
  readonly do: DecisionAction;
  readonly write?: Readonly<Record<string, TagScalar>> | undefined;
  readonly reason?: string | undefined;
}

export interface DecisionSet {
  readonly tags: readonly string[];
  /**
   * What follows from this part; `facts.verdict` is its verdict and `facts.history` ends with it. A decision that cannot be known
   * (a bad tag) must not take the others with it, nor be dropped in silence: it becomes a `notify` that carries the fault. Where a
   * model found nothing the verdict's reasons say so already; such a decision is not taken.
   */
  decide(facts: Facts): readonly DecisionIntent[];
}

/** Stay until somebody acknowledges. */
const LATCHED: ReadonlySet<DecisionAction> = new Set(['hold', 'stop']);

/** Compiles a station's decisions. Throws RULE_FAILED for an expression that does not compile. */
export function compileDecisions(scope: Scope, decisions: readonly DecisionSpec[]): DecisionSet {
  const around = surroundings(
    scope,
    true,
    decisions.map(({ when }) => when),
  );
  const set = decisions.map((decision) => ({ ...decision, expression: compiled(decision.when, around) }));
  return {
    tags: [...new Set(set.flatMap(({ expression }) => expression.tags))],
    decide: (facts) => set.flatMap((decision) => taken(decision, facts)),
  };
}

function taken(decision: DecisionSpec & { readonly expression: Expression }, facts: Facts): readonly DecisionIntent[] {
  const { expression, write, reason, when: rule } = decision;
  try {
    if (!expression.holds(facts)) return [];
  } catch (thrown) {
    const fault = asLinesideError(thrown, 'RULE_FAILED', { rule });
    if (fault.details['model'] !== undefined) return [];
    return [{ action: 'notify', reason: `${decision.do} was not decided: ${fault.message}`, rule, writes: [], latched: false }];
  }
  const writes = Object.entries(write ?? {}).map(([tag, value]) => ({ tag, value }));
  return [{ action: decision.do, reason: reasonOf(reason, expression, facts).text, rule, writes, latched: LATCHED.has(decision.do) }];
}
