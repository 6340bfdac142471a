/**
 * /api/v1/live: server-sent events (HTML 9.2). What is stored is told, in the order in which it was stored: while somebody looks the journal is asked
 * for what is new, once for all. An event of an inspection has its id; whoever comes back with the last one that he saw (Last-Event-ID) gets what
 * came since, or is told how much is left out.
 *
 *   line        everything as it is now; first, and after anything that was left out
 *   inspection  as in /inspections
 *   state       a station as it is now
 *   alarms      all that are active
 *   skipped     {count, newest}: inspections that are left out here; /inspections has them. count null: nobody can say
 *   beat        {at}: nothing else to say
 */
import type { ServerResponse } from 'node:http';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { BEGINNING, type Since } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { every, type Milliseconds, Seconds } from '../../time.ts';
import { alarmOf, type LineRoutes, lineOf, stateOf } from './line.ts';
import { answers } from './schemas.ts';

const LOOK_EVERY: Milliseconds = 300;
/** A page says that it has lost the connection after three seconds of silence. */
const BEAT_EVERY: Milliseconds = Seconds(2);
/** At once; each holds a connection. */
const MOST_VIEWERS = 24;
/** Told one by one to somebody who comes back, or to all after a burst. */
const MOST_AT_ONCE = 200;
/** Waiting in a connection: whoever reads more slowly is told the newest, later. */
const MOST_WAITING = 128 * 1024;

interface Viewer {
  readonly out: ServerResponse;
  /** The last inspection that was told; BEGINNING before the first of all. */
  newest: string;
  /** Last things that were told, to tell what has changed. */
  told: { states: Readonly<Record<string, string>>; alarms: string };
  beatAt: Milliseconds;
}

export const liveRoutes: FastifyPluginAsyncTypebox<LineRoutes> = async (app, routes) => {
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
      await desk.join(reply.raw, last);
    },
  );
};

class LiveDesk {
  private readonly routes: LineRoutes;
  private readonly viewers = new Set<Viewer>();
  private joining = 0;
  private isLooking = false;
  private stop: (() => void) | null = null;

  constructor(routes: LineRoutes) {
    this.routes = routes;
  }

  /** Throws WEB_BUSY. */
  admit(): void {
    if (this.viewers.size + this.joining >= MOST_VIEWERS) throw new LinesideError('WEB_BUSY');
  }

  /** What came since `last`, and from then on what comes. */
  async join(out: ServerResponse, last: string | null): Promise<void> {
    const viewer: Viewer = { out, newest: last ?? BEGINNING, told: { states: {}, alarms: '' }, beatAt: this.now() };
    this.joining++;
    out.on('error', () => {});
    out.on('close', () => this.leave(viewer));
    this.tellLine(viewer);
    if (last === null) viewer.newest = (await this.since(null))?.newest ?? BEGINNING;
    this.joining--;
    if (out.closed || out.destroyed) return;
    this.viewers.add(viewer);
    this.stop ??= every(this.routes.ports.clock, LOOK_EVERY, () => void this.look());
    await this.look();
  }

  close(): void {
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

  /** Nearly always all viewers are at the same place, and one question is for all. */
  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      const places = byPlace([...this.viewers].filter((viewer) => !isFull(viewer)));
      for (const [place, viewers] of places) this.tellAll(viewers, await this.since(place));
    } finally {
      this.isLooking = false;
    }
  }

  private tellAll(viewers: readonly Viewer[], since: Since | null): void {
    for (const viewer of viewers) {
      if (since) tellSince(viewer, since);
      this.tellState(viewer);
    }
  }

  private tellState(viewer: Viewer): void {
    const { live } = this.routes.ports;
    const states = textsOf(live.states());
    const alarms = JSON.stringify(live.alarms().map(alarmOf));
    for (const [station, state] of Object.entries(live.states()))
      if (states[station] !== viewer.told.states[station]) tell(viewer, 'state', { station, state: stateOf(state) });
    if (alarms !== viewer.told.alarms) tell(viewer, 'alarms', live.alarms().map(alarmOf));
    viewer.told = { states, alarms };
    if (this.now() - viewer.beatAt < BEAT_EVERY) return;
    viewer.beatAt = this.now();
    tell(viewer, 'beat', { at: this.routes.ports.clock.now() });
  }

  private tellLine(viewer: Viewer): void {
    const { ports, source } = this.routes;
    tell(viewer, 'line', lineOf(ports, source));
    viewer.told = { states: textsOf(ports.live.states()), alarms: JSON.stringify(ports.live.alarms().map(alarmOf)) };
  }

  private now(): Milliseconds {
    return this.routes.ports.clock.elapsed();
  }
}

type States = ReturnType<LineRoutes['ports']['live']['states']>;
/** `at` alone is no change. */
const textsOf = (states: States) =>
  Object.fromEntries(Object.entries(states).map(([name, { at: _, ...state }]) => [name, JSON.stringify(state)]));

const isFull = ({ out }: Viewer): boolean => out.writableLength > MOST_WAITING;

function tell({ out }: Viewer, event: string, data: unknown, id?: string): void {
  out.write(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
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
