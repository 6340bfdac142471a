/**
 * /api/v1/live: server-sent events (HTML 9.2). What is stored is told, in the order in which it was stored: while somebody looks the journal is asked
 * for what is new, once for all. An event of an inspection has its id; whoever comes back with the last one that he saw (Last-Event-ID) gets what
 * came since, or is told how much is left out.
 *
 *   line        everything as it is now; first, and when something of it has changed that no other event tells
 *   inspection  as in /inspections
 *   state       a station as it is now
 *   alarms      all that are active
 *   skipped     {count, newest}: inspections that are left out here; /inspections has them. count null: nobody can say
 *   beat        {at}: nothing else to say
 */
import type { ServerResponse } from 'node:http';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { BEGINNING, type Since } from '../../contracts/index.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { every, type Milliseconds, Seconds } from '../../time.ts';
import type { Sessions } from '../doors/sessions.ts';
import { type LineRoutes, lineOf } from './line.ts';
import { answers } from './schemas.ts';

const LOOK_EVERY: Milliseconds = 300;
/** A page says that it has lost the connection after three seconds of silence: one beat may be late. */
const BEAT_EVERY: Milliseconds = Seconds(1);
/** At once; each holds a connection. */
const MOST_VIEWERS = 24;
/** Told one by one to somebody who comes back, or to all after a burst. */
const MOST_AT_ONCE = 200;
/** Waiting in a connection: whoever reads more slowly is told the newest, later. */
const MOST_WAITING = 128 * 1024;

type Line = ReturnType<typeof lineOf>;
type Station = Line['stations'][string];

/** The line at one look, and its pieces as texts, to tell what has changed: made once for all viewers. */
interface Look {
  readonly line: Line;
  readonly fixed: string;
  readonly alarms: string;
  readonly states: Readonly<Record<string, string>>;
}

interface Viewer {
  readonly out: ServerResponse;
  /** Whether who asked may still look: a stream outlives the session that it was begun with. */
  readonly mayLook: () => Promise<boolean>;
  /** The last inspection that was told; BEGINNING before the first of all. */
  newest: string;
  /** What was told last. */
  told: Look;
  beatAt: Milliseconds;
  isChecked: boolean;
}

export interface LiveRoutes extends LineRoutes {
  readonly sessions: Sessions;
  readonly cookie: (request: FastifyRequest) => { readonly name: string };
}

export const liveRoutes: FastifyPluginAsyncTypebox<LiveRoutes> = async (app, routes) => {
  const desk = new LiveDesk(routes);
  // Streams never end by themselves, and a server that closes waits for them.
  app.addHook('preClose', async () => desk.close());
  app.get(
    '/live',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'What happens, as server-sent events: line, inspection, state, alarms, skipped, beat',
        querystring: Type.Object(
          { last: Type.Optional(Type.String({ maxLength: 64, description: 'As the header Last-Event-ID, for who cannot set it.' })) },
          { additionalProperties: false },
        ),
        response: answers(Type.Unsafe<never>({ type: 'string', description: 'text/event-stream' })),
      },
    },
    async (request, reply) => {
      desk.admit();
      const { 'last-event-id': header } = request.headers;
      const last = request.query.last ?? (typeof header === 'string' && header !== '' ? header.slice(0, 64) : null);
      reply.headers({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
      for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value);
      reply.hijack();
      reply.raw.flushHeaders();
      await desk.join(reply.raw, last, mayLook(request, routes));
    },
  );
};

/** On this box everybody may look. Looking at what is live is using the session: it goes on meanwhile. */
function mayLook(request: FastifyRequest, { sessions, cookie }: LiveRoutes): () => Promise<boolean> {
  if (request.caller.isLocal) return async () => true;
  const shown = request.cookies[cookie(request).name] ?? '';
  return async () => (await sessions.of(shown)) !== null;
}

class LiveDesk {
  private readonly routes: LineRoutes;
  private readonly viewers = new Set<Viewer>();
  private joining = 0;
  private isLooking = false;
  private isClosed = false;
  private stop: (() => void) | null = null;

  constructor(routes: LineRoutes) {
    this.routes = routes;
  }

  /** Throws WEB_BUSY. */
  admit(): void {
    if (this.viewers.size + this.joining >= MOST_VIEWERS) throw new LinesideError('WEB_BUSY');
  }

