/** What people change at the line: acknowledge, switch, label, trust, dead letters. By the ways that MQTT and the command line have. */
import { isDeepStrictEqual } from 'node:util';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { boundsOf, MOST_MARKS, MOST_POINTS_TOGETHER } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { Days, Seconds } from '../../time.ts';
import { userOf } from '../doors/callers.ts';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { checkMarks } from './marks.ts';
import { recorded } from './recorded.ts';
import { answers, BoxRegion, Dict, NoContent, Nullable, PaintedStroke, Time } from './schemas.ts';

type App = Parameters<FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }>>[0];

const LONGEST_SHELF = Days(1);
const closed = { additionalProperties: false } as const;
const Station = Type.Object({ station: Type.String({ minLength: 1, maxLength: 128 }) });
const Result = Type.Record(Type.String(), Type.Unknown(), { description: 'What the command gives back.' });

export const changeRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  addCommands(app, ports);
  addAlarms(app, ports);
  addLabels(app, ports);
  addCertificates(app, ports);
  addLetters(app, ports);
};

function addCommands(app: App, { changes }: PagePorts): void {
  app.post(
    '/stations/:station/acknowledge',
    {
      config: { needs: 'operator' },
      schema: { summary: 'Release what a station holds or has stopped', params: Station, response: answers(Result) },
    },
    async ({ caller, params }) => ({ ...(await changes.command(userOf(caller), 'ack', params)) }),
  );
  app.post(
    '/stations/:station/enable',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Switch a station on or off',
        params: Station,
        body: Type.Object({ enabled: Type.Boolean() }, closed),
        response: answers(Result),
      },
    },
    async ({ caller, params, body }) => ({ ...(await changes.command(userOf(caller), 'enable', { ...params, ...body })) }),
  );
  app.post(
    '/stations/:station/recipe',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Override the recipe; without one the tag decides again',
        params: Station,
        body: Type.Object({ recipe: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })) }, closed),
        response: answers(Result),
      },
    },
    async ({ caller, params, body }) => ({ ...(await changes.command(userOf(caller), 'recipe', { ...params, ...body })) }),
  );
  app.post(
    '/reload',
    { config: { needs: 'technician' }, schema: { summary: 'Read the config again', response: answers(Result) } },
    async ({ caller }) => ({ ...(await changes.command(userOf(caller), 'reload', {})) }),
  );
}

const Key = Type.String({ minLength: 1, maxLength: 300, description: 'Of the alarm, as in /alarms.' });

/** ISA-18.2: who saw it; and out of sight for a while, with a reason and an end. */
function addAlarms(app: App, ports: PagePorts): void {
  const { changes, clock } = ports;
  app.post(
    '/alarms/acknowledge',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'Say that one has seen an alarm; one that is over is gone then',
        body: Type.Object({ key: Key }, closed),
        response: NoContent,
      },
    },
    async ({ caller, body: { key } }, reply) => {
      const who = userOf(caller);
      await recorded(ports, who, 'acknowledge', { alarm: key }, () => changes.acknowledgeAlarm(key, who));
      return reply.code(204).send(null);
    },
  );
  app.post(
    '/alarms/shelve',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Put an alarm out of sight for a while; the plant hears of it all the same',
        body: Type.Object(
          {
            key: Key,
            for_s: Type.Integer({ minimum: 60, maximum: LONGEST_SHELF / 1000, description: 'A day at most.' }),
            reason: Type.String({ minLength: 3, maxLength: 200 }),
          },
          closed,
        ),
        response: answers(Type.Object({ until: Time })),
      },
    },
    async ({ caller, body: { key, for_s, reason } }) => {
      const who = userOf(caller);
      const until = clock.now() + Seconds(for_s);
      await recorded(ports, who, 'shelve', { alarm: key, until, reason }, () => changes.shelveAlarm(key, { until, who, reason }));
      return { until };
    },
  );
  app.post(
    '/alarms/unshelve',
    {
      config: { needs: 'technician' },
      schema: { summary: 'Have a shelved alarm in sight again', body: Type.Object({ key: Key }, closed), response: NoContent },
    },
    async ({ caller, body: { key } }, reply) => {
      await recorded(ports, userOf(caller), 'unshelve', { alarm: key }, () => changes.unshelveAlarm(key));
      return reply.code(204).send(null);
    },
  );
  app.post(
    '/alarms/relearn',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Have the next 500 parts be what scores, pictures or tags that drifted are held against; that alarm is over then',
        body: Type.Object({ key: Key }, closed),
        response: NoContent,
      },
    },
    async ({ caller, body: { key } }, reply) => {
      await recorded(ports, userOf(caller), 'relearn', { alarm: key }, () => changes.relearn(key));
      return reply.code(204).send(null);
    },
  );
}

