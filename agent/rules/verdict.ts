/** From findings to a verdict: the first rule that holds speaks, with the numbers that made it hold. */
import type { Finding, Judgement, Reason, Verdict } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { type Scope, surroundings } from './environment.ts';
import { compile, type Expression } from './expression.ts';
import type { Facts } from './facts.ts';

export interface RuleSpec {
  /** CEL; without it the rule always matches. */
  readonly when?: string | undefined;
  readonly verdict: Verdict;
  readonly reason?: string | undefined;
}

export interface RuleSet {
  /** `server.tag` of every tag the rules read. */
  readonly tags: readonly string[];
  /**
   * First match. Where none does: ok without rules of the station's own, else for review from any model's review band on and ok below it.
   * Throws RULE_FAILED where a rule before the match cannot be known.
   */
  judge(facts: Facts): Judgement;
  /** Which rule speaks, from 0; -1: none. Throws as judge() does. */
  speaker(facts: Facts): number;
  /** The verdict alone, as though the rule `off` were not there. Throws as judge() does. */
  verdict(facts: Facts, off?: number): Verdict;
}

/** nok from the threshold of any model, review inside its band: what a station without rules goes by. */
export function defaultRules(models: readonly string[]): readonly RuleSpec[] {
  if (models.length === 0) return [];
  const any = (each: (model: string) => string) => models.map(each).join(' || ');
  return [
    { when: any((m) => `${m}.score >= ${m}.threshold`), verdict: 'nok' },
    { when: any((m) => `(${m}.score >= ${m}.review_low && ${m}.score < ${m}.review_high)`), verdict: 'review' },
  ];
}

/** The expression, or RULE_FAILED: a config that was checked has none that fails. */
export function compiled(when: string, around: ReturnType<typeof surroundings>): Expression {
  const result = compile(when, around);
  if ('problem' in result) throw new LinesideError('RULE_FAILED', { rule: when, why: result.problem.text });
  return result.expression;
}

/** Compiles a station's rules. Throws RULE_FAILED for an expression that does not compile. */
export function compileRules(scope: Scope, own?: readonly RuleSpec[]): RuleSet {
  const models = Object.keys(scope.models);
  const rules = own ?? defaultRules(models);
  const around = surroundings(
    scope,
    false,
    rules.map(({ when }) => when),
  );
  // The default rules have spoken of every score by its own limits: what they leave is ok.
  const silent = own ? models : [];
  const set = rules.map((rule) => ({ ...rule, expression: rule.when === undefined ? undefined : compiled(rule.when, around) }));
  const speaker = (facts: Facts, off = -1) => set.findIndex(({ expression }, i) => i !== off && (expression?.holds(facts) ?? true));
  return {
    tags: [...new Set(set.flatMap(({ expression }) => expression?.tags ?? []))],
    speaker,
    judge: (facts) => {
      const rule = set[speaker(facts)];
      if (!rule) return unmatched(models, facts, silent);
      return { verdict: rule.verdict, reasons: [reasonOf(rule.reason, rule.expression, facts)] };
    },
    verdict: (facts, off) => set[speaker(facts, off)]?.verdict ?? (unsureOf(facts, silent) === undefined ? 'ok' : 'review'),
  };
}

/**
 * What no rule speaks of: for review from the lower end of the review band of a model of `silent`, ok below it. A rule that lets such a
 * part pass says so (`verdict: ok`); a package that is unsure of a part is not overruled by a rule about something else.
 */
function unmatched(models: readonly string[], facts: Facts, silent: readonly string[]): Judgement {
  const unsure = unsureOf(facts, silent);
  const numbers = scoresOf(models, facts);
  if (unsure === undefined) return { verdict: 'ok', reasons: [{ text: withNumbers('no rule matched', numbers) }] };
  return { verdict: 'review', reasons: [{ text: withNumbers(`no rule matched, and ${unsure} is from its review band on`, numbers) }] };
}

const unsureOf = ({ findings }: Facts, silent: readonly string[]): string | undefined =>
  silent.find((model) => isFromBandOn(findings[model]));

/** A band whose ends are the same is none: so a station says that a model is never unsure. */
function isFromBandOn(finding: Finding | undefined): boolean {
  const band = finding?.review;
  if (!band || band[0] === band[1]) return false;
  // A score that is no number is not below it.
  return !(finding.score < band[0]);
}

/** "surface defect (surface.score 0.8312 >= surface.threshold 0.62)"; without a reason in words the numbers speak alone. */
export function reasonOf(words: string | undefined, expression: Expression | undefined, facts: Facts): Reason {
  if (!expression) return { text: words ?? 'the last rule, which always matches' };
  const evidence = expression.evidence(facts);
  const text = words === undefined ? evidence || expression.text : withNumbers(words, evidence);
  return { text, rule: expression.text };
}

const withNumbers = (words: string, numbers: string): string => (numbers === '' ? words : `${words} (${numbers})`);

const scoresOf = (models: readonly string[], { findings }: Facts): string =>
  models
    .flatMap((model) => findings[model] ?? [])
    .slice(0, 6)
    .map(({ model, score, threshold }) => `${model}.score ${digits(score)}, threshold ${digits(threshold)}`)
    .join(', ');
const digits = (value: number): string => String(Number(value.toPrecision(4)));
