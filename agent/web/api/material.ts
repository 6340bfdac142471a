/** Materials: /api/v1/materials. What is there, how long it lasts, what was called; and what people say of it, by the way that MQTT has. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { userOf } from '../doors/callers.ts';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { answers, Nullable, Time } from './schemas.ts';

const closed = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 128 });
const Quantity = (description: string) => Type.Number({ description });

const MaterialSchema = Type.Object({
  station: Type.String(),
  name: Type.String(),
  at: Time,
  unit: Nullable(Type.String({ description: 'Of all quantities.' })),
  stock: Nullable(Quantity('What is there; null: nobody knows, `because` says why.')),
  state: Type.Enum(['ok', 'called', 'overdue', 'short', 'unknown'], { description: 'The gravest.' }),
  because: Nullable(Type.String()),
  reorder_at: Nullable(Quantity('One more is called when stock and open calls together are down to it.')),
  by: Type.Enum(['forecast', 'container'], { description: 'container: too little was seen of its use yet.' }),
  source: Nullable(Type.Enum(['plan', 'rate'], { description: 'What the forecast goes by.' })),
  container: Quantity('Of one call.'),
  service: Type.Number({ description: 'Aim: share of calls that come before it has run out.' }),
  rate: Nullable(Quantity('Used in an hour of working time.')),
  runs_out: Nullable(
    Type.Object(
      { low: Nullable(Time), middle: Nullable(Time), high: Nullable(Time) },
      { description: 'Where nothing comes; nine times in ten between low and high. null: later than anybody looks.' },
    ),
  ),
  calls: Type.Array(Type.Object({ id: Type.String(), at: Time, quantity: Quantity('Called.'), expected: Time, overdue: Type.Boolean() }), {
    description: 'That are open, the oldest first.',
  }),
  measured: Type.Boolean({ description: 'A tag tells what is there; it cannot be said.' }),
  forecast: Type.Array(Type.Object({ at: Time, low: Type.Number(), middle: Type.Number(), high: Type.Number() }), {
    description: 'Stock where nothing comes, with its 90 % interval.',
  }),
});

export const materialRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const { material, changes } = ports;
  app.get(
    '/materials',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Materials: what is there, how long it lasts, and what was called',
        response: answers(
          Type.Object({ on: Type.Boolean({ description: 'The config has some.' }), materials: Type.Array(MaterialSchema) }),
        ),
      },
    },
    async () => ({ on: material.isOn, materials: writable([...material.all]) }),
  );
  app.post(
    '/materials/:material',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'Say that material has come, or how much is there, or take a call back',
        params: Type.Object({ material: Name }),
        body: Type.Object(
          {
            do: Type.Enum(['delivered', 'counted', 'cancel'], {
              description: 'delivered: it has come. counted: so much is there. cancel: what was called does not come.',
            }),
            quantity: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9, description: 'Default: what was called.' })),
            call: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Default: the oldest that is open.' })),
          },
          closed,
        ),
        response: answers(Type.Record(Type.String(), Type.Unknown(), { description: 'What the command gives back.' })),
      },
    },
    async ({ caller, params, body }) => ({ ...(await changes.command(userOf(caller), 'material', { ...params, ...body })) }),
  );
};
