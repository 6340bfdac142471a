/** Control charts in a real browser: a technician sees which are out of control, looks at the limits that are proposed, and closes the first phase. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { setPassword } from '../web/page.ts';
import { findings, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
let box: PageBox;
beforeAll(async () => {
  box = await startPageBox(
    {
      stations: {
        outlet: {
          trigger: { camera: 'top' },
          // A box that is busy with other things judges all the same.
          deadline: '5s',
          models: { surface: { model: 'classify', camera: 'top' } },
          charts: {
            surface: { of: 'surface.score', learn: 20, lower: -1, upper: 2 },
            // The three pictures come in turn: sums so narrow are beyond their limits again and again, with whichever of them the first phase begins
            // (of twelve parts it would be one time in three that they are not).
            sums: { of: 'surface.score', chart: 'cusum', h: 1, shift: 0.1, learn: 30, close: 'when_learned' },
          },
        },
      },
    },
    { fps: 10 },
  );
  await box.agent.judging();
  await setPassword(box.store, 'meyer', PASSWORD, 'technician');
}, 60_000);
afterAll(() => box?.end());

const shot = (name: string) => ({ path: `${process.env['SHOTS']}/charts-${name}.png`, fullPage: true });

it.each([
  ['panel', 'light'],
  ['phone', 'dark'],
] as const)('are looked at and closed on a %s', { timeout: 180_000 }, async (screen, looks) => {
  const { page, complaints, strangers } = await visit(box.address, '/charts', { screen, looks });
  const rows = page.getByRole('region', { name: 'Charts' });
  await rows
    .getByRole('row', { name: /sums at outlet/ })
    .getByText('Out of control')
    // After its first phase.
    .waitFor({ timeout: 60_000 });
  expect(await findings(page)).toEqual([]);
  if (process.env['SHOTS']) await page.screenshot(shot(`list-${screen}`));

  await rows.getByRole('link', { name: 'sums at outlet' }).click();
  await page.getByText(/^First with part \d+ at .*: a point beyond its limits\.$/).waitFor();
  await page.getByRole('region', { name: 'Points out of control' }).getByRole('row').nth(1).waitFor();
  const since = await page.getByRole('link', { name: /^Parts since/ }).getAttribute('href');
  expect(since).toMatch(/^\/parts\?station=outlet&recipe=standard&from=\d{4}-\d{2}-\d{2}T/);
  await page.getByText('Sign in as a technician to close its first phase').waitFor();
  if (process.env['SHOTS']) await page.screenshot(shot(`sums-${screen}`));

  await page.goto(new URL('/charts/outlet/surface?recipe=standard', box.address).href);
  await signInAs(page, 'meyer', PASSWORD);
  const changes = page.getByRole('region', { name: 'Change it' });
  await changes.getByRole('button', { name: 'Begin the first phase anew' }).click();
  await changes.getByText(/nothing is an alarm until 20 points have come/).waitFor();
  await changes.getByRole('button', { name: 'Begin anew' }).click();
  await page.getByText(/^First phase: \d+ points? of 1 part so far, 20 are wanted/).waitFor();
  const close = changes.getByRole('button', { name: 'Close the first phase' });
  await page.getByText('Limits are proposed').waitFor({ timeout: 60_000 });
  await close.click();
  await changes.getByText(/^From the next part on a point outside of .* is an alarm\./).waitFor();
  expect(await findings(page)).toEqual([]);
  if (process.env['SHOTS']) await page.screenshot(shot(`closing-${screen}`));
  await changes.getByRole('button', { name: 'These limits hold from now on' }).click();
  await page.getByText(/^meyer closed its first phase at/).waitFor();
  await page.getByText('In control').first().waitFor();
  // Three pictures in turn are no normal values.
  await page
    .getByRole('region', { name: 'Capability' })
    .getByText(/too few|not normal/)
    .waitFor();
  expect(await findings(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  if (process.env['SHOTS']) await page.screenshot(shot(`watching-${screen}`));
  expect({ complaints, strangers }).toEqual({ complaints: [], strangers: [] });
  await page.context().close();
});
