import { describe, expect, it } from 'vitest';
import { every, tagServerRig } from '../contracts/tag-server-rig.ts';
import { type OpcuaSimulatorOptions, startOpcuaServer } from '../simulators/opcua.ts';

const TIMEOUT = 90_000;

describe('a server that takes little in one request', () => {
  const rig = tagServerRig((options) => startOpcuaServer('asyncua', options));
  const small = async (options: OpcuaSimulatorOptions) => {
    const plc = await startOpcuaServer('asyncua', options);
    rig.finally(() => plc.stop());
    const server = rig.create({ tags: every }, plc.endpoint);
    await rig.up(server);
    return { plc, server };
  };

  it('and does not say so is asked for less each time it refuses', { timeout: TIMEOUT }, async () => {
    const { plc, server } = await small({ limits: { read: 3, write: 1, monitor: 4 }, secretive: true });
    await rig.recorder.until(() => new Set(rig.recorder.samples.map((one) => one.tag)).size === Object.keys(every).length);
    const writes = [1, 2, 3, 4, 5].map((value) => ({ tag: 'Verdict', value }));
    expect(await server.write(writes, 5000)).toEqual([null, null, null, null, null]);
    expect(await plc.get('Verdict')).toBe(5);
    const read = await server.read(['AByte', 'AnInt16', 'AUInt16', 'Verdict', 'Locked'], 5000);
    expect(read.map((one) => one.value)).toEqual([200, -30000, 60000, 5, 1]);
    expect(rig.recorder.faulty.size).toBe(0);
  });

  it.each<OpcuaSimulatorOptions>([{}, { secretive: true }])(
    'has each name followed by its own verdict: %j',
    { timeout: TIMEOUT },
    async (more) => {
      const { plc, server } = await small({ limits: { write: 1 }, ...more });
      const parts = [11, 12, 13, 14, 15, 16];
      const tell = (part: number) =>
        server.write(
          [
            { tag: 'VerdictPart', value: String(part) },
            { tag: 'Verdict', value: part },
          ],
          5000,
        );
      const written: (readonly [unknown, unknown])[] = [];
      plc.onSaid((said) => {
        if (said.said === 'written') written.push([said.beside, said.value]);
      });
      await plc.watch('Verdict', 'VerdictPart');
      await plc.slowWrites(40);
      // The first of them teaches what a server takes that does not say so.
      expect((await Promise.all(parts.map(tell))).flat()).toEqual(parts.flatMap(() => [null, null]));
      await expect.poll(() => written).toEqual(parts.map((part) => [String(part), part]));
    },
  );

  it('is sent nothing whose time was over before its turn came', { timeout: TIMEOUT }, async () => {
    const { plc, server } = await small({ limits: { write: 1 } });
    await plc.slowWrites(150);
    const tell = (value: number) =>
      server.write(
        [
          { tag: 'VerdictPart', value: String(value) },
          { tag: 'Verdict', value },
        ],
        200,
      );
    const [, second] = await Promise.all([tell(21), tell(22)]);
    expect(second.map((fault) => fault?.details['why'])).toEqual(['no answer in time', 'no answer in time']);
    await plc.slowWrites(0);
    expect(await server.write([{ tag: 'Locked', value: 1 }], 5000)).toMatchObject([{ code: 'OPCUA_WRITE_FAILED' }]);
    expect(await plc.get('VerdictPart')).not.toBe('22');
  });
});
