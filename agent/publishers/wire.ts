/**
 * One connection to one broker: the only file that imports mqtt.js, and not before it connects. It never reconnects, every await is
 * capped, and it is lost (once, with a reason) on any sign of it: an error, a close, keep-alive, or acknowledgements that stop coming.
 *
 * The session is always clean. mqtt.js keeps what it has not delivered in memory only, a broker's session may or may not survive the
 * broker: the outbox is the one memory there is, so nothing else may remember.
 */
import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import { LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';
import { brokerFault, isMessageFault, packetGuard } from './broker-fault.ts';
import { KeepsNothing } from './keeps-nothing.ts';

export interface WireOptions {
  /** What is connected to. */
  readonly target: string;
  /** The same, safe to log. */
  readonly url: string;
  /** For the whole way to CONNACK: name, socket, TLS. Default 10 s. */
  readonly patience?: Milliseconds;
  readonly mqtt: IClientOptions;
  readonly clock: Clock;
  /** Messages under way and none acknowledged for this long: the broker is frozen. */
  readonly silence: Milliseconds;
  /** Longest packet that is taken. Announced in MQTT 5; in 3.1.1 a longer one ends the connection before it fills the memory. */
  readonly longest: number;
}

export interface SendOptions {
  readonly retain?: boolean;
  readonly correlation?: Uint8Array;
}

interface Message {
  readonly topic: string;
  readonly payload: string;
  readonly done: (taken: boolean) => void;
  readonly options: SendOptions;
}
/** Only a broker with a tiny window and a flood of commands to answer gets there. */
const MOST_WAITING = 1000;

/** mqtt.js calls its log a dozen times a packet, also where nobody listens. */
const MUTE = () => {};
const EVENT = { qos: 1 } as const;
const RETAINED = { qos: 1, retain: true } as const;

const CONNECT_WITHIN: Milliseconds = Seconds(10);
const SUBSCRIBE_WITHIN: Milliseconds = Seconds(10);
const CLOSE_WITHIN: Milliseconds = 300;

/** What a broker says of itself in CONNACK, and what holds when it does not (MQTT 5, 3.2.2.3.3 and 2.1.4). Bytes. */
interface BrokerLimits {
  readonly receiveMaximum?: number;
  readonly maximumPacketSize?: number;
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
  private readonly largest: number;
  private readonly client: MqttClient;
  private readonly options: WireOptions;
  private readonly fail: (fault: LinesideError) => void;
  private closed = false;
  private underWay = 0;
  private readonly waiting: Message[] = [];
  private heardAt = 0;
  private cancelWatch: (() => void) | null = null;

  /** Throws MQTT_UNREACHABLE or MQTT_REFUSED. */
  static async open(options: WireOptions, signal: AbortSignal): Promise<Wire> {
    const { connect, Store } = await import('mqtt');
    signal.throwIfAborted();
    const client = connect(options.target, { ...options.mqtt, outgoingStore: new KeepsNothing(new Store()), log: MUTE });
    client.stream.on(
      'data',
      packetGuard(options.longest, (bytes) => client.stream.destroy(tooLong(options.url, bytes))),
    );
    try {
      return new Wire(client, options, await connected(client, options, signal));
    } catch (thrown) {
      client.end(true);
      throw thrown;
    }
  }

  private constructor(client: MqttClient, options: WireOptions, limits: BrokerLimits) {
    this.client = client;
    this.options = options;
    this.capacity = limits.receiveMaximum ?? RECEIVE_MAXIMUM;
    this.largest = limits.maximumPacketSize ?? LARGEST_PACKET;
    let fail: (fault: LinesideError) => void = () => {};
    this.lost = new Promise<never>((_, reject) => {
      fail = reject;
    });
    this.lost.catch(() => {});
    this.fail = (fault) => {
      this.closed = true;
      fail(fault);
    };
    let last: unknown = new Error('the connection was closed');
    client.on('error', (error) => {
      last = error;
    });
    client.on('disconnect', (packet) => {
      last = Object.assign(new Error('the broker ended the session'), { code: packet.reasonCode ?? 0 });
    });
    client.on('close', () => this.fail(brokerFault(last, options.url)));
  }

  /**
   * QoS 1, in the order of the calls. `done(true)` when the broker has it, `done(false)` when it will never take this one; not at all
   * when the connection is lost. Beyond the broker's window messages wait here; false: too many do, and this one was not taken.
   */
  send(topic: string, payload: string, done: (taken: boolean) => void, options: SendOptions = {}): boolean {
    if (this.closed || this.waiting.length >= MOST_WAITING) return false;
    // A broker answers a packet that is too large by ending the connection: that one event would hold up all others for ever.
    if (this.tooLarge(topic, payload)) {
      queueMicrotask(() => done(false));
      return true;
    }
    if (this.underWay < this.capacity) this.publish({ topic, payload, done, options });
    else this.waiting.push({ topic, payload, done, options });
    return true;
  }

  /** Messages of this filter go to `take`. false: the broker does not allow it. */
  async subscribe(filter: string, take: (topic: string, body: Buffer, packet: IPublishPacket) => void): Promise<boolean> {
    this.client.on('message', take);
    const granted = new Promise<boolean>((resolve) => {
      this.client.subscribe(filter, { qos: 1 }, (error) => resolve(!error));
    });
    return this.within(SUBSCRIBE_WITHIN, 'subscribing', granted);
  }

  /** Settles when `work` does; rejects when the wire is lost or the time is over. */
  within<T>(ms: Milliseconds, what: string, work: Promise<T>): Promise<T> {
    let cancel = () => {};
    const over = new Promise<never>((_, reject) => {
      const why = `${what} took longer than ${ms} ms`;
      cancel = this.options.clock.after(ms, () => reject(new LinesideError('MQTT_UNREACHABLE', { url: this.options.url, why })));
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
      await Promise.race([ended, this.options.clock.sleep(CLOSE_WITHIN)]);
    }
    this.client.end(true);
    this.client.stream.destroy();
  }

  private tooLarge(topic: string, payload: string): boolean {
    const most = this.largest - AROUND_PAYLOAD;
    // At most three bytes a character: the count is needed near the limit only.
    return (topic.length + payload.length) * 3 > most && Buffer.byteLength(topic) + Buffer.byteLength(payload) > most;
  }

  private publish({ topic, payload, done, options }: Message): void {
    if (this.underWay++ === 0) this.watch();
    const { retain = false, correlation } = options;
    const properties = correlation && { correlationData: Buffer.from(correlation) };
    const how = properties ? { ...EVENT, retain, properties } : retain ? RETAINED : EVENT;
    this.client.publish(topic, payload, how, (error) => this.acknowledged(error, done));
  }

  private acknowledged(error: unknown, done: (taken: boolean) => void): void {
    if (this.closed) return;
    this.underWay--;
    this.heardAt = this.options.clock.elapsed();
    const next = this.waiting.shift();
    if (next) this.publish(next);
    if (!error) done(true);
    else if (isMessageFault(error)) done(false);
    else this.end(brokerFault(error, this.options.url));
  }

  /** The connection is lost, and this is why. */
  end(thrown: unknown): void {
    this.fail(brokerFault(thrown, this.options.url));
    this.client.end(true);
    this.client.stream.destroy();
  }

  /** One timer, however many messages. */
  private watch(): void {
    const { clock, silence, url } = this.options;
    this.heardAt = clock.elapsed();
    if (this.cancelWatch) return;
    const look = () => {
      this.cancelWatch = null;
      if (this.underWay === 0 || this.closed) return;
      const quiet = clock.elapsed() - this.heardAt;
      if (quiet >= silence)
        return this.end(new LinesideError('MQTT_UNREACHABLE', { url, why: `nothing acknowledged for ${silence / 1000} s` }));
      this.cancelWatch = clock.after(silence - quiet, look);
    };
    this.cancelWatch = clock.after(silence, look);
  }
}

const tooLong = (url: string, bytes: number) =>
  new LinesideError('MQTT_UNREACHABLE', { url, why: `somebody sent a command of ${bytes} bytes here` });

/** Resolves at CONNACK with what the broker allows. */
function connected(client: MqttClient, { url, clock, patience = CONNECT_WITHIN }: WireOptions, signal: AbortSignal): Promise<BrokerLimits> {
  return new Promise((resolve, reject) => {
    let last: unknown = new Error('the connection was closed');
    const onAbort = () => settle(() => reject(signal.reason));
    const cancel = clock.after(patience, () =>
      settle(() => reject(new LinesideError('MQTT_UNREACHABLE', { url, why: `no answer within ${patience / 1000} s` }))),
    );
    const onError = (error: unknown) => {
      last = error;
    };
    const onClose = () => settle(() => reject(brokerFault(last, url)));
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
