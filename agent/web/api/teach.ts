/** Teaching on the box: /api/v1/teach. One lesson at a time; whoever opens the page finds it as it is. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { MOST_MARKS, MOST_POINTS_TOGETHER } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { userOf } from '../doors/callers.ts';
import type { PagePorts } from '../ports.ts';
import type { LessonBytes } from '../teaching-port.ts';
import { PictureBytes, Verdict, writable } from './inspections.ts';
import { checkMarks } from './marks.ts';
import { recorded } from './recorded.ts';
import { answers, BoxRegion, NoContent, Nullable, PaintedStroke, Time } from './schemas.ts';

type App = Parameters<FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }>>[0];

const closed = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 128 });
const Count = Type.Integer({ minimum: 0 });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Interval = Type.Object({ value: Share, low: Share, high: Share }, { description: 'With its 95 % interval.' });

const Region = Type.Tuple(
  [Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })],
  { description: 'x, y, width, height in pixels of the picture.' },
);

const PictureMark = Type.Union([BoxRegion, PaintedStroke]);

const Picture = Type.Object({
  id: Type.String(),
  inspection: Type.String({ description: 'Of the part that it shows.' }),
  at: Time,
  said: Type.Enum(['good', 'bad', 'out'], { description: 'out: neither, it is left out.' }),
  kind: Nullable(Type.String({ description: 'What is wrong, of a bad one.' })),
  boxes: Type.Array(PictureMark, { description: 'Where it is bad: boxes, and what was painted.' }),
  odd: Nullable(Type.Number({ description: 'It does not fit the others, by so many of their spreads: is this one good?' })),
  score: Nullable({ ...Share, description: 'By what had not seen it.' }),
  heat: Type.Boolean({ description: 'It has a heat map, of what had not seen it.' }),
  pointed: Nullable(
    Type.Boolean({ description: 'That map is highest where it is marked; null: nothing is marked, or nothing learned yet.' }),
  ),
});

const LookFigures = Type.Object({
  one_in: Type.Number(),
  auroc: Nullable(Interval),
  found: Nullable(Interval),
  look_ms: Type.Number({ description: 'Processor time of the network that looks, for a part.' }),
  bytes: Count,
});

const Learned = Type.Object({
  good: Count,
  bad: Count,
  marked: { ...Count, description: 'Of the bad ones, those on which somebody had marked where; whether that helped is among the remarks.' },
  threshold: Share,
  limits: Type.Array(
    Type.Object({
      at: Share,
      refused: Type.Integer({ minimum: 0, description: 'Held-out good parts beyond it.' }),
      one_in: Type.Number({ description: 'At most one good part in so many is rejected, with 95 % confidence.' }),
    }),
    { description: 'Thresholds to choose from, the highest first.' },
  ),
  promise: Type.Object({
    one_in: Type.Number(),
    parts: Count,
    parts_wanted: Nullable(Type.Integer({ description: 'Good parts that would do for what was asked; null: these do.' })),
    text: Type.String(),
  }),
  found: Nullable({ ...Interval, description: 'Share of the bad ones.' }),
  kinds: Type.Array(Type.Object({ name: Type.String(), found: Interval }), { description: 'The same by kind.' }),
  auroc: Nullable({ ...Interval, description: 'The chance that a bad one scores above a good one.' }),
  tells: Type.Boolean({ description: 'false: it cannot tell good from bad, as far as the ones shown tell.' }),
  closer: Nullable(
    Type.Object(
      { plain: LookFigures, closer: LookFigures },
      { description: 'It looked closer, for small faults; beside what it makes of them as they are.' },
    ),
  ),
  registered: Nullable(
    Type.Object(
      {
        moved: { ...Share, description: 'Furthest that a good part lay from the reference, in shares of the region.' },
        range: { ...Share, description: 'Furthest that is looked, likewise.' },
      },
      { description: 'Of a part that moves; null: it lies still.' },
    ),
  ),
  remarks: Type.Array(Type.String()),
  seconds: Count,
  memory_mb: Count,
});

const Stretch = Type.Object({ id: Type.String(), from: Time, to: Time });

const LearnedMachine = Type.Object({
  tags: Type.Object({
    used: Type.Array(Type.String()),
    combined: Type.Array(Type.String(), { description: 'Wandering ones, of which only what holds still together is judged.' }),
    unusable: Type.Array(Type.Object({ tag: Type.String(), why: Type.String() })),
  }),
  rows: Count,
  promise: Type.Object({
    promised: Type.Boolean({ description: 'false: too few stretches, or too short a window; `text` says which.' }),
    one_in: Type.Number(),
    text: Type.String(),
    alarms: { ...Share, description: 'Of the rows shown, where they were held out.' },
    worst_stretch: { ...Share, description: 'The same of the worst stretch.' },
  }),
  remarks: Type.Array(Type.String()),
  seconds: Count,
  memory_mb: Count,
});

const LessonSchema = Type.Object({
  id: Type.String(),
  station: Type.String(),
  model: Type.String(),
  of: Type.Enum(['part', 'machine']),
  package: Type.String({ description: 'To be.' }),
  region: Nullable({ ...Region, description: 'That is taught, x, y, width, height in pixels; null: all of the picture.' }),
  registered: Type.Boolean({ description: 'The part moves: it is looked for around the region.' }),
  area: Nullable({ ...Region, description: 'That the package looks at, and its heat maps cover; null: all of the picture.' }),
  phase: Type.Enum(['collecting', 'collected', 'learning', 'learned', 'failed', 'shadow', 'promoted', 'back']),
  by: Type.String(),
  since: Time,
  wanted: Count,
  reject: Type.Number(),
  pictures: Type.Array(Picture),
  pointed: Nullable({ ...Interval, description: 'Of the bad ones with marks: those whose heat map is highest in one.' }),
  step: Nullable(
    Type.Object({
      doing: Type.String({ description: 'looking, learning, writing; changing: a package is being put in or out' }),
      done: Count,
      total: Count,
      left_s: Nullable(Type.Number({ description: 'Seconds, about.' })),
    }),
  ),
  learned: Nullable(Learned),
  stretches: Type.Array(Stretch, { description: 'Of a machine: good production that it is taught from.' }),
  machine: Nullable(LearnedMachine),
  fault: Nullable(Type.Object({ text: Type.String(), next: Type.String() })),
  stored: Nullable(Type.Integer({ minimum: 0, description: 'Stored parts that it has looked at, see /teach/stored; null: not yet.' })),
  stored_fault: Nullable(Type.Object({ text: Type.String(), next: Type.String() }, { description: 'Why it has not looked at them.' })),
  judges: Nullable(Type.String({ description: 'Package that judges in the place.' })),
  judges_region: Nullable({ ...Region, description: 'That it looks at; null: all of the picture.' }),
  shadow: Nullable(Type.Object({ compared: Count, differing: Count, skipped: Count, failed: Count })),
});

const PictureId = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });
const { 200: _, ...otherwise } = answers(Type.Null());

export const teachRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  addLive(app, ports);
  addLesson(app, ports);
  addPictures(app, ports);
  addStretches(app, ports);
  addStored(app, ports);
  addDiffering(app, ports);
  addSteps(app, ports);
};

function addLive(app: App, { teaching }: PagePorts): void {
  app.get(
    '/teach/live',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'The last parts where something is to be taught, up to ten and two a second; made only for who asks',
        querystring: Type.Object({ station: Name, model: Name }, closed),
        response: answers(
          Type.Object({
            camera: Type.String(),
            width: Nullable(Type.Integer({ description: 'Of the camera’s pictures, pixels; null before the first part.' })),
            height: Nullable(Type.Integer()),
            region: Nullable({ ...Region, description: 'That the model there looks at; null: all of the picture.' }),
            pictures: Type.Array(Type.Object({ id: Type.String(), at: Time }), { description: 'Newest first.' }),
          }),
        ),
      },
    },
    async ({ query: { station, model } }) => writable(teaching.live(station, model)),
  );
  app.get(
    '/teach/live/:id',
    {
      config: { needs: 'look' },
      schema: { summary: 'One of them as JPEG, made smaller', params: PictureId, response: { 200: PictureBytes, ...otherwise } },
    },
    async ({ params: { id } }, reply) => {
      const found = teaching.livePicture(id);
      if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `picture ${id}: newer ones have come` });
      return sendPicture(reply, found);
    },
  );
}

function addLesson(app: App, ports: PagePorts): void {
  const { teaching } = ports;
  app.get(
    '/teach',
    { config: { needs: 'look' }, schema: { summary: 'The lesson; null: there is none', response: answers(Nullable(LessonSchema)) } },
    // Written here: an answer that is null is no answer to fastify.
    async (_, reply) => reply.type('application/json; charset=utf-8').send(JSON.stringify(teaching.lesson()) as never),
  );
  app.post(
    '/teach',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Begin a lesson: pictures of the next parts are collected',
        body: Type.Object(
          {
            station: Name,
            model: { ...Name, description: 'As the rules call it: its camera and region count.' },
            package: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*$', maxLength: 64, description: 'Of no other package.' }),
            wanted: Type.Integer({ minimum: 4, maximum: 300, default: 30 }),
            region: Type.Optional(Nullable({ ...Region, description: 'null: all of the picture; absent: what the model there looks at.' })),
            registered: Type.Optional(
              Type.Boolean({
                description: 'The part moves, up to a sixth of the region each way: it is looked for, and judged where it is found.',
              }),
            ),
            reject: Type.Number({ exclusiveMinimum: 1, maximum: 10_000, default: 20, description: 'One good part in so many may be.' }),
          },
          closed,
        ),
        response: answers(LessonSchema),
      },
    },
    async ({ caller, body }) =>
      recorded(ports, userOf(caller), 'teach', body, async () => writable(await teaching.begin(userOf(caller), body))),
  );
  app.delete(
    '/teach',
    {
      config: { needs: 'technician' },
      schema: {
        summary:
          'End the lesson: nothing is left of it but what was promoted. What runs beside is taken out first, while it is still shown',
        response: NoContent,
      },
    },
    async ({ caller }, reply) => {
      await recorded(ports, userOf(caller), 'teach_end', {}, () => teaching.end());
      return reply.code(204).send(null);
    },
  );
}

function addPictures(app: App, ports: PagePorts): void {
  const { teaching, records } = ports;
  app.get(
    '/teach/pictures/:id',
    {
      config: { needs: 'look' },
      schema: { summary: 'A picture of the lesson, as it came', params: PictureId, response: { 200: PictureBytes, ...otherwise } },
    },
    async ({ params: { id } }, reply) => {
      const found = await teaching.picture(id);
      if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `picture ${id} of the lesson` });
      return sendPicture(reply, found);
    },
  );
  app.post(
    '/teach/pictures/:id',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Say of a picture what it shows',
        params: PictureId,
        body: Type.Object(
          {
            said: Picture.properties.said,
            kind: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
            boxes: Type.Optional(
              Type.Array(PictureMark, {
                maxItems: MOST_MARKS,
                description: `Of what is bad alone; absent: as before. What is painted has ${MOST_POINTS_TOGETHER} points at most.`,
              }),
            ),
          },
          closed,
        ),
        response: answers(LessonSchema),
      },
    },
    async ({ caller, params: { id }, body: { said, kind = null, boxes } }) => {
      checkMarks(said, boxes ?? []);
      const told = { picture: id, said, kind, ...(boxes ? { boxes: boxes.length } : {}) };
      return recorded(ports, userOf(caller), 'teach_say', told, async () => writable(await teaching.say(id, said, kind, boxes)));
    },
  );
  app.post(
    '/teach/pictures',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Add kept pictures of stored parts',
        body: Type.Object(
          {
            inspections: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 100 }),
            said: { ...Picture.properties.said, default: 'good' },
          },
          closed,
        ),
        response: answers(
          Type.Object({ added: Count, missing: Type.Array(Type.String(), { description: 'No picture of them is kept.' }) }),
        ),
      },
    },
    async ({ caller, body: { inspections, said } }) =>
      recorded(ports, userOf(caller), 'teach_add', { inspections: inspections.length, said }, async () => {
        const camera = teaching.camera();
        const found = [];
        for (const id of new Set(inspections)) {
          const picture = await storedPicture(records, id, camera);
          if (picture) found.push({ inspection: id, ...picture, ...(await saidOf(records, id, camera)) });
        }
        const added = await teaching.add(found, said);
        const known = new Set(found.map(({ inspection }) => inspection));
        return { added, missing: inspections.filter((id) => !known.has(id)) };
      }),
  );
}

function sendPicture(reply: FastifyReply, { type, bytes }: LessonBytes, cache = 'private, max-age=3600, immutable') {
  // What a camera sent is not to be more than a picture, whatever it holds.
  reply.headers({ 'content-security-policy': "default-src 'none'; sandbox", 'cache-control': cache });
  return reply.type(type).send(Buffer.from(bytes));
}

/** Bytes of one of these by its name; `find` null: there is none. */
function addHeat(app: App, path: string, summary: string, find: (id: string) => Promise<LessonBytes | null>): void {
  app.get(
    path,
    {
      config: { needs: 'look' },
      schema: { summary, params: PictureId, response: { 200: PictureBytes, ...otherwise } },
    },
    async ({ params: { id } }, reply) => {
      const found = await find(id);
      if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `heat map of ${id}` });
      // Learned again, the same picture has another one.
      return sendPicture(reply, found, 'no-store');
    },
  );
}

