/** What `lineside init` can be told on the command line, and the answers that follow from it. */
import { type CameraAnswer, TAG_ROLES, type TagRole, type TypedSecrets } from '../../contracts/first-config.ts';
import { LinesideError } from '../../errors.ts';

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
export const isReference = (text: string): boolean => /^\$\{(env|file):[^}\n]+\}$/.test(text);

/** The first is `top`, as the one that looks down on the part. */
export const cameraName = (index: number): string => (index === 0 ? 'top' : `camera_${index + 1}`);

/** An address, with `name:` before it where it has one of its own: top=rtsp://10.1.3.31/stream1. */
export function cameraOf(given: string, index: number): CameraAnswer {
  const [, own, rest = given] = /^([a-z][a-z0-9_]{0,39})=(.*)$/s.exec(given) ?? [];
  return { name: own ?? cameraName(index), address: rest };
}

/** On a command line every user of the box can read it. */
export function passwordFlag(flag: string, given: string | undefined): string | undefined {
  if (given === undefined || isReference(given)) return given;
  const why = `${flag} takes \${env:NAME} or \${file:/path}; a password on the command line can be read by every user of this box`;
  throw new LinesideError('USAGE', { why });
}

/** Nodes that the command line names, by what they are for. */
export function nodeFlags(options: InitOptions): Readonly<Partial<Record<TagRole, string>>> {
  const { trigger, part, counter, verdict, verdictPart } = options;
  const given = { trigger, part, counter, verdict, verdict_part: verdictPart };
  return Object.fromEntries(TAG_ROLES.flatMap((role) => (given[role] === undefined ? [] : [[role, given[role]]])));
}

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
