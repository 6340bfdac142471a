/**
 * The shape of every payload, once: TypeScript types, config/schemas/*.json and the AsyncAPI document come from here (documents.ts).
 *
 * A version grows by optional fields only; a receiver ignores what it does not know. Anything else is a new version under a new prefix.
 * No tuples: typebox writes them in the form of draft-07, and these are draft 2020-12.
 */
import { type Static, type TProperties, Type } from 'typebox';
import { LOOK_FEATURES } from '../contracts/index.ts';
import { ChartSchema } from './chart-schema.ts';
import { FindingSchema, ReasonSchema } from './finding-schema.ts';
import { KpiSchema, ReportSchema, ShiftSchema } from './kpi-schema.ts';
import { MaterialSchema } from './material-schema.ts';
import {
  Code,
  Dict,
  EventId,
  Historical,
  Length,
  Millis,
  MOST_MOVED,
  MOST_VALUES,
  Nullable,
  payload,
  Score,
  Text,
  Verdict,
} from './pieces.ts';
import { PlanSchema } from './plan-schema.ts';
import { RouteSchema } from './route-schema.ts';
import { ModelSchema, ShadowSchema } from './shadow-schema.ts';
import { OpenStudySchema, StudySchema } from './study-schema.ts';
import { ToolSchema } from './tool-schema.ts';

export { LONGEST_TEXT, MOST_MOVED, MOST_VALUES } from './pieces.ts';

const Scalar = Type.Union([Type.Number(), Type.Boolean(), Text('Text, date-time, or an integer beyond 2^53.'), Type.Null()]);
const TagSchema = Type.Object(
  {
    value: Type.Union([Scalar, Type.Array(Scalar, { maxItems: MOST_VALUES })], { description: 'null: nothing known, or not a number.' }),
    status: Type.Integer({ minimum: 0, description: 'OPC UA StatusCode (OPC 10000-4); 0 is Good.' }),
    source: Nullable(Millis('When the source took it')),
    unit: Type.Optional(Text('Unit.')),
  },
  { description: 'A tag at the time of the trigger.' },
);

const FrameSchema = Type.Object({
  camera: Text('Camera.'),
  sequence: Type.Integer({ description: 'Number of the frame since the camera started.' }),
  captured: Millis('When it was taken'),
  offset_ms: Length('Taken this long after the wanted time'),
  width: Type.Integer(),
  height: Type.Integer(),
  format: Type.Enum(['mono8', 'mono16', 'rgb8']),
  truth: Type.Optional(Text('What is known of the part: recorded and simulated cameras only.')),
  file: Type.Optional(Text('File it was read from.')),
});

const WindowSchema = Type.Object({
  tags: Type.Array(Text('Tag.')),
  ends_at: Millis('End of the window'),
  every_ms: Length('Step'),
  steps: Type.Integer(),
  gaps: Type.Number({ minimum: 0, maximum: 1, description: 'Share of values that were bad or missing.' }),
});

