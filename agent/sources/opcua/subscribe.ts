/**
 * Two subscriptions a server: fast tags (triggers) as soon as the server can, sensors in batches. One session and two subscriptions
 * lost nothing where fourteen lost 10 of 1500 changes.
 */
import type { MonitoredItemCreateRequestOptions, MonitoredItemCreateResult } from 'node-opcua-client';
import type { LinesideError } from '../../errors.ts';
import type { Milliseconds } from '../../time.ts';
import { isNumeric } from './convert.ts';
import { batches, inHalves } from './limits.ts';
import type { Session } from './session.ts';
import { refusedItem, type Tag } from './tags.ts';

/** A tag sampled at least this often is a trigger: it must not wait for a batch. */
const FAST_SAMPLING: Milliseconds = 20;
/** As fast as most can: some stacks (gopcua) fall over when they are asked for 0, which OPC 10000-4, 5.14.2.2 has for "as fast as you can". */
const FAST_PUBLISHING: Milliseconds = 1;
/** Where 0 does buy something, asyncua: it publishes at once, half a millisecond sooner at the median and with less work than in cycles of 1 ms. */
const AT_ONCE = /FreeOpcUa|asyncio/i;
const BATCH_PUBLISHING: Milliseconds = 50;
/** Within one `silence`; a server short of time stretches them. */
const KEEP_ALIVES = 5;
/** More in one message would hold the main thread for longer than a frame's tick. */
const MOST_A_MESSAGE = 1000;

export interface Subscription {
  readonly id: number;
  /** Publishing interval that the server granted. */
  readonly publishing: Milliseconds;
  /** Whether it sends keep-alives: a server that publishes at once, without a cycle (interval 0), has none to send. */
  readonly keepsAlive: boolean;
}

export interface SubscribeOptions {
  readonly tags: readonly Tag[];
  readonly silence: Milliseconds;
  readonly fault: (tag: string, error: LinesideError) => void;
  /** A tag whose deadband the server does not do; it sends every change. */
  readonly withoutDeadband: (tag: string) => void;
  /** What the server made of the wishes for a tag. */
  readonly granted: (tag: Tag, handle: number, granted: { readonly sampling: Milliseconds; readonly queue: number }) => void;
}

export const isFast = ({ config }: Tag): boolean => config.sampling <= FAST_SAMPLING;

/** Creates both, empty: an empty one still sends keep-alives, so that a server with triggers only is watched like any other. */
export async function createSubscriptions(session: Session, silence: Milliseconds): Promise<{ fast: Subscription; batch: Subscription }> {
  const fast = AT_ONCE.test(session.product) ? 0 : FAST_PUBLISHING;
  return { fast: await createSubscription(session, fast, silence), batch: await createSubscription(session, BATCH_PUBLISHING, silence) };
}

/**
 * Five keep-alives within `silence`. They are counted in publishing intervals, which the server revises: where its answer makes them
 * come too seldom or too often, the subscription is made again with the right count (not modified: small servers cannot).
 */
export async function createSubscription(
  session: Session,
  interval: Milliseconds,
  silence: Milliseconds,
  most = MOST_A_MESSAGE,
): Promise<Subscription> {
  const guess = await request(session, { interval, most, keepAliveCount: silence / KEEP_ALIVES / BATCH_PUBLISHING });
  const revised = guess.revisedPublishingInterval;
  const keepAlive = revised * guess.revisedMaxKeepAliveCount;
  const fits = keepAlive > silence / KEEP_ALIVES / 2 && keepAlive < silence / 2;
  if (fits || revised === 0) return { id: guess.subscriptionId, publishing: revised, keepsAlive: revised > 0 };
  await remove(session, guess.subscriptionId);
  const made = await request(session, { interval, most, keepAliveCount: silence / KEEP_ALIVES / revised });
  return { id: made.subscriptionId, publishing: made.revisedPublishingInterval, keepsAlive: true };
}

function remove({ client, call }: Session, id: number): Promise<void> {
  return call(
    new Promise((resolve, reject) => {
      client.deleteSubscriptions({ subscriptionIds: [id] }, (fault) => (fault ? reject(fault) : resolve()));
    }),
  );
}

