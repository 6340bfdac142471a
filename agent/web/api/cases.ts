/** What was written, said and done before: similar cases, the history of an alarm, a time in quotations. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { NoteSchema } from './notes.ts';
import { answers, Nullable, Time } from './schemas.ts';
import { QuoteSchema } from './shifts.ts';
import { MachineTextSchema } from './texts.ts';

const closed = { additionalProperties: false } as const;
const Station = Type.String({ minLength: 1, maxLength: 128 });
const Alarm = Type.String({ minLength: 1, maxLength: 64, description: 'Code of an alarm.' });
const LONGEST = 2000;

const CaseSchema = Type.Object({
  by: Type.Enum(['people', 'machine']),
  at: Time,
  station: Nullable(Type.String()),
  part: Nullable(Type.String()),
  about: Nullable(Type.String({ description: 'Code of an alarm; of a machine its name.' })),
  text: Type.String(),
  times: Type.Integer({ description: 'How often a machine said just this, of those that were looked at.' }),
});

const AlarmHistorySchema = Type.Object({
  stood: Type.Integer({ description: 'How often, of what the journal still has.' }),
  times: Type.Array(
    Type.Object({
      since: Time,
      cleared: Nullable(Time),
      text: Type.String(),
      notes: Type.Array(NoteSchema),
      texts: Type.Array(MachineTextSchema),
      acts: Type.Array(Type.Object({ at: Time, verb: Type.String(), reason: Nullable(Type.String()) })),
    }),
  ),
  quotes: Type.Array(QuoteSchema),
});

export const caseRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports: { records } }) => {
  app.get(
    '/notes/cases',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'What people wrote and machines said before that is most like a text; what was written on the same alarm first',
        querystring: Type.Object(
          {
            text: Type.String({ minLength: 1, maxLength: LONGEST }),
            alarm: Type.Optional(Alarm),
            limit: Type.Integer({ minimum: 1, maximum: 20, default: 3 }),
          },
          closed,
        ),
        response: answers(Type.Array(CaseSchema)),
      },
    },
    async ({ query }) => writable([...(await records.cases(query))]),
  );
  app.get(
    '/notes/summary',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'What was said in a time as quotations: texts with most words in common together, the most central of each',
        querystring: Type.Object(
          {
            from: Type.Number({ description: 'ms since 1970, included' }),
            to: Type.Number({ description: 'ms since 1970, not included' }),
            station: Type.Optional(Station),
            alarm: Type.Optional(Alarm),
          },
          closed,
        ),
        response: answers(Type.Array(QuoteSchema)),
      },
    },
    async ({ query }) => writable([...(await records.summary(query))]),
  );
  app.get(
    '/alarms/history',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'What was written and done the last three times that an alarm stood, and all that was said then as quotations',
        querystring: Type.Object({ code: Alarm, subject: Type.String({ maxLength: 256, default: '' }) }, closed),
        response: answers(AlarmHistorySchema),
      },
    },
    async ({ query }) => writable(await records.alarmHistory(query)),
  );
};
