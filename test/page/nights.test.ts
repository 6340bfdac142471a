/** Nights that a line must survive, in a real browser in front of a real agent: more good parts refused, the power gone, three who look at once. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '#agent/store/sqlite.js';
import { scratch } from '../desk/evaluation/setup.ts';
import { cameraOf, grey } from '../integration/line.ts';
import { startAgent } from '../simulators/agent.ts';
import { freePort } from '../simulators/free-port.ts';
import { setPassword } from '../web/page.ts';
import { findings, type Screen, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const SCREENS: readonly Screen[] = ['panel', 'phone'];
const PASSWORD = 'correct horse';
const OUTLET = '[data-station="outlet"]';

const signIn = (page: Page) => signInAs(page, 'tess', PASSWORD);

const password = (store: string) => {
  mkdirSync(store, { recursive: true });
  return setPassword(store, 'tess', PASSWORD, 'technician');
};

async function twice(page: Page, what: string | RegExp, effect: RegExp): Promise<void> {
  await page.getByRole('button', { name: what }).click();
  await page.getByText(effect).waitFor();
  await page.getByRole('button', { name: 'Yes, do it' }).click();
}

interface Said {
  readonly id: string;
  readonly label: string;
}
function labelsOf({ store }: PageBox): readonly Said[] {
  const db = openDatabase(`${store}/journal.db`, { readonly: true });
  try {
    return db.prepare<[], Said>('SELECT id, label FROM labels WHERE undone IS NULL ORDER BY rowid').all();
  } finally {
    db.close();
  }
}

it('since a moment good parts are refused: when it began, five labels, and another limit beside', {
  timeout: 400_000,
}, async () => {
  // How far a picture's brightness is from the middle is its score: 0.1 as usual, from some moment on 0.57 to 0.62, above the limit of 0.5.
  const folder = scratch();
  for (const [name, values] of [
    ['before', [140, 141]],
    ['since', [140, 200, 203, 206]],
  ] as const) {
    mkdirSync(join(folder, name));
    for (const value of values) await grey(join(folder, name, `${value}.png`), () => value, 16);
  }
  const judged = { model: 'anomaly', camera: 'top' };
  const box = await startPageBox(
    { cameras: { top: cameraOf(folder, 'before', 10) }, stations: { outlet: { trigger: { camera: 'top' }, models: { surface: judged } } } },
    { before: password },
  );
  onTestFinished(() => box.end());
  await box.agent.judging();
  const refused = async () =>
    ((await (await fetch(new URL('/api/v1/inspections?verdict=nok&limit=100', box.address))).json()) as { items: readonly unknown[] }).items
      .length;
  const parts = async () =>
    ((await (await fetch(new URL('/api/v1/inspections?limit=100', box.address))).json()) as { items: readonly unknown[] }).items.length;
  await expect.poll(parts, { timeout: 30_000 }).toBeGreaterThan(30);
  // The strip's steps are minutes: what begins with one is told to the minute.
  const minute = Math.ceil(Date.now() / 60_000) * 60_000;
  await expect.poll(() => Date.now(), { timeout: 70_000 }).toBeGreaterThan(minute);
  writeFileSync(box.file, readFileSync(box.file, 'utf8').replace(join(folder, 'before'), join(folder, 'since')));
  await expect.poll(refused, { timeout: 40_000 }).toBeGreaterThan(40);

  for (const screen of SCREENS) {
    const { page, complaints } = await visit(box.address, '/scores?station=outlet&model=surface&over=hour', { screen });
    await signIn(page);
    await page.getByText(/^Since about .* parts were at or above the limit; before it .* were\.$/).waitFor();
    const cards = page.locator('.score-parts li');
    // What was said on the other screen is known here.
    const wanted = screen === 'panel' ? 5 : 0;
    for (let n = 0; n < wanted; n++) {
      await page.getByText(`${n} of 5 parts at or above the limit are labelled good`).waitFor();
      await cards.nth(n).getByRole('button', { name: 'Good' }).click();
      await cards.nth(n).getByRole('status').waitFor();
      // Nothing moves under a finger.
      expect(await cards.count()).toBe(5);
    }
    await page.getByText(/^Proposed: 0\.6\d\d instead of 0\.500\./).waitFor();
    await page.getByText(/^Of [\d\s ]+ stored parts [\d\s ]+ are at or above the limit as it is, and [\d\s ]+ would be\.$/).waitFor();
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/since-${screen}.png`, fullPage: true });
    await twice(page, /^Run 0\.6\d\d beside it$/, /nothing of it reaches the PLC/);
    await page.getByText(/^0\.6\d\d runs beside 0\.500\. They agreed on \d+ of \d+ parts\.$/).waitFor({ timeout: 60_000 });
    await twice(page, 'End it', /Nothing runs beside 0\.500 any more/);
    await page.getByRole('button', { name: /^Run 0\.6\d\d beside it$/ }).waitFor({ timeout: 60_000 });
    expect(complaints).toEqual([]);
    await page.context().close();
  }
});

it.each(SCREENS)(
  'the power goes while labels and a config are on their way: all labels are there, once, and the file is whole (%s)',
  {
    timeout: 180_000,
  },
  async (screen) => {
    const rules = [{ when: 'surface.score >= 0.9', verdict: 'review', reason: 'look at it' }];
    const station = { trigger: { camera: 'top' }, models: { surface: { model: 'classify', camera: 'top' } }, rules };
    const web = { listen: `127.0.0.1:${await freePort()}` };
    const box = await startPageBox({ web, stations: { outlet: station } }, { before: password });
    onTestFinished(() => box.end());
    await box.agent.judging();
    const startAgain = () => {
      const again = startAgent(box.file);
      onTestFinished(() => again.kill());
      return again;
    };
    const queue = async () =>
      ((await (await fetch(new URL('/api/v1/review?why=abstained', box.address))).json()) as { items: readonly unknown[] }).items.length;
    await expect.poll(queue, { timeout: 60_000 }).toBeGreaterThan(5);
    const { page } = await visit(box.address, '/', { screen });
    await signIn(page);
    await page.goto(new URL('/review?why=abstained', box.address).href);
    // Of the random share it is no link.
    const name = () => page.locator('article.one .facts-line > :first-child').textContent();
    const good = page.getByRole('button', { name: /^Good/ });
    const said = async () => {
      const before = await name();
      await good.click();
      await expect.poll(name).not.toBe(before);
    };
    await said();
    await expect.poll(() => labelsOf(box).length).toBe(1);
    // The second is on its way when the power goes.
    await Promise.all([good.click(), box.agent.kill()]);
    const second = startAgain();
    await second.judging();
    await expect.poll(() => labelsOf(box).length, { timeout: 60_000 }).toBe(2);
    await page.getByText('on the way to the box').waitFor({ state: 'detached' });
    expect(new Set(labelsOf(box).map(({ id }) => id)).size).toBe(2);

    // A config that is being written when it goes again is the old one or the new one.
    await page.goto(new URL('/config', box.address).href);
    const field = page.getByLabel('The config file', { exact: true });
    await expect.poll(() => field.inputValue(), { timeout: 15_000 }).toContain('"outlet"');
    await expect.poll(() => field.isEditable(), { timeout: 15_000 }).toBe(true);
    const old = readFileSync(box.file, 'utf8');
    const fresh = (await field.inputValue()).replace('"models": {', '"deadline": "777ms",\n"models": {');
    await field.fill(fresh);
    const apply = page.getByRole('button', { name: 'Apply', exact: true });
    await expect.poll(() => apply.isEnabled(), { timeout: 20_000 }).toBe(true);
    await apply.click();
    await Promise.all([page.getByRole('button', { name: 'Apply now' }).click(), second.kill()]);
    expect([old, fresh]).toContain(readFileSync(box.file, 'utf8'));
    const third = startAgain();
    await third.judging();
    await page.goto(new URL('/config', box.address).href);
    await page.getByText('This file judges since').waitFor({ timeout: 30_000 });
    // What was typed is still there for whoever has not seen it applied.
    await expect.poll(() => field.inputValue(), { timeout: 15_000 }).toBe(fresh);
    expect(labelsOf(box).length).toBe(2);
  },
);

it('three look at once, one over a slow phone: every part is judged, and the slow one gets fewer pictures, not later ones', {
  timeout: 180_000,
}, async () => {
  const folder = scratch();
  mkdirSync(join(folder, 'frames'));
  // Noise does not compress: a picture takes a slow way more than a second.
  for (let i = 0; i < 4; i++) {
    const pixels = Uint8Array.from({ length: 640 * 480 }, (_, at) => (Math.imul(at + 1, 2654435761 + i) >>> 24) & 63);
    await sharp(pixels, { raw: { width: 640, height: 480, channels: 1 } })
      .png()
      .toFile(join(folder, 'frames', `${i}.png`));
  }
  const box = await startPageBox({ cameras: { top: cameraOf(folder, 'frames', 5) } });
  onTestFinished(() => box.end());
  await box.agent.judging();
  const visits = [];
  for (const screen of ['panel', 'panel', 'phone'] as const) {
    const { page, context } = await visit(box.address, '/', { screen });
    await page.locator(OUTLET).locator('figure img').waitFor();
    visits.push({ page, context });
  }
  const [fast, , slow] = visits;
  if (!fast || !slow) throw new Error('three have come');
  const way = await slow.context.newCDPSession(slow.page);
  await way.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 100,
    downloadThroughput: 40_000,
    uploadThroughput: 40_000,
  });
  const pictures = { fast: 0, slow: 0 };
  for (const [name, { page }] of [
    ['fast', fast],
    ['slow', slow],
  ] as const)
    page.on('requestfinished', (request) => {
      if (request.url().includes('/picture?')) pictures[name]++;
    });
  const newest = async () =>
    ((await (await fetch(new URL('/api/v1/inspections?limit=1', box.address))).json()) as { items: readonly { sequence: number }[] })
      .items[0]?.sequence ?? 0;
  const from = await newest();
  await expect.poll(() => pictures.slow, { timeout: 60_000 }).toBeGreaterThan(7);
  expect(pictures.fast).toBeGreaterThan(1.5 * pictures.slow);
  // Eight pictures that waited for each other would be older with each of them; what is shown is as old as one takes to come.
  const shown = (await slow.page.locator(OUTLET).locator('figcaption').textContent()) ?? '';
  expect(shown).toMatch(/^picture (now|[1-4] s ago)$/);
  // None was missed, refused or left unjudged for those who look.
  const parts = (await newest()) - from;
  const items = (
    (await (await fetch(new URL(`/api/v1/inspections?limit=${Math.min(100, parts)}`, box.address))).json()) as {
      items: readonly { outcome: string }[];
    }
  ).items;
  expect(new Set(items.map(({ outcome }) => outcome))).toEqual(new Set(['judged']));
});
