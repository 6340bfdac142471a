/** What `lineside init` can be told on the command line, and the answers that follow from it. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { mendOf } from '../../config/checks/paths.ts';
import {
  type Answers,
  type BrokerAnswer,
  type CameraAnswer,
  type InstalledPackage,
  type PlcAnswer,
  TAG_ROLES,
  type TagAnswer,
  type TagRole,
  type TypedSecrets,
} from '../../contracts/first-config.ts';
import { LinesideError } from '../../errors.ts';
import type { FirstConfig } from '../../runtime/first-config/first-config.ts';
import { MOST_CANDIDATES } from '../../runtime/first-config/propose.ts';
import { holdsLogin } from '../../runtime/first-config/secrets-apart.ts';

export interface InitOptions {
  readonly out: string;
  readonly line?: string;
  readonly station?: string;
  readonly camera?: readonly string[];
  readonly package?: string;
  readonly plc?: string;
  readonly plcUser?: string;
  readonly plcPassword?: string;
  readonly plcUnencrypted?: boolean;
  readonly trust?: string;
  readonly trigger?: string;
  readonly part?: string;
  readonly counter?: string;
  readonly verdict?: string;
  readonly verdictPart?: string;
  readonly broker?: string;
  readonly brokerUser?: string;
  readonly brokerPassword?: string;
  readonly brokerCa?: string;
  readonly brokerUnencrypted?: boolean;
  readonly store?: string;
  readonly models?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export interface Line {
  readonly enterprise: string;
  readonly site: string;
  readonly area: string;
  readonly line: string;
}

export const DEFAULTS = { line: 'plant/site/area/line1', station: 'station', package: 'surface-defect' } as const;

/** Why it is none, or the line; four levels of ISA-95 with / between. */
export function lineOf(text: string): Line | { readonly why: string } {
  const [enterprise = '', site = '', area = '', line = '', ...more] = text.split('/').map((level) => level.trim());
  const levels = [enterprise, site, area, line];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no topic may have.
  const isLevel = (level: string) => level !== '' && level.length <= 64 && !/[+#\u0000-\u001f\u007f]/.test(level);
  if (more.length > 0 || !levels.every(isLevel)) return { why: 'Four names with / between, without + and #: enterprise/site/area/line.' };
  return { enterprise, site, area, line };
}

export const isName = (text: string): boolean => /^[a-z][a-z0-9_]{0,39}$/.test(text);
export const NAME_RULE = 'Small letters, digits and _, beginning with a letter.';
/** Line and station as the flags have them, else the usual ones. Throws USAGE. */
export function placeOf({ line: typed = DEFAULTS.line, station = DEFAULTS.station }: InitOptions): {
  readonly line: Line;
  readonly station: string;
} {
  const line = lineOf(typed);
  if ('why' in line) throw new LinesideError('USAGE', { why: `--line: ${line.why}` });
  if (!isName(station)) throw new LinesideError('USAGE', { why: `--station: ${NAME_RULE}` });
  return { line, station };
}
export const isReference = (text: string): boolean => /^\$\{(env|file):[^}\n]+\}$/.test(text);

/** The first is `top`, as the one that looks down on the part. */
export const cameraName = (index: number): string => (index === 0 ? 'top' : `camera_${index + 1}`);

/** An address, with `name:` before it where it has one of its own: top=rtsp://10.1.3.31/stream1. */
export function cameraOf(given: string, index: number): CameraAnswer {
  const [, own, rest = given] = /^([a-z][a-z0-9_]{0,39})=(.*)$/s.exec(given) ?? [];
  return { name: own ?? cameraName(index), address: rest };
}

/**
 * A path of the command line means the folder it was typed in, one of the file the file's own: below that it is written as seen from
 * there, else absolute. What is no path is left to the config's check.
 */
export function pathInFile(given: string, base: string): string {
  if (isAbsolute(given) || given.includes('${') || mendOf(given)) return given;
  const seen = relative(base, resolve(given));
  if (seen === '') return '.';
  return seen === '..' || seen.startsWith(`..${sep}`) || isAbsolute(seen) ? resolve(given) : seen;
}

/** The cameras that --camera names. Throws USAGE where two have the same name. */
export function camerasOf({ camera = [] }: InitOptions): readonly CameraAnswer[] {
  const cameras = camera.map(cameraOf);
  const twice = cameras.find(({ name }, index) => cameras.findIndex((other) => other.name === name) < index);
  if (twice) throw new LinesideError('USAGE', { why: `two cameras have the same name, ${twice.name}; name=url gives each its own` });
  return cameras;
}