const OfMark = {
  camera: Type.String({ minLength: 1, maxLength: 256 }),
  kind: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Where it is another one than the label’s.' })),
};
const BoxSchema = Type.Object(
  {
    ...OfMark,
    region: { ...BoxRegion, description: 'x, y, width, height in pixels of that camera’s picture; of what was painted the box around it.' },
    stroke: Type.Optional(PaintedStroke),
  },
  { ...closed, description: 'Where it is bad.' },
);
const MarkSchema = Type.Union([
  Type.Object({ ...OfMark, region: BoxRegion }, closed),
  Type.Object({ ...OfMark, stroke: PaintedStroke }, closed),
]);
const LabelSchema = Type.Object({
  id: Type.String(),
  inspection: Type.String(),
  at: Time,
  who: Type.String(),
  label: Type.Enum(['good', 'bad', 'unsure']),
  kind: Nullable(Type.String({ description: 'Of what is bad, by name.' })),
  boxes: Type.Array(BoxSchema),
  undone: Nullable(Type.Number({ description: 'When it was taken back.' })),
});
const Inspection = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

function addLabels(app: App, { changes, records, clock }: PagePorts): void {
  const known = async (id: string) => {
    const labels = await records.labels(id);
    if (labels) return labels;
    throw new LinesideError('WEB_UNKNOWN', { what: `inspection ${id}` });
  };
  app.get(
    '/inspections/:id/labels',
    {
      config: { needs: 'look' },
      schema: { summary: 'What people said of the part, all of them', params: Inspection, response: answers(Type.Array(LabelSchema)) },
    },
    async ({ params: { id } }) => writable(await known(id)),
  );
  app.post(
    '/inspections/:id/labels',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'Say of a part what it is; it is on the disk when this is answered',
        params: Inspection,
        body: Type.Object(
          {
            id: Type.String({
              pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
              description: 'A UUID made by the caller: the same again is the same label.',
            }),
            label: LabelSchema.properties.label,
            kind: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
            boxes: Type.Optional(
              Type.Array(MarkSchema, {
                maxItems: MOST_MARKS,
                description: `Of what is bad alone: boxes, and what was painted, of ${MOST_POINTS_TOGETHER} points at most.`,
              }),
            ),
          },
          closed,
        ),
        response: answers(LabelSchema),
      },
    },
    async ({ caller, params, body: { id, label, kind = null, boxes: marks = [] } }) => {
      const boxes = marks.map((mark) => ('stroke' in mark ? { ...mark, region: boundsOf(mark.stroke) } : mark));
      checkMarks(
        label,
        boxes.map(({ region, ...of }) => ('stroke' in of ? of.stroke : region)),
      );
      const one = { id, inspection: params.id, who: userOf(caller), label, kind, boxes };
      const before = (await known(params.id)).find((other) => other.id === id);
      if (!before) await changes.label({ ...one, at: clock.now() });
      const stored = (await known(params.id)).find((other) => other.id === id);
      if (stored?.who !== one.who || stored.label !== label || stored.kind !== kind || !isDeepStrictEqual(stored.boxes, boxes))
        throw new LinesideError('COMMAND_REFUSED', { verb: 'label', why: `the id ${id} is that of another label` });
      return writable(stored);
    },
  );
  app.delete(
    '/inspections/:id/labels/:label',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'Take back a label of one’s own',
        params: Type.Object({ id: Inspection.properties.id, label: Type.String({ minLength: 1, maxLength: 64 }) }),
        response: NoContent,
      },
    },
    async ({ caller, params }, reply) => {
      const who = userOf(caller);
      const found = (await known(params.id)).find(({ id }) => id === params.label);
      if (found?.who !== who) throw new LinesideError('WEB_UNKNOWN', { what: `label ${params.label} of ${who}` });
      if (found.undone === null) await changes.undo({ id: found.id, who, at: clock.now() });
      return reply.code(204).send(null);
    },
  );
}

