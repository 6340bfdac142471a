/** Material in a real browser: an operator counts it, sees how long it lasts, and says that a call has come. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { converse } from '../web/conversation.ts';
import { setPassword } from '../web/page.ts';
import { findings, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
let box: PageBox;
let say: Awaited<ReturnType<typeof converse>>['say'];
let cookie = '';
beforeAll(async () => {
  const common = { station: 'outlet', container: 500, unit: 'pcs' };
  const materials = {
    bolts: { ...common, per_part: 0.001, lead_time: { mean: '30m', spread: '10m' } },
    lids: { ...common, per_part: 0.001, lead_time: { mean: '30m' }, overdue: '31m' },
  };
  // A line that has used some 40 in five minutes for two days.
  const counts = Array.from({ length: 500 }, (_, i) => 30 + ((i * 7919) % 21));
  box = await startPageBox(
    {
      materials,
      stations: {
        outlet: {
          trigger: { camera: 'top' },
          models: { surface: { model: 'classify', camera: 'top' } },
          tools: { punch: { life: 1 }, lamp: { life: 1_000_000, trend: 'surface.score', limit: 2 } },
        },
      },
    },
    {
      before: (store) => {
        mkdirSync(store, { recursive: true });
        writeFileSync(join(store, 'material.json'), JSON.stringify({ usage: { bolts: { bucket: 300_000, counts } } }));
      },
    },
  );
  await box.agent.judging();
  await setPassword(box.store, 'meyer', PASSWORD, 'operator');
  ({ say } = await converse(box.address.origin));
  cookie = (await say('/session', { method: 'POST', body: { user: 'meyer', password: PASSWORD } })).cookie ?? '';
}, 60_000);
afterAll(() => box?.end());

it.each(['panel', 'phone'] as const)('is counted, called and delivered on a %s', { timeout: 120_000 }, async (screen) => {
  const told = await say('/materials/bolts', { method: 'POST', body: { do: 'counted', quantity: 5000 }, cookie });
  expect(told.status, JSON.stringify(told.json)).toBe(200);
  for (const { id } of (await say('/materials', { cookie })).json.materials[0].calls)
    await say('/materials/bolts', { method: 'POST', body: { do: 'cancel', call: id }, cookie });
  const { page } = await visit(box.address, '/material', { screen });
  const bolts = page.getByRole('region', { name: 'bolts' });
  await bolts.getByText('Sign in to say what has come.').waitFor();
  await bolts.getByText('Enough is there').waitFor();
  await signInAs(page, 'meyer', PASSWORD);
  await bolts.getByLabel('Counted').fill('150');
  await bolts.getByRole('button', { name: 'So much is there' }).click();
  await bolts.getByText('From now on 150 pcs are taken to be there.').waitFor();
  await bolts.getByRole('button', { name: 'Yes, I have counted it' }).click();
  const calls = bolts.getByRole('list', { name: 'Open calls' });
  await calls.getByText('500 pcs').first().waitFor();
  await bolts.getByText(/^between .+ and .+$/).waitFor();
  expect(await findings(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/material-${screen}.png`, fullPage: true });
  await calls.getByRole('button', { name: 'It has come' }).first().click();
  await calls.getByText('500 pcs are there more, and the call is over.').waitFor();
  await calls.getByRole('button', { name: 'Yes, it is there' }).click();
  await bolts.getByText(/^64\d pcs|^650 pcs/).waitFor();
  const audit = (await say('/audit', { cookie })).json.items.filter(({ verb }: { verb: string }) => verb === 'material');
  expect(audit[0]).toMatchObject({ who: 'meyer' });
  await page.close();
});

it.each(['panel', 'phone'] as const)('says that a tool was changed on a %s', { timeout: 60_000 }, async (screen) => {
  const { page } = await visit(box.address, '/material', { screen });
  const punch = page.getByRole('region', { name: 'punch' });
  await punch.getByText('Worn out').waitFor();
  await page.getByRole('region', { name: 'lamp' }).getByText('Fit for use').waitFor();
  await signInAs(page, 'meyer', PASSWORD);
  await punch.getByRole('button', { name: 'It was changed' }).click();
  await punch.getByText('punch is taken to be new from now on.').waitFor();
  expect(await findings(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  await punch.getByRole('button', { name: 'Yes, another one is in' }).click();
  await punch.getByText(/changed (just now|\d+ s)/).waitFor();
  await page.close();
});

it('may only be changed by somebody who may', { timeout: 60_000 }, async () => {
  expect((await say('/materials/bolts', { method: 'POST', body: { do: 'delivered' } })).status).toBe(401);
  expect((await say('/materials/nuts', { method: 'POST', body: { do: 'delivered' }, cookie })).json.code).toBe('COMMAND_REFUSED');
});
