/** What runs next in a real browser: an operator looks at a proposal, accepts it in two touches, and refuses the next one. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { converse } from '../web/conversation.ts';
import { setPassword } from '../web/page.ts';
import { findings, signInAs, useBrowser, visit } from './browser.ts';
import { type PageBox, startPageBox } from './page-box.ts';

useBrowser();

const PASSWORD = 'correct horse';
/** The search has the least urgency: where others keep the box busy, its process may need a minute to come up. */
const LATER = { timeout: 90_000 };
let box: PageBox;
let say: Awaited<ReturnType<typeof converse>>['say'];
let cookie = '';
beforeAll(async () => {
  const planning = {
    station: 'outlet',
    least_gain: '1m',
    search: { time: '200ms', samples: 200 },
    facts: { recipes: { small: { cycle: '12s' }, large: { cycle: '1m', cycle_spread: 0.1 } }, setup: { default: '45m' } },
  };
  box = await startPageBox({ planning });
  await box.agent.judging();
  await setPassword(box.store, 'meyer', PASSWORD, 'technician');
  ({ say } = await converse(box.address.origin));
  cookie = (await say('/session', { method: 'POST', body: { user: 'meyer', password: PASSWORD } })).cookie ?? '';
}, 60_000);
afterAll(() => box?.end());

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const order = async (orders: readonly object[]) => {
  const { status, json } = await say('/orders', { method: 'POST', body: { orders, replace: true }, cookie });
  expect(status, JSON.stringify(json)).toBe(200);
};
const ORDERS = [
  { id: '4711', quantity: 120, recipe: 'large', due: inHours(20) },
  { id: '4712', quantity: 200, recipe: 'small', due: inHours(1), priority: 3 },
  { id: '4713', quantity: 90, recipe: 'large', due: inHours(4) },
  { id: '4714', quantity: 500, recipe: 'small' },
];

it.each(['panel', 'phone'] as const)('is looked at, accepted and refused on a %s', { timeout: 400_000 }, async (screen) => {
  await order([{ id: `${screen}-0`, quantity: 1000, recipe: 'small' }, ...ORDERS.map((one) => ({ ...one, id: `${screen}-${one.id}` }))]);
  const { page } = await visit(box.address, '/plan', { screen });
  const standing = page.getByRole('region', { name: 'Plan' });
  await standing.getByText(/^Proposed: \d orders? moves?, which gains/).waitFor(LATER);
  const list = page.getByRole('region', { name: 'Orders in their turn' });
  await list.getByText(`1. ${screen}-4712`).waitFor(LATER);
  await standing.getByText('Sign in to accept or refuse.').waitFor();
  await signInAs(page, 'meyer', PASSWORD);
  await standing.getByRole('button', { name: 'Accept' }).click();
  await standing.getByText(`The line goes on in this order from now on; next is ${screen}-4712.`).waitFor();
  expect(await findings(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/plan-${screen}.png`, fullPage: true });
  await standing.getByRole('button', { name: 'Go on in this order' }).click();
  await standing.getByText('As agreed: no other order of work gains enough.').waitFor(LATER);

  // An urgent one comes in; somebody refuses that it goes first.
  await say('/orders', {
    method: 'POST',
    body: { orders: [{ id: `${screen}-9`, quantity: 30, recipe: 'large', due: inHours(1.5), priority: 9 }] },
    cookie,
  });
  await list.getByText(`1. ${screen}-9`).waitFor(LATER);
  await standing.getByRole('button', { name: 'Refuse' }).click();
  await standing.getByRole('button', { name: 'Leave it as it was' }).click();
  await standing.getByText('Somebody has refused what was proposed: it goes on as agreed.').waitFor(LATER);
  await list.getByText(`1. ${screen}-4712`).waitFor(LATER);
  const audit = (await say('/audit', { cookie })).json.items.filter(({ verb }: { verb: string }) => verb === 'plan');
  expect(audit[0]).toMatchObject({ who: 'meyer' });
  await page.close();
});

it('may only be changed by somebody who may, with the plan that was looked at', { timeout: 60_000 }, async () => {
  expect((await say('/plan/accept', { method: 'POST', body: { plan: 'x' } })).status).toBe(401);
  expect((await say('/plan/accept', { method: 'POST', body: { plan: 'x' }, cookie })).json.code).toBe('COMMAND_REFUSED');
  const bad = await say('/orders', { method: 'POST', body: { orders: [{ id: '1', quantity: 0, recipe: 'smal' }] }, cookie });
  expect(bad.json.title).toContain('orders[0]: recipe smal is nothing that is known of this line; did you mean small?');
});
