/**
 * What an expression can come to, whatever the facts: a rule that is never true lets every part pass that it was written for. Numbers
 * are ranges, and what one condition of `a && b` leaves of a range holds for the others. Pure; unknown means that all is possible.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import { childrenOf } from './numbers.ts';
import type { Problem } from './problems.ts';

/** Ends that are `open` are not reached themselves. */
interface Range {
  readonly least: number;
  readonly most: number;
  readonly openLeast?: boolean;
  readonly openMost?: boolean;
}
/** What is known of a fact, by how it is written. */
interface Known {
  readonly ranges: ReadonlyMap<string, Range>;
  /** Texts that it has to be, each of them. */
  readonly is: ReadonlyMap<string, ReadonlySet<string>>;
  readonly isNot: ReadonlyMap<string, ReadonlySet<string>>;
}

const NOTHING: Known = { ranges: new Map(), is: new Map(), isNot: new Map() };
const ALL: Range = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };
const SHARE: Range = { least: 0, most: 1 };
const COUNT: Range = { least: 0, most: Number.POSITIVE_INFINITY };
const SHARES = new Set(['score', 'confidence', 'threshold', 'review_low', 'review_high']);
const COUNTS = new Set(['ok_in_a_row', 'nok_in_a_row', 'review_in_a_row', 'since_changeover']);
const COMPARISONS = new Set(['<', '<=', '>', '>=', '==', '!=']);
const NEGATED: Readonly<Record<string, string>> = { '<': '>=', '<=': '>', '>': '<=', '>=': '<', '==': '!=', '!=': '==' };
const TURNED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** The expression, or the side of an `||` in it, that nothing makes true. */
export function neverTrue(ast: ASTNode, text: string): Problem | undefined {
  if (ast.op === '||') {
    const [left, right] = ast.args;
    return neverTrue(left, text) ?? neverTrue(right, text);
  }
  if (canBe(true, ast, NOTHING)) return undefined;
  const { start } = ast;
  const end = closed(text, start, ast.end);
  return { start, end, text: `${text.slice(start, end)} is never true; what is meant?` };
}

/** The parser ends a node before the brackets that close it. */
function closed(text: string, start: number, end: number): number {
  const inside = text.slice(start, end);
  const open = inside.split('(').length - inside.split(')').length;
  const behind = open > 0 ? new RegExp(`^(?:\\s{0,9}\\)){${open}}`).exec(text.slice(end))?.[0] : undefined;
  return end + (behind?.length ?? 0);
}

/**
 * Whether a condition can come out as `wanted`. Each side is looked at once for that, so that the time is that of the expression's length.
 * A literal `false` is taken for what is not known: whoever wrote it has switched the rule off.
 */
function canBe(wanted: boolean, node: ASTNode, known: Known): boolean {
  if (node.op === '!_') return canBe(!wanted, node.args, known);
  if (node.op === '&&') {
    const conditions = conditionsOf(node);
    if (!wanted) return conditions.some((condition) => canBe(false, condition, known));
    // All of them are true of the same part.
    const narrowed = conditions.reduce(narrow, known);
    return conditions.every((condition) => canBe(true, condition, narrowed));
  }
  if (node.op === '||') {
    const can = (side: ASTNode) => canBe(wanted, side, known);
    return wanted ? node.args.some(can) : node.args.every(can);
  }
  if (!COMPARISONS.has(node.op)) return true;
  return compares(wanted ? node.op : (NEGATED[node.op] ?? ''), node, known);
}
const conditionsOf = (node: ASTNode): readonly ASTNode[] => (node.op === '&&' ? node.args.flatMap(conditionsOf) : [node]);

function compares(operator: string, node: ASTNode, known: Known): boolean {
  const [left, right] = childrenOf(node);
  if (!left || !right) return true;
  const word = wordOf(right);
  if (word !== undefined) return canBeWord(operator, keyOf(left), word, known);
  const [a, b] = [rangeOf(left, known), rangeOf(right, known)];
  if (!a || !b) return true;
  switch (operator) {
    case '>':
      return a.most > b.least;
    case '<':
      return a.least < b.most;
    case '>=':
      return reaches(a, b);
    case '<=':
      return reaches(b, a);
    case '==':
      return reaches(a, b) && reaches(b, a);
    default:
      return !(isOne(a) && isOne(b) && a.least === b.least) && !(keyOf(left) !== undefined && keyOf(left) === keyOf(right));
  }
}
/** Some value of `a` is at least as large as one of `b`. */
const reaches = (a: Range, b: Range): boolean => a.most > b.least || (a.most === b.least && !a.openMost && !b.openLeast);
const isOne = ({ least, most }: Range): boolean => least === most;

