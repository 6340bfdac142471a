/**
 * Pictures of the page, of the demo line as it runs. Those that the README shows go into docs/; every view, in light, in dark and as a phone, goes
 * into a folder, to be looked at.
 *
 *   npm run pictures                    docs/page-line.png, docs/page-part.png
 *   npm run pictures -- --all FOLDER    every view in every set, whole pages; docs/ stays as it is
 *
 * Wants Chromium, as the tests of the page do.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import sharp from 'sharp';
import { packageRoot } from '../agent/platform/package-root.ts';
import { start } from './support/processes.ts';

/** Parts that have passed before a picture is taken: enough for a strip of verdicts and a yield. */
const PASSED = 60;
/** What a browser needs to draw what has come: pictures are encoded twice a second at most. */
const DRAWN = 2500;
/** After the size has changed. */
const SETTLED = 700;
/** Pixels; of a list without end the beginning. */
const TALLEST = 4000;
/** Of the window in which nothing scrolls: in some sets the view scrolls within the frame, in the others all of it. */
const WHOLE =
  'Math.max(document.documentElement.scrollHeight, innerHeight + document.querySelector("main").scrollHeight - document.querySelector("main").clientHeight)';
const PASSWORD = 'pictures of the demo';

const PANEL = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const SETS = {
  light: { ...PANEL, colorScheme: 'light' },
  dark: { ...PANEL, colorScheme: 'dark' },
  phone: { ...PHONE, colorScheme: 'light' },
  'phone-dark': { ...PHONE, colorScheme: 'dark' },
} as const;
type SetName = keyof typeof SETS;

interface View {
  readonly name: string;
  readonly path: string;
  /** Seen by somebody who has signed in. */
  readonly signedIn?: true;
  /** What is touched before it is taken, by its name. */
  readonly touch?: string;
}

/** `part`: the path of a part that was rejected: the one that somebody comes with. */
const viewsOf = (part: string): readonly View[] => [
  { name: 'line', path: '/' },
  { name: 'parts', path: '/parts' },
  { name: 'parts-totals', path: '/parts?looks=grid&over=day' },
  { name: 'part', path: part },
  { name: 'part-signed-in', path: part, signedIn: true },
  { name: 'part-not-there', path: '/part/WRONG-4711' },
  { name: 'review', path: '/review', signedIn: true },
  { name: 'review-figures', path: '/review/figures?sample=all' },
  { name: 'shifts', path: '/shifts' },
  { name: 'gauge', path: '/gauge' },
  { name: 'teach', path: '/teach', signedIn: true },
  { name: 'models', path: '/models' },
  { name: 'scores', path: '/scores?over=hour', signedIn: true },
  { name: 'plan', path: '/plan' },
  { name: 'routes', path: '/routes' },
  { name: 'tags', path: '/tags' },
  { name: 'config', path: '/config', signedIn: true },
  { name: 'health', path: '/health', signedIn: true },
  { name: 'help', path: '/help' },
  { name: 'help-entry', path: '/help/errors/CAMERA_SILENT' },
  { name: 'more', path: '/more' },
  { name: 'sign-in', path: '/more', touch: 'Sign in' },
];

/** Which views the README shows, in light, and how high. */
const SHOWN: readonly (readonly [view: string, height: number])[] = [
  ['line', 800],
  ['part', 1000],
];

interface Line {
  readonly stations: Readonly<Record<string, { readonly state: { readonly counters: Readonly<Record<'ok' | 'nok', number>> } | null }>>;
}

class Camera {
  private readonly browser: Browser;
  private readonly address: string;

  constructor(browser: Browser, address: string) {
    this.browser = browser;
    this.address = address;
  }

