/** The payload schemas as files for those who subscribe: JSON Schema, draft 2020-12, and one AsyncAPI document. */
import { COMMANDS, PAYLOADS } from './schemas.ts';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

export interface SchemaFile {
  /** Relative to config/schemas/. */
  readonly file: string;
  readonly content: string;
}

/** Every file of config/schemas/, ready to be written. Pure: the same each time. */
export function payloadSchemas(): readonly SchemaFile[] {
  return [
    ...Object.entries(PAYLOADS).map(([name, schema]) => ({ file: `${name}.v1.json`, content: json({ $schema: DRAFT, ...schema }) })),
    ...Object.entries(COMMANDS).map(([verb, schema]) => ({ file: `cmd.${verb}.v1.json`, content: json({ $schema: DRAFT, ...schema }) })),
    { file: 'asyncapi.json', content: json(asyncApi()) },
  ];
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

interface Channel {
  readonly address: string;
  readonly description: string;
  readonly messages: readonly string[];
  readonly retain: boolean;
  /** Who sends, as seen from the agent. */
  readonly action: 'send' | 'receive';
}

const STATION = '{prefix}/{enterprise}/{site}/{area}/{line}/{station}';
const AGENT = '{prefix}/{enterprise}/{site}/{area}/{line}/_agent/{agent}';
const sends = (address: string, message: string, retain: boolean, description: string): Channel => ({
  address,
  description,
  retain,
  messages: [message],
  action: 'send',
});

const CHANNELS: Readonly<Record<string, Channel>> = {
  quality: sends(`${STATION}/quality`, 'quality', false, 'One event per inspection.'),
  decision: sends(`${STATION}/decision`, 'decision', false, 'One event per decision.'),
  shadow: sends(`${STATION}/shadow`, 'shadow', false, 'One event per part of which a candidate would have said otherwise.'),
  model: sends(`${STATION}/model`, 'model', false, 'One event when another package judges in a place than before.'),
  kpi: sends(`${STATION}/kpi`, 'kpi', true, 'Figures of the present shift.'),
  shift: sends(`${STATION}/kpi/shift`, 'shift', false, 'One event when a shift has ended, also where the agent was off at its end.'),
  study: sends(`${STATION}/study`, 'study', false, 'One event when a study of the station as a gauge begins, and one when it is over.'),
  state: sends(`${STATION}/state`, 'state', true, 'How the station stands.'),
  chart: sends(`${STATION}/spc/{chart}`, 'chart', true, 'How a control chart stands.'),
  material: sends(`${STATION}/material/{material}`, 'material', true, 'What is there of a material, and what was called.'),
  tool: sends(`${STATION}/tool/{tool}`, 'tool', true, 'How a tool is worn, and when it is to be changed.'),
  station_alarm: sends(`${STATION}/alarm/{code}`, 'alarm', true, 'Alarms of a station.'),
  agent_alarm: sends(
    `${AGENT}/alarm/{code}/{subject}`,
    'alarm',
    true,
    'Alarms of cameras, servers, models; of the agent without the subject.',
  ),
  status: sends(`${AGENT}/status`, 'status', true, 'Whether the agent is there; offline is the last will.'),
  health: sends(`${AGENT}/health`, 'health', true, 'How the agent is.'),
  plan: sends(`${AGENT}/plan`, 'plan', true, 'What runs next, where it is planned.'),
  route: sends(`${AGENT}/route`, 'route', true, 'Where parts are, where the config routes them.'),
  report: sends(`${AGENT}/report`, 'report', false, 'One event when a shift has ended, where the config asks for it.'),
  reply: sends(`${AGENT}/cmd/{verb}/reply`, 'reply', false, 'Answers; MQTT 5 response topic and correlation data are honoured.'),
  command: {
    address: `${AGENT}/cmd/{verb}`,
    description: 'Commands. Never retained: a retained command is ignored.',
    messages: Object.keys(COMMANDS).map((verb) => `cmd_${verb}`),
    retain: false,
    action: 'receive',
  },
};

function asyncApi(): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Lineside',
      version: '1',
      description:
        'What a Lineside agent publishes over MQTT and which commands it takes. All at QoS 1, at least once: the same event id is the same event.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: mapped(CHANNELS, ({ address, description, messages }) => ({
      address,
      description,
      messages: Object.fromEntries(messages.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
      parameters: Object.fromEntries([...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, PARAMETERS[name] ?? {}])),
    })),
    operations: mapped(CHANNELS, ({ action, retain }, name) => ({
      action,
      channel: { $ref: `#/channels/${name}` },
      bindings: { mqtt: { qos: 1, retain } },
    })),
    components: { messages: { ...mapped(PAYLOADS, (_, name) => message(name, `${name}.v1.json`)), ...commandMessages() } },
  };
}

const PARAMETERS: Readonly<Record<string, { readonly description: string }>> = {
  prefix: { description: '`mqtt.prefix` of the config; may be several levels.' },
  enterprise: { description: '`line.enterprise` (ISA-95).' },
  site: { description: '`line.site`.' },
  area: { description: '`line.area`.' },
  line: { description: '`line.line`.' },
  station: { description: 'Name of the station.' },
  agent: { description: 'Name of the agent.' },
  chart: { description: 'Name of the control chart.' },
  material: { description: 'Name of the material.' },
  tool: { description: 'Name of the tool.' },
  code: { description: 'Code of the error table.' },
  subject: { description: 'What the alarm is about; may be several levels.' },
  verb: { description: `One of ${Object.keys(COMMANDS).join(', ')}.` },
};

const commandMessages = () =>
  Object.fromEntries(Object.keys(COMMANDS).map((verb) => [`cmd_${verb}`, message(`cmd/${verb}`, `cmd.${verb}.v1.json`)]));
const message = (name: string, file: string) => ({
  name,
  contentType: 'application/json',
  payload: { schemaFormat: 'application/schema+json;version=draft-2020-12', schema: { $ref: `./${file}` } },
});

function mapped<In, Out>(from: Readonly<Record<string, In>>, to: (value: In, key: string) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, to(value, key)]));
}
