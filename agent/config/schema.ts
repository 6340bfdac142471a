/**
 * The one schema of the YAML file: types, validation, defaults, config/schema.json and the reference page all come from here.
 * Camera options come from the camera kinds themselves (see CameraKind.options).
 */
import { type StaticDecode, Type } from 'typebox';
import type { Address } from '../contracts/secrets.ts';
import { CalendarSchema, MachineSchema } from './calendar.ts';
import { ChallengeSchema, ContainmentSchema } from './challenges.ts';
import { chartsOf } from './charts.ts';
import { MaterialsSchema } from './material.ts';
import { StationModelSchema } from './model.ts';
import { PartSchema } from './part.ts';
import { AddressText, closed, dict, form, name, nodeId, restarts, SecretText, tagName } from './pieces.ts';
import { PlanningSchema } from './planning.ts';
import { RoutesSchema, StationRouteSchema } from './routes.ts';
import { StudySchema } from './studies.ts';
import { ToolSchema } from './tools.ts';
import { Bytes, Duration, Fraction } from './units.ts';

export const LineSchema = Type.Object(
  {
    enterprise: Type.String({ minLength: 1, description: 'ISA-95 enterprise; part of every topic.' }),
    site: Type.String({ minLength: 1, description: 'ISA-95 site.' }),
    area: Type.String({ minLength: 1, description: 'ISA-95 area.' }),
    line: Type.String({ minLength: 1, description: 'ISA-95 line (work centre).' }),
    agent: Type.Optional(Type.String({ minLength: 1, description: 'Name of this agent in topics. Default: the host name.' })),
  },
  { ...closed, ...restarts('publisher'), description: 'The production line this agent serves.' },
);

export const MqttSchema = Type.Object(
  {
    url: AddressText({
      pattern: '^(mqtts?|wss?)://',
      ...form('an address such as mqtts://broker.plant:8883 (mqtt, mqtts, ws or wss)'),
      description: 'Broker, mqtt:// or mqtts://. Unencrypted only to a broker on this box unless `insecure` is set.',
    }),
    username: Type.Optional(Type.String({ description: 'User name at the broker.' })),
    password: Type.Optional(SecretText({ description: 'Password; use ${file:…} or ${env:…}.' })),
    client_id: Type.Optional(Type.String({ description: 'MQTT client id. Default: lineside-<agent>.' })),
    version: Type.Union([Type.Literal('5'), Type.Literal('3.1.1')], { default: '5', description: 'Protocol version.' }),
    prefix: Type.String({ default: 'lineside/v1', description: 'First levels of every topic.' }),
    formats: Type.Array(Type.Literal('json'), { default: ['json'], description: 'What is published.' }),
    ca: Type.Optional(Type.String({ description: 'PEM file with the broker certificate authority.' })),
    cert: Type.Optional(Type.String({ description: 'PEM file with the client certificate.' })),
    key: Type.Optional(Type.String({ description: 'PEM file with the client key.' })),
    insecure: Type.Boolean({ default: false, description: 'Allow an unencrypted connection to a broker on another box.' }),
    commands: Type.Boolean({ default: true, description: 'Take commands; false for an agent that only speaks.' }),
    inflight: Type.Integer({ default: 100, minimum: 1, maximum: 65535, description: 'Events sent and not yet acknowledged, at most.' }),
    keepalive: Duration({ default: '30s', least: '1s', most: '18h', description: 'MQTT keep-alive.' }),
    late_after: Duration({ default: '10s', most: '365d', description: 'An event sent this long after it happened is marked historical.' }),
  },
  { ...closed, ...restarts('publisher'), description: 'The broker. Leave it out to publish nothing.' },
);

