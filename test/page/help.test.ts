/** The reference that Help shows: that of this very version, whole, and found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ERRORS } from '#agent/errors.js';
import { packageRoot } from '#agent/platform/package-root.js';
import { entriesOf } from '#scripts/page/reference.js';
import { found } from '../../agent/web/page/views/help/find.ts';
import { findings, type Screen, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PAGES = ['errors', 'config'];
const entries = PAGES.flatMap((page) => entriesOf(page, readFileSync(join(packageRoot, 'docs', `${page}.md`), 'utf8'), PAGES));
const entry = (page: string, id: string) => entries.find((one) => one.page === page && one.id === id);

describe('the reference', () => {
  it('has an entry for every fault that the agent can report, with what to do', () => {
    for (const code of Object.keys(ERRORS)) expect(entry('errors', code)?.html, code).toContain('What to do:');
  });

  it('says of a fault in words what is filled in, and what its category means', () => {
    for (const code of Object.keys(ERRORS)) expect(entry('errors', code)?.html, code).not.toMatch(/(?<!\$)\{\w+\}/);
    expect(entry('errors', 'CAMERA_UNREACHABLE')?.html).toContain('<p>Camera ‹name› cannot be reached: ‹reason›.</p>');
    expect(entry('errors', 'CAMERA_UNREACHABLE')?.html).toContain('transient: goes away by itself or with a retry; the agent goes on.');
    expect(entry('errors', 'CONFIG_INVALID')?.html).toContain('config: somebody must change a file.');
  });

  it('says of a key what the document says: description, unit, default; markup and bars within it are text', () => {
    const mqtt = entry('config', 'mqtt')?.html ?? '';
    expect(mqtt).toContain('<dt><code>version</code></dt><dd>Protocol version.');
    expect(mqtt).toContain('lineside-&lt;agent&gt;');
    expect(
      entriesOf(
        'x',
        '# X\n\n| a | b |\n| --- | --- |\n| `p \\| q` | <b>, [in](#y), [out](https://example.org), [doc](config.md#mqtt) |\n\n## Y\n\ny',
        PAGES,
      ),
    ).toEqual([
      {
        page: 'x',
        id: 'introduction',
        title: 'X',
        html: '<dl class="reference"><dt><code>p | q</code></dt><dd>&lt;b&gt;, <a href="/help/x/y">in</a>, out, <a href="/help/config/mqtt">doc</a></dd></dl>',
      },
      { page: 'x', id: 'y', title: 'Y', html: '<p>y</p>' },
    ]);
  });

  it('leads nowhere that is not there', () => {
    for (const { page, id, html } of entries)
      for (const [, to = '', section = ''] of html.matchAll(/href="\/help\/([^/"]+)\/([^"]+)"/g))
        expect(entry(to, section), `${page}/${id} -> ${to}/${section}`).toBeDefined();
  });

  it('is found by all of the words, in any order, a title first', () => {
    expect(found(entries, 'camera silent picture').map(({ id }) => id)).toContain('CAMERA_SILENT');
    expect(found(entries, 'CAMERA_SILENT')[0]?.id).toBe('CAMERA_SILENT');
    expect(found(entries, 'no such words anywhere')).toEqual([]);
  });
});

describe('Help', () => {
  let box: PageBox;
  beforeAll(async () => {
    box = await startPageBox();
    return () => box.end();
  }, 60_000);

  it.each(['panel', 'phone'] as const)('is searched, and every entry is an address (%s)', { timeout: 60_000 }, async (screen: Screen) => {
    const { page, strangers, complaints } = await visit(box.address, '/help', { screen, looks: screen === 'panel' ? 'light' : 'dark' });
    await page.getByRole('heading', { name: 'Faults and what to do' }).waitFor();
    await page.getByText(/^of this agent, version \d/).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByLabel(/^Search/).fill('camera silent');
    await page.getByRole('heading', { name: /CAMERA_SILENT/ }).waitFor();
    expect(page.url()).toContain('q=camera+silent');
    expect(await findings(page)).toEqual([]);
    await page.getByLabel(/^Search/).fill('xyzzy');
    await page.getByText('Nothing in the reference has all these words.').waitFor();
    await page.goto(new URL('/help/config/opcua', box.address).href);
    await page.getByRole('heading', { name: 'opcua', exact: true }).waitFor();
    await page.goto(new URL('/help/config/store', box.address).href);
    await page.locator('.reference-text a[href^="/help/config/"]').first().click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    await page.goto(new URL('/help/errors/NO_SUCH', box.address).href);
    await page.getByText('The reference of this version has no entry NO_SUCH.').waitFor();
    expect([strangers, complaints]).toEqual([[], []]);
    if (process.env['LINESIDE_PICTURES']) {
      await page.goto(new URL('/help/config/mqtt', box.address).href);
      await page.waitForTimeout(500);
      await page.screenshot({ path: `${process.env['LINESIDE_PICTURES']}/help-entry-${screen}.png` });
      await page.goto(new URL('/help', box.address).href);
      await page.waitForTimeout(500);
      await page.screenshot({ path: `${process.env['LINESIDE_PICTURES']}/help-${screen}.png` });
    }
  });
});
