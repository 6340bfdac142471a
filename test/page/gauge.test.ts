/** The gauge in a real browser: an operator begins a study, shows its parts, takes one back, and reads the report, on the panel and on a phone. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { setPassword } from '../web/page.ts';
import { findings, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
const LATER = { timeout: 30_000 };
let box: PageBox;
beforeAll(async () => {
  box = await startPageBox({
    stations: {
      outlet: {
        trigger: { camera: 'top' },
        models: { surface: { model: 'classify', camera: 'top' } },
        studies: {
          reference: { kind: 'type_one', of: 'surface.score', parts: ['1'], by: 'order', reference: 0.5, tolerance: 2, repeats: 4 },
          masters: { kind: 'attributes', masters: { 'M-1': 'good', 'M-2': 'bad' } },
        },
      },
    },
  });
  await box.agent.judging();
  await setPassword(box.store, 'meyer', PASSWORD, 'operator');
}, 60_000);
afterAll(() => box?.end());

it.each(['panel', 'phone'] as const)('is studied and reported on a %s', { timeout: 180_000 }, async (screen) => {
  const { page, strangers, complaints } = await visit(box.address, '/gauge', { screen });
  await page.getByText('Operators begin, show and end studies here.').waitFor();
  await signInAs(page, 'meyer', PASSWORD);
  await page.getByRole('button', { name: 'Begin', exact: true }).click();
  await page.getByRole('button', { name: 'Begin the study' }).click();
  const study = page.getByRole('region', { name: 'Study reference of outlet' });
  for (const shown of [0, 1, 2]) {
    await study.getByText(`${shown} of 4`).waitFor(LATER);
    await study.getByRole('button', { name: 'Part no. 1 lies there' }).click();
  }
  await study.getByText('3 of 4').waitFor(LATER);
  await study.getByRole('button', { name: 'The last one was another part' }).click();
  await study.getByRole('button', { name: 'Ask for it again' }).click();
  await study.getByText('Again: somebody has taken the last one back.').waitFor(LATER);
  expect(await findings(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/gauge-${screen}.png`, fullPage: true });
  await study.getByRole('button', { name: 'End the study' }).click();
  await study.getByRole('button', { name: 'End it' }).click();
  const before = page.getByRole('region', { name: 'Studies, newest first' });
  await before.getByText('ended with 2 of 4 shown: cancelled by meyer').first().waitFor(LATER);

  await before.getByRole('link').first().click();
  await page.getByText(/^No grade: 2 of 4 parts were shown when it ended/).waitFor();
  const shown = page.getByRole('region', { name: 'What was shown' });
  await expect.poll(() => shown.getByRole('row').count()).toBe(3);
  expect(await findings(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/gauge-report-${screen}.png`, fullPage: true });
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
  expect(await shown.isVisible()).toBe(true);
  expect({ strangers, complaints }).toEqual({ strangers: [], complaints: [] });
  await page.context().close();
});
