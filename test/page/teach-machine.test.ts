/** A technician marks good production on the page, and has a normal machine learned, put beside what judges, into its place, and out again. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { scratch } from '../desk/evaluation/setup.ts';
import { bought, fill, HOUR, HOURS, stationOf, TAGS } from '../teaching/stored.ts';
import { converse } from '../web/conversation.ts';
import { setPassword } from '../web/page.ts';
import { signInAs, useBrowser, visit } from './browser.ts';
import { expectUsable, twice } from './lesson.ts';
import { startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
const signedIn = (page: Page) => signInAs(page, 'mueller', PASSWORD);

/** The first hour on the chart, by dragging over it. */
async function drag(page: Page): Promise<void> {
  const plot = page.locator('.trends .u-over').first();
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  if (!box) throw new Error('there is no chart');
  // Eight hours are shown: four hours ago is in the middle.
  const at = (share: number) => [box.x + box.width * share, box.y + box.height / 2] as const;
  await page.mouse.move(...at(0.46));
  await page.mouse.down();
  await page.mouse.move(...at(0.5));
  await page.mouse.move(...at(0.54));
  await page.mouse.up();
}

it('teaches a machine from stretches that are marked on a chart, by time, and over the API', { timeout: 400_000 }, async () => {
  const models = join(scratch(), 'models');
  await bought(join(models, 'as-bought'));
  const newest = Date.now() - 60_000;
  const more = {
    cameras: {},
    ...stationOf(),
    inference: { models },
  };
  const box = await startPageBox(more, { before: (store) => fill(store, newest) });
  try {
    await setPassword(box.store, 'mueller', PASSWORD, 'technician');
    const { say } = await converse(box.address.origin);
    const panel = await visit(box.address, '/teach', { screen: 'panel' });
    const { page } = panel;
    await signedIn(page);
    await page.getByRole('button', { name: 'Mark good production' }).click();
    await page.getByText('0 stretches marked, at least 4 wanted').waitFor();
    await page.getByRole('button', { name: '8 hours' }).click();
    await page.getByText('plc.a', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Add this stretch' }).isDisabled()).toBe(true);
    await drag(page);
    await page.getByRole('button', { name: 'Add this stretch' }).click();
    await page.getByText('1 stretch marked, at least 4 wanted').waitFor();
    await expectUsable(page, 'machine-mark-panel');

    // The same over the API, which refuses what promises nothing; and by time, to the second.
    const { cookie } = await say('/session', { method: 'POST', body: { user: 'mueller', password: PASSWORD } });
    const post = (path: string, body?: unknown) => say(path, { method: 'POST', body, cookie });
    const { json } = await say('/teach');
    expect(json).toMatchObject({ of: 'machine', phase: 'collected', region: null, machine: null });
    expect((await post('/teach/stretches', { from: 'yesterday' })).status).toBe(400);
    const { from, to } = json.stretches[0];
    expect(newest - 4 * HOUR).toBeGreaterThan(from);
    expect((await post('/teach/stretches', { from, to })).json.title).toContain('it overlaps one that is marked');
    expect((await post('/teach/stretches', { from: to, to: Date.now() + HOUR })).json.title).toContain('has ended before now');
    expect((await say('/teach/stretches/none', { method: 'DELETE', cookie })).status).toBe(404);
    const { json: trend } = await say(`/teach/tags?station=outlet&from=${newest - 5 * HOUR}&to=${newest}&points=500`);
    expect(trend.tags.map(({ tag }: { tag: string }) => tag)).toEqual(TAGS);
    expect(new Set(trend.tags[2].values)).toEqual(new Set([7]));
    await post('/teach/learn');
    await page.getByText('It can promise nothing yet').waitFor({ timeout: 120_000 });
    await page.getByText(/^False alarms: not promised: 1 stretch shown, and at least 4 from different hours or days/).waitFor();
    await page.getByText(/^all that was shown is of .* show stretches from at least 4 different hours, shifts or days/).waitFor();
    for (const hours of HOURS.slice(1))
      await post('/teach/stretches', { from: newest - hours * HOUR - 60_000, to: newest - hours * HOUR + 60_000 });
    await page.getByText('4 stretches marked, at least 4 wanted').waitFor();
    await panel.context.close();

    const phone = await visit(box.address, '/teach', { screen: 'phone', looks: 'dark' });
    await signedIn(phone.page);
    await phone.page.getByRole('textbox', { name: 'begins at' }).waitFor();
    await phone.page.getByRole('button', { name: 'less: begins' }).click();
    expect(await phone.page.getByRole('button', { name: 'Add this stretch' }).isDisabled()).toBe(false);
    const begins = await phone.page.getByRole('textbox', { name: 'begins at' }).inputValue();
    await phone.page.reload();
    await phone.page.getByRole('textbox', { name: 'begins at' }).waitFor();
    expect(await phone.page.getByRole('textbox', { name: 'begins at' }).inputValue()).toBe(begins);
    expect(await phone.page.getByRole('button', { name: 'Add this stretch' }).isDisabled()).toBe(false);
    await phone.page.getByRole('button', { name: 'Learn from 4 stretches' }).click();
    await phone.page
      .getByText(/^False alarms: about 1 good row in 100 alarms, on a machine as in these 4 stretches/)
      .waitFor({ timeout: 120_000 });
    await phone.page.getByText('a, b', { exact: true }).waitFor();
    await phone.page.getByText('c: it hardly ever changes').waitFor();
    await expectUsable(phone.page, 'machine-judge-phone-dark');
    await twice(phone.page, 'Run it beside the other', /Nothing it says reaches the PLC/, 'Yes, run it beside');
    await phone.page.getByText(/^as-bought judges; what the taught one says is only compared/).waitFor({ timeout: 60_000 });
    await twice(phone.page, 'Let it judge', /as-bought stays one tap away/, 'Yes, let it judge');
    await phone.page.getByText('outlet-process-taught judges here.').waitFor({ timeout: 60_000 });
    await twice(phone.page, 'Go back', /What judged before will judge again/, 'Yes, go back');
    await phone.page.getByText(/^as-bought judges;/).waitFor({ timeout: 60_000 });
    expect(phone.strangers).toEqual([]);
    expect(phone.complaints).toEqual([]);
  } finally {
    await box.end();
  }
});