interface SubscriptionWish {
  readonly interval: Milliseconds;
  /** Notifications in one message. */
  readonly most: number;
  readonly keepAliveCount: number;
}

function request({ client, call }: Session, { interval, most, keepAliveCount }: SubscriptionWish) {
  const requestedMaxKeepAliveCount = Math.max(1, Math.round(keepAliveCount));
  return call(
    client.createSubscription({
      requestedPublishingInterval: interval,
      requestedMaxKeepAliveCount,
      requestedLifetimeCount: requestedMaxKeepAliveCount * 10,
      maxNotificationsPerPublish: most,
      publishingEnabled: true,
      priority: interval < BATCH_PUBLISHING ? 2 : 1,
    }),
  );
}

/** Monitors `tags`; the position of a tag in the list is its client handle, counted from `firstHandle`. */
export async function monitor(session: Session, subscription: Subscription, firstHandle: number, options: SubscribeOptions): Promise<void> {
  let handle = firstHandle;
  for (const batch of batches(options.tags, session.limits.monitor)) {
    const first = handle;
    const requests = batch.map((tag) => requestOf(session, tag, handle++));
    const results = await inHalves(requests, (some) => createItems(session, subscription, some));
    const again: number[] = [];
    results.forEach((result, at) => {
      const tag = batch[at];
      if (!tag) return;
      if (result.statusCode.value === 0) options.granted(tag, first + at, grantedBy(result));
      else if (/Filter|Deadband/.test(result.statusCode.name)) again.push(at);
      else settle(session, tag, result, options);
    });
    await withoutDeadband(
      session,
      subscription,
      again.map((at) => ({ tag: batch[at] as Tag, request: requests[at] as Request, handle: first + at })),
      options,
    );
  }
}

const grantedBy = ({ revisedSamplingInterval, revisedQueueSize }: MonitoredItemCreateResult) => ({
  sampling: revisedSamplingInterval,
  queue: revisedQueueSize,
});

type Request = MonitoredItemCreateRequestOptions;

async function withoutDeadband(
  session: Session,
  subscription: Subscription,
  refused: readonly { tag: Tag; request: Request; handle: number }[],
  options: SubscribeOptions,
): Promise<void> {
  if (refused.length === 0) return;
  const requests = refused.map(({ request }) => ({ ...request, requestedParameters: { ...request.requestedParameters, filter: null } }));
  const results = await inHalves(requests, (some) => createItems(session, subscription, some));
  refused.forEach(({ tag, handle }, at) => {
    const result = results[at];
    if (!result) return;
    if (result.statusCode.value !== 0) settle(session, tag, result, options);
    else {
      options.withoutDeadband(tag.name);
      options.granted(tag, handle, grantedBy(result));
    }
  });
}

async function createItems(
  { ua, client, call }: Session,
  { id }: Subscription,
  items: readonly Request[],
): Promise<readonly MonitoredItemCreateResult[]> {
  const timestampsToReturn = ua.TimestampsToReturn.Both;
  const { results } = await call(client.createMonitoredItems({ subscriptionId: id, timestampsToReturn, itemsToCreate: [...items] }));
  return results ?? [];
}

function requestOf({ ua }: Session, { node, config, type }: Tag, clientHandle: number): Request {
  const { sampling, queue, deadband } = config;
  const filter =
    deadband !== undefined && isNumeric(type)
      ? new ua.DataChangeFilter({
          trigger: ua.DataChangeTrigger.StatusValue,
          deadbandType: ua.DeadbandType.Absolute,
          deadbandValue: deadband,
        })
      : null;
  return {
    itemToMonitor: { nodeId: node, attributeId: ua.AttributeIds.Value },
    monitoringMode: ua.MonitoringMode.Reporting,
    requestedParameters: { clientHandle, samplingInterval: sampling, queueSize: queue, discardOldest: true, filter },
  };
}

/** A tag that can only be written is not a faulty one. */
function settle(session: Session, tag: Tag, { statusCode }: MonitoredItemCreateResult, { fault }: SubscribeOptions): void {
  if (tag.config.writable && statusCode.name === 'BadNotReadable') return;
  fault(tag.name, refusedItem(session.server, tag, statusCode.name));
}
