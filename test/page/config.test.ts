/** The config on the page: mended, tried, applied and gone back to, in a real browser in front of a real agent. */

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { packageRoot } from '#agent/platform/package-root.js';
import { startAgent } from '../simulators/agent.ts';
import { freePort } from '../simulators/free-port.ts';
import { findings, type Screen, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const MAIN = join(packageRoot, 'dist', 'bundle', 'main.js');
const SCREENS: readonly Screen[] = ['panel', 'phone'];
const PASSWORD = 'correct horse';

async function boxWithTechnician(more: object = {}): Promise<PageBox> {
  const before = (store: string) => {
    const typed = { input: `${PASSWORD}\n`, encoding: 'utf8' } as const;
    const done = spawnSync(process.execPath, [MAIN, 'password', 'tess', '--role', 'technician', '--store', store], typed);
    expect(done.status, done.stderr).toBe(0);
  };
  const box = await startPageBox(more, { before });
  onTestFinished(() => box.end());
  return box;
}

async function signIn(page: Page): Promise<void> {
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('tess');
  await dialog.getByLabel('Password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'detached' });
}

const field = (page: Page) => page.getByLabel('The config file', { exact: true });
/** As somebody who types it: the box has to be there first. */
async function change(page: Page, from: string, to: string): Promise<string> {
  await expect.poll(() => field(page).inputValue(), { timeout: 15_000 }).toContain(from);
  await expect.poll(() => field(page).isEditable(), { timeout: 15_000 }).toBe(true);
  const text = (await field(page).inputValue()).replace(from, to);
  await field(page).fill(text);
  return text;
}
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['LINESIDE_PICTURES'];
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
}

it.each(SCREENS)(
  'a typing error is shown at its line before it is applied, and nothing typed is lost (%s)',
  { timeout: 120_000 },
  async (screen) => {
    const box = await boxWithTechnician();
    const { page, strangers, complaints } = await visit(box.address, '/config', { screen, looks: screen === 'panel' ? 'light' : 'dark' });
    await page.getByText('This file judges since').waitFor();
    // Who has not signed in looks, and is offered no change.
    await expect.poll(() => field(page).inputValue()).toContain('"outlet"');
    expect([await field(page).isEditable(), await page.getByRole('button', { name: 'Apply' }).count()]).toEqual([false, 0]);
    expect(await findings(page)).toEqual([]);
    await signIn(page);
    const wrong = await change(page, '"stations"', '"statons"');
    const line = wrong.slice(0, wrong.indexOf('"statons"')).split('\n').length;
    const faults = page.getByRole('region', { name: 'Faults' });
    await faults.getByRole('button', { name: `Line ${line}` }).waitFor();
    await page.locator('.gutter .faulty', { hasText: `▲ ${line}` }).waitFor();
    expect(await page.getByRole('button', { name: 'Apply', exact: true }).isDisabled()).toBe(true);
    await faults.getByRole('button', { name: `Line ${line}` }).click();
    expect(
      await page.evaluate('document.activeElement.value.slice(document.activeElement.selectionStart).startsWith("\\"statons\\"")'),
    ).toBe(true);
    await shoot(page, `config-fault-${screen}`);
    expect(await findings(page)).toEqual([]);
    await page.reload();
    await expect.poll(() => field(page).inputValue(), { timeout: 15_000 }).toBe(wrong);
    // The session ends: it is still there for whoever signs in again.
    await page.context().clearCookies();
    await page.reload();
    await page.getByText('Passwords are hidden.').waitFor();
    await signIn(page);
    await expect.poll(() => field(page).inputValue(), { timeout: 15_000 }).toBe(wrong);

    await change(page, '"statons"', '"stations"');
    await expect.poll(() => page.getByRole('region', { name: 'What it would change' }).count()).toBe(0);
    await change(page, '"models": {', '"deadline": "777ms",\n"models": {');
    await page.getByRole('region', { name: 'What it would change' }).getByRole('listitem').first().waitFor();
    await shoot(page, `config-effect-${screen}`);
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await page.getByText(/^The file is written, and .*outlet.* starts? anew\./).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Apply now' }).click();
    await page.getByText('runs now').waitFor();
    await expect.poll(() => readFileSync(box.file, 'utf8'), { timeout: 15_000 }).toContain('777ms');
    const versions = page.getByRole('region', { name: 'Versions that have run' });
    await expect.poll(() => versions.getByText('tess').count(), { timeout: 20_000 }).toBe(1);
    // Back: the text of before, through the same door.
    await versions.getByRole('button', { name: 'Difference' }).last().click();
    await versions.locator('.difference .gone', { hasText: '777ms' }).waitFor();
    await shoot(page, `config-versions-${screen}`);
    expect(await findings(page)).toEqual([]);
    await versions.getByRole('button', { name: 'Take this text into the editor' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'Apply', exact: true }).isEnabled(), { timeout: 15_000 }).toBe(true);
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await page.getByRole('button', { name: 'Apply now' }).click();
    await expect.poll(() => readFileSync(box.file, 'utf8'), { timeout: 15_000 }).not.toContain('777ms');
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    // The session that was taken away above is asked for once more.
    expect([strangers, complaints.filter((text) => !/status of 401/.test(text))]).toEqual([[], []]);
  },
);

