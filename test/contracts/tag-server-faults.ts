/** How a life ends, and that the next one begins, with the faults of a plant. */
import { describe, expect, test } from 'vitest';
import type { OpcuaTagServer } from '#agent/sources/opcua/server.js';
import { NAMESPACE } from '../simulators/opcua.ts';
import { live } from '../simulators/tag-recorder.ts';
import { every, type StartServer, tag, tagServerRig } from './tag-server-rig.ts';

export function describeTagServerFaults(name: string, startServer: StartServer): void {
  describe(name, () => {
    const rig = tagServerRig(startServer);

    describe('ends', () => {
      test('when aborted, and leaves no session behind', async () => {
        const before = await rig.plc.sessions();
        const life = await rig.up(rig.create());
        expect(await rig.plc.sessions()).toBe(before + 1);
        expect(await life.stop()).toBeNull();
        expect(await rig.plc.sessions()).toBe(before);
      });

      test('when aborted before it could begin', async () => {
        const life = live(rig.create(), rig.recorder);
        expect(await life.stop()).toBeNull();
        expect(rig.recorder.onlines).toBe(0);
      });

      test('when aborted while the server is frozen', async () => {
        const life = await rig.up(rig.create());
        rig.plc.freeze();
        try {
          expect(await life.stop()).toBeNull();
        } finally {
          rig.plc.thaw();
        }
      });

      test('as unreachable when nobody listens', async () => {
        const { proxy, endpoint } = await rig.proxied();
        await proxy.close();
        const fault = await live(rig.create({}, endpoint), rig.recorder).over;
        expect(fault).toMatchObject({ code: 'OPCUA_UNREACHABLE', details: { server: 'plc', why: 'ECONNREFUSED' } });
      });

      test('as silent when the server takes the connection and says nothing', async () => {
        const { proxy, endpoint } = await rig.proxied();
        proxy.blackhole(true);
        const fault = await live(rig.create({ silence: 300 }, endpoint), rig.recorder).over;
        expect(['OPCUA_SILENT', 'OPCUA_UNREACHABLE']).toContain(fault?.code);
      });

      test('and the same object lives again', async () => {
        const server = rig.create();
        const first = await rig.up(server);
        await first.stop();
        rig.recorder.onlines = 0;
        await rig.up(server);
        expect(await server.write([{ tag: 'Verdict', value: 1 }], 2000)).toEqual([null]);
      });
    });

    // Servers take seconds to start where several tests share two cores.
    describe('heals by itself', { timeout: 90_000 }, () => {
      const silence = 1500;
      const flows = async (server: OpcuaTagServer, serial: string) => {
        await rig.plc.set({ Serial: serial });
        await rig.recorder.value('Serial', serial);
        expect(await server.write([{ tag: 'Verdict', value: 7 }], 5000)).toEqual([null]);
        expect(await rig.plc.get('Verdict')).toBe(7);
      };
      const lost = (codes: readonly string[] = ['OPCUA_UNREACHABLE', 'OPCUA_SILENT']) =>
        rig.recorder.until(() => rig.recorder.ends.some(({ code }) => codes.includes(code)));
      const again = (onlines = 2) => rig.recorder.until(() => rig.recorder.onlines >= onlines);

      test('after the server was killed and started again', async () => {
        const server = rig.create({ silence });
        await rig.kept(server);
        await rig.plc.kill();
        await lost();
        await rig.plc.start();
        await again();
        await flows(server, 'after kill');
      });

      test('after a start with its namespaces in another order', async () => {
        const server = rig.create({ silence });
        await rig.kept(server);
        await rig.plc.kill();
        await rig.plc.start({ namespaces: [NAMESPACE, 'urn:new', 'urn:other'] });
        await again();
        await flows(server, 'after renumbering');
        await rig.plc.kill();
        await rig.plc.start({ namespaces: ['urn:other', NAMESPACE] });
        await again(3);
        await flows(server, 'and back');
      });

      test('after the server was frozen', async () => {
        const server = rig.create({ silence });
        await rig.kept(server);
        rig.plc.freeze();
        await lost(['OPCUA_SILENT']);
        rig.plc.thaw();
        await again();
        await flows(server, 'after freeze');
      });

      test('after the subscriptions fell mute on a living connection', async () => {
        const server = rig.create({ silence });
        await rig.kept(server);
        await rig.plc.mute('all');
        await lost(['OPCUA_SILENT']);
        await rig.plc.mute('none');
        await again();
        await flows(server, 'after mute');
      });

      test('after one subscription fell mute while the other went on', async () => {
        const server = rig.create({ silence: 2000, tags: { ...every, Counter: tag('Counter', { sampling: 10 }) } });
        await rig.kept(server);
        await rig.plc.mute('newest');
        const pulses = rig.plc.pulse('Counter', 90, 100);
        await lost(['OPCUA_SILENT']);
        await rig.plc.mute('none');
        await again();
        await pulses;
        await flows(server, 'after half a mute');
      });

      test('after the network was cut, and after it swallowed everything', async () => {
        const { proxy, endpoint } = await rig.proxied();
        const server = rig.create({ silence }, endpoint);
        await rig.kept(server);
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
        const server = rig.create({ silence });
        await rig.kept(server);
        await rig.plc.expireSessions();
        await lost();
        await again();
        await flows(server, 'after expiry');
      });

      test('after the server skipped notifications, and says that it did', async () => {
        const server = rig.create({ silence });
        await rig.kept(server);
        await flows(server, 'before');
        await rig.plc.skip(3);
        await rig.plc.set({ Serial: 'after three that nobody heard' });
        await lost(['OPCUA_GAPS']);
        expect(rig.recorder.offlines).toBe(1);
        await again();
        await flows(server, 'after the gap');
        await rig.recorder.until(() => rig.recorder.standing.some(({ code }) => code === 'OPCUA_GAPS'));
        expect(rig.recorder.ends[0]?.details).toMatchObject({ server: 'plc', count: 3 });
      });

      test('on a slow network nothing ends', async () => {
        const { proxy, endpoint } = await rig.proxied();
        proxy.delay(60);
        const server = rig.create({}, endpoint);
        await rig.kept(server);
        await flows(server, 'slowly');
        expect(rig.recorder.ends).toEqual([]);
      });
    });
  });
}
