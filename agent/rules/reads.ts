/** What expressions read, and the constants that they compare it with. Pure. */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { Surroundings } from './environment.ts';
import { HISTORY_NAMES } from './facts.ts';
import { nodesOf } from './numbers.ts';

/** A figure of a model's finding: `score`, `boxes`; with a key where it has one: `probabilities`, `crack`. */
export interface FindingRead {
  readonly model: string;
  readonly field: string;
  readonly key: string | null;
}

export interface Reads {
  readonly findings: readonly FindingRead[];
  /** `server.tag`. */
  readonly tags: readonly string[];
  /** `recipe`, `part`, and what is known of earlier parts: `nok_in_a_row`, `rate`. */
  readonly names: readonly string[];
  readonly numbers: readonly number[];
  readonly words: readonly string[];
}

const PAST: ReadonlySet<string> = new Set([...HISTORY_NAMES, 'rate', 'spc', 'cpk']);
const NAMES: ReadonlySet<string> = new Set([...PAST, 'recipe', 'part']);

/** Some of these expressions looks at parts before the one at hand. */
export const readsPast = (expressions: readonly (string | undefined)[]): boolean =>
  expressions.some((text) => text?.match(/\w+/g)?.some((word) => PAST.has(word)) ?? false);

/** Some of them looks at control charts. */
export const readsCharts = (expressions: readonly (string | undefined)[]): boolean =>
  expressions.some((text) => text?.match(/\w+/g)?.some((word) => word === 'spc' || word === 'cpk') ?? false);

/** Some of them asks what another station said of the part. */
export const asksStations = (expressions: readonly (string | undefined)[]): boolean =>
  expressions.some((text) => /\bpart\s*\.\s*(last|seen)\b/.test(text ?? ''));

/** Of expressions that compile. */
export function readsOf(expressions: readonly string[], around: Surroundings): Reads {
  const nodes = expressions.flatMap((text) => nodesOf(around.cel.parse(text).ast));
  const literals = nodes.flatMap((node) => (node.op === 'value' ? [node.args] : []));
  const numbers = literals.flatMap((value) => (typeof value === 'number' || typeof value === 'bigint' ? [Number(value)] : []));
  return {
    findings: unique(
      nodes.flatMap((node) => findingRead(node, around) ?? []),
      ({ model, field, key }) => `${model} ${field} ${key}`,
    ),
    tags: unique(
      nodes.flatMap((node) => tagsRead(node, around)),
      String,
    ),
    names: unique(nodes.flatMap(namesRead), String),
    // Which of them have a minus in front is not looked at: a place that is none is only tried in vain.
    numbers: unique(
      numbers.flatMap((value) => [value, -value]),
      String,
    ),
    words: unique(
      literals.filter((value) => typeof value === 'string'),
      String,
    ),
  };
}

function findingRead(node: ASTNode, { scope }: Surroundings): FindingRead | undefined {
  const path = pathOf(node);
  const [model, field, key = null] = path ?? [];
  if (model === undefined || field === undefined || !Object.hasOwn(scope.models, model)) return undefined;
  return { model, field, key };
}

function tagsRead(node: ASTNode, { aliases }: Surroundings): readonly string[] {
  const [root, alias, ...more] = pathOf(node) ?? [];
  return root === 'tags' && alias !== undefined && more.length === 0 ? (aliases.get(alias) ?? []) : [];
}

function namesRead(node: ASTNode): readonly string[] {
  const name = node.op === 'id' ? node.args : node.op === 'call' ? node.args[0] : '';
  return NAMES.has(name) ? [name] : [];
}

/** `a.b['c']` as a, b, c; undefined for what is no such path. */
function pathOf(node: ASTNode): readonly string[] | undefined {
  if (node.op === 'id') return [node.args];
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [left, right] = node.args;
  const before = pathOf(left);
  const key = typeof right === 'string' ? right : right.op === 'value' ? right.args : undefined;
  return before && typeof key === 'string' ? [...before, key] : undefined;
}

function unique<T>(list: readonly T[], keyOf: (value: T) => string): readonly T[] {
  return [...new Map(list.map((value) => [keyOf(value), value])).values()];
}
