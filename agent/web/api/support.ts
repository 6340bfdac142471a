/** What whoever helps from far away has to know, in one file: /api/v1/support. */
import { arch, cpus, release, totalmem } from 'node:os';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { messageOf } from '../../errors.ts';
import type { PagePorts, WebSource } from '../ports.ts';
import { answers, Time } from './schemas.ts';

/** Newest first. */
const LAST = { inspections: 100, alarms: 100, audit: 100, pictures: 5 } as const;
/** Of all pictures together, bytes. */
const MOST_PICTURES = 2e6;

const Part = (description: string) => Type.Unknown({ description });
const SupportSchema = Type.Object({
  made: Time,
  version: Type.String(),
  box: Type.Object({
    node: Type.String(),
    system: Type.String(),
    processor: Type.String(),
    cores: Type.Integer(),
    memory_mb: Type.Integer(),
    time_zone: Type.String(),
  }),
  line: Part('As /line has it.'),
  states: Part('Of every station.'),
  health: Part('As /health has it.'),
  alarms: Part('As /alarms has them, and those that were.'),
  models: Part('As /models has them.'),
  tags: Part('As /tags has them.'),
  config: Part('The file with every secret masked, what is wrong with it, and its versions.'),
  certificates: Part('As /certificates has them.'),
  outbox: Part('Events that the broker refused.'),
  inspections: Part(`The last ${LAST.inspections}.`),
  audit: Part(`The last ${LAST.audit} changes.`),
  pictures: Type.Array(Type.Object({ inspection: Type.String(), type: Type.String(), base64: Type.String() }), {
    description: `Where they were asked for: the first of each of the last ${LAST.pictures} parts that were not ok.`,
  }),
  missing: Type.Array(Type.Object({ part: Type.String(), why: Type.String() }), { description: 'What could not be found out, and why.' }),
});
type Support = Static<typeof SupportSchema>;

type SupportPorts = { readonly ports: PagePorts; readonly source: WebSource };

export const supportRoutes: FastifyPluginAsyncTypebox<SupportPorts> = async (app, of) => {
  app.get(
    '/support',
    {
      config: { needs: 'technician' },
      schema: {
        summary: 'One file for whoever helps from far away: the box, its health, its config without secrets, the last parts and changes',
        querystring: Type.Object(
          { pictures: Type.Boolean({ default: false, description: 'With the last pictures of parts that were not ok.' }) },
          { additionalProperties: false },
        ),
        response: answers(SupportSchema),
      },
    },
    async ({ query: { pictures } }, reply) => {
      const { agent } = of.ports.live.line().line;
      const moment = new Date(of.ports.clock.now()).toISOString().slice(0, 19).replaceAll(':', '-');
      reply.header('content-disposition', `attachment; filename="lineside-${agent.replace(/[^\w.-]/g, '_')}-${moment}.json"`);
      return collect(of, pictures);
    },
  );
};

/** Where one part cannot answer, which is what somebody may want help with, the others are told all the same. */
async function collect({ ports, source }: SupportPorts, withPictures: boolean): Promise<Support> {
  const { live, records, changes, clock, config } = ports;
  const missing: Support['missing'] = [];
  const known = async <T>(part: string, find: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await find();
    } catch (thrown) {
      missing.push({ part, why: messageOf(thrown) });
      return null;
    }
  };
  const line = live.line();
  return {
    made: clock.now(),
    version: line.version,
    box: {
      node: process.versions.node,
      system: `${process.platform} ${arch()} ${release()}`,
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memory_mb: Math.round(totalmem() / 1e6),
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
    line,
    states: live.states(),
    health: await known('health', () => source.health()),
    alarms: {
      now: live.alarms(),
      returned: live.returned(),
      log: await known('log of alarms', () => records.alarms({ limit: LAST.alarms })),
    },
    models: live.models(),
    tags: live.tags(),
    config: config && {
      file: await known('config', () => config.read(false)),
      versions: await known('config versions', () => config.versions()),
    },
    certificates: await known('certificates', () => changes.certificates()),
    outbox: await known('outbox', () => records.letters({}, LAST.inspections)),
    inspections: await known('inspections', () => records.inspections({ limit: LAST.inspections })),
    audit: await known('audit log', () => records.audit({ limit: LAST.audit })),
    pictures: withPictures ? ((await known('pictures', () => picturesOf(records))) ?? []) : [],
    missing,
  };
}

async function picturesOf(records: PagePorts['records']): Promise<Support['pictures']> {
  const { items } = await records.inspections({ limit: LAST.inspections });
  const found: Support['pictures'] = [];
  let bytes = 0;
  for (const { id } of items.filter(({ verdict }) => verdict !== 'ok')) {
    if (found.length === LAST.pictures) break;
    const picture = await records.picture(id, 0);
    if (picture === null || bytes + picture.bytes.length > MOST_PICTURES) continue;
    bytes += picture.bytes.length;
    found.push({ inspection: id, type: picture.type, base64: Buffer.from(picture.bytes).toString('base64') });
  }
  return found;
}
