/**
 * One connection to one broker: the only file that imports mqtt.js, and not before it connects. It never reconnects, every await is
 * capped, and it is lost (once, with a reason) on any sign of it: an error, a close, keep-alive, or acknowledgements that stop coming.
 *
 * The session is always clean. mqtt.js keeps what it has not delivered in memory only, a broker's session may or may not survive the
 * broker: the outbox is the one memory there is, so nothing else may remember.
 */
import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import { LinesideError } from '../errors.ts';
import { type Clock, endsWithin, inWords, type Milliseconds, Seconds } from '../time.ts';
import { type About, brokerFault, codeOf, isMessageFault, isTopicFault, refusalOf } from './broker-fault.ts';
import { packetGuard } from './inbound.ts';
import { KeepsNothing } from './keeps-nothing.ts';
import { PingBarrier } from './ping-barrier.ts';
import type { Ending, Refused, Sending } from './suspects.ts';

export interface WireOptions {
  /** What is connected to. */
  readonly target: string;
  /** The same, safe to log, and who we are there. */
  readonly about: About;
  /** For the whole way to CONNACK: name, socket, TLS. Default 10 s. */
  readonly patience?: Milliseconds;
  readonly mqtt: IClientOptions;
  readonly clock: Clock;
  /** Messages under way and none acknowledged for this long: the broker is frozen. */
  readonly silence: Milliseconds;
  /** A message without an answer for this long, while later ones have theirs: it is passed over. `silence` where it is not given. */
  readonly late?: Milliseconds;
  /** Longest packet that is taken. Announced in MQTT 5; in 3.1.1 a longer one ends the connection before it fills the memory. */
  readonly longest: number;
  /** What the broker can, as far as it does not say so itself. */
  readonly abilities: Abilities;
}

/** What some brokers cannot. */
export interface Abilities {
  readonly retain: boolean;
  readonly qos1: boolean;
}
export const ALL_ABILITIES: Abilities = { retain: true, qos1: true };

export interface SendOptions {
  readonly retain?: boolean;
  readonly correlation?: Uint8Array;
}

/** null: the broker has it; else why it will never take this one. */
export type Done = (refused: Refused | null) => void;

interface Message {
  readonly sending: Sending;
  readonly payload: string;
  readonly done: Done;
  readonly options: SendOptions;
}
/** Only a broker with a tiny window and a flood of commands to answer gets there. */
const MOST_WAITING = 1000;

/** mqtt.js calls its log a dozen times a packet, also where nobody listens. */
const MUTE = () => {};
const EVENT = { qos: 1, retain: false } as const;
const RETAINED = { qos: 1, retain: true } as const;

const CONNECT_WITHIN: Milliseconds = Seconds(10);
const SUBSCRIBE_WITHIN: Milliseconds = Seconds(10);
const CLOSE_WITHIN: Milliseconds = 300;

/** What a broker says of itself in CONNACK, and what holds when it does not (MQTT 5, 3.2.2.3.3 and 2.1.4). Bytes. */
interface BrokerLimits {
  readonly receiveMaximum?: number;
  readonly maximumPacketSize?: number;
  readonly retainAvailable?: boolean;
  readonly maximumQoS?: number;
}
const RECEIVE_MAXIMUM = 65_535;
const LARGEST_PACKET = 268_435_455;
/** Header, length, packet id, lengths of topic and properties, with room. */
const AROUND_PAYLOAD = 32;

export class Wire {
  /** Rejects when the connection is lost. */
  readonly lost: Promise<never>;
  /** Unacknowledged messages the broker allows. */
  readonly capacity: number;
  readonly abilities: Abilities;
  private readonly largest: number;
  private readonly client: MqttClient;
  private readonly options: WireOptions;
  private readonly barrier: PingBarrier | null;
  /** Packet ids whose acknowledgement has a reason that is none, see inbound.ts. */
  private readonly oddReasons: Map<number, number>;
  private readonly fail: (fault: LinesideError) => void;
  private closed = false;
  /** How it was lost, where the broker or the network did it. */
  private lostBy: 'broker' | 'silence' | null = null;
  private proven = false;
  /** In the order in which it was sent, with its number in that order. */
  private readonly underWay = new Map<Sending, number>();
  private numbered = 0;
  private latestAnswered = 0;
  /** The latest that had been sent at the last look for those that were passed over, and when that was. */
  private looked: { readonly at: Milliseconds; readonly numbered: number } | null = null;
  private ask: ((overtaken: readonly Sending[]) => void) | null = null;
  /** That was heard when it was last asked, so that it is asked once for each pause. */
  private askedAfter = -1;
  private passedOver: readonly Sending[] | null = null;
  private readonly waiting: Message[] = [];
  private onlyOne = false;
  private heardAt = 0;
  private cancelWatch: (() => void) | null = null;

