/** A tag server over OPC UA. One run() is one session; agent/runner.ts starts the next. */
import type { OpcuaServerConfig } from '../../config/schema.ts';
import type { TagSample, TagServer, TagServerContext, TagWrite } from '../../contracts.ts';
import { LinesideError } from '../../errors.ts';
import type { Milliseconds } from '../../time.ts';
import { Access } from './access.ts';
import { Feed } from './feed.ts';
import { type OpcuaEnvironment, openSession, type Session } from './session.ts';
import { createSubscriptions, isFast, monitor } from './subscribe.ts';
import { resolveTags } from './tags.ts';
import { daysLeft } from './trust.ts';

export interface OpcuaTagServer extends TagServer {
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

  constructor(name: string, config: OpcuaServerConfig, env: OpcuaEnvironment) {
    this.name = name;
    this.config = config;
    this.env = env;
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
      await ended(life.signal);
    } finally {
      this.access = null;
      feed?.stop();
      await session.close();
    }
  }

  private async subscribe(session: Session, ctx: TagServerContext, lost: (reason: unknown) => void): Promise<Feed> {
    const { silence } = this.config;
    const tags = await resolveTags(session, this.config.tags, ctx.fault);
    this.access = new Access(session, tags);
    const fast = tags.filter(isFast);
    const slow = tags.filter((tag) => !isFast(tag));
    const subscriptions = await createSubscriptions(session, silence);
    const names = [...fast, ...slow].map((tag) => tag.name);
    const feed = new Feed(session, { subscriptions: Object.values(subscriptions), names, silence, emit: ctx.emit, lost });
    feed.start();
    const common = { silence, fault: ctx.fault, warn: (tag: string, why: string) => ctx.log.warn({ tag }, why) };
    await monitor(session, subscriptions.fast, 0, { ...common, tags: fast });
    await monitor(session, subscriptions.batch, fast.length, { ...common, tags: slow });
    return feed;
  }
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
