/**
 * Sessions of browsers. The cookie holds 256 random bits, the file their SHA-256. A session ends when nothing was asked for twelve hours, a
 * week after it began, when its user or an admin ends it, and when the user's password or role changes.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { AccessBook, Session } from '../../contracts/index.ts';
import { type Clock, Days, Hours, type Milliseconds, Minutes, Seconds } from '../../time.ts';

const IDLE: Milliseconds = Hours(12);
export const LONGEST: Milliseconds = Days(7);
/** A session that goes on is written down this often: every request would wear out the disk. */
const NOTED_EVERY: Milliseconds = Minutes(10);
/** A page asks for many things at once; one that another process has ended lives so much longer. */
const REMEMBERED: Milliseconds = Seconds(2);
const MOST_REMEMBERED = 256;
const TOKEN = /^[\w-]{43}$/;

interface Remembered {
  readonly session: Session | null;
  /** Monotonic. */
  readonly at: number;
}

export interface SessionsOptions {
  readonly clock: Clock;
  readonly access: AccessBook;
}

export class Sessions {
  private readonly clock: Clock;
  private readonly access: AccessBook;
  private readonly remembered = new Map<string, Remembered>();

  constructor({ clock, access }: SessionsOptions) {
    this.clock = clock;
    this.access = access;
  }

  /** Of what a browser shows; null where there is none, or none any more. */
  async of(shown: string): Promise<Session | null> {
    if (!TOKEN.test(shown)) return null;
    const token = tokenOf(shown);
    const known = this.remembered.get(token);
    if (known && this.clock.elapsed() - known.at < REMEMBERED) return known.session;
    const now = this.clock.now();
    const session = await this.access.session(token, now);
    this.remember(token, session);
    if (session && now - session.seenAt > NOTED_EVERY) await this.note(token, session, now);
    return session;
  }

  /** Returns what the browser has to show from now on. */
  async begin(user: string, address: string): Promise<{ readonly shown: string; readonly endsAt: number }> {
    const shown = randomBytes(32).toString('base64url');
    const at = this.clock.now();
    const endsAt = endOf(at, at);
    await this.access.begin({ id: randomBytes(8).toString('hex'), token: tokenOf(shown), user, address, at, endsAt });
    return { shown, endsAt };
  }

  async end(id: string): Promise<boolean> {
    this.forget();
    const ended = await this.access.end(id);
    this.forget();
    return ended;
  }

  /** Users or sessions have changed. */
  forget(): void {
    this.remembered.clear();
  }

  /** A disk that is full shuts nobody out: the session ends sooner, that is all, and the store says what is wrong with the disk. */
  private async note(token: string, { beganAt }: Session, now: number): Promise<void> {
    await this.access.seen(token, now, endOf(beganAt, now)).catch(() => {});
  }

  private remember(token: string, session: Session | null): void {
    // Whoever shows what was never given out would fill it.
    if (!session) return;
    this.remembered.delete(token);
    this.remembered.set(token, { session, at: this.clock.elapsed() });
    for (const oldest of this.remembered.keys()) {
      if (this.remembered.size <= MOST_REMEMBERED) break;
      this.remembered.delete(oldest);
    }
  }
}

const endOf = (beganAt: number, now: number): number => Math.min(now + IDLE, beganAt + LONGEST);
const tokenOf = (shown: string): string => createHash('sha256').update(shown).digest('hex');
