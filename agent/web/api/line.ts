/** How the line is now: /api/v1/line, alarms, health, models, tags, pictures of the last parts. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  type Health,
  LOOK_FEATURES,
  type LookDrift,
  movedOf,
  movedText,
  type ScoreDrift,
  type StationState,
} from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import type { AlarmView, PagePorts, WebSource } from '../ports.ts';
import { PictureBytes, writable } from './inspections.ts';
import { answers, Dict, Nullable, Time } from './schemas.ts';

const Count = Type.Integer({ minimum: 0 });

export const AlarmSchema = Type.Object({
  key: Type.String({ description: 'One alarm a fault and thing.' }),
  code: Type.String({ description: 'Of docs/errors.md.' }),
  subject: Type.String({ description: 'Station, camera, server or model; empty for the agent.' }),
  since: Time,
  times: Type.Integer({ minimum: 1, description: 'Raised this often since the agent’s process began.' }),
  text: Type.String({ description: 'What is wrong.' }),
  next: Type.String({ description: 'What to do.' }),
  acknowledged: Nullable(Type.Object({ at: Time, who: Type.String() })),
  shelved: Nullable(
    Type.Object(
      { at: Time, until: Time, who: Type.String(), reason: Type.String() },
      { description: 'Out of sight until then; the plant hears of it all the same.' },
    ),
  ),
  cause: Nullable(Type.String({ description: 'Key of the alarm that it follows from: mend that one first.' })),
  down: Type.Boolean({ description: 'While it lasts nothing comes from what it is about, or nothing is taken by it.' }),
});

const ReturnedSchema = Type.Object({
  key: Type.String(),
  code: Type.String(),
  subject: Type.String(),
  since: Time,
  ended: Time,
  times: Type.Integer({ minimum: 1 }),
  text: Type.String(),
  next: Type.String(),
});

const COUNTERS = { ok: Count, nok: Count, review: Count, missed: Count, failed: Count };
const DriftSchema = Type.Object({
  recipe: Type.String(),
  model: Type.String({ description: 'As the rules call it.' }),
  package: Type.String(),
  version: Type.String(),
  parts: Type.Integer({ minimum: 0, description: 'The newest parts, as far as they are looked at.' }),
  reference: Type.Object(
    { of: Type.Enum(['taught', 'line']), parts: Count },
    { description: 'taught: good parts that it was taught with, held out. line: its first parts here.' },
  ),
  distance: Nullable(
    Type.Number({ minimum: 0, maximum: 1, description: 'Of Kolmogorov and Smirnov; null before there is enough to tell.' }),
  ),
  limit: Nullable(Type.Number({ minimum: 0, maximum: 1, description: 'From which distance on it is an alarm.' })),
  drifted: Nullable(Type.Number({ description: 'Since when the scores differ, ms since 1970, UTC.' })),
  look: Nullable(
    Type.Object(
      {
        of: Type.Enum(['picture', 'tags']),
        watched: Type.Integer({ minimum: 0, description: 'Features of which there is enough to tell.' }),
        moved: Type.Array(
          Type.Object({
            feature: Type.Enum([...LOOK_FEATURES]),
            tag: Nullable(Type.String()),
            parts: Count,
            reference: Type.Object({ of: Type.Enum(['taught', 'line']), parts: Count }),
            now: Type.Number({ description: 'Middle of the newest parts.' }),
            before: Type.Number({ description: 'Of those that it was taught with, or of its first parts here.' }),
            drifted: Time,
            text: Type.String({ description: 'In words, as the alarm says it.' }),
          }),
          { description: 'Features in which the newest parts no longer look as they did.' },
        ),
      },
      { description: 'How what it judges looks; null of texts, and before the first part.' },
    ),
  ),
});

export const StateSchema = Type.Object({
  at: Time,
  enabled: Type.Boolean(),
  disabled: Nullable(Type.Object({ since: Time, by: Nullable(Type.String()) }, { description: 'Since when, and who switched it off.' })),
  held: Nullable(Type.String({ description: 'Why it waits for an acknowledgement.' })),
  recipe: Type.String(),
  last: Nullable(Type.Object({ part: Nullable(Type.String()), verdict: Type.Enum(['ok', 'nok', 'review']), at: Time })),
  counters: Type.Object(COUNTERS, { description: 'Since the first start.' }),
  changeover: Nullable(
    Type.Object(
      { recipe: Type.String(), since: Time, counters: Type.Object(COUNTERS) },
      { description: 'Counted since the first part of the recipe that was judged last; over restarts too.' },
    ),
  ),
  yield: Nullable(Type.Number({ minimum: 0, maximum: 1, description: 'ok of the last 100 parts.' })),
  latency_ms: Nullable(Type.Object({ p50: Type.Number(), p95: Type.Number(), p99: Type.Number() })),
  drift: Type.Array(DriftSchema, { description: 'The newest scores of each model against those that it was taught with.' }),
  study: Nullable(
    Type.Object(
      { name: Type.String(), shown: Type.Integer({ minimum: 0 }), of: Type.Integer({ minimum: 0 }), part: Type.String() },
      { description: 'The gauge study that is open, and the part that it asks for.' },
    ),
  ),
  challenges: Type.Array(
    Type.Object({
      name: Type.String(),
      part: Type.String({ description: 'Id of the part, or the pattern of its ids.' }),
      expect: Type.Enum(['ok', 'nok', 'review']),
      state: Type.Enum(['passed', 'due', 'missed', 'failed']),
      passed: Nullable(Type.Number({ description: 'When it passed last, ms since 1970, UTC.' })),
      parts: Count,
    }),
    { description: 'Challenge parts: where each stands, and how many parts were made since it passed.' },
  ),
});

const LineSchema = Type.Object({
  at: Time,
  line: Dict(Type.String(), 'enterprise, site, area, line, agent'),
  zone: Type.String({ description: 'Time zone of the box (IANA), which is the line’s.' }),
  version: Type.String(),
  config: Type.String({ description: 'Hash of the config that runs.' }),
  safe_mode: Type.Boolean({ description: 'No part is judged: the config file has been broken since the start, see /config.' }),
  ready: Type.Boolean(),
  waiting: Type.Array(Type.String(), { description: 'What keeps the agent from judging.' }),
  stations: Dict(
    Type.Object({
      state: Nullable(StateSchema),
      deadline_ms: Type.Number(),
      on_failure: Type.String(),
      cameras: Type.Array(Type.String()),
      models: Type.Array(Type.String()),
      servers: Type.Array(Type.String(), { description: 'OPC UA servers whose tags it reads or writes.' }),
    }),
    'By name.',
  ),
  alarms: Type.Array(AlarmSchema),
});

const HealthSchema = Type.Object({
  at: Time,
  uptime_s: Type.Number({ minimum: 0 }),
  version: Type.String(),
  parts: Dict(
    Type.Object({ status: Type.String(), code: Type.Optional(Type.String()), restarts: Count }),
    'Cameras, servers, models, publishers.',
  ),
  queues: Dict(Type.Object({ depth: Type.Number(), bound: Type.Number(), dropped: Type.Number() }), 'Every queue of the agent.'),
  rss_mb: Type.Number(),
  disk_free_mb: Nullable(Type.Number()),
  certificate_days_left: Dict(Type.Number(), 'By certificate.'),
  publishers: Dict(Dict(Type.Number(), 'By counter.'), 'By publisher.'),
  clock_skew_ms: Dict(Type.Number(), 'By OPC UA server; ahead of this box where it is positive.'),
  shadows: Dict(
    Type.Object({ package: Type.String(), compared: Count, differing: Count, skipped: Count, failed: Count }),
    'Candidates, by the model that they run beside.',
  ),
});

const ModelSchema = Type.Object({
  station: Type.String(),
  model: Type.String({ description: 'As the rules call it.' }),
  recipe: Nullable(Type.String()),
  role: Type.Enum(['judges', 'candidate']),
  package: Type.String(),
  version: Nullable(Type.String()),
  kind: Nullable(Type.String()),
  summary: Nullable(Type.String()),
  labels: Type.Array(Type.String()),
  threshold: Nullable(Type.Number()),
  running: Nullable(
    Type.Object({
      variant: Type.String(),
      provider: Type.String(),
      sha256: Type.String(),
      run_ms: Type.Number(),
      golden_difference: Type.Number(),
      golden_tolerance: Type.Number(),
    }),
  ),
  previous: Nullable(Type.String()),
  figures: Nullable(Type.Record(Type.String(), Type.Unknown())),
  licence: Nullable(Type.String()),
});

const TagSchema = Type.Object({
  tag: Type.String(),
  node: Type.String(),
  unit: Nullable(Type.String()),
  range: Nullable(Type.Tuple([Type.Number(), Type.Number()])),
  writable: Type.Boolean(),
  value: Type.Unknown({ description: 'A number, text, truth value, a list of them, or null.' }),
  status: Nullable(Type.Integer({ description: 'OPC UA StatusCode.' })),
  quality: Type.Enum(['good', 'uncertain', 'bad', 'none']),
  source: Nullable(Time),
  received: Nullable(Time),
  age_ms: Nullable(Type.Number({ description: 'Since it came; by the box’s clock.' })),
  sampling_asked_ms: Nullable(Type.Number()),
  sampling_ms: Nullable(Type.Number({ description: 'That the server gives.' })),
});

export interface LineRoutes {
  readonly ports: PagePorts;
  readonly source: WebSource;
}

export const lineRoutes: FastifyPluginAsyncTypebox<LineRoutes> = async (app, { ports, source }) => {
  const { live } = ports;
  app.get('/line', { config: { needs: 'look' }, schema: { summary: 'The line as it is now', response: answers(LineSchema) } }, async () =>
    writable(lineOf(ports, source)),
  );
  app.get(
    '/alarms',
    { config: { needs: 'look' }, schema: { summary: 'What is wrong now, and what to do', response: answers(Type.Array(AlarmSchema)) } },
    async () => live.alarms().map(alarmOf),
  );
  app.get(
    '/alarms/returned',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'Alarms that were over before anybody acknowledged them, newest first',
        response: answers(Type.Array(ReturnedSchema)),
      },
    },
    async () => writable(live.returned()),
  );
  app.get(
    '/health',
    { config: { needs: 'look' }, schema: { summary: 'How the agent’s parts are', response: answers(HealthSchema) } },
    async () => healthOf(await source.health()),
  );
  app.get(
    '/models',
    { config: { needs: 'look' }, schema: { summary: 'What judges where, and its candidates', response: answers(Type.Array(ModelSchema)) } },
    async () => writable(live.models()),
  );
  app.get(
    '/tags',
    { config: { needs: 'look' }, schema: { summary: 'OPC UA tags as they are now', response: answers(Type.Array(TagSchema)) } },
    async () => {
      const now = ports.clock.now();
      return writable(live.tags()).map((tag) => ({ ...tag, age_ms: tag.received === null ? null : now - tag.received }));
    },
  );
  addPicture(app, ports);
};

function addPicture(app: Parameters<FastifyPluginAsyncTypebox>[0], { live }: PagePorts): void {
  const { 200: _, ...otherwise } = answers(Type.Null());
  app.get(
    '/stations/:station/picture',
    {
      config: { needs: 'look' },
      schema: {
        summary: 'The picture of the station’s last part as JPEG, a new one twice a second at most; made only for who asks',
        params: Type.Object({ station: Type.String({ minLength: 1, maxLength: 128 }) }),
        querystring: Type.Object(
          { width: Type.Integer({ minimum: 64, maximum: 2048, default: 640, description: 'Pixels, at most.' }) },
          { additionalProperties: false },
        ),
        response: {
          200: PictureBytes,
          204: Type.Null({ description: 'None yet: one is made of the next part.' }),
          304: Type.Null({ description: 'It is the one that is known.' }),
          ...otherwise,
        },
      },
    },
    async ({ params: { station }, query: { width }, headers }, reply) => {
      if (!Object.hasOwn(live.line().stations, station)) throw new LinesideError('WEB_UNKNOWN', { what: `station ${station}` });
      const made = await live.picture(station, width);
      if (!made) return reply.code(204).send(null);
      const tag = `"${made.inspection}-${made.widest}"`;
      reply.headers({ etag: tag, 'x-lineside-inspection': made.inspection, 'x-lineside-captured': String(made.at) });
      if (headers['if-none-match'] === tag) return reply.code(304).send(null);
      return reply.type('image/jpeg').send(Buffer.from(made.jpeg.buffer));
    },
  );
}

/** Of the process: it does not change while it lives. */
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function lineOf({ live, clock }: PagePorts, source: WebSource) {
  const { line, version, config, safeMode, stations } = live.line();
  const states = live.states();
  const waiting = source.notReady();
  const views = Object.entries(stations).map(([name, { deadlineMs, onFailure, cameras, models, servers }]) => {
    const state = states[name];
    const view = { state: state ? stateOf(state) : null, deadline_ms: deadlineMs, on_failure: onFailure };
    return [name, { ...view, cameras: [...cameras], models: [...models], servers: [...servers] }] as const;
  });
  return {
    at: clock.now(),
    line,
    zone: ZONE,
    version,
    config,
    safe_mode: safeMode,
    ready: waiting.length === 0,
    waiting: [...waiting],
    stations: Object.fromEntries(views),
    alarms: live.alarms().map(alarmOf),
  };
}

