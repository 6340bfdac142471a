/** OPC UA values to the agent's and back. Hot: sampleOf runs for every value of every tag and makes one object. */
import type { DataValue, Variant } from 'node-opcua-client';
import type { TagSample, TagScalar, TagValue } from '../../contracts.ts';

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

/** A value of a type that no rule could read (structures): no value, and a status that says so. */
const BAD_NOT_SUPPORTED = 0x803d0000;

/** `received` and `arrived` are taken once a message, not once a value. */
export function sampleOf(data: DataValue, received: number, arrived: number): TagSample {
  const value = tagValueOf(data.value);
  return {
    value: value === undefined ? null : value,
    status: value === undefined ? BAD_NOT_SUPPORTED : data.statusCode.value,
    source: milliseconds(data.sourceTimestamp, data.sourcePicoseconds),
    server: milliseconds(data.serverTimestamp, data.serverPicoseconds),
    received,
    arrived,
  };
}

/** Ticks of 100 ns are kept as a fraction: node-opcua gives a Date of whole milliseconds and the rest in picoseconds. */
function milliseconds(time: Date | null, picoseconds: number): number | null {
  return time === null ? null : time.getTime() + (picoseconds > 0 ? picoseconds / 1e9 : 0);
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
      return (value as Date).toISOString();
    case TYPE.ByteString:
      return (value as Buffer).toString('base64');
    case TYPE.StatusCode:
      return (value as { value: number }).value;
    case TYPE.QualifiedName:
      return (value as { name: string | null }).name ?? '';
    case TYPE.LocalizedText:
      return (value as { text: string | null }).text ?? '';
    case TYPE.NodeId:
    case TYPE.ExpandedNodeId:
      return String(value);
    default:
      return undefined;
  }
}

/** node-opcua's [high, low] pair of UInt32; a number while it is exact, else its decimal digits. */
function integer64(value: unknown, signed: boolean): TagScalar {
  const [high = 0, low = 0] = value as readonly number[];
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  const whole = signed ? BigInt.asIntN(64, bits) : bits;
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : String(whole);
}
