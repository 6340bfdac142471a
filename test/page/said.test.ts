/** What machines say and what was written before, in a real browser: under Health, at an alarm, and on a part's card. */
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openJournal } from '#agent/store/database.js';
import { put } from '../store/setup.ts';
import { setPassword } from '../web/page.ts';
import { findings, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const HOUR = 3_600_000;
const PASSWORD = 'correct horse';
let box: PageBox;

function past(store: string): void {
  mkdirSync(store, { mode: 0o700 });
  const { db } = openJournal(store, 'now');
  const now = Date.now();
  const text = { source: 'tag', origin: 'plc.message', condition: '', recorded: now };
  put(db, 'texts', { ...text, id: 't1', at: now - HOUR, state: 'active', text: 'Schutztür 3 offen' });
  put(db, 'texts', { ...text, id: 't2', at: now - 5 * HOUR, state: 'ended', ended: now - 4 * HOUR, text: 'Werkzeug gewechselt' });
  const alarm = { code: 'OPCUA_UNREACHABLE', subject: 'opcua/plc', text: 'no answer', next: '' };
  put(db, 'alarms', { ...alarm, key: 'old', since: now - 30 * HOUR, cleared: now - 29 * HOUR });
  put(db, 'notes', {
    id: 'n1',
    at: now - 29.5 * HOUR,
    source: 'page',
    alarm: 'OPCUA_UNREACHABLE',
    text: 'Switch im Schaltschrank neu gestartet',
    recorded: now,
  });
  const done = JSON.stringify({ alarm: 'OPCUA_UNREACHABLE/opcua/plc', outcome: 'done' });
  put(db, 'audit', { recorded: now, at: now - 29.6 * HOUR, who: 'eve', source: 'web', verb: 'acknowledge', detail: done });
  db.close();
}

beforeAll(async () => {
  const security = { mode: 'None', policy: 'None' };
  const tags = { message: { node: 'ns=1;s=Message' } };
  box = await startPageBox(
    { opcua: { plc: { endpoint: 'opc.tcp://127.0.0.1:1', security, tags } }, language: { texts: ['plc.message'], names: ['Müller'] } },
    { before: past },
  );
  await setPassword(box.store, 'eve', PASSWORD, 'operator');
}, 60_000);
afterAll(() => box?.end());

const usable = async (page: Parameters<typeof findings>[0], name: string) => {
  const pictures = process.env['LINESIDE_PICTURES'];
  if (pictures) await page.screenshot({ path: `${pictures}/said-${name}.png`, fullPage: true });
  expect(await findings(page), name).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), name).toBe(0);
};

it.each([
  ['panel', 'light'],
  ['phone', 'dark'],
] as const)(
  'says what machines say, and at an alarm what was written and done before (%s)',
  { timeout: 120_000 },
  async (screen, looks) => {
    const { page, complaints } = await visit(box.address, '/health', { screen, looks });
    await page.getByRole('region', { name: 'What the machines say now' }).getByText('Schutztür 3 offen').waitFor();
    expect(await page.getByText('Werkzeug gewechselt').count()).toBe(0);
    await signInAs(page, 'eve', PASSWORD);
    const card = page.locator('li.alarm-card').filter({ hasText: 'OPCUA_UNREACHABLE' });
    await card.getByText('Notes, and what was done the last times').click();
    await card.getByText('Switch im Schaltschrank neu gestartet').first().waitFor();
    await card.getByText('acknowledge', { exact: true }).waitFor();
    await card.getByRole('textbox').fill(`Hr. Schulze inf., ${screen}`);
    await card.getByRole('button', { name: 'Keep' }).click();
    await card.getByText(`Hr. <name> inf., ${screen}`).first().waitFor();
    await usable(page, `health-${screen}`);

    await page.goto(new URL('/parts', box.address).href);
    await page.locator('a[href*="/part/"], a[href*="/inspection/"]').first().click();
    await page.getByRole('region', { name: 'What the machine said around this part' }).getByText('Schutztür 3 offen').waitFor();
    await usable(page, `part-${screen}`);
    expect(complaints).toEqual([]);
  },
);
