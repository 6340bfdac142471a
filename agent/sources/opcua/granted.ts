/** What a server made of the wishes for its tags: it may look and publish less often than asked, and keep fewer values. */
import { LinesideError } from '../../errors.ts';
import type { Milliseconds } from '../../time.ts';
import { listed } from './standing.ts';

export interface Granted {
  readonly asked: { readonly sampling: Milliseconds; readonly queue: number };
  /** What the server said it does. */
  readonly sampling: Milliseconds;
  readonly queue: number;
  readonly publishing: Milliseconds;
}

/** Beyond twice the wish it is another thing than what was asked for. */
const MUCH = 2;
/** A trigger that is published less often than this costs the deadline, however often it is looked at. */
const LATE_TRIGGER: Milliseconds = 250;
/** As `sampling` of a trigger, see subscribe.ts. */
const TRIGGER: Milliseconds = 20;

/** What is worse than asked, in words; null where all is as asked. */
export function shortfall(tag: string, { asked, sampling, queue, publishing }: Granted): string | null {
  if (sampling > asked.sampling * MUCH) return `${tag} every ${round(sampling)} ms instead of ${round(asked.sampling)} ms`;
  // 0: the server reports changes as they happen (OPC 10000-4, 5.13.1.2), and nobody can say how many come in a publishing.
  const every = Math.max(sampling, asked.sampling);
  if (every > 0 && publishing > Math.max(queue * every, 1))
    return `${tag} keeps ${queue} of the ${Math.ceil(publishing / every)} values of a publishing, every ${round(publishing)} ms`;
  if (asked.sampling <= TRIGGER && publishing > LATE_TRIGGER) return `${tag} is published every ${round(publishing)} ms only`;
  return null;
}

/** One fault for the server, however many tags. */
export function revisedFault(server: string, granted: ReadonlyMap<string, Granted>): LinesideError | null {
  const short = [...granted].flatMap(([tag, one]) => shortfall(tag, one) ?? []);
  return short.length === 0 ? null : new LinesideError('OPCUA_REVISED', { server, tags: listed(short) });
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
