/** From the answers to the text of the file, commented for who will change it. Pure. */
import type { Answers, BrokerAnswer, CameraAnswer, PlcAnswer, TagRole } from '../../contracts/first-config.ts';
import { isWritten, TAG_ROLES } from '../../contracts/first-config.ts';
import { namedSecrets } from './secrets-apart.ts';

export interface Place {
  /** As `store.path` is written. */
  readonly store: string;
  /** As `inference.models` is written; absent: the packages that come with the agent. */
  readonly models?: string | undefined;
  /** As `web.listen` is written; absent: the default. */
  readonly listen?: string | undefined;
  /** What stands in the file for a secret of that name. */
  readonly reference: (name: string) => string;
}

/** A name in the config for the PLC: tags are plc.serial, plc.trigger. */
export const PLC = 'plc';
/** A camera's pictures in flight: one that comes, one that is judged, one that waits. The default of `memory` is 64 MB. */
const IN_FLIGHT = 3;
const MEMORY_MB = 64;

export function compose(answers: Answers, { store, models, listen, reference }: Place): string {
  const { line, broker, plc, cameras } = answers;
  const blocks = [
    HEAD,
    `# Where this line stands in the plant (ISA-95). Topics begin with it: lineside/v1/${Object.values(line).map(plain).join('/')}/…
line: {${Object.entries(line)
      .map(([level, name]) => `${level}: ${quoted(name)}`)
      .join(', ')}}`,
    broker ? brokerBlock(broker) : NO_BROKER,
    ...(plc ? [plcBlock(plc)] : []),
    cameraBlock(cameras),
    stationBlock(answers),
    ...(models === undefined ? [] : [`# Where the model packages lie.\ninference: {models: ${quoted(models)}}`]),
    `# The journal, the pictures, the certificates, and the passwords of the above, each in a file that only the agent’s user can read.
# keep: {records: 400d, images: 20GB} are the bounds unless you say others.
store: {path: ${quoted(store)}}`,
    ...(listen === undefined
      ? []
      : [`# Where the page is. Beyond this box over TLS only, and once somebody has a password.\nweb: {listen: ${quoted(listen)}}`]),
  ];
  return `${namedSecrets(blocks.join('\n\n'), reference)}\n`;
}

const HEAD = `# The config of this gateway, begun by the questions of \`lineside init\` or of the page. Change it as you like; every key there is: docs/config.md.
# \`lineside check\` tells what is wrong with it and what does not answer. A running agent takes a changed file by itself;
# where something is wrong in it, the last good one judges on.`;

const NO_BROKER = `# Without a broker nothing is published; verdicts are in the journal and on the page all the same.
# mqtt: {url: "mqtts://broker.plant:8883", username: lineside, password: "\${env:MQTT_PASSWORD}"}`;

/** JSON's strings are YAML's, in double quotes. */
const quoted = (text: string): string => JSON.stringify(text);
/** In a comment: one line. */
const plain = (text: string): string => text.replace(/\s+/g, ' ');

function brokerBlock({ address, user, password, ca, unencrypted }: BrokerAnswer): string {
  const keys = [
    `url: ${quoted(address)}`,
    ...(user === undefined ? [] : [`username: ${quoted(user)}`]),
    ...(password === undefined ? [] : [`password: ${quoted(password)}`]),
    ...(ca === undefined ? [] : [`ca: ${quoted(ca)}`]),
    ...(unencrypted ? ['insecure: true                       # not encrypted, on a network that is yours alone'] : []),
  ];
  return `# The broker that gets every verdict. Events wait on the disk while it is away.\nmqtt:\n${indented(keys, 2)}`;
}

/** How often a trigger is looked at, ms, where the server does not say that it looks less often. */
export const TRIGGER_MS = 10;

/** What each tag is for, as the comment behind it says. */
const PURPOSE: Readonly<Record<TagRole, string>> = {
  trigger: 'starts an inspection: looked at as often as the server can, so that no part is missed',
  part: 'the part’s id',
  counter: 'counts the parts: a step of two tells that one passed unseen',
  verdict: 'the agent writes the verdict here, last',
  verdict_part: 'the agent writes here which part the verdict is about, first',
};

function plcBlock({ endpoint, security, user, password, sampling_ms = TRIGGER_MS, tags }: PlcAnswer): string {
  const names = tagNames(tags);
  const rows = TAG_ROLES.flatMap((role) => {
    const tag = tags[role];
    if (!tag) return [];
    const keys = [
      `node: ${quoted(tag.node)}`,
      ...(role === 'trigger' ? [`sampling: ${Math.max(sampling_ms, TRIGGER_MS)}ms`] : []),
      ...(isWritten(role) ? ['writable: true'] : []),
    ];
    return [`# ${PURPOSE[role]}`, `${names[role]}: {${keys.join(', ')}}`];
  });
  const keys = [
    `endpoint: ${quoted(endpoint)}`,
    ...(security ? [`security: {mode: ${security.mode}${security.mode === 'None' ? '' : `, policy: ${security.policy}`}}`] : []),
    ...(user === undefined ? [] : [`user: {name: ${quoted(user)}, password: ${quoted(password ?? '')}}`]),
  ];
  return `# The machine. \`lineside browse ${PLC}\` lists its nodes, to add more; elsewhere in this file a tag is called ${PLC}.NAME.
opcua:
  ${PLC}:
${indented(keys, 4)}
    tags:${rows.length === 0 ? ' {}' : `\n${indented(rows, 6)}`}`;
}

