/** Hours of which somebody says that all production was good: /api/v1/good-hours. What was refused in them counts against promises. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { userOf } from '../doors/callers.ts';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { recorded } from './recorded.ts';
import { answers, NoContent, Time } from './schemas.ts';

const closed = { additionalProperties: false } as const;
const Station = Type.String({ minLength: 1, maxLength: 128 });
const Id = Type.String({
  pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  description: 'A UUID that the sender chooses: told again, it is the same.',
});
const Moment = Type.Integer({ minimum: 0, maximum: 8.64e15 });

const HoursSchema = Type.Object({
  id: Type.String(),
  station: Type.String(),
  from: Time,
  to: Time,
  who: Type.String(),
  at: { ...Time, description: 'When it was said.' },
});

export const hoursRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const { hours } = ports;
  app.get(
    '/good-hours',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Hours that were confirmed good, the newest first',
        response: answers(Type.Array(HoursSchema)),
      },
    },
    async () => writable([...hours.all()]),
  );
  app.post(
    '/good-hours',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'Say that all production of a station was good from then to then: what was refused in it counts against what was promised',
        body: Type.Object(
          {
            id: Id,
            station: Station,
            from: { ...Moment, description: 'ms since 1970, included' },
            to: { ...Moment, description: 'ms since 1970, not included; a week later at most, and before now' },
          },
          closed,
        ),
        response: NoContent,
      },
    },
    async ({ caller, body }, reply) => {
      const who = userOf(caller);
      await recorded(ports, who, 'good_hours', body, async () => hours.confirm({ ...body, who }));
      return reply.code(204).send(null);
    },
  );
  app.delete(
    '/good-hours/:id',
    {
      config: { needs: 'operator' },
      schema: { summary: 'Take back that hours were good', params: Type.Object({ id: Id }), response: NoContent },
    },
    async ({ caller, params }, reply) => {
      await recorded(ports, userOf(caller), 'undo_good_hours', params, () => hours.takeBack(params.id));
      return reply.code(204).send(null);
    },
  );
};
