/**
 * A first config over the API, where the agent was started without one: each address that a technician names is tried, and nobody else is asked; then
 * the file is written. Closed as soon as there is a file.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { TAG_ROLES, type Tried, type Trouble } from '../../contracts/first-config.ts';
import { LinesideError } from '../../errors.ts';
import { userOf } from '../doors/callers.ts';
import type { FirstConfigPort, PagePorts } from '../ports.ts';
import { writable } from './inspections.ts';
import { patiently } from './patience.ts';
import { recorded } from './recorded.ts';
import { answers, Nullable } from './schemas.ts';

const closed = { additionalProperties: false } as const;
const Name = (description: string) => Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$', description });
const Level = Type.String({ minLength: 1, maxLength: 64, pattern: '^[^/+#\\u0000-\\u001f\\u007f]+$', description: 'A level of topics.' });
const Address = (description: string) => Type.String({ minLength: 1, maxLength: 1000, description });
const User = Type.String({ minLength: 1, maxLength: 200 });
const Reference = Type.String({
  pattern: '^\\$\\{(env|file|secret):[^}\\n]+\\}$',
  maxLength: 300,
  description: '${env:NAME} or ${file:/path} as in the config, or ${secret:NAME} with the secret of that name beside the answers.',
});
const Secrets = Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_-]{0,60}$' }), Type.String({ minLength: 1, maxLength: 1024 }), {
  maxProperties: 24,
  description:
    'What ${secret:NAME} stands for. Kept in files that only the user of the agent can read; never in the config, never given back.',
});

const Tag = Type.Object(
  {
    node: Type.String({ minLength: 3, maxLength: 500, description: 'Node id as in the config: nsu=urn:press;s=Serial' }),
    name: Type.String({ maxLength: 200, description: 'What the server calls it; the tag is named after it.' }),
    type: Type.String({ maxLength: 40, description: 'Built-in type of the node: Boolean, Int32, String; "" where it is not known.' }),
  },
  closed,
);
const Camera = Type.Object(
  {
    name: Name('Of the camera.'),
    address: Address('As `url` of a camera in the config.'),
    package: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*$', maxLength: 64, description: 'What looks at its pictures.' })),
    picture_bytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1e9, description: 'Of the pixels of one picture, where one came.' })),
  },
  closed,
);
const Security = Type.Object(
  {
    mode: Type.Enum(['SignAndEncrypt', 'Sign', 'None']),
    policy: Type.Enum(['Basic256Sha256', 'Aes256_Sha256_RsaPss', 'None']),
  },
  closed,
);
const Plc = Type.Object(
  {
    endpoint: Address('opc.tcp://10.1.3.20:4840, without user and password.'),
    unencrypted: Type.Optional(Type.Boolean({ description: 'A channel without encryption is taken where the server offers no other.' })),
    security: Type.Optional(Security),
    user: Type.Optional(User),
    password: Type.Optional(Reference),
    sampling_ms: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000, description: 'As the trial found it.' })),
    tags: Type.Object(
      {
        trigger: Type.Optional(Tag),
        part: Type.Optional(Tag),
        counter: Type.Optional(Tag),
        verdict: Type.Optional(Tag),
        verdict_part: Type.Optional(Tag),
      },
      { ...closed, description: 'The last two are written by the agent.' },
    ),
  },
  closed,
);
const Broker = Type.Object(
  {
    address: Address('mqtts://broker.plant:8883'),
    user: Type.Optional(User),
    password: Type.Optional(Reference),
    ca: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, description: 'PEM file on the box: the authority that signed its certificate.' }),
    ),
    unencrypted: Type.Optional(Type.Boolean({ description: 'An unencrypted connection to another box is taken.' })),
  },
  closed,
);
const Answers = Type.Object(
  {
    line: Type.Object({ enterprise: Level, site: Level, area: Level, line: Level }, closed),
    station: Name('Of the station.'),
    cameras: Type.Array(Camera, { minItems: 1, maxItems: 8 }),
    plc: Type.Optional(Plc),
    broker: Type.Optional(Broker),
  },
  closed,
);

const Now = Type.Object({
  asked: Type.Boolean({ description: 'There is no config: it can be asked for here.' }),
  file: Nullable(Type.String({ description: 'That will be written.' })),
  store: Nullable(Type.String({ description: 'Folder of the journal and of the passwords.' })),
  why_not_writable: Nullable(Type.String()),
  packages: Type.Array(Type.Object({ name: Type.String(), kind: Type.String(), summary: Type.String() })),
});
const Told = Type.Object({
  code: Type.String({ description: 'Of docs/errors.md.' }),
  text: Type.String({ description: 'What was found.' }),
  next: Type.String({ description: 'What to do.' }),
});
/** Of each trial. */
const outcome = {
  ok: Type.Boolean({ description: 'It answered.' }),
  told: Nullable(Told),
  wrong: Type.Boolean({ description: 'The agent would not run with this, whoever answers: it cannot be kept for later.' }),
};
const CameraOutcome = Type.Object({
  ...outcome,
  picture: Nullable(
    Type.Object({
      width: Type.Integer(),
      height: Type.Integer(),
      format: Type.String(),
      bytes: Type.Integer({ description: 'Of its pixels.' }),
      jpeg: Nullable(Type.String({ description: 'Base64, made smaller.' })),
    }),
  ),
});
const PlcOutcome = Type.Object({
  ...outcome,
  untrusted: Nullable(
    Type.Object(
      { fingerprint: Type.String({ description: 'SHA-256, hexadecimal.' }), subject: Type.String() },
      { description: 'The certificate that it shows, which nobody has approved here.' },
    ),
  ),
  weaker: Nullable(Security),
  found: Nullable(
    Type.Object({
      security: Security,
      sampling_ms: Nullable(Type.Integer({ description: 'How often it looks at a trigger.' })),
      cut: Type.Boolean({ description: 'It has more nodes than were looked through.' }),
      candidates: Type.Array(
        Type.Object({
          node: Type.String(),
          name: Type.String(),
          type: Type.String(),
          path: Type.String({ description: 'Names of the objects above it.' }),
          value: Type.String({ description: 'As it is now, shortened.' }),
          roles: Type.Array(Type.Enum([...TAG_ROLES]), { description: 'What it can be chosen for.' }),
        }),
      ),
      proposals: Type.Record(Type.String(), Type.String(), { description: 'Node by role: what its name says it is for.' }),
    }),
  ),
});
const BrokerOutcome = Type.Object({
  ...outcome,
  unencrypted: Type.Boolean({ description: 'It is another box, and the connection would not be encrypted.' }),
  said: Nullable(Type.String()),
});

