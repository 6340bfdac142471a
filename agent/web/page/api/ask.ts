/** Asks the agent's API, and nobody else. */

/** Why it was not answered: problem details (RFC 9457) of the agent, or of the way to it. */
export interface Problem {
  readonly title: string;
  readonly next: string;
  readonly code: string;
  /** 0: nobody answered. */
  readonly status: number;
}

/** The same may be asked again later: nobody answered, nobody is signed in, too many asked at once, or the box is ill. */
export const isPassing = ({ status }: Problem): boolean =>
  status === 0 || status === 401 || status === 403 || status === 429 || status >= 500;

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  /** Version that the change was made from (RFC 9110, 13.1.1). */
  readonly ifMatch?: string;
  /** ms */
  readonly within?: number;
}

/** Told whenever the box says that nobody is signed in (RFC 9110, 15.5.2). */
let onSignedOut = (): void => {};
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

const WITHIN = 10_000;
export const API = '/api/v1';

/** `path` under /api/v1. Never throws. */
export async function ask<T>(path: string, { method = 'GET', body, ifMatch, within = WITHIN }: Asked = {}): Promise<Outcome<T>> {
  try {
    const reply = await fetch(`${API}${path}`, {
      method,
      headers: {
        // Whatever changes something says that it comes from this page: no other site can.
        ...(method === 'GET' ? {} : { 'x-lineside': '1' }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(within),
    });
    if (reply.status === UNAUTHORISED) onSignedOut();
    const text = await reply.text();
    const json: unknown = text === '' ? null : JSON.parse(text);
    return reply.ok ? { ok: true, value: json as T } : { ok: false, problem: { ...UNANSWERED, ...(json as object), status: reply.status } };
  } catch {
    return { ok: false, problem: UNANSWERED };
  }
}

const UNAUTHORISED = 401;
const UNANSWERED: Problem = {
  title: 'The box does not answer.',
  next: 'Check the network between here and the box, and whether the agent runs: systemctl status lineside.',
  code: 'UNANSWERED',
  status: 0,
};
