/** What people write: /api/v1/notes. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { userOf } from '../doors/callers.ts';
import type { PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { answers, Nullable, Time } from './schemas.ts';

const closed = { additionalProperties: false } as const;
const Station = Type.String({ minLength: 1, maxLength: 128 });
const Part = Type.String({ minLength: 1, maxLength: 256 });
const Alarm = Type.String({ minLength: 1, maxLength: 64, description: 'Code of an alarm.' });
const LONGEST = 2000;

export const NoteSchema = Type.Object({
  id: Type.String(),
  at: Time,
  who: Nullable(Type.String({ description: 'A code, the same for the same person of this site.' })),
  source: Type.Enum(['page', 'cli', 'mqtt', 'tag']),
  station: Nullable(Type.String()),
  part: Nullable(Type.String()),
  alarm: Nullable(Type.String()),
  text: Type.String({ description: 'Names of people are taken out.' }),
});

export const noteRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const { records, changes } = ports;
  app.get(
    '/notes',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'What people wrote, the newest first',
        querystring: Type.Object(
          {
            station: Type.Optional(Station),
            part: Type.Optional(Part),
            alarm: Type.Optional(Alarm),
            limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
          },
          closed,
        ),
        response: answers(Type.Array(NoteSchema)),
      },
    },
    async ({ query }) => writable([...(await records.notes(query))]),
  );
  app.get(
    '/notes/similar',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'What was written before that is most like a text',
        querystring: Type.Object(
          {
            text: Type.String({ minLength: 1, maxLength: LONGEST }),
            part: Type.Optional(Type.String({ ...Part, description: 'Whose own notes are left out.' })),
            limit: Type.Integer({ minimum: 1, maximum: 20, default: 3 }),
          },
          closed,
        ),
        response: answers(Type.Array(NoteSchema)),
      },
    },
    async ({ query: { text, part, limit } }) => writable([...(await records.similarNotes(text, limit, part))]),
  );
  app.post(
    '/notes',
    {
      config: { needs: 'operator' },
      schema: {
        summary: 'Write something; it is on the disk when this is answered, and names of people are not in it',
        body: Type.Object(
          {
            id: Type.String({
              pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
              description: 'A UUID made by the caller: the same again is the same note.',
            }),
            text: Type.String({ minLength: 1, maxLength: LONGEST }),
            station: Type.Optional(Station),
            part: Type.Optional(Part),
            alarm: Type.Optional(Alarm),
          },
          closed,
        ),
        response: answers(NoteSchema),
      },
    },
    async ({ caller, body }) => writable(await changes.note(body, userOf(caller))),
  );
};
