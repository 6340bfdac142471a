/** OPC UA values to the agent's and back. Hot: sampleOf runs for every value of every tag and makes one object. */
import type { DataValue, Variant } from 'node-opcua-client';
import type { TagSample, TagScalar, TagValue } from '../../contracts/index.ts';

/** Built-in types, OPC 10000-6 table 1, as far as they are told apart here. node-opcua's DataType has the same numbers. */
export const TYPE = {
  Null: 0,
  Boolean: 1,
  SByte: 2,
  Byte: 3,
  Int16: 4,
  UInt16: 5,
  Int32: 6,
  UInt32: 7,
  Int64: 8,
  UInt64: 9,
  Float: 10,
  Double: 11,
  String: 12,
  DateTime: 13,
  Guid: 14,
  ByteString: 15,
  XmlElement: 16,
  NodeId: 17,
  ExpandedNodeId: 18,
  StatusCode: 19,
  QualifiedName: 20,
  LocalizedText: 21,
} as const;

/**
 * Longest text, most elements of an array, most characters in an array of texts. The newest values of a tag are kept, so that one tag holds some
 * times this: with 50 MB in each the agent took 2.7 GB. A part id is a few dozen characters, a note some thousand.
 */
export const LONGEST = 65_536;
/** BadEncodingLimitsExceeded: what a server says of its own, and what is longer than LONGEST is given here. */
export const TOO_LARGE = 0x80080000;
/** BadResponseTooLarge: the value that a server gives in place of one that does not fit its answer. */
export const ANSWER_TOO_LARGE = 0x80b90000;
/** A value of a type that no rule could read (structures): no value, and a status that says so. */
const BAD_NOT_SUPPORTED = 0x803d0000;

const NO_TIME_BEFORE = Date.UTC(1602, 0, 1);
const NO_TIME_FROM = Date.UTC(9999, 0, 1);

/** `received` and `arrived` are taken once a message, not once a value. */
export function sampleOf(data: DataValue, received: number, arrived: number): TagSample {
  const large = isTooLarge(data.value);
  const value = large ? null : tagValueOf(data.value);
  return {
    value: value === undefined ? null : value,
    status: large ? TOO_LARGE : value === undefined ? BAD_NOT_SUPPORTED : data.statusCode.value,
    source: milliseconds(data.sourceTimestamp, data.sourcePicoseconds),
    server: milliseconds(data.serverTimestamp, data.serverPicoseconds),
    received,
    arrived,
  };
}

/**
 * Ticks of 100 ns are kept as a fraction: node-opcua gives a Date of whole milliseconds and the rest in picoseconds. A DateTime's least
 * and greatest values mean that there is none (OPC 10000-6, 5.2.2.5), whatever else of the years 1601 and 9999 a server makes of them.
 */
function milliseconds(time: Date | null, picoseconds: number): number | null {
  const whole = time?.getTime() ?? Number.NaN;
  return whole >= NO_TIME_BEFORE && whole < NO_TIME_FROM ? whole + (picoseconds > 0 ? picoseconds / 1e9 : 0) : null;
}

function isTooLarge(variant: Variant | null | undefined): boolean {
  const value: unknown = variant?.value;
  if (typeof value === 'string') return value.length > LONGEST;
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Date) return false;
  const { length, text, name } = value as { readonly length?: unknown; readonly text?: unknown; readonly name?: unknown };
  if (typeof length === 'number') return length > LONGEST || (typeof (value as readonly unknown[])[0] !== 'number' && areLong(value));
  const words = typeof text === 'string' ? text : name;
  return typeof words === 'string' && words.length > LONGEST;
}

/** Texts and byte strings in an array, which is not longer than LONGEST itself. */
function areLong(value: object): boolean {
  let characters = 0;
  for (const item of value as Iterable<unknown>) {
    if (Array.isArray(item)) return false; // 64-bit integers, as pairs of numbers.
    const { length = 0, text } = (typeof item === 'string' ? { length: item.length } : (item ?? {})) as { length?: number; text?: unknown };
    characters += typeof text === 'string' ? text.length : length;
    if (characters > LONGEST) return true;
  }
  return false;
}

/** undefined: of a type that cannot be represented. Matrices come flat, row-major. */
export function tagValueOf(variant: Variant | null | undefined): TagValue | undefined {
  const value: unknown = variant?.value;
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'string':
      return value;
    default:
      if (variant === null || variant === undefined || value === null || value === undefined) return null;
      return variant.arrayType === 0 ? scalarOf(variant.dataType, value) : arrayOf(variant.dataType, value);
  }
}

function arrayOf(type: number, value: unknown): readonly TagScalar[] | undefined {
  if (typeof value !== 'object' || value === null || !('length' in value)) return undefined;
  const items = Array.from(value as ArrayLike<unknown>, (item) => scalarOf(type, item));
  return items.some((item) => item === undefined) ? undefined : (items as TagScalar[]);
}

function scalarOf(type: number, value: unknown): TagScalar | undefined {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value === null || value === undefined) return type === TYPE.ByteString || type === TYPE.String ? '' : undefined;
  switch (type) {
    case TYPE.Int64:
    case TYPE.UInt64:
      return integer64(value, type === TYPE.Int64);
    case TYPE.DateTime:
      return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined;
    case TYPE.ByteString:
      return Buffer.isBuffer(value) ? value.toString('base64') : undefined;
    case TYPE.StatusCode:
      return numberIn(value);
    case TYPE.QualifiedName:
      return (value as { name?: string | null }).name ?? '';
    case TYPE.LocalizedText:
      return (value as { text?: string | null }).text ?? '';
    case TYPE.NodeId:
    case TYPE.ExpandedNodeId:
      return String(value);
    default:
      return undefined;
  }
}

function numberIn(status: unknown): number | undefined {
  const { value } = status as { readonly value?: unknown };
  return typeof value === 'number' ? value : undefined;
}

/** node-opcua's [high, low] pair of UInt32; a number while it is exact, else its decimal digits. */
function integer64(value: unknown, signed: boolean): TagScalar | undefined {
  if (!Array.isArray(value)) return undefined;
  const [high = 0, low = 0] = value as readonly number[];
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  const whole = signed ? BigInt.asIntN(64, bits) : bits;
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : String(whole);
}
