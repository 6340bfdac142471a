/** What type checking does not see: work without bounds, and literals that can never be met. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { PATTERNS } from '../config/charts.ts';
import { askedIn, scoredIn } from '../config/following.ts';
import { didYouMean } from '../config/suggest.ts';
import { type ChartPhase, VERDICTS } from '../contracts/index.ts';
import { askFault, cpkFault, rateFault, type Surroundings } from './environment.ts';
import { childrenOf, nodesOf } from './numbers.ts';
import type { Problem } from './problems.ts';

const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** The first problem of a type-checked expression, with positions of the text as written. */
export function inspect(ast: ASTNode, around: Surroundings, text: string): Problem | undefined {
  return inNodes(ast, around) ?? unheard(ast, text);
}

function inNodes(ast: ASTNode, around: Surroundings): Problem | undefined {
  for (const node of nodesOf(ast)) {
    const text =
      unbounded(node) ??
      badRate(node) ??
      badCpk(node, around) ??
      badAsking(node, around) ??
      namelessTag(node) ??
      unknownLabel(node, around) ??
      impossible(node, around);
    if (text !== undefined) return { start: node.start, end: node.end, text };
  }
  return undefined;
}

const isLoop = (node: ASTNode) => node.op === 'rcall' && LOOPS.has(node.args[0]);

function unbounded(node: ASTNode): string | undefined {
  if (isLoop(node) && childrenOf(node).flatMap(nodesOf).some(isLoop))
    return 'a loop inside a loop could take longer than a part has; use one';
  // A regular expression can take minutes on the wrong text.
  if (node.op === 'rcall' && node.args[0] === 'matches')
    return 'matches() has no bound on its time; use contains(), startsWith() or endsWith()';
  return undefined;
}

function badRate(node: ASTNode): string | undefined {
  if (node.op !== 'call' || node.args[0] !== 'rate') return undefined;
  const [verdict, parts] = node.args[1];
  return rateFault(literalOf(verdict), literalOf(parts));
}

function badCpk(node: ASTNode, { scope }: Surroundings): string | undefined {
  if (node.op !== 'call' || node.args[0] !== 'cpk') return undefined;
  const [chart, parts] = node.args[1];
  if (typeof literalOf(chart) !== 'string') return "the chart is named as it stands: cpk('width', 200)";
  return cpkFault(scope, literalOf(chart), literalOf(parts));
}

const ASKING = new Set(['last', 'seen']);

/** `part.last('press')`, and the score of a model that it has. */
function badAsking(node: ASTNode, { scope }: Surroundings): string | undefined {
  if (node.op !== 'rcall') return undefined;
  const [name, of, [argument]] = node.args;
  if (ASKING.has(name)) {
    const isPart = of.op === 'id' && of.args === 'part';
    return isPart ? askFault(scope, literalOf(argument)) : `${name}() is asked of the part at hand: part.${name}('press')`;
  }
  if (name !== 'score') return undefined;
  if (!isAsking(of, 'last')) return "score() is asked of what a station said: part.last('press').score('surface')";
  const station = of.op === 'rcall' ? literalOf(of.args[2][0]) : undefined;
  const models = typeof station === 'string' ? scope.askable?.[station]?.models : undefined;
  const model = literalOf(argument);
  if (typeof model !== 'string') return `the model is named as it stands: part.last('${String(station ?? 'press')}').score('surface')`;
  return !models || models.includes(model)
    ? undefined
    : `station ${String(station)} has no model ${model}${didYouMean(model, models, 'its models are')}`;
}

const isAsking = (node: ASTNode, name: string): boolean =>
  node.op === 'rcall' && node.args[0] === name && node.args[1].op === 'id' && node.args[1].args === 'part';

