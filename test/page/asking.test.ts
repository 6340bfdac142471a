/** What a part's view says beside its record, in a real browser. */
import { expect, it } from 'vitest';
import { setPassword } from '../web/page.ts';
import { findings, useBrowser, visit } from './browser.ts';
import { startPageBox } from './page-box.ts';

useBrowser();

it('says in sentences what would have changed the verdict', { timeout: 120_000 }, async () => {
  const rules = [{ when: 'surface.score >= 0.62', verdict: 'nok', reason: 'surface defect' }];
  const outlet = { trigger: { camera: 'top' }, models: { surface: { model: 'classify', camera: 'top' } }, rules };
  const box = await startPageBox({ stations: { outlet } });
  try {
    await box.agent.judging();
    await setPassword(box.store, 'eve', 'correct horse', 'operator');
    for (const screen of ['panel', 'phone'] as const) {
      const { page, complaints } = await visit(box.address, '/parts?verdict=nok', { screen });
      await page.locator('.open').first().click();
      const panel = page.getByRole('region', { name: 'What would have changed it' });
      await panel.getByText(/^It would have been OK if surface were below 0\.\d+ \(−0\.\d+\)\.$/).waitFor();
      await panel.getByText(/^It would have been REVIEW if surface were below 0\.62 \(−0\.\d+\), or with rule 1 off\.$/).waitFor();
      await panel.getByText('Nothing else would change it.').waitFor();
      if (screen === 'panel') {
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByLabel('Name', { exact: true }).fill('eve');
        await page.getByLabel('Password', { exact: true }).fill('correct horse');
        await page.locator('.dialog').getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('button', { name: 'Judge again with today’s settings' }).click();
        await page.getByText('Today it would be NOK again.').waitFor();
      }
      expect(await findings(page)).toEqual([]);
      expect(complaints).toEqual([]);
      if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/what-if-${screen}.png`, fullPage: true });
    }
  } finally {
    await box.end();
  }
});
