/** A tag server over OPC UA. One run() is one session; agent/runtime/runner.ts starts the next. */
import type { OpcuaServerConfig } from '../../config/schema.ts';
import type { TagSample, TagServer, TagServerContext, TagValue, TagWrite } from '../../contracts/index.ts';
import { asLinesideError, LinesideError } from '../../errors.ts';
import type { Milliseconds } from '../../time.ts';
import { Access } from './access.ts';
import { nameOfType, variantOf } from './convert.ts';
import { Feed } from './feed.ts';
import { Gaps } from './gaps.ts';
import { type Granted, revisedFault } from './granted.ts';
import { ownCertificateFile } from './identity.ts';
import { Observer } from './observer.ts';
import { Oversized } from './oversized.ts';
import { type OpcuaEnvironment, openSession, type Session } from './session.ts';
import { listed, StandingFaults } from './standing.ts';
import { createSubscriptions, isFast, monitor, type SubscribeOptions, type Subscription } from './subscribe.ts';
import { resolveTags } from './tags.ts';
import { daysLeft } from './trust.ts';
import { TOO_LARGE } from './values.ts';

/** Days that a technician needs to carry a new certificate to every server. */
const ENDS_SOON = 30;

export interface OpcuaTagServer extends TagServer {
  /** By tag: what was asked of the server and what it does. Empty before the first session. */
  granted(): ReadonlyMap<string, Granted>;
  /** Built-in type of a writable tag's node ('Int16'); null before the first session and where the server does not say. */
  typeOf(tag: string): string | null;
  /** Why the node of this tag could not take the value, by its type; null when it can or is not known. */
  unfit(tag: string, value: TagValue): LinesideError | null;
  /** ms that the clock behind the source times is ahead of this box's, negative behind; null before something has changed. */
  clockSkew(): number | null;
  /** Whole days until the certificates of a secured channel end: `own`, and the server's by its name. Empty before the first session. */
  certificateDaysLeft(): Readonly<Record<string, number>>;
}

export function createTagServer(name: string, config: OpcuaServerConfig, env: OpcuaEnvironment): OpcuaTagServer {
  return new OpcuaServer(name, config, env);
}

class OpcuaServer implements OpcuaTagServer {
  private readonly name: string;
  private readonly config: OpcuaServerConfig;
  private readonly env: OpcuaEnvironment;
  private access: Access | null = null;
  private validTo: Readonly<Record<string, number>> = {};
  private grants = new Map<string, Granted>();
  private types = new Map<string, number>();
  private skew: number | null = null;
  private readonly standing = new StandingFaults();
  private readonly gaps = new Gaps();
  private readonly oversized: Oversized;

  constructor(name: string, config: OpcuaServerConfig, env: OpcuaEnvironment) {
    this.name = name;
    this.config = config;
    this.env = env;
    this.oversized = new Oversized(env.clock);
  }

