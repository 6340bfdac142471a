/** What machines say: /api/v1/texts. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { answers, Nullable, Time } from './schemas.ts';

const closed = { additionalProperties: false } as const;

export const MachineTextSchema = Type.Object({
  id: Type.String(),
  at: Time,
  stamped: Nullable({ ...Time, description: 'When the alarm became active, by the machine’s own clock.' }),
  source: Type.Enum(['tag', 'alarm', 'event']),
  origin: Type.String({ description: 'The tag, or the server.' }),
  name: Nullable(Type.String({ description: 'SourceName and ConditionName.' })),
  station: Nullable(Type.String()),
  severity: Nullable(Type.Integer({ description: '1 to 1000.' })),
  condition: Nullable(Type.String({ description: 'ConditionId.' })),
  acked: Nullable(Type.Boolean({ description: 'Acknowledged at the machine.' })),
  state: Nullable(Type.Enum(['active', 'ended', 'unknown'], { description: 'Null: an event, which has none.' })),
  ended: Nullable(Time),
  text: Type.String({ description: 'Names of people are taken out.' }),
});

export const textRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  app.get(
    '/texts',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'What machines said, the newest first',
        querystring: Type.Object(
          {
            station: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'With what is about no one station.' })),
            origin: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Tag or server.' })),
            from: Type.Optional(Type.Number({ description: 'ms since 1970; what was active then is in it' })),
            to: Type.Optional(Type.Number({ description: 'ms since 1970, not included' })),
            active: Type.Optional(Type.Boolean({ description: 'Only what is active, or only what is not.' })),
            limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
          },
          closed,
        ),
        response: answers(Type.Array(MachineTextSchema)),
      },
    },
    async ({ query }) => writable([...(await ports.records.texts(query))]),
  );
};