  /** Throws a fault of the broker: MQTT_UNREACHABLE, MQTT_CLOSED, MQTT_REFUSED and what else broker-fault.ts knows. */
  static async open(options: WireOptions, signal: AbortSignal): Promise<Wire> {
    const { connect, Store } = await import('mqtt');
    signal.throwIfAborted();
    const client = connect(options.target, { ...options.mqtt, outgoingStore: new KeepsNothing(new Store()), log: MUTE });
    const oddReasons = new Map<number, number>();
    const guard = packetGuard({
      most: options.longest,
      tooLong: (bytes) => client.stream.destroy(tooLong(options.about, bytes)),
      ...(options.mqtt.protocolVersion === 5 && { oddReason: (packet, reason) => oddReasons.set(packet, reason) }),
    });
    // Before mqtt.js: what the guard mends must be mended when the parser reads it.
    client.stream.prependListener('data', guard);
    try {
      return new Wire(client, options, await connected(client, options, signal), oddReasons);
    } catch (thrown) {
      client.end(true);
      throw thrown;
    }
  }

  private constructor(client: MqttClient, options: WireOptions, limits: BrokerLimits, oddReasons: Map<number, number>) {
    this.client = client;
    this.options = options;
    this.oddReasons = oddReasons;
    this.capacity = limits.receiveMaximum ?? RECEIVE_MAXIMUM;
    this.largest = limits.maximumPacketSize ?? LARGEST_PACKET;
    this.abilities = {
      retain: options.abilities.retain && limits.retainAvailable !== false,
      qos1: options.abilities.qos1 && limits.maximumQoS !== 0,
    };
    this.barrier = this.abilities.qos1 ? null : this.acknowledgeByPing();
    let fail: (fault: LinesideError) => void = () => {};
    this.lost = new Promise<never>((_, reject) => {
      fail = reject;
    });
    this.lost.catch(() => {});
    this.fail = (fault) => {
      this.closed = true;
      fail(fault);
    };
    this.watchEnd();
  }

  private watchEnd(): void {
    const { client, options } = this;
    let last: unknown = new Error('the connection was closed');
    client.on('error', (error) => {
      last = error;
    });
    client.on('disconnect', ({ reasonCode }) => {
      last = Object.assign(new Error('the broker ended the session'), { code: reasonCode ?? 0 });
    });
    client.on('close', () => {
      if (!this.closed) this.lostBy = /keepalive/i.test(String(last)) ? 'silence' : 'broker';
      this.fail(brokerFault(last, options.about));
    });
  }

  private acknowledgeByPing(): PingBarrier {
    const barrier = new PingBarrier(() => this.client.sendPing());
    this.client.on('packetsend', ({ cmd }) => {
      if (cmd === 'pingreq') barrier.pinged();
    });
    this.client.on('packetreceive', ({ cmd }) => {
      if (cmd === 'pingresp') barrier.answered();
    });
    return barrier;
  }

  /** How the connection ended, for whoever looks for the message that did it; null where nobody but we ended it. */
  ending(fault: unknown): Ending | null {
    if (!this.lostBy) return null;
    const why = fault instanceof LinesideError ? String(fault.details['why'] ?? fault.sentence) : String(fault);
    const silent = this.lostBy === 'silence';
    return { underWay: [...this.underWay.keys()], overtaken: this.passedOver ?? [], proven: this.proven, silent, why };
  }

  /**
   * A broker acknowledges in the order in which it was sent to (MQTT-4.6.0-2), a few by queue: what has no answer while later messages have
   * theirs will have none, or is late. `upTo`: sent no later than this one.
   */
  private overtaken(upTo = this.numbered): readonly Sending[] {
    return [...this.underWay].flatMap(([sending, number]) => (number < this.latestAnswered && number <= upTo ? [sending] : []));
  }

  /**
   * Those that were passed over for `late` and longer, while others had their answers; null where there are none. The age is what tells
   * them from what a broker that confirms by queue is about to answer, or was when it froze.
   */
  private lookForPassedOver(now: Milliseconds): readonly Sending[] | null {
    if (this.looked && now - this.looked.at < this.late) return null;
    const found = this.overtaken(this.looked?.numbered ?? 0);
    this.looked = { at: now, numbered: this.numbered };
    return found.length > 0 ? found : null;
  }

  get late(): Milliseconds {
    return this.options.late ?? this.options.silence;
  }