  async run(ctx: TagServerContext, signal: AbortSignal): Promise<void> {
    const life = new AbortController();
    const lose = (reason: unknown) => life.abort(reason);
    const stop = () => lose(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await this.live(ctx, life, lose);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async write(writes: readonly TagWrite[], timeout: Milliseconds): Promise<readonly (LinesideError | null)[]> {
    if (this.access) return this.access.write(writes, timeout);
    return writes.map(({ tag }) => new LinesideError('OPCUA_WRITE_FAILED', { tag, why: `there is no session with ${this.name}` }));
  }

  async read(tags: readonly string[], timeout: Milliseconds): Promise<readonly TagSample[]> {
    if (this.access) return this.access.read(tags, timeout);
    throw new LinesideError('OPCUA_UNREACHABLE', { server: this.name, why: 'there is no session' });
  }

  granted(): ReadonlyMap<string, Granted> {
    return this.grants;
  }
  typeOf(tag: string): string | null {
    const type = this.types.get(tag) ?? 0;
    return type === 0 ? null : nameOfType(type);
  }
  unfit(tag: string, value: TagValue): LinesideError | null {
    const type = this.types.get(tag);
    if (type === undefined) return null;
    try {
      variantOf(`${this.name}.${tag}`, type, value);
      return null;
    } catch (thrown) {
      return asLinesideError(thrown);
    }
  }
  clockSkew(): number | null {
    return this.skew;
  }

  certificateDaysLeft(): Readonly<Record<string, number>> {
    const now = this.env.clock.now();
    return Object.fromEntries(Object.entries(this.validTo).map(([whose, end]) => [whose, daysLeft(end, now)]));
  }

  /** Rejects with the fault that ended it; `life` is aborted then. */
  private async live(ctx: TagServerContext, life: AbortController, lose: (reason: unknown) => void): Promise<void> {
    const { name: server, config, env } = this;
    const session = await openSession({ server, config, env, log: ctx.log, signal: life.signal });
    let feed: Feed | null = null;
    try {
      this.validTo = session.validTo;
      session.onLost(lose);
      feed = await this.subscribe(session, ctx, lose);
      ctx.online();
      this.standing.stateTo((list) => ctx.faults(list));
      await ended(life.signal);
    } catch (thrown) {
      this.oversized.ended(session, thrown);
      throw thrown;
    } finally {
      ctx.offline();
      this.access = null;
      this.standing.stateTo(() => {});
      feed?.stop();
      await session.close();
    }
  }

  private async subscribe(session: Session, ctx: TagServerContext, lost: (reason: unknown) => void): Promise<Feed> {
    const { silence } = this.config;
    const resolved = await resolveTags(session, this.config.tags, ctx.fault);
    this.types = new Map(resolved.map(({ name, type }) => [name, type]));
    this.access = new Access(session, resolved);
    const tags = await this.oversized.fit(session, resolved);
    this.markLeftOut(ctx);
    const fast = tags.filter(isFast);
    const slow = tags.filter((tag) => !isFast(tag));
    const subscriptions = await createSubscriptions(session, silence);
    const names = [...fast, ...slow].map((tag) => tag.name);
    const observer = this.observe(session, names);
    const feed = new Feed(session, { subscriptions: Object.values(subscriptions), names, silence, emit: ctx.emit, observer, lost });
    feed.start();
    const grants = new Map<string, Granted>();
    const take = ({ publishing }: Subscription): Pick<SubscribeOptions, 'granted'> => ({
      granted: ({ name, config: asked }, handle, { sampling, queue }) => {
        grants.set(name, { asked, sampling, queue, publishing });
        observer.slack(handle, sampling + publishing);
      },
    });
    const plain: string[] = [];
    const common = { silence, fault: ctx.fault, withoutDeadband: (tag: string) => void plain.push(tag) };
    // The triggers last: a part that waits for this session must not wait for thousands of tags as well.
    await monitor(session, subscriptions.batch, fast.length, { ...common, ...take(subscriptions.batch), tags: slow });
    await monitor(session, subscriptions.fast, 0, { ...common, ...take(subscriptions.fast), tags: fast });
    feed.complete(grants.size);
    this.grants = grants;
    this.judge(session, grants, plain);
    return feed;
  }

  private observe({ server, clock }: Session, names: readonly string[]): Observer {
    const { standing, oversized, gaps } = this;
    const onSkew = (ms: number) => {
      this.skew = ms;
    };
    return new Observer({
      server,
      clock,
      names,
      standing,
      gaps,
      bySourceTime: this.env.bySourceTime ?? (() => true),
      leftOut: () => oversized.tags,
      onSkew,
    });
  }

  /** What is known as soon as the session stands. */
  private judge({ clock, readable, server, validTo }: Session, grants: ReadonlyMap<string, Granted>, plain: readonly string[]): void {
    const { standing, config, env } = this;
    standing.set('deadband', plain.length > 0 ? new LinesideError('OPCUA_NO_DEADBAND', { server, tags: listed(plain) }) : null);
    standing.set('revised', revisedFault(server, grants));
    standing.set('readable', readable && config.user ? new LinesideError('OPCUA_READABLE', { server, user: config.user.name }) : null);
    const { own } = validTo;
    const ends = own !== undefined && daysLeft(own, clock.now()) < ENDS_SOON;
    const details = () => ({ date: new Date(own ?? 0).toISOString().slice(0, 10), certificate: ownCertificateFile(env.pki) });
    standing.set('certificate', ends ? new LinesideError('OPCUA_CERTIFICATE_ENDS', details()) : null);
  }

  /** What is left out must not pass for what it was before. */
  private markLeftOut({ clock, emit }: TagServerContext): void {
    for (const tag of this.oversized.tags) {
      emit(tag, { value: null, status: TOO_LARGE, source: null, server: null, received: clock.now(), arrived: clock.elapsed() });
    }
  }
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
