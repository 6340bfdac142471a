/**
 * The publish loop (OPC 10000-4, 5.14.5): a few requests always wait at the server, each answer is delivered at once and replaced.
 *
 * Hot path. Our own rather than the library's ClientSubscription, which sends every notification through a promise, an event per tag
 * and an event per message, and repairs what is to be thrown away: this is where a trigger's latency and the cost of thousands
 * of tags are made. Nothing is created per value but its TagSample.
 */
import type { MonitoredItemNotification, NotificationMessage, PublishResponse } from 'node-opcua-client';
import type { TagSample } from '../../contracts/index.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import type { Milliseconds } from '../../time.ts';
import { sessionFault } from './faults.ts';
import type { Observer } from './observer.ts';
import type { Session } from './session.ts';
import type { Subscription } from './subscribe.ts';
import { sampleOf } from './values.ts';

/**
 * A subscription that is mute while its sibling speaks is given this many times `silence`: a server that is short of time counts its
 * keep-alives late, and ending a session whose data flows would make it shorter still.
 */
const SIBLING_GRACE = 3;
/** Enough for two subscriptions over a slow network, and what small PLCs still hold. */
const IN_FLIGHT = 8;
/** Longer than this no part waits for the first values of other tags: its deadline runs. */
const FIRST_WITHIN: Milliseconds = 100;
/** Held back until then, at most: seconds of all that a large machine says. */
const MOST_HELD = 20_000;

export interface FeedOptions {
  readonly subscriptions: readonly Subscription[];
  /** Tag by client handle. */
  readonly names: readonly string[];
  readonly silence: Milliseconds;
  readonly emit: (tag: string, sample: TagSample) => void;
  /** Sees every sample and message before it is delivered. */
  readonly observer: Observer;
  /** Called once; nothing is delivered afterwards. */
  readonly lost: (fault: LinesideError) => void;
}

export class Feed {
  private readonly session: Session;
  private readonly options: FeedOptions;
  /** Monotonic time of the last sign of life, of each subscription that sends keep-alives, and of any. */
  private readonly heard = new Map<number, number>();
  private heardAny = 0;
  private acknowledge: { subscriptionId: number; sequenceNumber: number }[] = [];
  private pending = 0;
  private wanted = IN_FLIGHT;
  private over = false;
  private cancelWatch: () => void = () => {};
  /** Samples that wait for the first values of the other tags; null once these are there. */
  private held: { readonly name: string; readonly sample: TagSample }[] | null = [];
  /** Handles of which something was heard while samples are held, and how many will be. */
  private readonly told = new Set<number>();
  private awaited = Number.POSITIVE_INFINITY;
  private cancelHold: () => void = () => {};

  constructor(session: Session, options: FeedOptions) {
    this.session = session;
    this.options = options;
  }

  start(): void {
    this.heardAny = this.session.clock.elapsed();
    for (const { id, keepsAlive } of this.options.subscriptions) {
      if (keepsAlive) this.heard.set(id, this.heardAny);
    }
    this.options.observer.start();
    this.replenish();
    this.watch();
  }

  stop(): void {
    this.over = true;
    this.options.observer.stop();
    this.cancelWatch();
    this.cancelHold();
  }

  /**
   * All `items` are monitored. Until each of them has told its first value everything is held back, each sample with the time of its own
   * arrival: a trigger comes at once and the other tags in a batch, so that a part that was waiting for this session would otherwise be
   * judged by the recipe, the serial and the set points of the session before. What is not heard by then has no good value.
   */
  complete(items: number): void {
    this.awaited = items;
    this.cancelHold = this.session.clock.after(FIRST_WITHIN, () => this.release());
    this.releaseWhenTold();
  }

  private releaseWhenTold(): void {
    if (this.told.size >= this.awaited) this.release();
  }

  private release(): void {
    const { held } = this;
    this.held = null;
    this.cancelHold();
    this.told.clear();
    for (const { name, sample } of held ?? []) this.options.emit(name, sample);
  }

