/** Orders from the job control of a server (OPC 10031-4), by the nodeset of the OPC Foundation, through an agent that runs: read, changed, refused, and kept while the server is away. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { startAgent } from '../simulators/agent.ts';
import { startBroker } from '../simulators/broker.ts';
import { startJobOrders } from '../simulators/job-orders.ts';
import { startSubscriber } from '../simulators/subscriber.ts';

it('are taken as the list has them, and stay while nobody can be asked', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-jobs-'));
  const [broker, server] = await Promise.all([startBroker(), startJobOrders()]);
  const subscriber = await startSubscriber(broker.url);
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  await server.list([
    { id: 'J-1', state: 2, recipe: 'small', quantity: 100, end: inHours(20), priority: 1 },
    { id: 'J-2', state: 2, recipe: 'WM7', parameter: 40, end: inHours(2), priority: 3, material: 'AlSi9' },
    { id: 'J-3', state: 5, recipe: 'small', quantity: 7 },
  ]);
  const config = join(folder, 'line.yaml');
  writeFileSync(
    config,
    stringify({
      line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3', agent: 'gate1' },
      mqtt: { url: broker.url },
      opcua: {
        mes: {
          endpoint: server.endpoint,
          security: { mode: 'None', policy: 'None' },
          tags: { product: { node: 'nsu=urn:mes;s=Product' } },
        },
      },
      stations: {
        outlet: { trigger: { command: true }, models: {}, recipe: { tag: 'mes.product', default: 'small', values: { WM7: 'large' } } },
      },
      store: { path: 'data' },
      web: { listen: 'off' },
      planning: {
        station: 'outlet',
        every: '10s',
        accept: 'auto',
        search: { time: '200ms', samples: 100 },
        orders: { opcua: { server: 'mes', node: 'nsu=urn:mes;s=Receiver', every: '1s' } },
        facts: { recipes: { small: { cycle: '12s' }, large: { cycle: '1m' } }, setup: { default: '15m' } },
      },
    }),
  );
  const agent = startAgent(config);
  onTestFinished(async () => {
    await agent.kill();
    await Promise.all([subscriber.close(), broker.close(), server.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });
  const plan = () =>
    subscriber.received.findLast(({ topic }) => topic.endsWith('/plan'))?.payload as
      | { orders: number; sequence: { id: string; recipe: string; quantity: number }[] }
      | undefined;
  const planned = async (ids: readonly string[], what: string) => {
    const holds = () =>
      JSON.stringify(
        plan()
          ?.sequence.map(({ id }) => id)
          .sort() ?? [],
      ) === JSON.stringify([...ids].sort());
    // The search has the least urgency.
    for (let patience = 3; patience > 0; patience--)
      await subscriber.until(holds, what).catch((thrown: unknown) => {
        if (patience === 1) throw thrown;
      });
  };
  const alarm = () => subscriber.received.findLast(({ topic }) => topic.includes('/alarm/ORDERS_INVALID'))?.payload;
  const told = (active: boolean, word = '') =>
    subscriber.until(
      () => alarm()?.['active'] === active && String(alarm()?.['text']).includes(word),
      `ORDERS_INVALID ${active ? 'begins' : 'ends'}`,
    );

  await planned(['J-1', 'J-2'], 'the orders of the list');
  expect(plan()?.sequence.find(({ id }) => id === 'J-2')).toMatchObject({ recipe: 'large', quantity: 40 });

  // One that nobody can make: nothing of the list is taken, and it is named.
  await server.list([{ id: 'J-4', state: 2, recipe: 'smal', quantity: 5 }]);
  await told(true, 'job order J-4: recipe smal');
  expect(plan()?.orders).toBe(2);
  await server.list([
    { id: 'J-2', state: 3, recipe: 'WM7', quantity: 40, end: inHours(2) },
    { id: 'J-5', state: 2, recipe: 'small', quantity: 50 },
  ]);
  await told(false);
  await planned(['J-2', 'J-5'], 'the changed list');

  await server.kill();
  await told(true, 'cannot be read now');
  expect(
    plan()
      ?.sequence.map(({ id }) => id)
      .sort(),
  ).toEqual(['J-2', 'J-5']);
  await server.start();
  await server.list([{ id: 'J-6', state: 2, recipe: 'small', quantity: 9 }]);
  await planned(['J-6'], 'the list of the server that is back');
  await told(false);
  expect(subscriber.faults).toEqual([]);
});
