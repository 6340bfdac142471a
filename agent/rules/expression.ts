/** One CEL expression, checked against what its station has, evaluated with bounds and without IO. */
import type { ASTNode, ParseResult } from '@marcbachmann/cel-js';
import { causeOf, LinesideError } from '../errors.ts';
import { inspect } from './bounds.ts';
import type { Surroundings } from './environment.ts';
import { buildEvidence, type Evidence, type Seen } from './evidence.ts';
import type { Facts } from './facts.ts';
import { neverTrue } from './never.ts';
import { doubled, nodesOf } from './numbers.ts';
import { noun, type Problem, problemOf } from './problems.ts';

export interface Expression {
  /** As written. */
  readonly text: string;
  /** `server.tag` of every tag it reads. */
  readonly tags: readonly string[];
  /** Whether it holds. Throws RULE_FAILED where that cannot be known: CEL's && and || settle what they can without the unknown. */
  holds(facts: Facts): boolean;
  /** The comparisons that made it hold, with their numbers: "surface.score 0.83 >= surface.threshold 0.62". */
  evidence(facts: Facts): string;
}

/** `never`: it compiles, and nothing makes it true, or a side of it. Whoever wrote it is told; what runs by it goes on. */
export type Compiled = { readonly expression: Expression; readonly never?: Problem | undefined } | { readonly problem: Problem };

/** Compiles, or says what is wrong and where. Never throws. */
export function compile(text: string, around: Surroundings): Compiled {
  const parsed = parse(text, around);
  if ('problem' in parsed) return parsed;
  const { program, position, ast } = parsed;
  const checked = program.check();
  if (!checked.valid) return { problem: problemOf(checked.error, text, around, position) };
  const bounded = inspect(ast, around, text);
  if (bounded) return { problem: bounded };
  if (checked.type !== 'bool' && checked.type !== 'dyn') {
    return {
      problem: { start: 0, end: text.length, text: `this gives ${noun(checked.type ?? '')}, not true or false; compare it with something` },
    };
  }
  return { expression: expressionOf(text, program, around, buildEvidence(program.ast, around)), never: neverTrue(ast, text) };
}

interface Parsed {
  readonly program: ParseResult;
  /** As written, with its positions. */
  readonly ast: ASTNode;
  readonly position: (at: number) => number;
}

function parse(text: string, around: Surroundings): Parsed | { readonly problem: Problem } {
  try {
    const { ast } = around.cel.parse(text);
    const { text: rewritten, position } = doubled(text, ast);
    return { program: around.cel.parse(rewritten), ast, position };
  } catch (thrown) {
    return { problem: problemOf(thrown, text, around, (at) => at) };
  }
}

function expressionOf(text: string, program: ParseResult, around: Surroundings, evidence: Evidence): Expression {
  return {
    text,
    tags: tagsOf(program.ast, around),
    holds: (facts) => {
      const value = evaluate(text, program, around, facts);
      if (typeof value === 'boolean') return value;
      throw new LinesideError('RULE_FAILED', { rule: text, why: `it gave ${String(value)}, not true or false` });
    },
    evidence: (facts) => seenBy(around, facts, (seen) => evidence(seen).lines.join(', ')),
  };
}

function seenBy<T>(around: Surroundings, facts: Facts, look: (seen: Seen) => T): T {
  const tags = facts.told?.(facts.tags) ?? facts.tags;
  return around.within(facts, (context) => {
    if (tags === facts.tags) return look({ context, told: null });
    return around.within({ ...facts, tags }, (told) => look({ context, told }));
  });
}

function evaluate(rule: string, program: ParseResult, around: Surroundings, facts: Facts): unknown {
  try {
    return around.within(facts, (context) => program(context) as unknown);
  } catch (thrown) {
    throw failure(rule, thrown, around);
  }
}

/** Why it has no value: the fact that is not known says it itself, the rest is a type that only the value at hand has. */
function failure(rule: string, thrown: unknown, around: Surroundings): LinesideError {
  if (!(thrown instanceof LinesideError)) {
    return new LinesideError('RULE_FAILED', { rule, why: problemOf(thrown, rule, around, (at) => at).text }, { cause: thrown });
  }
  return new LinesideError('RULE_FAILED', { ...thrown.details, rule, why: causeOf(thrown) }, { cause: thrown });
}

function tagsOf(ast: ASTNode, { aliases }: Surroundings): readonly string[] {
  const read = nodesOf(ast).flatMap((node) => {
    const key = tagKey(node);
    return key === undefined ? [] : (aliases.get(key) ?? []);
  });
  return [...new Set(read)];
}

/** `die_temp` of `tags.die_temp` and `tags['die_temp']`. */
function tagKey(node: ASTNode): string | undefined {
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [left, right] = node.args;
  if (left.op !== 'id' || left.args !== 'tags') return undefined;
  if (typeof right === 'string') return right;
  return right.op === 'value' && typeof right.args === 'string' ? right.args : undefined;
}
