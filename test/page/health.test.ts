/** Nights in front of Health, in a real browser: an alarm is seen, put aside and had back; the PLC has a new certificate. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cameraOf, grey } from '../integration/line.ts';
import { type OpcuaSimulator, startOpcuaServer } from '../simulators/opcua.ts';
import { tagsOf } from '../simulators/plc.ts';
import { setPassword } from '../web/page.ts';
import { findings, SCREENS, type Screen, signInAs, useBrowser, type VisitWish, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
/** The alarm that is out of sight, and the time of the page. */
const SHELVED =
  "fetch('/api/v1/alarms').then((reply) => reply.json()).then((all) => ({ at: Date.now(), shelved: all.find(({ shelved }) => shelved)?.shelved }))";
/** Panels that are lower than what is in them. */
const CUT = '[...document.querySelectorAll(".scrolls")].filter((one) => one.scrollHeight > one.clientHeight).map((one) => one.ariaLabel)';
const LOOKS = [
  ['panel', { screen: 'panel', looks: 'light' }],
  ['phone', { screen: 'phone', looks: 'dark' }],
] as const satisfies readonly (readonly [Screen, VisitWish])[];

let box: PageBox;
let plc: OpcuaSimulator;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-page-health-'));
  for (const each of ['first', 'second', 'frames']) mkdirSync(join(folder, each));
  await grey(join(folder, 'frames', 'good.png'), () => 10);
  plc = await startOpcuaServer('asyncua', { pki: join(folder, 'first') });
  const opcua = { plc: { endpoint: plc.endpoint, silence: '3s', tags: tagsOf() } };
  const outlet = {
    trigger: { camera: 'top' },
    models: { surface: { model: 'classify', camera: 'top' } },
    answer: { verdict: 'plc.verdict', values: { ok: 1, nok: 2, review: 3 } },
  };
  box = await startPageBox({
    opcua,
    stations: { outlet },
    cameras: { top: cameraOf(folder, 'frames', 2), gone: cameraOf(folder, 'nowhere') },
  });
  await setPassword(box.store, 'eve', PASSWORD, 'operator');
  await setPassword(box.store, 'mueller', PASSWORD, 'technician');
}, 60_000);
afterAll(async () => {
  await box?.end();
  await plc?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const signIn = (page: Page, name: string) => signInAs(page, name, PASSWORD);

async function expectUsable(page: Page, name: string): Promise<void> {
  expect(await findings(page), name).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), name).toBe(0);
  expect(await page.evaluate(CUT), name).toEqual([]);
  for (const button of await page.locator('button.act').all())
    expect((await button.boundingBox())?.height, name).toBeGreaterThanOrEqual(80);
  const pictures = process.env['LINESIDE_PICTURES'];
  if (pictures) await page.screenshot({ path: `${pictures}/health-${name}.png`, fullPage: true });
}