export const QualitySchema = payload('quality', 'One part was judged. Exactly one event an inspection.', {
  id: EventId,
  station: Text('Station.'),
  sequence: Type.Integer({ minimum: 1, description: 'Per station, without gaps, across restarts: a gap is a lost event.' }),
  trigger: Type.Enum(['tag', 'frame', 'timer', 'command']),
  part: Nullable(Text('Id of the part. null: nobody can tell; a name that cannot be known is none.')),
  counter: Nullable(Type.Number({ description: 'Part counter of the PLC.' })),
  missed: Type.Optional(
    Type.Object(
      { from: Type.Integer(), to: Type.Integer() },
      { description: 'Part counters that passed unseen, both included: one event stands for all of them. Only with outcome missed.' },
    ),
  ),
  recipe: Text('Recipe.'),
  outcome: Type.Enum(['judged', 'failed', 'missed', 'unrecorded'], {
    description:
      'judged: models and rules spoke. failed: on_failure spoke. missed: passed unseen. unrecorded: the PLC had the answer, the record was lost.',
  }),
  verdict: Verdict,
  reasons: Type.Array(ReasonSchema),
  findings: Type.Array(FindingSchema),
  frames: Type.Array(FrameSchema),
  tags: Dict(TagSchema, 'By server.tag.'),
  window: Nullable(WindowSchema),
  answer: Type.Object(
    {
      state: Type.Enum(['none', 'written', 'failed']),
      ms: Length('Round trip of the write'),
      fault: Type.Optional(Text('Why it failed.')),
    },
    { description: 'What became of the verdict on its way to the PLC.' },
  ),
  latency_ms: Type.Object({
    transport: Length('Trigger at its source to its arrival here; two clocks, may be negative'),
    align: Length('Choosing frames and tags'),
    prepare: Length('Preparing pictures'),
    infer: Length('Models'),
    rules: Length('Rules'),
    verdict: Length('Arrival to the write request on its way'),
    answer: Length('Round trip of the write'),
  }),
  config_hash: Text('Hash of the config in force.'),
  challenge: Type.Optional(
    Type.Object(
      {
        name: Text('As the config names it.'),
        expect: Verdict,
        reason: Nullable(Text('What must be among the reasons, or what a model must see; null: any will do.')),
        passed: Type.Boolean({ description: 'It got what it must get.' }),
      },
      { description: 'A challenge part, which is no production: leave it out of every figure.' },
    ),
  ),
  study: Type.Optional(
    Type.Object(
      {
        name: Text('As the config names it.'),
        study: Nullable(Type.String({ format: 'uuid', description: 'Which study; null: none was open.' })),
        showing: Nullable(Type.Integer({ minimum: 1, description: 'Which of the parts that it asks for; null: it did not count.' })),
      },
      { description: 'A part of a gauge study, which is no production: leave it out of every figure.' },
    ),
  ),
  late: Type.Optional(
    Type.Object(
      {
        model: Text('Model.'),
        late_ms: Length('After the deadline'),
        finding: Nullable(FindingSchema),
        fault: Type.Optional(Text('Fault.')),
      },
      { description: 'A result that came after the deadline had spoken: not the reason of the verdict.' },
    ),
  ),
  historical: Historical,
});

const AnchorSchema = Type.Object({
  inspection: Type.String({ format: 'uuid', description: 'Event id of the inspection.' }),
  sequence: Type.Integer({ minimum: 1, description: 'Its number at the station.' }),
  at: Millis('When'),
  part: Nullable(Text('Its part.')),
});

export const DecisionSchema = payload('decision', 'What followed from verdicts.', {
  id: EventId,
  station: Text('Station.'),
  inspection: Nullable(Type.String({ format: 'uuid', description: 'Event id of the inspection that led to it.' })),
  action: Type.Enum([
    'reject',
    'rework',
    'hold',
    'stop',
    'slow_down',
    'change_tool',
    'next_order',
    'notify',
    'quarantine',
    'divert',
    'call_material',
  ]),
  reason: Text('Why.'),
  rule: Text('The expression that held.'),
  writes: Type.Array(
    Type.Object({
      tag: Text('server.tag'),
      value: Type.Union([Scalar, Type.Array(Scalar, { maxItems: MOST_VALUES })]),
      state: Type.Enum(['written', 'failed']),
      fault: Type.Optional(Text('Why it failed.')),
    }),
  ),
  latched: Type.Boolean({ description: 'Stays until somebody acknowledges.' }),
  quarantine: Type.Optional(
    Type.Object(
      {
        containment: Type.String({ format: 'uuid', description: 'Which stretch of parts; told again when it has grown or ends.' }),
        after: Nullable(AnchorSchema),
        until: Nullable(AnchorSchema),
        parts: Nullable(Type.Integer({ minimum: 0, description: 'As many as there were by then; null: not counted.' })),
      },
      {
        description:
          'With action quarantine: the parts of this station with a sequence above `after` (null: from the first on) and up to `until` (null: it still grows).',
      },
    ),
  ),
  route: Type.Optional(
    Type.Object(
      {
        to: Text('Destination.'),
        instead_of: Nullable(Text('Where it should have gone by the table.')),
        why: Nullable(Text('Why not there.')),
      },
      { description: 'Where the part goes; hold and rework with it are about this part, and hold no station.' },
    ),
  ),
  historical: Historical,
});

