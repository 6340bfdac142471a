/** Control charts of a station: what is charted, how, and what is asked of it. */
import { type StaticDecode, Type } from 'typebox';
import type { ChartKindName } from '../contracts/charts.ts';
import { VERDICTS, type Verdict } from '../contracts/verdicts.ts';
import { closed, name } from './pieces.ts';

const KINDS = ['individuals', 'xbar_r', 'xbar_s', 'ewma', 'cusum', 'p', 'np', 'c', 'u', 't2'] as const satisfies readonly ChartKindName[];

const NELSON = ['nelson_1', 'nelson_2', 'nelson_3', 'nelson_4', 'nelson_5', 'nelson_6', 'nelson_7', 'nelson_8'] as const;
const WESTERN_ELECTRIC = ['western_electric_1', 'western_electric_2', 'western_electric_3', 'western_electric_4'] as const;
const RULE_NAMES = [...NELSON, ...WESTERN_ELECTRIC, 'nelson', 'western_electric'] as const;
/** Patterns by name. */
export const PATTERNS: readonly string[] = [...NELSON, ...WESTERN_ELECTRIC];
type RuleName = (typeof RULE_NAMES)[number];
export type PatternName = (typeof NELSON)[number] | (typeof WESTERN_ELECTRIC)[number];

const literals = <T extends string>(of: readonly T[]) => of.map((one) => Type.Literal(one));
const Of = Type.String({ minLength: 1, maxLength: 200 });

export const ChartSchema = Type.Object(
  {
    of: Type.Union([Of, Type.Array(Of, { minItems: 2, maxItems: 8 })], {
      description:
        'What is charted: a score or another figure of a finding (`surface.score`; also confidence, boxes, reading, probabilities.<label>, and x, y, width, height, area of the surest detection, in pixels), a tag at the trigger (`tags.width` as in rules, or plc.width), `latency.verdict` (also align, prepare, infer, rules, answer; ms), or a verdict whose parts are counted (`nok`, `review`). Several in a list are charted together by T².',
    }),
    reason: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Of a verdict: only parts with this reason are counted, as the rule names it, or the code of a fault.',
      }),
    ),
    chart: Type.Optional(
      Type.Union(literals(KINDS), {
        description: 'Kind of chart. Default: p for a verdict, t2 for a list, xbar_r where there is a subgroup, else individuals.',
      }),
    ),
    subgroup: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 25,
        description: 'Parts in a row that make one point of measured values. Default: 5 for xbar_r and xbar_s, else 1.',
      }),
    ),
    sample: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100_000, description: 'Parts in a row that make one point of counts. Default: 50.' }),
    ),
    learn: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 1000,
        description:
          'Points of the first phase, which the limits are learned from. Default: 100 of single parts, 25 of subgroups and samples.',
      }),
    ),
    close: Type.Union([Type.Literal('by_hand'), Type.Literal('when_learned')], {
      default: 'by_hand',
      description:
        'Who closes the first phase: somebody who has looked at it, on the page or by the command `chart`; or nobody, as soon as it has its points. Limits hold from then on.',
    }),
    rules: Type.Array(Type.Union(literals(RULE_NAMES)), {
      default: [],
      description:
        'Patterns that count as out of control beside a point beyond the limits; `nelson` and `western_electric` stand for all of theirs. Each one gives false alarms of its own.',
    }),
    lower: Type.Optional(Type.Number({ description: 'Lower limit of what is asked of the parts, for capability.' })),
    upper: Type.Optional(Type.Number({ description: 'Upper limit of what is asked of the parts.' })),
    target: Type.Optional(Type.Number({ description: 'What would be best.' })),
    lambda: Type.Optional(Type.Number({ minimum: 0.01, maximum: 1, description: 'Of ewma: weight of the newest point. Default: 0.2.' })),
    width: Type.Optional(
      Type.Number({ minimum: 1, maximum: 6, description: 'Of ewma: standard errors between center and limit. Default: 3.' }),
    ),
    h: Type.Optional(Type.Number({ minimum: 1, maximum: 20, description: 'Of cusum: limit of the sums, in standard errors. Default: 5.' })),
    shift: Type.Optional(
      Type.Number({ minimum: 0.1, maximum: 5, description: 'Of cusum: shift that is to be found fast, in standard errors. Default: 1.' }),
    ),
    alpha: Type.Optional(Type.Number({ minimum: 1e-6, maximum: 0.1, description: 'Of t2: share of false alarms. Default: 0.0027.' })),
  },
  { ...closed, description: 'One control chart, kept for each recipe by itself.' },
);
export type ChartConfig = StaticDecode<typeof ChartSchema>;

