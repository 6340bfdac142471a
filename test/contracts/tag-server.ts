/** What every tag server owes the agent, run against a real server of each make, with the faults of a plant. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OpcuaServerConfig, TagConfig } from '#agent/config/schema.js';
import type { Runner } from '#agent/runner.js';
import { createTagServer, type OpcuaTagServer } from '#agent/sources/opcua/server.js';
import { systemClock } from '#agent/time.js';
import { NAMESPACE, type OpcuaSimulator, type OpcuaSimulatorOptions, VARIABLES } from '../simulators/opcua.ts';
import { keepAlive, live, TagRecorder } from '../simulators/tag-recorder.ts';
import { startProxy, type TcpProxy } from '../simulators/tcp-proxy.ts';

const BAD_WAITING_FOR_INITIAL_DATA = 0x80320000;
const UNCERTAIN_LAST_USABLE_VALUE = 0x40900000;

export const tag = (name: string, more: Partial<TagConfig> = {}): TagConfig => ({
  ...{ node: `nsu=${NAMESPACE};s=${name}`, sampling: 50, queue: 10, writable: false },
  ...more,
});

const every: Record<string, TagConfig> = Object.fromEntries(
  Object.keys(VARIABLES).map((name) => [name, tag(name, { writable: true, sampling: name === 'PartPresent' ? 10 : 50 })]),
);

export function config(endpoint: string, more: Partial<OpcuaServerConfig> = {}): OpcuaServerConfig {
  return { endpoint, security: { mode: 'None', policy: 'None' }, silence: 1500, write_timeout: 500, tags: every, ...more };
}

export function describeTagServer(name: string, startServer: (options?: OpcuaSimulatorOptions) => Promise<OpcuaSimulator>): void {
  describe(name, () => {
    let pki: string;
    let plc: OpcuaSimulator;
    let recorder: TagRecorder;
    let ending: (() => Promise<unknown>)[] = [];
    beforeAll(async () => {
      pki = await mkdtemp(join(tmpdir(), 'lineside-pki-'));
      plc = await startServer();
    });
    afterAll(async () => {
      await plc.stop();
      await rm(pki, { recursive: true, force: true });
    });
    beforeEach(() => {
      recorder = new TagRecorder();
    });
    afterEach(async () => {
      for (const end of ending.reverse()) await end();
      ending = [];
    });

    const create = (more: Partial<OpcuaServerConfig> = {}, endpoint = plc.endpoint): OpcuaTagServer =>
      createTagServer('plc', config(endpoint, more), { pki, clock: systemClock });
    /** A life that is online. */
    const up = async (server: OpcuaTagServer) => {
      const life = live(server, recorder);
      ending.push(life.stop);
      await Promise.race([recorder.until(() => recorder.onlines > 0), life.over]);
      expect(recorder.ends).toEqual([]);
      return life;
    };
    /** Lives by the runner; the first is online. */
    const kept = async (server: OpcuaTagServer): Promise<Runner> => {
      const runner = keepAlive(server, recorder);
      ending.push(() => runner.stop());
      await recorder.until(() => recorder.onlines > 0);
      return runner;
    };
    const proxied = async (): Promise<TcpProxy> => {
      const proxy = await startProxy({ target: plc.port });
      ending.push(() => proxy.close());
      return proxy;
    };

    describe('values', () => {
      test('of every type come as numbers, booleans, strings and arrays', async () => {
        await up(create());
        await recorder.until(() => new Set(recorder.samples.map((one) => one.tag)).size === Object.keys(every).length);
        const seen = Object.fromEntries(Object.keys(every).map((one) => [one, recorder.last(one)?.value]));
        expect(seen).toEqual({
          ...{ PartPresent: false, Serial: '', Counter: 0, DieTemp: 20.5, Verdict: 0, VerdictPart: '', Reject: false },
          ...{ ASByte: -5, AByte: 200, AnInt16: -30000, AUInt16: 60000, AnInt32: -2000000000, AUInt32: 4000000000 },
          ...{ AnInt64: '-9007199254740993', AUInt64: '18446744073709551615', ASmallInt64: -42 },
          ...{ AFloat: 1.5, ADateTime: '2026-01-05T06:00:00.125Z', AByteString: 'yv4=', AText: 'Grüße' },
          ...{ Doubles: [1.5, -2.5, 3], Ints: [1, -2, 3], Strings: ['a', 'b'], Booleans: [true, false] },
          ...{ Longs: [1, '-9007199254740993'], ADuration: 12.5, ANumber: 7, Locked: 1 },
        });
      });

      test('carry both timestamps, the status and the time of arrival', async () => {
        await up(create({ tags: { DieTemp: tag('DieTemp') } }));
        const source = Math.floor(systemClock.now()) - 5000;
        const before = systemClock.now();
        await plc.set({ DieTemp: 300.25 }, { source, status: UNCERTAIN_LAST_USABLE_VALUE });
        await recorder.value('DieTemp', 300.25);
        const sample = recorder.last('DieTemp');
        expect(sample).toMatchObject({ status: UNCERTAIN_LAST_USABLE_VALUE });
        expect(sample?.source).toBeCloseTo(source, 0);
        expect(sample?.server).toBeGreaterThanOrEqual(source);
        expect(sample?.received).toBeGreaterThanOrEqual(before);
        expect(sample?.arrived).toBeLessThanOrEqual(systemClock.elapsed());
      });

      test('that are bad or not a number are passed on, not dropped', async () => {
        await up(create({ tags: { DieTemp: tag('DieTemp') } }));
        await plc.set({ DieTemp: null }, { status: BAD_WAITING_FOR_INITIAL_DATA });
        await recorder.until(() => recorder.last('DieTemp')?.status === BAD_WAITING_FOR_INITIAL_DATA);
        await plc.set({ DieTemp: 'NaN' });
        await recorder.value('DieTemp', Number.NaN);
        expect(recorder.last('DieTemp')?.status).toBe(0);
      });

      test('of a counting tag arrive once each and in order', async () => {
        await up(create({ tags: { Counter: tag('Counter', { sampling: 10, queue: 100 }) } }));
        await plc.set({ Counter: 0 });
        await recorder.value('Counter', 0);
        const from = recorder.samples.length;
        // node-opcua's server looks no more often than every 50 ms.
        await plc.pulse('Counter', 20, 120);
        await recorder.value('Counter', 20);
        expect(recorder.of('Counter').slice(from).map((one) => one.value)).toEqual(Array.from({ length: 20 }, (_, k) => k + 1)); // biome-ignore format: one line
      });

      test('within the deadband are not sent, and a deadband on text is ignored', async () => {
        // From a number: asyncua compares with the last value, and nothing is further than 5 from NaN.
        await plc.set({ DieTemp: 50 });
        await up(create({ tags: { DieTemp: tag('DieTemp', { deadband: 5 }), Serial: tag('Serial', { deadband: 5 }) } }));
        await plc.set({ DieTemp: 100 });
        await recorder.value('DieTemp', 100);
        await plc.set({ DieTemp: 102, Serial: 'x' });
        await recorder.value('Serial', 'x');
        await plc.set({ DieTemp: 110 });
        await recorder.value('DieTemp', 110);
        expect(recorder.of('DieTemp').map((one) => one.value)).not.toContain(102);
        expect(recorder.faults.size).toBe(0);
      });
    });

    describe('nodes', () => {
      test('that are unknown are faults of their own, the others go on', async () => {
        const tags = {
          ghost: tag('Ghost'),
          nowhere: { ...tag('Serial'), node: 'nsu=urn:nowhere;s=Serial' },
          crooked: { ...tag('Serial'), node: 'g=not-a-guid' },
          serial: tag('Serial'),
        };
        await up(create({ tags }));
        await plc.set({ Serial: 'P-1' });
        await recorder.value('serial', 'P-1');
        expect([...recorder.faults].map(([one, fault]) => [one, fault.code]).sort()).toEqual([
          ['crooked', 'OPCUA_NODE_UNKNOWN'],
          ['ghost', 'OPCUA_NODE_UNKNOWN'],
          ['nowhere', 'OPCUA_NODE_UNKNOWN'],
        ]);
        expect(recorder.faults.get('ghost')?.message).toContain('nsu=urn:press;s=Ghost');
      });

      test('may be named by namespace index', async () => {
        // 0 is the standard's, 1 the server's own, 2 urn:other.
        await up(create({ tags: { serial: { ...tag('Serial'), node: 'ns=3;s=Serial' } } }));
        await plc.set({ Serial: 'by index' });
        await recorder.value('serial', 'by index');
      });
    });

    describe('writes', () => {
      test('take the type from the node', async () => {
        const server = create();
        await up(server);
        const writes = [
          { tag: 'Verdict', value: 3 },
          { tag: 'VerdictPart', value: 17 },
          { tag: 'Counter', value: '4000000001' },
          { tag: 'Reject', value: true },
          { tag: 'AnInt64', value: '-9007199254740995' },
          { tag: 'AFloat', value: 2.5 },
          { tag: 'ADuration', value: 99.5 },
          { tag: 'ANumber', value: 12 },
          { tag: 'Doubles', value: [7, 8.5] },
          { tag: 'AText', value: 'prüfen' },
          { tag: 'AByteString', value: '3q0=' },
        ];
        expect(await server.write(writes, 2000)).toEqual(writes.map(() => null));
        const there = await Promise.all(writes.map((one) => plc.get(one.tag)));
        expect(there).toEqual([3, '17', 4000000001, true, '-9007199254740995', 2.5, 99.5, 12, [7, 8.5], 'prüfen', 'dead']);
      });

      test('that do not fit are faults, not wrapped values, and do not stop the others', async () => {
        const server = create({ tags: { ...every, Counter: tag('Counter'), Ghost: tag('Ghost', { writable: true }) } });
        await up(server);
        await plc.set({ AByte: 200, AnInt16: 1 });
        const faults = await server.write(
          [
            { tag: 'AByte', value: 300 },
            { tag: 'AnInt16', value: 1.5 },
            { tag: 'Verdict', value: 'nok' },
            { tag: 'Locked', value: 2 },
            { tag: 'Counter', value: 2 },
            { tag: 'Ghost', value: 2 },
            { tag: 'nobody', value: 2 },
            { tag: 'Verdict', value: null },
            { tag: 'Serial', value: 'P-2' },
          ],
          2000,
        );
        expect(faults.slice(0, -1).map((fault) => fault?.code)).toEqual(Array.from({ length: 8 }, () => 'OPCUA_WRITE_FAILED'));
        expect(faults[0]?.message).toContain('300 does not fit its type Byte');
        expect(faults[4]?.message).toContain('not `writable`');
        expect(faults.at(-1)).toBeNull();
        expect(await plc.get('AByte')).toBe(200);
        expect(await plc.get('AnInt16')).toBe(1);
        expect(await plc.get('Serial')).toBe('P-2');
      });

      test('end at their timeout, and the session goes on', async () => {
        const server = create();
        await up(server);
        await plc.slowWrites(1000);
        const late = await server.write([{ tag: 'Verdict', value: 5 }], 50);
        expect(late[0]?.message).toContain('no answer in time');
        await plc.slowWrites(0);
        expect(await server.write([{ tag: 'Verdict', value: 6 }], 5000)).toEqual([null]);
        expect(recorder.ends).toEqual([]);
      });

      test('may overlap', async () => {
        const server = create();
        await up(server);
        const all = await Promise.all(Array.from({ length: 20 }, (_, k) => server.write([{ tag: 'Verdict', value: k }], 5000)));
        expect(all.flat()).toEqual(Array.from({ length: 20 }, () => null));
        expect(await plc.get('Verdict')).toBe(19);
      });

      test('without a session are faults at once', async () => {
        const [fault] = await create().write([{ tag: 'Verdict', value: 1 }], 60_000);
        expect(fault?.code).toBe('OPCUA_WRITE_FAILED');
      });
    });

    test('reads come through the session, in the order asked', async () => {
      const server = create();
      await up(server);
      await plc.set({ Verdict: 2, VerdictPart: 'P-9' });
      const [part, ghost, verdict] = await server.read(['VerdictPart', 'Ghost', 'Verdict'], 2000);
      expect([part?.value, verdict?.value]).toEqual(['P-9', 2]);
      expect(ghost?.value).toBeNull();
      expect((ghost?.status ?? 0) >>> 31).toBe(1);
      await expect(create().read(['Verdict'], 100)).rejects.toMatchObject({ code: 'OPCUA_UNREACHABLE' });
    });

    describe('ends', () => {
      test('when aborted, and leaves no session behind', async () => {
        const before = await plc.sessions();
        const life = await up(create());
        expect(await plc.sessions()).toBe(before + 1);
        expect(await life.stop()).toBeNull();
        expect(await plc.sessions()).toBe(before);
      });

      test('when aborted before it could begin', async () => {
        const life = live(create(), recorder);
        expect(await life.stop()).toBeNull();
        expect(recorder.onlines).toBe(0);
      });

      test('when aborted while the server is frozen', async () => {
        const life = await up(create());
        plc.freeze();
        try {
          expect(await life.stop()).toBeNull();
        } finally {
          plc.thaw();
        }
      });

      test('as unreachable when nobody listens', async () => {
        const proxy = await startProxy({ target: plc.port });
        await proxy.close();
        const fault = await live(create({}, `opc.tcp://127.0.0.1:${proxy.port}`), recorder).over;
        expect(fault).toMatchObject({ code: 'OPCUA_UNREACHABLE', details: { server: 'plc', why: 'ECONNREFUSED' } });
      });

      test('as silent when the server takes the connection and says nothing', async () => {
        const proxy = await proxied();
        proxy.blackhole(true);
        const fault = await live(create({ silence: 300 }, `opc.tcp://127.0.0.1:${proxy.port}`), recorder).over;
        expect(['OPCUA_SILENT', 'OPCUA_UNREACHABLE']).toContain(fault?.code);
      });

      test('and the same object lives again', async () => {
        const server = create();
        const first = await up(server);
        await first.stop();
        recorder.onlines = 0;
        await up(server);
        expect(await server.write([{ tag: 'Verdict', value: 1 }], 2000)).toEqual([null]);
      });
    });

    // Servers take seconds to start where several tests share two cores.
    describe('heals by itself', { timeout: 90_000 }, () => {
      const flows = async (server: OpcuaTagServer, serial: string) => {
        await plc.set({ Serial: serial });
        await recorder.value('Serial', serial);
        expect(await server.write([{ tag: 'Verdict', value: 7 }], 5000)).toEqual([null]);
        expect(await plc.get('Verdict')).toBe(7);
      };
      const lost = (codes: readonly string[] = ['OPCUA_UNREACHABLE', 'OPCUA_SILENT']) =>
        recorder.until(() => recorder.ends.some(({ code }) => codes.includes(code)));
      const again = (onlines = 2) => recorder.until(() => recorder.onlines >= onlines);

      test('after the server was killed and started again', async () => {
        const server = create();
        await kept(server);
        await plc.kill();
        await lost();
        await plc.start();
        await again();
        await flows(server, 'after kill');
      });

      test('after a start with its namespaces in another order', async () => {
        const server = create();
        await kept(server);
        await plc.kill();
        await plc.start({ namespaces: [NAMESPACE, 'urn:new', 'urn:other'] });
        await again();
        await flows(server, 'after renumbering');
        await plc.kill();
        await plc.start({ namespaces: ['urn:other', NAMESPACE] });
        await again(3);
        await flows(server, 'and back');
      });

      test('after the server was frozen', async () => {
        const server = create();
        await kept(server);
        plc.freeze();
        await lost(['OPCUA_SILENT']);
        plc.thaw();
        await again();
        await flows(server, 'after freeze');
      });

      test('after the subscriptions fell mute on a living connection', async () => {
        const server = create();
        await kept(server);
        await plc.mute('all');
        await lost(['OPCUA_SILENT']);
        await plc.mute('none');
        await again();
        await flows(server, 'after mute');
      });

      test('after one subscription fell mute while the other went on', async () => {
        const server = create({ silence: 500, tags: { ...every, Counter: tag('Counter', { sampling: 10 }) } });
        await kept(server);
        await plc.mute('newest');
        const pulses = plc.pulse('Counter', 40, 100);
        await lost(['OPCUA_SILENT']);
        await plc.mute('none');
        await again();
        await pulses;
        await flows(server, 'after half a mute');
      });

      test('after the network was cut, and after it swallowed everything', async () => {
        const proxy = await proxied();
        const server = create({}, `opc.tcp://127.0.0.1:${proxy.port}`);
        await kept(server);
        proxy.cut();
        await lost(['OPCUA_UNREACHABLE']);
        await again();
        await flows(server, 'after cut');
        proxy.blackhole(true);
        await lost(['OPCUA_SILENT']);
        proxy.blackhole(false);
        await again(3);
        await flows(server, 'after blackhole');
      });

      test('after the server let the session expire', async () => {
        const server = create();
        await kept(server);
        await plc.expireSessions();
        await lost();
        await again();
        await flows(server, 'after expiry');
      });

      test('on a slow network nothing ends', async () => {
        const proxy = await proxied();
        proxy.delay(60);
        const server = create({ silence: 3000 }, `opc.tcp://127.0.0.1:${proxy.port}`);
        await kept(server);
        await flows(server, 'slowly');
        expect(recorder.ends).toEqual([]);
      });
    });

    test('stays within the limits of a small server', async () => {
      const small = await startServer({ limits: { read: 3, write: 2, monitor: 4, browse: 1 } });
      ending.push(() => small.stop());
      const server = create({}, small.endpoint);
      await up(server);
      await recorder.until(() => new Set(recorder.samples.map((one) => one.tag)).size === Object.keys(every).length);
      const writes = [1, 2, 3, 4, 5].map((value) => ({ tag: 'Verdict', value }));
      expect(await server.write(writes, 5000)).toEqual([null, null, null, null, null]);
      expect(await small.get('Verdict')).toBe(5);
      expect((await server.read(['AByte', 'AnInt16', 'AUInt16', 'Verdict', 'Locked'], 5000)).map((one) => one.value)).toEqual([
        200, -30000, 60000, 5, 1,
      ]);
      expect(recorder.faults.size).toBe(0);
    });
  });
}