export const TagSchema = Type.Object(
  {
    node: Type.String({
      pattern: nodeId,
      ...form('a node id such as nsu=urn:press;s=DieTemp or ns=2;i=1001'),
      description: 'Node id, with the namespace by URI (nsu=…, survives a server change) or by index (ns=…).',
    }),
    sampling: Duration({ default: '100ms', most: '1d', description: 'How often the server looks at the value.' }),
    queue: Type.Integer({ default: 10, minimum: 1, maximum: 1000, description: 'Values the server keeps between two publishings.' }),
    deadband: Type.Optional(
      Type.Number({ minimum: 0, description: 'Absolute deadband in the unit of the tag: smaller changes are not sent.' }),
    ),
    unit: Type.Optional(Type.String({ ...restarts('station'), description: 'Unit of the value, as published.' })),
    range: Type.Optional(
      Type.Tuple([Type.Number(), Type.Number()], { ...restarts('station'), description: 'Physically possible values; outside is marked.' }),
    ),
    writable: Type.Boolean({ default: false, description: 'The agent may write it. Only these are ever written.' }),
  },
  { ...closed, description: 'One OPC UA variable.' },
);

export const OpcuaServerSchema = Type.Object(
  {
    endpoint: Type.String({
      pattern: '^opc\\.tcp://',
      description: 'Endpoint URL of the server.',
      ...form('an address such as opc.tcp://10.1.3.20:4840'),
    }),
    security: Type.Object(
      {
        mode: Type.Union([Type.Literal('None'), Type.Literal('Sign'), Type.Literal('SignAndEncrypt')], {
          default: 'SignAndEncrypt',
          description: 'MessageSecurityMode.',
        }),
        policy: Type.Union([Type.Literal('None'), Type.Literal('Basic256Sha256'), Type.Literal('Aes256_Sha256_RsaPss')], {
          default: 'Basic256Sha256',
          description: 'SecurityPolicy.',
        }),
      },
      { ...closed, default: {}, description: 'Security of the channel. None must be asked for by name.' },
    ),
    user: Type.Optional(
      Type.Object(
        {
          name: Type.String({ description: 'User name.' }),
          password: SecretText({ description: 'Password; use ${file:…} or ${env:…}.' }),
        },
        { ...closed, description: 'User; without it the session is anonymous.' },
      ),
    ),
    silence: Duration({
      default: '10s',
      least: '100ms',
      most: '1d',
      description: 'Without any value or keep-alive for this long, the session is built again.',
    }),
    write_timeout: Duration({
      ...restarts('station'),
      default: '500ms',
      least: '1ms',
      most: '1m',
      description: 'A write that takes longer has failed.',
    }),
    events: Type.Optional(
      Type.Object(
        {
          from: Type.String({
            default: 'Server',
            pattern: '^Server$|^(nsu=[^;]+;|ns=\\d+;)?[isgb]=.+',
            ...form('Server, or a node id such as nsu=urn:press;s=Machine'),
            description: 'Node whose alarms, conditions and events are received: Server for all of them, or a node id as tags have it.',
          }),
          severity: Type.Integer({
            default: 1,
            minimum: 1,
            maximum: 1000,
            description: 'Least severity that is kept, of 1 to 1000 (OPC 10000-5, 6.4.2).',
          }),
          station: Type.Optional(
            Type.String({
              pattern: name,
              description: 'Station that they are about. Default: the one whose tags are all that are used of this server, else none.',
            }),
          ),
        },
        {
          ...closed,
          description:
            'What the machine says of itself is kept in the journal as texts. Without this key nothing is received. It takes a second session with the server.',
        },
      ),
    ),
    tags: dict(TagSchema, 'Tags of this server, by the name used everywhere else as server.tag.'),
  },
  { ...closed, ...restarts('source'), description: 'One OPC UA server.' },
);

/** Options that every camera has, whatever its scheme. */
export const CameraCommon = {
  url: AddressText({
    pattern: '^[a-z][a-z0-9+.-]*://',
    description:
      'Where the pictures come from; the scheme picks the kind. What `${…}` stands for is percent-encoded by the agent; a password written out needs it: `/` is %2F, `#` %23, `?` %3F, `@` %40, `%` %25, `:` %3A.',
    ...form('an address such as rtsp://10.1.3.31/stream1'),
  }),
  stall: Duration({
    default: '5s',
    least: '100ms',
    most: '1d',
    description: 'Without a picture for this long, the camera is started again.',
  }),
  memory: Bytes({ default: '64MB', least: '1MB', most: '16GB', description: 'Most memory for pictures in flight from this camera.' }),
};
/** A camera as the rest of the agent sees it: the kind's own options are in `options`, validated against its schema. */
export interface CameraConfig {
  readonly url: Address;
  readonly stall: number;
  readonly memory: number;
  readonly options: Readonly<Record<string, unknown>>;
}

