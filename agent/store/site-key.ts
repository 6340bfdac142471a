/** The key of this site: what codes of people are made with, so that nobody who reads a note can try names until one fits. */
import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LinesideError, messageOf } from '../errors.ts';

export const SITE_KEY = 'site.key';
const BYTES = 32;
const DIGITS = 10;

/** Somebody's code; the same for the same on this site. Throws STORE_FAILED where the key can neither be read nor made. */
export function personCode(folder: string): (who: string) => string {
  let key: Buffer | null = null;
  return (who) => {
    key ??= keyIn(folder);
    return createHmac('sha256', key).update(who.normalize('NFC').toLowerCase()).digest('hex').slice(0, DIGITS);
  };
}

/** Two processes that make it at once end with the same: a link does not replace what is there. */
function keyIn(folder: string): Buffer {
  const file = join(folder, SITE_KEY);
  try {
    if (!existsSync(file)) make(file);
    const key = readFileSync(file);
    if (key.length === BYTES) return key;
  } catch (thrown) {
    throw new LinesideError('STORE_FAILED', { why: `${file}: ${messageOf(thrown)}` }, { cause: thrown });
  }
  throw new LinesideError('STORE_FAILED', { why: `${file} holds no key` });
}

function make(file: string): void {
  const beside = `${file}.${process.pid}`;
  rmSync(beside, { force: true });
  const handle = openSync(beside, 'wx', 0o600);
  try {
    writeSync(handle, randomBytes(BYTES));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(beside, file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  } finally {
    rmSync(beside, { force: true });
  }
}
