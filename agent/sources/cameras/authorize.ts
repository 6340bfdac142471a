/**
 * The answer to an HTTP or RTSP challenge: Basic (RFC 7617) and Digest with MD5 or SHA-256 (RFC 7616), which most cameras ask for.
 *
 * Our own, since no kept client fits: Node's HTTP parser and everything built on it refuses what cameras write (response.ts), the
 * packages for Digest read one challenge and only MD5, and curl as a child would cost a process for every snapshot.
 */
import { createHash } from 'node:crypto';
import type { Secret } from '../../contracts/index.ts';
import type { Details } from '../../errors.ts';

export interface Credentials {
  readonly user: string;
  readonly password: Secret;
}
export interface Request {
  readonly method: string;
  /** Path and query. */
  readonly uri: string;
  /** Random, and how often this challenge has been answered. */
  readonly cnonce: string;
  readonly count: number;
}

/**
 * User and password were not taken, or are not allowed the picture: cameras lock the account after a few of either. Some say so with a
 * page, or with the way to one, instead of a status; such a fault has `refused`.
 */
export const isRefusal = ({ status, refused }: Details): boolean => status === 401 || status === 403 || refused === true;

/** One way in which a camera asks. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[\w!#$%&'*+.^`|~-]+/y;
const VALUE = /\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]*))/y;

/**
 * Every challenge of WWW-Authenticate headers, each with its own parameters. RFC 9110, 11.6.1: several may stand in one header, and a
 * name that no `=` follows begins the next. What cannot be read ends the reading of its header.
 */
export function challengesOf(headers: readonly string[]): readonly Challenge[] {
  return headers.flatMap(challengesIn);
}

function challengesIn(header: string): Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  for (let at = skip(header, 0); at < header.length; at = skip(header, at)) {
    const name = match(TOKEN, header, at)?.[0];
    if (name === undefined) break;
    at += name.length;
    const value = match(VALUE, header, at);
    if (value === null) {
      found.push({ scheme: name.toLowerCase(), parameters: new Map() });
      continue;
    }
    at += value[0].length;
    // The first one counts: what a second `nonce` would mean is nobody's guess.
    const { parameters } = found.at(-1) ?? { parameters: new Map<string, string>() };
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value[1]?.replace(/\\(.)/g, '$1') ?? value[2] ?? '');
  }
  return found;
}

const skip = (text: string, from: number): number => {
  let at = from;
  while (text[at] === ' ' || text[at] === ',' || text[at] === '\t') at++;
  return at;
};
function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The camera took the password, but wants its newest nonce: the only reason to answer again. */
export const isStale = (challenges: readonly Challenge[]): boolean =>
  challenges.some(({ parameters }) => parameters.get('stale')?.toLowerCase() === 'true');

/** The challenge to answer, the strongest first; undefined when none is known. */
export function strongest(challenges: readonly Challenge[]): Challenge | undefined {
  const rank = (challenge: Challenge) => (challenge.scheme === 'basic' ? 0 : challenge.scheme === 'digest' ? strengthOf(challenge) : -1);
  const best = [...challenges].sort((a, b) => rank(b) - rank(a))[0];
  return best && rank(best) >= 0 ? best : undefined;
}

/** What a camera asks for, for the end of a sentence; '' where it says nothing of it. */
export function askedFor(challenges: readonly Challenge[]): string {
  const each = challenges.map(({ scheme, parameters }) => {
    const [algorithm, qop] = [parameters.get('algorithm'), parameters.get('qop')];
    if (scheme !== 'digest') return scheme;
    return `digest${algorithm ? ` with ${algorithm}` : ''}${qop && !offersAuth(qop) ? ` with qop ${qop}` : ''}`;
  });
  return [...new Set(each)].slice(0, 4).join(', ').slice(0, 80);
}

const ALGORITHMS: Readonly<Record<string, { readonly hash: string; readonly session: boolean; readonly strength: number }>> = {
  MD5: { hash: 'md5', session: false, strength: 1 },
  'MD5-SESS': { hash: 'md5', session: true, strength: 1 },
  'SHA-256': { hash: 'sha256', session: false, strength: 2 },
  'SHA-256-SESS': { hash: 'sha256', session: true, strength: 2 },
};
const algorithmOf = ({ parameters }: Challenge) => ALGORITHMS[(parameters.get('algorithm') || 'MD5').toUpperCase()];
const strengthOf = (challenge: Challenge): number => {
  // A key with nothing behind it is as good as none.
  const qop = challenge.parameters.get('qop') || undefined;
  return qop !== undefined && !offersAuth(qop) ? -1 : (algorithmOf(challenge)?.strength ?? -1);
};
const offersAuth = (qop: string): boolean => qop.split(',').some((one) => one.trim().toLowerCase() === 'auth');

/** The Authorization header for a challenge of `strongest`. */
export function answer(challenge: Challenge, { user, password }: Credentials, request: Request): string {
  if (challenge.scheme === 'basic') return `Basic ${Buffer.from(`${user}:${password.reveal()}`).toString('base64')}`;
  const { parameters } = challenge;
  const { hash = 'md5', session = false } = algorithmOf(challenge) ?? {};
  const of = (...parts: string[]) => createHash(hash).update(parts.join(':')).digest('hex');
  const [realm, nonce] = [parameters.get('realm') ?? '', parameters.get('nonce') ?? ''];
  const nc = request.count.toString(16).padStart(8, '0');
  // Old cameras (RFC 2069) ask without qop, and want an answer without.
  const counted = (parameters.get('qop') ?? '') !== '';
  const login = of(user, realm, password.reveal());
  const secret = session ? of(login, nonce, request.cnonce) : login;
  const response = of(secret, nonce, ...(counted ? [nc, request.cnonce, 'auth'] : []), of(request.method, request.uri));
  return `Digest ${[
    `username=${quoted(user)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(request.uri)}`,
    ...(parameters.get('algorithm') ? [`algorithm=${parameters.get('algorithm')}`] : []),
    `response="${response}"`,
    ...(counted ? ['qop=auth', `nc=${nc}`] : []),
    ...(counted || session ? [`cnonce=${quoted(request.cnonce)}`] : []),
    ...(parameters.has('opaque') ? [`opaque=${quoted(parameters.get('opaque') ?? '')}`] : []),
  ].join(', ')}`;
}

/** A camera's own words go back to it: no line end may come along. */
const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n\0]/g, '')}"`;