  async take(view: View, set: SetName, height: number | null): Promise<Buffer> {
    const context = await this.browser.newContext({ ...SETS[set], locale: 'en-GB' });
    try {
      const page = await context.newPage();
      if (view.signedIn) await post(context, this.address, '/session', { user: 'mueller', password: PASSWORD });
      await page.goto(new URL(view.path, this.address).href);
      await page.getByRole('main').waitFor();
      await sleep(DRAWN);
      if (view.touch) await page.getByRole('main').getByRole('button', { name: view.touch }).first().click();
      const { width, height: usual } = SETS[set].viewport;
      const whole = Number(await page.evaluate(WHOLE));
      await page.setViewportSize({ width, height: height ?? Math.min(TALLEST, Math.max(usual, whole)) });
      await sleep(SETTLED);
      return await page.screenshot();
    } finally {
      await context.close();
    }
  }

  async passed(parts: number): Promise<void> {
    const judged = async () => {
      const { stations } = await this.get<Line>('/line');
      return Object.values(stations).reduce((sum, { state }) => sum + (state ? state.counters.ok + state.counters.nok : 0), 0);
    };
    while ((await judged()) < parts) await sleep(1000);
  }

  /** As somebody at the box who has no password yet: with the code that only the agent's user can read. */
  async makeAdmin(): Promise<void> {
    const context = await this.browser.newContext();
    const { file } = (await post(context, this.address, '/session/code')) as { readonly file: string };
    const code = (await readFile(file, 'utf8')).trim();
    await post(context, this.address, '/session/reset', { code, user: 'mueller', password: PASSWORD });
    const { items } = await this.get<{ readonly items: readonly { readonly id: string; readonly verdict: string }[] }>(
      '/inspections?limit=40',
    );
    for (const { id, verdict } of items)
      await post(context, this.address, `/inspections/${id}/labels`, {
        id: crypto.randomUUID(),
        label: verdict === 'nok' ? 'bad' : 'good',
      });
    await context.close();
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(new URL(`/api/v1${path}`, this.address));
    return (await answer.json()) as T;
  }

  async rejected(): Promise<string> {
    const { items } = await this.get<{ readonly items: readonly { readonly part: string | null }[] }>('/inspections?verdict=nok&limit=10');
    const part = items.find((item) => item.part !== null)?.part;
    if (!part) throw new Error('no part was rejected');
    return `/part/${encodeURIComponent(part)}`;
  }
}

/** With the cookies of the browser, as the page asks. */
async function post(context: BrowserContext, address: string, path: string, body?: object): Promise<unknown> {
  const answer = await context.request.post(new URL(`/api/v1${path}`, address).href, {
    headers: { 'x-lineside': '1' },
    ...(body ? { data: body } : {}),
  });
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}

async function all(camera: Camera, views: readonly View[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const view of views)
    for (const set of Object.keys(SETS) as SetName[]) {
      await write(join(folder, `${view.name}-${set}.png`), await camera.take(view, set, null));
    }
}

async function shown(camera: Camera, views: readonly View[]): Promise<void> {
  for (const [name, height] of SHOWN) {
    const view = views.find((one) => one.name === name);
    if (!view) throw new Error(`there is no view ${name}`);
    await write(join(packageRoot, 'docs', `page-${name}.png`), await camera.take(view, 'light', height));
  }
}

/** A browser's PNG is twice as long as it need be. */
async function write(file: string, picture: Buffer): Promise<void> {
  await sharp(picture).png({ compressionLevel: 9, effort: 10 }).toFile(file);
  process.stdout.write(`${file}\n`);
}

const { values } = parseArgs({ options: { all: { type: 'string' } } });
const demo = start(process.execPath, [join(packageRoot, 'dist', 'bundle', 'main.js'), 'demo']);
let browser: Browser | undefined;
try {
  const address = (await demo.line(/^Look at the line: /)).replace(/^.*: /, '');
  browser = await chromium.launch({
    executablePath: process.env['LINESIDE_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update'],
  });
  const camera = new Camera(browser, address);
  await camera.passed(PASSED);
  await camera.makeAdmin();
  const views = viewsOf(await camera.rejected());
  await (values.all === undefined ? shown(camera, views) : all(camera, views, resolve(values.all)));
} finally {
  await browser?.close();
  await demo.stop();
}
