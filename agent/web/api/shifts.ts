/** Figures by shift: /api/v1/shifts. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { KPI_DOUBTS } from '../../contracts/index.ts';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { answers, Nullable, Time } from './schemas.ts';

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Length = (description: string) => Type.Number({ minimum: 0, description: `${description}, ms` });
const Ratio = (description: string) =>
  Type.Object(
    {
      value: Nullable(Type.Number({ description: 'Of what is known; null: nothing is.' })),
      low: Nullable(Type.Number({ description: 'Were all that is unknown bad.' })),
      high: Nullable(Type.Number({ description: 'Were all that is unknown good.' })),
      count: Type.Number(),
      of: Type.Number({ description: 'What is known: parts, or ms.' }),
    },
    { description },
  );
const Quality = {
  quantities: Type.Object({
    produced: Type.Integer({ minimum: 0, description: 'PQ' }),
    good: Type.Integer({ minimum: 0, description: 'GQ' }),
    scrap: Type.Integer({ minimum: 0, description: 'SQ' }),
    rework: Type.Integer({ minimum: 0, description: 'RQ' }),
    unknown: Type.Object({ review: Count, failed: Count, missed: Count, unrecorded: Count }),
  }),
  quality_ratio: Ratio('GQ / PQ'),
  scrap_ratio: Ratio('SQ / PQ'),
  rework_ratio: Ratio('RQ / PQ'),
  first_pass_yield: Ratio('GP / IP, of parts with an id'),
};
const KpiSchema = Type.Object({
  station: Type.String(),
  until: { ...Time, description: 'The figures are up to here.' },
  ...Quality,
  times_ms: Type.Object({
    planned: Length('Planned busy time, PBT'),
    watched: Length('Of it, with the agent on'),
    running: Nullable(Length('Actual production time, APT')),
    stopped: Nullable(Length('The machine stood')),
    unknown: Nullable(Length('Nobody knows whether it ran')),
  }),
  throughput_rate: Nullable(Type.Number({ description: 'PQ in an hour of planned time.' })),
  availability: Ratio('APT / PBT'),
  effectiveness: Ratio('PRI x PQ / APT'),
  oee: Ratio('Availability x effectiveness x quality ratio'),
  recipes: Type.Array(Type.Object({ recipe: Type.String(), ...Quality }), { description: 'Most parts first.' }),
  doubts: Type.Array(Type.Enum(KPI_DOUBTS), { description: 'Why figures are not known, or not of all.' }),
});
const ShiftsSchema = Type.Object({
  zone: Nullable(Type.String({ description: 'Of the calendar; null: the config has none.' })),
  present: Nullable(Type.String({ description: 'Id of the shift that runs.' })),
  shifts: Type.Array(
    Type.Object({
      id: Type.String({ description: 'The day on which it began, and its name.' }),
      name: Type.String(),
      day: Type.String(),
      from: Time,
      to: Time,
      over: Type.Boolean(),
      stations: Type.Array(KpiSchema),
    }),
    { description: 'Newest first.' },
  ),
});

export const shiftRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  app.get(
    '/shifts',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Figures of the last shifts by ISO 22400-2, station by station, the present one up to now',
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 31, default: 10 }) }, closed),
        response: answers(ShiftsSchema),
      },
    },
    async ({ query: { limit } }) => writable(await ports.shifts.view(limit)),
  );
};