function canBeWord(operator: string, key: string | undefined, word: string, { is, isNot }: Known): boolean {
  if (key === undefined) return true;
  const others = [...(is.get(key) ?? [])].filter((other) => other !== word);
  if (operator === '==') return others.length === 0 && isNot.get(key)?.has(word) !== true;
  return operator !== '!=' || is.get(key)?.has(word) !== true || others.length > 0;
}

function narrow(known: Known, condition: ASTNode): Known {
  if (!COMPARISONS.has(condition.op)) return known;
  const [left, right] = childrenOf(condition);
  if (!left || !right) return known;
  const word = wordOf(right);
  const key = keyOf(left);
  if (word !== undefined && key !== undefined) return narrowWord(known, condition.op, key, word);
  return narrowRange(narrowRange(known, condition.op, left, right), TURNED[condition.op] ?? condition.op, right, left);
}

function narrowWord(known: Known, operator: string, key: string, word: string): Known {
  // What texts are before or after another leaves too much to be kept.
  if (operator !== '==' && operator !== '!=') return known;
  const part = operator === '==' ? 'is' : 'isNot';
  return { ...known, [part]: new Map([...known[part], [key, new Set([...(known[part].get(key) ?? []), word])]]) };
}

function narrowRange(known: Known, operator: string, fact: ASTNode, bound: ASTNode): Known {
  const key = keyOf(fact);
  const [range, by] = [rangeOf(fact, known), rangeOf(bound, known)];
  if (key === undefined || !range || !by) return known;
  const isLower = operator.startsWith('>') || operator === '==';
  const isUpper = operator.startsWith('<') || operator === '==';
  const isOpen = operator.length === 1;
  const raised = isLower && (by.least > range.least || (by.least === range.least && isOpen));
  const lowered = isUpper && (by.most < range.most || (by.most === range.most && isOpen));
  const next = {
    ...range,
    ...(raised ? { least: by.least, openLeast: isOpen || by.openLeast === true } : {}),
    ...(lowered ? { most: by.most, openMost: isOpen || by.openMost === true } : {}),
  };
  return { ...known, ranges: new Map([...known.ranges, [key, next]]) };
}

/** undefined for what is no number, and for what may be anything. */
function rangeOf(node: ASTNode, known: Known): Range | undefined {
  if (node.op === 'value') {
    const isNumber = typeof node.args === 'number' || typeof node.args === 'bigint';
    return isNumber ? { least: Number(node.args), most: Number(node.args) } : undefined;
  }
  const key = keyOf(node);
  if (key !== undefined || isRate(node)) return known.ranges.get(key ?? '') ?? rangeOfFact(node);
  return arithmetic(node, known);
}

function rangeOfFact(node: ASTNode): Range {
  if (node.op === 'id') return COUNTS.has(node.args) ? COUNT : ALL;
  if (node.op === '.') return node.args[0].op === 'id' && node.args[0].args !== 'tags' && SHARES.has(node.args[1]) ? SHARE : ALL;
  return isRate(node) ? SHARE : ALL;
}

/** IEEE operations are monotone: the ends of the result come from the ends of what goes in. */
function arithmetic(node: ASTNode, known: Known): Range | undefined {
  const [a, b] = childrenOf(node).map((child) => rangeOf(child, known));
  if (node.op === '-_') return a && { least: -a.most, most: -a.least };
  if (!a || !b) return undefined;
  const ends = (of: (x: number, y: number) => number): Range | undefined => {
    const results = [of(a.least, b.least), of(a.least, b.most), of(a.most, b.least), of(a.most, b.most)];
    return results.some(Number.isNaN) ? ALL : { least: Math.min(...results), most: Math.max(...results) };
  };
  if (node.op === '+') return ends((x, y) => x + y);
  if (node.op === '-') return ends((x, y) => x - y);
  if (node.op === '*') return ends((x, y) => x * y);
  return node.op === '/' && (b.least > 0 || b.most < 0) ? ends((x, y) => x / y) : undefined;
}

/** The same facts have the same key: `m.score`, `tags.die_temp`, `rate('nok', 20)`. */
function keyOf(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args;
  if (node.op === '.') {
    const owner = keyOf(node.args[0]);
    return owner === undefined ? undefined : `${owner}.${node.args[1]}`;
  }
  if (!isRate(node) || node.args[1].some(({ op }) => op !== 'value')) return undefined;
  return `rate(${node.args[1].map(({ args }) => String(args)).join()})`;
}

const isRate = (node: ASTNode): node is ASTNode & { op: 'call' } => node.op === 'call' && node.args[0] === 'rate';
const wordOf = (node: ASTNode): string | undefined => (node.op === 'value' && typeof node.args === 'string' ? node.args : undefined);
