/**
 * Commands from the broker: anybody who may publish there can send anything. Bounded in size, rate and number at work; checked against
 * the verb's schema; a repeat is answered again and not executed again.
 */
import { createHash } from 'node:crypto';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { Command, CommandHandler, CommandVerb, Log } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';
import { COMMANDS, LONGEST_TEXT, type ReplyPayload } from './schemas.ts';

/** Largest body that is looked into. The largest that makes sense is a few hundred bytes. */
export const MOST_COMMAND_BYTES = 16 * 1024;
/** A line triggered by commands does 20 parts a second; ten times that is a fault or an attack. */
const PER_SECOND = 200;
const AT_WORK = 64;
/** More than this within a second is a flood: dropping costs less than taking, but 20,000 a second cost a third of a core. */
export const FLOOD = 1000;
/** A body costs a command of the rate for each of these bytes: reading it takes the more the longer it is. */
const BYTES_EACH = 1024;
/** Commands whose answer is remembered, so that a repeat gets it again. */
const REMEMBERED = 256;
const PATIENCE: Milliseconds = Seconds(30);
const TELL_EVERY: Milliseconds = Seconds(10);

/** A command as it came. */
export interface IncomingCommand {
  readonly verb: string;
  readonly body: Uint8Array;
  readonly retain: boolean;
  /** The broker's own redelivery, and the packet's number. */
  readonly dup: boolean;
  readonly packet: number | undefined;
  /** MQTT 5 correlation data. */
  readonly correlation: Uint8Array | undefined;
  /** Where the answer goes: MQTT 5 response topic, else undefined for the default. */
  readonly respondTo: string | undefined;
  /** Who sent it, as far as the message tells; null where it does not. */
  readonly from: string | null;
}

export type Reply = Pick<ReplyPayload, 'verb' | 'ok' | 'id' | 'code' | 'text' | 'result'>;

/** The command that `body` is, and its id; throws COMMAND_INVALID. Pure. */
export function parseCommand(
  verb: string,
  body: Uint8Array,
  from: string | null = null,
): { readonly command: Command; readonly id: string | undefined } {
  const invalid = (why: string) => new LinesideError('COMMAND_INVALID', { verb: verb.slice(0, 64), why });
  if (!isVerb(verb)) throw invalid(`there is no such command; there are ${Object.keys(COMMANDS).join(', ')}`);
  if (body.length > MOST_COMMAND_BYTES) throw invalid(`${body.length} bytes, at most ${MOST_COMMAND_BYTES} are read`);
  const value = body.length === 0 ? {} : parseJson(body, invalid);
  const schema: TSchema = COMMANDS[verb];
  if (!isRecord(value) || !Value.Check(schema, value)) throw invalid(faultOf(schema, value));
  const { id, ...rest } = value;
  return { command: { verb, body: rest, from }, id: typeof id === 'string' ? id : undefined };
}

const isVerb = (verb: string): verb is CommandVerb => Object.hasOwn(COMMANDS, verb);
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseJson(body: Uint8Array, invalid: (why: string) => LinesideError): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw invalid('not JSON in UTF-8');
  }
}

function faultOf(schema: TSchema, value: unknown): string {
  // `boolean` only repeats what additionalProperties says with the key's name.
  const fault = Value.Errors(schema, value).find(({ keyword }) => keyword !== 'boolean');
  const key = fault?.keyword === 'additionalProperties' ? ` (${String(fault.params.additionalProperties).slice(0, 64)})` : '';
  return fault ? `${fault.instancePath.slice(0, 64)} ${fault.message}${key}`.trim() : 'it does not fit the schema';
}

export interface CommandDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly handle: CommandHandler;
  readonly reply: (to: IncomingCommand, reply: Reply) => void;
  /** More than FLOOD came within a second; told once a second at most. */
  readonly onFlood: () => void;
}

/** Takes commands in and sees to it that each has one answer. One desk a connection: what is remembered is gone with the session. */
export class CommandDesk {
  private readonly options: CommandDeskOptions;
  private readonly remembered = new Map<string, Promise<Reply>>();
  private atWork = 0;
  private tokens = PER_SECOND;
  private filledAt: number;
  private second = Number.NEGATIVE_INFINITY;
  private inSecond = 0;
  private toldAt = Number.NEGATIVE_INFINITY;
  /** Not executed and not answered: retained, or beyond the rate or the number at work. */
  dropped = 0;

  constructor(options: CommandDeskOptions) {
    this.options = options;
    this.filledAt = options.clock.elapsed();
  }

