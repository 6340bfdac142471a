import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { ConfigPort } from '#agent/web/server.js';
import { setPassword, signedIn, startPage } from './page.ts';

const PASSWORD = 'correct horse';
/** A connection that is silent is ended after ten seconds, looked at every second. */
const LONGER = 11_500;

it('a text that takes longer to try than a connection may be silent is answered all the same', { timeout: 120_000 }, async () => {
  const trial = { faults: [], warnings: [], more: 0, config: null, changes: null, restarts: [], words: ['tried'] };
  // A box that judges first, and a text as large as it may be.
  const config = { check: () => sleep(LONGER, trial), versionOf: () => '' } as unknown as ConfigPort;
  const page = await startPage({ ports: { config } });
  await setPassword(page.folder, 'mueller', PASSWORD, 'technician');
  const cookie = await signedIn(page, 'mueller', PASSWORD);
  const { status, json } = await page.ask('/api/v1/config/check', { method: 'POST', body: { text: 'a: 1' }, cookie });
  expect([status, json.words]).toEqual([200, ['tried']]);
});
