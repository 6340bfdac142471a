/** A schema as the walk over the file sees it, and what it allows in words. Pure. */
import type { TSchema } from 'typebox';
import { name, type Scope } from './pieces.ts';
import { either } from './suggest.ts';
import { durationMs, sizeBytes } from './units.ts';

/** The part of JSON Schema that config/schema.ts and the camera kinds use. */
export interface Shape {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape | readonly Shape[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Shape[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly default?: unknown;
  readonly description?: string;
  readonly 'x-unit'?: 'duration' | 'bytes';
  /** Least and most of a quantity, with unit. */
  readonly 'x-least'?: string;
  readonly 'x-most'?: string;
  readonly 'x-form'?: string;
  /** What a change of this key starts anew (pieces.ts). */
  readonly 'x-restarts'?: Scope;
  /** A password; code gets a Secret. */
  readonly 'x-secret'?: true;
  /** Code gets an Address. */
  readonly 'x-address'?: true;
}
export const shapeOf = (schema: TSchema): Shape => schema as Shape;

export const UNITS = { duration: ['ms', 's', 'm', 'h', 'd'], bytes: ['B', 'kB', 'MB', 'GB', 'TB'] } as const;
const EXAMPLE = { duration: '500ms', bytes: '20GB' } as const;
const NOUN = { duration: 'a duration', bytes: 'a size' } as const;

/** Branches of a union, unions inside it taken apart; a shape that is no union is its only branch. */
export const branchesOf = (shape: Shape): readonly Shape[] => shape.anyOf?.flatMap(branchesOf) ?? [shape];
export const isBlock = (shape: Shape): boolean => shape.type === 'object';
/** The key that a block of a union cannot do without, and that tells it apart from the others. */
export const markOf = ({ required = [], properties }: Shape): string =>
  required.find((key) => properties?.[key]?.default === undefined) ?? '';
/** The one value type of a record. */
export const entryOf = (shape: Shape): readonly [pattern: string, entry: Shape] | undefined =>
  Object.entries(shape.patternProperties ?? {})[0];
export const isTuple = (shape: Shape): shape is Shape & { items: readonly Shape[] } => Array.isArray(shape.items);

/** What may stand here, as the end of "… must be". */
export function allowed(shape: Shape): string {
  const branches = branchesOf(shape);
  if (branches.length > 1 && branches.every(isBlock)) return `a block with one of the keys ${either(branches.map(markOf))}`;
  if (shape.anyOf) return either([...new Set(branches.map(allowed))]);
  if (shape['x-form'] !== undefined) return shape['x-form'];
  if (shape.const !== undefined) return String(shape.const);
  const unit = shape['x-unit'];
  if (unit) return `${NOUN[unit]} such as ${String(shape.default ?? EXAMPLE[unit])} (${either(UNITS[unit])})`;
  return WORDS[shape.type ?? 'object'](shape);
}

const WORDS: Readonly<Record<NonNullable<Shape['type']>, (shape: Shape) => string>> = {
  string: ({ pattern }) => (pattern === name ? 'a name with lower-case letters, digits and _, such as top' : 'a text'),
  boolean: () => 'true or false',
  number: (shape) => `a number${range(shape)}`,
  integer: (shape) => `a whole number${range(shape)}`,
  array: (shape) => (isTuple(shape) ? `a list of ${shape.items.length} values like ${like(shape.items)}` : `a list of ${listed(shape)}`),
  object: (shape) => (shape.properties ? `a block with ${keyList(shape.properties)}` : 'a block of named entries'),
};

function range({ minimum, maximum, exclusiveMinimum: above }: Shape): string {
  if (above !== undefined) return ` above ${above}${maximum === undefined ? '' : ` and up to ${maximum}`}`;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}

const like = (items: readonly Shape[]) => (items.length === 4 ? '[0, 0, 640, 480]' : items[0]?.maximum === 1 ? '[0.4, 0.6]' : '[0, 100]');
const listed = (shape: Shape) => (isTuple(shape) || !shape.items ? 'values' : allowed(shape.items as Shape));
const keyList = (properties: Readonly<Record<string, Shape>>) => {
  const keys = Object.keys(properties);
  return keys.length === 1 ? `the key ${keys[0]}` : `the keys ${keys.slice(0, 8).join(', ')}${keys.length > 8 ? ', …' : ''}`;
};

/** `from 100ms to 1d`; empty where nothing bounds it. */
export function limitsOf({ 'x-least': least, 'x-most': most }: Shape): string {
  if (least !== undefined && most !== undefined) return `from ${least} to ${most}`;
  if (least !== undefined) return `${least} or more`;
  return most === undefined ? '' : `up to ${most}`;
}

/** A quantity within its bounds; `number` is the text in the unit of the code. */
export function isWithin(shape: Shape, number: number): boolean {
  const { 'x-unit': unit, 'x-least': least, 'x-most': most } = shape;
  const of = unit === 'bytes' ? sizeBytes : durationMs;
  return (least === undefined || number >= of(least)) && (most === undefined || number <= of(most));
}

/** What a quantity lacks: the unit, or a unit that exists. Undefined when the general sentence says it better. */
export function unitFault(shape: Shape, text: string): string | undefined {
  const unit = shape['x-unit'];
  if (shape.maxLength !== undefined && text.length > shape.maxLength)
    return `is ${text.length} characters long, and may be ${shape.maxLength}`;
  if (unit && shape.pattern !== undefined && new RegExp(shape.pattern).test(text)) return `is ${text}; it may be ${limitsOf(shape)}`;
  const [, number, found] = /^([+-]?\d+(?:\.\d+)?)\s*([a-zA-Zµ]*)$/.exec(text) ?? [];
  if (!unit || number === undefined) return undefined;
  const [first, second] = UNITS[unit];
  if (found === '')
    return `is ${text} without a unit; write ${number}${first}, ${number}${second} or another of ${UNITS[unit].slice(2).join(', ')}`;
  const near = UNITS[unit].find((known) => known.toLowerCase() === found?.toLowerCase()) ?? SPELLED[found?.toLowerCase() ?? ''];
  if (near !== undefined && (UNITS[unit] as readonly string[]).includes(near) && near !== found)
    return `is ${text}; write ${number}${near}`;
  if (near === undefined) return `is ${text}, and ${found} is no unit here; the units are ${UNITS[unit].join(', ')}`;
  return number.startsWith('-') ? `is ${text}; it cannot be negative` : undefined;
}

const SPELLED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['msec', 'msecs', 'millisecond', 'milliseconds', 'millis'].map((word) => [word, 'ms'])),
  ...Object.fromEntries(['sec', 'secs', 'second', 'seconds'].map((word) => [word, 's'])),
  ...Object.fromEntries(['min', 'mins', 'minute', 'minutes'].map((word) => [word, 'm'])),
  ...Object.fromEntries(['hr', 'hrs', 'hour', 'hours'].map((word) => [word, 'h'])),
  ...Object.fromEntries(['day', 'days'].map((word) => [word, 'd'])),
  ...Object.fromEntries(['k', 'kb', 'kib'].map((word) => [word, 'kB'])),
  mib: 'MB',
  gib: 'GB',
  tib: 'TB',
  b: 'B',
  g: 'GB',
  t: 'TB',
  byte: 'B',
  bytes: 'B',
};
