/** The page beyond the box: shown to people only who have signed in. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '#agent/platform/package-root.js';
import { elsewhere } from '../web/page.ts';
import { findings, useBrowser, visit } from './browser.ts';
import { startPageBox } from './page-box.ts';

useBrowser();

const MAIN = join(packageRoot, 'dist', 'bundle', 'main.js');

it.skipIf(elsewhere === undefined)(
  'asks who it is, and asks again when a session has ended; the connection is not to blame',
  { timeout: 120_000 },
  async () => {
    const setPassword = (store: string) => {
      const typed = { input: 'correct horse\n', encoding: 'utf8' } as const;
      expect(spawnSync(process.execPath, [MAIN, 'password', 'eve', '--role', 'operator', '--store', store], typed).status).toBe(0);
    };
    const box = await startPageBox({ web: { listen: '0.0.0.0:0' } }, { before: setPassword });
    try {
      const address = new URL(`https://${elsewhere}:${box.address.port}/`);
      const { page } = await visit(address);
      await page.getByText('This page is shown to people who have signed in.').waitFor();
      await page.locator('.head .state', { hasText: 'not signed in' }).waitFor();
      expect(await page.locator('.banner').count()).toBe(0);
      expect(await findings(page)).toEqual([]);
      await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('eve');
      await dialog.getByLabel('Password').fill('correct horse');
      await dialog.getByRole('button', { name: 'Sign in' }).click();
      await page
        .locator('[data-station="outlet"]')
        .getByText(/^part \d+$/)
        .waitFor();
      await page.locator('.head .state', { hasText: 'running' }).waitFor();
      await page.getByRole('link', { name: 'Health', exact: true }).click();
      await page.getByRole('row', { name: /^top camera/ }).waitFor();
      // A new password ends the sessions.
      setPassword(box.store);
      await page.getByText('This page is shown to people who have signed in.').waitFor();
      await page.locator('.head .state', { hasText: 'not signed in' }).waitFor();
      expect(await page.locator('.banner').count()).toBe(0);
    } finally {
      await box.end();
    }
  },
);
