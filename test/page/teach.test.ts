/** A technician teaches his part on the page, leaves it half way, and goes on with his phone: collect, look, learn, judge, beside, in, out. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { scratch } from '../desk/evaluation/setup.ts';
import { cameraOf, grey, MODELS } from '../integration/line.ts';
import { setPassword } from '../web/page.ts';
import { draw, signInAs, useBrowser, visit } from './browser.ts';
import { expectUsable, twice } from './lesson.ts';
import { startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
/** With the least urgency, beside whatever else the box does. */
const LEARNING = 400_000;

const signedIn = (page: Page) => signInAs(page, 'mueller', PASSWORD);

/** A stored part comes beside those that were collected; one whose picture is gone does not, and that is said. */
async function storedBeside(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Choose stored parts' }).click();
  await page.getByRole('button', { name: 'OK', exact: true }).click();
  await page.route('**/api/v1/teach/pictures', (route) => route.fulfill({ json: { added: 0, missing: ['gone'] } }));
  await page.getByRole('button', { name: 'add as good' }).first().click();
  await page.getByText(/was not added: no picture of it is kept/).waitFor();
  await page.unroute('**/api/v1/teach/pictures');
  await page.getByRole('button', { name: 'add as good' }).first().click();
  await page.getByText('11 of 10 parts', { exact: true }).waitFor();
  await page.getByText(/was not added/).waitFor({ state: 'detached' });
}

/** By drawing it, by a button, by the keys and in pixels. */
async function chooseRegion(page: Page): Promise<void> {
  await page.getByText('All of the picture, 64 × 64 pixels').waitFor();
  const picture = page.locator('.layers.region');
  await picture.locator('img').waitFor();
  await draw(page, picture, [0.25, 0.25], [0.75, 0.75]);
  await page.getByText('32 × 32 pixels from 16, 16, of 64 × 64').waitFor();
  await page.getByRole('button', { name: 'more: width' }).click();
  await page.getByText('33 × 32 pixels from 16, 16,').waitFor();
  await page.getByRole('button', { name: /^Frame of what is taught/ }).press('ArrowDown');
  await page.getByText('33 × 32 pixels from 16, 17,').waitFor();
  // No further than the picture reaches.
  await page.getByRole('spinbutton', { name: 'from the left, pixels' }).fill('400');
  await page.getByRole('spinbutton', { name: 'from the left, pixels' }).press('Enter');
  await page.getByText('33 × 32 pixels from 31, 17,').waitFor();
  await page.getByRole('spinbutton', { name: 'from the left, pixels' }).fill('16');
  await page.getByRole('spinbutton', { name: 'from the left, pixels' }).press('Tab');
  await page.getByText('33 × 32 pixels from 16, 17,').waitFor();
  await page.getByText('10 of 10 parts laid over each other').waitFor();
}

interface Picture {
  readonly kind: string | null;
  readonly boxes: readonly (readonly number[])[];
}

