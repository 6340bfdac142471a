/**
 * Pictures of the page for the README, of the demo line as it runs: docs/page-line.png, docs/page-part.png.
 *
 *   npm run pictures
 *
 * Wants Chromium, as the tests of the page do.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright-core';
import { packageRoot } from '../agent/platform/package-root.ts';
import { start } from './support/processes.ts';

/** The part that has passed before a picture is taken: enough for a strip of verdicts and a yield. */
const PASSED = /^BC-000040 /;
/** What a browser needs to draw what has come: pictures are encoded twice a second at most. */
const DRAWN = 2500;

async function take(browser: Browser, address: string, path: string, name: string, height: number) {
  const context = await browser.newContext({ viewport: { width: 1280, height }, colorScheme: 'light', locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(new URL(path, address).href);
  await page.getByRole('main').waitFor();
  await sleep(DRAWN);
  await page.screenshot({ path: join(packageRoot, 'docs', `page-${name}.png`) });
  await context.close();
}

/** A part that was rejected: the one that somebody comes with. */
async function rejected(address: string): Promise<string> {
  const answer = await fetch(new URL('/api/v1/inspections?verdict=nok&limit=10', address));
  const { items } = (await answer.json()) as { readonly items: readonly { readonly id: string; readonly part: string | null }[] };
  const part = items.find((item) => item.part !== null)?.part;
  if (!part) throw new Error('no part was rejected');
  return `/part/${encodeURIComponent(part)}`;
}

const demo = start(process.execPath, [join(packageRoot, 'dist', 'bundle', 'main.js'), 'demo']);
let browser: Browser | undefined;
try {
  const address = (await demo.line(/^Look at the line: /)).replace(/^.*: /, '');
  await demo.line(PASSED);
  browser = await chromium.launch({
    executablePath: process.env['LINESIDE_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
  });
  const part = await rejected(address);
  await take(browser, address, '/', 'line', 800);
  await take(browser, address, part, 'part', 1000);
} finally {
  await browser?.close();
  await demo.stop();
}
