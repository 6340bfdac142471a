/**
 * Alarms, conditions and events of one server (OPC 10000-9), over a session of its own: a message that is too large, or a machine that floods,
 * ends or slows this session and no part's trigger. One run() is one session; agent/runtime/runner.ts starts the next.
 */
import type { NotificationMessage, PublishResponse } from 'node-opcua-client';
import type { OpcuaServerConfig } from '../../config/schema.ts';
import type { EventContext, EventServer } from '../../contracts/index.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { type Milliseconds, Minutes, Seconds } from '../../time.ts';
import { eventFilter, eventOf, type Notice } from './event-fields.ts';
import { sessionFault } from './faults.ts';
import { resolveNode } from './nodes.ts';
import { isTooLarge } from './oversized.ts';
import { type OpcuaEnvironment, openSession, type Session } from './session.ts';
import { createSubscription, type Subscription } from './subscribe.ts';
import { MOST_MESSAGE } from './transport.ts';

/** Nobody reads an alarm within a fifth of a second. */
const PUBLISHING: Milliseconds = 200;
/** Events that the server keeps for us between two publishings; beyond them it says that it dropped some. */
const QUEUE = 1000;
/** In one message; after as many the next is asked for a little later, so that a flood takes a bounded share of this thread. */
const A_MESSAGE = 200;
const BREATH: Milliseconds = 100;
/** An event that was too large among others counts as so many. */
const A_LARGE = 20;
const IN_FLIGHT = 2;
/** Asked again no sooner than this after the last time, whatever is lost. */
const REFRESH_REST: Milliseconds = Minutes(1);
/** Within this time of the call a server has told what is active. */
const REFRESH_WITHIN: Milliseconds = Seconds(10);
/** For as long a server is read in smaller messages, and without their texts, after one that was too large. */
const SMALLER_FOR: Milliseconds = Minutes(30);
const LOSS_STANDS: Milliseconds = Minutes(1);

/** ConditionType, and its method ConditionRefresh: OPC 10000-9, 5.5.7. */
const CONDITION_TYPE = 'i=2782';
const CONDITION_REFRESH = 'i=3875';
const SERVER = 'i=2253';

type Settings = OpcuaServerConfig & { readonly events: NonNullable<OpcuaServerConfig['events']> };

export const createEventServer = (name: string, config: Settings, env: OpcuaEnvironment): EventServer => new OpcuaEvents(name, config, env);

/** How much of a message is asked for: all, one event at a time, one at a time without its text. */
type Portion = 'all' | 'single' | 'silent';

class OpcuaEvents implements EventServer {
  private readonly name: string;
  private readonly config: Settings;
  private readonly env: OpcuaEnvironment;
  private portion: Portion = 'all';
  private smallerUntil = 0;
  private feed: EventFeed | null = null;

  constructor(name: string, config: Settings, env: OpcuaEnvironment) {
    this.name = name;
    this.config = config;
    this.env = env;
  }

  async run(context: EventContext, signal: AbortSignal): Promise<void> {
    const life = new AbortController();
    const stop = () => life.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await this.live(context, life);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  refresh(): void {
    this.feed?.refreshSoon();
  }

  private async live(context: EventContext, life: AbortController): Promise<void> {
    const { name: server, config, env } = this;
    const lose = (fault: LinesideError) => life.abort(fault);
    const session = await openSession({ server, config, env, log: context.log, signal: life.signal });
    const over = new Promise<never>((_, reject) => {
      if (life.signal.aborted) reject(life.signal.reason);
      life.signal.addEventListener('abort', () => reject(life.signal.reason), { once: true });
    });
    try {
      session.onLost(lose);
      const feed = new EventFeed({ session, config, context, portion: this.portionNow(session), lost: lose });
      this.feed = feed;
      await Promise.race([feed.start(), over]);
      context.online();
      await over;
    } catch (thrown) {
      if (isTooLarge(session, thrown)) this.smaller(session);
      throw thrown;
    } finally {
      over.catch(() => {});
      this.feed?.stop();
      this.feed = null;
      await session.close();
    }
  }

  private portionNow({ clock }: Session): Portion {
    if (this.portion !== 'all' && clock.elapsed() > this.smallerUntil) this.portion = 'all';
    return this.portion;
  }

  private smaller({ clock }: Session): void {
    this.portion = this.portion === 'all' ? 'single' : 'silent';
    this.smallerUntil = clock.elapsed() + SMALLER_FOR;
  }
}

interface FeedOptions {
  readonly session: Session;
  readonly config: Settings;
  readonly context: EventContext;
  readonly portion: Portion;
  /** Called once; nothing is delivered afterwards. */
  readonly lost: (fault: LinesideError) => void;
}

class EventFeed {
  private readonly options: FeedOptions;
  private subscription: Subscription | null = null;
  private pending = 0;
  private wanted = IN_FLIGHT;
  private acknowledge: { subscriptionId: number; sequenceNumber: number }[] = [];
  /** Number of the next message with events, and whether the last one was a keep-alive. */
  private next: number | null = null;
  private idle = false;
  private heard = 0;
  /** Events since the last breath. */
  private breathless = 0;
  private over = false;
  private refreshing: (() => void) | null = null;
  /** Nothing was lost since the refresh began. */
  private isWhole = true;
  private refreshedAt = Number.NEGATIVE_INFINITY;
  private cancelRefresh: (() => void) | null = null;
  private readonly cancels = new Set<() => void>();
  private cancelWatch = () => {};
  private noRefresh: LinesideError | null = null;
  private lostAt = Number.NEGATIVE_INFINITY;

