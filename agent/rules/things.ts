/** What could have been otherwise on a part, one thing at a time: each score, each figure and tag that a rule reads. Pure. */
import type { Finding, RecordedRules, RuleInput, TagScalar } from '../contracts/index.ts';
import { isBad } from '../contracts/index.ts';
import type { FindingRead, Reads } from './reads.ts';

export interface NumberThing {
  readonly kind: 'score' | 'number';
  readonly name: string;
  readonly value: number;
  /** Where it is looked for. */
  readonly range: readonly [number, number];
  /** A count. */
  readonly whole: boolean;
  /** Where a rule may change its mind. */
  readonly places: readonly number[];
  with(value: number): RuleInput;
}
export interface WordThing {
  readonly kind: 'word';
  readonly name: string;
  readonly value: TagScalar;
  readonly others: readonly TagScalar[];
  with(value: TagScalar): RuleInput;
}
export interface Things {
  readonly numbers: readonly NumberThing[];
  readonly words: readonly WordThing[];
  /** That the rules read and nobody can change here. */
  readonly untried: readonly string[];
}

/** Other constants are tried too, the nearest this many: a station with thirty models has hundreds. */
const MOST_PLACES = 12;
const MOST_WORDS = 100;

export function thingsOf(input: RuleInput, reads: Reads, { models, ranges }: Pick<RecordedRules, 'models' | 'ranges'>): Things {
  const findings = Object.values(input.findings).filter(({ model }) => Object.hasOwn(models, model));
  const constants = [...reads.numbers, ...findings.flatMap(({ score, threshold, review }) => [score, threshold, ...(review ?? [])])];
  const tagNumbers = reads.tags.flatMap((tag) => numberIn(input, tag) ?? []);
  const around: Around = { input, reads, constants: [...constants, ...tagNumbers].filter(Number.isFinite) };
  const scores = findings.filter(({ score }) => Number.isFinite(score)).map((finding) => scoreOf(finding, around));
  const figures = reads.findings.flatMap((read) => figureOf(read, around) ?? []);
  const tags = reads.tags.map((tag) => ({ tag, thing: tagOf(tag, ranges[tag], around) }));
  const words = [
    ...reads.findings.flatMap((read) => wordOf(read, models[read.model]?.labels, around) ?? []),
    ...tags.flatMap(({ thing }) => (thing?.kind === 'word' ? [thing] : [])),
    ...reads.names.flatMap((name) => nameOf(name, around) ?? []),
  ];
  return {
    numbers: [...scores, ...figures, ...tags.flatMap(({ thing }) => (thing?.kind === 'number' ? [thing] : []))],
    words,
    untried: [
      ...tags.flatMap(({ tag, thing }) => (thing ? [] : [tag])),
      ...reads.names.filter((name) => name !== 'recipe' && name !== 'part'),
    ],
  };
}

interface Around {
  readonly input: RuleInput;
  readonly reads: Reads;
  readonly constants: readonly number[];
}

function scoreOf(finding: Finding, { input, constants }: Around): NumberThing {
  const { model, score, threshold, review } = finding;
  const at = (value: number): RuleInput => withFinding(input, { ...finding, score: value, margin: value - threshold });
  const own = [threshold, ...(review ?? [])].filter(Number.isFinite);
  return numberThing({ kind: 'score', name: `${model}.score`, value: score, range: [0, 1], own, constants, at });
}

interface NumberParts extends Pick<NumberThing, 'kind' | 'name' | 'value' | 'range'> {
  readonly whole?: boolean;
  /** Places that are tried however many others there are. */
  readonly own?: readonly number[];
  readonly constants: readonly number[];
  readonly at: (value: number) => RuleInput;
}

function numberThing({ kind, name, value, range, whole = false, own = [], constants, at }: NumberParts): NumberThing {
  const near = [...new Set(constants)].sort((a, b) => Math.abs(a - value) - Math.abs(b - value)).slice(0, MOST_PLACES);
  const [low, high] = [Math.min(range[0], value), Math.max(range[1], value)];
  const places = [...new Set([...own, ...near])].map((place) => (whole ? Math.round(place) : place));
  return { kind, name, value, range: [low, high], whole, places: places.filter((place) => place >= low && place <= high), with: at };
}