const Expression = (description: string) => Type.String({ minLength: 1, description });
const VerdictSchema = Type.Union([Type.Literal('ok'), Type.Literal('nok'), Type.Literal('review')]);

export const TriggerSchema = Type.Union(
  [
    Type.Object(
      {
        tag: tagName('Tag that triggers.'),
        edge: Type.Union([Type.Literal('rising'), Type.Literal('falling'), Type.Literal('change')], {
          default: 'rising',
          description: 'Which edge.',
        }),
      },
      closed,
    ),
    Type.Object({ camera: Type.String({ pattern: name, description: 'Every frame of this camera triggers.' }) }, closed),
    Type.Object({ every: Duration({ least: '1ms', most: '31d', description: 'A trigger each time this has passed.' }) }, closed),
    Type.Object({ command: Type.Literal(true, { description: 'Only the MQTT command triggers.' }) }, closed),
  ],
  { description: 'What starts an inspection. An MQTT command triggers any station.' },
);

export const RuleSchema = Type.Object(
  {
    when: Type.Optional(Expression('CEL expression; without it the rule always matches.')),
    verdict: Type.Union([VerdictSchema], { description: 'The verdict when it matches.' }),
    reason: Type.Optional(Type.String({ description: 'Reason in words. Default: the expression.' })),
  },
  {
    ...closed,
    description:
      'First match gives the verdict; a part that no rule matches is for review from the review band of any model on, and else ok.',
  },
);

const TagScalarSchema = Type.Union([Type.Boolean(), Type.Number(), Type.String()]);
export const DecisionSchema = Type.Object(
  {
    when: Expression('CEL expression; `verdict` is known here.'),
    do: Type.Union(
      ['reject', 'rework', 'hold', 'stop', 'slow_down', 'change_tool', 'next_order', 'notify'].map((a) =>
        Type.Literal(a as 'reject' | 'rework' | 'hold' | 'stop' | 'slow_down' | 'change_tool' | 'next_order' | 'notify'),
      ),
      {
        description:
          'What follows, as it is published; the PLC is told only what `write` says. hold and stop are taken once, and then not again until the MQTT command `ack`.',
      },
    ),
    write: Type.Optional(Type.Record(Type.String(), TagScalarSchema, { description: 'Tags to write, server.tag: value.' })),
    reason: Type.Optional(Type.String({ description: 'Reason in words. Default: the expression.' })),
  },
  { ...closed, description: 'Every decision whose expression holds is taken, in order.' },
);

