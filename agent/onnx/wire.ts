/**
 * Protocol buffers, as far as an ONNX file needs them: fields in, fields out. A library would bring a compiler for a schema of which we
 * look at twenty fields, and would rewrite megabytes of weights where we copy them. https://protobuf.dev/programming-guides/encoding
 */
import { LinesideError } from '../errors.ts';

export interface Field {
  readonly number: number;
  /** Of a varint; 0 for the others. */
  readonly value: number;
  /** Of a length-delimited field (message, text, packed numbers) or of a fixed one. */
  readonly bytes: Uint8Array;
  /** The field as it stands in the file, tag included. */
  readonly whole: Uint8Array;
}

/** All fields of a message, in order. Throws INTERNAL where the bytes are no message; the caller knows the file. */
export function fields(message: Uint8Array): readonly Field[] {
  const found: Field[] = [];
  for (let at = 0; at < message.length; ) {
    const field = fieldAt(message, at);
    found.push(field);
    at += field.whole.length;
  }
  return found;
}

function fieldAt(message: Uint8Array, from: number): Field {
  const tag = varintAt(message, from);
  const kind = tag.value % 8;
  const number = Math.floor(tag.value / 8);
  if (kind === 0) {
    const { value, end } = varintAt(message, tag.end);
    return { number, value, bytes: EMPTY, whole: message.subarray(from, end) };
  }
  const head = kind === 2 ? varintAt(message, tag.end) : { value: FIXED[kind] ?? -1, end: tag.end };
  const end = head.end + head.value;
  if (head.value < 0 || number === 0 || end > message.length) throw new LinesideError('INTERNAL', { why: 'not a protocol buffer' });
  return { number, value: 0, bytes: message.subarray(head.end, end), whole: message.subarray(from, end) };
}

const EMPTY = new Uint8Array(0);
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** Values beyond 2^53 do not occur in what we look at; a negative number comes out as a huge one. */
function varintAt(message: Uint8Array, from: number): { readonly value: number; readonly end: number } {
  let [value, scale, at] = [0, 1, from];
  for (;;) {
    const byte = message[at++];
    if (byte === undefined || at - from > 10) throw new LinesideError('INTERNAL', { why: 'not a protocol buffer' });
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) return { value, end: at };
  }
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** A number as a varint field. */
export const varint = (number: number, value: number): Uint8Array => Buffer.concat([varintOf(number * 8), varintOf(value)]);

/** Text, or the bytes of a message, as a length-delimited field. */
export function delimited(number: number, content: string | Uint8Array | readonly Uint8Array[]): Uint8Array {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content instanceof Uint8Array ? content : Buffer.concat([...content]);
  return Buffer.concat([varintOf(number * 8 + 2), varintOf(bytes.length), bytes]);
}

function varintOf(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
