/** A journal that lost some of what was in it, as its page tells it. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openEmpty, put } from '../store/setup.ts';
import { startBox } from '../web/box.ts';
import { converse } from '../web/conversation.ts';
import { findings, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

let box: PageBox;
beforeAll(async () => {
  const before = (store: string) => {
    mkdirSync(store);
    const { db } = openEmpty(store);
    const part = {
      id: 'b',
      station: 'outlet',
      part: 'P7',
      recipe: 'standard',
      trigger: 'tag',
      outcome: 'judged',
      verdict: 'nok',
      answer: 'none',
    };
    put(db, 'inspections', { ...part, sequence: 1, at: Date.now(), recorded: Date.now(), reasons: '[{"te', tags: '"x', frames: '[]' });
    put(db, 'findings', { inspection: 'b', model: 'surface', package: 'classify', label: 'dent', score: 0.9, threshold: 0.5, boxes: '[[' });
    db.close();
  };
  box = await startPageBox({}, { before });
}, 60_000);
afterAll(() => box?.end());

describe('a record that the disk has damaged', () => {
  it('is answered as it is documented, without what cannot be read', async () => {
    const { say } = await converse(box.address.origin);
    const { json } = await say('/inspections/b');
    expect(json).toMatchObject({
      reasons: [],
      tags: {},
      unreadable: ['reasons', 'tags', 'boxes'],
      findings: [{ label: 'dent', boxes: null }],
    });
    expect((await say('/inspections?part=P7')).json.items).toMatchObject([{ id: 'b', reasons: [] }]);
    expect((await say('/inspections/b/what-if')).status).toBe(200);
  });

  it.each(['panel', 'phone'] as const)('is shown on a %s, and says what is missing', async (screen) => {
    const { page, complaints } = await visit(box.address, '/part/P7', { screen });
    await page.getByText('The disk has damaged some of this record: reasons, tags, boxes cannot be read any more.').waitFor();
    await page.getByRole('row', { name: /surface.*dent/ }).waitFor();
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/damaged-${screen}.png` });
    expect([await findings(page), complaints]).toEqual([[], []]);
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  });
});

it('a journal that lost its log: is an alarm, and the numbers go on behind those that were seen', { timeout: 90_000 }, async () => {
  const first = await startBox({ fps: 10 });
  await first.agent.judging();
  const newest = async (origin: string) => (await (await converse(origin)).say('/inspections?limit=1')).json.items[0]?.sequence ?? 0;
  const before = await vi.waitFor(
    async () => {
      const seen = await newest((await first.address()).origin);
      expect(seen).toBeGreaterThan(9);
      return seen;
    },
    { timeout: 20_000 },
  );
  await first.agent.kill();
  for (const suffix of ['-wal', '-shm']) rmSync(join(first.store, `journal.db${suffix}`));
  const second = first.start();
  const { origin } = await first.address(second);
  await vi.waitFor(async () => expect(await newest(origin)).toBeGreaterThan(before), { timeout: 20_000 });
  const { say } = await converse(origin);
  const alarms = (await say('/alarms')).json as readonly { code: string; text: string; next: string }[];
  const told = alarms.find(({ code }) => code === 'STORE_WENT_BACK');
  expect(told?.text).toMatch(/outlet 1-\d+ \(station and sequence\) are missing/);
  expect(told?.next).toContain('parts go on at outlet');
  expect((await say('/inspections?limit=200')).json.items.every(({ sequence }: { sequence: number }) => sequence > before)).toBe(true);
});