/** Which stations are remembered is read in the text as it stands: what is written in another way nobody would remember. */
function unheard(ast: ASTNode, text: string): Problem | undefined {
  const [asked, scored] = [askedIn([text]), scoredIn([text])];
  for (const node of nodesOf(ast)) {
    if (node.op !== 'rcall') continue;
    const [name, of] = node.args;
    const [call, heard] = name === 'score' ? [of, scored] : [node, asked];
    if (call.op !== 'rcall' || !ASKING.has(call.args[0])) continue;
    const station = String(literalOf(call.args[2][0]));
    if (!heard.includes(station))
      return {
        start: node.start,
        end: node.end,
        text: `write it as it stands here: part.${call.args[0]}('${station}')${name === 'score' ? '.score(…)' : ''}`,
      };
  }
  return undefined;
}

const literalOf = (node: ASTNode | undefined) => (node?.op === 'value' ? node.args : undefined);

function namelessTag(node: ASTNode): string | undefined {
  if (node.op !== '[]' || node.args[0].op !== 'id' || node.args[0].args !== 'tags') return undefined;
  return typeof literalOf(node.args[1]) === 'string' ? undefined : "a tag is named as it stands: tags.die_temp or tags['die_temp']";
}

/** `surface.probabilities.crak`. */
function unknownLabel(node: ASTNode, { scope }: Surroundings): string | undefined {
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [of, key] = node.args;
  if (of.op !== '.' || of.args[1] !== 'probabilities' || of.args[0].op !== 'id') return undefined;
  const labels = scope.models[of.args[0].args]?.labels ?? [];
  const label = typeof key === 'string' ? key : literalOf(key);
  if (labels.length === 0 || typeof label !== 'string' || labels.includes(label)) return undefined;
  return `${of.args[0].args} has no label ${label}${didYouMean(label, labels, 'its labels are')}`;
}

/** `surface.label == 'crak'`: a label or a verdict that nobody ever gives. */
function impossible(node: ASTNode, around: Surroundings): string | undefined {
  if (node.op !== '==' && node.op !== '!=' && node.op !== 'in') return undefined;
  const [left, right] = node.args;
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const known = wordsOf(side, around);
    if (!known) continue;
    const literals = (other.op === 'list' ? other.args : [other]).map(literalOf).filter((value) => typeof value === 'string');
    const odd = literals.find((literal) => !known.words.includes(literal));
    if (odd !== undefined)
      return `${known.name} is never '${odd}'${didYouMean(
        odd,
        known.words.filter((word) => word !== ''),
        'it is one of',
      )}`;
  }
  return undefined;
}

function wordsOf(node: ASTNode, { scope, decisions }: Surroundings): { name: string; words: readonly string[] } | undefined {
  if (node.op === 'id' && node.args === 'verdict' && decisions) return { name: 'verdict', words: VERDICTS };
  if (isSaid(node)) return { name: `${saidText(node)}.verdict`, words: ['', ...VERDICTS] };
  const ofChart = chartWords(node);
  if (ofChart) return ofChart;
  if (node.op !== '.' || node.args[1] !== 'label' || node.args[0].op !== 'id') return undefined;
  const model = node.args[0].args;
  const labels = scope.models[model]?.labels;
  return labels && labels.length > 0 ? { name: `${model}.label`, words: labels } : undefined;
}

/** `part.last('press').verdict` */
const isSaid = (node: ASTNode): boolean =>
  node.op === '.' && node.args[1] === 'verdict' && node.args[0].op === 'rcall' && node.args[0].args[0] === 'last';
const saidText = (node: ASTNode): string => {
  const call = node.op === '.' ? node.args[0] : node;
  return call.op === 'rcall' ? `part.last('${String(literalOf(call.args[2][0]) ?? '')}')` : 'part.last()';
};

const PHASES: readonly ChartPhase[] = ['learning', 'proposed', 'watching'];

/** `spc.width.phase`, and `spc.width.rule`, which is '' where nothing is wrong. */
function chartWords(node: ASTNode): { name: string; words: readonly string[] } | undefined {
  if (node.op !== '.' || node.args[0].op !== '.' || node.args[0].args[0].op !== 'id' || node.args[0].args[0].args !== 'spc')
    return undefined;
  const name = `spc.${node.args[0].args[1]}.${node.args[1]}`;
  if (node.args[1] === 'phase') return { name, words: PHASES };
  return node.args[1] === 'rule' ? { name, words: ['', 'limits', 'spread', ...PATTERNS] } : undefined;
}
