/** Material at a line through the front door: a PLC's counter over OPC UA, a call over a real broker, a kill between call and delivery. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { openDatabase } from '#agent/store/sqlite.js';
import { startAgent } from '../simulators/agent.ts';
import { startBroker } from '../simulators/broker.ts';
import { NAMESPACE, startOpcuaServer } from '../simulators/opcua.ts';
import { startSubscriber } from '../simulators/subscriber.ts';

const BASE = 'lineside/v1/acme/dresden/castings/line3';
const OWN = `${BASE}/_agent/gate1`;
type Payload = Readonly<Record<string, unknown>>;

async function startSupplied() {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-material-'));
  const broker = await startBroker();
  const plc = await startOpcuaServer('asyncua');
  const subscriber = await startSubscriber(broker.url);
  const config = join(folder, 'line.yaml');
  writeFileSync(
    config,
    stringify({
      line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3', agent: 'gate1' },
      mqtt: { url: broker.url },
      opcua: {
        plc: {
          endpoint: plc.endpoint,
          security: { mode: 'None', policy: 'None' },
          silence: '3s',
          tags: { bolts: { node: `nsu=${NAMESPACE};s=Counter` } },
        },
      },
      stations: { outlet: { trigger: { command: true }, models: {} } },
      store: { path: 'data' },
      web: { listen: 'off' },
      materials: {
        bolts: { station: 'outlet', counter: { tag: 'plc.bolts', each: 2 }, container: 500, lead_time: { mean: '2s' }, overdue: '4s' },
        lids: { station: 'outlet', per_part: 3, container: 10, lead_time: { mean: '30m' } },
      },
    }),
  );
  let agent = startAgent(config);
  onTestFinished(async () => {
    await agent.kill();
    await subscriber.close();
    await plc.stop();
    await broker.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const said = (topic: string, fits: (payload: Payload) => boolean, from = 0) =>
    subscriber.received.slice(from).find((one) => one.topic === topic && fits(one.payload))?.payload;
  const heard = async (topic: string, fits: (payload: Payload) => boolean, what: string, from = 0) => {
    await subscriber.until(() => said(topic, fits, from) !== undefined, what);
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
    plc,
    subscriber,
    command,
    heard,
    here: () => subscriber.received.length,
    kill: () => agent.kill(),
    again: async () => {
      const from = subscriber.received.length;
      agent = startAgent(config);
      await heard(`${OWN}/status`, ({ status }) => status === 'online', 'that it is back', from);
    },
    stop: () => agent.stop(),
    called: (): readonly { id: string; reason: string }[] => {
      const db = openDatabase(join(folder, 'data', 'journal.db'), { readonly: true });
      try {
        return db.prepare<[], { id: string; reason: string }>("SELECT id, reason FROM decisions WHERE action = 'call_material'").all();
      } finally {
        db.close();
      }
    },
  };
}

const idsOf = (payload: Payload) => (payload['calls'] as readonly { readonly id: string }[]).map(({ id }) => id);

it('calls material once, over a kill, until somebody says that it has come; and says what it does not know', {
  timeout: 150_000,
}, async () => {
  const line = await startSupplied();
  const material = (fits: (payload: Payload) => boolean, what: string, from = 0, name = 'bolts') =>
    line.heard(`${BASE}/outlet/material/${name}`, fits, what, from);
  const alarm = (code: string, active: boolean, from = 0) =>
    line.heard(`${BASE}/outlet/alarm/${code}/bolts`, (one) => one['active'] === active, `${code} ${active ? 'up' : 'over'}`, from);

  // Nobody has said how much is there: nothing is guessed, and nothing called.
  expect((await alarm('MATERIAL_UNKNOWN', true))['text']).toContain('nobody has said yet how much is there');
  expect(await line.command('material', { material: 'bolt', do: 'delivered' })).toMatchObject({ ok: false, code: 'COMMAND_REFUSED' });
  expect(await line.command('material', { material: 'bolts', do: 'delivered', call: 'x' })).toMatchObject({ ok: false });
  expect(await line.command('material', { material: 'bolts', do: 'counted', quantity: 700 })).toMatchObject({
    ok: true,
    result: { stock: 700 },
  });
  expect(await line.command('material', { material: 'lids', do: 'counted', quantity: 100 })).toMatchObject({ ok: true });
  await alarm('MATERIAL_UNKNOWN', false);

  // 2 each of 125: 450 are left, the last container is begun.
  await line.plc.set({ Counter: 125 });
  const call = await line.heard(`${BASE}/outlet/decision`, ({ action }) => action === 'call_material', 'the call');
  expect(call['reason']).toMatch(/^450 of bolts are left.*500 are called$/);
  const open = await material((one) => idsOf(one).length === 1, 'the open call');
  expect(idsOf(open)).toEqual([call['id']]);
  expect(open).toMatchObject({ stock: 450, state: 'called', by: 'container' });
  await alarm('MATERIAL_OVERDUE', true);

  // Three parts are judged, the agent is killed, and 50 more are used while it is away.
  for (let n = 0; n < 3; n++) await line.command('trigger', { station: 'outlet' });
  await line.heard(`${BASE}/outlet/quality`, ({ sequence }) => sequence === 3, 'the third part');
  const killedAt = line.here();
  await line.kill();
  await line.plc.set({ Counter: 175 });
  await line.again();
  const back = await material((one) => one['stock'] === 350, 'the stock, with what was used meanwhile', killedAt);
  expect(idsOf(back)).toEqual([call['id']]);
  await material((one) => one['stock'] === 91, 'the parts of before the kill, each counted once', killedAt, 'lids');

  // It has come, once, however often somebody says so.
  expect(await line.command('material', { material: 'bolts', do: 'delivered', call: call['id'] })).toMatchObject({
    ok: true,
    result: { stock: 850, calls: 0 },
  });
  expect(await line.command('material', { material: 'bolts', do: 'delivered', call: call['id'] })).toMatchObject({ ok: false });
  await alarm('MATERIAL_OVERDUE', false, killedAt);
  await material((one) => one['state'] === 'ok' && one['stock'] === 850, 'that enough is there', killedAt);

  // What the PLC does not know, nobody does.
  const here = line.here();
  await line.plc.set({ Counter: 175 }, { status: 0x80000000 });
  expect(await material((one) => one['state'] === 'unknown', 'that nobody knows', here)).toMatchObject({
    stock: null,
    because: 'tag plc.bolts is bad',
  });
  await line.plc.set({ Counter: 180 });
  await material((one) => one['stock'] === 840, 'what was used meanwhile', here);

  expect(line.called().map(({ id }) => id)).toEqual([call['id']]);
  expect(await line.stop()).toBe(0);
  expect(line.subscriber.faults).toEqual([]);
  expect(line.subscriber.events.get(String(call['id']))).toBeDefined();
});
