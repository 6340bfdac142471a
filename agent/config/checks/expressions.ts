/** Rules and decisions: every expression compiles against the models and tags that its station has. */

import { isCapable } from '../charts.ts';
import type { Path } from '../document.ts';
import { askableFrom } from '../following.ts';
import type { StationConfig } from '../schema.ts';
import { type ExpressionFault, type ExpressionSpec, type PackageSummary, RESERVED_NAMES } from '../targets.ts';
import type { Check } from './check.ts';
import { isNumeric, tagOf } from './tags.ts';

export function checkExpressions(check: Check): void {
  for (const [name, station] of Object.entries(check.config.stations)) {
    const reserved = check.declared(['stations', name, 'models']).filter((model) => RESERVED_NAMES.has(model));
    for (const model of reserved) {
      check.fault(['stations', name, 'models', model], 'has a name that means something else in expressions; take another', 'key');
    }
    const told = checkBounds(check, name, station);
    if (reserved.length > 0 || !check.compile) continue;
    // What a model gives that cannot be read nobody knows: that it is never so would only follow from the fault at the model.
    const isWhole = check.declared(['stations', name, 'models']).every((model) => station.models[model] !== undefined);
    for (const { list, index, start, end, text, isNever = false } of check.compile(specOf(check, name, station))) {
      const isTold = told.has(`${list}[${index}]`) || (isNever && !isWhole);
      if (!isTold) check.faultIn(whenAt(name, list, index), start, end, text);
    }
  }
}

const whenAt = (name: string, list: ExpressionFault['list'], index: number): Path => [
  'stations',
  name,
  ...(list === 'route' ? ['route', 'table'] : [list]),
  index,
  'when',
];

const SHARES = /\b(\w+)\s*\.\s*(score|confidence|threshold|review_low|review_high)\s*(>=|>|==)\s*(\d+(?:\.\d+)?)(?![\w.])/g;
const TAGS = /\btags\s*\.\s*(\w+)\s*(>=|>|<=|<|==)\s*(-?\d+(?:\.\d+)?)(?![\w.])/g;

/**
 * One thing against one number: in `100 * a.score > 62`, `a.score + b.score > 1.5` and `a.score > 2 - b.score` more is compared. What
 * stands around is looked at here: an expression that looks back over spaces takes minutes on many of them.
 */
const alone = (bare: string, pattern: RegExp): readonly RegExpExecArray[] =>
  [...bare.matchAll(pattern)].filter(({ 0: found, index }) => {
    const [before, behind] = [bare.slice(0, index).trimEnd(), bare.slice(index + found.length).trimStart()];
    return ![before.at(-1), behind[0]].some((sign = ' ') => '+-*/%.'.includes(sign));
  });

