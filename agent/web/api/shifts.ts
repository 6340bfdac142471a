/** Figures by shift: /api/v1/shifts. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { KPI_DOUBTS, REPORT_QUERIES } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
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

const GroupsSchema = Type.Object({
  from: Nullable(Time),
  to: Nullable(Time),
  named: Type.Boolean({ description: 'By order: `containment.order` of a station says which tag names it.' }),
  complete: Type.Boolean({ description: 'false: there are records that are not in it.' }),
  items: Type.Array(
    Type.Object({
      station: Type.String(),
      name: Type.String({ description: 'Of the order or the recipe.' }),
      recipes: Type.Array(Type.String()),
      from: Nullable(Time),
      to: Nullable(Time),
      throughput_rate: Nullable(Type.Number({ description: 'PQ / AOET: in an hour from the first part of the order to its last.' })),
      ...Quality,
    }),
    { description: 'Of orders the one that began last first, of recipes that with most parts.' },
  ),
});

const Cells = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Null()]));
export const QuoteSchema = Type.Object({
  text: Type.String({ description: 'As it was said.' }),
  times: Type.Integer({ description: 'Of all texts that it stands for.' }),
  texts: Type.Integer({ description: 'That read differently.' }),
  first: Time,
  last: Time,
});

const ReportSchema = Type.Object({
  shift: Type.Object({
    id: Type.String(),
    name: Type.String(),
    day: Type.String(),
    from: Time,
    to: Time,
    over: Type.Boolean(),
  }),
  zone: Type.String(),
  at: { ...Time, description: 'When it was made.' },
  complete: Type.Boolean({ description: 'false: there are records that are not counted yet.' }),
  queries: Type.Array(
    Type.Object({
      name: Type.Enum(REPORT_QUERIES),
      says: Type.String(),
      sql: Type.String({ description: 'Over the journal, it gives these rows.' }),
      parameters: Cells,
      rows: Type.Array(Cells),
    }),
  ),
  worse: Type.Array(
    Type.Object({
      station: Type.String(),
      reason: Type.String(),
      parts: Count,
      of: Count,
      share: Type.Number(),
      center: Type.Number({ description: 'Of a p chart over the shifts before.' }),
      upper: Type.Number(),
      since: Nullable(Type.Number({ description: 'Begin of the hour with which it most likely began, ms since 1970.' })),
    }),
  ),
  quotes: Type.Array(QuoteSchema, { description: 'Of the texts in the rows of `said`, the most frequent first.' }),
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
  app.get(
    '/shifts/by/:what',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Figures by order or by recipe over the last shifts together, the present one up to now',
        params: Type.Object({ what: Type.Enum(['order', 'recipe']) }),
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 31, default: 10 }) }, closed),
        response: answers(GroupsSchema),
      },
    },
    async ({ params: { what }, query: { limit } }) => writable(await ports.shifts.groups(what, limit)),
  );
  app.get(
    '/shifts/:day/:name/report',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'The report of a shift: rows of queries to the journal, each with its SQL, and what got worse',
        params: Type.Object({
          day: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'On which it began.' }),
          name: Type.String({ minLength: 1, maxLength: 128 }),
        }),
        response: answers(ReportSchema),
      },
    },
    async ({ params: { day, name } }) => {
      const report = await ports.shifts.report(`${day}/${name}`);
      if (!report) throw new LinesideError('WEB_UNKNOWN', { what: `shift ${day}/${name}` });
      return writable(report);
    },
  );
};
