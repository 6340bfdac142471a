/**
 * The config file over the API: read, tried, replaced as a whole, and gone back to. Passwords that stand in the file are shown to those who may
 * change it, technicians and admins; for everybody else they are asterisks.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ROLES } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { type Caller, userOf } from '../doors/callers.ts';
import type { ConfigPort, ConfigTrial, PagePorts } from '../ports.ts';
import { FaultSchema, sendProblem } from '../problems.ts';
import { writable } from './inspections.ts';
import { patiently } from './patience.ts';
import { recorded } from './recorded.ts';
import { answers, Nullable, Time } from './schemas.ts';

/** Bytes of a body: the largest config there may be, as JSON writes it. */
const LONGEST_BODY = 2_000_000;
/** Characters. */
const LONGEST_TEXT = 500_000;

const Version = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of a text of the file, hexadecimal; in quotes it is the ETag.',
});
const Text = Type.String({ maxLength: LONGEST_TEXT, description: 'The whole file.' });
const Body = Type.Object({ text: Text }, { additionalProperties: false });

const Refused = Type.Object(
  {
    title: Type.String({ description: 'What is wrong, in a sentence.' }),
    next: Type.String({ description: 'What to do.' }),
    faults: Type.Array(FaultSchema),
    more: Type.Integer({ minimum: 0, description: 'Faults beyond those that are listed.' }),
  },
  { description: 'Why the file on the disk does not run.' },
);

const ConfigSchema = Type.Object({
  path: Type.String({ description: 'Of the file, as this box knows it.' }),
  text: Nullable(Type.String({ description: 'As on the disk; null: see `why_no_text`.' })),
  why_no_text: Nullable(Type.String()),
  masked: Type.Boolean({ description: 'Passwords in the text are asterisks: it is to be looked at, not to be saved.' }),
  version: Nullable(Version),
  writable: Type.Boolean({ description: 'PUT can replace the file.' }),
  why_not_writable: Nullable(Type.String()),
  running: Type.Object(
    {
      version: Nullable(Version),
      config: Nullable(Type.String({ description: 'Hash of the config, as in /line; null: none runs.' })),
      since: Nullable(Time),
    },
    { description: 'What judges now; it is another text than that on the disk where that one was refused, or is being applied.' },
  ),
  applying: Type.Boolean({ description: 'A change is under way: ask again, or wait for the event `line`.' }),
  refused: Nullable(Refused),
});

const Change = Type.Object({
  path: Type.String({ description: 'Of the key, as in the file: stations.outlet.deadline' }),
  kind: Type.Enum(['added', 'removed', 'changed']),
  from: Nullable(Type.String({ description: 'As JSON, shortened, passwords masked.' })),
  to: Nullable(Type.String({ description: 'As JSON, shortened, passwords masked.' })),
  restarts: Type.Array(Type.String({ description: 'station outlet, camera/top, opcua/plc, mqtt, web, agent' })),
});
const Restart = Type.Object({
  part: Type.String({ description: 'station outlet, camera/top, opcua/plc, mqtt, web; agent: everything.' }),
  about_ms: Nullable(Type.Number({ description: 'How long it took the last time; null: not known.' })),
});
const Trial = Type.Object({
  ok: Type.Boolean({ description: 'It would be taken, as far as the file goes.' }),
  faults: Type.Array(FaultSchema),
  warnings: Type.Array(FaultSchema),
  more: Type.Integer({ minimum: 0, description: 'Faults beyond those that are listed.' }),
  config: Nullable(Type.String({ description: 'Hash of the config that it would be.' })),
  changes: Nullable(
    Type.Array(Change, { description: 'Against what runs, in the order of the file; null: nothing runs, or there are faults.' }),
  ),
  restarts: Type.Array(Restart, { description: 'What starts anew if it is applied.' }),
  words: Type.Array(Type.String(), { description: 'The same as sentences.' }),
});

const Written = Type.Object({
  version: Version,
  changed: Type.Boolean({ description: 'false: the file said so before.' }),
  restarts: Type.Array(Restart),
  words: Type.Array(Type.String()),
});

const HistoryItem = Type.Object({
  id: Type.String(),
  version: Version,
  at: Time,
  who: Nullable(Type.String({ description: 'A user of the page; null: the file was changed on the box.' })),
  config: Type.String({ description: 'Hash of the config that it is.' }),
  bytes: Type.Integer({ minimum: 0 }),
  runs: Type.Boolean(),
});

