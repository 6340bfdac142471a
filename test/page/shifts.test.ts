/** Shifts in a real browser: the present one so far, and those that have ended, on the panel and on a phone. */
import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openJournal } from '#agent/store/database.js';
import { put } from '../store/setup.ts';
import { findings, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const HOUR = 3_600_000;
const whole = { from: '00:00', to: '12:00' };
const CALENDAR = { zone: 'UTC', shifts: { first: whole, second: { from: '12:00', to: '00:00' } } };
const START = Math.floor(Date.now() / (12 * HOUR)) * 12 * HOUR;

/** Parts of the last shifts, the newest of which got worse; of one nothing is known. */
function past(store: string): void {
  mkdirSync(store, { mode: 0o700 });
  const { db } = openJournal(store, 'now');
  db.pragma('synchronous = OFF');
  let sequence = 0;
  for (let shift = 9; shift >= 1; shift--) {
    const bad = shift === 1 ? 30 : 4;
    for (let i = 0; i < 100; i++) {
      const at = START - shift * 12 * HOUR + i * 300_000;
      const said =
        i < bad ? { verdict: 'nok', reasons: JSON.stringify([{ text: 'surface defect (0.8)' }]) } : { verdict: 'ok', reasons: '[]' };
      const id = `past-${++sequence}`;
      put(db, 'inspections', {
        id,
        sequence,
        at,
        recorded: at,
        station: 'outlet',
        recipe: 'standard',
        outcome: 'judged',
        part: id,
        tags: '{}',
        frames: '[]',
        ...said,
      });
    }
    for (let slot = 0; slot < 144 && shift !== 3; slot++)
      put(db, 'watched_slots', {
        slot: (START - shift * 12 * HOUR) / 300_000 + slot,
        station: 'outlet',
        watched: 300_000,
        running: 270_000,
        stopped: 30_000,
      });
  }
  db.close();
}

it('show what is made, and that the last one was worse', { timeout: 180_000 }, async () => {
  const box: PageBox = await startPageBox(
    {
      calendar: CALENDAR,
      stations: {
        outlet: { trigger: { camera: 'top' }, models: { surface: { model: 'classify', camera: 'top' } }, machine: { ideal_cycle: '400s' } },
      },
    },
    { before: past },
  );
  try {
    await box.agent.judging();
    for (const screen of ['panel', 'phone'] as const) {
      const { page, strangers, complaints, context } = await visit(box.address, screen === 'panel' ? '/' : '/shifts', { screen });
      if (screen === 'panel') await page.getByRole('link', { name: 'Shifts' }).click();
      const present = page.getByRole('region', { name: 'The present shift' });
      await present.getByText('produced', { exact: true }).waitFor();
      await present.getByText(/^The agent was not there all the time/).waitFor();
      await expect.poll(() => present.getByText(/^\d+ to be reworked$/).count()).toBe(1);
      const rows = page.getByRole('region', { name: 'The last ten shifts' }).getByRole('row');
      await expect.poll(() => rows.count()).toBe(11);
      const newest = await rows.nth(1).innerText();
      expect(newest).toContain('70.0');
      expect(await rows.nth(2).innerText()).toContain('96.0');
      // Nothing was watched in it: that is said, and no part of it was lost.
      expect(await rows.nth(3).innerText()).toContain('agent was off');
      // All that was made, as one recipe; nobody names orders here.
      const groups = page.getByRole('region', { name: 'By recipe and by order' });
      await groups.getByRole('row', { name: /^standard/ }).waitFor();
      await groups.getByRole('button', { name: 'By order' }).click();
      await groups.getByText('No tag names the order of a part').waitFor();
      expect(await findings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
      expect({ strangers, complaints }).toEqual({ strangers: [], complaints: [] });
      if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/shifts-${screen}.png`, fullPage: true });
      await rows.nth(1).getByRole('link').click();
      await page.getByRole('heading', { name: /^Report of the shift/ }).waitFor();
      const worse = page.getByRole('region', { name: /^What got worse/ });
      await worse.getByText('surface defect').waitFor();
      await page.getByRole('region', { name: 'What was made' }).getByText('70.0').waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
      expect(await findings(page)).toEqual([]);
      expect(complaints).toEqual([]);
      if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/report-${screen}.png`, fullPage: true });
      // On paper there is the report alone.
      await page.emulateMedia({ media: 'print' });
      expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
      expect(await page.getByRole('navigation').first().isVisible()).toBe(false);
      expect(await worse.isVisible()).toBe(true);
      if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/report-print-${screen}.png`, fullPage: true });
      await context.close();
    }
  } finally {
    await box.end();
  }
});
