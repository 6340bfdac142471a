import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browse } from '#agent/sources/opcua/browse.js';
import { systemClock } from '#agent/time.js';
import { config } from '../contracts/tag-server-rig.ts';
import { memoryLog } from '../simulators/log.ts';
import { type OpcuaServerKind, type OpcuaSimulator, startOpcuaServer } from '../simulators/opcua.ts';

describe.each<OpcuaServerKind>(['asyncua', 'node-opcua'])('browsing %s', (kind) => {
  let pki: string;
  let plc: OpcuaSimulator;
  beforeAll(async () => {
    pki = await mkdtemp(join(tmpdir(), 'lineside-pki-'));
    plc = await startOpcuaServer(kind, { limits: { read: 5, browse: 2 } });
  });
  afterAll(async () => {
    await plc.stop();
    await rm(pki, { recursive: true, force: true });
  });
  const look = (node: string, depth: number, all = false) =>
    browse('plc', config(plc.endpoint, { silence: 5000 }), { pki, clock: systemClock, log: memoryLog(), node, depth, all });

  test('tells nodes as the config names them, with type, value and access', async () => {
    await plc.set({ DieTemp: 42.5 });
    const nodes = await look('nsu=urn:press;s=Line', 1);
    const byName = new Map(nodes.map((node) => [node.name, node]));
    expect(byName.get('DieTemp')).toEqual({
      level: 0,
      name: 'DieTemp',
      node: 'nsu=urn:press;s=DieTemp',
      type: 'Double',
      value: 42.5,
      writable: true,
    });
    expect(byName.get('Locked')).toMatchObject({ type: 'Int32', value: 1, writable: false });
    expect(byName.get('ADuration')).toMatchObject({ type: 'Double' });
    expect(byName.get('Doubles')).toMatchObject({ value: [1.5, -2.5, 3] });
  });

  test('goes as deep as asked, in tree order', async () => {
    const nodes = await look('i=85', 2, true);
    const line = nodes.findIndex(({ name }) => name === 'Line');
    expect(nodes[line]).toMatchObject({ level: 0, node: 'nsu=urn:press;s=Line', type: null, value: null, writable: false });
    expect(nodes[line + 1]).toMatchObject({ level: 1 });
    expect(nodes.some(({ name, node }) => name === 'Server' && node === 'i=2253')).toBe(true);
    expect(Math.max(...nodes.map(({ level }) => level))).toBe(1);
    expect(new Set(nodes.map(({ node }) => node)).size).toBe(nodes.length);
  });

  test('leaves out what every server has, unless asked for it', async () => {
    const nodes = await look('i=84', 3);
    expect(nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(['Objects', 'Line', 'DieTemp']));
    expect(nodes.some(({ name }) => name === 'Server')).toBe(false);
    expect((await look('i=2253', 1)).some(({ name }) => name === 'ServerStatus')).toBe(true);
  });

  test('of a node that is not there is a fault', async () => {
    await expect(look('nsu=urn:press;s=Ghost', 1)).rejects.toMatchObject({ code: 'OPCUA_NODE_UNKNOWN' });
    await expect(look('nsu=urn:nowhere;s=Line', 1)).rejects.toMatchObject({ code: 'OPCUA_NODE_UNKNOWN' });
  });
});
