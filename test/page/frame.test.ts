/** The frame of the page and its first view, in a real browser in front of a real agent. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { packageRoot } from '#agent/platform/package-root.js';
import { startProxy } from '../simulators/tcp-proxy.ts';
import { findings, type Looks, type Screen, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const MAIN = join(packageRoot, 'dist', 'bundle', 'main.js');

/** Words that are looked for as a person reads them. */
const OUTLET = '[data-station="outlet"]';
/** What is there to be touched and lower than a gloved finger needs. */
const LOW = `[...document.querySelectorAll('button, nav a, .strip a, input')].filter((each) => each.offsetHeight > 0 && Math.min(each.offsetHeight, each.offsetWidth) < 48)
  .map((each) => each.outerHTML)`;
const SCREENS: readonly (readonly [Screen, Looks])[] = [
  ['panel', 'light'],
  ['panel', 'dark'],
  ['phone', 'light'],
  ['phone', 'dark'],
];

/** Of this machine, as ISO 8601 writes it. */
const offsetHere = (): string => {
  const minutes = -new Date().getTimezoneOffset();
  const two = (n: number) => String(Math.trunc(Math.abs(n))).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
};
const styleOf = (page: Page, selector: string, property: string): Promise<string> =>
  page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(selector)}))[${JSON.stringify(property)}]`);
/** The verdicts of the strip as they are called. */
const stripOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(`[...document.querySelectorAll(${JSON.stringify(`${OUTLET} .strip a`)})].map((each) => each.title)`);
const partAt = (page: Page) => page.locator(OUTLET).getByText(/^part \d+$/);

describe('in front of a line that runs', () => {
  let box: PageBox;
  beforeAll(async () => {
    box = await startPageBox();
    return () => box.end();
  }, 60_000);

  it.each(SCREENS)(
    'shows the last part with verdict, reason and picture (%s, %s); axe finds nothing; nothing leaves the box',
    async (screen, looks) => {
      const { page, strangers, complaints } = await visit(box.address, '/', { screen, looks });
      const tile = page.locator(OUTLET);
      // Of three pictures two are bad, and each stays for half a second: the strip keeps them.
      await tile.locator('.strip .verdict.nok:visible').first().waitFor();
      await tile.locator('.big .verdict').getByText(/OK/).waitFor();
      await tile.locator('figure img').waitFor();
      await tile.getByText(/^part \d+$/).waitFor();
      expect(await tile.locator('.strip li').count()).toBeGreaterThan(0);
      await page.getByText('line3').waitFor();
      await page.locator('.head .state', { hasText: 'running' }).waitFor();
      expect(await findings(page)).toEqual([]);
      expect(strangers).toEqual([]);
      expect(complaints).toEqual([]);
      // What is touched with a glove.
      const low = await page.evaluate(LOW);
      expect(low).toEqual([]);
      // No sideways scrolling at either size.
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    },
  );

  it('follows the line: a part that is judged now stands there without a reload, in every tab over one stream', async () => {
    const { page, context } = await visit(box.address);
    const other = await context.newPage();
    await other.goto(box.address.href);
    for (const tab of [page, other]) {
      const part = tab.locator(OUTLET).getByText(/^part \d+$/);
      await part.waitFor();
      const before = await part.textContent();
      await expect.poll(() => part.textContent(), { timeout: 20_000 }).not.toBe(before);
    }
  });

  it('opens a part where a scanner types it, wherever the focus is but in a text field', async () => {
    const { page } = await visit(box.address);
    await page
      .locator(OUTLET)
      .getByText(/^part \d+$/)
      .waitFor();
    await page.getByRole('link', { name: 'Line', exact: true }).first().focus();
    await page.keyboard.type('1');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Part 1' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/part/1');
    await page.locator('article.part .verdict').first().waitFor();
    expect(await findings(page)).toEqual([]);
    // Into the field of the header it goes as text; Enter opens it.
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('AB/7 ü');
    expect(new URL(page.url()).pathname).toBe('/part/1');
    await page.keyboard.press('Enter');
    await page.getByText('No part AB/7 ü is on record here.').waitFor();
    expect(page.url()).toContain('/part/AB%2F7%20%C3%BC');
    // Every view is an address: reload and back are what they were.
    await page.reload();
    await page.getByText('No part AB/7 ü is on record here.').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Part 1' }).waitFor();
  });

  it('says the times of the line, wherever the screen is', async () => {
    const { page } = await visit(box.address, '/', { zone: 'Pacific/Kiritimati' });
    await partAt(page).waitFor();
    const shown = await page.locator('.head time').textContent();
    const passed = Date.now() - Date.parse(`${new Date().toISOString().slice(0, 10)}T${shown}${offsetHere()}`);
    expect(Math.abs(passed)).toBeLessThan(60_000);
    // What is asked for is meant in that time too: nothing can have been judged after the next minute.
    const soon = new Date(Date.now() + 60_000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
    await page.goto(new URL(`/parts?from=${soon}`, box.address).href);
    await page.getByText('No part fits.').waitFor();
    const before = new Date(Date.now() - 3_600_000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
    await page.goto(new URL(`/parts?from=${before}`, box.address).href);
    await page.locator('table.parts tbody tr').first().waitFor();
    // A scanner's serial in a list chooses from it and opens nothing: beside it the same opens, and there is no view in between to go back to.
    await page.getByLabel('verdict').focus();
    await page.keyboard.type('2');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Line', exact: true }).first().focus();
    await page.keyboard.type('1');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Part 1' }).waitFor();
    await page.goBack();
    await page.locator('table.parts tbody tr').first().waitFor();
    expect(new URL(page.url()).pathname).toBe('/parts');
  });

  it('names a part at the address of its inspection too', async () => {
    const answer = await fetch(new URL('/api/v1/inspections?limit=1', box.address));
    const { items } = (await answer.json()) as { readonly items: readonly { readonly id: string; readonly part: string }[] };
    const [one] = items;
    const { page } = await visit(box.address, `/inspection/${one?.id}`);
    await page.getByRole('heading', { name: `Part ${one?.part}` }).waitFor();
  });

  it('can be walked through by keyboard, and says so where an address is no view', async () => {
    const { page } = await visit(box.address, '/nowhere');
    await page.getByText('There is no view /nowhere here.').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('To the view');
    await page.getByRole('link', { name: 'To the line' }).focus();
    await page.keyboard.press('Enter');
    await page.locator(OUTLET).waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
  });

  it('loads under 300 kB at first, compressed, files that a browser keeps for ever, under a strict policy', async () => {
    // A context that has never been here: nothing comes out of a cache.
    const { page: elsewhere, context } = await visit(box.address, '/healthz');
    const page = await context.newPage();
    await elsewhere.close();
    const sizes: Promise<number>[] = [];
    page.on('requestfinished', (request) => {
      if (new URL(request.url()).pathname.startsWith('/api/')) return;
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await page.goto(box.address.href);
    await page.locator(OUTLET).waitFor();
    const all = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(sizes.length).toBeGreaterThan(2);
    expect(all).toBeGreaterThan(20_000);
    expect(all).toBeLessThan(300_000);
    const html = readFileSync(join(packageRoot, 'dist', 'page', 'index.html'), 'utf8');
    const [script = ''] = /\/assets\/index-[\w-]+\.js/.exec(html) ?? [];
    const file = await fetch(new URL(script, box.address), { headers: { 'accept-encoding': 'br' } });
    expect([file.status, file.headers.get('content-encoding')]).toEqual([200, 'br']);
    expect(file.headers.get('cache-control')).toContain('immutable');
    const first = await fetch(box.address, { headers: { accept: 'text/html' } });
    expect(first.headers.get('cache-control')).toBe('no-cache');
    expect(first.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self';/);
    for (const path of ['/api/v1/nothing', '/assets/nothing.js', '/..%2f..%2fpackage.json', '/assets/..%2findex.html'])
      expect((await fetch(new URL(path, box.address))).status, path).toBe(404);
  });
});

const isWithoutGap = (numbers: readonly number[]): boolean => numbers.every((number, i) => number === (numbers[0] ?? 0) + i);

/** The network between a browser and the box, which can fail; `streams`: live streams that are open. */
async function network(box: PageBox) {
  const live = new Set<Socket>();
  const proxy = await startProxy({
    target: Number(box.address.port),
    hears: (chunk, connection) => {
      if (!chunk.includes('GET /api/v1/live')) return;
      live.add(connection);
      connection.once('close', () => live.delete(connection));
    },
  });
  onTestFinished(() => proxy.close());
  return { proxy, address: new URL(`http://127.0.0.1:${proxy.port}/`), streams: () => live.size };
}

