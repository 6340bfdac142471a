/** How a model's scores lie, and the threshold that they are held against: /api/v1/scores, and its change beside what judges, for it, and back. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { Seconds } from '../../time.ts';
import { userOf } from '../doors/callers.ts';
import type { PagePorts, ThresholdWish } from '../ports.ts';
import { Name, writable } from './inspections.ts';
import { patiently } from './patience.ts';
import { recorded } from './recorded.ts';
import { answers, Nullable, Time } from './schemas.ts';

type App = Parameters<FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }>>[0];

const closed = { additionalProperties: false } as const;
const Score = Type.Number({ minimum: 0, maximum: 1 });
const Count = Type.Integer({ minimum: 0 });

const ScoresSchema = Type.Object({
  package: Nullable(Type.String({ description: 'That gave the newest of them; what others scored is left out. null: there is none.' })),
  steps: Type.Array(
    Type.Object({
      at: Time,
      parts: Count,
      refused: Type.Integer({ minimum: 0, description: 'At or above the threshold that they were judged by.' }),
      low: Type.Number({ description: 'A tenth of the parts scored no more.' }),
      middle: Type.Number(),
      high: Type.Number({ description: 'A tenth of the parts scored more.' }),
    }),
    { description: 'Stretches that have parts, the oldest first.' },
  ),
  bins: Type.Array(Type.Object({ at: Score, parts: Count }), { description: 'Parts by score, in thousandths; those that there are.' }),
  labelled: Type.Array(Type.Object({ inspection: Type.String(), at: Time, score: Type.Number(), label: Type.Enum(['good', 'bad']) }), {
    description: 'Parts of which people say the same; the newest labels first.',
  }),
  complete: Type.Boolean({ description: 'false: there is more that was not looked at.' }),
  looked_back_to: Nullable(Type.Number({ description: 'Where to go on, as `to` of another question.' })),
});

const Place = Type.Object({
  station: Type.String({ minLength: 1, maxLength: 128 }),
  model: Type.String({ minLength: 1, maxLength: 128, description: 'As the rules call it.' }),
});

const ChangedSchema = Type.Object({
  version: Type.String({ description: 'Of the config file that is applied now.' }),
  words: Type.Array(Type.String(), { description: 'What that means.' }),
});

export const scoreRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const { records } = ports;
  app.get(
    '/scores',
    {
      config: { needs: 'look' },
      schema: {
        summary:
          'How the scores of a station’s model lie over time, beside what people say of the parts; the newest first, as far as time allows',
        querystring: Type.Object(
          {
            station: Name('The station.'),
            model: Name('As the rules call it.'),
            from: Type.Optional(Type.Number({ description: 'ms since 1970, included' })),
            to: Type.Optional(Type.Number({ description: 'ms since 1970, not included' })),
            step_s: Type.Integer({ minimum: 1, maximum: 86_400, default: 600, description: 'Length of a stretch.' }),
          },
          closed,
        ),
        response: answers(ScoresSchema),
      },
    },
    async ({ query: { step_s, ...wish } }) => writable(await records.scores({ ...wish, step: Seconds(step_s) })),
  );
  addChanges(app, ports);
};

function addChanges(app: App, ports: PagePorts): void {
  const { changes } = ports;
  app.post(
    '/stations/:station/models/:model/shadow',
    {
      ...patiently,
      config: { needs: 'technician' },
      schema: {
        summary: 'Run what judges there beside itself with another threshold: nothing it says reaches the PLC',
        params: Place,
        body: Type.Object({ threshold: Nullable({ ...Score, description: 'null: none shall run beside it.' }) }, closed),
        response: answers(ChangedSchema),
      },
    },
    async ({ caller, params, body: { threshold } }) => {
      const who = userOf(caller);
      const wish = { ...params, threshold };
      return recorded(ports, who, 'threshold_shadow', wish, async () => writable(await changes.threshold(who, 'shadow', wish)));
    },
  );
  const swapped = (verb: 'promote' | 'rollback', who: string, wish: ThresholdWish) =>
    recorded(ports, who, `threshold_${verb}`, wish, async () => writable(await changes.threshold(who, verb, wish)));
  app.post(
    '/stations/:station/models/:model/promote',
    {
      ...patiently,
      config: { needs: 'technician' },
      schema: {
        summary: 'The threshold that runs beside it judges from the next part on',
        params: Place,
        body: Nullable(
          Type.Object(
            { threshold: Score },
            { ...closed, description: 'The one that was seen to run beside: refused where another one does by now.' },
          ),
        ),
        response: answers(ChangedSchema),
      },
    },
    async ({ caller, params, body }) => swapped('promote', userOf(caller), { ...params, ...body }),
  );
  app.post(
    '/stations/:station/models/:model/rollback',
    {
      ...patiently,
      config: { needs: 'technician' },
      schema: { summary: 'The threshold that judged before judges again', params: Place, response: answers(ChangedSchema) },
    },
    async ({ caller, params }) => swapped('rollback', userOf(caller), params),
  );
}