const Count = Type.Integer({ minimum: 0 });
export const StateSchema = payload('state', 'How a station stands. Retained.', {
  station: Text('Station.'),
  enabled: Type.Boolean(),
  disabled: Type.Optional(
    Type.Object(
      { since: Millis('When'), by: Nullable(Text('Who, as far as the way in tells: for the record, no proof.')) },
      { description: 'While it is switched off by command. Missing where a version before this one switched it off.' },
    ),
  ),
  held: Nullable(Text('Why the station is held, while it is.')),
  recipe: Text('Recipe.'),
  last: Nullable(
    Type.Object({ part: Nullable(Text('Part.')), verdict: Verdict, at: Millis('When') }, { description: 'The last verdict.' }),
  ),
  counters: Type.Object(
    { ok: Count, nok: Count, review: Count, missed: Count, failed: Count },
    { description: 'Since the first start of the agent.' },
  ),
  yield: Score('ok / all of the last 100 parts.'),
  latency_ms: Nullable(Type.Object({ p50: Length('Median'), p95: Length('95 %'), p99: Length('99 %') })),
  drift: Type.Optional(
    Type.Array(
      Type.Object({
        recipe: Text('Recipe.'),
        model: Text('As the rules call it.'),
        package: Text('Package.'),
        version: Text('Its version.'),
        parts: Type.Integer({ minimum: 0, description: 'The newest parts, as far as they are looked at.' }),
        reference: Type.Object(
          { of: Type.Enum(['taught', 'line']), parts: Count },
          { description: 'taught: good parts that it was taught with, held out. line: its first parts here.' },
        ),
        distance: Score('Of Kolmogorov and Smirnov; null before there is enough to tell.'),
        limit: Score('From which distance on it is an alarm.'),
        drifted: Nullable(Millis('Since when the scores differ')),
        look: Type.Optional(
          Type.Object(
            {
              of: Type.Enum(['picture', 'tags']),
              watched: Type.Integer({ minimum: 0, description: 'Features of which there is enough to tell.' }),
              moved: Type.Array(
                Type.Object({
                  feature: Type.Enum([...LOOK_FEATURES]),
                  tag: Nullable(Text('Tag; null of a picture.')),
                  parts: Count,
                  reference: Type.Object({ of: Type.Enum(['taught', 'line']), parts: Count }),
                  now: Type.Number({ description: 'Middle of the newest parts.' }),
                  before: Type.Number({ description: 'Of those that it was taught with, or of its first parts here.' }),
                  drifted: Millis('Since when it differs'),
                }),
                { maxItems: MOST_MOVED, description: 'Features in which the newest parts no longer look as they did, the first ones.' },
              ),
            },
            { description: 'How what it judges looks. Missing of texts, and before the first part.' },
          ),
        ),
      }),
      { description: 'The newest scores of each model against those that it was taught with.' },
    ),
  ),
  challenges: Type.Optional(
    Type.Array(
      Type.Object({
        name: Text('As the config names it.'),
        part: Text('Id of the part, or the pattern of its ids.'),
        expect: Verdict,
        state: Type.Enum(['passed', 'due', 'missed', 'failed']),
        passed: Nullable(Millis('When it passed last')),
        parts: Type.Integer({ minimum: 0, description: 'Parts since then.' }),
      }),
      { description: 'Challenge parts: master parts that show whether the station still sees it.' },
    ),
  ),
  study: Type.Optional(OpenStudySchema),
});

export const AlarmSchema = payload('alarm', 'A fault that lasts, or its end. Retained.', {
  key: Text('code/subject: one alarm a fault and thing; the command `ack` takes it.'),
  code: Code,
  subject: Text('Station, camera, server or model it is about; empty for the agent.'),
  active: Type.Boolean({ description: 'false: it is over.' }),
  raised: Type.Optional(Millis('When it was raised; `at` where it is active, and before `at` where it is over')),
  times: Type.Optional(Type.Integer({ minimum: 1, description: 'Raised this often since the agent started.' })),
  text: Text('What is wrong.'),
  next: Text('What to do now.'),
});

