/** What SQLite and the file system throw, in the words of the error table. */
import { LinesideError, messageOf } from '../errors.ts';
import type { Fault, StartFault } from './protocol.ts';

/** `SQLITE_FULL`, `ENOSPC`, ...; '' for anything without a code. */
export function faultCode(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

const FULL = /^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)/;
const DAMAGE = /^(SQLITE_CORRUPT|SQLITE_NOTADB)/;
/** The entry's own fault, not the disk's: a repeat would fail the same way. */
const UNFIT = /^(SQLITE_CONSTRAINT|SQLITE_MISMATCH|SQLITE_TOOBIG|SQLITE_RANGE)/;

export const isFull = (thrown: unknown): boolean => FULL.test(faultCode(thrown));
export const isDamage = (thrown: unknown): boolean => DAMAGE.test(faultCode(thrown));
export const isUnfit = (thrown: unknown): boolean =>
  UNFIT.test(faultCode(thrown)) || thrown instanceof TypeError || thrown instanceof RangeError;

export function faultOf(thrown: unknown): Fault {
  const code = faultCode(thrown);
  const why = code === '' ? messageOf(thrown) : `${messageOf(thrown)} (${code})`;
  return { code: isFull(thrown) ? 'STORE_FULL' : 'STORE_FAILED', why };
}

export function startFaultOf(thrown: unknown): StartFault {
  if (!(thrown instanceof LinesideError)) return { ...faultOf(thrown), details: {} };
  const details = Object.fromEntries(
    Object.entries(thrown.details).map(([name, value]) => [name, typeof value === 'number' ? value : String(value)]),
  );
  return { code: thrown.code, why: String(thrown.details['why'] ?? ''), details };
}

export const asError = ({ code, why, details }: Fault & Partial<StartFault>): LinesideError => LinesideError.of(code, { why, ...details });
