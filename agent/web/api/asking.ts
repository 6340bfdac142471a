/** What can be asked of a stored part beside its record: /api/v1/inspections/{id}/what-if. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { LinesideError } from '../../errors.ts';
import type { PagePorts } from '../ports.ts';
import { InspectionId, SummarySchema, Verdict, writable } from './inspections.ts';
import { patiently } from './patience.ts';
import { answers, Nullable } from './schemas.ts';

const Name = Type.String({ description: 'As expressions call it: surface.score; of a tag server.tag.' });
const Becomes = { ...Verdict, description: 'What it would have been.' };
const Word = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);

const Change = Type.Union([
  Type.Object({
    kind: Type.Enum(['score', 'number']),
    name: Name,
    value: Type.Number({ description: 'As it was.' }),
    at: Type.Number({ description: 'The nearest at which the verdict is this one.' }),
    side: Type.Enum(['below', 'at_most', 'at_least', 'above'], { description: 'Where it would have had to be, seen from `at`.' }),
    verdict: Becomes,
  }),
  Type.Object({
    kind: Type.Literal('word'),
    name: Name,
    value: Word,
    to: { ...Word, description: 'Empty: anything that no rule names.' },
    verdict: Becomes,
  }),
  Type.Object({
    kind: Type.Literal('rule_off'),
    rule: Type.Integer({ minimum: 1, description: 'In the order of the config.' }),
    when: Nullable(Type.String()),
    reason: Nullable(Type.String()),
    verdict: Becomes,
  }),
]);

const WhatIfSchema = Type.Object({
  verdict: Verdict,
  unknown: Nullable(
    Type.Enum(['not_judged', 'rules_unknown', 'not_reproduced'], {
      description:
        'not_judged: no rule spoke. rules_unknown: the rules that judged it are not on record. not_reproduced: they give another verdict for what the record holds.',
    }),
  ),
  changes: Type.Array(Change, { description: 'One thing changed at a time, the nearest first.' }),
  untried: Type.Array(Type.String(), { description: 'What the rules read and nobody changed here.' }),
  complete: Type.Boolean({ description: 'false: too much to try everything.' }),
});

const Judgement = Type.Object({
  verdict: Verdict,
  reasons: SummarySchema.properties.reasons,
  findings: Type.Array(
    Type.Object({
      model: Type.String(),
      package: Type.String(),
      version: Type.String(),
      label: Nullable(Type.String()),
      score: Nullable(Type.Number()),
      threshold: Nullable(Type.Number()),
    }),
  ),
  config: Type.String({ description: 'Hash.' }),
});
const ReplaySchema = Type.Object({
  was: { ...Judgement, description: 'What was said then.' },
  now: Nullable({ ...Judgement, description: 'Null: it cannot be judged again; see `why`.' }),
  why: Nullable(Type.String()),
  inputs: Type.Array(
    Type.Object({
      model: Type.String(),
      state: Type.Enum(['same', 'encoded'], {
        description: 'encoded: the picture as it was kept, which the camera’s was encoded into; scores may differ a little.',
      }),
    }),
  ),
});

export const askingRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports: { asking } }) => {
  app.get(
    '/inspections/:id/what-if',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'What would have changed the verdict: the rules asked again with one thing changed at a time',
        params: InspectionId,
        response: answers(WhatIfSchema),
      },
    },
    async ({ params: { id } }) => {
      const found = await asking.whatIf(id);
      if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `inspection ${id}` });
      return writable(found);
    },
  );
  app.post(
    '/inspections/:id/replay',
    {
      ...patiently,
      config: { needs: 'operator' },
      schema: {
        summary: 'Judge a stored part again, with today’s config and packages; nothing of it is recorded or told to anybody',
        params: InspectionId,
        response: answers(ReplaySchema),
      },
    },
    async ({ params: { id } }) => {
      const found = await asking.replay(id);
      if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `inspection ${id}` });
      return writable(found);
    },
  );
};
