/** A technician teaches a part that never lies quite the same way, with his phone: one picture shows none, and the line judges each where it lies. */
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { scratch } from '../desk/evaluation/setup.ts';
import { cameraOf, grey, MODELS } from '../integration/line.ts';
import { noise } from '../teaching/machines.ts';
import { setPassword } from '../web/page.ts';
import { signInAs, useBrowser, visit } from './browser.ts';
import { expectUsable, twice } from './lesson.ts';
import { startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
const SIDE = 96;
/** Pictures that come round and round; the third last shows an empty holder. */
const FRAMES = 12;
const EMPTY = 9;

/** A notched disc on a bench, up to 5 of its 48 pixels away from the middle. */
async function frame(file: string, seed: number): Promise<void> {
  const next = noise(seed);
  const away = () => Math.max(-5, Math.min(5, Math.round(3 * next())));
  const [x0, y0] = [SIDE / 2 + away(), SIDE / 2 + away()];
  await grey(
    file,
    (x, y) => {
      const [dx, dy] = [x - x0, y - y0];
      const isPart =
        seed !== EMPTY && Math.hypot(dx, dy) < 18 && !(dx > 0 && Math.abs(dy) < 4) && !(Math.abs(dx + 6) < 2 && Math.abs(dy) < 10);
      return (isPart ? 190 : 90) + 2 * next();
    },
    SIDE,
  );
}

const signIn = (page: Page) => signInAs(page, 'mueller', PASSWORD);

interface Item {
  readonly id: string;
  readonly verdict: string;
  readonly reasons: readonly { readonly code?: string; readonly text: string }[];
}

it('teaches a part that moves, and judges each where it lies', { timeout: 600_000 }, async () => {
  const parts = scratch();
  mkdirSync(join(parts, 'frames'));
  for (let i = 0; i < FRAMES; i++) await frame(join(parts, 'frames', `${10 + i}.png`), i);
  const models = join(parts, 'models');
  cpSync(join(MODELS, 'classify'), join(models, 'classify'), { recursive: true });
  const box = await startPageBox({ cameras: { top: cameraOf(parts, 'frames', 5) }, inference: { models } });
  try {
    await box.agent.judging();
    await setPassword(box.store, 'mueller', PASSWORD, 'technician');
    const phone = await visit(box.address, '/teach', { screen: 'phone' });
    const { page } = phone;
    await signIn(page);
    const ask = async <T>(path: string): Promise<T> =>
      (await page.evaluate(`fetch('/api/v1${path}').then((answer) => answer.json())`)) as T;
    for (const [name, value] of [
      ['width', '48'],
      ['height', '48'],
      ['from the left', '24'],
      ['from the top', '24'],
    ] as const) {
      const input = page.getByRole('spinbutton', { name: `${name}, pixels` });
      await input.fill(value);
      await input.press('Tab');
    }
    await page.getByText('48 × 48 pixels from 24, 24, of 96 × 96').waitFor();
    await page.getByRole('checkbox', { name: 'The part moves' }).check();
    await page.getByRole('button', { name: 'fewer parts' }).click();
    await expectUsable(page, 'moving-begin');
    await page.getByRole('button', { name: 'Collect the next parts' }).click();
    await page.getByText('20 of 20 parts', { exact: true }).waitFor({ timeout: 60_000 });
    await page.getByText('The part moves: it is looked for, and judged where it is found.').waitFor();
    await page.getByRole('button', { name: 'Learn from 20 good parts', exact: true }).click();
    // The empty holder came once or twice among them: they are shown, and left out.
    await page.getByText(/the part is not found in the picture/).waitFor({ timeout: 200_000 });
    await page.getByText(/^These do not fit the others/).waitFor();
    await expectUsable(page, 'moving-unfound');
    const lesson = await ask<{ pictures: readonly { id: string; odd: number | null }[] }>('/teach');
    const odd = lesson.pictures.filter((one) => one.odd !== null);
    expect([1, 2]).toContain(odd.length);
    for (const { id } of odd) {
      const item = page.locator('.lesson-pictures li').filter({ has: page.locator(`img[src$="${id}"]`) });
      await item.getByRole('button', { name: 'leave out' }).first().click();
      await page
        .locator('.lesson-pictures li.out')
        .filter({ has: page.locator(`img[src$="${id}"]`) })
        .waitFor();
    }
    await page.getByRole('button', { name: `Learn from ${20 - odd.length} good parts`, exact: true }).click();
    await page
      .getByText(/^The part moves: the good ones lay up to \d+\.\d % of the frame from the one they are held against/)
      .waitFor({ timeout: 200_000 });
    await page.getByText(/^At this limit it would call \d+ of the \d+ newest stored parts NOK; \d+ were\.$/).waitFor({ timeout: 240_000 });
    await expectUsable(page, 'moving-judge');
    await twice(page, 'Run it beside the other', /Nothing it says reaches the PLC/, 'Yes, run it beside');
    await page.getByText(/^agreed on \d+ of \d+ parts?$/).waitFor({ timeout: 60_000 });
    await twice(page, 'Let it judge', /classify stays one tap away/, 'Yes, let it judge');
    await page.getByText('outlet-surface-taught judges here.').waitFor({ timeout: 60_000 });
    // What the package looks at came into the place with it.
    const { stations } = parse(readFileSync(box.file, 'utf8')) as { stations: { outlet: { models: { surface: { region: unknown } } } } };
    expect(stations.outlet.models.surface.region).toEqual([16, 16, 64, 64]);

    const newest = async (wish: string) => (await ask<{ items: readonly Item[] }>(`/inspections?limit=5${wish}`)).items;
    const taught = async () => {
      for (const { id } of await newest('')) {
        const whole = await ask<{ findings: readonly { found?: { region: readonly number[]; moved: readonly number[] } | null }[] }>(
          `/inspections/${id}`,
        );
        if (whole.findings[0]?.found) return { id, found: whole.findings[0].found };
      }
      return null;
    };
    await expect.poll(taught, { timeout: 60_000 }).not.toBeNull();
    const judged = await taught();
    expect(judged?.found.region.slice(2)).toEqual([48, 48]);
    expect(Math.max(...(judged?.found.moved ?? [99]).map(Math.abs))).toBeLessThan(11);
    // The empty holder is answered as the station answers failures, and says why.
    let unfound: Item | undefined;
    const nextUnfound = async () => {
      unfound = (await newest('')).find(({ reasons }) => reasons[0]?.code === 'PART_NOT_FOUND');
      return unfound;
    };
    await expect
      .poll(nextUnfound, { timeout: 60_000 })
      .toMatchObject({ verdict: 'review', reasons: [{ text: expect.stringMatching(/did not find the part in its picture/) }] });
    await page.goto(new URL(`/inspection/${judged?.id}`, box.address).href);
    await page
      .getByText(
        /^surface found the part \d+(\.\d)? pixels to the (left|right) and \d+(\.\d)? (up|down) of where its reference lies \(likeness [01]\.\d\d\), and judged it there\.$/,
      )
      .waitFor();
    await expectUsable(page, 'moving-part');
    // Judged again, the empty holder is answered as it was.
    await page.goto(new URL(`/inspection/${unfound?.id}`, box.address).href);
    const replay = page.getByRole('region', { name: 'Judge again' });
    await replay.getByRole('button').click();
    await replay.getByText(/did not find the part in its picture/).waitFor({ timeout: 30_000 });
    expect(await replay.getByRole('cell').allTextContents()).toEqual([expect.stringMatching(/review/i), expect.stringMatching(/review/i)]);
    await expectUsable(page, 'moving-unfound');
    expect(phone.complaints).toEqual([]);
  } finally {
    await box.end();
  }
});
