/** Every view in a real browser in front of a whole line: two stations, a PLC, a broker. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { cameraOf, type Line, startLine, stationOf } from '../integration/line.ts';
import { findings, type Screen, useBrowser, visit } from './browser.ts';

useBrowser();

const SCREENS: readonly Screen[] = ['panel', 'phone'];

async function twoStations(): Promise<{ line: Line; address: URL }> {
  const line = await startLine({
    suffixes: ['', 'B'],
    web: '127.0.0.1:0',
    images: { nok: 'all', review: 'all', ok: 'all' },
    cameras: (folder) => ({ top: cameraOf(folder), side: cameraOf(folder, 'frames', 10) }),
    stations: {
      outlet: stationOf(),
      inlet: stationOf('B', { models: { odd: { model: 'anomaly', camera: 'side' }, box: { model: 'detect', camera: 'side' } } }),
    },
  });
  await Promise.all([line.ready(), line.ready(0, 1)]);
  const { address } = await line.agent.says(({ msg }) => msg === 'health and metrics are served', 'where it serves its page');
  return { line, address: new URL(String(address)) };
}

const SIDEWAYS = `[...document.querySelectorAll('.scrolls, .panel')].filter((each) => each.scrollWidth > each.clientWidth)
  .map((each) => each.getAttribute('aria-label') ?? each.outerHTML.slice(0, 100))`;
/** Nobody is kept out, and nothing has to be pushed sideways: no table either. */
async function expectUsable(page: Page, where: string): Promise<void> {
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/${where.replace(', ', '-')}.png` });
  expect(await page.evaluate(SIDEWAYS), where).toEqual([]);
  expect(await findings(page), where).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), where).toBe(0);
}

describe('a line with a PLC', () => {
  it('shows every view as it is, at the panel and on a phone', { timeout: 120_000 }, async () => {
    const { line, address } = await twoStations();
    await Promise.all([line.plc.offer(70, 40), line.plc.offer(5, 100, 1)]);
    await Promise.all([line.answered(70), line.answered(5, 1)]);
    for (const screen of SCREENS) {
      const { page, strangers, complaints } = await visit(address, '/', { screen });
      // Both stations, each with its last part.
      for (const station of ['outlet', 'inlet'])
        await page
          .locator(`[data-station="${station}"]`)
          .getByText(/^part \d+$/)
          .waitFor();
      await expectUsable(page, `line, ${screen}`);

      await page.goto(new URL('/part/5', address).href);
      await page.getByRole('heading', { name: 'Part 5' }).waitFor();
      // The same serial passed both stations.
      const times = page.getByRole('navigation', { name: 'Times this part was judged' });
      await times.getByRole('link', { name: /inlet/ }).click();
      await page.getByText('The PLC was told, and has confirmed it').waitFor();
      await page.getByRole('row', { name: /odd/ }).waitFor();
      await page.locator('.layers img').first().waitFor();
      await expectUsable(page, `part, ${screen}`);

      await page.goto(new URL('/models', address).href);
      await page.getByRole('heading', { name: /outlet · surface/ }).waitFor();
      await expectUsable(page, `models, ${screen}`);

      await page.goto(new URL('/tags', address).href);
      await page.getByRole('row', { name: /plc\.counterb/ }).waitFor();
      await page.getByLabel('Search').fill('verdict_part');
      await page.getByRole('row', { name: /plc\.counterb/ }).waitFor({ state: 'detached' });
      expect(page.url()).toContain('q=verdict_part');
      await expectUsable(page, `tags, ${screen}`);

      await page.goto(new URL('/health', address).href);
      await page.getByRole('row', { name: /OPC UA server/ }).waitFor();
      await expectUsable(page, `health, ${screen}`);

      await page.goto(new URL('/more', address).href);
      await page.getByRole('heading', { name: 'More' }).waitFor();
      await expectUsable(page, `more, ${screen}`);
      expect(strangers).toEqual([]);
      expect(complaints).toEqual([]);
    }
  });

  it('finds parts: what is looked for stands in the address, and older pages follow without a gap', { timeout: 90_000 }, async () => {
    const { line, address } = await twoStations();
    await line.plc.offer(70, 30);
    await line.answered(70);
    const { page } = await visit(address, '/parts?station=outlet');
    const parts = page.locator('table.parts tbody tr');
    await parts.first().waitFor();
    await expect.poll(() => parts.count()).toBe(50);
    const first = await page.locator('table.parts .open').allTextContents();
    await page.getByRole('button', { name: 'Older' }).click();
    await expect.poll(() => parts.count()).toBe(20);
    const second = await page.locator('table.parts .open').allTextContents();
    const shown = [...first, ...second].map(Number).sort((a, b) => a - b);
    expect(shown).toEqual(Array.from({ length: 70 }, (_, i) => i + 1));
    await page.getByLabel('verdict').selectOption('nok');
    await expect.poll(() => page.url()).toContain('verdict=nok');
    expect(page.url()).not.toContain('cursor');
    await page.locator('table.parts .verdict.ok').first().waitFor({ state: 'detached' });
    const bad = line.rows().filter(({ verdict }) => verdict === 'nok').length;
    await expect.poll(() => parts.count()).toBe(Math.min(50, bad));
    await page.reload();
    await expect.poll(() => parts.count()).toBe(Math.min(50, bad));
    await page.getByRole('button', { name: 'Pictures' }).click();
    await page.locator('.grid img').first().waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'More filters' }).click();
    await page.getByLabel('reason or code').fill('no such reason');
    await page.keyboard.press('Tab');
    await page.getByText('No part fits.').waitFor();
    await page.getByRole('button', { name: 'All parts' }).click();
    await expect.poll(() => page.locator('.grid li').count()).toBe(50);
    // Newest first keeps its place while new ones come.
    await line.plc.offer(3, 30);
    await page.getByRole('button', { name: '3 new' }).click();
    await expect.poll(() => page.locator('.grid li .row').first().textContent()).toContain('73');
  });

  it.each(SCREENS)('the line has stopped, and why is one touch away (%s)', { timeout: 90_000 }, async (screen) => {
    const { line, address } = await twoStations();
    await line.plc.offer(3, 100);
    await line.answered(3);
    const { page } = await visit(address, '/', { screen });
    await page.getByText('no alarms').waitFor();
    // Pictures are made only for who looks: one passes before the eyes.
    await page.locator('[data-station="outlet"]').waitFor();
    await line.plc.offer(3, 500);
    await page.locator('[data-station="outlet"] .picture img').waitFor();
    await line.plc.stop();
    await page.getByRole('link', { name: /\d alarms?/ }).click();
    const alarm = page.locator('.alarm-card').first();
    await alarm.getByText(/plc/).first().waitFor();
    await alarm.getByText('What to do:').waitFor();
    expect(await findings(page)).toEqual([]);
    // What is no longer known to be true is not shown as the present.
    const followLink = (name: string) => page.getByRole('link', { name, exact: true }).first().click();
    if (screen === 'phone') await followLink('More');
    await followLink('Tags');
    await page.locator('tr.old', { hasText: 'plc.counter' }).first().waitFor();
    await followLink('Line');
    const picture = page.locator('[data-station="outlet"] .picture.old');
    await picture.getByText(/^no picture since \d\d:\d\d:\d\d$/).waitFor();
    expect(await page.locator('[data-station="outlet"] .last.old').count()).toBe(1);
    expect(await findings(page)).toEqual([]);
  });
});
