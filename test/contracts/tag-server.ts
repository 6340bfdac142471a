/** What every tag server owes the agent, run against a real server of each make. Its faults: tag-server-faults.ts. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '#agent/time.js';
import { every, type StartServer, tag, tagServerRig } from './tag-server-rig.ts';

const BAD_WAITING_FOR_INITIAL_DATA = 0x80320000;
const UNCERTAIN_LAST_USABLE_VALUE = 0x40900000;

export function describeTagServer(name: string, startServer: StartServer): void {
  describe(name, () => {
    const rig = tagServerRig(startServer);

    describe('values', () => {
      test('of every type come as numbers, booleans, strings and arrays', async () => {
        await rig.up(rig.create());
        await rig.recorder.until(() => new Set(rig.recorder.samples.map((one) => one.tag)).size === Object.keys(every).length);
        const seen = Object.fromEntries(Object.keys(every).map((one) => [one, rig.recorder.last(one)?.value]));
        expect(seen).toEqual({
          PartPresent: false,
          Serial: '',
          Counter: 0,
          DieTemp: 20.5,
          Verdict: 0,
          VerdictPart: '',
          Reject: false,
          ASByte: -5,
          AByte: 200,
          AnInt16: -30000,
          AUInt16: 60000,
          AnInt32: -2000000000,
          AUInt32: 4000000000,
          AnInt64: '-9007199254740993',
          AUInt64: '18446744073709551615',
          ASmallInt64: -42,
          AFloat: 1.5,
          ADateTime: '2026-01-05T06:00:00.125Z',
          AByteString: 'yv4=',
          AText: 'Grüße',
          Doubles: [1.5, -2.5, 3],
          Ints: [1, -2, 3],
          Strings: ['a', 'b'],
          Booleans: [true, false],
          Longs: [1, '-9007199254740993'],
          ADuration: 12.5,
          ANumber: 7,
          Locked: 1,
        });
      });

      test('carry both timestamps, the status and the time of arrival', async () => {
        await rig.up(rig.create({ tags: { DieTemp: tag('DieTemp') } }));
        const source = Math.floor(systemClock.now()) - 5000;
        const before = systemClock.now();
        await rig.plc.set({ DieTemp: 300.25 }, { source, status: UNCERTAIN_LAST_USABLE_VALUE });
        await rig.recorder.value('DieTemp', 300.25);
        const sample = rig.recorder.last('DieTemp');
        expect(sample).toMatchObject({ status: UNCERTAIN_LAST_USABLE_VALUE });
        expect(sample?.source).toBeCloseTo(source, 0);
        expect(sample?.server).toBeGreaterThanOrEqual(source);
        expect(sample?.received).toBeGreaterThanOrEqual(before);
        expect(sample?.arrived).toBeLessThanOrEqual(systemClock.elapsed());
      });

      test('that are bad or not a number are passed on, not dropped', async () => {
        await rig.up(rig.create({ tags: { DieTemp: tag('DieTemp') } }));
        await rig.plc.set({ DieTemp: null }, { status: BAD_WAITING_FOR_INITIAL_DATA });
        await rig.recorder.until(() => rig.recorder.last('DieTemp')?.status === BAD_WAITING_FOR_INITIAL_DATA);
        await rig.plc.set({ DieTemp: 'NaN' });
        await rig.recorder.value('DieTemp', Number.NaN);
        expect(rig.recorder.last('DieTemp')?.status).toBe(0);
      });

      test('of a counting tag arrive once each and in order', async () => {
        await rig.up(rig.create({ tags: { Counter: tag('Counter', { sampling: 10, queue: 100 }) } }));
        await rig.plc.set({ Counter: 0 });
        await rig.recorder.value('Counter', 0);
        const from = rig.recorder.samples.length;
        // node-opcua's server looks no more often than every 50 ms.
        await rig.plc.pulse('Counter', 20, 120);
        await rig.recorder.value('Counter', 20);
        expect(
          rig.recorder
            .of('Counter')
            .slice(from)
            .map((one) => one.value),
        ).toEqual(Array.from({ length: 20 }, (_, k) => k + 1));
      });

      test('within the deadband are not sent, and a deadband on text is ignored', async () => {
        // From a number: asyncua compares with the last value, and nothing is further than 5 from NaN.
        await rig.plc.set({ DieTemp: 50 });
        await rig.up(rig.create({ tags: { DieTemp: tag('DieTemp', { deadband: 5 }), Serial: tag('Serial', { deadband: 5 }) } }));
        await rig.plc.set({ DieTemp: 100 });
        await rig.recorder.value('DieTemp', 100);
        await rig.plc.set({ DieTemp: 102, Serial: 'x' });
        await rig.recorder.value('Serial', 'x');
        await rig.plc.set({ DieTemp: 110 });
        await rig.recorder.value('DieTemp', 110);
        expect(rig.recorder.of('DieTemp').map((one) => one.value)).not.toContain(102);
        expect(rig.recorder.faulty.size).toBe(0);
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
        await rig.up(rig.create({ tags }));
        await rig.plc.set({ Serial: 'P-1' });
        await rig.recorder.value('serial', 'P-1');
        expect([...rig.recorder.faulty].map(([one, fault]) => [one, fault.code]).sort()).toEqual([
          ['crooked', 'OPCUA_NODE_UNKNOWN'],
          ['ghost', 'OPCUA_NODE_UNKNOWN'],
          ['nowhere', 'OPCUA_NODE_UNKNOWN'],
        ]);
        expect(rig.recorder.faulty.get('ghost')?.message).toContain('nsu=urn:press;s=Ghost');
      });

      test('may be named by namespace index', async () => {
        // 0 is the standard's, 1 the server's own, 2 urn:other.
        await rig.up(rig.create({ tags: { serial: { ...tag('Serial'), node: 'ns=3;s=Serial' } } }));
        await rig.plc.set({ Serial: 'by index' });
        await rig.recorder.value('serial', 'by index');
      });
    });

    describe('writes', () => {
      test('take the type from the node', async () => {
        const server = rig.create();
        await rig.up(server);
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
        const there = await Promise.all(writes.map((one) => rig.plc.get(one.tag)));
        expect(there).toEqual([3, '17', 4000000001, true, '-9007199254740995', 2.5, 99.5, 12, [7, 8.5], 'prüfen', 'dead']);
      });

      test('that do not fit are faults, not wrapped values, and do not stop the others', async () => {
        const server = rig.create({ tags: { ...every, Counter: tag('Counter'), Ghost: tag('Ghost', { writable: true }) } });
        await rig.up(server);
        await rig.plc.set({ AByte: 200, AnInt16: 1 });
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
        expect(faults.slice(0, -1).map((fault) => fault?.code)).toEqual([
          ...Array.from({ length: 3 }, () => 'OPCUA_TYPE'),
          ...Array.from({ length: 5 }, () => 'OPCUA_WRITE_FAILED'),
        ]);
        expect(faults[0]?.message).toContain('is of type Byte and cannot take number 300');
        expect(faults[4]?.message).toContain('not `writable`');
        expect(faults.at(-1)).toBeNull();
        expect(await rig.plc.get('AByte')).toBe(200);
        expect(await rig.plc.get('AnInt16')).toBe(1);
        expect(await rig.plc.get('Serial')).toBe('P-2');
      });

      test('end at their timeout, and the session goes on', async () => {
        const server = rig.create();
        await rig.up(server);
        await rig.plc.slowWrites(1000);
        const late = await server.write([{ tag: 'Verdict', value: 5 }], 50);
        expect(late[0]?.message).toContain('no answer in time');
        await rig.plc.slowWrites(0);
        expect(await server.write([{ tag: 'Verdict', value: 6 }], 5000)).toEqual([null]);
        expect(rig.recorder.ends).toEqual([]);
      });

      test('may overlap', async () => {
        const server = rig.create();
        await rig.up(server);
        const all = await Promise.all(Array.from({ length: 20 }, (_, k) => server.write([{ tag: 'Verdict', value: k }], 5000)));
        expect(all.flat()).toEqual(Array.from({ length: 20 }, () => null));
        expect(await rig.plc.get('Verdict')).toBe(19);
      });

      test('without a session are faults at once', async () => {
        const [fault] = await rig.create().write([{ tag: 'Verdict', value: 1 }], 60_000);
        expect(fault?.code).toBe('OPCUA_WRITE_FAILED');
      });
    });

    test('reads come through the session, in the order asked', async () => {
      const server = rig.create();
      await rig.up(server);
      await rig.plc.set({ Verdict: 2, VerdictPart: 'P-9' });
      const [part, ghost, verdict] = await server.read(['VerdictPart', 'Ghost', 'Verdict'], 2000);
      expect([part?.value, verdict?.value]).toEqual(['P-9', 2]);
      expect(ghost?.value).toBeNull();
      expect((ghost?.status ?? 0) >>> 31).toBe(1);
      await expect(rig.create().read(['Verdict'], 100)).rejects.toMatchObject({ code: 'OPCUA_UNREACHABLE' });
    });

    test('stays within the limits of a small server', { timeout: 90_000 }, async () => {
      const small = await startServer({ limits: { read: 3, write: 2, monitor: 4, browse: 1 } });
      rig.finally(() => small.stop());
      const server = rig.create({}, small.endpoint);
      await rig.up(server);
      await rig.recorder.until(() => new Set(rig.recorder.samples.map((one) => one.tag)).size === Object.keys(every).length);
      const writes = [1, 2, 3, 4, 5].map((value) => ({ tag: 'Verdict', value }));
      expect(await server.write(writes, 5000)).toEqual([null, null, null, null, null]);
      expect(await small.get('Verdict')).toBe(5);
      expect((await server.read(['AByte', 'AnInt16', 'AUInt16', 'Verdict', 'Locked'], 5000)).map((one) => one.value)).toEqual([
        200, -30000, 60000, 5, 1,
      ]);
      expect(rig.recorder.faulty.size).toBe(0);
    });
  });
}
