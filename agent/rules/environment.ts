/** The names and types that a station's expressions may use. */
import { Environment } from '@marcbachmann/cel-js';
import { didYouMean } from '../config/suggest.ts';
import type { ExpressionSpec } from '../config/targets.ts';
import { VERDICTS, type Verdict } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import {
  aliasesOf,
  ChartFactsOf,
  contextOf,
  defineChartFacts,
  defineTagFacts,
  type Facts,
  FindingFacts,
  HISTORY_NAMES,
  NO_CHARTS,
  SaidFacts,
  type TagField,
} from './facts.ts';
import { REMEMBERED, rate } from './history.ts';

/** An expression longer than these is a program. The default rule of a station with 30 models fits. */
const LIMITS = { maxAstNodes: 800, maxDepth: 64, maxListElements: 100, maxMapEntries: 20, maxCallArguments: 8 };

export type Scope = Pick<ExpressionSpec, 'models' | 'tags' | 'charts' | 'askable'>;

export interface Surroundings {
  readonly cel: Environment;
  readonly scope: Scope;
  /** `verdict` may be read. */
  readonly decisions: boolean;
  /** By the name in expressions, `server.tag`; several where the short name is not unique. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** Names at the top of expressions. */
  readonly names: readonly string[];
  /** Runs `evaluate` with the facts as context. Evaluation is synchronous, so what rate() looks at is the one history at hand. */
  within<T>(facts: Facts, evaluate: (context: Record<string, unknown>) => T): T;
}

/** For these expressions; a plant has thousands of tags, and only those that some expression could mean become fields. */
export function surroundings(scope: Scope, decisions: boolean, expressions: readonly (string | undefined)[]): Surroundings {
  const models = Object.keys(scope.models);
  const aliases = aliasesOf(Object.keys(scope.tags));
  const words = new Set(expressions.join(' ').match(/\w+/g));
  const fields = tagFields(scope, aliases, words);
  const Tags = defineTagFacts(fields);
  const charts = Object.keys(scope.charts ?? {});
  const Charts = defineChartFacts(charts);
  let at: Facts | undefined;
  const cel = new Environment({ limits: LIMITS, homogeneousAggregateLiterals: false })
    .registerType('Finding', { ctor: FindingFacts, fields: FindingFacts.fields })
    .registerType('Tags', { ctor: Tags, fields: Object.fromEntries(fields.map(({ alias, type }) => [alias, type])) })
    .registerType('Chart', { ctor: ChartFactsOf, fields: ChartFactsOf.fields })
    .registerType('Charts', { ctor: Charts, fields: Object.fromEntries(charts.map((chart) => [chart, 'Chart'])) });
  registerArithmetic(cel);
  cel
    .registerType('Said', { ctor: SaidFacts, fields: SaidFacts.fields })
    .registerFunction('Said.score(string): double', (said: SaidFacts, model: string) => said.score(model))
    .registerFunction('string.last(string): Said', (_: string, station: string) => saidOf(at, station))
    .registerFunction('string.seen(string): bool', (_: string, station: string) => saidOf(at, station).isKnown);
  const share = (verdict: string, parts: number | bigint) => rateOf(at, verdict, Number(parts));
  cel.registerFunction('rate(string, double): double', share).registerFunction('rate(string, int): double', share);
  const cpk = (chart: string, parts: number | bigint) => cpkOf(at, scope, chart, Number(parts));
  cel.registerFunction('cpk(string, double): double', cpk).registerFunction('cpk(string, int): double', cpk);
  const types: readonly (readonly [string, string])[] = [
    ...models.map((model) => [model, 'Finding'] as const),
    ...HISTORY_NAMES.map((name) => [name, 'double'] as const),
    ...([
      ['tags', 'Tags'],
      ['spc', 'Charts'],
      ['recipe', 'string'],
      ['part', 'string'],
    ] as const),
    ...(decisions ? ([['verdict', 'string']] as const) : []),
  ];
  for (const [name, type] of types) cel.registerVariable(name, type);
  const within: Surroundings['within'] = (facts, evaluate) => {
    at = facts;
    return evaluate(contextOf(facts, models, { Tags, Charts }));
  };
  return {
    cel,
    scope,
    decisions,
    aliases,
    names: types.map(([name]) => name).filter((name) => name !== 'spc' || charts.length > 0),
    within,
  };
}

