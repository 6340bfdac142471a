/**
 * Passwords, kept as scrypt (RFC 7914) makes them: `scrypt$15$8$1$<salt>$<key>`, the costs as powers and factors, salt and key in base64. One
 * is worked out at a time, in a thread of libuv's pool, 32 MB each: who tries many waits, and cameras and files have the other threads.
 */

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { LinesideError } from '../../errors.ts';
import { Turns } from '../../platform/turns.ts';

/** N = 2^15, r = 8, p = 1: 0.1 to 0.4 s of a gateway's processor. */
const COSTS = { log2n: 15, r: 8, p: 1 } as const;
/** Of what is read back from the file. */
const MOST_LOG2N = 17;
/** Of one: 128 N r, and room for what is read back. */
const MOST_MEMORY = 512e6;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const LONGEST_QUEUE = 16;

/** Characters. NIST SP 800-63B 5.1.1.2: a least length, and no rules about which characters. */
export const PASSWORD_LEAST = 8;
export const PASSWORD_MOST = 256;

interface Costs {
  readonly log2n: number;
  readonly r: number;
  readonly p: number;
}
type Derive = (password: string, salt: Uint8Array, costs: Costs) => Promise<Buffer>;

/** The same password typed on another keyboard may be other code points. */
const bytesOf = (password: string) => Buffer.from(password.normalize('NFKC'), 'utf8');

const derive: Derive = (password, salt, { log2n, r, p }) =>
  new Promise((resolve, reject) => {
    const N = 2 ** log2n;
    scrypt(bytesOf(password), salt, KEY_BYTES, { N, r, p, maxmem: MOST_MEMORY }, (thrown, key) => (thrown ? reject(thrown) : resolve(key)));
  });

/** What has been made of a password; throws USAGE where it is too short or too long. */
export async function secretOf(password: string): Promise<string> {
  const characters = [...password].length;
  if (characters < PASSWORD_LEAST || characters > PASSWORD_MOST)
    throw new LinesideError('USAGE', { why: `a password has ${PASSWORD_LEAST} to ${PASSWORD_MOST} characters` });
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, COSTS);
  return ['scrypt', COSTS.log2n, COSTS.r, COSTS.p, salt.toString('base64'), key.toString('base64')].join('$');
}

/** Compared with where there is no such user, so that the answer takes as long. Nobody's password. */
const NOBODY = ['scrypt', COSTS.log2n, COSTS.r, COSTS.p, 'A'.repeat(22), 'A'.repeat(43)].join('$');

export class Passwords {
  private readonly turns = new Turns(LONGEST_QUEUE);

  /** `secret` null: of nobody; false after as long as with one. Rejects with WEB_BUSY where too many wait already. */
  check(password: string, secret: string | null): Promise<boolean> {
    return this.turns.take(async () => {
      const isRight = await compare(password.slice(0, PASSWORD_MOST * 2), secret ?? NOBODY);
      return isRight && secret !== null;
    });
  }

  make(password: string): Promise<string> {
    return this.turns.take(() => secretOf(password));
  }
}

async function compare(password: string, secret: string): Promise<boolean> {
  const [name, log2n = '', r = '', p = '', salt = '', key = ''] = secret.split('$');
  const costs = { log2n: Number(log2n), r: Number(r), p: Number(p) };
  const isKnown = name === 'scrypt' && costs.log2n >= 1 && costs.log2n <= MOST_LOG2N && costs.r >= 1 && costs.r <= 16 && costs.p >= 1;
  if (!isKnown || costs.p > 4) return false;
  const wanted = Buffer.from(key, 'base64');
  // Costs that scrypt does not take are those of no password that was ever made.
  const found = await derive(password, Buffer.from(salt, 'base64'), costs).catch(() => Buffer.alloc(0));
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}
