/** Studies of stations as gauges: /api/v1/studies. What changes one goes the way of the command `study`. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { OpenStudy, StudyReport } from '../../contracts/index.ts';
import { userOf } from '../doors/callers.ts';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { answers, Nullable, Page, Time } from './schemas.ts';

const closed = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' });
const Name = Type.String({ minLength: 1, maxLength: 128 });
const Count = Type.Integer({ minimum: 0 });
const Kind = Type.Enum(['attributes', 'type_one', 'repeatability']);
const By = Type.Enum(['id', 'order'], {
  description: 'id: a part is known by its own. order: somebody says that the part that is asked for lies there.',
});
const Grade = Nullable(Type.Enum(['good', 'conditional', 'unfit'], { description: 'By the bounds of AIAG; null: no grade, see refused.' }));
const Kappa = Nullable(Type.Number({ description: 'Of Cohen; null: too few, or one word only.' }));

const Asked = Type.Object({
  showing: Type.Integer({ minimum: 1 }),
  part: Type.String({ description: 'Id of the part, or its number where parts are known by their order.' }),
  appraiser: Type.String(),
  trial: Type.Integer({ minimum: 1 }),
});
const OpenSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  kind: Kind,
  by: By,
  shown: Count,
  of: Count,
  at: Time,
  who: Type.String(),
  asked: Asked,
  placed: Type.Boolean({ description: 'The part lies there, and the next one judged is it.' }),
  again: Nullable(Type.String({ description: 'Why the last part did not count.' })),
  other: Nullable(Type.String({ description: 'A part that passed since, and is none of the study’s.' })),
});
const NowSchema = Type.Object({
  plans: Type.Array(
    Type.Object({
      station: Type.String(),
      name: Type.String(),
      kind: Kind,
      by: By,
      parts: Count,
      appraisers: Type.Array(Type.String()),
      showings: Count,
    }),
    { description: 'Of the config.' },
  ),
  open: Type.Record(Type.String(), OpenSchema, { description: 'By station.' }),
});

const StudySchema = Type.Object({
  id: Type.String(),
  station: Type.String(),
  name: Type.String(),
  kind: Kind,
  state: Type.Enum(['open', 'done', 'ended']),
  who: Type.String(),
  at: Time,
  ended: Nullable(Time),
  why: Type.String(),
  shown: Count,
  of: Count,
});
const Share = Type.Object(
  { share: Nullable(Type.Number()), low: Type.Number(), high: Type.Number(), count: Count, of: Count },
  { description: 'With its 95 % interval.' },
);
const Pair = Type.Object({
  between: Type.Array(Type.String(), { minItems: 2, maxItems: 2 }),
  both: Type.Integer({ minimum: 0, description: 'Trials or parts that both have judged.' }),
  kappa: Kappa,
});
const Figures = Type.Union([
  Type.Object({
    kind: Type.Literal('attributes'),
    parts: Count,
    good: Count,
    bad: Count,
    judged: Nullable(Type.Enum(['good', 'conditional', 'unfit'], { description: 'Of the agent: the worst of its rows.' })),
    appraisers: Type.Array(
      Type.Object({
        appraiser: Type.String(),
        effectiveness: Share,
        misses: Share,
        false_alarms: Share,
        repeats: Share,
        kappa: Kappa,
        judged: Grade,
        abstained: Count,
      }),
    ),
    pairs: Type.Array(Pair),
    together: Nullable(Type.Number({ description: 'Kappa of Fleiss.' })),
  }),
  Type.Object({
    kind: Type.Literal('type_one'),
    n: Count,
    mean: Type.Number(),
    deviation: Type.Number(),
    bias: Type.Number(),
    t: Type.Number(),
    p: Type.Number(),
    cg: Type.Number(),
    cgk: Type.Number(),
    least: Type.Number(),
    biased: Type.Boolean({ description: 'By more than luck.' }),
    judged: Grade,
  }),
  Type.Object({
    kind: Type.Literal('repeatability'),
    parts: Count,
    appraisers: Count,
    trials: Count,
    percent: Type.Object(
      { gauge: Type.Number(), repeatability: Type.Number(), reproducibility: Type.Number(), part: Type.Number() },
      { description: 'Of the total standard deviation.' },
    ),
    of_tolerance: Nullable(Type.Number({ description: '%' })),
    categories: Count,
    pooled: Type.Boolean(),
    sources: Type.Array(
      Type.Object({
        source: Type.Enum(['part', 'appraiser', 'interaction', 'residual']),
        sum_of_squares: Type.Number(),
        freedom: Type.Number(),
        f: Nullable(Type.Number()),
        p: Nullable(Type.Number()),
      }),
    ),
    judged: Grade,
  }),
]);
const ReportSchema = Type.Object({
  study: StudySchema,
  /** What it is of. */
  gauge: Type.Object({
    recipe: Type.String(),
    packages: Type.Record(Type.String(), Type.String(), { description: 'By slot: package, version, hash.' }),
    config: Type.String({ description: 'Hash of the config when it began.' }),
    of: Nullable(Type.String({ description: 'What is measured.' })),
    reference: Nullable(Type.Number()),
    tolerance: Nullable(Type.Number()),
  }),
  figures: Nullable(Figures),
  refused: Nullable(Type.String({ description: 'Why there are no figures, or no grade.' })),
  conditions: Type.Array(Type.Object({ tag: Type.String(), low: Type.Number(), high: Type.Number() })),
  showings: Type.Array(
    Type.Object({
      showing: Type.Integer({ minimum: 1 }),
      part: Type.String(),
      appraiser: Type.String(),
      trial: Type.Integer({ minimum: 1 }),
      truth: Nullable(Type.Enum(['good', 'bad'])),
      said: Nullable(Type.Enum(['good', 'bad', 'none'])),
      value: Nullable(Type.Number()),
      inspection: Type.String(),
      at: Time,
    }),
  ),
});
const BesideSchema = Type.Object({
  station: Type.String(),
  parts: Count,
  pairs: Type.Array(Pair),
  refused: Nullable(Type.String()),
});

