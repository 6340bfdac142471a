/** Control charts: /api/v1/charts. How they stand, their points and capability, and what changes them on purpose. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { LinesideError } from '../../errors.ts';
import { userOf } from '../doors/callers.ts';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { answers, Nullable, Time } from './schemas.ts';

const closed = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 128 });
const Recipe = Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Default: the one that is made.' }));
const Params = Type.Object({ station: Name, chart: Name });

const Place = Type.Object({ sequence: Type.Integer({ description: 'Number of the part in its station.' }), at: Time });
const Limits = Type.Object({ panel: Type.String(), lower: Type.Number(), center: Type.Number(), upper: Type.Number() });
const ChartSchema = Type.Object({
  station: Type.String(),
  name: Type.String(),
  recipe: Type.String(),
  chart: Type.String(),
  of: Type.Array(Type.String()),
  phase: Type.Union([Type.Literal('learning'), Type.Literal('proposed'), Type.Literal('watching')]),
  samples: Type.Integer({ description: 'Points since the first phase began, or since it was closed.' }),
  learn: Type.Integer({ description: 'Points that the first phase wants.' }),
  size: Type.Integer({ description: 'Parts a point.' }),
  limits: Nullable(Type.Array(Limits)),
  outside: Nullable(Type.Integer({ description: 'Points of the first phase that are out of control by the limits that it proposes.' })),
  closed: Nullable(Type.Object({ at: Time, who: Type.String() })),
  out: Type.Boolean(),
  rule: Type.String(),
  last: Nullable(Type.Object({ sequence: Type.Integer(), at: Time, values: Type.Array(Type.Number()) })),
  signal: Nullable(
    Type.Object({ rule: Type.String(), since: Place, points: Type.Integer(), likely: Nullable(Place), from: Nullable(Place) }),
  ),
  left_out: Type.Integer(),
  refused: Nullable(Type.String({ description: 'Why nothing can be learned from the points of the first phase.' })),
});

const Index = Nullable(Type.Object({ value: Type.Number(), low: Type.Number(), high: Type.Number() }));
const Capability = Type.Object(
  { cp: Index, cpk: Index, cpm: Index, pp: Index, ppk: Index },
  { description: 'Each with its 95 % interval; null where it needs a limit that is not asked.' },
);
const DetailSchema = Type.Object({
  state: ChartSchema,
  panels: Type.Array(Type.String()),
  points: Type.Array(Type.Object({ sequence: Type.Integer(), at: Time, values: Type.Array(Type.Number()), rule: Type.String() }), {
    description: 'The newest, oldest first; `values`: of each panel, none where that cannot be drawn without limits.',
  }),
  capability: Nullable(
    Type.Object({
      figures: Nullable(Capability),
      refused: Nullable(Type.String({ description: 'Why there are none.' })),
      next: Nullable(Type.String()),
      offered: Nullable(Type.Object({ lambda: Type.Number(), figures: Capability }, { description: 'Of the bent values.' })),
    }),
  ),
});

export const chartRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const { charts, changes } = ports;
  app.get(
    '/charts',
    {
      config: { needs: 'look' },
      schema: { summary: 'Control charts and how they stand, each under each of its recipes', response: answers(Type.Array(ChartSchema)) },
    },
    async () => writable([...charts.states()]),
  );
  app.get(
    '/charts/:station/:chart',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'A control chart with its newest points and, where limits are asked of it, its capability',
        params: Params,
        querystring: Type.Object({ recipe: Recipe }, closed),
        response: answers(DetailSchema),
      },
    },
    async ({ params, query }) => {
      const found = charts.detail({ ...params, ...query });
      if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `chart ${params.chart} of station ${params.station} with parts` });
      return writable(found);
    },
  );
  app.post(
    '/charts/:station/:chart',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Close the first phase of a control chart, begin it anew, or restart its sums and patterns',
        params: Params,
        body: Type.Object(
          {
            do: Type.Union([Type.Literal('close'), Type.Literal('learn'), Type.Literal('restart')], {
              description:
                'close: the limits of the newest points hold from now on. learn: the first phase begins anew. restart: after the cause is gone.',
            }),
            recipe: Recipe,
          },
          closed,
        ),
        response: answers(Type.Record(Type.String(), Type.Unknown(), { description: 'What the command gives back.' })),
      },
    },
    async ({ caller, params, body }) => ({ ...(await changes.command(userOf(caller), 'chart', { ...params, ...body })) }),
  );
};