  /** Never throws, never waits. */
  take(incoming: IncomingCommand): void {
    if (this.flooded()) return this.drop(incoming, 'too many at once');
    // A retained trigger would fire again at every reconnect.
    if (incoming.retain) return this.drop(incoming, 'it was retained');
    if (!this.admit(incoming.body.length)) return this.drop(incoming, 'too many at once');
    void this.answer(incoming).then((reply) => this.options.reply(incoming, reply));
  }

  private async answer(incoming: IncomingCommand): Promise<Reply> {
    const { verb, body } = incoming;
    try {
      const { command, id } = parseCommand(verb, body, incoming.from);
      return await this.once(incoming, id, () => this.execute(command, id));
    } catch (thrown) {
      return refusal(verb, undefined, asLinesideError(thrown));
    }
  }

  private once(incoming: IncomingCommand, id: string | undefined, execute: () => Promise<Reply>): Promise<Reply> {
    const keys = keysOf(incoming, id);
    const before = keys.map((key) => this.remembered.get(key)).find((reply) => reply !== undefined);
    if (before) return before;
    const reply = execute();
    const packet = packetKey(incoming);
    for (const key of packet ? [...keys, packet] : keys) {
      this.remembered.delete(key);
      this.remembered.set(key, reply);
    }
    for (const oldest of this.remembered.keys()) {
      if (this.remembered.size <= REMEMBERED) break;
      this.remembered.delete(oldest);
    }
    return reply;
  }

  private async execute(command: Command, id: string | undefined): Promise<Reply> {
    const { clock, handle } = this.options;
    this.atWork++;
    let cancel = () => {};
    const patience = new Promise<never>((_, reject) => {
      cancel = clock.after(PATIENCE, () => reject(new LinesideError('TIMEOUT', { what: `The command ${command.verb}`, ms: PATIENCE })));
    });
    try {
      const result = await Promise.race([Promise.resolve(command).then(handle), patience]);
      return { verb: command.verb, ok: true, ...(id !== undefined && { id }), ...(Object.keys(result).length > 0 && { result }) };
    } catch (thrown) {
      return refusal(command.verb, id, asLinesideError(thrown));
    } finally {
      cancel();
      this.atWork--;
    }
  }

  /** Counted before anything else is done for a message: whoever floods gets the least work out of us that there is. */
  private flooded(): boolean {
    const now = this.options.clock.elapsed();
    if (now - this.second >= Seconds(1)) {
      this.second = now;
      this.inSecond = 0;
    }
    this.inSecond++;
    if (this.inSecond === FLOOD) this.options.onFlood();
    return this.inSecond >= FLOOD;
  }

  /** A bucket of one second's commands. */
  private admit(bytes: number): boolean {
    const price = 1 + bytes / BYTES_EACH;
    const now = this.options.clock.elapsed();
    this.tokens = Math.min(PER_SECOND, this.tokens + ((now - this.filledAt) / 1000) * PER_SECOND);
    this.filledAt = now;
    if (this.tokens < price || this.atWork >= AT_WORK) return false;
    this.tokens -= price;
    return true;
  }

  private drop({ verb }: IncomingCommand, why: string): void {
    this.dropped++;
    const now = this.options.clock.elapsed();
    // The log is a queue as well.
    if (now - this.toldAt < TELL_EVERY) return;
    this.toldAt = now;
    this.options.log.warn({ code: 'COMMAND_REFUSED', verb: verb.slice(0, 64), dropped: this.dropped }, `a command was dropped: ${why}`);
  }
}

function refusal(verb: string, id: string | undefined, fault: LinesideError): Reply {
  const text = fault.sentence.slice(0, LONGEST_TEXT);
  return { verb: verb.slice(0, 64), ok: false, ...(id !== undefined && { id }), code: fault.code, text };
}

/** What makes two messages the same command: the sender's id, its correlation, or the broker's word that it sends this packet again. */
function keysOf(incoming: IncomingCommand, id: string | undefined): string[] {
  const { verb, correlation, respondTo, dup } = incoming;
  const keys: string[] = [];
  if (id !== undefined) keys.push(digest('id', verb, id));
  if (correlation) keys.push(digest('correlation', verb, respondTo ?? '', correlation));
  const packet = packetKey(incoming);
  if (dup && packet) keys.push(packet);
  return keys;
}
const packetKey = ({ packet, verb, body }: IncomingCommand): string | undefined =>
  packet ? digest('packet', String(packet), verb, body) : undefined;
/** Of fixed length, whatever was sent. */
function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('base64');
}