  /**
   * QoS 1 where the broker has it, in the order of the calls. `done(null)` when the broker has it, `done(why)` when it will never take
   * this one; not at all when the connection is lost. Beyond the broker's window messages wait here; false: too many do, and this one
   * was not taken.
   */
  send(sending: Sending, payload: string, done: Done, options: SendOptions = {}): boolean {
    if (this.closed || this.waiting.length >= MOST_WAITING) return false;
    // A broker answers a packet that is too large by ending the connection: that one event would hold up all others for ever.
    const large = this.tooLarge(sending.topic, payload);
    if (large) {
      queueMicrotask(() => done({ why: large, topic: false, unsent: true }));
      return true;
    }
    if (this.underWay.size < this.window) this.publish({ sending, payload, done, options });
    else this.waiting.push({ sending, payload, done, options });
    return true;
  }

  /** One message at a time, or as many as the broker takes. */
  oneAtATime(on: boolean): void {
    this.onlyOne = on;
    this.sendWaiting();
  }

  /** Every message of every subscription. */
  onMessage(take: (topic: string, body: Buffer, packet: IPublishPacket) => void): void {
    this.client.on('message', take);
  }

  /**
   * Called once for each pause of half of `silence` with something under way: told what was overtaken, it may send something that has an
   * answer where the broker is not silent about everything.
   */
  onPause(ask: (overtaken: readonly Sending[]) => void): void {
    this.ask = ask;
  }

  /** Returns why the broker does not allow it, else null. */
  async subscribe(filter: string): Promise<string | null> {
    const sending: Sending = { what: 'subscription', topic: filter };
    this.underWay.set(sending, ++this.numbered);
    const granted = new Promise<string | null>((resolve) => {
      this.client.subscribe(filter, { qos: 1 }, (error) => resolve(error ? refusalOf(error) : null));
    });
    const refused = await this.within(SUBSCRIBE_WITHIN, 'subscribing', granted);
    this.underWay.delete(sending);
    this.sendWaiting();
    return refused;
  }

  unsubscribe(filter: string): void {
    this.client.unsubscribe(filter, () => {});
  }

  /** Settles when `work` does; rejects when the wire is lost or the time is over. */
  within<T>(ms: Milliseconds, what: string, work: Promise<T>): Promise<T> {
    let cancel = () => {};
    const over = new Promise<never>((_, reject) => {
      const why = `${what} took longer than ${inWords(ms)}`;
      cancel = this.options.clock.after(ms, () => {
        if (!this.closed) this.lostBy ??= 'silence';
        reject(new LinesideError('MQTT_UNREACHABLE', { ...this.options.about, why }));
      });
    });
    return Promise.race([work, this.lost, over]).finally(() => cancel());
  }

  /** Says goodbye where `politely`, so that no last will goes out, and lets go. Settles within 0.3 s, whatever the broker does. */
  async close(politely: boolean): Promise<void> {
    this.cancelWatch?.();
    const polite = politely && !this.closed;
    this.closed = true;
    if (polite) {
      const ended = new Promise<void>((resolve) => this.client.end(false, () => resolve()));
      await endsWithin(this.options.clock, ended, CLOSE_WITHIN);
    }
    this.client.end(true);
    this.client.stream.destroy();
  }

  private get window(): number {
    return this.onlyOne ? 1 : this.capacity;
  }

  private sendWaiting(): void {
    for (let next = this.nextWaiting(); next; next = this.nextWaiting()) this.publish(next);
  }

  private nextWaiting(): Message | undefined {
    return this.underWay.size < this.window ? this.waiting.shift() : undefined;
  }

  /** Why it is too large, in words, or null. */
  private tooLarge(topic: string, payload: string): string | null {
    const most = this.largest - AROUND_PAYLOAD;
    // At most three bytes a character: the count is needed near the limit only.
    if ((topic.length + payload.length) * 3 <= most) return null;
    const bytes = Buffer.byteLength(topic) + Buffer.byteLength(payload);
    return bytes > most
      ? `${about(bytes + AROUND_PAYLOAD)} bytes are more than the ${this.largest} that the broker takes (its maximum packet size)`
      : null;
  }

  private publish({ sending, payload, done, options }: Message): void {
    this.underWay.set(sending, ++this.numbered);
    // A subscription is under way without being watched: the first message beside it is.
    if (this.underWay.size === 1 || !this.cancelWatch) this.watch();
    const { correlation } = options;
    const retain = options.retain === true && this.abilities.retain;
    const properties = correlation && { correlationData: Buffer.from(correlation) };
    const plain = retain ? RETAINED : EVENT;
    const how = properties ? { ...plain, properties } : plain;
    if (!this.barrier) {
      this.client.publish(sending.topic, payload, how, (error, packet) => this.acknowledged(sending, done, error, packet?.messageId));
      return;
    }
    this.client.publish(sending.topic, payload, { ...how, qos: 0 });
    this.barrier.sent(() => this.acknowledged(sending, done, null, undefined));
  }