/** By what the server calls them, as far as a name of the config can: PartPresent becomes part_present. */
export function tagNames(tags: PlcAnswer['tags']): Readonly<Record<TagRole, string>> {
  const taken = new Set<string>();
  const names = { trigger: '', part: '', counter: '', verdict: '', verdict_part: '' };
  for (const role of TAG_ROLES) {
    const name = [snake(tags[role]?.name ?? ''), role, `${role}_tag`].find((one) => one !== '' && !taken.has(one)) ?? role;
    if (tags[role]) taken.add(name);
    names[role] = name;
  }
  return names;
}

const snake = (name: string): string =>
  name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 40)
    .replace(/_+$/, '');

function cameraBlock(cameras: readonly CameraAnswer[]): string {
  if (cameras.length === 0) return '# cameras: {top: {url: "rtsp://10.1.3.31/stream1"}}';
  const rows = cameras.map(({ name, address, picture_bytes = 0 }) => {
    const needs = Math.ceil((picture_bytes * IN_FLIGHT) / 1e6);
    const memory = needs > MEMORY_MB ? `, memory: ${needs}MB` : '';
    return `${name}: {url: ${quoted(address)}${memory}}`;
  });
  return `# Where pictures come from: rtsp://, http://, dir:///path of a folder. A camera that sends nothing for 5 s is started again.\ncameras:\n${indented(rows, 2)}`;
}

function stationBlock({ station, cameras, plc }: Answers): string {
  const looking = cameras.filter((camera) => camera.package !== undefined);
  if (looking.length === 0) return 'stations: {}';
  const rows = [
    ...triggerRows(cameras, plc),
    ...(plc ? tagRows(plc) : []),
    '# So long after the trigger the answer is out; where something hangs it is on_failure.',
    'deadline: 500ms',
    'on_failure: review',
    ...(plc ? answerRows(plc) : []),
    '# What looks at the pictures, with the limits of its maker; `lineside teach part`, or Teach on the page, makes one for your own part.',
    '# threshold: 0.62 and review: [0.45, 0.62] set limits of your own; region: [x, y, width, height] has it look at a piece of the picture.',
    'models:',
    ...modelRows(looking),
    '# Without rules of yours a part is nok from the threshold of any model on, and for review in its review band.',
  ];
  return `# A point on the line where parts are judged.\nstations:\n  ${station}:\n${indented(rows, 4)}`;
}

function triggerRows(cameras: readonly CameraAnswer[], plc: PlcAnswer | undefined): readonly string[] {
  const trigger = plc?.tags.trigger;
  if (plc && trigger) {
    const edge = trigger.type === 'Boolean' || trigger.type === '' ? 'rising' : 'change';
    return ['# Each such edge starts an inspection.', `trigger: {tag: ${PLC}.${tagNames(plc.tags).trigger}, edge: ${edge}}`];
  }
  return [
    '# Every picture starts an inspection, until a tag does: {tag: plc.part_present, edge: rising}.',
    `trigger: {camera: ${cameras[0]?.name ?? 'top'}}`,
  ];
}

function tagRows({ tags }: PlcAnswer): readonly string[] {
  const names = tagNames(tags);
  return [...(tags.part ? [`part: ${PLC}.${names.part}`] : []), ...(tags.counter ? [`counter: ${PLC}.${names.counter}`] : [])];
}

function answerRows({ tags }: PlcAnswer): readonly string[] {
  if (!tags.verdict) return [];
  const names = tagNames(tags);
  const values =
    tags.verdict.type === 'String' || tags.verdict.type === 'LocalizedText'
      ? '{ok: ok, nok: nok, review: review}'
      : '{ok: 1, nok: 2, review: 3}';
  return [
    '# What the PLC gets: the part first, so that it can match, the verdict last.',
    'answer:',
    ...(tags.verdict_part ? [`  part: ${PLC}.${names.verdict_part}`] : []),
    `  verdict: ${PLC}.${names.verdict}`,
    `  values: ${values}`,
  ];
}

function modelRows(cameras: readonly CameraAnswer[]): readonly string[] {
  const taken = new Set<string>();
  return cameras.map((camera) => {
    const own = (camera.package ?? '').replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+|_+$/g, '') || 'looks';
    const name = taken.has(own) ? `${own}_${camera.name}` : own;
    taken.add(name);
    return `  ${name}: {model: ${camera.package}, camera: ${camera.name}}`;
  });
}

const indented = (rows: readonly string[], by: number): string => rows.map((row) => ' '.repeat(by) + row).join('\n');
