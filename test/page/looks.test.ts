/** Pictures that no longer look as they were taught, in a real browser: in Models, beside the scores, and in Health with what to do. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { setPassword } from '../web/page.ts';
import { taughtAs } from '../web/taught.ts';
import { findings, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';

let box: PageBox;
let remove = () => {};
beforeAll(async () => {
  const brightness = Array.from({ length: 50 }, (_, i) => 180 + i / 5);
  const look = { picture: { parts: 60, brightness } };
  const models = taughtAs(
    'classify',
    { look },
    (manifest) => manifest,
    (end) => {
      remove = end;
    },
  );
  box = await startPageBox({ inference: { models } }, { fps: 20 });
  await box.agent.judging();
  await setPassword(box.store, 'mueller', PASSWORD, 'technician');
}, 60_000);
afterAll(async () => {
  await box?.end();
  remove();
});

it.each(['panel', 'phone'] as const)('is told on a %s', { timeout: 180_000 }, async (screen) => {
  await expect
    .poll(
      async () =>
        ((await (await fetch(new URL('/api/v1/alarms', box.address))).json()) as readonly { code: string }[]).map(({ code }) => code),
      { timeout: 90_000 },
    )
    .toContain('PICTURE_DRIFTED');
  const { page } = await visit(box.address, '/models', { screen });
  await page.getByText(/^No longer as they were: darker \(\S+ of 255, was \S+\)\. Health says what to do\.$/).waitFor();
  expect(await findings(page)).toEqual([]);
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/looks-${screen}.png`, fullPage: true });
  await page.goto(new URL('/scores', box.address).href);
  await page.getByText(/^What is judged no longer looks as it did: darker/).waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  expect(await findings(page)).toEqual([]);
  await page.goto(new URL('/health', box.address).href);
  await page
    .getByText(/no longer look like those it was taught with: darker/)
    .first()
    .waitFor();
  await page
    .getByText(/then at the lamp, the lens and where the part lies/)
    .first()
    .waitFor();
});

it('is taken as usual by a technician, in two touches', { timeout: 120_000 }, async () => {
  const { page } = await visit(box.address, '/health', { screen: 'phone' });
  const card = page.locator('li.alarm-card').filter({ hasText: 'PICTURE_DRIFTED' });
  await card.getByText('What to do:').waitFor();
  // Whoever has not signed in is offered nothing.
  expect(await card.getByText('Take it as usual from now on').count()).toBe(0);
  await signInAs(page, 'mueller', PASSWORD);
  await card.getByText('Take it as usual from now on').click();
  await card.getByText(/^The next 500 parts are what later ones are held against/).waitFor();
  expect(await findings(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  const sure = card.getByRole('button', { name: 'Yes, take the next parts as usual' });
  expect((await sure.boundingBox())?.height).toBeGreaterThanOrEqual(80);
  await sure.click();
  await expect
    .poll(async () => JSON.stringify(await (await fetch(new URL('/api/v1/alarms', box.address))).json()), { timeout: 30_000 })
    .not.toContain('PICTURE_DRIFTED');
});
