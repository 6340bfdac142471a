/** Where parts are, in a real browser: what a life before has left behind, what is on its way, and an operator who puts it right. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RoutedPart } from '#agent/contracts/index.js';
import { createStore } from '#agent/store/store.js';
import { systemClock } from '#agent/time.js';
import { inspection } from '../publishers/samples.ts';
import { memoryLog } from '../simulators/log.ts';
import { KEEP } from '../store/setup.ts';
import { converse } from '../web/conversation.ts';
import { setPassword } from '../web/page.ts';
import { findings, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
const BEFORE = Date.now() - 90_000;
const id = (n: number) => `01900000-0000-7000-8000-00000000000${n}`;

const way = (n: number, part: string, more: Partial<RoutedPart>): RoutedPart => ({
  id: id(n),
  part,
  station: 'outlet',
  inspection: id(n),
  to: 'rework',
  instead_of: null,
  why: 'review: scratch',
  sent: BEFORE,
  place: null,
  arrived: null,
  fault: null,
  ended: null,
  end: null,
  ...more,
});
const PARTS = [
  way(1, 'A-1', { place: 'rework', arrived: BEFORE + 5000 }),
  way(2, 'A-2', { place: 'rework', arrived: BEFORE + 9000 }),
  way(3, 'A-3', { fault: 'vanished' }),
  way(4, 'A-4', { place: 'scrap', arrived: BEFORE + 9000, fault: 'strayed' }),
  way(5, 'A-5', {}),
];

/** As the life before has left it. */
async function past(path: string): Promise<void> {
  const config = { path, keep: KEEP, images: { nok: 'all', review: 'all', ok: 'all' } } as const;
  const store = createStore({ path, config, clock: systemClock, log: memoryLog([]), onFaults: () => {} });
  await store.start();
  for (const [n, part] of PARTS.entries())
    await store.journal.append({ inspection: inspection(n + 1, { id: part.id, station: 'outlet', part: part.part }), routed: [part] });
  await store.stop();
}

let box: PageBox;
beforeAll(async () => {
  const tag = (name: string) => ({ node: `nsu=urn:press;s=${name}` });
  const plc = {
    endpoint: 'opc.tcp://127.0.0.1:9',
    security: { mode: 'None', policy: 'None' },
    tags: { rework_in: tag('ReworkIn'), rework_out: tag('ReworkOut'), scrap_in: tag('ScrapIn') },
  };
  const routes = {
    destinations: {
      packing: { do: 'pass' },
      rework: { do: 'rework', capacity: 3, full: 'scrap', arrived: { part: 'plc.rework_in' }, left: { part: 'plc.rework_out' } },
      scrap: { arrived: { part: 'plc.scrap_in' } },
    },
  };
  const outlet = {
    trigger: { camera: 'top' },
    models: { surface: { model: 'classify', camera: 'top' } },
    route: { table: [{ to: 'packing' }] },
  };
  box = await startPageBox({ opcua: { plc }, routes, stations: { outlet } }, { before: past });
  await box.agent.judging();
  await setPassword(box.store, 'meyer', PASSWORD, 'operator');
}, 60_000);
afterAll(() => box?.end());

it.each([
  ['panel', 'light', 'A-3'],
  ['phone', 'dark', 'A-4'],
] as const)('is looked at and put right on a %s', { timeout: 120_000 }, async (screen, looks, part) => {
  const { page } = await visit(box.address, '/routes', { screen, looks });
  const faults = page.getByRole('region', { name: 'Not where they should be' });
  const one = faults.getByRole('listitem').filter({ hasText: part });
  await one.waitFor();
  const rework = page.getByRole('listitem', { name: 'rework' });
  await rework.getByText(screen === 'panel' ? '2 of 3 there' : /^0 of 3 there/).waitFor();
  await page.getByRole('region', { name: 'On their way' }).getByRole('link', { name: 'A-5' }).waitFor();
  expect(await findings(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/routes-${screen}.png`, fullPage: true });

  await one.getByText('Sign in to say what has become of it.').waitFor();
  await signInAs(page, 'meyer', PASSWORD);
  await one.getByRole('button', { name: 'Looked at' }).click();
  await one.getByText(`The alarm about ${part} ends.`).waitFor();
  await one.getByRole('button', { name: 'It was looked at' }).click();
  await one.waitFor({ state: 'detached' });
  if (screen === 'panel') {
    await rework.getByRole('button', { name: 'Emptied' }).click();
    await rework.getByRole('button', { name: 'It is empty' }).click();
    await rework.getByText('0 of 3 there').waitFor();
  }

  // Where it went stands with the part.
  await page.goto(new URL(`/part/${part}`, box.address).href);
  const went = page.getByRole('region', { name: 'Where it went' });
  await went
    .getByText(part === 'A-3' ? /^▲ did not arrive in time: from outlet to rework .* ago, somebody looked / : /came to scrap .* ago/)
    .waitFor();
  await page.getByRole('heading', { name: part }).waitFor();
  expect(await findings(page)).toEqual([]);
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/routes-part-${screen}.png` });
  await page.context().close();
});

it('is changed by somebody who may, and is on record', { timeout: 60_000 }, async () => {
  const { say } = await converse(box.address.origin);
  const body = { do: 'forget', part: 'A-5' };
  expect((await say('/routes', { method: 'POST', body })).status).toBe(401);
  const { cookie } = await say('/session', { method: 'POST', body: { user: 'meyer', password: PASSWORD } });
  expect((await say('/routes', { method: 'POST', body: { do: 'empty', destination: 'rewrok' }, cookie })).json.code).toBe(
    'COMMAND_REFUSED',
  );
  expect((await say('/routes', { method: 'POST', body, cookie })).json).toEqual({ forgotten: 1 });
  expect((await say('/routes/part?part=A-5')).json.ways).toMatchObject([{ part: 'A-5', to: 'rework', place: null, end: 'forgotten' }]);
  const audit = async () => (await say('/audit', { cookie })).json.items.filter(({ verb }: { verb: string }) => verb === 'route');
  await expect.poll(async () => (await audit())[0], { timeout: 5000 }).toMatchObject({ who: 'meyer', detail: body });
  const metrics = await (await fetch(new URL('/metrics', box.address))).text();
  expect(metrics).toContain('lineside_route_parts{destination="rework",state="capacity"} 3');
});
