/** Faults of the config file: where, what was found, what is allowed. All of a file are reported at once. */
import { LinesideError } from '../errors.ts';
import { type Covered, NOTHING } from './covered.ts';

export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count. */
  readonly column: number;
  /** Characters to underline, at least 1. */
  readonly length: number;
}

export interface ConfigFault extends Place {
  readonly file: string;
  /** A sentence: what was found and what is allowed. Never holds a secret. */
  readonly text: string;
  /** The line of the file, secrets masked. */
  readonly excerpt: string;
}

/** `file:line:column: sentence`, as compilers write it and editors follow it. */
export const formatFault = (fault: ConfigFault): string => `${fault.file}:${fault.line}:${fault.column}: ${fault.text}`;

/** As the API tells it. */
export const viewOf = ({ line, column, length, text }: ConfigFault) => ({ line, column, length, code: 'CONFIG_INVALID', text, next: NEXT });
const NEXT = new LinesideError('CONFIG_INVALID', { file: '', count: 1 }).next;

/** More than anybody mends in one go; looking for the rest of a file that is no config at all costs time and helps nobody. */
export const MOST_FAULTS = 50;

/** Thrown by loadConfig: CONFIG_INVALID with the faults of the file, in the order of its lines. */
export class ConfigInvalid extends LinesideError<'CONFIG_INVALID'> {
  readonly faults: readonly ConfigFault[];
  readonly warnings: readonly ConfigFault[];
  /** Faults beyond those that are told. */
  readonly more: number;
  /** What a mend may change: the file, its secret files, the packages it names. */
  readonly covered: Covered;

  constructor(
    file: string,
    faults: readonly ConfigFault[],
    warnings: readonly ConfigFault[],
    { more = 0, covered = NOTHING }: { readonly more?: number; readonly covered?: Covered } = {},
  ) {
    super('CONFIG_INVALID', { file, count: faults.length + more });
    this.faults = faults;
    this.warnings = warnings;
    this.more = more;
    this.covered = covered;
  }
}

/** In the order of the file; the same sentence at the same place once. */
export function inOrder(faults: readonly ConfigFault[]): readonly ConfigFault[] {
  const once = new Map(faults.map((fault) => [formatFault(fault), fault]));
  return [...once.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