it('two who change at once overwrite nobody: the second sees what the first has done, and keeps what he typed', {
  timeout: 90_000,
}, async () => {
  const box = await boxWithTechnician();
  const { page } = await visit(box.address, '/config');
  await signIn(page);
  const mine = await change(page, '"models": {', '"deadline": "777ms",\n"models": {');
  await expect.poll(() => page.getByRole('button', { name: 'Apply', exact: true }).isEnabled(), { timeout: 15_000 }).toBe(true);
  writeFileSync(box.file, readFileSync(box.file, 'utf8').replace('"models": {', '"on_failure": "review",\n"models": {'));
  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  await page.getByRole('button', { name: 'Apply now' }).click();
  await page.getByText('The file was changed by somebody else since you began.').waitFor();
  expect(await field(page).inputValue()).toBe(mine);
  expect(readFileSync(box.file, 'utf8')).not.toContain('777ms');
  await page.locator('.difference .gone', { hasText: 'on_failure' }).waitFor();
  await shoot(page, 'config-elsewhere');
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Go on with mine, in place of that' }).click();
  await expect.poll(() => page.getByRole('button', { name: 'Apply', exact: true }).isEnabled(), { timeout: 15_000 }).toBe(true);
});

it.each(SCREENS)(
  'broken at the start: the page stands up at the fault, it is mended there, and the line judges (%s)',
  { timeout: 120_000 },
  async (screen) => {
    // The same address before and after: the page goes over with the agent.
    const box = await boxWithTechnician({ web: { listen: `127.0.0.1:${await freePort()}` } });
    await box.agent.judging();
    await box.agent.stop();
    writeFileSync(box.file, readFileSync(box.file, 'utf8').replace('"stations"', '"statons"'));
    const again = startAgent(box.file);
    onTestFinished(() => again.kill());
    const { address } = await again.says(({ msg }) => msg === 'health and metrics are served', 'where it serves its page');
    const { page } = await visit(new URL(String(address)), '/', { screen });
    await page.getByText('No part is judged: the file has been broken since the start.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/config');
    await page
      .getByRole('region', { name: 'Faults' })
      .getByRole('button', { name: /^Line \d+$/ })
      .first()
      .waitFor();
    await shoot(page, `config-safe-mode-${screen}`);
    expect(await findings(page)).toEqual([]);
    await signIn(page);
    await change(page, '"statons"', '"stations"');
    await expect.poll(() => page.getByRole('button', { name: 'Apply', exact: true }).isEnabled(), { timeout: 20_000 }).toBe(true);
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await page.getByRole('button', { name: 'Apply now' }).click();
    // He was sent to the file from the line, and is back there when it judges.
    await page
      .locator('[data-station="outlet"]')
      .getByText(/^part \d+$/)
      // The night is given a minute, of which a box that does other things too takes its share.
      .waitFor({ timeout: 40_000 });
  },
);
