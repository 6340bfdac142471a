/**
 * In CEL `1` is an integer and `1.0` a double, `score + 1` is a type error and `1 / 20` is 0. Nobody who writes a threshold means
 * that: whole numbers in an expression become doubles before it is compiled. Where CEL wants an integer (an index, the argument of
 * a function) they stay.
 */
import type { ASTNode } from '@marcbachmann/cel-js';

/** An expression with doubles, and the way back from its positions to those of the text that was written. */
export interface Doubled {
  readonly text: string;
  position(at: number): number;
}

export function doubled(text: string, ast: ASTNode): Doubled {
  const edits = wholeNumbers(ast).map(({ range, args }) => ({ ...range, with: `${String(args)}.0` }));
  edits.sort((a, b) => a.start - b.start);
  let result = '';
  let done = 0;
  for (const edit of edits) {
    result += text.slice(done, edit.start) + edit.with;
    done = edit.end;
  }
  return { text: result + text.slice(done), position: (at) => positionBefore(edits, at) };
}

function positionBefore(edits: readonly { start: number; end: number; with: string }[], at: number): number {
  let shift = 0;
  for (const edit of edits) {
    if (edit.start + shift >= at) break;
    shift += edit.with.length - (edit.end - edit.start);
  }
  return Math.max(0, at - shift);
}

function wholeNumbers(node: ASTNode): ASTNode[] {
  if (node.op === 'value') return typeof node.args === 'bigint' ? [node] : [];
  if (node.op === '[]') return wholeNumbers(node.args[0]);
  const given = argumentsOf(node);
  return childrenOf(node).flatMap((child) => (child.op === 'value' && given.includes(child) ? [] : wholeNumbers(child)));
}

function argumentsOf(node: ASTNode): readonly ASTNode[] {
  if (node.op === 'call') return node.args[1];
  return node.op === 'rcall' ? node.args[2] : [];
}

/** The nodes right below, whatever the shape of the operator's arguments. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  const among = (args: unknown): ASTNode[] => {
    if (Array.isArray(args)) return args.flatMap(among);
    return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
  };
  return among(node.args);
}

/** The node and everything below it. */
export const nodesOf = (node: ASTNode): readonly ASTNode[] => [node, ...childrenOf(node).flatMap(nodesOf)];