export const alarmOf = ({ key, code, subject, since, times, text, next, acknowledged, shelved, cause, down }: AlarmView) => ({
  key,
  code,
  subject,
  since,
  times,
  text,
  next,
  acknowledged,
  shelved,
  cause,
  down,
});

export function stateOf({ latencyMs, drift = [], challenges = [], study, ...state }: StationState) {
  const asks = study ? { name: study.name, shown: study.shown, of: study.of, part: study.asked.part } : null;
  return writable({ ...state, latency_ms: latencyMs, drift: drift.map(driftOf), challenges, study: asks });
}

const driftOf = ({ look, ...drift }: ScoreDrift) => ({ ...drift, look: look ? toldLook(look) : null });

function toldLook(look: LookDrift) {
  const { moved, ...of } = movedOf(look);
  return { ...of, moved: moved.map((one) => ({ ...one, text: movedText(one) })) };
}

function healthOf(health: Health) {
  return {
    at: health.at,
    uptime_s: health.uptimeS,
    version: health.version,
    parts: health.parts,
    queues: health.queues,
    rss_mb: health.rssMb,
    disk_free_mb: health.diskFreeMb,
    certificate_days_left: health.certificateDaysLeft,
    publishers: health.publishers ?? {},
    clock_skew_ms: health.clockSkewMs ?? {},
    shadows: health.shadows ?? {},
  };
}
