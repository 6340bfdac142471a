/** The payload about where parts are. Pure. */
import type { Static } from 'typebox';
import type { RouteState } from '../contracts/index.ts';
import { instant, text } from './payloads.ts';
import type { RouteSchema } from './route-schema.ts';

export type RoutePayload = Static<typeof RouteSchema>;

export function routePayload(agent: string, { at, destinations, under_way, dropped }: RouteState): RoutePayload {
  return {
    schema: 'lineside.route.v1',
    agent,
    ...instant(at),
    destinations: destinations.slice(0, 100).map(({ name, oldest_ms, ...one }) => ({
      ...one,
      name: text(name),
      oldest_ms: oldest_ms === null ? null : Math.round(oldest_ms),
    })),
    under_way,
    dropped,
  };
}