export const HealthSchema = payload('health', 'How the agent is. Retained, once a minute.', {
  version: Text('Version of the agent.'),
  uptime_s: Type.Number({ minimum: 0 }),
  parts: Dict(
    Type.Object({
      status: Type.Enum(['starting', 'running', 'degraded', 'failed', 'stopped']),
      code: Type.Optional(Code),
      restarts: Count,
    }),
    'Cameras, servers, models, publishers.',
  ),
  queues: Dict(
    Type.Object({
      depth: Type.Number({ minimum: 0 }),
      bound: Type.Number({ minimum: 0 }),
      dropped: Type.Number({ minimum: 0, description: 'Since the start.' }),
    }),
    'Every queue of the agent.',
  ),
  rss_mb: Type.Number({ minimum: 0 }),
  disk_free_mb: Nullable(Type.Number()),
  certificate_days_left: Dict(Type.Number(), 'By certificate.'),
  publishers: Type.Optional(
    Dict(
      Dict(Type.Number(), 'By name: sent, refused, dead_letters, commands_dropped and so on.'),
      'Counters since the start, by publisher.',
    ),
  ),
  clock_skew_ms: Type.Optional(
    Dict(Type.Number(), 'How far the source times of an OPC UA server are ahead of the clock of this box, negative behind; by server.'),
  ),
  shadows: Type.Optional(
    Dict(
      Type.Object({
        package: Text('The candidate.'),
        compared: Count,
        differing: Count,
        skipped: Type.Integer({ minimum: 0, description: 'Parts that passed while it was at work on another.' }),
        failed: Count,
      }),
      'Candidates since the start, by the model that they run beside.',
    ),
  ),
});

export const StatusSchema = payload(
  'status',
  'Whether the agent is there. Retained; offline is the last will, `at` is then the time of connecting.',
  {
    version: Text('Version of the agent.'),
    status: Type.Enum(['online', 'stopping', 'offline']),
  },
);

export const ReplySchema = payload('reply', 'Answer to a command.', {
  verb: Text('The command.'),
  ok: Type.Boolean(),
  id: Type.Optional(Text('The `id` of the command.')),
  code: Type.Optional(Code),
  text: Type.Optional(Text('What went wrong, or nothing.')),
  result: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'What the command gives back.' })),
});

// ---------------------------------------------------------------- commands: closed, since a misspelt key must not be obeyed in part

const Station = Type.String({ minLength: 1, maxLength: 128, description: 'Station.' });
function command<Name extends string, Fields extends TProperties>(name: Name, description: string, fields: Fields) {
  const id = Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'Chosen by the sender, comes back in the reply; the same id is executed once.',
    }),
  );
  const options = { $id: `urn:lineside:cmd:${name}:v1`, title: `cmd/${name}`, description, additionalProperties: false } as const;
  return Type.Object({ ...fields, id }, options);
}