  constructor(options: FeedOptions) {
    this.options = options;
  }

  /** Rejects with OPCUA_NO_EVENTS, or as the session's calls do. */
  async start(): Promise<void> {
    const { session, config, portion } = this.options;
    this.subscription = await createSubscription(session, PUBLISHING, config.silence, portion === 'all' ? A_MESSAGE : 1);
    this.heard = session.clock.elapsed();
    await this.monitor(this.subscription);
    this.replenish();
    this.watch();
    await this.refresh();
  }

  stop(): void {
    this.over = true;
    this.cancelWatch();
    for (const cancel of this.cancels) cancel();
    this.cancelRefresh?.();
    this.refreshing = null;
  }

  /** Something was lost, or nobody could keep it: the server is asked what is active, at most once a minute. */
  refreshSoon(): void {
    if (this.cancelRefresh || this.over) return;
    const { clock } = this.options.session;
    const wait = Math.max(0, this.refreshedAt + REFRESH_REST - clock.elapsed());
    this.cancelRefresh = clock.after(wait, () => {
      this.cancelRefresh = null;
      void this.refresh();
    });
  }

  private async monitor({ id }: Subscription): Promise<void> {
    const { session, config, portion } = this.options;
    const { ua, client, call, server, namespaces } = session;
    const { from } = config.events;
    const nodeId = resolveNode(ua, from === 'Server' ? SERVER : from, namespaces);
    const refused = (status: string) => new LinesideError('OPCUA_NO_EVENTS', { server, node: from, status });
    if (nodeId === null) throw refused('BadNodeIdUnknown');
    const filter = eventFilter(ua, portion !== 'silent');
    const itemsToCreate = [
      {
        itemToMonitor: { nodeId, attributeId: ua.AttributeIds.EventNotifier },
        monitoringMode: ua.MonitoringMode.Reporting,
        requestedParameters: { clientHandle: 1, samplingInterval: 0, queueSize: QUEUE, discardOldest: true, filter },
      },
    ];
    const timestampsToReturn = ua.TimestampsToReturn.Neither;
    const { results } = await call(client.createMonitoredItems({ subscriptionId: id, timestampsToReturn, itemsToCreate }));
    const status = results?.[0]?.statusCode;
    if (status?.value !== 0) throw refused(status?.name ?? 'no answer');
  }

  private replenish(): void {
    while (!this.over && this.pending < this.wanted) this.request();
  }

  private request(): void {
    const { session, config } = this.options;
    const subscriptionAcknowledgements = this.acknowledge;
    this.acknowledge = [];
    this.pending++;
    const requestHeader = { timeoutHint: config.silence * IN_FLIGHT };
    session.client.publish(new session.ua.PublishRequest({ requestHeader, subscriptionAcknowledgements }), (fault, response) => {
      this.pending--;
      if (this.over) return;
      let full = false;
      try {
        if (fault) this.refused(fault);
        else if (response) full = this.receive(response);
      } finally {
        this.later(full ? BREATH : 0, () => this.replenish());
      }
    });
  }

  private later(ms: Milliseconds, what: () => void): void {
    const cancel = this.options.session.clock.after(ms, () => {
      this.cancels.delete(cancel);
      what();
    });
    this.cancels.add(cancel);
  }

  private refused(fault: unknown): void {
    if (messageOf(fault).includes('BadTooManyPublishRequests') && this.pending > 0) this.wanted = this.pending;
    else this.lose(sessionFault(this.options.session.server, fault));
  }

  /** Whether it is time for a breath. */
  private receive({ subscriptionId, notificationMessage }: PublishResponse): boolean {
    this.heard = this.options.session.clock.elapsed();
    const { notificationData, sequenceNumber } = notificationMessage;
    const withData = (notificationData?.length ?? 0) > 0;
    if (this.isAfterGap(sequenceNumber, withData)) this.dropped();
    if (!notificationData || !withData) return false;
    this.acknowledge.push({ subscriptionId, sequenceNumber });
    return this.deliver(notificationData);
  }