describe('a connection that fails', () => {
  let box: PageBox;
  beforeAll(async () => {
    box = await startPageBox();
    return () => box.end();
  }, 60_000);

  it('is told across the top within three seconds; what was live is greyed, what is typed stays, what was missed is filled in', {
    timeout: 90_000,
  }, async () => {
    const { proxy, address, streams } = await network(box);
    const panel = await visit(address);
    const phone = await visit(address, '/', { screen: 'phone' });
    const other = await panel.context.newPage();
    await other.goto(address.href);
    const pages = [panel.page, phone.page];
    for (const page of [...pages, other]) await partAt(page).waitFor();
    // Two contexts, three tabs: one stream each context.
    await expect.poll(streams).toBe(2);
    for (const page of pages) {
      await page.getByRole('searchbox').fill('half a ser');
      await page.evaluate(`new MutationObserver(() => {
        if (document.querySelector('.banner')) globalThis.toldAt ??= Date.now();
      }).observe(document.body, { childList: true, subtree: true })`);
    }
    const before = await partAt(panel.page).textContent();
    const pulled = Date.now();
    proxy.blackhole(true);
    for (const page of pages) {
      await page.getByRole('alert').filter({ hasText: 'No connection to the box since' }).waitFor();
      expect(Number(await page.evaluate('globalThis.toldAt')) - pulled).toBeLessThanOrEqual(3000);
      expect(await page.locator('.head .state').textContent()).toContain('no connection');
      const styles = [await styleOf(page, `${OUTLET} .last`, 'filter'), await styleOf(page, `${OUTLET} .last`, 'opacity')];
      expect(styles).toEqual(['grayscale(1)', '0.75']);
    }
    expect(await findings(panel.page)).toEqual([]);
    await sleep(10_000);
    proxy.blackhole(false);
    for (const page of pages) {
      await page.locator('.banner').waitFor({ state: 'detached' });
      await expect.poll(() => partAt(page).textContent(), { timeout: 20_000 }).not.toBe(before);
      expect(await page.getByRole('searchbox').inputValue()).toBe('half a ser');
      expect(await styleOf(page, `${OUTLET} .last`, 'filter')).toBe('none');
      // Without a gap: those that passed meanwhile too.
      const numbersOf = async () => (await stripOf(page)).map((title) => Number(/part (\d+)/.exec(title)?.[1]));
      await expect.poll(async () => isWithoutGap(await numbersOf())).toBe(true);
      expect((await numbersOf()).at(-1)).toBeGreaterThan(Number(/\d+/.exec(before ?? '')?.[0]) + 10);
    }
  });

  it('is not what a journal begun anew looks like: its parts are shown, and none of those before', { timeout: 90_000 }, async () => {
    const { proxy, address } = await network(box);
    const { page } = await visit(address);
    await expect.poll(() => partAt(page).textContent(), { timeout: 30_000 }).toMatch(/part [1-9]\d/);
    // So slow that it is still at its first parts.
    const anew = await startPageBox({}, { fps: 0.4 });
    onTestFinished(() => anew.end());
    proxy.retarget(Number(anew.address.port));
    proxy.cut();
    await expect.poll(() => partAt(page).textContent(), { timeout: 30_000 }).toMatch(/part \d$/);
    const titles = await stripOf(page);
    expect(
      titles.every((title) => /part \d$/.test(title)),
      JSON.stringify(titles),
    ).toBe(true);
  });

  it('that keeps a view away leaves the others; the view comes when it can', async () => {
    const { page } = await visit(box.address);
    await partAt(page).waitFor();
    await page.route('**/assets/health-*.js', (route) => route.abort());
    await page.getByRole('link', { name: 'Health', exact: true }).click();
    await page.getByText('This view did not come').waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('link', { name: 'Line', exact: true }).click();
    await partAt(page).waitFor();
    await page.goto(new URL('/health', box.address).href);
    await page.getByText('This view did not come').waitFor();
    await page.unroute('**/assets/health-*.js');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Alarms', exact: true }).waitFor();
  });

  it('that keeps answers away shows what is known as old', { timeout: 60_000 }, async () => {
    const { page } = await visit(box.address, '/health');
    await page.getByRole('row', { name: /^top camera/ }).waitFor();
    expect(await page.locator('.known.old').count()).toBe(0);
    await page.route('**/api/v1/health', (route) => route.abort());
    await page.getByText(/^As it was at \d\d:\d\d:\d\d; the box has not answered since\.$/).waitFor();
    expect(await styleOf(page, '.known.old', 'filter')).toBe('grayscale(1)');
    expect(await findings(page)).toEqual([]);
    await page.unroute('**/api/v1/health');
    await page.locator('.known.old').waitFor({ state: 'detached' });
  });
});

