/** Pictures that no longer look as they were taught, in a real browser: in Models, beside the scores, and in Health with what to do. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { taughtAs } from '../web/taught.ts';
import { findings, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

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
