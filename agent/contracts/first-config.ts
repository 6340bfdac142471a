/**
 * What a technician answers when a first config is asked for. Holds no secret: where a password belongs stands
 * `${secret:NAME}`, or a reference as the config has it; what the names stand for travels apart.
 */
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const NAME = '^[a-z][a-z0-9_]*$';
/** Of the names of stations and cameras: they are levels of topics, and stand on screens. */
const LONGEST_NAME = 40;
const Name = (description: string) => Type.String({ pattern: NAME, maxLength: LONGEST_NAME, description });
const Level = (description: string) =>
  Type.String({ minLength: 1, maxLength: 64, pattern: '^[^/+#\\u0000-\\u001f\\u007f]+$', description });
const Address = (description: string) => Type.String({ minLength: 1, maxLength: 1000, description });
const Reference = Type.String({
  pattern: '^\\$\\{(env|file|secret):[^}\\n]+\\}$',
  maxLength: 300,
  description: '${env:NAME} or ${file:/path} as in the config, or ${secret:NAME} with the secret of that name beside the answers.',
});

export const TagAnswerSchema = Type.Object(
  {
    node: Type.String({ minLength: 3, maxLength: 500, description: 'Node id as in the config: nsu=urn:press;s=Serial' }),
    name: Type.String({ maxLength: 200, description: 'What the server calls it; the tag is named after it.' }),
    type: Type.String({ maxLength: 40, description: 'Built-in type of the node: Boolean, Int32, String; "" where it is not known.' }),
  },
  closed,
);

export const CameraAnswerSchema = Type.Object(
  {
    name: Name('Of the camera.'),
    address: Address('As `url` of a camera in the config.'),
    package: Type.Optional(
      Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*$', maxLength: 64, description: 'Model package that looks at its pictures.' }),
    ),
    picture_bytes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1e9, description: 'Of the pixels of one picture, where one has been seen.' }),
    ),
  },
  closed,
);

export const PlcAnswerSchema = Type.Object(
  {
    endpoint: Address('opc.tcp://10.1.3.20:4840'),
    unencrypted: Type.Optional(
      Type.Boolean({ description: 'The technician takes a channel that is not encrypted where the server offers no other.' }),
    ),
    security: Type.Optional(
      Type.Object(
        {
          mode: Type.Enum(['SignAndEncrypt', 'Sign', 'None']),
          policy: Type.Enum(['Basic256Sha256', 'Aes256_Sha256_RsaPss', 'None']),
        },
        { ...closed, description: 'Default: the best that the server offers.' },
      ),
    ),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Without one the session is anonymous.' })),
    password: Type.Optional(Reference),
    sampling_ms: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 60_000, description: 'How often the server looks at the trigger, where it has said.' }),
    ),
    tags: Type.Object(
      {
        trigger: Type.Optional(TagAnswerSchema),
        part: Type.Optional(TagAnswerSchema),
        counter: Type.Optional(TagAnswerSchema),
        verdict: Type.Optional(TagAnswerSchema),
        verdict_part: Type.Optional(TagAnswerSchema),
      },
      { ...closed, description: 'The last two are written by the agent.' },
    ),
  },
  closed,
);

export const BrokerAnswerSchema = Type.Object(
  {
    address: Address('mqtts://broker.plant:8883'),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    password: Type.Optional(Reference),
    ca: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, description: 'PEM file with the authority that signed the broker’s certificate.' }),
    ),
    unencrypted: Type.Optional(Type.Boolean({ description: 'The technician takes an unencrypted connection to another box.' })),
  },
  closed,
);

export const AnswersSchema = Type.Object(
  {
    line: Type.Object(
      {
        enterprise: Level('ISA-95 enterprise.'),
        site: Level('ISA-95 site.'),
        area: Level('ISA-95 area.'),
        line: Level('ISA-95 line.'),
      },
      closed,
    ),
    station: Name('Of the station.'),
    cameras: Type.Array(CameraAnswerSchema, { maxItems: 8 }),
    plc: Type.Optional(PlcAnswerSchema),
    broker: Type.Optional(BrokerAnswerSchema),
  },
  closed,
);

/** Characters of a secret. */
const LONGEST_SECRET = 1024;
export const SecretsSchema = Type.Record(
  Type.String({ pattern: '^[a-z][a-z0-9_-]{0,60}$' }),
  Type.String({ minLength: 1, maxLength: LONGEST_SECRET }),
  {
    maxProperties: 24,
    description:
      'What ${secret:NAME} stands for. Kept in files that only the agent’s user can read; never in the config, never given back.',
  },
);

export type TagAnswer = Static<typeof TagAnswerSchema>;
export type CameraAnswer = Static<typeof CameraAnswerSchema>;
export type PlcAnswer = Static<typeof PlcAnswerSchema>;
export type BrokerAnswer = Static<typeof BrokerAnswerSchema>;
export type Answers = Static<typeof AnswersSchema>;
export type TypedSecrets = Readonly<Record<string, string>>;

/** What a tag is for. The last two are written. */
export const TAG_ROLES = ['trigger', 'part', 'counter', 'verdict', 'verdict_part'] as const;
export type TagRole = (typeof TAG_ROLES)[number];
export const isWritten = (role: TagRole): boolean => role === 'verdict' || role === 'verdict_part';

/** A fault as it is told: sentence and next step of the error table, or of the config’s own checker. */
export interface Told {
  readonly code: string;
  readonly text: string;
  readonly next: string;
}