it('teaches a part within its touches, and takes the lesson up elsewhere', { timeout: 1_500_000 }, async () => {
  const parts = scratch();
  mkdirSync(join(parts, 'frames'));
  for (let i = 0; i < 30; i++) await grey(join(parts, 'frames', `${10 + i}.png`), (x, y) => 10 + ((x * 7 + y * 13 + i * 29) % 61) / 4, 64);
  const models = join(parts, 'models');
  cpSync(join(MODELS, 'classify'), join(models, 'classify'), { recursive: true });
  const box = await startPageBox({ cameras: { top: cameraOf(parts, 'frames', 5) }, inference: { models } });
  try {
    await box.agent.judging();
    await setPassword(box.store, 'mueller', PASSWORD, 'technician');
    const panel = await visit(box.address, '/teach', { screen: 'panel' });
    await panel.page.getByText('Sign in as a technician to teach').waitFor();
    expect(await panel.page.getByRole('button', { name: 'Collect the next parts' }).count()).toBe(0);
    await signedIn(panel.page);
    await panel.page.getByRole('button', { name: 'fewer parts' }).click();
    await panel.page.getByRole('button', { name: 'fewer parts' }).click();
    await panel.page.getByText('10 parts', { exact: true }).waitFor();
    await chooseRegion(panel.page);
    await panel.page.getByLabel('Name of the new package').fill('outlet-surface-taught');
    // Not begun yet, it is there after a reload.
    await panel.page.reload();
    await panel.page.getByText('33 × 32 pixels from 16, 17,').waitFor();
    await panel.page.getByText('10 parts', { exact: true }).waitFor();
    await expectUsable(panel.page, 'begin-panel');
    await panel.page.getByRole('button', { name: 'Collect the next parts' }).click();
    await panel.page.getByText('10 of 10 parts', { exact: true }).waitFor();
    await panel.page.getByText('Taught on 33 × 32 pixels from 16, 17.').waitFor();
    // One is bad, and what is wrong with it has a name; on second thoughts it is good.
    const second = await panel.page.locator('.lesson-pictures li img').nth(1).getAttribute('src');
    const wrong = panel.page.locator('.lesson-pictures li').filter({ has: panel.page.locator(`img[src="${second}"]`) });
    await wrong.getByRole('button', { name: 'bad', exact: true }).click();
    await wrong.getByRole('textbox', { name: 'Another kind' }).fill('crack');
    await wrong.getByRole('button', { name: 'name it' }).click();
    await wrong.getByRole('button', { name: 'crack', pressed: true }).waitFor();
    // Where it is bad, for whoever likes to draw it; what cannot be kept stays drawn.
    await wrong.getByRole('button', { name: 'Mark where it is bad' }).click();
    await draw(panel.page, wrong.locator('.marks.drawing'), [0.25, 0.5], [0.5, 0.75]);
    await wrong.getByRole('button', { name: 'Take mark 1 away' }).waitFor();
    // Painted over, and on second thoughts the box alone.
    await wrong.getByRole('button', { name: 'Brush', exact: true }).click();
    await draw(panel.page, wrong.locator('.marks.drawing'), [0.5, 0.25], [0.75, 0.25]);
    await wrong.locator('.painted path').waitFor({ state: 'attached' });
    await expectUsable(panel.page, 'painting-panel');
    await wrong.getByRole('button', { name: 'Take the last mark away' }).click();
    await wrong.getByRole('button', { name: 'Box', exact: true }).click();
    await expectUsable(panel.page, 'marking-panel');
    await panel.page.route('**/api/v1/teach/pictures/*', (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    );
    await wrong.getByRole('button', { name: 'Keep these marks' }).click();
    await panel.page.getByText('The box does not answer.').waitFor();
    expect(await wrong.locator('.marks.drawing .mark').count()).toBe(1);
    await panel.page.unroute('**/api/v1/teach/pictures/*');
    await wrong.getByRole('button', { name: 'Keep these marks' }).click();
    await wrong.getByRole('button', { name: '1 place marked' }).waitFor();
    const { pictures } = (await (await fetch(new URL('/api/v1/teach', box.address))).json()) as { pictures: readonly Picture[] };
    expect(pictures.flatMap(({ boxes, kind }) => boxes.map((one) => [kind, one]))).toEqual([['crack', [16, 32, 16, 16]]]);
    await panel.page.getByRole('button', { name: 'Learn from 9 good parts and 1 bad one' }).waitFor();
    await wrong.getByRole('textbox', { name: 'Another kind' }).fill('dent');
    await storedBeside(panel.page);
    // What is half typed is still there, beside its own picture, and stays where it cannot be sent.
    const typed = wrong.getByRole('textbox', { name: 'Another kind' });
    expect(await typed.inputValue()).toBe('dent');
    await panel.page.route('**/api/v1/teach/pictures/*', (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    );
    await wrong.getByRole('button', { name: 'name it' }).click();
    await panel.page.getByText('The box does not answer.').waitFor();
    expect(await typed.inputValue()).toBe('dent');
    await panel.page.unroute('**/api/v1/teach/pictures/*');
    await wrong.getByRole('button', { name: 'name it' }).click();
    await wrong.getByRole('button', { name: 'dent', pressed: true }).waitFor();
    await expect.poll(() => typed.inputValue()).toBe('');
    await wrong.getByRole('button', { name: 'good', exact: true }).click();
    await panel.page.getByRole('button', { name: 'leave out' }).first().click();
    await panel.page.locator('.lesson-pictures li.out').waitFor();
    await expectUsable(panel.page, 'collect-panel');
    await panel.page.getByRole('button', { name: 'Learn from 10 good parts', exact: true }).click();
    await panel.page.getByRole('heading', { name: /Learning|What it would do/ }).waitFor();
    await expectUsable(panel.page, 'learning-panel');
    await panel.context.close();

    const phone = await visit(box.address, '/teach', { screen: 'phone', looks: 'dark' });
    const { page } = phone;
    await signedIn(page);
    await page.getByText(/^At most 1 good part in 3\.\d will be rejected \(95 % sure\)\.$/).waitFor({ timeout: LEARNING });
    await page.getByText('With 59 good parts it could promise 1 in 20.').waitFor();
    await page.getByText('Of 10 good parts that it had not seen it would refuse 0.').waitFor();
    // A limit that refuses one of them promises less.
    await page.getByRole('button', { name: /^lower the limit/ }).click();
    await page.getByText('Of 10 good parts that it had not seen it would refuse 1.').waitFor();
    await page.getByText('good, and would be refused', { exact: false }).waitFor();
    await page.locator('.lesson-pictures .heated .heat').first().waitFor({ state: 'attached' });
    // The same by the handle on the histogram, and what it would have done to stored parts.
    await page.getByRole('slider', { name: 'Limit' }).press('ArrowLeft');
    await page.getByText('Of 10 good parts that it had not seen it would refuse 2.').waitFor();
    // Not taken yet, it stands there after a reload.
    const limit = await page.getByRole('slider', { name: 'Limit' }).getAttribute('aria-valuetext');
    await page.reload();
    await page.getByText('Of 10 good parts that it had not seen it would refuse 2.').waitFor();
    expect(await page.getByRole('slider', { name: 'Limit' }).getAttribute('aria-valuetext')).toBe(limit);
    await page.getByText(/^At this limit it would call \d+ of the \d+ newest stored parts NOK; 0 were\.$/).waitFor({ timeout: 120_000 });
    await page.getByText(/^\d+ that were OK would be NOK, and 0 that were NOK would be OK\.$|^No OK would have become NOK/).waitFor();
    await expectUsable(page, 'judge-phone-dark');
    // Small faults: the same parts, looked at closer, beside what it makes of them as they are.
    await page.getByRole('button', { name: 'Learn again, looking closer' }).click();
    await page
      .getByText(/^Closer \(what was learned\): at most 1 good part in 3\.\d refused, \d+\.\d ms of a processor for a look$/)
      .waitFor({ timeout: LEARNING });
    await page.getByText(/^As they are: at most 1 good part in 3\.\d refused/).waitFor();
    await page.getByText('Without bad ones nobody can tell which of the two finds more').waitFor();
    await expectUsable(page, 'judge-closer-phone-dark');
    for (let i = 0; i < 6; i++) await page.getByRole('button', { name: /^lower the limit/ }).click();
    await twice(page, 'Run it beside the other', /Nothing it says reaches the PLC/, 'Yes, run it beside');
    await page.getByText(/^agreed on \d+ of \d+ parts?$/).waitFor({ timeout: 60_000 });
    await page.locator('.pairs li figure').nth(1).waitFor({ timeout: 120_000 });
    await page.locator('.pairs .heat').first().waitFor({ state: 'attached', timeout: 120_000 });
    await expectUsable(page, 'beside-phone-dark');
    await twice(page, 'Let it judge', /classify stays one tap away/, 'Yes, let it judge');
    await page.getByText('outlet-surface-taught judges here.').waitFor({ timeout: 60_000 });
    await twice(page, 'Go back', /What judged before will judge again/, 'Yes, go back');
    await page.getByText(/^classify judges;/).waitFor({ timeout: 60_000 });
    await twice(page, 'End this lesson', /What judges stays/, 'Yes, end it');
    await page.getByRole('button', { name: 'Collect the next parts' }).waitFor({ timeout: 60_000 });
    expect(phone.strangers).toEqual([]);
    expect(phone.complaints).toEqual([]);
  } finally {
    await box.end();
  }
});
