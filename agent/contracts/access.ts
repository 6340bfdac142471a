/** Who may do what on the page, and who is signed in. */

/** Each may what those before it may. operator: acknowledges and labels. technician: changes the line. admin: users. */
export const ROLES = ['operator', 'technician', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A user's name: what a person types on a panel, and what stands in the audit log. */
export const USER_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}$/u;

export interface User {
  readonly name: string;
  readonly role: Role;
  /** Wall time of the last change of password or role. */
  readonly changedAt: number;
}

/** A user with what his password is compared with, as agent/web/doors/passwords.ts made it. Never leaves the process. */
export interface UserSecret extends User {
  readonly secret: string;
}

/** A browser that is signed in. Times are wall time. */
export interface Session {
  /** Names it to people; it is not what the browser shows. */
  readonly id: string;
  readonly user: string;
  readonly role: Role;
  /** That it was begun from. */
  readonly address: string;
  readonly beganAt: number;
  readonly seenAt: number;
  readonly endsAt: number;
}

export interface NewSession {
  readonly id: string;
  /** SHA-256 of what the browser shows, hexadecimal: who reads the file can not sign in by it. */
  readonly token: string;
  readonly user: string;
  readonly address: string;
  readonly at: number;
  readonly endsAt: number;
}

/** Users and sessions, kept over restarts. Each rejects with STORE_FAILED where the disk does not take it. */
export interface AccessBook {
  /** Somebody can sign in. */
  hasUsers(): Promise<boolean>;
  users(): Promise<readonly User[]>;
  user(name: string): Promise<UserSecret | null>;
  /** Makes or changes a user; a changed password or role ends all sessions of that user. */
  put(user: UserSecret): Promise<void>;
  /** false: there is no such user. */
  remove(name: string): Promise<boolean>;
  /** Beyond the bound of a user's sessions the oldest of them ends. */
  begin(session: NewSession): Promise<void>;
  /** Null: there is none, or it has ended. */
  session(token: string, now: number): Promise<Session | null>;
  /** Was used at `now`. */
  seen(token: string, now: number, endsAt: number): Promise<void>;
  sessions(now: number): Promise<readonly Session[]>;
  /** By its id; false: there is no such session. */
  end(id: string): Promise<boolean>;
  close(): Promise<void>;
}
