/** What expressions see of a part: findings, tags and history as objects that refuse to answer with what is not known. */
import {
  BAD_NO_COMMUNICATION,
  type ChartFacts,
  type Finding,
  isBad,
  type PartPast,
  type RuleInput,
  type Said,
  type TagReading,
  type TagScalar,
  VERDICTS,
  type Verdict,
} from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { type History, inARow } from './history.ts';

/** Everything an expression may read. `verdict` is known to decisions only. */
export interface Facts extends RuleInput {
  readonly history: History;
  readonly verdict?: Verdict;
  /** What the control charts say with this part; absent where a part is judged again later. */
  readonly charts?: ChartFacts | undefined;
  /** What other stations said of the part before; absent where a part is judged again later. */
  readonly past?: PartPast | undefined;
  /** The tags as a reason may tell them, people taken out; absent where they may be told as they are. */
  readonly told?: ((tags: RuleInput['tags']) => RuleInput['tags']) | undefined;
}

/** Longer arrays would make the time of an evaluation depend on the PLC. */
const LONGEST_ARRAY = 1000;

/** The reason why an expression has no value; holds() adds which rule it was. */
const unknown = (why: string, model?: string) => new LinesideError('RULE_FAILED', { rule: '', why, model });

/** `surface.score` and so on. */
export class FindingFacts {
  static readonly fields = {
    score: 'double',
    threshold: 'double',
    margin: 'double',
    review_low: 'double',
    review_high: 'double',
    label: 'string',
    boxes: 'double',
    probabilities: 'map<string, double>',
    contributions: 'map<string, double>',
    text: 'string',
    confidence: 'double',
  } as const;
  private readonly model: string;
  private readonly finding: Finding | undefined;

  constructor(model: string, finding: Finding | undefined) {
    this.model = model;
    this.finding = finding;
  }

  private get found(): Finding {
    if (!this.finding) throw unknown(`model ${this.model} found nothing`, this.model);
    return this.finding;
  }
  get score() {
    return known(this.found.score, `${this.model}.score`);
  }
  get threshold() {
    return this.found.threshold;
  }
  get margin() {
    return known(this.found.margin, `${this.model}.margin`);
  }
  /** Without a review band both ends are the threshold: the band is empty. */
  get review_low() {
    return this.found.review?.[0] ?? this.found.threshold;
  }
  get review_high() {
    return this.found.review?.[1] ?? this.found.threshold;
  }
  get label() {
    return this.found.label ?? '';
  }
  get boxes() {
    return this.found.boxes?.length ?? 0;
  }
  get probabilities() {
    return this.found.probabilities ?? {};
  }
  get contributions() {
    return this.found.contributions ?? {};
  }
  get text() {
    return this.reading.text;
  }
  get confidence() {
    return this.reading.confidence;
  }
  private get reading() {
    if (!this.found.reading) throw unknown(`model ${this.model} reads no text`, this.model);
    return this.found.reading;
  }
}

function known(value: number, name: string): number {
  if (Number.isNaN(value)) throw unknown(`${name} is not a number`);
  return value;
}

/** Names under which expressions know the tags: `die_temp` where one server has it, `plc_die_temp` always. */
export function aliasesOf(tags: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const aliases = new Map<string, string[]>();
  // A property of that name is how cel-js tells what kind of object it holds.
  const taken = (alias: string) => alias === 'constructor';
  const add = (alias: string, tag: string) => taken(alias) || aliases.set(alias, [...new Set([...(aliases.get(alias) ?? []), tag])]);
  for (const tag of tags) {
    add(tag.slice(tag.indexOf('.') + 1), tag);
    add(tag.replace('.', '_'), tag);
  }
  return aliases;
}

/** A symbol, since a tag may have any name. */
const READINGS = Symbol('readings');

export type TagFactsClass = new (readings: Readonly<Record<string, TagReading>>) => object;

/** A tag as expressions may read it: under an alias that is no other's. */
export interface TagField {
  readonly alias: string;
  readonly tag: string;
  readonly type: 'double' | 'dyn';
}

/** A class with a getter for each field: asking for a tag that is bad throws, not asking does not. */
export function defineTagFacts(fields: readonly TagField[]): TagFactsClass {
  class TagFacts {
    readonly [READINGS]: Readonly<Record<string, TagReading>>;
    constructor(readings: Readonly<Record<string, TagReading>>) {
      this[READINGS] = readings;
    }
  }
  for (const { alias, tag, type } of fields) {
    Object.defineProperty(TagFacts.prototype, alias, {
      get(this: TagFacts) {
        return readTag(tag, this[READINGS][tag], type);
      },
    });
  }
  return TagFacts;
}