it('signs somebody in and out, and says why it does not; whoever has signed in says what a part is', { timeout: 90_000 }, async () => {
  const box = await startPageBox();
  try {
    const typed = { input: 'correct horse\n', encoding: 'utf8' } as const;
    const args = [MAIN, 'password', 'eve', '--role', 'operator', '--store', box.store];
    expect(spawnSync(process.execPath, args, typed).status).toBe(0);
    const { page } = await visit(box.address);
    await page.getByText('on this box, looking only').waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('eve');
    await dialog.getByLabel('Password').fill('wrong');
    expect(await findings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Password').fill('correct horse');
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('operator').waitFor();
    // Whoever has signed in may say what a part is, and take it back; who only looks is not offered it.
    await page
      .locator(OUTLET)
      .getByText(/^part \d+$/)
      .waitFor();
    await page.goto(new URL('/part/1', box.address).href);
    const said = page.getByRole('region', { name: 'What people say' });
    await said.getByLabel('Kind of defect').fill('dent');
    await said.getByRole('button', { name: 'Bad', exact: true }).click();
    await said.getByText('dent', { exact: true }).waitFor();
    await said.getByText(/^eve, /).waitFor();
    expect(await findings(page)).toEqual([]);
    // An answer that was lost on the way: said again it is the same label, and nothing can be said meanwhile.
    let lost = 0;
    await page.route('**/labels', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      await route.fetch();
      await expect.poll(() => said.getByRole('button', { name: 'Good', exact: true }).isDisabled()).toBe(true);
      lost++;
      await route.abort();
    });
    await said.getByRole('button', { name: 'Good', exact: true }).click();
    await said.getByRole('alert').getByText('The box does not answer.').waitFor();
    await page.unroute('**/labels');
    await said.getByRole('button', { name: 'Good', exact: true }).click();
    await said.getByRole('alert').waitFor({ state: 'detached' });
    expect([lost, await said.getByRole('listitem').count()]).toEqual([1, 2]);
    await said.getByRole('listitem').filter({ hasText: 'Good' }).getByRole('button', { name: 'Take back' }).click();
    await said.getByText(/^taken back /).waitFor();
    await page.reload();
    await said.getByRole('button', { name: 'Take back' }).click();
    await expect.poll(() => said.getByText(/^taken back /).count()).toBe(2);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('on this box, looking only').waitFor();
    await said.getByText('Sign in to say whether it was good or bad.').waitFor();
    expect(await said.getByRole('button', { name: 'Bad', exact: true }).count()).toBe(0);
  } finally {
    await box.end();
  }
});
