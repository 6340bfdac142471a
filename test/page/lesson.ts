/** What tests of lessons do on the page. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { findings } from './browser.ts';

/** Nothing that axe finds, and nothing beyond the screen; with SHOTS a picture of it. */
export async function expectUsable(page: Page, name: string): Promise<void> {
  expect(await findings(page), name).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), name).toBe(0);
  const folder = process.env['SHOTS'];
  if (folder) await page.screenshot({ path: `${folder}/teach-${name}.png`, fullPage: true });
}

/** The second touch stands beside what it does. */
export async function twice(page: Page, first: string, effect: RegExp, sure: string): Promise<void> {
  await page.getByRole('button', { name: first }).click();
  await page.getByText(effect).waitFor();
  await page.getByRole('button', { name: sure }).click();
}