export const StationSchema = Type.Object(
  {
    trigger: TriggerSchema,
    part: Type.Optional(PartSchema),
    counter: Type.Optional(tagName('Tag with a running part number; a step of more than one tells of parts that were missed.')),
    recipe: Type.Optional(
      Type.Object(
        {
          tag: Type.Optional(tagName('Tag that names the product.')),
          default: Type.String({
            default: 'standard',
            description:
              'Recipe where the tag is empty, or nothing was ever heard of it. While its server is away or its value is bad, what it said last counts, over a restart of the agent too, and each record says so (RECIPE_UNSURE).',
          }),
          values: Type.Optional(
            Type.Record(Type.String(), Type.String(), { description: 'Value of the tag: recipe. Default: the value is the name.' }),
          ),
        },
        { ...closed, description: 'Which recipe applies.' },
      ),
    ),
    recipes: Type.Optional(
      dict(
        Type.Object(
          {
            models: Type.Record(Type.String({ pattern: name }), Type.Partial(StationModelSchema, closed), {
              description: 'What differs from the station, by model name.',
            }),
          },
          closed,
        ),
        'Recipes by name. Where there are none, every recipe runs the station as it is; else a recipe that is neither here nor the default is answered with on_failure.',
      ),
    ),
    deadline: Duration({ default: '500ms', least: '1ms', most: '10m', description: 'From trigger to verdict, at most.' }),
    on_failure: Type.Union([VerdictSchema], { default: 'review', description: 'Verdict when none could be found in time.' }),
    frame: Type.Object(
      {
        select: Type.Union([Type.Literal('nearest'), Type.Literal('first_after'), Type.Literal('newest')], {
          default: 'nearest',
          description: 'Which frame belongs to the trigger: the nearest in time, the first one after, or the newest there is (no waiting).',
        }),
        offset: Duration({
          default: '0ms',
          signed: true,
          least: '-10m',
          most: '10m',
          description: 'Travel from the trigger to the camera; may be negative.',
        }),
        tolerance: Duration({ default: '200ms', most: '1h', description: 'A frame further away than this is not taken.' }),
        clock: Type.Union([Type.Literal('source'), Type.Literal('arrival')], {
          default: 'source',
          description: 'Compare with the time the PLC gave the trigger, or with its arrival here (for a PLC whose clock is not set).',
        }),
      },
      { ...closed, default: {}, description: 'How a frame is chosen.' },
    ),
    answer: Type.Optional(
      Type.Object(
        {
          part: Type.Optional(tagName('Tag that gets the part id, written before the verdict.')),
          verdict: tagName('Tag that gets the verdict.'),
          values: Type.Object(
            { ok: TagScalarSchema, nok: TagScalarSchema, review: TagScalarSchema },
            { ...closed, default: { ok: 1, nok: 2, review: 3 }, description: 'What is written for each verdict.' },
          ),
          ready: Type.Optional(
            Type.Object(
              { tag: tagName('Tag written once when the station is ready to judge.'), value: TagScalarSchema },
              { ...closed, description: 'Tells the PLC that the station is ready.' },
            ),
          ),
        },
        { ...closed, description: 'How the PLC gets the verdict.' },
      ),
    ),
    window: Type.Optional(
      Type.Object(
        {
          tags: Type.Array(tagName('Tag.'), { minItems: 1, description: 'Tags, in the order of the channels of the model.' }),
          span: Duration({ most: '7d', description: 'How far back the window reaches.' }),
          every: Duration({ least: '1ms', most: '1d', description: 'Step of the time grid.' }),
          fill: Type.Union([Type.Literal('last'), Type.Literal('linear')], {
            default: 'last',
            description: 'Between two samples: the last known, or a straight line.',
          }),
          gap: Type.Optional(
            Duration({
              most: '365d',
              description: 'A value older than this is a gap. Default: never; a tag that does not change sends nothing.',
            }),
          ),
          max_gaps: Fraction({ default: 0.2, description: 'Above this share of gaps and bad values the window is not judged.' }),
        },
        { ...closed, description: 'Tags over time for the sequence models.' },
      ),
    ),
    models: dict(StationModelSchema, 'Models by the name that rules use.'),
    rules: Type.Optional(
      Type.Array(RuleSchema, { description: 'Default: nok from the threshold of any model, review inside its review band.' }),
    ),
    decisions: Type.Array(DecisionSchema, { default: [], description: 'What follows from verdicts.' }),
    charts: chartsOf(),
    record: Type.Optional(
      Type.Array(tagName('Tag.'), {
        description: 'Tags that are in the event and in the journal of each inspected part, beside those that rules and decisions read.',
      }),
    ),
    challenges: Type.Optional(
      dict(
        ChallengeSchema,
        'Challenge parts by name: known good and known bad ones that show, again and again, whether the station still sees it.',
      ),
    ),
    containment: Type.Optional(ContainmentSchema),
    studies: Type.Optional(
      dict(StudySchema, 'Gauge studies by name: whether the station is fit for what it judges, shown by master parts.'),
    ),
    machine: Type.Optional(MachineSchema),
    route: Type.Optional(StationRouteSchema),
    follow: Type.Integer({
      default: 5000,
      minimum: 100,
      maximum: 50_000,
      description:
        'Parts, the newest, of which is remembered what was said here, for stations whose rules ask `part.last(…)` of this one; where none does, nothing is.',
    }),
    tools: Type.Optional(
      Type.Record(Type.String({ pattern: name }), ToolSchema, {
        ...restarts('none'),
        description: 'Tools, and whatever else wears, by name.',
      }),
    ),
    inflight: Type.Integer({
      default: 8,
      minimum: 1,
      maximum: 256,
      description: 'Parts under inspection at once, at most; one more is answered with on_failure.',
    }),
  },
  { ...closed, ...restarts('station'), description: 'A point on the line where parts are judged.' },
);

