/** A shift of labelling in a real browser: keys, gloves, a network that goes away, and who said what. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '#agent/store/sqlite.js';
import { startAgent } from '../simulators/agent.ts';
import { freePort } from '../simulators/free-port.ts';
import { setPassword } from '../web/page.ts';
import { draw, findings, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
const STATION = {
  trigger: { camera: 'top' },
  models: { surface: { model: 'classify', camera: 'top' } },
  rules: [{ when: 'surface.score >= 0.9', verdict: 'review', reason: 'look at it' }],
};
let box: PageBox;
beforeAll(async () => {
  box = await startPageBox({ stations: { outlet: STATION } });
  await box.agent.judging();
  await setPassword(box.store, 'eve', PASSWORD, 'operator');
  await setPassword(box.store, 'adam', PASSWORD, 'operator');
}, 60_000);
afterAll(() => box?.end());

interface Label {
  readonly id: string;
  readonly inspection: string;
  readonly who: string;
  readonly label: string;
  readonly kind: string | null;
  /** As JSON. */
  readonly boxes: string | null;
  readonly undone: number | null;
}
function labels(): readonly Label[] {
  const db = openDatabase(`${box.store}/journal.db`, { readonly: true });
  try {
    return db.prepare<[], Label>('SELECT id, inspection, who, label, kind, boxes, undone FROM labels ORDER BY rowid').all();
  } finally {
    db.close();
  }
}

const EMPTY = { items: [] as readonly object[], next: null, complete: true, waiting: 0, kinds: [] };

async function signIn(page: Page, screen: 'panel' | 'phone', { address } = box): Promise<void> {
  if (screen === 'phone') await page.goto(new URL('/more', address).href);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Name', { exact: true }).fill('eve');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.locator('.dialog').getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.dialog').waitFor({ state: 'detached' });
}

/** Whether a finger at two corners of an element, a pixel inside, meets that element. */
const REACHED = `(on) => { const { left, top, right, bottom } = on.getBoundingClientRect();
  return [[left + 1, top + 1], [right - 1, bottom - 1]].map(([x, y]) => on.contains(document.elementFromPoint(x, y))); }`;

/** The part that is shown; of the random share it is no link. */
const nameIn = (page: Page) => () => page.locator('article.one .facts-line > :first-child').textContent();

const shot = (page: Page, name: string) =>
  process.env['SHOTS'] ? page.screenshot({ path: `${process.env['SHOTS']}/${name}.png`, fullPage: false }) : undefined;