  /** What came since `last`, and from then on what comes. */
  async join(out: ServerResponse, last: string | null, mayLook: () => Promise<boolean>): Promise<void> {
    const now = this.lookAtLine();
    const viewer: Viewer = { out, mayLook, newest: last ?? BEGINNING, told: now, beatAt: this.now(), isChecked: false };
    this.joining++;
    out.on('error', () => {});
    out.on('close', () => this.leave(viewer));
    tell(viewer, 'line', now.line);
    if (last === null) viewer.newest = (await this.since(null))?.newest ?? BEGINNING;
    this.joining--;
    if (out.closed || out.destroyed) return;
    // Closed meanwhile: it would be told of an agent that has ended, for as long as its page is open.
    if (this.isClosed) return void out.end();
    this.viewers.add(viewer);
    this.stop ??= every(this.routes.ports.clock, LOOK_EVERY, () => this.look());
    this.look();
  }

  close(): void {
    this.isClosed = true;
    this.stop?.();
    this.stop = null;
    for (const { out } of this.viewers) out.end();
    this.viewers.clear();
  }

  private leave(viewer: Viewer): void {
    this.viewers.delete(viewer);
    if (this.viewers.size > 0) return;
    this.stop?.();
    this.stop = null;
  }

  private async since(id: string | null): Promise<Since | null> {
    return this.routes.ports.records.since(id, MOST_AT_ONCE).catch(() => null);
  }

  /** One after the other. One that fails is told and left out: the next comes by itself. */
  private look(): void {
    if (this.isLooking) return;
    this.isLooking = true;
    this.tellEverybody()
      .catch((thrown: unknown) => this.routes.ports.log.error({ why: messageOf(thrown) }, 'those who look at the line live were not told'))
      .finally(() => {
        this.isLooking = false;
      });
  }

  /** Nearly always all viewers are at the same place, and one question is for all. */
  private async tellEverybody(): Promise<void> {
    const places = byPlace([...this.viewers].filter((viewer) => !isFull(viewer)));
    for (const [place, viewers] of places) {
      const since = await this.since(place);
      const now = this.lookAtLine();
      for (const viewer of viewers) {
        if (since) tellSince(viewer, since);
        tellChanges(viewer, now);
      }
    }
    this.beat();
  }

  private beat(): void {
    const due = [...this.viewers].filter(({ beatAt }) => this.now() - beatAt >= BEAT_EVERY);
    for (const viewer of due) {
      viewer.beatAt = this.now();
      if (!isFull(viewer)) tell(viewer, 'beat', { at: this.routes.ports.clock.now() });
      void this.check(viewer);
    }
  }

  /** Beside the looks: a disk that hangs keeps nobody from being told. */
  private async check(viewer: Viewer): Promise<void> {
    if (viewer.isChecked) return;
    viewer.isChecked = true;
    // Not known for the moment, as with a disk that is away: that ends no stream.
    const isWelcome = await viewer.mayLook().catch(() => true);
    viewer.isChecked = false;
    if (isWelcome) return;
    this.leave(viewer);
    viewer.out.end();
  }

  private lookAtLine(): Look {
    const line = lineOf(this.routes.ports, this.routes.source);
    const { at: _, alarms, stations, ...rest } = line;
    const fixed = Object.entries(stations).map(([name, { state: __, ...station }]) => [name, station] as const);
    return {
      line,
      fixed: JSON.stringify([rest, fixed]),
      alarms: JSON.stringify(alarms),
      states: Object.fromEntries(Object.entries(stations).map(([name, { state }]) => [name, textOf(state)])),
    };
  }

  private now(): Milliseconds {
    return this.routes.ports.clock.elapsed();
  }
}

/** `at` alone is no change. */
const textOf = (state: Station['state']): string => JSON.stringify({ ...state, at: 0 });

const isFull = ({ out }: Viewer): boolean => out.writableLength > MOST_WAITING;

function tell({ out }: Viewer, event: string, data: unknown, id?: string): void {
  out.write(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
}

function tellChanges(viewer: Viewer, now: Look): void {
  const { told } = viewer;
  viewer.told = now;
  // Stations have come or gone, or the agent is ready: all of it in one piece.
  if (now.fixed !== told.fixed) return tell(viewer, 'line', now.line);
  for (const [station, { state }] of Object.entries(now.line.stations))
    if (now.states[station] !== told.states[station] && state) tell(viewer, 'state', { station, state });
  if (now.alarms !== told.alarms) tell(viewer, 'alarms', now.line.alarms);
}

function byPlace(viewers: readonly Viewer[]): ReadonlyMap<string, readonly Viewer[]> {
  const places = new Map<string, Viewer[]>();
  for (const viewer of viewers) places.set(viewer.newest, [...(places.get(viewer.newest) ?? []), viewer]);
  return places;
}

function tellSince(viewer: Viewer, { items, skipped, lost, newest }: Since): void {
  if (lost || skipped > 0) tell(viewer, 'skipped', { count: lost ? null : skipped, newest });
  for (const item of items) tell(viewer, 'inspection', item, item.id);
  viewer.newest = newest ?? BEGINNING;
}