function addStored(app: App, { teaching }: PagePorts): void {
  addHeat(app, '/teach/pictures/:id/heat', 'Where the rule looked on it that had not seen it, as a grey PNG of the region', (id) =>
    teaching.heat(id),
  );
  app.get(
    '/teach/stored',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Stored parts as the taught package scores them, newest first: what any limit would have changed',
        response: answers(
          Type.Array(Type.Object({ inspection: Type.String(), at: Time, verdict: Verdict, score: Share }), {
            description: 'The newest whose pictures are kept.',
          }),
        ),
      },
    },
    async () => writable(await teaching.stored()),
  );
  addHeat(app, '/teach/stored/:id/heat', 'Where the taught package looked on a stored part, as a grey PNG of the region', (id) =>
    teaching.storedHeat(id),
  );
}

function addStretches(app: App, ports: PagePorts): void {
  const { teaching, records } = ports;
  app.get(
    '/teach/tags',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Tags of a station over a time, as its stored windows have them at their triggers: to mark good production on',
        querystring: Type.Object(
          {
            station: Name,
            from: Type.Number({ description: 'ms since 1970, included' }),
            to: Type.Number({ description: 'ms since 1970, not included' }),
            points: Type.Integer({ minimum: 2, maximum: 500, default: 200 }),
          },
          closed,
        ),
        response: answers(
          Type.Object({
            times: Type.Array(Time),
            tags: Type.Array(Type.Object({ tag: Type.String(), values: Type.Array(Nullable(Type.Number())) })),
          }),
        ),
      },
    },
    async ({ query }) => writable(await records.trend(query)),
  );
  app.post(
    '/teach/stretches',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Mark a stretch of good production to teach a machine from',
        body: Type.Object({ from: Time, to: Time }, closed),
        response: answers(LessonSchema),
      },
    },
    async ({ caller, body }) => recorded(ports, userOf(caller), 'teach_mark', body, async () => writable(await teaching.mark(body))),
  );
  app.delete(
    '/teach/stretches/:id',
    {
      config: { needs: 'technician' },
      schema: { summary: 'Take a stretch out again', params: PictureId, response: answers(LessonSchema) },
    },
    async ({ caller, params: { id } }) =>
      recorded(ports, userOf(caller), 'teach_unmark', { stretch: id }, async () => writable(await teaching.unmark(id))),
  );
}

