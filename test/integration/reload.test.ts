import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startOpcuaServer } from '../simulators/opcua.ts';
import { type Line, startLine, stationOf } from './line.ts';

/** Two stations, each with a camera of its own, on one PLC: 10 parts a second each, which the simulated PLC keeps up with on a loaded box. */
const PERIOD = 100;
const [OUTLET, INLET] = [0, 1];

/** A box that tests run on stands still now and then; a part that waited is judged all the same, and expectSound() tells one that is late. */
const PATIENT = { inflight: 64, deadline: '1200ms' };

type Block = Record<string, Record<string, Record<string, unknown>>>;

/** As an editor saves: a new file under the old name. */
async function change(line: Line, edit: (config: Block) => void): Promise<readonly unknown[]> {
  const config = JSON.parse(readFileSync(line.file, 'utf8')) as Block;
  edit(config);
  const before = line.agent.log.length;
  writeFileSync(`${line.file}.new`, JSON.stringify(config, null, 2));
  renameSync(`${line.file}.new`, line.file);
  const runs = () => line.agent.log.slice(before).find(({ msg }) => msg === 'the changed config runs');
  await expect.poll(runs, { timeout: 30_000 }).toBeDefined();
  return runs()?.['restarted'] as readonly unknown[];
}

it('a change starts anew what it touches and nothing else: no part of another station is missed or late', {
  timeout: 240_000,
}, async () => {
  const line = await startLine({
    suffixes: ['', 'B'],
    images: { nok: 'all', review: 'all', ok: 'all' },
    cameras: (folder) => ({
      top: { url: `dir://${join(folder, 'frames')}`, fps: 20 },
      side: { url: `dir://${join(folder, 'frames')}`, fps: 20 },
    }),
    stations: {
      outlet: stationOf('', PATIENT),
      inlet: stationOf('B', { ...PATIENT, models: { surface: { model: 'classify', camera: 'side' } } }),
    },
  });
  await Promise.all([line.ready(0, OUTLET), line.ready(0, INLET)]);
  await Promise.all([line.plc.run(PERIOD, OUTLET), line.plc.run(PERIOD, INLET)]);
  const more = () => Promise.all([line.more(20, OUTLET), line.more(20, INLET)]);
  await more();

  const restarted = async (edit: (config: Block) => void) => {
    const what = await change(line, edit);
    await more();
    return what;
  };
  const readies = () => [line.station(OUTLET).readies, line.station(INLET).readies];
  const untouched = readies();
  expect(await restarted((config) => Object.assign(config, { log: { level: 'debug' } }))).toEqual([]);
  expect(await restarted((config) => Object.assign(config['store'] ?? {}, { keep: { free: '0B', images: '0B' } }))).toEqual([]);
  expect(await restarted((config) => Object.assign(config['mqtt'] ?? {}, { keepalive: '20s' }))).toEqual(['mqtt']);
  expect(await restarted((config) => Object.assign(config['cameras']?.['side'] ?? {}, { fps: 19 }))).toEqual(['camera/side']);
  expect(readies()).toEqual(untouched);
  const rules = [{ when: 'surface.score > 0.4', verdict: 'nok' }];
  expect(await restarted((config) => Object.assign(config['stations']?.['inlet'] ?? {}, { rules }))).toEqual(['station inlet']);
  const other = { surface: { model: 'classify-other', camera: 'side' } };
  expect(await restarted((config) => Object.assign(config['stations']?.['inlet'] ?? {}, { models: other }))).toEqual(['station inlet']);
  expect(readies()).toEqual([untouched[OUTLET], (untouched[INLET] ?? 0) + 2]);

  await Promise.all([line.halt(OUTLET), line.halt(INLET)]);
  // The new budget of pictures holds, though nothing was started for it.
  const pictures = () => line.sql<{ n: number }>('SELECT count(*) AS n FROM images')[0]?.n;
  await expect.poll(pictures, { timeout: 20_000 }).toBe(0);
  expect(await line.agent.stop()).toBe(0);
  await line.published();
  // The station that nobody touched: every part judged, none late, none failed.
  const outlet = line.expectSound({ index: OUTLET, name: 'outlet' });
  expect(outlet.filter(({ outcome }) => outcome !== 'judged').map(({ part, outcome, reasons }) => ({ part, outcome, reasons }))).toEqual(
    [],
  );
  // The one that was built anew twice: its sequence, its counter and its memory go on; what passed meanwhile is on record.
  const inlet = line.expectSound({ index: INLET, name: 'inlet' });
  const missed = inlet.filter(({ outcome }) => outcome === 'missed');
  expect(missed.length).toBeLessThan(10);
  const hashes = line.sql<{ station: string; hashes: number }>(
    'SELECT station, count(DISTINCT config_hash) AS hashes FROM inspections GROUP BY station ORDER BY station',
  );
  // Whoever goes on says of each part under which config it was judged.
  expect(hashes.every(({ hashes: n }) => n >= 5)).toBe(true);
});

it('another PLC says anew how everything stands: a part that is there already is no edge', { timeout: 90_000 }, async () => {
  const line = await startLine();
  await line.ready();
  await line.plc.offer(2, 300);
  await line.answered(2);
  const variables = {
    PartPresent: ['Boolean', true],
    Counter: ['UInt32', 700],
    Verdict: ['Int32', 0],
    VerdictPart: ['String', ''],
    Ready: ['Boolean', false],
  } as const;
  const other = await startOpcuaServer('asyncua', { variables, readOnly: [] });
  onTestFinished(() => other.stop());
  await change(line, (config) => Object.assign(config['opcua']?.['plc'] ?? {}, { endpoint: other.endpoint }));
  await expect.poll(() => other.get('Ready'), { timeout: 20_000 }).toBe(true);
  await other.set({ PartPresent: false });
  await other.set({ Counter: 701 });
  await other.set({ PartPresent: true });
  await expect.poll(() => other.get('VerdictPart'), { timeout: 20_000 }).toBe('701');
  expect(await line.agent.stop()).toBe(0);
  const judged = line.rows().filter(({ outcome }) => outcome === 'judged');
  expect(judged.map(({ counter }) => counter)).toEqual([1, 2, 701]);
});