  /** All have to speak within `silence`, each within SIBLING_GRACE of it: one that flows does not excuse one that is mute for ever. */
  private watch(): void {
    const { clock } = this.session;
    const { silence } = this.options;
    const now = clock.elapsed();
    const left = Math.min(this.heardAny + silence - now, ...[...this.heard.values()].map((at) => at + silence * SIBLING_GRACE - now));
    if (left <= 0) return this.lose(this.silent());
    this.cancelWatch = clock.after(left, () => this.watch());
  }

  private silent = (): LinesideError =>
    new LinesideError('OPCUA_SILENT', { server: this.session.server, seconds: this.options.silence / 1000 });

  private replenish(): void {
    while (!this.over && this.pending < this.wanted) this.request();
  }

  private request(): void {
    const { ua, client } = this.session;
    const subscriptionAcknowledgements = this.acknowledge;
    this.acknowledge = [];
    this.pending++;
    // Each request waits its turn behind the others, for a keep-alive in the worst case; the watchdog is stricter.
    const requestHeader = { timeoutHint: this.options.silence * IN_FLIGHT };
    client.publish(new ua.PublishRequest({ requestHeader, subscriptionAcknowledgements }), (fault, response) => {
      this.pending--;
      if (this.over) return;
      try {
        if (fault) this.refused(fault);
        else if (response) this.receive(response);
      } finally {
        // node-opcua swallows what its callbacks throw; without the next request the feed would dry up. Next turn: the others still wait
        // at the server, and a trigger that came with this answer starts its networks first.
        setImmediate(() => this.replenish());
      }
    });
  }

  private receive({ subscriptionId, notificationMessage }: PublishResponse): void {
    const { clock } = this.session;
    const arrived = clock.elapsed();
    const received = clock.now();
    this.heardAny = arrived;
    if (this.heard.has(subscriptionId)) this.heard.set(subscriptionId, arrived);
    const { notificationData, sequenceNumber } = notificationMessage;
    const skipped = this.options.observer.message(subscriptionId, sequenceNumber, (notificationData?.length ?? 0) > 0);
    if (skipped > 0) return this.lose(new LinesideError('OPCUA_GAPS', { server: this.session.server, count: skipped }));
    if (!notificationData?.length) return;
    this.acknowledge.push({ subscriptionId, sequenceNumber });
    this.deliver(notificationData, received, arrived);
  }

  private deliver(data: NonNullable<NotificationMessage['notificationData']>, received: number, arrived: number): void {
    const { ua } = this.session;
    for (const part of data) {
      if (part instanceof ua.DataChangeNotification) this.deliverItems(part.monitoredItems ?? [], received, arrived);
      else if (part instanceof ua.StatusChangeNotification) this.lose(sessionFault(this.session.server, part.status.name));
    }
  }

  private deliverItems(items: readonly MonitoredItemNotification[], received: number, arrived: number): void {
    const { names, emit, observer } = this.options;
    for (const { clientHandle, value } of items) {
      const name = names[clientHandle];
      if (name === undefined) continue;
      const sample = sampleOf(value, received, arrived);
      observer.sample(clientHandle, sample);
      if (this.held === null) emit(name, sample);
      else {
        this.held.push({ name, sample });
        this.told.add(clientHandle);
      }
    }
    if (this.held === null) return;
    if (this.held.length > MOST_HELD) this.release();
    else this.releaseWhenTold();
  }

  /** A server that holds fewer requests says so once a request; anything else means that session or subscription are gone. */
  private refused(fault: unknown): void {
    if (messageOf(fault).includes('BadTooManyPublishRequests') && this.pending > 0) this.wanted = this.pending;
    else this.lose(sessionFault(this.session.server, fault));
  }

  private lose(fault: LinesideError): void {
    if (this.over) return;
    this.stop();
    this.options.lost(fault);
  }
}
