/** What was judged: /api/v1/inspections, and what else the journal has. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { HISTOGRAM_PARTS } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import type { PagePorts } from '../ports.ts';
import { answers, Nullable, Page, Time } from './schemas.ts';

export const Verdict = Type.Enum(['ok', 'nok', 'review']);
const Outcome = Type.Enum(['judged', 'failed', 'missed', 'unrecorded']);
export const Name = (description: string) => Type.String({ minLength: 1, maxLength: 256, description });
const Score = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

export const SummarySchema = Type.Object({
  id: Type.String(),
  station: Type.String(),
  sequence: Type.Integer({ description: 'Per station, from 1, without gaps.' }),
  outcome: Outcome,
  at: Time,
  part: Nullable(Type.String()),
  counter: Nullable(Type.Integer({ description: 'Part counter of the PLC.' })),
  recipe: Type.String(),
  verdict: Verdict,
  reasons: Type.Array(Type.Object({ text: Type.String(), rule: Type.Optional(Type.String()), code: Type.Optional(Type.String()) })),
  scores: Type.Array(
    Type.Object({
      model: Type.String(),
      package: Type.String(),
      label: Nullable(Type.String()),
      score: Nullable(Type.Number()),
      threshold: Nullable(Type.Number()),
    }),
  ),
  answer: Type.String({ description: 'To the PLC: none, written, failed.' }),
  verdict_ms: Nullable(Type.Number({ description: 'Arrival to the answer on its way.' })),
  pictures: Type.Integer({ minimum: 0, description: 'That are kept.' }),
  challenge: Type.Optional(Type.String({ description: 'Of a challenge part, which is no production: as the config names it.' })),
  study: Type.Optional(Type.String({ description: 'Of a part of a gauge study, which is none either.' })),
});

const PageWish = {
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  cursor: Type.Optional(Type.String({ maxLength: 64, description: '`next` of the page before.' })),
};
const Wish = Type.Object(
  {
    ...PageWish,
    from: Type.Optional(Type.Number({ description: 'ms since 1970, included' })),
    to: Type.Optional(Type.Number({ description: 'ms since 1970, not included' })),
    station: Type.Optional(Name('One station.')),
    part: Type.Optional(Name('Id of the part.')),
    verdict: Type.Optional(Verdict),
    outcome: Type.Optional(Outcome),
    reason: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1000,
        description: 'Its code where it has one, else its words without the figures in brackets; of a rule without words its expression.',
      }),
    ),
    recipe: Type.Optional(Name('One recipe.')),
    model: Type.Optional(Name('As the rules call it, or its package.')),
    score_from: Type.Optional(Score('Of `model`, or of any; included.')),
    score_to: Type.Optional(Score('Included.')),
  },
  { additionalProperties: false },
);

const Rows = (description: string) => Type.Array(Type.Record(Type.String(), Type.Unknown()), { description });
const Whole = Type.Object(
  {
    id: Type.String(),
    utc: Type.Optional(Type.String()),
    station: Type.String(),
    sequence: Type.Integer(),
    outcome: Outcome,
    at: Time,
    trigger: Type.String(),
    part: Nullable(Type.String()),
    recipe: Type.String(),
    verdict: Verdict,
    reasons: SummarySchema.properties.reasons,
    config_hash: Type.String(),
    unreadable: Type.Array(Type.String(), { description: 'Columns whose text the disk has damaged; they are left out.' }),
    tags: Type.Record(Type.String(), Type.Unknown(), { description: 'By server.tag: value, status, source, unit.' }),
    frames: Rows('The frames that were looked at.'),
    findings: Rows('What each model said, with package, version, hash, threshold and what drove it.'),
    late: Rows('What came after the deadline had spoken.'),
    shadows: Rows('What candidates said.'),
    decisions: Rows('What followed, with its writes.'),
    images: Rows('Pictures that are kept, in the order of their numbers.'),
    window: Nullable(
      Type.Object({
        tags: Type.Array(Type.String()),
        ends_at: Time,
        every_ms: Type.Number(),
        steps: Type.Integer(),
        values: Type.Array(Nullable(Type.Number()), { description: 'Row by row; null where nothing was known.' }),
        quality: Type.Array(Type.Integer({ minimum: 0, maximum: 3 })),
      }),
    ),
  },
  { additionalProperties: true, description: 'Everything that the journal has of it; columns of its tables.' },
);

const HistogramSchema = Type.Object({
  model: Type.String({ description: 'As the rules call it.' }),
  package: Type.String(),
  score: Type.Number(),
  threshold: Nullable(Type.Number()),
  bins: Type.Array(Type.Integer({ minimum: 0 }), { description: 'Parts by score, equally wide from 0 to 1.' }),
  parts: Type.Integer({ minimum: 0, maximum: HISTOGRAM_PARTS, description: 'That the same network judged there, itself included.' }),
  lower: Type.Integer({ minimum: 0, description: 'Of them, those with a lower score.' }),
});

const AlarmRecord = Type.Object({
  code: Type.String(),
  subject: Type.String(),
  since: Time,
  cleared: Nullable(Time),
  text: Type.String(),
  next: Type.String(),
});
const AuditRecord = Type.Object({
  at: Time,
  who: Type.String({ description: 'Empty where nobody said it.' }),
  source: Type.String({ description: 'web, cli, mqtt, ...' }),
  verb: Type.String(),
  detail: Type.Record(Type.String(), Type.Unknown()),
  accepted: Nullable(Type.Boolean()),
  why: Nullable(Type.String()),
});

export const InspectionId = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

/** A year: what is kept of an inspection never changes. */
const FOR_EVER = 'private, max-age=31536000, immutable';