function tagFields({ tags }: Scope, aliases: ReadonlyMap<string, readonly string[]>, words: ReadonlySet<string>): readonly TagField[] {
  return [...words].flatMap((alias) => {
    const [tag, ...others] = aliases.get(alias) ?? [];
    if (tag === undefined || others.length > 0) return [];
    return [{ alias, tag, type: tags[tag] === 'number' ? 'double' : 'dyn' } as const];
  });
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/** size() and int() still give integers: with a double they make a double, as anywhere but in CEL. */
function registerArithmetic(cel: Environment): void {
  for (const [operator, apply] of Object.entries(ARITHMETIC)) {
    const mixed = (a: number | bigint, b: number | bigint) => apply(Number(a), Number(b));
    cel.registerOperator(`int ${operator} double`, mixed).registerOperator(`double ${operator} int`, mixed);
  }
  cel.registerOperator('double % double', (a: number, b: number) => a % b);
  cel.registerOperator('int == double', (a: bigint, b: number) => Number(a) === b);
}

export const isVerdict = (text: string): text is Verdict => (VERDICTS as readonly string[]).includes(text);

/** Why these arguments of rate() are none, or undefined. */
export function rateFault(verdict: unknown, parts: unknown): string | undefined {
  if (typeof verdict === 'string' && !isVerdict(verdict)) return `rate() counts 'ok', 'nok' or 'review', not '${verdict}'`;
  const whole = parts === undefined || (Number.isInteger(Number(parts)) && Number(parts) >= 1 && Number(parts) <= REMEMBERED);
  return whole ? undefined : `rate() looks back 1 to ${REMEMBERED} parts, not ${String(parts)}`;
}

function rateOf(facts: Facts | undefined, verdict: string, parts: number): number {
  const why = rateFault(verdict, parts);
  if (why !== undefined || !facts) throw new LinesideError('RULE_FAILED', { rule: '', why: why ?? 'there is no history' });
  return rate(facts.history, verdict as Verdict, parts);
}

/** Whoever judges a part again later does not know what was said of it until then. */
function saidOf(facts: Facts | undefined, station: string): SaidFacts {
  if (!facts?.past)
    throw new LinesideError('RULE_FAILED', { rule: '', why: 'what other stations had said of this part is not known any more' });
  return new SaidFacts(station, facts.past.last(station), facts.past.now);
}

/** Why this station cannot be asked of a part, or undefined. */
export function askFault({ askable = {} }: Scope, station: unknown): string | undefined {
  if (typeof station !== 'string') return "the station is named as it stands: part.last('press')";
  const found = askable[station];
  if (found) return found.why;
  const others = Object.keys(askable).filter((name) => askable[name]?.why === undefined);
  return `there is no station ${station}${didYouMean(station, others, 'the stations that can be asked are')}`;
}

/** As few values say nothing of a spread; further back nobody remembers. */
const FEWEST = 25;
const FURTHEST = 1000;

/** Why these arguments of cpk() are none, or undefined. */
export function cpkFault({ charts = {} }: Scope, chart: unknown, parts: unknown): string | undefined {
  const named = typeof chart === 'string' ? charts[chart] : undefined;
  if (typeof chart === 'string' && !named) return `there is no chart ${chart}${didYouMean(chart, Object.keys(charts), 'the charts are')}`;
  if (named && !named.capable) return `the chart ${String(chart)} has no lower or upper, so that nothing is known of its capability`;
  const whole = parts === undefined || (Number.isInteger(Number(parts)) && Number(parts) >= FEWEST && Number(parts) <= FURTHEST);
  return whole ? undefined : `cpk() looks back ${FEWEST} to ${FURTHEST} parts, not ${String(parts)}`;
}

function cpkOf(facts: Facts | undefined, scope: Scope, chart: string, parts: number): number {
  const why = cpkFault(scope, chart, parts);
  if (why !== undefined || !facts?.charts) throw new LinesideError('RULE_FAILED', { rule: '', why: why ?? NO_CHARTS });
  return facts.charts.cpk(chart, parts);
}
