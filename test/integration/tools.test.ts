/** Tools at a line through the front door: strokes over OPC UA, a change that is told ahead over a real broker, a kill before it is done. */
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

it('tells once that a tool is to be changed, over a kill, until the PLC or a person says that it was', { timeout: 150_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-tools-'));
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
          tags: { strokes: { node: `nsu=${NAMESPACE};s=Counter` } },
        },
      },
      stations: {
        outlet: {
          trigger: { command: true },
          models: {},
          tools: { punch: { uses: { tag: 'plc.strokes' }, life: 1000 }, gripper: { life: 50 } },
        },
      },
      store: { path: 'data' },
      web: { listen: 'off' },
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
  const heard = async (topic: string, fits: (payload: Payload) => boolean, what: string, from = 0) => {
    const said = () => subscriber.received.slice(from).find((one) => one.topic === topic && fits(one.payload))?.payload;
    await subscriber.until(() => said() !== undefined, what);
    return said() ?? {};
  };
  const command = async (id: string, verb: string, body: object) => {
    await subscriber.client.publishAsync(`${OWN}/cmd/${verb}`, JSON.stringify({ ...body, id }), { qos: 1 });
    return heard(`${OWN}/cmd/${verb}/reply`, (payload) => payload['id'] === id, `an answer to ${verb}`);
  };
  const tool = (name: string, fits: (payload: Payload) => boolean, what: string, from = 0) =>
    heard(`${BASE}/outlet/tool/${name}`, fits, what, from);

  await tool('punch', ({ state }) => state === 'ok', 'the punch');
  await plc.set({ Counter: 400 });
  await plc.set({ Counter: 1010 });
  const due = await heard(`${BASE}/outlet/decision`, ({ action }) => action === 'change_tool', 'that it is to be changed');
  expect(due['reason']).toBe('punch is worn out: it was used 1010 of 1000 times');
  await heard(`${BASE}/outlet/alarm/TOOL_OVERDUE/punch`, ({ active }) => active === true, 'the alarm');
  for (let n = 0; n < 3; n++) await command(`t${n}`, 'trigger', { station: 'outlet' });
  await heard(`${BASE}/outlet/quality`, ({ sequence }) => sequence === 3, 'the third part');

  const killedAt = subscriber.received.length;
  await agent.kill();
  agent = startAgent(config);
  const back = await tool('punch', ({ call }) => call !== null, 'that it is still to be changed', killedAt);
  expect(back).toMatchObject({ state: 'overdue', used: 1010, call: { id: due['id'] } });
  await tool('gripper', ({ used }) => used === 3, 'the parts of before the kill', killedAt);

  // The PLC begins anew: another one is in. Of the gripper somebody says so.
  await plc.set({ Counter: 4 });
  await tool('punch', ({ state, used }) => state === 'ok' && used === 4, 'the new one', killedAt);
  await heard(`${BASE}/outlet/alarm/TOOL_OVERDUE/punch`, ({ active }) => active === false, 'the end of the alarm', killedAt);
  expect(await command('c1', 'tool', { station: 'outlet', tool: 'gripper', do: 'changed', call: 'x' })).toMatchObject({ ok: false });
  expect(await command('c2', 'tool', { station: 'outlet', tool: 'gripper', do: 'changed' })).toMatchObject({
    ok: true,
    result: { used_before: 3 },
  });
  await tool('gripper', ({ used, changed }) => used === 0 && changed !== null, 'the new gripper', killedAt);

  expect(await agent.stop()).toBe(0);
  const db = openDatabase(join(folder, 'data', 'journal.db'), { readonly: true });
  expect(db.prepare<[], { id: string }>("SELECT id FROM decisions WHERE action = 'change_tool'").all()).toEqual([{ id: due['id'] }]);
  db.close();
  expect(subscriber.faults).toEqual([]);
});
