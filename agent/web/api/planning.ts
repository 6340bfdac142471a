/** What runs next: /api/v1/plan, and the answer to it. By the ways that MQTT has. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { userOf } from '../doors/callers.ts';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { answers, Nullable, Time } from './schemas.ts';

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Length = (description: string) => Type.Number({ description: `${description}, ms` });
const Id = Type.String({ minLength: 1, maxLength: 64 });

const Figures = Type.Object({
  cost_ms: Length('What the search makes small'),
  tardiness_ms: Length('How late each order ends, times its priority, together'),
  setups_ms: Length('Working time for set-ups'),
  late: Type.Integer({ minimum: 0, description: 'Orders that end late.' }),
});
const TIMES = {
  begin: Time,
  end: Time,
  lateness_ms: Nullable(Length('After it is due, negative before')),
  probability: Nullable(Type.Number({ minimum: 0, maximum: 1, description: 'Of being late.' })),
};

const PlanSchema = Type.Object({
  id: Type.String({ description: 'Of the sequence.' }),
  at: Time,
  state: Type.Enum(['agreed', 'proposed', 'refused'], {
    description: 'agreed: so it goes on. proposed: somebody may accept it. refused: somebody has refused what would gain.',
  }),
  by: Type.Enum(['search', 'rules']),
  because: Nullable(Type.String({ description: 'Why rules alone.' })),
  orders: Count,
  unplanned: Type.Array(Type.String(), { description: 'Orders of whose recipe nothing is known.' }),
  running: Nullable(Type.Object({ id: Type.String(), recipe: Type.String(), quantity: Count, made: Count, scrap: Count })),
  plan: Figures,
  fifo: Figures,
  before: Figures,
  sequence: Type.Array(
    Type.Object({
      id: Type.String(),
      recipe: Type.String(),
      quantity: Count,
      parts: Count,
      due: Nullable(Time),
      setup_at: Time,
      setup_ms: Length('Set-up'),
      ...TIMES,
      before: Nullable(Type.Object({ place: Type.Integer({ minimum: 1 }), ...TIMES }, { description: 'The same order as agreed before.' })),
    }),
  ),
  cut: Type.Integer({ minimum: 0, description: 'So many more follow.' }),
  moves: Type.Array(
    Type.Object({
      id: Type.String(),
      from: Type.Integer({ minimum: 1 }),
      to: Type.Integer({ minimum: 1 }),
      gain_ms: Length('What the plan would cost more without it'),
    }),
  ),
});

const Result = Type.Record(Type.String(), Type.Unknown(), { description: 'What the command gives back.' });

export const planningRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const { planning, changes } = ports;
  app.get(
    '/plan',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'What runs next; null where nothing is planned, or there is nothing to plan',
        response: answers(Type.Object({ on: Type.Boolean({ description: 'The config plans.' }), plan: Nullable(PlanSchema) })),
      },
    },
    async () => ({ on: planning.isOn, plan: writable(planning.now) }),
  );
  for (const answer of ['accept', 'refuse'] as const)
    app.post(
      `/plan/${answer}`,
      {
        config: { needs: 'operator' },
        schema: {
          summary: answer === 'accept' ? 'Go on as it is proposed' : 'Leave the agreed order as it is',
          body: Type.Object(
            {
              plan: { ...Id, description: 'Its id, as it was looked at.' },
              reason: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
            },
            closed,
          ),
          response: answers(Result),
        },
      },
      async ({ caller, body }) => ({ ...(await changes.command(userOf(caller), 'plan', { do: answer, ...body })) }),
    );
  app.post(
    '/orders',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Orders of the line: all of a request are taken, or none',
        body: Type.Object(
          {
            orders: Type.Optional(
              Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 500, description: 'As docs/planning.md has them.' }),
            ),
            replace: Type.Optional(Type.Boolean({ description: 'Those that are not here are taken back, but for those of the file.' })),
            remove: Type.Optional(Type.Array(Id, { maxItems: 500 })),
          },
          closed,
        ),
        response: answers(Result),
      },
    },
    async ({ caller, body }) => ({ ...(await changes.command(userOf(caller), 'orders', body)) }),
  );
};
