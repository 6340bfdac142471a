/** Good hours in a real browser: an operator says that all of it was good, sees what that makes of a promise, and takes it back. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lineside } from '../cli/setup.ts';
import { setPassword } from '../web/page.ts';
import { taughtModels } from '../web/taught.ts';
import { findings, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
let box: PageBox;
let remove = () => {};
beforeAll(async () => {
  const models = taughtModels((end) => {
    remove = end;
  });
  box = await startPageBox({ inference: { models } }, { fps: 20 });
  await box.agent.judging();
  await setPassword(box.store, 'mueller', PASSWORD, 'operator');
  await setPassword(box.store, 'meyer', PASSWORD, 'operator');
}, 60_000);
afterAll(async () => {
  await box?.end();
  remove();
});

it.each(['panel', 'phone'] as const)('are confirmed and taken back on a %s', { timeout: 180_000 }, async (screen) => {
  const { page } = await visit(box.address, '/review/figures', { screen });
  const panel = page.getByRole('region', { name: 'Good hours' });
  await panel.getByText('Sign in to confirm hours.').waitFor();
  await signInAs(page, 'mueller', PASSWORD);
  await panel.getByText('No hours are confirmed yet.').waitFor();
  // Enough of them to say a share of.
  await expect
    .poll(
      async () =>
        ((await (await fetch(new URL('/api/v1/review/figures', box.address))).json()) as { promises: { judged: number }[] }).promises[0]
          ?.judged,
      { timeout: 60_000 },
    )
    .toBeGreaterThan(100);
  await panel.getByRole('textbox', { name: 'begins at' }).waitFor();
  // The hour that was shown when the page came has ended before these parts: one minute more has not ended yet.
  await panel.getByRole('button', { name: 'more: ends' }).click();
  await panel.getByRole('button', { name: 'All of it was good' }).click();
  await panel.getByText(/they have not ended yet/).waitFor();
  // Not taken, it is there after a reload, to be mended.
  const ends = await panel.getByRole('textbox', { name: 'ends at' }).inputValue();
  await page.reload();
  await panel.getByRole('textbox', { name: 'ends at' }).waitFor();
  expect(await panel.getByRole('textbox', { name: 'ends at' }).inputValue()).toBe(ends);
  // And so is what is typed only half.
  await panel.getByRole('textbox', { name: 'ends at' }).fill('12:3');
  await page.reload();
  await panel.getByRole('textbox', { name: 'ends at' }).waitFor();
  expect(await panel.getByRole('textbox', { name: 'ends at' }).inputValue()).toBe('12:3');
  // What is shown is no time yet, and what stands behind it must not be sent in its place.
  const confirm = panel.getByRole('button', { name: 'All of it was good' });
  expect(await confirm.isDisabled()).toBe(true);
  await panel.getByText('this is no time').waitFor();
  // Nor does the other end take it away.
  await panel.getByRole('button', { name: 'more: begins' }).click();
  expect(await panel.getByRole('textbox', { name: 'ends at' }).inputValue()).toBe('12:3');
  await panel.getByRole('button', { name: 'less: ends' }).click();
  expect(await panel.getByRole('textbox', { name: 'ends at' }).inputValue()).not.toBe('12:3');
  expect(await confirm.isDisabled()).toBe(false);
  await page.evaluate('sessionStorage.clear()');
  await page.reload();
  await panel.getByRole('button', { name: 'All of it was good' }).click();
  await panel.getByText(/^outlet: .* to .*, said mueller$/).waitFor();
  const promises = page.getByRole('region', { name: 'What was promised of good parts' });
  await promises.getByText('of parts in hours that were confirmed good, refused').waitFor();
  await promises.getByText(/between [\d.]+/).waitFor({ timeout: 30_000 });
  expect(await findings(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/good-hours-${screen}.png`, fullPage: true });
  await panel.getByRole('button', { name: /^Take back the hours from/ }).click();
  await panel.getByText('No hours are confirmed yet.').waitFor();
  // Said at a terminal of the box it is here as well, and goes the same way.
  const begin = new Date(Date.now() - 7_200_000).toISOString().slice(0, 16);
  expect(lineside('good-hours', 'confirm', `${begin}Z/PT30M`, '--config', box.file)).toMatchObject({ status: 0, stderr: '' });
  await panel.getByText(/^outlet: .* to .*, said /).waitFor();
  await panel.getByRole('button', { name: /^Take back the hours from/ }).click();
  await panel.getByText('No hours are confirmed yet.').waitFor();
  expect(lineside('good-hours', 'list', '--config', box.file).stdout).toBe('no hours are confirmed\n');
  await page.context().close();
});

it('that somebody has typed wait for him, and are not those of whoever signs in after him', { timeout: 120_000 }, async () => {
  const { page } = await visit(box.address, '/review/figures');
  const panel = page.getByRole('region', { name: 'Good hours' });
  const begins = panel.getByRole('textbox', { name: 'begins at' });
  await signInAs(page, 'mueller', PASSWORD);
  await begins.waitFor();
  const shown = await begins.inputValue();
  await panel.getByRole('button', { name: 'less: begins' }).click();
  await expect.poll(() => begins.inputValue()).not.toBe(shown);
  const typed = await begins.inputValue();
  await panel.getByRole('textbox', { name: 'ends at' }).fill('12:3');
  await signInAs(page, 'meyer', PASSWORD);
  await begins.waitFor();
  expect(await begins.inputValue()).not.toBe(typed);
  expect(await panel.getByRole('textbox', { name: 'ends at' }).inputValue()).not.toBe('12:3');
  await signInAs(page, 'mueller', PASSWORD);
  await begins.waitFor();
  expect(await begins.inputValue()).toBe(typed);
  expect(await panel.getByRole('textbox', { name: 'ends at' }).inputValue()).toBe('12:3');
});
