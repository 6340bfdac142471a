/** cel-js's errors as sentences for somebody who never heard of CEL. */
import { didYouMean, either } from '../config/suggest.ts';
import { messageOf } from '../errors.ts';
import type { Surroundings } from './environment.ts';
import { ChartFactsOf, FindingFacts, SaidFacts } from './facts.ts';

export interface Problem {
  /** Characters of the expression as written, from 0. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface CelError {
  readonly code: string;
  readonly summary: string;
  readonly range: { readonly start: number; readonly end: number };
}

/** `position` leads from the rewritten expression, which the error speaks of, to `text`. */
export function problemOf(thrown: unknown, text: string, around: Surroundings, position: (at: number) => number): Problem {
  const { code, summary, range } = celError(thrown, text);
  const [start, end] = [position(range.start), Math.max(position(range.start) + 1, position(range.end))];
  const word = text.slice(start, end);
  const sentence = SENTENCES[code]?.({ summary, word, text, start, around }) ?? summary;
  return { start: Math.min(start, text.length), end, text: sentence };
}

function celError(thrown: unknown, text: string): CelError {
  const { code = '', summary = messageOf(thrown), range = { start: 0, end: text.length } } = thrown as Partial<CelError>;
  return { code, summary, range };
}

interface Scene {
  readonly summary: string;
  /** What stands at the place. */
  readonly word: string;
  readonly text: string;
  readonly start: number;
  readonly around: Surroundings;
}

const SENTENCES: Readonly<Record<string, (scene: Scene) => string>> = {
  unknown_variable: ({ summary, text, around }) => unknownName(summary.replace('Unknown variable: ', ''), text, around),
  no_such_key: (scene) => unknownField(scene.summary.replace('No such key: ', ''), scene),
  no_such_overload: ({ summary }) => mismatch(summary),
  no_matching_overload: ({ summary }) => unknownFunction(summary),
  invalid_logical_operand: ({ summary }) =>
    `&& and || join conditions, and one side is ${noun(/'([^']+)'/.exec(summary)?.[1] ?? '')}; compare it with something`,
  invalid_condition_type: () => 'what stands before ? must be a condition',
  unexpected_character: ({ text, start, word }) => unexpected(text, start, word),
  unexpected_token: ({ text, start, word, summary }) =>
    start >= text.length
      ? (percentAt(text) ?? 'the expression ends too early')
      : (OPERATORS[word] ?? decimalAround(text, start) ?? `${word || summary} is not expected here`),
  expected_token: ({ summary }) => `${TOKENS[/Expected (\w+)/.exec(summary)?.[1] ?? ''] ?? 'something'} is missing`,
  unterminated_string: () => 'the text has no closing quote',
  limit_exceeded: () => 'this is too long for a rule; split it into several',
};

const TOKENS: Readonly<Record<string, string>> = {
  RPAREN: 'a closing )',
  RBRACKET: 'a closing ]',
  RBRACE: 'a closing }',
  COLON: 'the : of a ? b : c',
};
const WORD_QUOTES = "type a plain quote ' at either end of a text";
const OPERATORS: Readonly<Record<string, string>> = {
  and: 'write && instead of and',
  or: 'write || instead of or',
  not: 'write ! instead of not',
  '=': 'write == to compare',
  '&': 'write && for and',
  '|': 'write || for or',
  is: 'write == to compare',
  '≥': 'write >= instead of ≥',
  '≤': 'write <= instead of ≤',
  '≠': 'write != instead of ≠',
  '‘': WORD_QUOTES,
  '’': WORD_QUOTES,
  '“': WORD_QUOTES,
  '”': WORD_QUOTES,
};

function unexpected(text: string, start: number, word: string): string {
  if (/(^|[^\w.])not\s+$/.test(text.slice(0, start))) return 'write ! instead of not';
  const here = /^(\w+|[=&|]|.)/u.exec(text.slice(start))?.[0] ?? word;
  const decimal = here === ',' || here === '.' ? decimalAround(text, start) : undefined;
  if (decimal !== undefined) return decimal;
  return OPERATORS[here] ?? `${named(here)} is not expected here`;
}

/** In an expression % is what is left of a division. */
function percentAt(text: string): string | undefined {
  const percent = /(\d+(?:\.\d+)?)\s*%\s*$/.exec(text)?.[1];
  return percent === undefined ? undefined : `write ${Number((Number(percent) / 100).toPrecision(12))} for ${percent} %`;
}

/** `0,5` and `.5` are numbers to who writes them. */
function decimalAround(text: string, at: number): string | undefined {
  const [before = '', behind = ''] = [/\d*$/.exec(text.slice(0, at))?.[0], /^\d*/.exec(text.slice(at + 1))?.[0]];
  if (behind === '' || (text[at] === ',' && before === '')) return undefined;
  return `write ${before || '0'}.${behind} instead of ${before}${text[at]}${behind}`;
}

/** A character that looks like another, or like nothing, is told by its code. */
function named(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const shown = `\\u${code.toString(16).padStart(4, '0')}`;
  if (/[\p{Z}\p{C}]/u.test(character)) return `an invisible character (${shown})`;
  return code > 0x7f && /\p{L}/u.test(character) ? `${character} (${shown}, a letter of another alphabet)` : character;
}

function unknownName(name: string, text: string, around: Surroundings): string {
  const { names, aliases, scope } = around;
  if (name === 'verdict') return 'verdict is known to decisions only; a rule is what makes it';
  if (aliases.has(name)) return `${name} is a tag; write tags.${name}`;
  if (Object.keys(scope.tags).some((tag) => tag.startsWith(`${name}.`))) return ofServer(name, text, around);
  return `there is no ${name}${didYouMean(name, names, 'there are')}`;
}

/** `plc.die_temp` or `tags.plc.die_temp`, as tags are written everywhere else. */
function ofServer(server: string, text: string, { aliases, scope }: Surroundings): string {
  const field = new RegExp(`\\b${server}\\.(\\w+)`).exec(text)?.[1] ?? '';
  const tags = Object.keys(scope.tags).filter((tag) => tag.startsWith(`${server}.`));
  const written = tags.map((tag) => aliasOf(tag, aliases));
  const exact = tags.indexOf(`${server}.${field}`);
  return `here a tag of ${server} is written ${exact >= 0 ? written[exact] : either(written.slice(0, 3))}`;
}

/** The short form where it is unambiguous. */
function aliasOf(tag: string, aliases: Surroundings['aliases']): string {
  const short = tag.slice(tag.indexOf('.') + 1);
  return `tags.${aliases.get(short)?.length === 1 ? short : tag.replace('.', '_')}`;
}

function unknownField(field: string, { word, text, start, around }: Scene): string {
  const { aliases, scope } = around;
  // The place is the field of `tags.die_tmp`, and all of `tags['die_tmp']`.
  const [, owner = ''] = /(\w+)\s*\.\s*$/.exec(text.slice(0, start)) ?? /(\w+)\s*\[[^[]*$/.exec(word) ?? [];
  if (owner === 'probabilities' || owner === 'contributions') return `${owner} has no ${field}`;
  if (/\bpart\s*\.\s*last\s*\([^)]*\)\s*\.\s*$/.test(text.slice(0, start)) || (owner === '' && /^part\s*\.\s*last\b/.test(word)))
    return `part.last() has no ${field}${didYouMean(field, [...Object.keys(SaidFacts.fields), 'score'], 'it has')}`;
  if (owner === 'spc') return `there is no chart ${field}${didYouMean(field, Object.keys(scope.charts ?? {}), 'the charts are')}`;
  if (Object.hasOwn(scope.charts ?? {}, owner) && !Object.hasOwn(scope.models, owner))
    return `spc.${owner} has no ${field}${didYouMean(field, Object.keys(ChartFactsOf.fields), 'it has')}`;
  if (owner !== 'tags') return `${owner} has no ${field}${didYouMean(field, Object.keys(FindingFacts.fields), 'it has')}`;
  const several = aliases.get(field);
  if (several) return `several servers have a tag ${field}; write ${either(several.map((tag) => `tags.${tag.replace('.', '_')}`))}`;
  if (Object.keys(scope.tags).some((tag) => tag.startsWith(`${field}.`))) return ofServer(field, text, around);
  const clear = [...aliases].filter(([, behind]) => behind.length === 1).map(([alias]) => alias);
  return `there is no tag ${field}${didYouMean(field, clear, 'the tags are')}`;
}

/** "no such overload: double >= string" */
function mismatch(summary: string): string {
  const [, left = '', operator = '', right = ''] = /overload: (.+) ([^\w\s]+|in) (.+)$/.exec(summary) ?? [];
  if (operator === '')
    return `${summary.replace('no such overload: ', '')[0] ?? ''} cannot stand before ${noun(summary.slice(summary.indexOf(':') + 3))}`;
  if (left === 'bool' && /^[<>]/.test(operator)) return 'compare twice and join with &&: a < b && b < c';
  return `${noun(left)} and ${noun(right)} do not go together with ${operator}`;
}

const FUNCTIONS = [
  'rate',
  'cpk',
  'last',
  'seen',
  'size',
  'has',
  'contains',
  'startsWith',
  'endsWith',
  'exists',
  'all',
  'string',
  'double',
  'int',
];
function unknownFunction(summary: string): string {
  const [, name = '', given = ''] = /'(?:.*\.)?(\w+)\((.*)\)'/.exec(summary) ?? [];
  if (name === 'rate') return "rate() takes a verdict and a number of parts: rate('nok', 20)";
  if (name === 'cpk') return "cpk() takes a chart and a number of parts: cpk('width', 200)";
  if (name === 'last' || name === 'seen') return `${name}() is asked of the part, with a station: part.${name}('press')`;
  if (FUNCTIONS.includes(name)) return `${name}() does not take ${given === '' ? 'that' : given.split(', ').map(noun).join(' and ')}`;
  return `there is no function ${name}()${didYouMean(name, FUNCTIONS, 'there are')}`;
}

export function noun(type: string): string {
  const bare = type.replace(/^dyn<(.+)>$/, '$1');
  return NOUNS[bare] ?? (bare.startsWith('list') ? 'a list' : bare.startsWith('map') ? 'a map' : bare);
}
const NOUNS: Readonly<Record<string, string>> = {
  double: 'a number',
  int: 'a number',
  uint: 'a number',
  string: 'a text',
  bool: 'true or false',
  dyn: 'a value',
  null: 'null',
  Finding: 'a whole finding',
  Tags: 'all tags',
  Chart: 'a whole chart',
  Said: 'all that a station said',
  Charts: 'all charts',
  'google.protobuf.Timestamp': 'a time',
  'google.protobuf.Duration': 'a duration',
};
