/** Parts counted, what people say of them, and which of them they should look at: /api/v1/totals, /review. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { type LabelFigures, MOST_WAITING } from '../../contracts/index.ts';
import { wilson } from '../../contracts/share.ts';
import type { PagePorts, PromiseView } from '../ports.ts';
import { Name, SummarySchema, Verdict, writable } from './inspections.ts';
import { answers, Nullable, Time } from './schemas.ts';

type App = Parameters<FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }>>[0];

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Tally = {
  ok: Count,
  nok: Count,
  review: Count,
  failed: Type.Integer({ minimum: 0, description: 'Not judged in time: what the config says for that was answered.' }),
  missed: Type.Integer({ minimum: 0, description: 'Passed unseen, or their verdict was not recorded.' }),
};
const Named = Type.Array(Type.Object({ name: Type.String(), ...Tally }), { description: 'Most parts first.' });
const Between = {
  from: Type.Optional(Type.Number({ description: 'ms since 1970, included' })),
  to: Type.Optional(Type.Number({ description: 'ms since 1970, not included' })),
  station: Type.Optional(Name('One station.')),
  recipe: Type.Optional(Name('One recipe.')),
};

const TotalsSchema = Type.Object({
  all: Type.Object(Tally),
  steps: Type.Array(Type.Object({ at: Time, ...Tally }), { description: 'Hours or days that have parts, the oldest first.' }),
  stations: Named,
  recipes: Named,
  reasons: Type.Array(Type.Object({ name: Type.String(), parts: Count }), { description: 'First reasons of parts that were not ok.' }),
  complete: Type.Boolean({ description: 'false: there is more that is not counted here.' }),
  looked_back_to: Nullable(Type.Number({ description: 'Where to go on, as `to` of another question.' })),
});

const Share = Nullable(
  Type.Object(
    {
      value: Type.Number({ minimum: 0, maximum: 1 }),
      low: Type.Number({ minimum: 0, maximum: 1 }),
      high: Type.Number({ minimum: 0, maximum: 1 }),
      count: Count,
      of: Type.Integer({ minimum: 1 }),
    },
    { description: 'With its 95 % interval (Wilson); null: there is nothing to say it of.' },
  ),
);
const ByVerdict = Type.Object({ ok: Count, nok: Count, review: Count });
const PromiseSchema = Type.Object({
  station: Type.String(),
  model: Type.String({ description: 'As the rules call it.' }),
  package: Type.String(),
  version: Type.String(),
  of: Type.Enum(['parts', 'machine'], { description: 'machine: taught from hours of tags; each window is judged by its last row.' }),
  one_in: Type.Number({ description: 'At most one good part, or about one good row, in so many is refused, it was promised.' }),
  judged: Type.Integer({ minimum: 0, description: 'All parts that it has judged here.' }),
  since: Time,
  good: Type.Integer({ minimum: 0, description: 'Of them, those that people call good, singly or by the hour.' }),
  refused: Type.Integer({
    minimum: 0,
    description: 'Of these, those that it had refused; of a machine, refusals within one window are one.',
  }),
  false_rejects: { ...Share, description: 'Of the good parts that were chosen by chance, those that it had refused.' },
  in_hours: {
    ...Share,
    description:
      'Of the parts of hours that were confirmed good, those that it had refused; the interval counts parts for as many as they are worth.',
  },
  broken: Type.Boolean({ description: 'With 95 % confidence, however often it is looked at.' }),
});
const LabelFiguresSchema = Type.Object({
  good: ByVerdict,
  bad: ByVerdict,
  unsure: Count,
  disputed: Type.Integer({ minimum: 0, description: 'One says good, another bad.' }),
  precision: { ...Share, description: 'Of the parts that the agent called nok, those that are bad.' },
  miss_rate: { ...Share, description: 'Of the bad parts, those that the agent called ok.' },
  false_rejects: { ...Share, description: 'Of the good parts, those that the agent called nok.' },
  reasons: Type.Array(Type.Object({ name: Type.String(), precision: Share }), {
    description: 'Of the parts called nok, by their first reason.',
  }),
  kinds: Type.Array(Type.Object({ name: Type.String(), miss_rate: Share }), {
    description: 'Of the bad parts, by the kind that people named.',
  }),
  promises: Type.Array(PromiseSchema, { description: 'What taught packages that judge now promised, against what people say.' }),
  complete: Type.Boolean({ description: 'false: the newest labels alone were counted.' }),
});

export const figureRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  addTotals(app, ports);
  addReview(app, ports);
  addDataSet(app, ports);
};

function addTotals(app: App, { records }: PagePorts): void {
  app.get(
    '/totals',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Parts counted, by hour or day, station, recipe and reason; counted as records came, so that any time is answered at once',
        querystring: Type.Object(
          {
            ...Between,
            verdict: Type.Optional(Verdict),
            reason: Type.Optional(Type.String({ minLength: 1, maxLength: 1000, description: 'The first of a part, as in /inspections.' })),
            step: Type.Enum(['hour', 'day'], { default: 'hour' }),
            zone: Type.Integer({
              minimum: -840,
              maximum: 840,
              default: 0,
              description: 'Minutes by which the day begins before that of UTC.',
            }),
          },
          closed,
        ),
        response: answers(TotalsSchema),
      },
    },
    async ({ query }) => writable(await records.totals(query)),
  );
}

const Why = Type.Enum(['unlike', 'abstained', 'near', 'random'], {
  description:
    'unlike: it scores above everything that the package was taught with. abstained: the verdict is review. near: a score near its threshold. random: of the share that figures are measured by.',
});
const { verdict: _, ...Summary } = SummarySchema.properties;

function addReview(app: App, { records, promises }: PagePorts): void {
  app.get(
    '/review',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Parts that a person should look at and nobody has labelled, newest first, a page at a time',
        querystring: Type.Object(
          {
            limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
            cursor: Type.Optional(Type.String({ maxLength: 64, description: '`next` of the page before.' })),
            station: Type.Optional(Name('One station.')),
            why: Type.Optional(Why),
          },
          closed,
        ),
        response: answers(
          Type.Object({
            items: Type.Array(
              Type.Object({
                ...Summary,
                verdict: Nullable({
                  ...Verdict,
                  description: 'Null, without reasons and scores, where it is not to be seen before the label is given.',
                }),
                why: Type.Array(Why),
              }),
            ),
            next: Nullable(Type.String()),
            complete: Type.Boolean({ description: 'false: its time was over before the page was full; `next` goes on.' }),
            waiting: Type.Integer({ minimum: 0, maximum: MOST_WAITING, description: `All that wait, counted up to ${MOST_WAITING}.` }),
            kinds: Type.Array(Type.String(), { description: 'Kinds of defect that people named, the most frequent first.' }),
          }),
        ),
      },
    },
    async ({ query }) => writable(await records.review(query)),
  );
  app.get(
    '/review/figures',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'What people say of parts beside what the agent said: confusion matrix, precision and miss rate with their intervals',
        querystring: Type.Object(
          {
            ...Between,
            sample: Type.Enum(['random', 'all'], {
              default: 'random',
              description: 'random: parts that were chosen by chance alone, of which figures are not biased.',
            }),
          },
          closed,
        ),
        response: answers(LabelFiguresSchema),
      },
    },
    async ({ query }) => figuresOf(await records.labelFigures(query), await promises()),
  );
}

function addDataSet(app: App, { dataSet }: PagePorts): void {
  const { 200: _ok, ...otherwise } = answers(Type.Null());
  app.get(
    '/review/data-set',
    {
      // It names who labelled.
      config: { needs: 'operator' },
      schema: {
        summary: 'Labelled parts as a data set, a ZIP file: pictures in a folder for each label, tables, boxes, splits by part',
        querystring: Type.Object(
          {
            ...Between,
            seed: Type.String({ minLength: 1, maxLength: 64, default: '1', description: 'Another one draws other splits.' }),
          },
          closed,
        ),
        response: { 200: ArchiveBytes, ...otherwise },
      },
    },
    async ({ query }, reply) => {
      const archive = await dataSet(query);
      reply.headers({ 'content-type': 'application/zip', 'content-disposition': 'attachment; filename="labels.zip"' });
      return reply.send(archive as never);
    },
  );
}

const ArchiveBytes = Type.Unsafe<Buffer>({ type: 'string', format: 'binary', description: 'The ZIP file.' });

function figuresOf({ good, bad, unsure, disputed, reasons, kinds, complete }: LabelFigures, promises: readonly PromiseView[]) {
  const all = (of: LabelFigures['good']) => of.ok + of.nok + of.review;
  return {
    good: { ...good },
    bad: { ...bad },
    unsure,
    disputed,
    precision: share(bad.nok, bad.nok + good.nok),
    miss_rate: share(bad.ok, all(bad)),
    false_rejects: share(good.nok, all(good)),
    reasons: reasons.map((of) => ({ name: of.name, precision: share(of.bad, of.bad + of.good) })),
    kinds: kinds.map((of) => ({ name: of.name, miss_rate: share(of.missed, of.parts) })),
    promises: promises.map(({ sample, hours, ...one }) => ({
      ...one,
      false_rejects: share(sample.refused, sample.good),
      in_hours: share(hours.refused, hours.good, hours.worth),
    })),
    complete,
  };
}

/** 97.5 % of the normal distribution lies below it. */
const Z = 1.959964;

/** `worth`: how many independent parts one of them is worth. */
function share(count: number, of: number, worth = 1) {
  if (of === 0) return null;
  return { value: count / of, ...wilson(count / of, of * worth, Z), count, of };
}
