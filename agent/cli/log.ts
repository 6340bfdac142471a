/** The log: JSON lines on standard error, secrets blanked, errors with their code. */
import pino from 'pino';
import { redactor } from '../config/secrets.ts';
import { harmless, type Log } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';

/** Those of pino (github.com/pinojs/pino, docs/api.md#logger-level). */
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** The level that LINESIDE_LOG asks for, else `usual`. Throws USAGE where there is no such level. */
export function logLevel(usual: string, asked = process.env['LINESIDE_LOG']): string {
  if (asked === undefined || asked === '') return usual;
  if (LEVELS.includes(asked)) return asked;
  throw new LinesideError('USAGE', { why: `LINESIDE_LOG is ${asked}; the levels are ${LEVELS.join(', ')}` });
}

export interface LogOptions {
  readonly level: string;
  /** Never to be written, wherever in a line they stand. */
  readonly secrets?: readonly string[];
}

export function createLog({
  level,
  secrets = [],
}: LogOptions): Log & { setSecrets(secrets: readonly string[]): void; setLevel(level: string): void } {
  let redact = redactor(secrets);
  const destination = pino.destination({ dest: 2, sync: true });
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    { write: (line: string) => void destination.write(redact(harmless(line))) },
  );
  return Object.assign(logger as unknown as Log, {
    setSecrets: (next: readonly string[]) => {
      redact = redactor(next);
    },
    setLevel: (next: string) => {
      logger.level = next;
    },
  });
}