const MOST_DIFFERING = 10;

function addDiffering(app: App, { teaching, records }: PagePorts): void {
  const PictureNumber = Nullable(Type.Integer({ minimum: 0, description: 'Number of its kept picture; null: it is not kept.' }));
  app.get(
    '/teach/differing',
    {
      config: { needs: 'look' },
      schema: {
        summary:
          'Parts of which the taught package says something else than what judges, newest first; where they pass faster than it looks at them, the newest that it has looked at',
        response: answers(
          Type.Array(
            Type.Object({
              inspection: Type.String(),
              at: Time,
              part: Nullable(Type.String()),
              verdict: Verdict,
              candidate_verdict: Verdict,
              score: Nullable(Type.Number()),
              threshold: Nullable(Type.Number()),
              candidate_score: Nullable(Type.Number()),
              candidate_threshold: Nullable(Type.Number()),
              picture: PictureNumber,
              heat: PictureNumber,
              candidate_heat: Type.Boolean({ description: 'See /teach/stored/{id}/heat.' }),
            }),
          ),
        ),
      },
    },
    async () => {
      const beside = teaching.beside();
      if (!beside) return [];
      const found = await records.differing({ ...beside, limit: MOST_DIFFERING });
      return teaching.lookAt(found).map(({ difference: _, ...part }) => part);
    },
  );
}

