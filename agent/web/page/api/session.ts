/** Who looks, and what he may. */
import { createSignal } from 'solid-js';
import { ask, type Outcome, whenSignedOut } from './ask.ts';
import type { Here, Role, SignedIn } from './types.ts';

const [here, setHere] = createSignal<Here>();

/** Undefined before the box has said it. */
export { here };

export async function lookWho(): Promise<void> {
  const outcome = await ask<Here>('/session');
  if (outcome.ok) setHere(outcome.value);
}

// A session that has ended shows first in an answer: what is offered follows at once.
whenSignedOut(() => void lookWho());

/** False where it is known that this page is shown to people only who have signed in. */
export const mayLook = (): boolean => here()?.may_look ?? true;

/** Empty: nobody has signed in. */
export const userHere = (): string => here()?.session?.user ?? '';

const RANK: readonly Role[] = ['operator', 'technician', 'admin'];

/** Each may what those before it may; whoever has not signed in changes nothing. */
export function may(needs: Role): boolean {
  const role = here()?.session?.role;
  return role !== undefined && RANK.indexOf(role) >= RANK.indexOf(needs);
}

export async function signIn(user: string, password: string): Promise<Outcome<SignedIn>> {
  return seen(await ask<SignedIn>('/session', { method: 'POST', body: { user, password } }));
}
export async function signOut(): Promise<void> {
  await seen(await ask<null>('/session', { method: 'DELETE' }));
}
/** Has a one-time code written into a file that only the agent's user can read. */
export const askCode = (): Promise<Outcome<{ file: string; good_for_s: number }>> => ask('/session/code', { method: 'POST' });
export async function resetWith(code: string, user: string, password: string): Promise<Outcome<SignedIn>> {
  return seen(await ask<SignedIn>('/session/reset', { method: 'POST', body: { code, user, password } }));
}

async function seen<T>(outcome: Outcome<T>): Promise<Outcome<T>> {
  if (outcome.ok) await lookWho();
  return outcome;
}
