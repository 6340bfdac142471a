/** Parts in question in a real browser: a challenge part fails, its list is looked at, and somebody decides what becomes of it. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { setPassword } from '../web/page.ts';
import { findings, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
let box: PageBox;
interface Stored {
  readonly items: readonly { readonly id: string; readonly until: object | null; readonly parts: number }[];
}
const stored = async () => (await (await fetch(new URL('/api/v1/containments', box.address))).json()) as Stored;

beforeAll(async () => {
  // Pictures come good, scratched, dented: one in three of these passes.
  const challenges = { master: { part: '*4', expect: 'ok', every: '8h' } };
  const stations = { outlet: { trigger: { camera: 'top' }, models: { surface: { model: 'classify', camera: 'top' } }, challenges } };
  box = await startPageBox({ stations }, { fps: 8 });
  await box.agent.judging();
  await setPassword(box.store, 'meyer', PASSWORD, 'technician');
  // Two that have ended.
  await vi.waitFor(
    async () => {
      const { items } = await stored();
      expect(items.filter(({ until }) => until !== null).length).toBeGreaterThan(1);
    },
    { timeout: 60_000, interval: 300 },
  );
}, 120_000);
afterAll(() => box?.end());

it.each([
  ['panel', 'Release', 'released by meyer'],
  ['phone', 'Scrap', 'scrapped by meyer'],
] as const)('are decided about on a %s', { timeout: 120_000 }, async (screen, act, state) => {
  const { items } = await stored();
  const one = items.filter(({ until }) => until !== null).at(screen === 'panel' ? -1 : -2);
  const { page } = await visit(box.address, '/contained', { screen });
  await page
    .getByRole('link', { name: /parts? of outlet/ })
    .first()
    .waitFor();
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/contained-${screen}.png` });
  expect(await findings(page)).toEqual([]);

  await page.goto(new URL(`/contained/${one?.id}`, box.address).href);
  await page.getByText('Technicians decide what becomes of these parts.').waitFor();
  await signInAs(page, 'meyer', PASSWORD);
  const list = page.getByRole('list', { name: 'Parts in question, oldest first' });
  await list.getByRole('listitem').first().waitFor();
  expect(await list.getByRole('listitem').count()).toBe(Math.min(48, one?.parts ?? 0));
  expect(await findings(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/contained-one-${screen}.png`, fullPage: true });

  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'As CSV' }).click()]);
  const lines = readFileSync(await file.path(), 'utf8')
    .trimEnd()
    .split('\r\n');
  expect(lines).toHaveLength((one?.parts ?? 0) + 1);

  await page.getByLabel('why').fill('looked at, one by one');
  await page.getByRole('button', { name: act, exact: true }).click();
  await page.getByRole('button', { name: `${act} them` }).click();
  await page.getByText(`${state}: looked at, one by one`).waitFor();
  await page.context().close();
});

it('are opened by a person, who says nothing but the station', { timeout: 60_000 }, async () => {
  const { page } = await visit(box.address, '/contained', { screen: 'panel' });
  await page.getByText('Operators put parts into quarantine here.').waitFor();
  await signInAs(page, 'meyer', PASSWORD);
  await page.getByRole('button', { name: 'Contain since the last proof' }).click();
  await page.getByRole('button', { name: 'Contain them' }).click();
  await page.getByText('somebody wants to know').waitFor();
  // Others may have begun meanwhile.
  expect((await stored()).items).toContainEqual(expect.objectContaining({ cause: 'person', subject: 'meyer', disposition: null }));
  await page.context().close();
});