export const firstConfigRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const port = (): FirstConfigPort => {
    if (ports.config) return ports.config.first;
    throw new LinesideError('WEB_UNKNOWN', { what: 'config file of this agent' });
  };
  addAsking(app, port);
  addTrials(app, port);
  addWriting(app, port, ports);
};

type App = Parameters<FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }>>[0];

function addAsking(app: App, port: () => FirstConfigPort): void {
  app.get(
    '/first-config',
    {
      config: { needs: 'look' },
      schema: { summary: 'Whether there is no config yet, and what one can be made of', response: answers(Now) },
    },
    async () => {
      const now = await port().now();
      if (!now) return { asked: false, file: null, store: null, why_not_writable: null, packages: [] };
      const { file, store, whyNotWritable, packages } = now;
      return writable({ asked: true, file, store, why_not_writable: whyNotWritable, packages });
    },
  );
}

/** Its name would be in the way of another's. */
const told = <Found>(tried: Tried<Found>) =>
  tried.ok ? { ok: true, told: null, wrong: false } : { ok: false, told: tried.told, wrong: tried.wrong ?? false };
const troubleOf = (tried: Tried<object>): Partial<Trouble> => (tried.ok ? {} : tried);

function addTrials(app: App, port: () => FirstConfigPort): void {
  app.post(
    '/first-config/camera',
    {
      ...patiently,
      config: { needs: 'technician' },
      schema: {
        summary: 'Ask a camera for one picture',
        body: Type.Object({ camera: Camera, secrets: Secrets }, closed),
        response: answers(CameraOutcome),
      },
    },
    async ({ body: { camera, secrets } }) => {
      const tried = await port().tryCamera(camera, secrets);
      if (!tried.ok) return writable({ ...told(tried), picture: null });
      const { width, height, format, bytes, jpeg } = tried;
      return writable({
        ...told(tried),
        picture: {
          width,
          height,
          format,
          bytes,
          jpeg: jpeg && Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength).toString('base64'),
        },
      });
    },
  );
  app.post(
    '/first-config/plc',
    {
      ...patiently,
      config: { needs: 'technician' },
      schema: {
        summary: 'Ask an OPC UA server for its tags',
        body: Type.Object({ plc: Plc, secrets: Secrets }, closed),
        response: answers(PlcOutcome),
      },
    },
    async ({ body: { plc, secrets } }) => {
      const tried = await port().tryPlc(plc, secrets);
      const { untrusted, weaker } = troubleOf(tried);
      const faults = { ...told(tried), untrusted: untrusted ?? null, weaker: weaker ?? null };
      if (!tried.ok) return writable({ ...faults, found: null });
      const { security, candidates, cut, proposals, samplingMs } = tried;
      const nodes = Object.fromEntries(Object.entries(proposals).map(([role, { node }]) => [role, node]));
      return writable({
        ...faults,
        found: {
          security,
          cut,
          sampling_ms: samplingMs,
          candidates: candidates.map(({ node, name, type, path, value, roles }) => ({ node, name, type, path, value, roles })),
          proposals: nodes,
        },
      });
    },
  );
  app.post(
    '/first-config/broker',
    {
      ...patiently,
      config: { needs: 'technician' },
      schema: {
        summary: 'Ask a broker whether it lets the agent in',
        body: Type.Object({ broker: Broker, secrets: Secrets }, closed),
        response: answers(BrokerOutcome),
      },
    },
    async ({ body: { broker, secrets } }) => {
      const tried = await port().tryBroker(broker, secrets);
      const { unencrypted = false } = troubleOf(tried);
      return writable({ ...told(tried), unencrypted, said: tried.ok ? tried.said : null });
    },
  );
}