describe('review', () => {
  it('shows who has not signed in the parts and offers no label', { timeout: 90_000 }, async () => {
    await expect
      .poll(
        async () =>
          ((await (await fetch(new URL('/api/v1/review?why=abstained', box.address))).json()) as { items: readonly unknown[] }).items
            .length,
        {
          timeout: 40_000,
        },
      )
      .toBeGreaterThan(5);
    const { page } = await visit(box.address, '/review?why=abstained');
    await page.locator('.one .verdict.review').waitFor();
    await page.getByText('Sign in to say whether it was good or bad.').waitFor();
    expect(await page.getByRole('button', { name: /^Good/ }).count()).toBe(0);
    await page.keyboard.press('g');
    await page.waitForTimeout(500);
    expect(labels()).toEqual([]);
  });

  it.each(['panel', 'phone'] as const)(
    'labels one part after the other, takes back, loses nothing (%s)',
    { timeout: 180_000 },
    async (screen) => {
      const before = labels().length;
      const { page, context, complaints } = await visit(box.address, '/', { screen });
      await signIn(page, screen);
      await page.goto(new URL('/review?why=abstained', box.address).href);
      const name = nameIn(page);
      await page.locator('.looks img').first().waitFor();
      const good = page.getByRole('button', { name: /^Good/ });
      expect((await good.boundingBox())?.height).toBeGreaterThanOrEqual(80);
      expect(await findings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
      await shot(page, `review-${screen}`);

      // One key each; a bad one says by another what is bad, and whoever is to press nothing more presses 0.
      const first = await name();
      await page.keyboard.press('g');
      await expect.poll(name).not.toBe(first);
      const second = await name();
      await page.keyboard.press('b');
      await page.getByLabel('Another kind').fill('scratch');
      expect(await findings(page)).toEqual([]);
      await shot(page, `review-kinds-${screen}`);
      await page.getByRole('button', { name: 'Bad, with this kind' }).click();
      await expect.poll(name).not.toBe(second);
      const third = await name();
      await page.keyboard.press('b');
      await page.getByRole('button', { name: /^scratch/ }).waitFor();
      await page.keyboard.press('1');
      await expect.poll(name).not.toBe(third);
      await expect
        .poll(() =>
          labels()
            .slice(before)
            .map(({ who, label, kind }) => [who, label, kind]),
        )
        .toEqual([
          ['eve', 'good', null],
          ['eve', 'bad', 'scratch'],
          ['eve', 'bad', 'scratch'],
        ]);
      // Taken back it is the one that is looked at.
      await page.keyboard.press('u');
      await expect.poll(name).toBe(third);
      await expect.poll(() => labels().at(-1)?.undone).not.toBeNull();
      await page.keyboard.press('ArrowRight');
      await expect.poll(name).not.toBe(third);
      await page.keyboard.press('ArrowLeft');
      await expect.poll(name).toBe(third);

      // The cable is out: what is said stays on this screen, over a reload too, and goes when it is in again.
      await context.route('**/api/v1/inspections/*/labels', (route) => route.abort());
      await good.click();
      await page.getByText('1 label is on the way to the box').waitFor();
      await page.getByRole('button', { name: /^Unsure/ }).click();
      await page.getByText('2 labels are on the way to the box').waitFor();
      const sent = labels().length;
      await page.reload();
      await page.getByText('2 labels are on the way to the box').waitFor();
      expect(labels().length).toBe(sent);
      await context.unroute('**/api/v1/inspections/*/labels');
      await expect
        .poll(
          () =>
            labels()
              .slice(sent)
              .map(({ label }) => label),
          { timeout: 20_000 },
        )
        .toEqual(['good', 'unsure']);
      await page.getByText('on the way to the box').waitFor({ state: 'detached' });
      expect(new Set(labels().map(({ id }) => id)).size).toBe(labels().length);
      expect(complaints.filter((text) => !/ERR_FAILED|status of 40[14]/.test(text))).toEqual([]);

      // A scanner types a serial: that is no label.
      const known = labels().length;
      await page.keyboard.type('bug-g', { delay: 5 });
      await page.waitForTimeout(400);
      expect(labels().length).toBe(known);

      await page.goto(new URL('/review/figures?sample=all', box.address).href);
      await page.getByRole('row', { name: /^Bad/ }).waitFor();
      await page
        .getByText(/not enough parts yet \(\d+\)/)
        .first()
        .waitFor();
      expect(await findings(page)).toEqual([]);
      await shot(page, `figures-${screen}`);
    },
  );

  it.each(['panel', 'phone'] as const)(
    'takes where it is bad, drawn on the picture or by keys (%s)',
    { timeout: 90_000 },
    async (screen) => {
      const { page } = await visit(box.address, '/', { screen });
      await signIn(page, screen);
      await page.goto(new URL('/review?why=abstained', box.address).href);
      const drawing = page.locator('.looks .marks.drawing');
      await page.locator('.looks img').first().waitFor();
      // Nothing is drawn by a finger that scrolls: only when it is bad.
      expect(await drawing.count()).toBe(0);
      await page.keyboard.press('b');
      await drawing.waitFor();
      await draw(page, drawing, [0.25, 0.25], [0.5, 0.75]);
      await page.getByRole('button', { name: 'Take mark 1 away' }).waitFor();
      // A touch that does not move marks nothing; over the edge there is no picture.
      await draw(page, drawing, [0.75, 0.75], [0.75, 0.75]);
      await draw(page, drawing, [0.5, 0.5], [1.2, 0.9]);
      await page.getByRole('button', { name: 'A mark in the middle' }).click();
      const third = page.getByRole('button', { name: /^Mark 3:/ });
      const before = await third.getAttribute('style');
      await third.press('ArrowRight');
      await expect.poll(() => third.getAttribute('style')).not.toBe(before);
      expect(await page.getByRole('button', { name: /^Mark \d:/ }).count()).toBe(3);
      expect(await findings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
      await shot(page, `review-marks-${screen}`);
      await third.press('Delete');
      await page.getByRole('button', { name: 'Take mark 3 away' }).waitFor({ state: 'detached' });
      const known = labels().length;
      await page.keyboard.press('0');
      await expect.poll(() => labels().length).toBe(known + 1);
      const label = labels().at(-1);
      const boxes = JSON.parse(label?.boxes ?? '[]') as readonly { readonly camera: string; readonly region: readonly number[] }[];
      expect(boxes).toEqual([
        { camera: 'top', region: [4, 4, 4, 8] },
        { camera: 'top', region: [8, 8, 8, 6] },
      ]);
      // The next part begins without marks.
      await page.keyboard.press('b');
      await drawing.waitFor();
      expect(await page.getByRole('button', { name: /^Mark \d:/ }).count()).toBe(0);

      // Whoever looks at the part sees them, and marks it himself there.
      await page.goto(new URL(`/inspection/${label?.inspection}`, box.address).href);
      await expect.poll(() => page.locator('.kept .marks .mark').count()).toBe(2);
      await page.getByText('2 places marked').waitFor();
      // Whoever touches it below sees what he is to draw on, whole and under nothing, without looking for it.
      await page.evaluate("window.scrollTo(0, 9999); document.querySelector('.view')?.scrollTo(0, 9999)");
      await page.getByRole('button', { name: 'Mark where it is bad' }).dispatchEvent('click');
      const kept = page.locator('.kept .marks.drawing');
      await kept.waitFor();
      expect(await page.evaluate(`(${REACHED})(document.querySelector('.kept .marks.drawing'))`)).toEqual([true, true]);
      await draw(page, kept, [0, 0], [0.5, 0.5]);
      await page.reload();
      await page.locator('.kept .marks.drawing .mark').waitFor();
      expect(await findings(page)).toEqual([]);
      await shot(page, `part-marks-${screen}`);
      await page.getByRole('button', { name: 'Bad', exact: true }).click();
      await expect.poll(() => page.locator('.kept .marks .mark').count()).toBe(3);
      await page.locator('.kept .marks.drawing').waitFor({ state: 'detached' });
      expect(JSON.parse(labels().at(-1)?.boxes ?? '[]')).toEqual([{ camera: 'top', region: [0, 0, 8, 8] }]);
    },
  );

  it.each(['panel', 'phone'] as const)(
    'takes what is painted with a brush, and takes it back (%s)',
    { timeout: 90_000 },
    async (screen) => {
      const { page } = await visit(box.address, '/', { screen });
      await signIn(page, screen);
      await page.goto(new URL('/review?why=abstained', box.address).href);
      const drawing = page.locator('.looks .marks.drawing');
      await page.locator('.looks img').first().waitFor();
      await page.keyboard.press('b');
      await drawing.waitFor();
      await page.getByRole('button', { name: 'Brush', exact: true }).click();
      await page.getByText('paint over what is bad').waitFor();
      for (const name of ['Brush', 'Box', 'thinner brush', 'thicker brush'])
        expect((await page.getByRole('button', { name, exact: true }).boundingBox())?.height).toBeGreaterThanOrEqual(48);
      await page.getByRole('button', { name: 'thicker brush' }).click();
      await page.getByRole('button', { name: 'thicker brush' }).click();
      expect(await page.getByRole('button', { name: 'thicker brush' }).isDisabled()).toBe(true);
      const strokes = page.locator('.looks .painted path');
      await draw(page, drawing, [0.25, 0.5], [0.75, 0.5]);
      await expect.poll(() => strokes.count()).toBe(1);
      // A touch is a dot, and a way over the edge ends there.
      await draw(page, drawing, [0.5, 0.25], [0.5, 0.25]);
      await draw(page, drawing, [0.75, 0.75], [1.3, 0.75]);
      await expect.poll(() => strokes.count()).toBe(3);
      expect(await findings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
      await shot(page, `review-brush-${screen}`);
      await page.getByRole('button', { name: 'Take the last mark away' }).click();
      await expect.poll(() => strokes.count()).toBe(2);
      await page.getByRole('button', { name: 'Take all marks away' }).click();
      await expect.poll(() => strokes.count()).toBe(0);
      await draw(page, drawing, [0.25, 0.5], [0.75, 0.5]);
      await page.getByRole('button', { name: 'Box', exact: true }).click();
      await draw(page, drawing, [0.25, 0.25], [0.5, 0.75]);
      await expect.poll(() => drawing.locator('button.mark').count()).toBe(1);
      expect(await strokes.count()).toBe(1);
      const known = labels().length;
      await page.keyboard.press('0');
      await expect.poll(() => labels().length).toBe(known + 1);
      const label = labels().at(-1);
      const [painted, boxed] = JSON.parse(label?.boxes ?? '[]');
      expect(boxed).toEqual({ camera: 'top', region: [4, 4, 4, 8] });
      const { points } = painted.stroke;
      expect([painted.camera, painted.stroke.width, points[0], points.at(-1)]).toEqual(['top', 3, [4, 8], [12, 8]]);
      expect(painted.region).toEqual([2, 6, 12, 4]);
      // Whoever looks at the part sees it there.
      await page.goto(new URL(`/inspection/${label?.inspection}`, box.address).href);
      await expect.poll(() => page.locator('.kept .painted path').count()).toBe(1);
      await page.getByText('2 places marked').waitFor();
      // What is painted and not sent is there after a reload.
      await page.getByRole('button', { name: 'Mark where it is bad' }).click();
      await page.getByRole('button', { name: 'Brush', exact: true }).click();
      await draw(page, page.locator('.kept .marks.drawing'), [0.25, 0.5], [0.75, 0.5]);
      await page.reload();
      await page.locator('.kept .marks.drawing .painted path').waitFor({ state: 'attached' });
      await shot(page, `part-brush-${screen}`);
    },
  );

  it.each(['panel', 'phone'] as const)(
    'has marks and kind of a label that is taken back there again, to be mended (%s)',
    { timeout: 90_000 },
    async (screen) => {
      const { page } = await visit(box.address, '/', { screen });
      await signIn(page, screen);
      await page.goto(new URL('/review?why=abstained', box.address).href);
      const drawing = page.locator('.looks .marks.drawing');
      const name = nameIn(page);
      await page.locator('.looks img').first().waitFor();
      const first = await name();
      await page.keyboard.press('b');
      await drawing.waitFor();
      await draw(page, drawing, [0.25, 0.25], [0.5, 0.75]);
      await page.getByRole('button', { name: 'Brush', exact: true }).click();
      await draw(page, drawing, [0.25, 0.5], [0.75, 0.5]);
      await expect.poll(() => page.locator('.looks .painted path').count()).toBe(1);
      await page.getByLabel('Another kind').fill('crack');
      await page.getByRole('button', { name: 'Bad, with this kind' }).click();
      await expect.poll(name).not.toBe(first);
      await expect.poll(() => labels().at(-1)).toMatchObject({ label: 'bad', kind: 'crack' });
      const before = labels().at(-1);
      await page.getByRole('button', { name: /^Take back/ }).click();
      await expect.poll(name).toBe(first);
      await expect.poll(() => drawing.locator('button.mark').count()).toBe(1);
      expect(await page.locator('.looks .painted path').count()).toBe(1);
      expect(await page.getByLabel('Another kind').inputValue()).toBe('crack');
      expect(await findings(page)).toEqual([]);
      await shot(page, `review-taken-back-${screen}`);
      await page.getByRole('button', { name: 'Take the last mark away' }).click();
      // Whoever presses the key once more says it as it stands there.
      await page.keyboard.press('b');
      await expect.poll(() => labels().at(-1)?.id).not.toBe(before?.id);
      const after = labels().at(-1);
      expect([after?.inspection, after?.label, after?.kind]).toEqual([before?.inspection, 'bad', 'crack']);
      expect(JSON.parse(after?.boxes ?? '[]')).toEqual([{ camera: 'top', region: [4, 4, 4, 8] }]);
      expect(labels().find(({ id }) => id === before?.id)?.undone).not.toBeNull();
      // Sent, it is nowhere to be found as if it had not been.
      await expect.poll(name).not.toBe(first);
      expect(await page.evaluate("sessionStorage.getItem('lineside-typed-fields') ?? ''")).not.toContain(String(before?.inspection));
    },
  );

  it('has room for as many marks as the box takes, on the pictures of all cameras together', { timeout: 120_000 }, async () => {
    const { page, context } = await visit(box.address, '/');
    await signIn(page, 'panel');
    // Another camera's picture of the same part.
    await context.route(/\/api\/v1\/inspections\/[^/]+$/, async (route) => {
      const answer = await route.fetch();
      const json = await answer.json();
      const [frame] = json.images;
      await route.fulfill({ response: answer, json: { ...json, images: [frame, { ...frame, camera: 'side' }] } });
    });
    await page.goto(new URL('/review?why=abstained', box.address).href);
    await expect.poll(() => page.locator('.looks img').count()).toBe(2);
    await page.keyboard.press('b');
    await page.locator('.looks .marks.drawing').nth(1).waitFor();
    const more = page.getByRole('button', { name: 'A mark in the middle' });
    for (let n = 0; n < 30; n++) await more.first().click();
    for (let n = 0; n < 20; n++) await more.nth(1).click();
    expect([await more.first().isDisabled(), await more.nth(1).isDisabled()]).toEqual([true, true]);
    await draw(page, page.locator('.looks .marks.drawing').first(), [0.25, 0.25], [0.5, 0.75]);
    const known = labels().length;
    await page.keyboard.press('0');
    await expect.poll(() => labels().length).toBe(known + 1);
    expect(JSON.parse(labels().at(-1)?.boxes ?? '[]').length).toBe(50);
  });

  it('loses nothing of a label that the box refuses, and holds on to the part that is looked at', { timeout: 90_000 }, async () => {
    const { page, context } = await visit(box.address, '/');
    await signIn(page, 'panel');
    await page.goto(new URL('/review?why=abstained', box.address).href);
    const drawing = page.locator('.looks .marks.drawing');
    const name = nameIn(page);
    await page.locator('.looks img').first().waitFor();
    const first = await name();
    await page.keyboard.press('b');
    await drawing.waitFor();
    await draw(page, drawing, [0.25, 0.25], [0.5, 0.75]);
    await page.getByRole('button', { name: 'Take mark 1 away' }).waitFor();
    let refuse = () => {};
    const refused = new Promise<void>((resolve) => {
      refuse = resolve;
    });
    await context.route('**/api/v1/inspections/*/labels', async (route) => {
      await refused;
      await route.fulfill({ status: 400, json: { title: 'The question is not one.', next: 'Say it otherwise.', code: 'WEB_INVALID' } });
    });
    await page.keyboard.press('0');
    await expect.poll(name).not.toBe(first);
    const second = await name();
    await page.keyboard.press('b');
    await drawing.waitFor();
    refuse();
    await page.getByText('The question is not one.').waitFor();
    // A key that is pressed now is meant for what is looked at now.
    expect(await name()).toBe(second);
    expect(await drawing.count()).toBe(1);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(name).toBe(first);
    await shot(page, 'review-refused');
    await context.unroute('**/api/v1/inspections/*/labels');
    await page.keyboard.press('b');
    await page.getByRole('button', { name: 'Take mark 1 away' }).waitFor();
    const known = labels().length;
    await page.keyboard.press('0');
    await expect.poll(() => labels().length).toBe(known + 1);
    expect(JSON.parse(labels().at(-1)?.boxes ?? '[]')).toEqual([{ camera: 'top', region: [4, 4, 4, 8] }]);
  });

  it('says nothing of what the agent said where it is measured', { timeout: 90_000 }, async () => {
    const { page, context } = await visit(box.address, '/');
    await signIn(page, 'panel');
    await context.route('**/api/v1/review?*', async (route) => {
      const answer = await route.fetch();
      const json = await answer.json();
      for (const item of json.items) Object.assign(item, { verdict: null, reasons: [], scores: [], answer: '', why: ['random'] });
      await route.fulfill({ response: answer, json });
    });
    await page.goto(new URL('/review', box.address).href);
    await page.getByText('what the agent said is shown when you have said what you see').waitFor();
    await page.locator('.looks img').first().waitFor();
    expect(await page.locator('.reviewing .verdict').count()).toBe(0);
    expect(await page.locator('.reviewing .heat, .reviewing svg').count()).toBe(0);
    expect(await page.locator('.one a[href^="/part"]').count()).toBe(0);
    await shot(page, 'review-hidden');
    // The next one comes after a label all the same.
    const name = nameIn(page);
    const before = await name();
    await page.keyboard.press('g');
    await expect.poll(name).not.toBe(before);
  });

  it('shows what was chosen last, whatever is still on its way', { timeout: 90_000 }, async () => {
    const { page, context } = await visit(box.address, '/');
    await signIn(page, 'panel');
    let hold = 0;
    let isEmpty = true;
    await context.route('**/api/v1/review?*', async (route) => {
      const url = route.request().url();
      if (url.includes('why=near'))
        return isEmpty ? route.fulfill({ json: EMPTY }) : route.continue({ url: url.replace('why=near', 'why=abstained') });
      await new Promise((resolve) => setTimeout(resolve, hold));
      await route.continue();
    });
    await page.goto(new URL('/review?why=abstained', box.address).href);
    await page.locator('article.one').waitFor();
    hold = 1500;
    const why = page.getByRole('combobox', { name: 'Why it is here' });
    await why.selectOption('random');
    await why.selectOption('near');
    await page.getByText('No part waits for a person.').waitFor();
    await page.waitForTimeout(2000);
    expect(await page.locator('article.one').count()).toBe(0);
    // One that comes is shown.
    isEmpty = false;
    await page.locator('article.one').waitFor();
  });

  it('brings none back that was labelled, however many are', { timeout: 120_000 }, async () => {
    const { page, context } = await visit(box.address, '/');
    await signIn(page, 'panel');
    const like = ((await (await fetch(new URL('/api/v1/review?why=abstained&limit=1', box.address))).json()) as typeof EMPTY).items[0];
    const of = (n: number) => ({ ...like, id: `p-${n}`, part: `${n}` });
    await context.route('**/api/v1/review?*', async (route) => {
      const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
      const items = Array.from({ length: 20 }, (_, i) => of(from + i));
      await route.fulfill({ json: { ...EMPTY, items, next: `${from + 20}`, waiting: 1000 } });
    });
    await context.route('**/api/v1/inspections/p-*/labels', (route) => route.fulfill({ status: 204 }));
    await page.goto(new URL('/review', box.address).href);
    const name = nameIn(page);
    for (let n = 0; n < 104; n++) {
      await expect.poll(name).toBe(`part ${n}`);
      await page.keyboard.press('g');
    }
    await expect.poll(name).toBe('part 104');
    // The box has no record of them.
    await page.getByText('No picture of this part is kept.').waitFor();
    await page.keyboard.press('u');
    await expect.poll(name).toBe('part 103');
  });

  it('takes back the last one, after which none is left, and says nothing more of one that the box has lost', {
    timeout: 90_000,
  }, async () => {
    const { page, context } = await visit(box.address, '/');
    await signIn(page, 'panel');
    const like = ((await (await fetch(new URL('/api/v1/review?why=abstained&limit=1', box.address))).json()) as typeof EMPTY).items[0];
    await context.route('**/api/v1/review?*', (route) =>
      route.fulfill({ json: { ...EMPTY, items: [{ ...like, id: 'p-last', part: 'last' }], waiting: 1 } }),
    );
    let status = 204;
    await context.route('**/api/v1/inspections/p-last/labels*', (route) =>
      route.fulfill({
        status,
        ...(status === 204 ? {} : { json: { title: 'There is no such part.', next: 'Look.', code: 'WEB_UNKNOWN' } }),
      }),
    );
    await context.route('**/api/v1/inspections/p-last/labels/*', (route) => route.fulfill({ status: 204 }));
    await page.goto(new URL('/review', box.address).href);
    const name = nameIn(page);
    for (const undo of [() => page.keyboard.press('u'), () => page.getByRole('button', { name: /^Take back/ }).click()]) {
      await expect.poll(name).toBe('part last');
      await page.keyboard.press('g');
      await page.getByText('No part waits for a person.').waitFor();
      expect(await findings(page)).toEqual([]);
      await undo();
    }
    await expect.poll(name).toBe('part last');
    status = 404;
    await page.keyboard.press('g');
    await page.getByText('There is no such part.').waitFor();
    await page.getByText('No part waits for a person.').waitFor();
    expect(await page.locator('article.one').count()).toBe(0);
  });

  it.each(['panel', 'phone'] as const)(
    'shows what is taken back wherever the queue is by then, and says what it was (%s)',
    { timeout: 120_000 },
    async (screen) => {
      const { page, context } = await visit(box.address, '/', { screen });
      await signIn(page, screen);
      await page.goto(new URL('/review?why=abstained', box.address).href);
      const name = nameIn(page);
      const undo = page.getByRole('button', { name: /^Take back/ });
      const part = page.locator('article.one');
      await part.waitFor();
      const known = labels().length;
      const said: (string | null)[] = [];
      for (let n = 0; n < 3; n++) {
        said.push(await name());
        await page.keyboard.press('g');
        await expect.poll(name).not.toBe(said.at(-1));
      }
      await expect.poll(() => labels().length).toBe(known + 3);
      const undone = () =>
        labels()
          .slice(known)
          .map((one) => one.undone !== null);
      // The box has them, so that a queue that is loaded anew has none of them.
      await page.reload();
      await part.waitFor();
      expect(said).not.toContain(await name());
      await page.keyboard.press('u');
      await part.getByText('Taken back: Good. Label it again.').waitFor();
      expect(await name()).toBe(said[2]);
      await expect.poll(undone).toEqual([false, false, true]);
      expect(await findings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
      await shot(page, `review-taken-${screen}`);
      // Whoever labels it labels that one, as often as he likes.
      await page.keyboard.press('?');
      await expect.poll(() => labels().at(-1)).toMatchObject({ label: 'unsure', inspection: labels()[known + 2]?.inspection });
      await part.getByText('Taken back').waitFor({ state: 'detached' });
      await page.keyboard.press('u');
      await part.getByText('Taken back: Unsure. Label it again.').waitFor();
      expect(await name()).toBe(said[2]);
      // Under a choice that has none left, what was labelled before is shown all the same, and no more is taken back than that.
      await context.route('**/api/v1/review?*', (route) => route.fulfill({ json: EMPTY }));
      await page.getByRole('combobox', { name: 'Why it is here' }).selectOption('near');
      await page.getByText('No part waits for a person.').waitFor();
      await undo.click();
      await part.getByText('Taken back: Good. Label it again.').waitFor();
      expect(await name()).toBe(said[1]);
      await page.keyboard.press('u');
      await expect.poll(name).toBe(said[0]);
      await expect.poll(() => undone().slice(0, 3)).toEqual([true, true, true]);
      expect(await undo.isDisabled()).toBe(true);
    },
  );

  it('offers nobody to take back what another one said', { timeout: 90_000 }, async () => {
    const { page } = await visit(box.address, '/');
    await signIn(page, 'panel');
    await page.goto(new URL('/review?why=abstained', box.address).href);
    const name = nameIn(page);
    const undo = page.getByRole('button', { name: /^Take back/ });
    await undo.waitFor();
    const first = await name();
    await page.keyboard.press('g');
    await expect.poll(name).not.toBe(first);
    expect(await undo.isDisabled()).toBe(false);
    await expect.poll(() => labels().at(-1)).toMatchObject({ who: 'eve', undone: null });
    await page.waitForFunction("JSON.parse(localStorage.getItem('lineside.labels') ?? '[]').length === 0");
    await signInAs(page, 'adam', PASSWORD);
    await undo.waitFor();
    expect(await undo.isDisabled()).toBe(true);
    const second = await name();
    await page.keyboard.press('g');
    await expect.poll(name).not.toBe(second);
    expect(await undo.isDisabled()).toBe(false);
  });

  it('keeps a kind that is typed over a reload until it is said, each with its own part', { timeout: 90_000 }, async () => {
    const { page } = await visit(box.address, '/');
    await signIn(page, 'panel');
    const found = (await (await fetch(new URL('/api/v1/inspections?limit=2', box.address))).json()) as { items: readonly { id: string }[] };
    const go = (n: number) => page.goto(new URL(`/inspection/${found.items[n]?.id}`, box.address).href);
    const kind = page.getByLabel('Kind of defect, where it is bad');
    await go(0);
    await kind.fill('scratch');
    await go(1);
    expect(await kind.inputValue()).toBe('');
    await go(0);
    await expect.poll(() => kind.inputValue()).toBe('scratch');
    await page.getByRole('button', { name: 'Bad', exact: true }).click();
    await expect.poll(() => kind.inputValue()).toBe('');
    expect(labels().at(-1)).toMatchObject({ label: 'bad', kind: 'scratch', inspection: found.items[0]?.id });
    await page.reload();
    expect(await kind.inputValue()).toBe('');
  });

  it.each(['light', 'dark'] as const)('is to be read in %s', { timeout: 90_000 }, async (looks) => {
    const { page } = await visit(box.address, '/', { looks });
    await signIn(page, 'panel');
    await page.goto(new URL('/review?why=abstained', box.address).href);
    await page.locator('.looks img').first().waitFor();
    expect(await findings(page)).toEqual([]);
    await shot(page, `review-${looks}`);
    await page.goto(new URL('/parts?over=day', box.address).href);
    await page
      .getByRole('region', { name: 'Totals' })
      .getByText(/REVIEW/)
      .waitFor();
    expect(await findings(page)).toEqual([]);
    await shot(page, `totals-${looks}`);
    await page.goto(new URL('/', box.address).href);
    await page.getByText('last 8 hours').waitFor();
    expect(await findings(page)).toEqual([]);
    await shot(page, `line-${looks}`);
  });
});

it('goes on by itself when the box was away and is back: parts, their pictures, and what was only asked for once', {
  timeout: 240_000,
}, async () => {
  const web = { listen: `127.0.0.1:${await freePort()}` };
  const away = await startPageBox({ web, stations: { outlet: STATION } }, { fps: 10 });
  onTestFinished(() => away.end());
  await away.agent.judging();
  await setPassword(away.store, 'eve', PASSWORD, 'operator');
  const waits = async () =>
    ((await (await fetch(new URL('/api/v1/review?why=abstained', away.address))).json()) as { waiting: number }).waiting;
  await expect.poll(waits, { timeout: 60_000 }).toBeGreaterThan(60);
  const { page } = await visit(away.address, '/');
  await signIn(page, 'panel', away);
  await page.goto(new URL('/review?why=abstained', away.address).href);
  const name = nameIn(page);
  const picture = page.locator('.looks img').first();
  await picture.waitFor();
  let agent = away.agent;
  for (let night = 1; night <= 3; night++) {
    await agent.kill();
    // Further than records of parts were loaded, and than the next page of the queue was asked for.
    for (let n = 0; n < 11; n++) {
      const before = await name();
      await page.keyboard.press('g');
      await expect.poll(name).not.toBe(before);
    }
    await picture.waitFor({ state: 'detached' });
    agent = startAgent(away.file);
    const back = agent;
    onTestFinished(() => back.kill());
    await agent.judging();
    await picture.waitFor({ timeout: 15_000 });
    await page.getByText('on the way to the box').waitFor({ state: 'detached' });
    await page.getByText('The box does not answer.').waitFor({ state: 'detached' });
  }
  // A view that asks once; its code is here already.
  const link = (to: string) => page.locator(`nav a[href="${to}"]`).first();
  const parts = page.locator('main a.open').first();
  await link('/parts').click();
  await parts.waitFor();
  await link('/').click();
  await parts.waitFor({ state: 'detached' });
  await agent.kill();
  await page.getByText('No connection to the box since').waitFor();
  await link('/parts').click();
  await page.getByText('The box does not answer.').waitFor();
  const last = startAgent(away.file);
  onTestFinished(() => last.kill());
  await parts.waitFor();
  await page.getByText('The box does not answer.').waitFor({ state: 'detached' });
});
