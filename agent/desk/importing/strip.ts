/**
 * Takes out of an ONNX file what exporters write beside the network: stack traces and notes with the paths and names of the machine that
 * exported. What a network says of itself as a whole, such as the names of its classes, stays unless it holds a path. Pure.
 */
import { delimited, type Field, fields, text } from '../../onnx/wire.ts';

/** Which fields of a message go, which are searched further, which are pairs that may stay. Numbers: onnx/onnx.proto. */
interface Message {
  readonly drop: readonly number[];
  readonly pairs?: number;
  readonly into: () => Readonly<Record<number, Message>>;
}

const VALUE: Message = { drop: [3, 4], into: () => ({}) };
const TENSOR: Message = { drop: [12, 16], into: () => ({}) };
const ATTRIBUTE: Message = { drop: [13], into: () => ({ 5: TENSOR, 6: GRAPH, 10: TENSOR, 11: GRAPH }) };
const NODE: Message = { drop: [6, 9], into: () => ({ 5: ATTRIBUTE }) };
const GRAPH: Message = { drop: [10, 16], into: () => ({ 1: NODE, 5: TENSOR, 11: VALUE, 12: VALUE, 13: VALUE }) };
const FUNCTION: Message = { drop: [8, 14], into: () => ({ 7: NODE, 12: VALUE }) };
const MODEL: Message = { drop: [6], pairs: 14, into: () => ({ 7: GRAPH, 25: FUNCTION }) };

/** The same bytes where there was nothing to take out. */
export const strip = (file: Uint8Array): Uint8Array => stripped(file, MODEL);

function stripped(message: Uint8Array, { drop, pairs, into }: Message): Uint8Array {
  const inner = into();
  const before = fields(message);
  const after = before.flatMap((field) => {
    if ((drop.includes(field.number) && field.bytes.length > 0) || (field.number === pairs && tells(field))) return [];
    const shape = inner[field.number];
    const bytes = shape ? stripped(field.bytes, shape) : field.bytes;
    return [bytes === field.bytes ? field.whole : delimited(field.number, bytes)];
  });
  const same = after.length === before.length && after.every((bytes, i) => bytes === before[i]?.whole);
  return same ? message : Buffer.concat(after);
}

/** A file's place on somebody's machine, or a trace of calls. */
const PLACE = /(^|[\s"'(=])(\/[\w.-]+){2,}|[A-Za-z]:\\|Traceback|stack_trace/;
const tells = ({ bytes }: Field): boolean => fields(bytes).some((part) => PLACE.test(text(part.bytes)));