/** Names of charts are names in expressions: `spc.surface.out`. */
export const chartsOf = () =>
  Type.Optional(
    Type.Record(Type.String({ pattern: name }), ChartSchema, {
      description:
        'Control charts by the name that rules use: `spc.width.out`. A fault of the process is an alarm before it is one of the part.',
    }),
  );

/** One number of a part. */
export type Series =
  | { readonly kind: 'figure'; readonly model: string; readonly figure: Figure }
  | { readonly kind: 'probability'; readonly model: string; readonly label: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'latency'; readonly stage: Stage }
  | { readonly kind: 'verdict'; readonly verdict: Verdict };

/** `boxes`: how many. x and y: of the middle. */
export const FIGURES = ['score', 'confidence', 'boxes', 'reading', 'x', 'y', 'width', 'height', 'area'] as const;
export type Figure = (typeof FIGURES)[number];
export const STAGES = ['verdict', 'align', 'prepare', 'infer', 'rules', 'answer'] as const;
export type Stage = (typeof STAGES)[number];

const isOneOf = <T extends string>(list: readonly T[], word: string): word is T => (list as readonly string[]).includes(word);

/** What cannot be meant, and what could: for "did you mean". */
export interface NoSeries {
  readonly why: string;
  readonly word: string;
  readonly candidates: readonly string[];
  readonly otherwise: string;
}

export interface Around {
  readonly models: readonly string[];
  /** `server.tag`. */
  readonly tags: readonly string[];
  /** Of a model; undefined where they are not known. */
  readonly labels?: ((model: string) => readonly string[] | undefined) | undefined;
}

export function seriesOf(text: string, around: Around): Series | NoSeries {
  const [first = '', second = '', ...rest] = text.split('.');
  if (second === '') {
    if (isOneOf(VERDICTS, text)) return { kind: 'verdict', verdict: text };
    return { why: `${text} is nothing that can be charted`, word: text, candidates: everything(around), otherwise: 'there are' };
  }
  if (around.models.includes(first)) return figureOf(first, second, rest.join('.'), around);
  if (first === 'latency') {
    if (rest.length === 0 && isOneOf(STAGES, second)) return { kind: 'latency', stage: second };
    return { why: `latency has no ${second}`, word: second, candidates: STAGES, otherwise: 'it has' };
  }
  return tagOf(text, around);
}

const everything = ({ models, tags }: Around): readonly string[] => [...VERDICTS, ...models.map((model) => `${model}.score`), ...tags];

function figureOf(model: string, figure: string, label: string, { labels }: Around): Series | NoSeries {
  if (figure === 'probabilities') {
    const known = labels?.(model);
    if (label !== '' && (known === undefined || known.includes(label))) return { kind: 'probability', model, label };
    return { why: `${model} has no label ${label}`, word: label, candidates: known ?? [], otherwise: 'its labels are' };
  }
  if (label === '' && isOneOf(FIGURES, figure)) return { kind: 'figure', model, figure };
  return {
    why: `${model} has no ${figure} that can be charted`,
    word: figure,
    candidates: [...FIGURES, 'probabilities'],
    otherwise: 'it has',
  };
}

