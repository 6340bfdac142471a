/** Scores in a real browser: where a part's lies among those before it, that they drifted, and a promise against what people say. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taughtModels } from '../web/taught.ts';
import { findings, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

let box: PageBox;
let remove = () => {};
beforeAll(async () => {
  const models = taughtModels((end) => {
    remove = end;
  });
  box = await startPageBox({ inference: { models } }, { fps: 20 });
  await box.agent.judging();
}, 60_000);
afterAll(async () => {
  await box?.end();
  remove();
});

const shot = (page: Awaited<ReturnType<typeof visit>>['page'], name: string) =>
  process.env['SHOTS'] ? page.screenshot({ path: `${process.env['SHOTS']}/${name}.png`, fullPage: true }) : undefined;

describe.each(['panel', 'phone'] as const)('scores on a %s', (screen) => {
  it('are shown among those before, and told where nothing like it was taught and where they drifted', { timeout: 180_000 }, async () => {
    await expect
      .poll(
        async () =>
          ((await (await fetch(new URL('/api/v1/alarms', box.address))).json()) as readonly { code: string }[]).map(({ code }) => code),
        {
          timeout: 90_000,
        },
      )
      .toContain('SCORES_DRIFTED');
    const { page } = await visit(box.address, '/review?why=unlike', { screen });
    const part = page.locator('.facts-line a');
    await page.getByText('unlike anything taught').nth(1).waitFor();
    await page.goto(new URL((await part.getAttribute('href')) ?? '', box.address).href);
    const panel = page.getByRole('region', { name: 'Among the parts before it' });
    await panel.getByText(/surface [01]\.\d+: higher than \d+ of the last \d+\./).waitFor();
    await panel.getByText('Higher than anything that it was taught with.').waitFor();
    expect(await panel.getByRole('img').count()).toBe(1);
    expect(await findings(page)).toEqual([]);
    await shot(page, `scores-${screen}`);
    await page.goto(new URL('/models', box.address).href);
    await page.getByText(/The last \d+ are no longer like those of the 100 good parts it was taught with/).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.goto(new URL('/health', box.address).href);
    await page
      .getByText(/no longer like those of the 100 good parts/)
      .first()
      .waitFor();
    await page.goto(new URL('/review/figures', box.address).href);
    await page.getByText(/at most 1 good part in 1000 refused/).waitFor();
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    await shot(page, `promises-${screen}`);
  });
});