const Params = Type.Object({ id: Id });
const Result = Type.Record(Type.String(), Type.Unknown(), { description: 'What the command gives back: the part that is asked for.' });

export const studyRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const { studies } = ports;
  app.get(
    '/studies/now',
    { config: { needs: 'look' }, schema: { summary: 'Studies of the config, and those that are open', response: answers(NowSchema) } },
    async () => {
      const { plans, open } = studies.now();
      return writable({ plans, open: Object.fromEntries(Object.entries(open).map(([station, study]) => [station, openOf(study)])) });
    },
  );
  app.get(
    '/studies',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Studies of stations as gauges, newest first',
        querystring: Type.Object(
          {
            limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
            cursor: Type.Optional(Type.String({ maxLength: 64, description: '`next` of the page before.' })),
          },
          closed,
        ),
        response: answers(Page(StudySchema)),
      },
    },
    async ({ query }) => {
      const { items, next } = await studies.all(query);
      return writable({ items: items.map(studyOf), next });
    },
  );
  app.get(
    '/studies/beside/:station',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'People beside the agent, over parts of production that they have labelled',
        params: Type.Object({ station: Name }),
        response: answers(BesideSchema),
      },
    },
    async ({ params }) => writable(await studies.beside(params.station)),
  );
  addReports(app, ports);
  addChanges(app, ports);
};

function addReports(app: Parameters<typeof studyRoutes>[0], { studies }: PagePorts): void {
  app.get(
    '/studies/:id',
    {
      config: { needs: 'look' },
      schema: { summary: 'What a study says, against the bounds of AIAG', params: Params, response: answers(ReportSchema) },
    },
    async ({ params }) => reportOf(await studies.report(params.id)),
  );
  app.get(
    '/studies/:id/showings.csv',
    { config: { needs: 'look' }, schema: { summary: 'What was shown in it as CSV, one line each', params: Params } },
    async ({ params }, reply) => {
      const text = await studies.csv(params.id);
      reply.header('content-disposition', `attachment; filename="study-${params.id}.csv"`);
      return reply
        .type('text/csv; charset=utf-8')
        .serializer((known: unknown) => String(known))
        .send(text);
    },
  );
}

const SUMMARIES = {
  begin: 'Begin a study of the config',
  place: 'Where parts are known by their order: the part that is asked for lies there',
  again: 'The last part that counted was another one than was asked for',
  cancel: 'End the study',
} as const;

function addChanges(app: Parameters<typeof studyRoutes>[0], { changes }: PagePorts): void {
  for (const verb of ['begin', 'place', 'again', 'cancel'] as const)
    app.post(
      `/studies/${verb}`,
      {
        config: { needs: 'operator' },
        schema: {
          summary: SUMMARIES[verb],
          body: Type.Object({ station: Name, study: Type.Optional({ ...Name, description: 'To begin: its name.' }) }, closed),
          response: answers(Result),
        },
      },
      async ({ caller, body }) => ({ ...(await changes.command(userOf(caller), 'study', { do: verb, ...body })) }),
    );
}

const openOf = ({ id, name, kind, by, shown, of, at, who, asked, placed, again, other }: OpenStudy) => {
  const { showing, part, appraiser, trial } = asked;
  return { id, name, kind, by, shown, of, at, who, asked: { showing, part, appraiser, trial }, placed, again, other };
};

function studyOf({ id, station, name, spec, state, who, at, ended, why, shown, of }: StudyReport['study']) {
  return { id, station, name, kind: spec.kind, state, who, at, ended, why, shown, of };
}

function reportOf({ study, showings, figures, refused, conditions }: StudyReport) {
  const { spec, gauge, configHash } = study;
  return writable({
    study: studyOf(study),
    gauge: {
      recipe: gauge.recipe,
      packages: gauge.packages,
      config: configHash,
      of: spec.of ?? null,
      reference: spec.reference ?? null,
      tolerance: spec.tolerance ?? null,
    },
    figures: figures && figuresOf(figures),
    refused,
    conditions,
    showings: showings.map(({ showing, part, appraiser, trial, said, value, inspection, at }) => ({
      showing,
      part,
      appraiser,
      trial,
      truth: spec.truth?.[part] ?? null,
      said,
      value,
      inspection,
      at,
    })),
  });
}

function figuresOf(figures: NonNullable<StudyReport['figures']>) {
  if (figures.kind === 'attributes') {
    const appraisers = figures.appraisers.map(({ falseAlarms, ...one }) => ({ ...one, false_alarms: falseAlarms }));
    return { ...figures, appraisers };
  }
  if (figures.kind === 'type_one') return figures;
  const { ofTolerance, sources, ...rest } = figures;
  return {
    ...rest,
    of_tolerance: ofTolerance,
    sources: sources.map(({ sumOfSquares, ...source }) => ({ ...source, sum_of_squares: sumOfSquares })),
  };
}