interface Bound {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A bound that nothing reaches: the rule is never true, and the part that it was written for passes. Returns which are told. */
function checkBounds(check: Check, name: string, { models, rules = [], decisions }: StationConfig): ReadonlySet<string> {
  const told = new Set<string>();
  for (const [list, entries] of Object.entries({ rules, decisions })) {
    for (const [index, { when = '' }] of entries.entries()) {
      // Same length, so that places stay: what stands in quotes is no comparison.
      const bare = when.replace(/'[^']*'|"[^"]*"/g, (quoted) => ' '.repeat(quoted.length));
      for (const { start, end, text } of [...sharesBeyond(bare, models), ...tagsBeyond(bare, check)]) {
        check.faultIn(['stations', name, list, index, 'when'], start, end, text);
        told.add(`${list}[${index}]`);
      }
    }
  }
  return told;
}

function sharesBeyond(bare: string, models: StationConfig['models']): readonly Bound[] {
  return alone(bare, SHARES).flatMap(({ 0: found, 1: model = '', 2: field, 3: operator, 4: bound = '', index: start }) => {
    const most = operator === '>' ? 1 - Number.EPSILON : 1;
    if (!Object.hasOwn(models, model) || Number(bound) <= most) return [];
    const mend = Number(bound) <= 100 && Number(bound) > 1 ? `; write ${hundredth(Number(bound))} for ${bound} %` : '';
    return [{ start, end: start + found.length, text: `${model}.${field} is from 0 to 1, so ${found} is never true${mend}` }];
  });
}

/** 0.333 for 33.3, which divided by 100 is 0.33299999999999996. */
const hundredth = (percent: number): number => Number((percent / 100).toPrecision(12));

function tagsBeyond(bare: string, check: Check): readonly Bound[] {
  return alone(bare, TAGS).flatMap(({ 0: found, 1: tag = '', 2: operator = '', 3: bound = '', index: start }) => {
    const range = rangeOf(check, tag);
    if (!range || isReached(range, operator, Number(bound))) return [];
    const text = `tags.${tag} has the range ${range[0]} to ${range[1]}, so ${found} is never true`;
    return [{ start, end: start + found.length, text }];
  });
}

/** The range of the one tag that goes by this name in expressions; nothing follows from one that is turned round. */
function rangeOf(check: Check, alias: string): readonly [number, number] | undefined {
  const named = check.tagNames.filter((tag) => tag.endsWith(`.${alias}`) || tag.replace('.', '_') === alias);
  const range = named.length === 1 ? tagOf(check.config, named[0] ?? '')?.range : undefined;
  return range && range[0] < range[1] ? [range[0], range[1]] : undefined;
}

function isReached([low, high]: readonly [number, number], operator: string, bound: number): boolean {
  if (operator === '==') return bound >= low && bound <= high;
  if (operator.startsWith('>')) return operator === '>' ? high > bound : high >= bound;
  return operator === '<' ? low < bound : low <= bound;
}

/** The labels that a finding may have; of a reader they are the characters, and its label is the whole text. */
const words = ({ kind, labels }: PackageSummary) => (kind === 'read' ? undefined : labels);

function specOf(check: Check, name: string, { models, recipes, rules, decisions, charts, route }: StationConfig): ExpressionSpec {
  const known = check.declared(['stations', name, 'models']).map((key) => {
    const own = models[key];
    const changes = [own, ...Object.values(recipes ?? {}).map((recipe) => recipe.models[key])];
    const changed = changes.flatMap((change) => [change?.model ?? [], change?.shadow?.model ?? []].flat());
    const packages = own ? changed.map((model) => check.shelf?.packages.get(model)) : [];
    const labels = packages.map((found) => (typeof found === 'object' ? words(found) : undefined));
    const all = labels.length > 0 && labels.every((list) => list !== undefined) ? labels.flat() : undefined;
    return [key, all ? { labels: all } : {}] as const;
  });
  const tags = check.tagNames.map((tag) => [tag, isNumeric(tagOf(check.config, tag)) ? 'number' : 'any'] as const);
  return {
    models: Object.fromEntries(known),
    tags: Object.fromEntries(tags),
    charts: chartScope(check, name, charts),
    askable: askable(check, name),
    rules,
    decisions,
    route: route?.table,
  };
}

/** Of a station that is broken, or whose `part` is, nothing follows for those that ask it. */
function askable(check: Check, name: string): ExpressionSpec['askable'] {
  const known = askableFrom(name, check.config.stations);
  const isTold = (one: string) => check.config.stations[one] === undefined || check.isReplaced(['stations', one, 'part']);
  const models = (one: string) => check.declared(['stations', one, 'models']);
  return Object.fromEntries(
    check.declared(['stations']).map((one) => {
      const why = one !== name && (isTold(one) || isTold(name)) ? undefined : known[one]?.why;
      return [one, { models: models(one), ...(why === undefined ? {} : { why }) }];
    }),
  );
}

/** Of a broken one nothing is known: whoever asks it is told of that alone. */
function chartScope(check: Check, name: string, charts: StationConfig['charts'] = {}): ExpressionSpec['charts'] {
  const at = ['stations', name, 'charts'];
  const isBroken = (key: string) => ['of', 'chart', 'lower', 'upper'].some((part) => check.isReplaced([...at, key, part]));
  const capable = (key: string) => {
    const chart = charts[key];
    return !chart || isBroken(key) || isCapable(chart);
  };
  return Object.fromEntries(check.declared(at).map((key) => [key, { capable: capable(key) }]));
}
