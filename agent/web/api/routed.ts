/** Where parts go: /api/v1/routes, the ways of one part, and what a person says of them; by the ways that MQTT has. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { RoutedPart } from '../../contracts/index.ts';
import { userOf } from '../doors/callers.ts';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { answers, Nullable } from './schemas.ts';

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Age = (description: string) => Type.Number({ minimum: 0, description: `${description}, ms by the agent's own time` });
const PartId = Type.String({ minLength: 1, maxLength: 256 });
/** Of faults and of all others, the newest. */
const MOST = 200;
/** Ways of one part. */
const MOST_WAYS = 50;

const DestinationSchema = Type.Object({
  name: Type.String(),
  action: Type.Enum(['pass', 'divert', 'hold', 'rework']),
  capacity: Nullable(Type.Integer({ minimum: 1 })),
  contents: Type.Integer({ minimum: 0, description: 'Parts that are there.' }),
  under_way: Type.Integer({ minimum: 0, description: 'Parts on their way there.' }),
  oldest_ms: Nullable(Age('How long the oldest is there')),
  full: Type.Boolean(),
  vanished: Count,
  strayed: Count,
  came: Type.Integer({ minimum: 0, description: 'Since the start, with those that were there.' }),
  gone: Type.Integer({ minimum: 0, description: 'Since the start.' }),
});

const WaySchema = Type.Object({
  id: Type.String(),
  part: Nullable(Type.String({ description: 'Id; null: it has none.' })),
  station: Nullable(Type.String({ description: 'That sent it; null: nobody did.' })),
  inspection: Nullable(Type.String({ description: 'The verdict that led to it.' })),
  to: Nullable(Type.String({ description: 'Destination; null: the conveyor could not be told, or nobody sent it.' })),
  instead_of: Nullable(Type.String({ description: 'Where it should have gone by the table.' })),
  why: Type.String(),
  sent_ago_ms: Age('When it was sent, or came'),
  place: Nullable(Type.String({ description: 'Where it came; null: on its way.' })),
  arrived_ago_ms: Nullable(Age('When it came')),
  fault: Nullable(Type.Enum(['vanished', 'strayed', 'twice'])),
  ended_ago_ms: Nullable(Age('Since when it is not followed any more')),
  end: Nullable(Type.Enum(['left', 'sent_anew', 'passed', 'forgotten', 'dropped', 'unknown'])),
});

const wayOf = (now: number) => {
  const ago = (at: number) => Math.max(0, now - at);
  const agoOrNull = (at: number | null) => (at === null ? null : ago(at));
  return ({ id, part, station, inspection, to, instead_of, why, sent, place, arrived, fault, ended, end }: RoutedPart) => ({
    id,
    part,
    station,
    inspection,
    to,
    instead_of,
    why,
    sent_ago_ms: ago(sent),
    place,
    arrived_ago_ms: agoOrNull(arrived),
    fault,
    ended_ago_ms: agoOrNull(ended),
    end,
  });
};

export const routedRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const { routes, records, changes } = ports;
  app.get(
    '/routes',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Where parts are: destinations, parts on their way, faults',
        response: answers(
          Type.Object({
            on: Type.Boolean({ description: 'The config routes parts.' }),
            destinations: Type.Array(DestinationSchema),
            under_way: Type.Array(WaySchema, { description: `The ${MOST} that were sent first.` }),
            faults: Type.Array(WaySchema, { description: `The newest ${MOST}.` }),
            cut: Type.Integer({ minimum: 0, description: 'So many more are on their way, or faulty.' }),
            dropped: Count,
          }),
        ),
      },
    },
    async () => {
      const way = wayOf(routes.now);
      const moving = routes.parts.filter(({ fault, place }) => fault === null && place === null);
      const faulty = routes.parts.filter(({ fault }) => fault !== null);
      const cut = Math.max(0, moving.length - MOST) + Math.max(0, faulty.length - MOST);
      const { destinations = [], dropped = 0 } = routes.state ?? {};
      return writable({
        on: routes.isOn,
        destinations: [...destinations],
        under_way: moving.slice(0, MOST).map(way),
        faults: faulty.slice(-MOST).reverse().map(way),
        cut,
        dropped,
      });
    },
  );
  app.get(
    '/routes/part',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Where one part went, the newest way first',
        querystring: Type.Object({ part: PartId }, closed),
        response: answers(Type.Object({ ways: Type.Array(WaySchema) })),
      },
    },
    async ({ query: { part } }) => {
      const ways = await records.routed({ part, limit: MOST_WAYS });
      return { ways: ways.map(wayOf(routes.now)) };
    },
  );
  app.post(
    '/routes',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'A part was taken away, its fault was looked at, or a destination was emptied',
        body: Type.Object(
          {
            do: Type.Enum(['forget', 'empty']),
            part: Type.Optional(PartId),
            destination: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
          },
          closed,
        ),
        response: answers(Type.Record(Type.String(), Type.Unknown(), { description: 'What the command gives back.' })),
      },
    },
    async ({ caller, body }) => ({ ...(await changes.command(userOf(caller), 'route', body)) }),
  );
};
