/** Tools: /api/v1/tools. How each is worn, until when it lasts; and what people say of it, by the way that MQTT has. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { userOf } from '../doors/callers.ts';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { answers, Nullable, Time } from './schemas.ts';

const closed = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 128 });
const Uses = (description: string) => Type.Number({ description });

const ToolSchema = Type.Object({
  station: Type.String(),
  name: Type.String(),
  at: Time,
  state: Type.Enum(['ok', 'due', 'overdue', 'unknown'], { description: 'The gravest.' }),
  because: Nullable(Type.String({ description: 'Why nothing, or not all, is known.' })),
  changed: Nullable(Time),
  used: Uses('Since it was changed.'),
  life: Nullable(Uses('After which it is to be changed.')),
  level: Nullable(Type.Number({ description: 'What its trend says now.' })),
  limit: Nullable(Type.Number({ description: 'Where that ends.' })),
  left: Nullable(
    Type.Object(
      { low: Uses('At the least.'), middle: Uses('Most likely.'), high: Uses('At the most.') },
      { description: 'Uses left, 90 %.' },
    ),
  ),
  by: Nullable(Type.Enum(['uses', 'trend'], { description: 'What it ends by first.' })),
  until: Nullable(Type.Object({ low: Nullable(Time), middle: Nullable(Time), high: Nullable(Time) }, { description: 'Worn out, 90 %.' })),
  call: Nullable(Type.Object({ id: Type.String(), at: Time, by: Nullable(Time) }, { description: 'It is to be changed, and is not yet.' })),
});

export const toolRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const { tools, changes } = ports;
  app.get(
    '/tools',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Tools: how each is worn, and until when it lasts',
        response: answers(Type.Object({ on: Type.Boolean({ description: 'The config has some.' }), tools: Type.Array(ToolSchema) })),
      },
    },
    async () => ({ on: tools.isOn, tools: writable([...tools.all]) }),
  );
  app.post(
    '/stations/:station/tools/:tool',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'Say that a tool was changed, or is not worn out',
        params: Type.Object({ station: Name, tool: Name }),
        body: Type.Object(
          {
            do: Type.Enum(['changed', 'keep'], {
              description: 'changed: another one is in. keep: it is not worn out, whatever was measured, and keeps its uses.',
            }),
            used: Type.Optional(
              Type.Number({ minimum: 0, maximum: 1e9, description: 'Uses that the one that is in has had. Default: 0.' }),
            ),
            call: Type.Optional(
              Type.String({ minLength: 1, maxLength: 64, description: 'The decision: where it is not open, nothing is done.' }),
            ),
          },
          closed,
        ),
        response: answers(Type.Record(Type.String(), Type.Unknown(), { description: 'What the command gives back.' })),
      },
    },
    async ({ caller, params, body }) => ({ ...(await changes.command(userOf(caller), 'tool', { ...params, ...body })) }),
  );
};