/** Those for pictures, with that of --package among them. Rejects with USAGE. */
export async function packagesFor(desk: FirstConfig, { package: wanted }: InitOptions): Promise<readonly InstalledPackage[]> {
  const installed = await desk.packages();
  if (installed.length === 0)
    throw new LinesideError('USAGE', { why: 'no model package for pictures is installed; --models names their folder' });
  if (wanted === undefined || installed.some(({ name }) => name === wanted)) return installed;
  const there = installed.map(({ name }) => name).join(', ');
  throw new LinesideError('USAGE', { why: `there is no model package ${wanted} for pictures; there are ${there}` });
}

/** What the flags say of the PLC, whose address may still be asked for. Throws USAGE. */
export function plcByFlags({ plc = '', plcUser, plcPassword, plcUnencrypted }: InitOptions): PlcAnswer {
  if (holdsLogin(plc)) throw new LinesideError('USAGE', { why: `--plc ${NO_LOGIN}; take it out, and say --plc-user and --plc-password` });
  const password = passwordFlag('--plc-password', plcPassword);
  if (password !== undefined && plcUser === undefined) throw new LinesideError('USAGE', { why: '--plc-password needs --plc-user' });
  return {
    endpoint: plc,
    tags: {},
    ...(plcUser === undefined ? {} : { user: plcUser }),
    ...(password === undefined ? {} : { password }),
    ...(plcUnencrypted ? { unencrypted: true } : {}),
  };
}
export const NO_LOGIN = 'holds a user or a password, which everybody would read in the config';

/** What the flags say of the broker, whose address may still be asked for. Throws USAGE. */
export function brokerByFlags(options: InitOptions, base: string): BrokerAnswer {
  const { broker = '', brokerUser, brokerPassword, brokerCa, brokerUnencrypted } = options;
  const password = passwordFlag('--broker-password', brokerPassword);
  if (password !== undefined && brokerUser === undefined)
    throw new LinesideError('USAGE', { why: '--broker-password needs --broker-user' });
  return {
    address: broker,
    ...(brokerUser === undefined ? {} : { user: brokerUser }),
    ...(password === undefined ? {} : { password }),
    ...(brokerCa === undefined ? {} : { ca: pathInFile(brokerCa, base) }),
    ...(brokerUnencrypted ? { unencrypted: true } : {}),
  };
}

/** SHA-256 as people copy it, with or without colons. */
export const isTrusted = (fingerprint: string, { trust }: InitOptions): boolean =>
  trust?.replaceAll(/[:\s]/g, '').toLowerCase() === fingerprint;

/** On a command line every user of the box can read it. */
export function passwordFlag(flag: string, given: string | undefined): string | undefined {
  if (given === undefined || isReference(given)) return given;
  const why = `${flag} takes \${env:NAME} or \${file:/path}; a password on the command line can be read by every user of this box`;
  throw new LinesideError('USAGE', { why });
}

/** Nodes that the command line names, by what they are for; name and type are those of `candidates`, where one is that node. */
export function tagsByFlags(options: InitOptions, candidates: readonly TagAnswer[] = []): PlcAnswer['tags'] {
  const { trigger, part, counter, verdict, verdictPart } = options;
  const given = { trigger, part, counter, verdict, verdict_part: verdictPart };
  const answerFor = (role: TagRole, node: string): TagAnswer =>
    asAnswer(candidates.find((candidate) => candidate.node === node) ?? { node, name: role, type: '' });
  return Object.fromEntries(
    TAG_ROLES.flatMap((role) => {
      const node = given[role];
      return node === undefined ? [] : [[role, answerFor(role, node)]];
    }),
  );
}

/** Without what was only for the eye. */
export const asAnswer = ({ node, name, type }: TagAnswer): TagAnswer => ({ node, name, type });

/** What one question came to, for the script that asked for it. */
export interface TriedLine {
  readonly what: string;
  readonly ok: boolean;
  /** What was found, or the operator's sentence. */
  readonly detail: string;
  readonly code?: string;
  readonly next?: string;
}

export const NO_SECRETS: TypedSecrets = {};

/** What the file cannot hold is no rhythm of a trigger. */
export const samplingOf = (ms: number | null) => (ms === null || ms < 1 || ms > 60_000 ? {} : { sampling_ms: ms });

/** Said of a PLC with more nodes than that. */
export const CUT = `Only its first ${MOST_CANDIDATES} nodes were looked through: a tag beyond them is named by a flag (--trigger, --part, …) or in the file; \`lineside browse\` lists nodes`;

/** What the agent would refuse is told before anybody is asked, and never written. Rejects with USAGE. */
export async function mustBeRight(desk: FirstConfig, answers: Answers): Promise<void> {
  const refusal = await desk.refusal(answers);
  if (refusal) throw new LinesideError('USAGE', { why: `the agent would not run with this: ${refusal.text}. No config was written` });
}