export const InferenceSchema = Type.Object(
  {
    models: Type.Optional(
      Type.String({
        description:
          'Folder of the installed model packages. Default: the packages that come with the agent. What is taught on this box lies in the store, in `packages`.',
      }),
    ),
    providers: Type.Array(Type.Union([Type.Literal('cpu'), Type.Literal('cuda'), Type.Literal('tensorrt')]), {
      default: ['cpu'],
      minItems: 1,
      description: 'Execution providers, tried in this order.',
    }),
    threads: Type.Integer({ default: 1, minimum: 1, maximum: 64, description: 'Threads of each model.' }),
    queue: Type.Integer({ default: 16, minimum: 1, maximum: 1024, description: 'Jobs waiting for one model, at most.' }),
    timeout: Duration({ default: '2s', least: '10ms', most: '10m', description: 'A model silent for this long is restarted.' }),
  },
  { ...closed, ...restarts('agent'), default: {}, description: 'How models run.' },
);

const KeepRule = Type.Union([
  Type.Literal('all'),
  Type.Literal('none'),
  Type.String({ pattern: '^1 in [1-9][0-9]*$', ...form('1 in a number, such as 1 in 50') }),
]);
export const StoreSchema = Type.Object(
  {
    path: Type.String({ default: 'lineside-data', description: 'Folder of the journal and the pictures.' }),
    keep: Type.Object(
      {
        records: Duration({ default: '400d', least: '1h', most: '36500d', description: 'Records older than this are deleted.' }),
        images: Bytes({ default: '20GB', description: 'Most space for pictures; the oldest go first.' }),
        outbox: Bytes({
          default: '4GB',
          description:
            'Most space for events that wait for the broker, dead letters included. Beyond it the oldest dead letters go, then the oldest events; their records stay.',
        }),
        free: Bytes({ default: '500MB', description: 'Free space that is left to others; below it pictures go first, then records.' }),
      },
      { ...closed, ...restarts('none'), default: {}, description: 'What is kept.' },
    ),
    images: Type.Object(
      { nok: KeepRule, review: KeepRule, ok: KeepRule },
      {
        ...closed,
        ...restarts('station'),
        default: { nok: 'all', review: 'all', ok: '1 in 50' },
        description:
          'Which pictures are kept. Of a share, such as 1 in 50, also those that were chosen by chance for review: one part in a hundred.',
      },
    ),
  },
  { ...closed, ...restarts('agent'), default: {}, description: 'The journal.' },
);

const FilePath = (description: string) => Type.String({ minLength: 1, description });
export const WebSchema = Type.Object(
  {
    listen: Type.String({
      default: '127.0.0.1:8088',
      pattern: '^(\\[[0-9a-fA-F:.]+\\]|[^:\\[\\]]+):\\d+$|^off$',
      ...form('an address and port such as 127.0.0.1:8088 or [::1]:8088, or off'),
      description:
        'Address of the page, its API, /healthz, /readyz and /metrics; `off` for none. Beyond this box over TLS only, and once `lineside password` has set a password.',
    }),
    hosts: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description:
        'Names under which this box is asked, beside its host name, localhost and addresses; requests for other names are refused.',
    }),
    tls: Type.Optional(
      Type.Object(
        {
          cert: FilePath('PEM file of the certificate, with those that signed it behind it.'),
          key: FilePath('PEM file of its private key.'),
        },
        { ...closed, description: 'A certificate of your own. Default: one that the agent makes and keeps.' },
      ),
    ),
    probes: Type.Array(
      Type.String({
        pattern: '^[0-9a-fA-F:.]+(/\\d{1,3})?$',
        ...form('an address or a network such as 10.1.3.7 or 10.1.0.0/16'),
      }),
      {
        default: [],
        description:
          'Who beyond this box may ask /metrics, /healthz and /readyz without signing in and without TLS: addresses and networks.',
      },
    ),
  },
  { ...closed, ...restarts('none'), default: {}, description: 'The page, its API, health and metrics over HTTP.' },
);

