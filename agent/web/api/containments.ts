/** Parts that are in question: /api/v1/containments. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { userOf } from '../doors/callers.ts';
import type { ContainmentView, PagePorts } from '../ports.ts';
import { Verdict, writable } from './inspections.ts';
import { recorded } from './recorded.ts';
import { answers, NoContent, Nullable, Page, Time } from './schemas.ts';

const closed = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' });
const Params = Type.Object({ id: Id });
const Name = (description: string) => Type.String({ minLength: 1, maxLength: 256, description });
const Paging = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    cursor: Type.Optional(Type.String({ maxLength: 64, description: '`next` of the page before.' })),
  },
  closed,
);

const Anchor = Type.Object({ inspection: Type.String(), sequence: Type.Integer(), at: Time, part: Nullable(Type.String()) });
const fields = {
  id: Type.String(),
  station: Type.String(),
  at: { ...Time, description: 'When it was opened.' },
  cause: Type.Enum(['challenge', 'alarm', 'sample', 'package', 'person']),
  subject: Type.String({ description: 'Of the challenge, the alarm, the inspection, or who asked.' }),
  why: Type.String(),
  after: Nullable(Anchor),
  until: Nullable(Anchor),
  parts: Nullable(Type.Integer({ minimum: 0, description: 'As many as there were when this was said; null: not counted.' })),
  disposition: Nullable(
    Type.Object(
      { disposition: Type.Enum(['released', 'scrapped']), at: Time, who: Type.String(), note: Type.String() },
      { description: 'null: nobody has decided.' },
    ),
  ),
};
const StoredSchema = Type.Object(fields);
const ViewSchema = Type.Object({
  ...fields,
  grows: Type.Boolean({ description: 'Parts still come to it: it is decided about when its challenge has passed again.' }),
  narrowed: Nullable(
    Type.Object(
      {
        by: Type.String({ description: '`<model>.score`, or nok: the share of parts thrown out.' }),
        from: Anchor,
        likely: Anchor,
        parts: Type.Integer({ minimum: 0, description: 'From `from` on.' }),
      },
      { description: 'Since when a number has changed: `from` with 95 % confidence, `likely` most likely. null: none has.' },
    ),
  ),
  unnarrowed: Type.Enum(['no_change', 'no_reference', 'too_long'], {
    description: 'Why nothing narrows it, where nothing does: no number has changed, too few parts before it, too many in it.',
  }),
});
const PartSchema = Type.Object({
  inspection: Type.String(),
  sequence: Type.Integer(),
  at: Time,
  part: Nullable(Type.String()),
  verdict: Verdict,
  outcome: Type.String(),
  recipe: Type.String(),
  reasons: Type.String(),
  lot: Nullable(Type.String()),
  order: Nullable(Type.String()),
  label: Nullable(Type.String({ description: 'What people said of it last.' })),
  pictures: Type.Integer({ minimum: 0 }),
  parts: Type.Integer({ minimum: 0, description: 'That passed unseen under this record; 1 for any other.' }),
});
const Opened = Type.Object(
  {
    station: Name('Whose parts.'),
    alarm: Type.Optional(Name('Since the last proof before this alarm, which stands.')),
    inspection: Type.Optional(Id),
    since: Type.Optional(Type.Integer({ minimum: 0, maximum: 8.64e15, description: 'All was good until then, ms since 1970.' })),
  },
  { ...closed, description: 'With neither alarm, inspection nor since: since the last proof of all.' },
);

export const containmentRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const { containment } = ports;
  app.get(
    '/containments',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Stretches of parts that are in question, newest first',
        querystring: Paging,
        response: answers(Page(StoredSchema)),
      },
    },
    async ({ query }) => writable(await containment.all(query)),
  );
  app.get(
    '/containments/:id',
    {
      config: { needs: 'look' },
      schema: { summary: 'One of them, and since when a number has changed in it', params: Params, response: answers(ViewSchema) },
    },
    async ({ params }) => viewOf(await containment.one(params.id)),
  );
  app.get(
    '/containments/:id/parts',
    {
      config: { needs: 'look' },
      schema: { summary: 'Its parts, oldest first', params: Params, querystring: Paging, response: answers(Page(PartSchema)) },
    },
    async ({ params, query }) => writable(await containment.parts(params.id, query)),
  );
  app.get(
    '/containments/:id/parts.csv',
    { config: { needs: 'look' }, schema: { summary: 'Its parts as CSV, one line each; the first 50,000', params: Params } },
    async ({ params }, reply) => {
      const text = await containment.csv(params.id);
      reply.header('content-disposition', `attachment; filename="contained-${params.id}.csv"`);
      return reply
        .type('text/csv; charset=utf-8')
        .serializer((known: unknown) => String(known))
        .send(text);
    },
  );
  addChanges(app, ports);
};

function addChanges(app: Parameters<typeof containmentRoutes>[0], ports: PagePorts): void {
  const { containment, clock } = ports;
  app.post(
    '/containments',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'Put into quarantine what was made since the last proof: told by MQTT as a decision',
        body: Opened,
        response: answers(StoredSchema),
      },
    },
    async ({ caller, body }) => {
      const who = userOf(caller);
      return writable(await recorded(ports, who, 'contain', body, () => containment.open(who, body)));
    },
  );
  app.post(
    '/containments/:id/disposition',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Say what becomes of its parts; what was said first stays',
        params: Params,
        body: Type.Object(
          { disposition: Type.Enum(['released', 'scrapped']), note: Type.String({ maxLength: 2000, default: '', description: 'Why.' }) },
          closed,
        ),
        response: NoContent,
      },
    },
    async ({ caller, params, body }, reply) => {
      const who = userOf(caller);
      const said = { containment: params.id, at: clock.now(), who, ...body };
      // What was written is kept once, without names: the audit log says who did what.
      await recorded(ports, who, body.disposition, { id: params.id }, () => containment.dispose(said));
      return reply.code(204).send(null);
    },
  );
}

const placeOf = ({
  inspection,
  sequence,
  at,
  part,
}: {
  readonly inspection: string;
  readonly sequence: number;
  readonly at: number;
  readonly part: string | null;
}) => ({
  inspection,
  sequence,
  at,
  part,
});

function viewOf({ narrowed, ...view }: ContainmentView) {
  const told = narrowed && { by: narrowed.by, from: placeOf(narrowed.from), likely: placeOf(narrowed.likely), parts: narrowed.parts };
  return writable({ ...view, narrowed: told });
}
