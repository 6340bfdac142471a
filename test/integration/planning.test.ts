/** Planning at a line through the front door: orders and answers over a real broker, parts by command, a kill in between. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { openDatabase } from '#agent/store/sqlite.js';
import { startAgent } from '../simulators/agent.ts';
import { startBroker } from '../simulators/broker.ts';
import { startSubscriber } from '../simulators/subscriber.ts';

const BASE = 'lineside/v1/acme/dresden/castings/line3';
const OWN = `${BASE}/_agent/gate1`;

async function startPlanned(planning: object) {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-planning-'));
  const broker = await startBroker();
  const subscriber = await startSubscriber(broker.url);
  const config = join(folder, 'line.yaml');
  writeFileSync(
    config,
    stringify({
      line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3', agent: 'gate1' },
      mqtt: { url: broker.url },
      stations: { outlet: { trigger: { command: true }, models: {}, recipe: { default: 'small' } } },
      store: { path: 'data' },
      web: { listen: 'off' },
      planning: { station: 'outlet', every: '10s', least_gain: '1m', search: { time: '200ms', samples: 100 }, ...planning },
    }),
  );
  let agent = startAgent(config);
  onTestFinished(async () => {
    await agent.kill();
    await subscriber.close();
    await broker.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await agent.judging();
  const said = (topic: string, fits: (payload: Readonly<Record<string, unknown>>) => boolean, from = 0) =>
    subscriber.received.slice(from).find((one) => one.topic === topic && fits(one.payload))?.payload;
  const heard = async (topic: string, fits: (payload: Readonly<Record<string, unknown>>) => boolean, what: string, from = 0) => {
    // The search has the least urgency: where others keep the box busy, its process may need a minute to come up.
    for (let patience = 3; patience > 0 && said(topic, fits, from) === undefined; patience--)
      await subscriber
        .until(() => said(topic, fits, from) !== undefined, what)
        .catch((thrown: unknown) => {
          if (patience === 1) throw thrown;
        });
    return said(topic, fits, from) ?? {};
  };
  await heard(`${OWN}/status`, ({ status }) => status === 'online', 'that it is there');
  let commands = 0;
  const command = async (verb: string, body: object) => {
    commands += 1;
    const id = `c${commands}`;
    await subscriber.client.publishAsync(`${OWN}/cmd/${verb}`, JSON.stringify({ ...body, id }), { qos: 1 });
    return heard(`${OWN}/cmd/${verb}/reply`, (payload) => payload['id'] === id, `an answer to ${verb}`);
  };
  return {
    folder,
    subscriber,
    command,
    plan: (fits: (payload: Readonly<Record<string, unknown>>) => boolean, what: string, from = 0) => heard(`${OWN}/plan`, fits, what, from),
    heard,
    here: () => subscriber.received.length,
    kill: () => agent.kill(),
    again: async () => {
      const from = subscriber.received.length;
      agent = startAgent(config);
      await heard(`${OWN}/status`, ({ status }) => status === 'online', 'that it is back', from);
    },
    stop: () => agent.stop(),
    sql: <T>(query: string): T[] => {
      const db = openDatabase(join(folder, 'data', 'journal.db'), { readonly: true });
      try {
        return db.prepare<[], T>(query).all();
      } finally {
        db.close();
      }
    },
  };
}

const FACTS = {
  recipes: { small: { cycle: '10s' }, large: { cycle: '60s' } },
  setup: { default: '1h' },
};
const ids = (payload: Readonly<Record<string, unknown>>) => (payload['sequence'] as readonly { id: string }[]).map(({ id }) => id);
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 19).concat('Z');

describe('planning at the line', () => {
  it('proposes, is accepted by a person, counts what is made, survives a kill, and tells what comes next', {
    timeout: 300_000,
  }, async () => {
    const line = await startPlanned({ facts: FACTS });
    const wrong = await line.command('orders', {
      orders: [
        { id: '1', quantity: 0, recipe: 'small' },
        { id: '1', quantity: 1, recipe: 'smal' },
      ],
    });
    expect(wrong).toMatchObject({ ok: false, code: 'ORDERS_INVALID' });
    expect(wrong['text']).toContain('orders[0]: quantity must be a whole number');
    expect(wrong['text']).toContain('orders[1]: recipe smal is nothing that is known of this line; did you mean small?');

    const orders = [
      { id: 'l1', quantity: 100, recipe: 'large', due: inHours(30) },
      { id: 's1', quantity: 3, recipe: 'small', due: inHours(0.5), priority: 3 },
      { id: 'l2', quantity: 50, recipe: 'large', due: inHours(30) },
      { id: 's2', quantity: 200, recipe: 'small', due: inHours(40) },
    ];
    expect(await line.command('orders', { orders })).toMatchObject({ ok: true, result: { taken: 4, open: 4 } });
    const proposed = await line.plan(({ state }) => state === 'proposed', 'a proposal');
    expect(ids(proposed)[0]).toBe('s1');
    expect(proposed['moves']).not.toEqual([]);
    expect((proposed['fifo'] as { cost_ms: number }).cost_ms).toBeGreaterThan((proposed['plan'] as { cost_ms: number }).cost_ms);

    expect(await line.command('plan', { do: 'accept', plan: 'another', who: 'meier' })).toMatchObject({
      ok: false,
      code: 'COMMAND_REFUSED',
    });
    expect(await line.command('plan', { do: 'accept', plan: proposed['id'], who: 'meier' })).toMatchObject({
      ok: true,
      result: { accepted: true },
    });
    const next = await line.heard(`${BASE}/outlet/decision`, ({ action }) => action === 'next_order', 'the next order');
    expect(next['reason']).toMatch(/^next is order s1 \(small\): accepted by a person, gains /);
    expect(next['writes']).toEqual([]);

    for (let n = 0; n < 2; n++) await line.command('trigger', { station: 'outlet' });
    await line.plan(({ running }) => (running as { id?: string } | null)?.id === 's1', 's1 to run');
    const killedAt = line.here();
    await line.kill();
    await line.again();
    const back = await line.plan(({ running }) => (running as { made?: number } | null)?.made === 2, 'the count of before', killedAt);
    expect(ids(back)).toEqual(ids(proposed));
    // What comes behind s1 was told when it began; the third part is its last.
    const [, second = ''] = ids(proposed);
    await line.heard(
      `${BASE}/outlet/decision`,
      ({ reason }) => String(reason).startsWith(`next is order ${second} (`),
      'the order behind s1',
    );
    await line.command('trigger', { station: 'outlet' });
    await line.plan((one) => one['running'] === null && one['orders'] === 3 && ids(one)[0] === second, 'that s1 is made', killedAt);

    // An urgent one is proposed in front; refused, it is not proposed again.
    await line.command('orders', { orders: [{ id: 'u', quantity: 60, recipe: 'large', due: inHours(1.5), priority: 10 }] });
    const urgent = await line.plan(
      (one) => one['state'] === 'proposed' && (one['sequence'] as readonly { id: string }[])[0]?.id === 'u',
      'the urgent one in front',
      killedAt,
    );
    const here = line.here();
    expect(await line.command('plan', { do: 'refuse', who: 'schulz', reason: 'no material' })).toMatchObject({
      ok: true,
      result: { accepted: false },
    });
    const refused = await line.plan(({ state }) => state === 'refused', 'that it is refused', here);
    expect(ids(refused).at(-1)).toBe('u');
    expect(refused['id']).not.toBe(urgent['id']);

    expect(await line.stop()).toBe(0);
    expect(line.subscriber.faults).toEqual([]);
    const audit = line.sql<{ verb: string; detail: string }>("SELECT verb, detail FROM audit WHERE verb IN ('orders', 'plan') ORDER BY at");
    expect(audit.map(({ detail }) => JSON.parse(detail))).toMatchObject([
      { orders: 2 },
      { orders: 4, outcome: 'done' },
      { plan: 'another' },
      { do: 'accept', who: 'meier', outcome: 'done' },
      { orders: 1, outcome: 'done' },
      { do: 'refuse', who: 'schulz', reason: 'no material', outcome: 'done' },
    ]);
  });

  it('takes orders of a file, tells what is wrong with it until it is mended, and goes on by itself where the config says so', {
    timeout: 200_000,
  }, async () => {
    const line = await startPlanned({ facts: FACTS, orders: { file: 'orders.csv' }, accept: 'auto' });
    const alarm = (active: boolean) =>
      line.heard(`${OWN}/alarm/ORDERS_INVALID/planning`, (one) => one['active'] === active, `the alarm ${active ? 'up' : 'over'}`);
    expect((await alarm(true))['text']).toContain('orders.csv');
    const write = (text: string) => writeFileSync(join(line.folder, 'orders.csv'), text);
    write('id,quantity,recipe\n1,0,small\n');
    await line.heard(
      `${OWN}/alarm/ORDERS_INVALID/planning`,
      (one) => /line 2, column 3: quantity/.test(String(one['text'])),
      'the place of the fault',
    );
    write(`id,quantity,recipe,due\n1,500,large,${inHours(90)}\n2,5,small,${inHours(0.2)}\n`);
    await alarm(false);
    const agreed = await line.plan((one) => one['state'] === 'agreed' && one['orders'] === 2 && ids(one)[0] === '2', 'the plan');
    expect(agreed['because']).toBeNull();
    const next = await line.heard(`${BASE}/outlet/decision`, ({ action }) => action === 'next_order', 'the next order');
    expect(next['reason']).toMatch(/^next is order 2 \(small\): accepted by the config/);
    // 1 MB of text is no list of orders; what was taken stays.
    const here = line.here();
    write(`id,quantity,recipe\n${'x'.repeat(1_000_000)},1,small\n`);
    await line.heard(`${OWN}/alarm/ORDERS_INVALID/planning`, (one) => /MB/.test(String(one['text'])), 'that it is too large', here);
    expect(await line.command('plan', { do: 'accept' })).toMatchObject({
      ok: false,
      text: expect.stringContaining('nothing is proposed now'),
    });
    expect(await line.stop()).toBe(0);
    expect(line.subscriber.faults).toEqual([]);
  });
});
