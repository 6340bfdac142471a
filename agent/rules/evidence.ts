/** Why an expression held: the comparisons that made it so, each with the numbers it compared. */
import { type ASTNode, type ParseResult, serialize } from '@marcbachmann/cel-js';
import type { Surroundings } from './environment.ts';

export interface Proof {
  readonly holds: boolean;
  readonly lines: readonly string[];
}
/** What an expression reads: as it is, and as it may be told, where that differs: people are taken out of what is told. */
export interface Seen {
  readonly context: Record<string, unknown>;
  readonly told: Record<string, unknown> | null;
}
/** Looks again at the parts of an expression that held. Never throws: a part that cannot be known proves nothing. */
export type Evidence = (seen: Seen) => Proof;

const NOTHING: Proof = { holds: false, lines: [] };
const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);
/** More would be a wall of text in the event. */
const MOST_LINES = 6;

export function buildEvidence(node: ASTNode, around: Surroundings): Evidence {
  const all = proofOf(node, around);
  return (seen) => {
    const { holds, lines } = all(seen);
    return { holds, lines: [...new Set(lines)].slice(0, MOST_LINES) };
  };
}

function proofOf(node: ASTNode, around: Surroundings): Evidence {
  if (node.op === '&&' || node.op === '||') {
    const sides = node.args.map((side) => proofOf(side, around));
    return node.op === '&&' ? (seen) => both(sides, seen) : (seen) => any(sides, seen);
  }
  if (!COMPARISONS.has(node.op)) return truthOf(node, around);
  const [left, right] = node.args as [ASTNode, ASTNode];
  return comparison(node, side(left, around), side(right, around), around);
}

function both(sides: readonly Evidence[], seen: Seen): Proof {
  const proofs = sides.map((side) => side(seen));
  return proofs.every(({ holds }) => holds) ? { holds: true, lines: proofs.flatMap(({ lines }) => lines) } : NOTHING;
}

function any(sides: readonly Evidence[], seen: Seen): Proof {
  const proofs = sides.map((side) => side(seen)).filter(({ holds }) => holds);
  return proofs.length > 0 ? { holds: true, lines: proofs.flatMap(({ lines }) => lines) } : NOTHING;
}

/** A condition that is no comparison (`tags.door_open`, `!…`, a ternary): true, and there are no numbers to show. */
function truthOf(node: ASTNode, around: Surroundings): Evidence {
  const program = part(node, around);
  const lines = node.op === 'id' || node.op === '.' ? [`${display(node)} is true`] : [];
  return ({ context }) => (value(program, context) === true ? { holds: true, lines } : NOTHING);
}

interface Side {
  readonly text: string;
  /** Undefined for a literal, which says its value itself. */
  readonly program: ParseResult | undefined;
}

const isLiteral = (node: ASTNode): boolean =>
  node.op === 'value' || (node.op === 'list' && node.args.every(isLiteral)) || (node.op === '-_' && isLiteral(node.args));

function side(node: ASTNode, around: Surroundings): Side {
  return { text: display(node), program: isLiteral(node) ? undefined : part(node, around) };
}

function comparison(node: ASTNode, left: Side, right: Side, around: Surroundings): Evidence {
  const program = part(node, around);
  return (seen) => {
    if (value(program, seen.context) !== true) return NOTHING;
    if (node.op === '==' && !(left.program && right.program)) return { holds: true, lines: [`${left.text} == ${right.text}`] };
    const [a, b] = [left, right].map((of) => (of.program ? tellable(of.program, seen) : undefined));
    const [shownA, shownB] = apart(a, b ?? literalNumber(right));
    return { holds: true, lines: [`${shown(left, shownA)} ${node.op} ${shown(right, b === undefined ? undefined : shownB)}`] };
  };
}

const literalNumber = ({ program, text }: Side): unknown => (program ? undefined : Number(text));
const shown = ({ text }: Side, numbers: string | undefined) => (numbers === undefined ? text : `${text} ${numbers}`);

/** Whole numbers were given a .0 on the way in. */
const display = (node: ASTNode): string => serialize(node).replace(/(\d)\.0(?!\d)/g, '$1');

/** A part on its own, or nothing where it is only known inside a loop. */
function part(node: ASTNode, around: Surroundings): ParseResult | undefined {
  try {
    const program = around.cel.parse(serialize(node));
    return program.check().valid ? program : undefined;
  } catch {
    return undefined;
  }
}

function value(program: ParseResult | undefined, context: Record<string, unknown>): unknown {
  try {
    return program?.(context);
  } catch {
    return undefined;
  }
}

/** A value as it may be told. A number that came of a text is told as it is; one that has no value any more once people are out of it is not told. */
function tellable(program: ParseResult, { context, told }: Seen): unknown {
  const own = value(program, context);
  if (told === null || typeof own === 'boolean') return own;
  const kept = value(program, told);
  return kept === undefined || typeof kept === 'string' ? kept : own;
}

/** As few digits as tell the two sides apart: 0.8312 and 0.62, but 0.619996 and 0.62. */
function apart(a: unknown, b: unknown): readonly [string | undefined, string | undefined] {
  for (let digits = 4; digits < 15 && typeof a === 'number' && typeof b === 'number' && a !== b; digits++) {
    const pair = [round(a, digits), round(b, digits)] as const;
    if (pair[0] !== pair[1]) return pair;
  }
  return [plain(a), plain(b)];
}

const round = (value: number, digits: number): string => String(Number(value.toPrecision(digits)));
function plain(value: unknown): string | undefined {
  if (typeof value === 'number') return round(value, 6);
  if (typeof value === 'string') return `'${value.slice(0, 60)}'`;
  return typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : undefined;
}
