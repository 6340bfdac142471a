/** The frame of the page and its first view, in a real browser in front of a real agent. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '#agent/platform/package-root.js';
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
      expect(complaints.filter((text) => !isEarlyPicture(text))).toEqual([]);
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
    const { page, context } = await visit(box.address, '/nowhere');
    const sizes = new Map<string, number>();
    const again = await context.newPage();
    again.on('response', async (response) => {
      const { responseBodySize } = await response.request().sizes();
      sizes.set(new URL(response.url()).pathname, responseBodySize);
    });
    await page.close();
    await again.goto(new URL('/nowhere', box.address).href);
    await again.getByText('There is no view /nowhere here.').waitFor();
    expect([...sizes.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000);
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

it('says across the top that the connection is lost, greys what was live, keeps what is typed, and comes back by itself', async () => {
  const box = await startPageBox();
  try {
    const { page } = await visit(box.address);
    const tile = page.locator(OUTLET);
    await tile.getByText(/^part \d+$/).waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    // Nobody has set a password here: the dialog says how.
    await page.getByRole('dialog').getByText('Nobody has set a password on this box yet.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox').fill('half a ser');
    box.agent.signal('SIGSTOP');
    const banner = page.getByRole('alert').filter({ hasText: 'No connection to the box since' });
    await banner.waitFor();
    expect(await page.locator('.frame.stale').count()).toBe(1);
    expect(await page.getByRole('searchbox').inputValue()).toBe('half a ser');
    const before = await tile.getByText(/^part \d+$/).textContent();
    box.agent.signal('SIGCONT');
    await banner.waitFor({ state: 'detached' });
    await expect.poll(() => tile.getByText(/^part \d+$/).textContent(), { timeout: 20_000 }).not.toBe(before);
    expect(await page.getByRole('searchbox').inputValue()).toBe('half a ser');
  } finally {
    await box.end();
  }
});

it('signs somebody in and out, and says why it does not; whoever has signed in says what a part is', async () => {
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
    await page.reload();
    await said.getByRole('button', { name: 'Take back' }).click();
    await said.getByText(/^taken back /).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('on this box, looking only').waitFor();
    await said.getByText('Sign in to say whether it was good or bad.').waitFor();
    expect(await said.getByRole('button', { name: 'Bad', exact: true }).count()).toBe(0);
  } finally {
    await box.end();
  }
});

/** A station's picture comes with the next part: until then the box says that there is none. */
const isEarlyPicture = (text: string): boolean => /status of 404/.test(text);