function addScores(app: Parameters<FastifyPluginAsyncTypebox>[0], { records }: PagePorts): void {
  app.get(
    '/inspections/:id/scores',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Where its scores lie among those of the parts before it',
        params: InspectionId,
        response: answers(Type.Array(HistogramSchema)),
      },
    },
    async ({ params: { id } }) => {
      const found = await records.histograms(id);
      if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `inspection ${id}` });
      return writable(found);
    },
  );
}

export const inspectionRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const { records } = ports;
  addScores(app, ports);
  app.get(
    '/inspections',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Inspections that fit, newest first, a page at a time',
        querystring: Wish,
        response: answers(
          Type.Object({
            items: Type.Array(SummarySchema),
            next: Nullable(Type.String({ description: 'Where to go on: `cursor` of the next page.' })),
            complete: Type.Boolean({ description: 'false: its time was over before the page was full; `next` goes on.' }),
            looked_back_to: Nullable(Type.Number({ description: 'Everything that is newer has been looked at.' })),
          }),
        ),
      },
    },
    async ({ query }) => writable(await records.inspections(query)),
  );
  app.get(
    '/inspections/:id',
    {
      config: { needs: 'look' },
      schema: { summary: 'One inspection with all that the journal has of it', params: InspectionId, response: answers(Whole) },
    },
    async ({ params: { id } }) => {
      const found = await records.inspection(id);
      if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `inspection ${id}` });
      return found as Static<typeof Whole>;
    },
  );
  app.get(
    '/inspections/:id/pictures/:n',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'One of its pictures, as it is kept: JPEG or PNG',
        params: Type.Object({ id: InspectionId.properties.id, n: Type.Integer({ minimum: 0, maximum: 1000 }) }),
        response: { 200: PictureBytes, 304: Type.Null({ description: 'It is the one that is known.' }), ...answersOtherwise },
      },
    },
    async ({ params: { id, n }, headers }, reply) => {
      const found = await records.picture(id, n);
      if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `picture ${n} of inspection ${id}` });
      const tag = `"${found.sha256}"`;
      reply.headers({ etag: tag, 'cache-control': FOR_EVER });
      if (headers['if-none-match'] === tag) return reply.code(304).send(null);
      // What a camera sent is not to be more than a picture, whatever it holds.
      reply.headers({ 'content-type': found.type, 'content-security-policy': "default-src 'none'; sandbox" });
      return reply.send(Buffer.from(found.bytes.buffer));
    },
  );
  app.get(
    '/alarms/log',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Alarms that were, newest first',
        querystring: Type.Object(PageWish, { additionalProperties: false }),
        response: answers(Page(AlarmRecord)),
      },
    },
    async ({ query }) => writable(await records.alarms(query)),
  );
  app.get(
    '/audit',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'Who changed what, newest first: from the page, the command line and MQTT',
        querystring: Type.Object(PageWish, { additionalProperties: false }),
        response: answers(Page(AuditRecord)),
      },
    },
    async ({ query }) => writable(await records.audit(query)),
  );
};

export const PictureBytes = Type.Unsafe<Buffer>({ type: 'string', format: 'binary', description: 'The picture.' });
const { 200: _, ...answersOtherwise } = answers(Type.Null());

/** The schemas’ types are those of JSON, which nobody is kept from changing. */
type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;
export const writable = <T>(value: T): Writable<T> => value as Writable<T>;