/** `tags.width`, where one server has it, as in rules; else plc.width. */
function tagOf(text: string, { tags, models }: Around): Series | NoSeries {
  const alias = text.startsWith('tags.') ? text.slice('tags.'.length) : undefined;
  const found = tags.filter((tag) => (alias === undefined ? tag === text : tag.endsWith(`.${alias}`) || tag.replace('.', '_') === alias));
  const [tag] = found;
  if (tag !== undefined && found.length === 1) return { kind: 'tag', tag };
  if (found.length > 1) return { why: `several servers have a tag ${alias}`, word: '', candidates: found, otherwise: 'name one of' };
  const shown = alias === undefined ? tags : tags.map((one) => `tags.${one.slice(one.indexOf('.') + 1)}`);
  const candidates = [...shown, ...models.map((model) => `${model}.score`)];
  return { why: `there is no ${text}`, word: text, candidates, otherwise: 'there are' };
}

export const isSeries = (found: Series | NoSeries): found is Series => 'kind' in found;

/** A chart with what the config leaves open. */
export interface ChartPlan {
  readonly of: readonly string[];
  readonly reason?: string | undefined;
  readonly chart: ChartKindName;
  /** Parts a point. */
  readonly size: number;
  /** Points of the first phase. */
  readonly learn: number;
  readonly closesItself: boolean;
  readonly rules: readonly PatternName[];
  readonly tolerance?: { readonly lower?: number | undefined; readonly upper?: number | undefined; readonly target?: number | undefined };
  readonly lambda?: number | undefined;
  readonly width?: number | undefined;
  readonly h?: number | undefined;
  readonly shift?: number | undefined;
  readonly alpha?: number | undefined;
}

export const COUNTS: ReadonlySet<ChartKindName> = new Set<ChartKindName>(['p', 'np', 'c', 'u']);
export const MEASURED: ReadonlySet<ChartKindName> = new Set<ChartKindName>(['individuals', 'xbar_r', 'xbar_s', 'ewma', 'cusum']);
/** Of which patterns are asked; the points of the others hang together, or are distances. */
export const PATTERNED: ReadonlySet<ChartKindName> = new Set<ChartKindName>(['individuals', 'xbar_r', 'xbar_s', 'p', 'np', 'c', 'u']);

export function planOf(config: ChartConfig): ChartPlan {
  const { close, rules, lower, upper, target, lambda, width, h, shift, alpha, reason } = config;
  const of = typeof config.of === 'string' ? [config.of] : config.of;
  const chart = config.chart ?? kindOf(config);
  const size = sizeOf(chart, config);
  return {
    of,
    reason,
    chart,
    size,
    learn: config.learn ?? (size === 1 ? 100 : 25),
    closesItself: close === 'when_learned',
    rules: [...new Set(rules.flatMap(patternsOf))],
    ...(lower === undefined && upper === undefined ? {} : { tolerance: { lower, upper, target } }),
    lambda,
    width,
    h,
    shift,
    alpha,
  };
}

function kindOf({ of, subgroup = 1 }: ChartConfig): ChartKindName {
  if (typeof of !== 'string') return 't2';
  if (isOneOf(VERDICTS, of)) return 'p';
  return subgroup > 1 ? 'xbar_r' : 'individuals';
}

function sizeOf(chart: ChartKindName, { subgroup, sample }: ChartConfig): number {
  if (COUNTS.has(chart)) return sample ?? 50;
  return subgroup ?? (chart === 'xbar_r' || chart === 'xbar_s' ? 5 : 1);
}

function patternsOf(rule: RuleName): readonly PatternName[] {
  if (rule === 'nelson') return NELSON;
  return rule === 'western_electric' ? WESTERN_ELECTRIC : [rule];
}

/** Tags that have to be on the record of every part, as `server.tag`. */
export function chartedTags(charts: Readonly<Record<string, ChartConfig>> | undefined, around: Around): readonly string[] {
  const found = Object.values(charts ?? {}).flatMap((chart) => planOf(chart).of.map((text) => seriesOf(text, around)));
  return found.flatMap((series) => (isSeries(series) && series.kind === 'tag' ? [series.tag] : []));
}

/** It is measured, and something is asked of it: cpk() knows of it. */
export function isCapable(config: ChartConfig): boolean {
  const { chart, tolerance } = planOf(config);
  return MEASURED.has(chart) && tolerance !== undefined;
}