/** Of the camera; the only one where the record names none. */
async function storedPicture(records: PagePorts['records'], id: string, camera: string | null) {
  const images = (await records.inspection(id))?.['images'];
  if (!Array.isArray(images)) return null;
  const n = images.findIndex((image: { camera?: unknown }) => image?.camera === camera);
  return n < 0 ? null : records.picture(id, n);
}

/** What people said last of a stored part that is bad, and stand by: a kind, and places on the camera's picture. */
async function saidOf(records: PagePorts['records'], id: string, camera: string | null) {
  const bad = (await records.labels(id))?.findLast(({ label, undone }) => label === 'bad' && undone === null);
  const boxes = bad?.boxes.filter((box) => box.camera === camera).map(({ region, stroke }) => stroke ?? region) ?? [];
  return { kind: bad?.kind ?? null, boxes };
}

function addSteps(app: App, ports: PagePorts): void {
  const { teaching } = ports;
  const steps = {
    promote: { summary: 'The taught package judges from the next part on', work: () => teaching.promote() },
    back: { summary: 'What judged before judges again', work: () => teaching.back() },
  } as const;
  for (const [name, { summary, work }] of Object.entries(steps))
    app.post(
      `/teach/${name}`,
      { config: { needs: 'technician' }, schema: { summary, response: answers(LessonSchema) } },
      async ({ caller }) => recorded(ports, userOf(caller), `teach_${name}`, {}, async () => writable(await work())),
    );
  app.post(
    '/teach/learn',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Learn from what is shown; the line judges on meanwhile',
        body: Nullable(
          Type.Object(
            {
              closer: Type.Optional(
                Type.Boolean({ description: 'Look at pictures of parts closer, for small faults: four times the work.' }),
              ),
            },
            closed,
          ),
        ),
        response: answers(LessonSchema),
      },
    },
    async ({ caller, body }) => {
      const closer = body?.closer ?? false;
      return recorded(ports, userOf(caller), 'teach_learn', { closer }, async () => writable(await teaching.learn(closer)));
    },
  );
  app.post(
    '/teach/shadow',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Run the taught package beside what judges: nothing it says reaches the PLC',
        body: Type.Object(
          {
            threshold: Type.Optional({ ...Share, description: 'One of `limits`; without it the one that was chosen.' }),
            anyway: Type.Optional(Type.Boolean({ description: 'Also where it cannot tell good from bad.' })),
          },
          closed,
        ),
        response: answers(LessonSchema),
      },
    },
    async ({ caller, body: { threshold = null, anyway = false } }) =>
      recorded(ports, userOf(caller), 'teach_shadow', { threshold, anyway }, async () =>
        writable(await teaching.shadow({ threshold, anyway })),
      ),
  );
}