  private acknowledged(sending: Sending, done: Done, error: unknown, packet: number | undefined): void {
    if (this.closed) return;
    if (error && !isMessageFault(error)) return this.end(brokerFault(error, this.options.about));
    this.latestAnswered = Math.max(this.latestAnswered, this.underWay.get(sending) ?? 0);
    this.underWay.delete(sending);
    this.proven = true;
    this.heardAt = this.options.clock.elapsed();
    const next = this.nextWaiting();
    if (next) this.publish(next);
    done(error ? this.refusalOf(error, packet ?? 0) : null);
  }

  private refusalOf(error: unknown, packet: number): Refused {
    const odd = this.oddReasons.get(packet);
    this.oddReasons.delete(packet);
    return { why: refusalOf(error, odd), topic: isTopicFault(error), unsent: false };
  }

  /** The connection is lost, and this is why. */
  end(thrown: unknown): void {
    this.fail(brokerFault(thrown, this.options.about));
    this.client.end(true);
    this.client.stream.destroy();
  }

  /** One timer, however many messages. */
  private watch(): void {
    const { clock } = this.options;
    this.heardAt = clock.elapsed();
    if (!this.cancelWatch) this.cancelWatch = clock.after(this.pause(0), () => this.look());
  }

  private look(): void {
    const { clock, silence, about } = this.options;
    this.cancelWatch = null;
    if (this.underWay.size === 0 || this.closed) return;
    const now = clock.elapsed();
    const quiet = now - this.heardAt;
    this.passedOver = this.lookForPassedOver(now);
    const asks = this.isToAsk(quiet);
    if ((quiet < silence || asks) && !this.passedOver) {
      // An answer has its time, also where the question is late.
      const next = asks ? silence / 2 : this.pause(quiet) - quiet;
      this.cancelWatch = clock.after(Math.min(next, (this.looked?.at ?? now) + this.late - now), () => this.look());
      if (asks) this.askOnce();
      return;
    }
    this.lostBy = 'silence';
    const why = this.passedOver ? 'it acknowledges what was sent later' : `nothing acknowledged for ${inWords(silence)}`;
    this.end(new LinesideError('MQTT_UNREACHABLE', { ...about, why }));
  }

  /** The pause at which it is looked next, where there is one of `quiet` now. */
  private pause(quiet: Milliseconds): Milliseconds {
    const { silence } = this.options;
    return this.ask && quiet < silence / 2 ? silence / 2 : silence;
  }

  private isToAsk(quiet: Milliseconds): boolean {
    return this.ask !== null && quiet >= this.options.silence / 2 && this.askedAfter !== this.heardAt;
  }

  private askOnce(): void {
    this.askedAfter = this.heardAt;
    this.ask?.(this.overtaken());
  }
}

/** Upwards to two digits, so that it is the same cause from one event to the next. */
function about(bytes: number): string {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(bytes)) - 1);
  return `about ${Math.ceil(bytes / step) * step}`;
}

const tooLong = (about: About, bytes: number) =>
  new LinesideError('MQTT_UNREACHABLE', { ...about, why: `somebody sent a command of ${bytes} bytes here` });

/** Resolves at CONNACK with what the broker allows. */
function connected(
  client: MqttClient,
  { about, clock, patience = CONNECT_WITHIN }: WireOptions,
  signal: AbortSignal,
): Promise<BrokerLimits> {
  return new Promise((resolve, reject) => {
    let last: unknown = null;
    const onAbort = () => settle(() => reject(signal.reason));
    const cancel = clock.after(patience, () =>
      settle(() => reject(new LinesideError('MQTT_UNREACHABLE', { ...about, why: `no answer within ${inWords(patience)}` }))),
    );
    const onError = (error: unknown) => {
      last = error;
    };
    const onClose = () =>
      settle(() => reject(last ? closedWith(last, about) : new LinesideError('MQTT_CLOSED', { ...about, why: 'without a word' })));
    const settle = (how: () => void) => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      client.off('close', onClose);
      client.off('error', onError);
      how();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('error', onError);
    client.on('close', onClose);
    client.once('connect', (packet) => settle(() => resolve(packet.properties ?? {})));
    if (signal.aborted) onAbort();
  });
}

/** A reset after the connection stood is a close as well; what comes before that has a code of its own. */
function closedWith(thrown: unknown, about: About): LinesideError {
  const reset = codeOf(thrown) === 'ECONNRESET' || codeOf(thrown) === 'EPIPE';
  return reset ? new LinesideError('MQTT_CLOSED', { ...about, why: 'the connection was reset' }) : brokerFault(thrown, about);
}
