/** A real Chromium, Debian's, in front of a page: at the line's panel (1280x800) and as a phone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const SCREENS = {
  panel: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
} as const;
export type Screen = keyof typeof SCREENS;
export type Looks = 'light' | 'dark';

export interface Visit {
  readonly page: Page;
  /** What the browser asked for that lies on no other address than the page's own, and what went wrong in it. */
  readonly strangers: readonly string[];
  readonly complaints: readonly string[];
  readonly context: BrowserContext;
}

let browser: Browser | undefined;

/** One browser for all tests of a file. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: process.env['LINESIDE_CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
  });
}

export interface VisitWish {
  readonly screen?: Screen;
  readonly looks?: Looks;
  /** Of the screen, which need not be the line's. */
  readonly zone?: string;
}

/** `address` of the agent; a context of its own, so that nothing is remembered from other tests. */
export async function visit(address: URL, path = '/', { screen = 'panel', looks = 'light', zone }: VisitWish = {}): Promise<Visit> {
  if (!browser) throw new Error('useBrowser() first');
  const context = await browser.newContext({
    viewport: SCREENS[screen],
    hasTouch: screen === 'phone',
    colorScheme: looks,
    ignoreHTTPSErrors: true,
    locale: 'en-GB',
    ...(zone === undefined ? {} : { timezoneId: zone }),
  });
  onTestFinished(() => context.close());
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const strangers: string[] = [];
  const complaints: string[] = [];
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== address.origin && protocol !== 'blob:' && protocol !== 'data:') strangers.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(new URL(path, address).href);
  return { page, strangers, complaints, context };
}

/** With the mouse from corner to corner; places are shares of what is drawn on. */
export async function draw(page: Page, on: Locator, from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  await on.scrollIntoViewIfNeeded();
  const box = await on.boundingBox();
  if (!box) throw new Error('there is nothing to draw on');
  const at = ([x, y]: readonly [number, number]) => [box.x + box.width * x, box.y + box.height * y] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  await page.mouse.move(...at(to));
  await page.mouse.up();
}

/** As the page does it, without its form; the view is loaded again. */
export async function signInAs(page: Page, user: string, password: string): Promise<void> {
  const body = JSON.stringify({ user, password });
  const headers = "{ 'x-lineside': '1', 'content-type': 'application/json' }";
  await page.evaluate(`fetch('/api/v1/session', { method: 'POST', headers: ${headers}, body: ${JSON.stringify(body)} })`);
  await page.reload();
}

/**
 * What axe finds against WCAG 2.2 A and AA, one line each, with the view at its top: wherever it is scrolled to, some target lies half under the
 * head that stays, and that is no property of the page.
 */
export async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const before = await page.evaluate('[window.scrollY, window.scrollTo(0, 0)][0]');
  const found = await page.evaluate<
    readonly string[]
  >(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(
    ({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 200) + ' ' + failureSummary)))`);
  await page.evaluate(`window.scrollTo(0, ${before})`);
  return found;
}