function addWriting(app: App, port: () => FirstConfigPort, ports: PagePorts): void {
  app.post(
    '/first-config/trust',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'Trust the certificate that a server has shown to a trial',
        body: Type.Object({ fingerprint: Type.String({ pattern: '^[0-9a-f]{64}$' }) }, closed),
        response: answers(Type.Object({ fingerprint: Type.String(), subject: Type.String() })),
      },
    },
    async ({ caller, body: { fingerprint } }) => {
      const { subject } = await recorded(ports, userOf(caller), 'trust', { fingerprint }, () => port().trust(fingerprint));
      return { fingerprint, subject };
    },
  );
  app.post(
    '/first-config/text',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'The file as it would be written, or why the agent would not run with it',
        body: Type.Object({ answers: Answers }, closed),
        response: answers(Type.Object({ text: Nullable(Type.String()), told: Nullable(Told) })),
      },
    },
    async ({ body }) => ({ text: null, told: null, ...(await port().text(body.answers)) }),
  );
  app.put(
    '/first-config',
    {
      ...patiently,
      config: { needs: 'technician' },
      schema: {
        summary:
          'Write the passwords and the file; it is applied when this has been answered: follow it by the event `line`. 412: there is a file meanwhile',
        body: Type.Object({ answers: Answers, secrets: Secrets }, closed),
        response: answers(Type.Object({ file: Type.String(), secrets: Type.Array(Type.String({ description: 'Files.' })) })),
      },
    },
    async ({ caller, body }) => {
      const who = userOf(caller);
      const { station, cameras } = body.answers;
      const about = { station, cameras: cameras.map(({ name }) => name) };
      return writable(await recorded(ports, who, 'first_config', about, () => port().write(body.answers, body.secrets, who)));
    },
  );
}