export const LogSchema = Type.Object(
  {
    level: Type.Union(
      ['debug', 'info', 'warn', 'error'].map((l) => Type.Literal(l as 'debug' | 'info' | 'warn' | 'error')),
      { default: 'info', description: 'Least severity that is logged.' },
    ),
  },
  { ...closed, ...restarts('none'), default: {}, description: 'The log on standard error.' },
);

export const LanguageSchema = Type.Object(
  {
    assistant: Type.Boolean({
      default: false,
      description: '`lineside mcp` may give what the journal holds to an assistant that is started with it. It reads; nothing else does.',
    }),
    texts: Type.Array(tagName('Tag.'), {
      default: [],
      maxItems: 200,
      description:
        'String tags in which the machine says something: each new value is kept in the journal as a text, without names of people.',
    }),
    names: Type.Array(Type.String({ minLength: 3, maxLength: 80 }), {
      default: [],
      maxItems: 2000,
      description: 'Names of people who work here: taken out of every note before it is stored, whatever stands around them.',
    }),
    mask: Type.Boolean({
      default: false,
      description:
        'People are taken out of every string that a tag gives before it is in a record or an event, but for tags that name part, recipe, lot or order. Tags of `texts` are masked without it.',
    }),
    operators: Type.Array(tagName('Tag.'), {
      default: [],
      maxItems: 100,
      description:
        'Tags that say who is at the machine, by name or number: records and events hold a code in place of the value, the same for the same person of this site.',
    }),
    audit: Type.Union([Type.Literal('names'), Type.Literal('codes')], {
      default: 'names',
      description: 'How the audit log says who did something: by name, or by a code that is the same for the same person of this site.',
    }),
  },
  { ...closed, ...restarts('none'), default: {}, description: 'Questions to the journal, and what people write.' },
);

/** Everything but the cameras, whose options depend on the kinds that are built in. */
export const BaseSchema = {
  line: LineSchema,
  mqtt: Type.Optional(MqttSchema),
  opcua: Type.Record(Type.String({ pattern: name }), OpcuaServerSchema, { default: {}, description: 'OPC UA servers by name.' }),
  stations: dict(StationSchema, 'Stations by name.'),
  planning: Type.Optional(PlanningSchema),
  routes: Type.Optional(RoutesSchema),
  materials: MaterialsSchema,
  calendar: Type.Optional(CalendarSchema),
  inference: InferenceSchema,
  store: StoreSchema,
  web: WebSchema,
  log: LogSchema,
  language: LanguageSchema,
};

const Decoded = Type.Object(BaseSchema);
export type Config = StaticDecode<typeof Decoded> & { readonly cameras: Readonly<Record<string, CameraConfig>> };
export type StationConfig = StaticDecode<typeof StationSchema>;
export type StationModelConfig = StaticDecode<typeof StationModelSchema>;
export type OpcuaServerConfig = StaticDecode<typeof OpcuaServerSchema>;
export type TagConfig = StaticDecode<typeof TagSchema>;
export type MqttConfig = StaticDecode<typeof MqttSchema>;
export type StoreConfig = StaticDecode<typeof StoreSchema>;
export type InferenceConfig = StaticDecode<typeof InferenceSchema>;
export type WebConfig = StaticDecode<typeof WebSchema>;
export type PlanningConfig = StaticDecode<typeof PlanningSchema>;
export type RoutesConfig = StaticDecode<typeof RoutesSchema>;
export type LineConfig = StaticDecode<typeof LineSchema>;