const etagOf = (version: string) => `"${version}"`;

export const configRoutes: FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }> = async (app, { ports }) => {
  const port = (): ConfigPort => {
    if (ports.config) return ports.config;
    throw new LinesideError('WEB_UNKNOWN', { what: 'config file of this agent' });
  };
  addReading(app, port);
  addChanging(app, port, ports);
  addHistory(app, port);
};

type App = Parameters<FastifyPluginAsyncTypebox<{ readonly ports: PagePorts }>>[0];

/** Who may replace the file may see what stands in it: he could have it sent to himself. */
const seesSecrets = ({ session }: Caller): boolean => session !== null && ROLES.indexOf(session.role) >= ROLES.indexOf('technician');

function addReading(app: App, port: () => ConfigPort): void {
  app.get(
    '/config',
    {
      ...patiently,
      config: { needs: 'look' },
      schema: { summary: 'The config file as it is on the disk, what runs, and what is wrong with it', response: answers(ConfigSchema) },
    },
    async ({ caller }, reply) => {
      const { file, ...now } = await port().read(seesSecrets(caller));
      // What is masked is another text: nobody saves over it.
      if (file.version !== null && !file.masked) reply.header('etag', etagOf(file.version));
      return writable({
        path: now.path,
        text: file.text,
        why_no_text: file.why,
        masked: file.masked,
        version: file.version,
        writable: now.whyNotWritable === null,
        why_not_writable: now.whyNotWritable,
        running: now.running,
        applying: now.applying,
        refused: now.refused,
      });
    },
  );
  app.get(
    '/config/schema',
    {
      config: { needs: 'look' },
      schema: { summary: 'JSON Schema of the config file, for completion', response: answers(Type.Unsafe<never>({ type: 'object' })) },
    },
    async (_, reply) => {
      const text = await port().schema();
      return reply
        .type('application/schema+json')
        .serializer((known: unknown) => known as string)
        .send(text as never);
    },
  );
}

function addChanging(app: App, port: () => ConfigPort, ports: PagePorts): void {
  app.post(
    '/config/check',
    {
      ...patiently,
      bodyLimit: LONGEST_BODY,
      config: { needs: 'technician' },
      schema: {
        summary: 'Try a text: what is wrong with it, and what it would change; nothing is written',
        body: Body,
        response: answers(Trial),
      },
    },
    async ({ body }) => writable(trialOf(await port().check(body.text))),
  );
  app.put(
    '/config',
    {
      ...patiently,
      bodyLimit: LONGEST_BODY,
      config: { needs: 'technician' },
      schema: {
        summary:
          'Replace the file, whole or not at all; it is applied when this has been answered: follow it by GET, or by the event `line`. 412: somebody else was first',
        headers: Type.Object({ 'if-match': Type.Optional(Type.String({ maxLength: 200, description: 'The ETag that GET gave.' })) }),
        body: Body,
        response: answers(Written),
      },
    },
    async ({ caller, body, headers }, reply) => {
      const who = userOf(caller);
      const onto = /^"([0-9a-f]{64})"$/.exec(headers['if-match'] ?? '')?.[1];
      if (onto === undefined)
        return sendProblem(reply, new LinesideError('WEB_INVALID', { why: 'it has no If-Match with the ETag of GET' }), {}, 428) as never;
      const done = await recorded(ports, who, 'config', { onto: short(onto), to: short(port().versionOf(body.text)) }, () =>
        port().write(body.text, { who, onto }),
      );
      return writable(done);
    },
  );
}

/** Enough to tell versions apart. */
const short = (version: string): string => version.slice(0, 12);

function trialOf({ config, changes, ...rest }: ConfigTrial) {
  return { ok: rest.faults.length === 0, config, changes, ...rest };
}

function addHistory(app: App, port: () => ConfigPort): void {
  app.get(
    '/config/versions',
    {
      config: { needs: 'operator' },
      schema: { summary: 'Versions of the file that have run, newest first', response: answers(Type.Array(HistoryItem)) },
    },
    async () => writable(await port().versions()),
  );
  app.get(
    '/config/versions/:id',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'The text of one; to go back to it, PUT it',
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
        response: answers(Type.Object({ ...HistoryItem.properties, text: Text })),
      },
    },
    async ({ params: { id } }) => {
      const found = await port().version(id);
      if (!found) throw new LinesideError('WEB_UNKNOWN', { what: `version ${id} of the config` });
      return writable(found);
    },
  );
}
