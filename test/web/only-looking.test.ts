/** Somebody who may only look tries to change: every route that changes something, as the agent's own document of its API has them. */
import { expect, it } from 'vitest';
import { converse } from './conversation.ts';
import { setPassword, signedIn, startPage } from './page.ts';

const PASSWORD = 'correct horse';
const ROLES = ['operator', 'technician', 'admin'] as const;
type Role = (typeof ROLES)[number];

interface Operation {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

const isRole = (text: string | undefined): text is Role => ROLES.some((role) => role === text);

/** What is done before anybody is signed in, or by whoever is. */
const OWN = ['post /session', 'delete /session', 'post /session/code', 'post /session/reset'];

it('is refused with a sentence and a next step, wherever the route takes more than he is', { timeout: 60_000 }, async () => {
  const page = await startPage({ rate: 100_000 });
  const { document } = await converse(`http://127.0.0.1:${page.port}`);
  const cookies = new Map<Role | 'nobody', string | undefined>([['nobody', undefined]]);
  for (const role of ROLES.slice(0, 2)) {
    await setPassword(page.folder, role, PASSWORD, role);
    cookies.set(role, await signedIn(page, role, PASSWORD));
  }
  const changing = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const [role] = (operation as Operation).security?.flatMap(({ session }) => session ?? []) ?? [];
      return method === 'get' || OWN.includes(`${method} ${path}`) ? [] : [{ path, method, role }];
    }),
  );
  expect(changing.length).toBeGreaterThan(25);
  // None that anybody may.
  expect(changing.filter(({ role }) => !isRole(role))).toEqual([]);
  const before = page.acts.length;
  const letIn: string[] = [];
  for (const { path, method, role } of changing) {
    for (const [who, cookie] of cookies) {
      if (who !== 'nobody' && ROLES.indexOf(who) >= ROLES.indexOf(role as Role)) continue;
      const address = `/api/v1${path.replaceAll(/\{[^}]+\}/g, 'x')}`;
      const { status, json } = await page.ask(address, {
        method: method.toUpperCase(),
        ...(method === 'delete' ? {} : { body: {} }),
        cookie,
      });
      const isRefused = status === (who === 'nobody' ? 401 : 403) && /\w.*\.$/.test(json?.title) && /\w.*\.$/.test(json?.next);
      if (!isRefused) letIn.push(`${who} ${method} ${path}: ${status} ${JSON.stringify(json)}`);
    }
  }
  expect(letIn).toEqual([]);
  // Nothing of it was begun.
  expect(page.acts.slice(before)).toEqual([]);
});