describe('an alarm', () => {
  const card = (page: Page) => page.locator('li.alarm-card').filter({ hasText: 'Camera gone' });
  const shelf = (page: Page) => card(page).locator('summary').filter({ hasText: 'Put it out of sight' });

  it.each(LOOKS)('is seen by somebody, put out of sight and had back (%s)', { timeout: 120_000 }, async (screen, looks) => {
    const { page, complaints } = await visit(box.address, '/health', looks);
    await card(page).getByText('What to do:').waitFor();
    // Whoever has not signed in is offered nothing.
    expect(await page.locator('button.act').count()).toBe(0);
    await signIn(page, 'mueller');
    if (screen === 'panel') {
      await card(page).getByRole('button', { name: 'I have seen it' }).click();
      await card(page)
        .getByText(/^seen by mueller, /)
        .waitFor();
    }
    await page.reload();
    await card(page)
      .getByText(/^seen by mueller, /)
      .waitFor();
    await shelf(page).click();
    const shelve = card(page).getByRole('button', { name: 'Put it out of sight' });
    expect(await shelve.isDisabled()).toBe(true);
    await card(page).getByLabel('Why').fill('it is being moved');
    await page.reload();
    await shelf(page).click();
    expect(await card(page).getByLabel('Why').inputValue()).toBe('it is being moved');
    await card(page).getByLabel('How long').selectOption('8 hours');
    await page.reload();
    await shelf(page).click();
    expect(await card(page).getByLabel('How long').inputValue()).toBe(String(8 * 3600));
    expect(await card(page).getByLabel('Why').inputValue()).toBe('it is being moved');
    await expectUsable(page, `shelve-${screen}`);
    await shelve.click();
    await card(page)
      .getByText(/^by mueller until .*: it is being moved$/)
      .waitFor();
    const { shelved, at } = await page.evaluate<{ at: number; shelved: { until: number } }>(SHELVED);
    expect(shelved.until - at).toBeGreaterThan(7 * 3_600_000);
    await page.getByRole('heading', { name: 'Out of sight for a while' }).waitFor();
    await card(page).getByRole('button', { name: 'Have it in sight again' }).click();
    await card(page)
      .getByText(/^seen by mueller, /)
      .waitFor();
    // Sent, it is kept no longer.
    await shelf(page).click();
    expect(await card(page).getByLabel('How long').inputValue()).toBe('3600');
    expect(await card(page).getByLabel('Why').inputValue()).toBe('');
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Get the support file' }).click()]);
    expect(file.suggestedFilename()).toMatch(/^lineside-.*\.json$/);
    await card(page)
      .getByRole('link', { name: /^CAMERA_/ })
      .click();
    await page.getByRole('heading', { level: 1, name: /CAMERA_/ }).waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('the PLC has a new certificate', () => {
  const waiting = (page: Page) => page.locator('.alarm-card').filter({ hasText: 'shows a certificate that nobody has trusted yet' });

  it.each(LOOKS)('and is trusted within three touches, both fingerprints in view (%s)', { timeout: 120_000 }, async (screen, looks) => {
    const { page, complaints } = await visit(box.address, '/', looks);
    await signIn(page, 'mueller');
    // One touch.
    await page.getByRole('link', { name: 'Health', exact: true }).first().click();
    await waiting(page).waitFor();
    if (screen === 'panel') {
      await waiting(page).getByRole('button', { name: 'Trust this certificate' }).click();
      // Something else goes wrong between the touches, and all is asked for anew.
      const whole = readFileSync(box.file, 'utf8');
      const again = page.waitForResponse((reply) => reply.url().endsWith('/api/v1/certificates'));
      writeFileSync(box.file, `${whole}]`);
      await page.locator('li.alarm-card').filter({ hasText: 'CONFIG_' }).waitFor();
      await again;
      writeFileSync(box.file, whole);
      await waiting(page).getByRole('button', { name: 'Yes, trust it' }).click();
      await page.getByText('plc is trusted with this one:').waitFor();
      await plc.kill();
      await plc.start({ pki: join(folder, 'second') });
      await waiting(page).waitFor({ timeout: 60_000 });
    }
    expect(await waiting(page).locator('.fingerprint').count()).toBe(2);
    const [shown, before] = await waiting(page).locator('.fingerprint').allTextContents();
    expect(shown).not.toBe(before);
    await waiting(page).getByText('It was trusted with this one until now:').waitFor();
    await expectUsable(page, `certificate-${screen}`);
    if (screen === 'phone') {
      // Two more.
      await waiting(page).getByRole('button', { name: 'Trust this certificate' }).click();
      await waiting(page)
        .getByText(/^The agent will connect to plc with it from now on\./)
        .waitFor();
      await waiting(page).getByRole('button', { name: 'Yes, trust it' }).click();
      await waiting(page).waitFor({ state: 'detached' });
      await expect.poll(() => plc.sessions(), { timeout: 60_000 }).toBeGreaterThan(0);
    }
    expect(complaints).toEqual([]);
  });
});

it('a dead PLC stands on top, what follows from it under it, and the Line names the cause', { timeout: 120_000 }, async () => {
  await plc.kill();
  const { page, complaints } = await visit(box.address, '/health');
  const dead = page.locator('li.alarm-card').filter({ hasText: 'OPC UA server plc cannot be reached' });
  await dead.waitFor({ timeout: 60_000 });
  await dead.locator('.follow').getByText('OPCUA_WRITE_FAILED').waitFor({ timeout: 60_000 });
  await dead.getByText(/^\d+ alarms? follows? from this one$/).waitFor();
  // It has no card of its own.
  const cards = page.locator('li.alarm-card:not(.over)').filter({ hasText: 'OPCUA_WRITE_FAILED' });
  expect(await cards.count()).toBe(1);
  const all = (await (await fetch(new URL('/api/v1/alarms', box.address))).json()) as { cause: string | null; down: boolean }[];
  expect(all.filter(({ cause }) => cause === 'OPCUA_UNREACHABLE/opcua/plc').length).toBeGreaterThan(0);
  for (const screen of ['panel', 'phone'] as const) {
    await page.setViewportSize(SCREENS[screen]);
    await expectUsable(page, `dead-${screen}`);
  }
  await page.goto(box.address.href);
  const said = page.locator('[data-station="outlet"] .conditions li');
  await said.filter({ hasText: 'OPC UA server plc cannot be reached' }).waitFor();
  expect(await said.filter({ hasText: 'could not be written' }).count()).toBe(0);
  expect(complaints).toEqual([]);
});