function readTag(tag: string, reading: TagReading | undefined, type: TagField['type']): TagScalar | readonly TagScalar[] {
  if (!reading || reading.value === null) throw unknown(`tag ${tag} has no value yet`);
  if (reading.status === BAD_NO_COMMUNICATION)
    throw unknown(`nothing is heard of tag ${tag}: its server, or the device behind it, is away`);
  if (isBad(reading.status)) throw unknown(`tag ${tag} has status 0x${(reading.status >>> 0).toString(16).padStart(8, '0')}`);
  const { value } = reading;
  if (typeof value === 'number') return known(value, `tag ${tag}`);
  if (Array.isArray(value) && value.length > LONGEST_ARRAY)
    throw unknown(`tag ${tag} has ${value.length} elements, of ${LONGEST_ARRAY} allowed`);
  if (type === 'dyn') return value as TagScalar | readonly TagScalar[];
  // An Int64 beyond 2^53 comes as text; as a number it is near enough to compare.
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (Number.isNaN(number)) throw unknown(`tag ${tag} is ${typed(value)}, not a number`);
  return number;
}

/** Without what a text says: the sentence goes where the names of people in it must not. */
function typed(value: TagScalar | readonly TagScalar[]): string {
  if (typeof value === 'string') return 'a text';
  return Array.isArray(value) ? 'a list' : String(value);
}

/** `spc.surface` */
export class ChartFactsOf {
  static readonly fields = { out: 'bool', rule: 'string', phase: 'string' } as const;
  private readonly chart: string;
  private readonly charts: ChartFacts | undefined;

  constructor(chart: string, charts: ChartFacts | undefined) {
    this.chart = chart;
    this.charts = charts;
  }

  private get fact() {
    const fact = this.charts?.facts[this.chart];
    if (!fact) throw unknown(NO_CHARTS);
    return fact;
  }
  get out() {
    return this.fact.out;
  }
  get rule() {
    return this.fact.rule;
  }
  get phase() {
    return this.fact.phase;
  }
}

export const NO_CHARTS = 'what the control charts said of this part is not known any more';

/**
 * `part.last('press')`. Where nothing is known of the part its texts are empty and its list has nothing in it, so that a rule can say what follows from that; a
 * number that nobody knows is none, and a rule that asks it fails unless `part.seen('press') &&` stands before it.
 */
export class SaidFacts {
  static readonly fields = {
    verdict: 'string',
    reason: 'string',
    reasons: 'list<string>',
    recipe: 'string',
    age: 'double',
    passes: 'double',
  } as const;
  private readonly station: string;
  private readonly said: Said | null;
  private readonly now: number;

  constructor(station: string, said: Said | null, now: number) {
    this.station = station;
    this.said = said;
    this.now = now;
  }

  get isKnown() {
    return this.said !== null;
  }
  get verdict() {
    return this.said?.verdict ?? '';
  }
  get reason() {
    return this.said?.reasons[0] ?? '';
  }
  get reasons() {
    return [...(this.said?.reasons ?? [])];
  }
  get recipe() {
    return this.said?.recipe ?? '';
  }
  /** Seconds, from 0. */
  get age() {
    return Math.max(0, this.now - this.known('age').at) / 1000;
  }
  get passes() {
    return this.said?.passes ?? 0;
  }
  score(model: string) {
    const score = this.known(`score('${model}')`).scores[model];
    if (score === undefined || Number.isNaN(score)) throw unknown(`model ${model} of station ${this.station} found nothing on this part`);
    return score;
  }
  private known(field: string): Said {
    if (!this.said) throw unknown(`part.last('${this.station}').${field} is asked, and nothing is known of this part from there`);
    return this.said;
  }
}

/** A symbol, since a chart may have any name. */
const CHARTS = Symbol('charts');

export type ChartsClass = new (charts: ChartFacts | undefined) => object;

/** A class with a getter for each chart. */
export function defineChartFacts(names: readonly string[]): ChartsClass {
  class Charts {
    readonly [CHARTS]: ChartFacts | undefined;
    constructor(charts: ChartFacts | undefined) {
      this[CHARTS] = charts;
    }
  }
  for (const name of names)
    Object.defineProperty(Charts.prototype, name, {
      get(this: Charts) {
        return new ChartFactsOf(name, this[CHARTS]);
      },
    });
  return Charts;
}

/** Numbers about the station's past, as CEL doubles. */
export const HISTORY_NAMES = ['ok_in_a_row', 'nok_in_a_row', 'review_in_a_row', 'since_changeover'] as const;

export function contextOf(
  facts: Facts,
  models: readonly string[],
  { Tags, Charts }: { readonly Tags: TagFactsClass; readonly Charts: ChartsClass },
): Record<string, unknown> {
  return {
    ...Object.fromEntries(models.map((model) => [model, new FindingFacts(model, facts.findings[model])])),
    ...Object.fromEntries(VERDICTS.map((verdict) => [`${verdict}_in_a_row`, inARow(facts.history, verdict)])),
    tags: new Tags(facts.tags),
    spc: new Charts(facts.charts),
    recipe: facts.recipe,
    part: facts.part ?? '',
    since_changeover: facts.history.sinceChangeover,
    ...(facts.verdict === undefined ? {} : { verdict: facts.verdict }),
  };
}
