import { describe, expect, it } from 'vitest';
import { every, tag, tagServerRig } from '../contracts/tag-server-rig.ts';
import { type OpcuaSimulatorOptions, startOpcuaServer } from '../simulators/opcua.ts';

const TIMEOUT = 90_000;

describe('a server that takes little in one request', () => {
  const rig = tagServerRig((options) => startOpcuaServer('asyncua', options));
  const small = async (options: OpcuaSimulatorOptions, tags = every) => {
    const plc = await startOpcuaServer('asyncua', options);
    rig.finally(() => plc.stop());
    const server = rig.create({ tags }, plc.endpoint);
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
      const fast = { sampling: 0, queue: 100 };
      const { plc, server } = await small(
        { limits: { write: 1 }, ...more },
        { VerdictPart: tag('VerdictPart', { ...fast, writable: true }), Verdict: tag('Verdict', { ...fast, writable: true }) },
      );
      const parts = [11, 12, 13, 14, 15, 16];
      const tell = (part: number) =>
        server.write(
          [
            { tag: 'VerdictPart', value: String(part) },
            { tag: 'Verdict', value: part },
          ],
          5000,
        );
      // The first one teaches what the server takes.
      await tell(10);
      await rig.recorder.value('Verdict', 10);
      // Apart, so that each write is a notification of its own.
      await plc.slowWrites(60);
      const from = rig.recorder.samples.length;
      expect((await Promise.all(parts.map(tell))).flat()).toEqual(parts.flatMap(() => [null, null]));
      await rig.recorder.value('Verdict', 16);
      expect(rig.recorder.samples.slice(from).map(({ sample }) => sample.value)).toEqual(parts.flatMap((part) => [String(part), part]));
      expect(await plc.get('Verdict')).toBe(16);
    },
  );
});
