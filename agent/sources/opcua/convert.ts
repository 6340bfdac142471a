/** The agent's values to the type that a node has: converted and range-checked, never wrapped, never guessed. Pure. */
import type { VariantOptions } from 'node-opcua-client';
import type { TagScalar, TagValue } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { TYPE } from './values.ts';

const RANGES: Readonly<Record<number, readonly [least: bigint, most: bigint]>> = {
  [TYPE.SByte]: [-128n, 127n],
  [TYPE.Byte]: [0n, 255n],
  [TYPE.Int16]: [-32768n, 32767n],
  [TYPE.UInt16]: [0n, 65535n],
  [TYPE.Int32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [TYPE.UInt32]: [0n, 2n ** 32n - 1n],
  [TYPE.Int64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [TYPE.UInt64]: [0n, 2n ** 64n - 1n],
};
const LARGEST_FLOAT = 3.4028234663852886e38;

export const isNumeric = (type: number): boolean => type >= TYPE.SByte && type <= TYPE.Double;

/** What node-opcua encodes. Throws OPCUA_TYPE for `tag` when the value cannot be one of this type, OPCUA_WRITE_FAILED when there is none. */
export function variantOf(tag: string, type: number, value: TagValue): VariantOptions {
  if (value === null) throw new LinesideError('OPCUA_WRITE_FAILED', { tag, why: 'there is no value to write' });
  // A node that is not there has no type either: that is not the value's fault.
  if (type === 0) throw new LinesideError('OPCUA_WRITE_FAILED', { tag, why: 'the server does not say of what type its node is' });
  const one = (item: TagScalar): unknown => {
    const converted = convert(type, item);
    if (converted === undefined) {
      throw new LinesideError('OPCUA_TYPE', { tag, type: nameOfType(type), value: shown(item) });
    }
    return converted;
  };
  return Array.isArray(value)
    ? { dataType: type, arrayType: 1, value: value.map(one) }
    : { dataType: type, arrayType: 0, value: one(value as TagScalar) };
}

const shown = (item: TagScalar): string => `${typeof item} ${JSON.stringify(item).slice(0, 60)}`;

/** undefined: does not fit. */
function convert(type: number, value: TagScalar): unknown {
  const range = RANGES[type];
  if (range) return integer(type, range, value);
  switch (type) {
    case TYPE.Boolean:
      return BOOLEANS.get(String(value));
    case TYPE.Float:
    case TYPE.Double:
      return float(type, value);
    case TYPE.String:
      return String(value);
    case TYPE.LocalizedText:
      return { text: String(value) };
    case TYPE.DateTime:
      return date(value);
    case TYPE.ByteString:
      return typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
    default:
      return undefined;
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
]);

/** Part ids are text in the agent and often a number in the PLC, hence digits are taken; 64 bits go as [high, low]. */
function integer(type: number, [least, most]: readonly [bigint, bigint], value: TagScalar): unknown {
  const whole = wholeOf(value);
  if (whole === undefined || whole < least || whole > most) return undefined;
  if (type !== TYPE.Int64 && type !== TYPE.UInt64) return Number(whole);
  const bits = BigInt.asUintN(64, whole);
  return [Number(bits >> 32n), Number(bits & 0xffffffffn)];
}

function wholeOf(value: TagScalar): bigint | undefined {
  if (typeof value === 'string') return /^\s*[+-]?\d{1,20}\s*$/.test(value) ? BigInt(value.trim().replace('+', '')) : undefined;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function float(type: number, value: TagScalar): number | undefined {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (typeof value === 'string' && Number.isNaN(number)) return undefined;
  return type === TYPE.Float && Number.isFinite(number) && Math.abs(number) > LARGEST_FLOAT ? undefined : number;
}

function date(value: TagScalar): Date | undefined {
  if (typeof value === 'boolean') return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

const NAMES = new Map<number, string>(Object.entries(TYPE).map(([name, type]) => [type, name]));
/** 'Double', 'Int32', …; the number itself for what is not told apart here. */
export const nameOfType = (type: number): string => NAMES.get(type) ?? String(type);