export const COMMANDS = {
  chart: command(
    'chart',
    'Change a control chart: close its first phase, so that its limits hold; begin it anew; or restart its sums and patterns.',
    {
      station: Station,
      chart: Type.String({ minLength: 1, maxLength: 128, description: 'Chart.' }),
      recipe: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Recipe; left out, the one that is made.' })),
      do: Type.Enum(['close', 'learn', 'restart'], {
        description:
          'close: the limits of the newest points hold from now on. learn: the first phase begins anew. restart: after the cause is gone.',
      }),
    },
  ),
  trigger: command('trigger', 'Inspect now.', {
    station: Station,
    part: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Id of the part.' })),
  }),
  enable: command('enable', 'Switch a station on or off.', { station: Station, enabled: Type.Boolean() }),
  recipe: command('recipe', 'Override the recipe until it is given back, over restarts of the agent too.', {
    station: Station,
    recipe: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Recipe; left out, the tag decides again.' })),
  }),
  reload: command('reload', 'Read the config again.', {}),
  rebirth: command('rebirth', 'Publish everything that is retained again.', {}),
  orders: command('orders', 'Orders of the line: all of a command are taken, or none.', {
    orders: Type.Optional(
      Type.Array(Type.Record(Type.String(), Type.Unknown()), {
        maxItems: 500,
        description:
          'Each with id, quantity, recipe and, as needed, due, material, priority, released: docs/planning.md. One that is there already is changed.',
      }),
    ),
    replace: Type.Optional(Type.Boolean({ description: 'Those that commands brought before and that are not here are taken back.' })),
    remove: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 500, description: 'Orders that are taken back, by id.' }),
    ),
  }),
  plan: command('plan', 'Accept or refuse what is proposed to run next.', {
    do: Type.Enum(['accept', 'refuse']),
    plan: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'Its id: where another one is proposed by now, nothing is done.' }),
    ),
    who: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Who says so: for the record, no proof.' })),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'Why, for the record.' })),
  }),
  route: command('route', 'Say what has become of a part, or that a destination was emptied.', {
    do: Type.Enum(['forget', 'empty'], {
      description:
        'forget: the part was taken away, or its fault was looked at; with a destination alone, faults there that name no part. empty: nothing is there any more.',
    }),
    part: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Id of the part.' })),
    destination: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  }),
  note: command('note', 'Write something about a part, a station or an alarm; names of people are taken out before it is stored.', {
    text: Type.String({ minLength: 1, maxLength: 2000 }),
    station: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    part: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Id of the part.' })),
    alarm: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Code of the alarm.' })),
  }),
  material: command('material', 'Say that material has come, or how much there is, or take a call back.', {
    material: Type.String({ minLength: 1, maxLength: 128, description: 'As the config names it.' }),
    do: Type.Enum(['delivered', 'counted', 'cancel'], {
      description: 'delivered: it has come. counted: so much is there. cancel: what was called does not come.',
    }),
    quantity: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1e9, description: 'Of what has come (default: what was called), or is there.' }),
    ),
    call: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'The call: where it is open no more, nothing is done. Default: the oldest.',
      }),
    ),
    event: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'Of the message, of its sender: of the newest 100 one that comes twice counts once.',
      }),
    ),
    who: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Who says so: for the record, no proof.' })),
  }),
  tool: command('tool', 'Say that a tool was changed, or is not worn out.', {
    station: Station,
    tool: Type.String({ minLength: 1, maxLength: 128, description: 'As the config names it.' }),
    do: Type.Enum(['changed', 'keep'], {
      description:
        'changed: another one is in. keep: it is not worn out, whatever was measured; that is measured anew, and it keeps its uses.',
    }),
    used: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9, description: 'Uses that the one that is in has had. Default: 0.' })),
    call: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'The decision that told it: where it is not open, nothing is done.' }),
    ),
    event: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'Of the message, of its sender: of the newest 100 one that comes twice counts once.',
      }),
    ),
    who: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Who says so: for the record, no proof.' })),
  }),
  study: command('study', 'Study the station as a gauge: begin, show its parts, cancel. The reply says which part is asked for.', {
    station: Station,
    do: Type.Enum(['begin', 'place', 'again', 'cancel'], {
      description:
        'begin: the study of that name. place: where parts are known by their order, the part that is asked for lies there, and the next one judged is it. again: the last part that counted was another one. cancel: it is over.',
    }),
    study: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'To begin: which one of the config.' })),
  }),
  ack: command('ack', 'Release what a station holds or has stopped.', { station: Station }),
} as const;

export const PAYLOADS = {
  quality: QualitySchema,
  decision: DecisionSchema,
  shadow: ShadowSchema,
  model: ModelSchema,
  kpi: KpiSchema,
  shift: ShiftSchema,
  report: ReportSchema,
  study: StudySchema,
  state: StateSchema,
  chart: ChartSchema,
  alarm: AlarmSchema,
  health: HealthSchema,
  plan: PlanSchema,
  route: RouteSchema,
  material: MaterialSchema,
  tool: ToolSchema,
  status: StatusSchema,
  reply: ReplySchema,
} as const;

export type QualityPayload = Static<typeof QualitySchema>;
export type DecisionPayload = Static<typeof DecisionSchema>;
export type ModelPayload = Static<typeof ModelSchema>;
export type ShadowPayload = Static<typeof ShadowSchema>;
export type KpiPayload = Static<typeof KpiSchema>;
export type ShiftPayload = Static<typeof ShiftSchema>;
export type StudyPayload = Static<typeof StudySchema>;
export type ReportPayload = Static<typeof ReportSchema>;
export type ChartPayload = Static<typeof ChartSchema>;
export type StatePayload = Static<typeof StateSchema>;
export type AlarmPayload = Static<typeof AlarmSchema>;
export type HealthPayload = Static<typeof HealthSchema>;
export type StatusPayload = Static<typeof StatusSchema>;
export type ReplyPayload = Static<typeof ReplySchema>;
export type FindingPayload = Static<typeof FindingSchema>;
