/** Users and sessions for the agent: the main thread's end of the thread that has the file. */
import type { AccessBook } from '../contracts/access.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';
import { type DeskAnswer, type DeskCall, ThreadDesk } from './thread-desk.ts';

type Call = keyof AccessBook;
export type AccessCall = DeskCall<Call>;
export type AccessAnswer = DeskAnswer;

/** Who signs in is one of few. */
const MOST_ASKED = 256;
const PATIENCE: Milliseconds = Seconds(10);

/** `folder`: of the journal, absolute. Nothing is opened before the first question. */
export function openAccess(folder: string, clock: Clock): AccessBook {
  const desk = new ThreadDesk<Call>({
    entry: 'store/access-worker',
    name: 'access',
    data: folder,
    clock,
    most: MOST_ASKED,
    patience: PATIENCE,
  });
  return {
    hasUsers: () => desk.ask('hasUsers'),
    users: () => desk.ask('users'),
    user: (name) => desk.ask('user', name),
    put: (user) => desk.ask('put', user),
    remove: (name) => desk.ask('remove', name),
    begin: (session) => desk.ask('begin', session),
    session: (token, now) => desk.ask('session', token, now),
    seen: (token, now, endsAt) => desk.ask('seen', token, now, endsAt),
    sessions: (now) => desk.ask('sessions', now),
    end: (id) => desk.ask('end', id),
    close: () => desk.close('close'),
  };
}