const Certificate = Type.Object({
  server: Type.String({ description: 'Name in the config of the server that showed it.' }),
  fingerprint: Type.String({ description: 'SHA-256: what is compared with what the server shows.' }),
  subject: Type.String(),
  application_uri: Type.String(),
  valid_from: Time,
  valid_to: Time,
});

function addCertificates(app: App, ports: PagePorts): void {
  const { changes } = ports;
  const viewOf = ({ applicationUri, validFrom, validTo, ...rest }: Awaited<ReturnType<typeof changes.trust>>) => ({
    ...rest,
    application_uri: applicationUri,
    valid_from: validFrom,
    valid_to: validTo,
  });
  app.get(
    '/certificates',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Certificates of OPC UA servers: those that wait for approval, and those that are trusted',
        response: answers(Type.Object({ rejected: Type.Array(Certificate), trusted: Type.Array(Certificate) })),
      },
    },
    async () => {
      const { rejected, trusted } = await changes.certificates();
      return { rejected: rejected.map(viewOf), trusted: trusted.map(viewOf) };
    },
  );
  app.post(
    '/certificates/trust',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Trust a certificate from now on, for the server that showed it',
        body: Type.Object(
          {
            fingerprint: Type.String({ pattern: '^[0-9a-fA-F:]{64,95}$', description: 'The whole of it, as the server shows it.' }),
            server: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
          },
          closed,
        ),
        response: answers(Certificate),
      },
    },
    async ({ caller, body: { fingerprint, server } }) =>
      recorded(ports, userOf(caller), 'trust', { fingerprint, ...(server === undefined ? {} : { server }) }, async () =>
        viewOf(await changes.trust(fingerprint, server)),
      ),
  );
}

const Letters = Type.Object({
  letters: Type.Array(
    Type.Object({
      id: Type.Integer(),
      publisher: Type.String(),
      refused: Type.String(),
      topic: Type.String(),
      event: Type.String(),
      bytes: Type.Integer(),
      why: Type.String(),
      retry: Type.Boolean({ description: 'It is to be sent again.' }),
    }),
  ),
  total: Type.Integer(),
  waiting: Dict(Type.Integer(), 'Events that wait to be sent, by publisher.'),
  dropped: Type.Integer(),
  bytes: Type.Integer(),
});
const Topic = Type.String({ minLength: 1, maxLength: 1024 });
const Ids = Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: 1000 });

function addLetters(app: App, ports: PagePorts): void {
  const { records } = ports;
  app.get(
    '/outbox',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Events that the broker does not take, and what waits',
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }), topic: Type.Optional(Topic) }, closed),
        response: answers(Letters),
      },
    },
    async ({ query: { limit, topic } }) => writable(await records.letters({ topic }, limit)),
  );
  for (const verb of ['retry', 'drop'] as const)
    app.post(
      `/outbox/${verb}`,
      {
        config: { needs: 'technician' },
        schema: {
          summary: verb === 'retry' ? 'Send dead letters again' : 'Give dead letters up; records stay in the journal',
          body: Type.Union([
            Type.Object({ ids: Ids }, closed),
            Type.Object({ topic: Topic }, closed),
            Type.Object({ all: Type.Literal(true) }, closed),
          ]),
          response: answers(Type.Object({ letters: Type.Integer({ minimum: 0, description: 'How many.' }) })),
        },
      },
      async ({ caller, body }) => {
        const wish = { ids: 'ids' in body ? body.ids : undefined, topic: 'topic' in body ? body.topic : undefined };
        return recorded(ports, userOf(caller), `outbox_${verb}`, body, async () => ({ letters: await records.changeLetters(verb, wish) }));
      },
    );
}