  /** What was in the message that is missing nobody will hear again. As observer.ts counts: some servers number their keep-alives too. */
  private isAfterGap(number: number, withData: boolean): boolean {
    if (!withData && number === 0) return false;
    const missing = this.next === null ? 0 : number - this.next;
    const own = missing === 1 && this.idle;
    this.next = withData ? number + 1 : number;
    this.idle = !withData;
    return missing > 0 && !own;
  }

  private deliver(data: NonNullable<NotificationMessage['notificationData']>): boolean {
    const { session } = this.options;
    let count = 0;
    for (const part of data) {
      if (part instanceof session.ua.StatusChangeNotification) this.lose(sessionFault(session.server, part.status.name));
      if (!(part instanceof session.ua.EventNotificationList)) continue;
      for (const { eventFields } of part.events ?? []) {
        count++;
        this.one(eventOf(eventFields ?? []));
      }
    }
    // A server may send smaller messages than it is asked for, and one that is read by itself may be large.
    this.breathless += this.options.portion === 'all' ? count : count * A_LARGE;
    if (this.breathless < A_MESSAGE) return false;
    this.breathless = 0;
    return true;
  }

  private one(event: ReturnType<typeof eventOf>): void {
    const { context, config } = this.options;
    if (event === null || this.over) return;
    if (typeof event === 'string') return this.notice(event);
    // An end is told with a severity of its own, and of what was never kept it ends nothing.
    const least = event.condition && !event.condition.active ? 0 : config.events.severity;
    if (event.severity >= least) context.event(event);
  }

  private notice(notice: Notice): void {
    if (notice === 'overflow') this.dropped();
    else if (notice === 'refresh required') this.refreshSoon();
    else if (notice === 'refresh end') this.refreshing?.();
  }

  private dropped(): void {
    this.isWhole = false;
    this.lostAt = this.options.session.clock.elapsed();
    this.refreshSoon();
    this.state();
    this.later(LOSS_STANDS, () => this.state());
  }

  /** Resolves when the server has told what is active, or has said that it does not. */
  private async refresh(): Promise<void> {
    const { session, context } = this.options;
    const { ua, client, clock } = session;
    this.refreshedAt = clock.elapsed();
    this.isWhole = true;
    context.refreshing();
    const ended = new Promise<boolean>((resolve) => {
      this.refreshing = () => resolve(true);
      this.later(REFRESH_WITHIN, () => resolve(false));
    });
    const inputArguments = [{ dataType: ua.DataType.UInt32, value: this.subscription?.id ?? 0 }];
    const method = { objectId: CONDITION_TYPE, methodId: CONDITION_REFRESH, inputArguments };
    // A server that does not know the service at all is one that does not refresh; one that is gone ends the life by itself.
    const answer = await session.call(client.call(method)).then(({ statusCode }) => statusCode.name, messageOf);
    const isTold = answer === 'Good' && (await ended);
    this.refreshing = null;
    if (this.over) return;
    // What was dropped on the way was told, and is not over.
    context.refreshed(isTold && this.isWhole);
    const status = answer === 'Good' ? 'no RefreshEndEvent' : answer;
    this.noRefresh = isTold ? null : new LinesideError('OPCUA_NO_REFRESH', { server: session.server, status });
    this.state();
  }

  private state(): void {
    if (this.over) return;
    const { session, context, portion } = this.options;
    const { server, clock } = session;
    const lost = clock.elapsed() - this.lostAt < LOSS_STANDS;
    const size = `${MOST_MESSAGE / 2 ** 20} MB`;
    const large = portion === 'all' ? null : new LinesideError('OPCUA_EVENTS_LARGE', { server, size });
    const faults = [lost ? new LinesideError('OPCUA_EVENTS_LOST', { server }) : null, this.noRefresh, large];
    context.faults(faults.filter((fault) => fault !== null));
  }

  private watch(): void {
    const { session, config } = this.options;
    if (this.over) return;
    const quiet = session.clock.elapsed() - this.heard;
    if (quiet >= config.silence && this.subscription?.keepsAlive)
      return this.lose(new LinesideError('OPCUA_SILENT', { server: session.server, seconds: config.silence / 1000 }));
    this.cancelWatch = session.clock.after(Math.max(PUBLISHING, config.silence - quiet), () => this.watch());
  }

  private lose(fault: LinesideError): void {
    if (this.over) return;
    this.stop();
    this.options.lost(fault);
  }
}
