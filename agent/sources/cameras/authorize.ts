/** The answer to an HTTP challenge: Basic (RFC 7617) and Digest with MD5 or SHA-256 (RFC 7616), which most cameras ask for. */
import { createHash } from 'node:crypto';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}
export interface Request {
  readonly method: string;
  /** Path and query. */
  readonly uri: string;
  /** Random, and how often this challenge has been answered. */
  readonly cnonce: string;
  readonly count: number;
}

/** The Authorization header for a WWW-Authenticate header; undefined when none of its schemes is known. */
export function authorize(challenge: string, { user, password }: Credentials, request: Request): string | undefined {
  const digest = /\bdigest\s+(.*)/is.exec(challenge)?.[1];
  if (digest !== undefined) return answerDigest(parametersOf(digest), { user, password }, request);
  if (/\bbasic\b/i.test(challenge)) return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return undefined;
}

const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256' };

function answerDigest(asked: ReadonlyMap<string, string>, { user, password }: Credentials, request: Request): string | undefined {
  const algorithm = asked.get('algorithm') ?? 'MD5';
  const hash = HASHES[algorithm.toUpperCase()];
  if (hash === undefined) return undefined;
  const of = (...parts: string[]) => createHash(hash).update(parts.join(':')).digest('hex');
  const [realm, nonce] = [asked.get('realm') ?? '', asked.get('nonce') ?? ''];
  const nc = request.count.toString(16).padStart(8, '0');
  // Old cameras (RFC 2069) ask without qop, and want an answer without.
  const qop = asked
    .get('qop')
    ?.split(',')
    .some((one) => one.trim() === 'auth')
    ? ['auth']
    : [];
  const counted = qop.length > 0 ? [nc, request.cnonce, 'auth'] : [];
  const response = of(of(user, realm, password), nonce, ...counted, of(request.method, request.uri));
  return `Digest ${[
    ...[`username="${user}"`, `realm="${realm}"`, `nonce="${nonce}"`, `uri="${request.uri}"`, `algorithm=${algorithm}`],
    ...[`response="${response}"`],
    ...(qop.length > 0 ? ['qop=auth', `nc=${nc}`, `cnonce="${request.cnonce}"`] : []),
    ...(asked.has('opaque') ? [`opaque="${asked.get('opaque')}"`] : []),
  ].join(', ')}`;
}

const parametersOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map(([, name = '', quoted, bare]) => [name.toLowerCase(), quoted ?? bare ?? '']),
  );