const withFinding = (input: RuleInput, finding: Finding): RuleInput => ({
  ...input,
  findings: { ...input.findings, [finding.model]: finding },
});

/** Figures that have one number; a finding has its score whether a rule reads it or not. */
function figureOf({ model, field, key }: FindingRead, { input, constants, reads }: Around): NumberThing | undefined {
  const finding = input.findings[model];
  if (!finding) return undefined;
  const { boxes = [], reading } = finding;
  if (field === 'boxes') {
    const most = Math.max(1, 2 * boxes.length, ...reads.numbers) + 1;
    const at = (count: number) => withFinding(input, { ...finding, boxes: Array.from({ length: count }, (_, i) => boxes[i] ?? NO_BOX) });
    return numberThing({
      kind: 'number',
      name: `${model}.boxes`,
      value: boxes.length,
      range: [0, Math.min(most, 1000)],
      whole: true,
      constants,
      at,
    });
  }
  if (field === 'confidence' && reading) {
    const at = (confidence: number) => withFinding(input, { ...finding, reading: { ...reading, confidence } });
    return numberThing({ kind: 'number', name: `${model}.confidence`, value: reading.confidence, range: [0, 1], constants, at });
  }
  if ((field !== 'probabilities' && field !== 'contributions') || key === null) return undefined;
  const all = finding[field];
  const value = all?.[key];
  if (value === undefined) return undefined;
  const at = (share: number) => withFinding(input, { ...finding, [field]: { ...all, [key]: share } });
  return numberThing({ kind: 'number', name: `${model}.${field}.${key}`, value, range: [0, 1], constants, at });
}

const NO_BOX = { label: '', score: 0, region: [0, 0, 0, 0] } as const;

function wordOf({ model, field }: FindingRead, labels: readonly string[] | undefined, { input, reads }: Around): WordThing | undefined {
  const finding = input.findings[model];
  if (!finding) return undefined;
  if (field === 'label') {
    const at = (label: TagScalar) => withFinding(input, { ...finding, label: String(label) });
    return wordThing(`${model}.label`, finding.label ?? '', labels ?? reads.words, at);
  }
  const { reading } = finding;
  if (field !== 'text' || !reading) return undefined;
  const at = (text: TagScalar) => withFinding(input, { ...finding, reading: { ...reading, text: String(text) } });
  return wordThing(`${model}.text`, reading.text, [...reads.words, ''], at);
}

function wordThing(name: string, value: TagScalar, others: readonly TagScalar[], at: WordThing['with']): WordThing {
  return { kind: 'word', name, value, others: others.filter((other) => other !== value).slice(0, MOST_WORDS), with: at };
}

function nameOf(name: string, { input, reads }: Around): WordThing | undefined {
  const words = [...reads.words, ''];
  if (name === 'recipe') return wordThing(name, input.recipe, words, (recipe) => ({ ...input, recipe: String(recipe) }));
  if (name === 'part') return wordThing(name, input.part ?? '', words, (part) => ({ ...input, part: String(part) }));
  return undefined;
}

/** Undefined: it cannot be changed by itself, being a list, or nothing. */
function tagOf(tag: string, range: readonly [number, number] | undefined, { input, reads, constants }: Around) {
  const reading = input.tags[tag];
  if (!reading || isBad(reading.status)) return undefined;
  const { value } = reading;
  const at = (other: TagScalar): RuleInput => ({ ...input, tags: { ...input.tags, [tag]: { ...reading, value: other } } });
  if (typeof value === 'boolean') return wordThing(tag, value, [!value], at);
  if (typeof value === 'string') return wordThing(tag, value, [...reads.words, ''], at);
  if (typeof value !== 'number') return undefined;
  return numberThing({ kind: 'number', name: tag, value, range: range ?? plausible(value, constants), constants, at });
}

/** Twice as far as what it is compared with, on both sides: nobody has said how large it may be. */
function plausible(value: number, constants: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(value, ...constants), Math.max(value, ...constants)];
  const width = Math.max(high - low, Math.abs(value), 1);
  return [low - width, high + width];
}

function numberIn({ tags }: RuleInput, tag: string): number | undefined {
  const value = tags[tag]?.value;
  return typeof value === 'number' ? value : undefined;
}
