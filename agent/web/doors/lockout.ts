/**
 * Slows down who guesses: after a few wrong passwords each further try waits twice as long as the one before, by user and by address. A try
 * counts when it begins, so that many at once are as slow as one after the other; a right one forgets. Nobody is locked out for good, and
 * the wait of a user, whom anybody may name, stays short. Kept in memory, bounded; the oldest goes first.
 */
import { isIPv6 } from 'node:net';
import { type Clock, Hours, type Milliseconds, Minutes, Seconds } from '../../time.ts';

/** Wrong ones that cost nothing. */
const FREE = 3;
const FIRST_WAIT: Milliseconds = Seconds(1);
const LONGEST: Readonly<Record<Kind, Milliseconds>> = { user: Seconds(30), address: Minutes(15) };
const FORGOTTEN_AFTER: Milliseconds = Hours(1);
const MOST = 2048;

type Kind = 'user' | 'address';
export interface Who {
  /** Of a user that there is; null for all others together, so that guessed names fill nothing. */
  readonly user: string | null;
  readonly address: string;
}
interface Tries {
  count: number;
  /** Monotonic. */
  until: number;
  at: number;
}

export class Lockout {
  private readonly clock: Pick<Clock, 'elapsed'>;
  /** The one that was used last is the last. */
  private readonly tries = new Map<string, Tries>();

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.clock = clock;
  }

  /** 0: go on, and it counts as one try. Else how long to wait; then nothing is counted. */
  begin(who: Who): Milliseconds {
    const now = this.clock.elapsed();
    const keys = keysOf(who);
    const wait = Math.max(...keys.map(([key]) => (this.known(key, now)?.until ?? 0) - now));
    if (wait > 0) return wait;
    for (const [key, kind] of keys) this.count(key, kind, now);
    return 0;
  }

  /** It was the right one. */
  forget(who: Who): void {
    for (const [key] of keysOf(who)) this.tries.delete(key);
  }

  private known(key: string, now: number): Tries | undefined {
    const found = this.tries.get(key);
    if (!found || now - found.at < FORGOTTEN_AFTER) return found;
    this.tries.delete(key);
    return undefined;
  }

  private count(key: string, kind: Kind, now: number): void {
    const count = (this.tries.get(key)?.count ?? 0) + 1;
    const wait = count < FREE ? 0 : Math.min(LONGEST[kind], FIRST_WAIT * 2 ** Math.min(30, count - FREE));
    this.tries.delete(key);
    this.tries.set(key, { count, until: now + wait, at: now });
    for (const oldest of this.tries.keys()) {
      if (this.tries.size <= MOST) break;
      this.tries.delete(oldest);
    }
  }
}

const keysOf = ({ user, address }: Who): readonly (readonly [string, Kind])[] => [
  [`user ${user ?? ''}`, 'user'],
  [`address ${networkOf(address)}`, 'address'],
];

/** Whoever has one IPv6 address has 2^64 of them. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/i, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const before = head.split(':').filter((part) => part !== '');
  const after = tail.split(':').filter((part) => part !== '');
  const zeros = plain.includes('::') ? Math.max(0, 8 - before.length - after.length) : 0;
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after].slice(0, 4).join(':');
}
