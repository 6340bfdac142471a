/** The view of scores in a real browser: parts are labelled where they stand, and another limit is tried, taken, and left again. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { setPassword } from '../web/page.ts';
import { taughtModels } from '../web/taught.ts';
import { findings, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
const LATER = { timeout: 60_000 };

let box: PageBox;
let remove = () => {};
beforeAll(async () => {
  const models = taughtModels((end) => {
    remove = end;
  });
  box = await startPageBox({ inference: { models } }, { fps: 10 });
  await box.agent.judging();
  await setPassword(box.store, 'mueller', PASSWORD, 'technician');
}, 60_000);
afterAll(async () => {
  await box?.end();
  remove();
});

const signedIn = (page: Page) => signInAs(page, 'mueller', PASSWORD);

it('parts that are asked about stay where they are while what was said of one is looked up', { timeout: 120_000 }, async () => {
  const { page } = await visit(box.address, '/scores');
  await signedIn(page);
  const cards = page.locator('.score-parts li');
  await expect.poll(() => cards.count(), LATER).toBe(5);
  await page.evaluate("document.querySelectorAll('.score-parts li').forEach((card) => card.setAttribute('data-mine', ''))");
  // As on a box with many parts: it takes several answers, the first of which has none of this station.
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asked = 0;
  await page.route('**/api/v1/scores?*', async (route) => {
    asked++;
    if (asked > 1) return released.then(() => route.continue());
    const reply = await route.fetch();
    const nothing = { steps: [], bins: [], labelled: [], complete: false, looked_back_to: Date.now() };
    await route.fulfill({ response: reply, json: { ...(await reply.json()), ...nothing } });
  });
  await cards.first().getByRole('button', { name: 'Good' }).click();
  await cards.first().getByRole('status').getByText('Good').waitFor();
  await expect.poll(() => asked, LATER).toBe(2);
  expect(await page.locator('.score-parts li[data-mine]').count()).toBe(5);
  expect(await findings(page)).toEqual([]);
  // Said of another one meanwhile, it is all looked up once more.
  await cards.nth(1).getByRole('button', { name: 'Good' }).click();
  await cards.nth(1).getByRole('status').getByText('Good').waitFor();
  expect(asked).toBe(2);
  release();
  await page.getByText('2 of 5 parts at or above the limit are labelled good').waitFor(LATER);
  expect(await page.locator('.score-parts li[data-mine]').count()).toBe(5);
});

it('another limit runs beside the one that judges, judges, and is left again', { timeout: 240_000 }, async () => {
  const surface = () => JSON.parse(readFileSync(box.file, 'utf8')).stations.outlet.models.surface;
  const { page, complaints } = await visit(box.address, '/scores');
  await signedIn(page);
  const limit = page.getByRole('region', { name: 'Another limit' });
  /** The second touch; and until the config is applied no other change is taken. */
  const twice = async (first: string | RegExp) => {
    await expect
      .poll(() => page.evaluate("fetch('/api/v1/config').then((reply) => reply.json()).then(({ applying }) => applying)"), LATER)
      .toBe(false);
    await limit.getByRole('button', { name: first, exact: true }).click(LATER);
    await limit.getByRole('button', { name: 'Yes, do it' }).click();
  };
  await limit.getByRole('button', { name: 'lower limit' }).click(LATER);
  // Set and not taken yet, it is there after a reload.
  await limit.getByText('0.490', { exact: true }).waitFor();
  await page.reload();
  await limit.getByText('0.490', { exact: true }).waitFor(LATER);
  // Labels propose another one meanwhile: what somebody has set stays, and he is told.
  const good = Array.from({ length: 5 }, (_, n) => ({ inspection: `p-${n}`, at: Date.now(), score: 0.7 + n / 100, label: 'good' }));
  await page.route('**/api/v1/scores?*', async (route) => {
    const reply = await route.fetch();
    await route.fulfill({ response: reply, json: { ...(await reply.json()), labelled: good } });
  });
  await page.reload();
  await limit.getByText('Another limit is proposed by now: 0.760. 0.490 is what you have set.').waitFor(LATER);
  await limit.getByText('0.490', { exact: true }).waitFor();
  expect(await findings(page)).toEqual([]);
  if (process.env['SHOTS']) await limit.screenshot({ path: `${process.env['SHOTS']}/limit-newer.png` });
  await limit.getByRole('button', { name: 'Take 0.760' }).click();
  await limit.getByText('0.760', { exact: true }).waitFor();
  await limit.getByText('Another limit is proposed by now').waitFor({ state: 'detached' });
  // Moved with that proposal in sight, there is nothing to tell.
  await limit.getByRole('button', { name: 'lower limit' }).click();
  await limit.getByText('0.750', { exact: true }).waitFor();
  expect(await limit.getByText('Another limit is proposed by now').count()).toBe(0);
  await limit.getByRole('button', { name: 'Run 0.750 beside it' }).waitFor();
  await page.unroute('**/api/v1/scores?*');
  await page.evaluate('sessionStorage.clear()');
  await page.reload();
  await limit.getByText('0.500', { exact: true }).waitFor(LATER);
  await limit.getByRole('button', { name: 'lower limit' }).click();
  await limit.getByText('0.490', { exact: true }).waitFor(LATER);
  await twice('Run 0.490 beside it');
  await limit.getByText('0.490 runs beside 0.500.').waitFor(LATER);
  expect(surface()).toMatchObject({ model: 'classify', shadow: { model: 'classify', threshold: 0.49 } });
  await twice('Judge by 0.490');
  await expect.poll(surface, LATER).toMatchObject({ model: 'classify', threshold: 0.49, previous: { model: 'classify' } });
  await twice('Go back to the limit before');
  await expect.poll(surface, LATER).toMatchObject({ model: 'classify', shadow: { model: 'classify', threshold: 0.49 } });
  expect(surface().threshold).toBeUndefined();
  await twice('End it');
  await expect.poll(surface, LATER).toEqual({ model: 'classify', camera: 'top' });
  expect(complaints).toEqual([]);
});
