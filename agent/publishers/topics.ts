/** Where things are published: one pure function a topic. DESIGN 5.3's tree, one MQTT level an ISA-95 level. */
import type { CommandVerb } from '../contracts/index.ts';

export interface TopicNames {
  /** First levels of every topic, `lineside/v1`. */
  readonly prefix: string;
  readonly line: { readonly enterprise: string; readonly site: string; readonly area: string; readonly line: string };
  readonly agent: string;
  /** Alarms about these stand under the station, all others under the agent: only a station's name is unique on its line. */
  readonly stations: readonly string[];
}

export interface Topics {
  readonly quality: (station: string) => string;
  readonly decision: (station: string) => string;
  readonly shadow: (station: string) => string;
  readonly model: (station: string) => string;
  readonly state: (station: string) => string;
  /** Figures of the present shift, and of one that has ended. */
  readonly kpi: (station: string) => string;
  readonly shift: (station: string) => string;
  readonly study: (station: string) => string;
  readonly chart: (station: string, name: string) => string;
  readonly material: (station: string, name: string) => string;
  readonly tool: (station: string, name: string) => string;
  readonly alarm: (code: string, subject: string) => string;
  readonly status: string;
  readonly health: string;
  readonly plan: string;
  /** Where parts are. */
  readonly route: string;
  /** Of a shift that has ended. */
  readonly report: string;
  /** The filter that every command comes through, and nothing else. */
  readonly commands: string;
  readonly reply: (verb: string) => string;
  /** The last level of a command's topic; '' for a topic that is none. */
  readonly verbOf: (topic: string) => CommandVerb | (string & {});
  /** Whether somebody else's topic reaches into the tree that only agents write. */
  readonly owns: (topic: string) => boolean;
}

/** MQTT allows 65,535 bytes in all; a level longer than this is a mistake or an attack. Characters. */
const LONGEST_LEVEL = 128;

/**
 * Any text as one level of a topic: wildcards, separators, control characters and half characters become `_`, so that no name in the
 * config can subscribe, split a level or make a broker drop the connection (MQTT 5, 1.5.4 and 4.7.1).
 */
export function topicLevel(text: string): string {
  const wellFormed = Buffer.from(text).toString();
  const clean = [...wellFormed].slice(0, LONGEST_LEVEL).join('');
  return clean.replace(/[+#/\p{Cc}\uFFFD\u{FFFE}\u{FFFF}]/gu, '_') || '_';
}

/** Deepest and longest topic that an answer goes to by a sender's wish: brokers end the connection of who publishes deeper. Levels, characters. */
const DEEPEST_ANSWER = 20;
const LONGEST_ANSWER = 256;

/** Whether a topic that somebody else chose may be published on: no wildcard, nothing of the broker's own, nothing that brokers refuse. */
export const isAnswerTopic = (topic: string): boolean =>
  topic !== '' && topic.length <= LONGEST_ANSWER && topic.split('/').length <= DEEPEST_ANSWER && !/[+#\p{Cc}\uFFFD]|^\$/u.test(topic);

const topicPath = (text: string): string => text.split('/').filter(Boolean).map(topicLevel).join('/');

export function topicsOf({ prefix, line, agent, stations }: TopicNames): Topics {
  // A first level with `$` belongs to the broker (MQTT 5, 4.7.2); subscribers to `#` would not see it.
  const root = topicPath(prefix).replace(/^\$/, '_') || '_';
  const base = [root, ...[line.enterprise, line.site, line.area, line.line].map(topicLevel)].join('/');
  const own = `${base}/_agent/${topicLevel(agent)}`;
  const of = (leaf: string) => (station: string) => `${base}/${topicLevel(station)}/${leaf}`;
  const commands = `${own}/cmd/`;
  return {
    quality: of('quality'),
    decision: of('decision'),
    shadow: of('shadow'),
    model: of('model'),
    state: of('state'),
    kpi: of('kpi'),
    shift: of('kpi/shift'),
    study: of('study'),
    chart: (station, name) => `${of('spc')(station)}/${topicLevel(name)}`,
    material: (station, name) => `${of('material')(station)}/${topicLevel(name)}`,
    tool: (station, name) => `${of('tool')(station)}/${topicLevel(name)}`,
    alarm: (code, subject) => {
      const [first = '', ...rest] = subject.split('/').filter(Boolean);
      const known = stations.includes(first);
      const place = known ? `${base}/${topicLevel(first)}` : own;
      return [place, 'alarm', code, ...(known || first === '' ? rest : [first, ...rest]).map(topicLevel)].join('/');
    },
    status: `${own}/status`,
    health: `${own}/health`,
    plan: `${own}/plan`,
    route: `${own}/route`,
    report: `${own}/report`,
    commands: `${commands}+`,
    reply: (verb) => `${commands}${topicLevel(verb)}/reply`,
    verbOf: (topic) => (topic.startsWith(commands) && !topic.includes('/', commands.length) ? topic.slice(commands.length) : ''),
    owns: (topic) => topic === root || topic.startsWith(`${root}/`),
  };
}
