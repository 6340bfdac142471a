/** Who asks: signed in, or only on this box, or neither; and what a route needs of him. */
import type { FastifyRequest } from 'fastify';
import { ROLES, type Role, type Session } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { isLoopback } from './networks.ts';

/** nobody: everybody may. look: who is on this box, or signed in. A role: that one or more. */
export type Needs = 'nobody' | 'look' | Role;

export interface Caller {
  readonly address: string;
  /** On this box, and not for somebody else: a proxy says whom it asks for. */
  readonly isLocal: boolean;
  readonly session: Session | null;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Absent: admin. */
    readonly needs?: Needs;
  }
  interface FastifyRequest {
    caller: Caller;
  }
}

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

export function callerOf({ socket, headers }: Pick<FastifyRequest, 'socket' | 'headers'>, session: Session | null): Caller {
  const address = socket.remoteAddress ?? '';
  return { address, isLocal: isLoopback(address) && FORWARDED.every((name) => headers[name] === undefined), session };
}

/** Throws WEB_SIGN_IN_NEEDED or WEB_FORBIDDEN. */
export function admit({ isLocal, session }: Caller, needs: Needs): void {
  if (needs === 'nobody' || (needs === 'look' && isLocal)) return;
  if (!session) throw new LinesideError('WEB_SIGN_IN_NEEDED');
  if (needs === 'look' || ROLES.indexOf(session.role) >= ROLES.indexOf(needs)) return;
  throw new LinesideError('WEB_FORBIDDEN', { user: session.user, role: session.role, needs });
}

/** The guard has let nobody through without a session where a role is needed. Throws WEB_SIGN_IN_NEEDED. */
export function userOf({ session }: Caller): string {
  if (!session) throw new LinesideError('WEB_SIGN_IN_NEEDED');
  return session.user;
}

/** Without a side effect, RFC 9110 9.2.1. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** No page of another site can send it without being allowed to first, and nobody is (Fetch 3.2: no CORS here). */
const OWN_HEADER = 'x-lineside';

/** Whatever changes something comes from this server's own page, or from a program that says so. Throws WEB_FOREIGN. */
export function refuseForeign({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): void {
  if (SAFE.has(method)) return;
  const { origin, host } = headers;
  const foreign = (why: string) => new LinesideError('WEB_FOREIGN', { why });
  if (headers[OWN_HEADER] === undefined) throw foreign('it has no header X-Lineside');
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw foreign(`it comes from ${String(site)}`);
  if (origin !== undefined && hostOf(origin) !== host?.toLowerCase()) throw foreign(`its origin is ${origin.slice(0, 100)}`);
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
