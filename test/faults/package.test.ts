import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endless, greedy, harmless, writePackage } from '../inference/hostile.ts';
import { type Line, MODELS, startLine, stationOf, VERDICTS } from '../integration/line.ts';

const PERIOD = 100;
/** What `stop()` may take with what a loaded box adds. */
const STOPPED = 10_000;
/** More memory than any box has: refused at once. */
const IMPOSSIBLE = greedy(2 ** 20);

const withModel = (name: string, suffix = '', more: object = {}) =>
  stationOf(suffix, { models: { surface: { model: name, camera: 'top' } }, on_failure: 'review', ...more });

/** A line whose packages are its own. */
async function lineWith(stations: Readonly<Record<string, object>>, suffixes: readonly string[] = ['']): Promise<Line> {
  let packages = '';
  const line = await startLine({
    suffixes,
    stations,
    inference: { models: 'packages' },
    prepare: async (folder) => {
      packages = join(folder, 'packages');
      mkdirSync(packages);
      for (const name of ['classify', 'classify-other']) cpSync(join(MODELS, name), join(packages, name), { recursive: true });
      await writePackage(packages, 'endless', { network: endless() });
      await writePackage(packages, 'greedy', { network: IMPOSSIBLE });
      const keys = Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join('\n');
      await writePackage(packages, 'flood', { network: harmless(), manifest: keys });
    },
  });
  return line;
}

function save(line: Line, text: string): void {
  writeFileSync(`${line.file}.new`, text);
  renameSync(`${line.file}.new`, line.file);
}
const saveStations = (line: Line, stations: object) => save(line, JSON.stringify({ ...line.config, stations }, null, 2));
const rejected = (line: Line, why: RegExp) =>
  line.agent.says(({ code, msg }) => code === 'CONFIG_REJECTED' && why.test(String(msg)), `that the change is rejected for ${why}`);

async function soundEnd(line: Line): Promise<void> {
  await line.halt();
  expect(await line.agent.stop()).toBe(0);
  await line.published();
  line.expectSound();
}

describe('a package that means harm', () => {
  it('at the start costs its own station alone, which says why, and SIGTERM ends the agent while it is still being tried', {
    timeout: 180_000,
  }, async () => {
    const stations = { outlet: withModel('classify'), second: withModel('endless', 'B'), third: withModel('flood', 'C') };
    const line = await lineWith(stations, ['', 'B', 'C']);
    for (const index of [0, 1, 2]) await line.ready(0, index);
    for (const index of [0, 1, 2]) await line.plc.run(PERIOD, index);
    await line.plc.until(() => line.station(0).answers.some(({ verdict }) => verdict !== VERDICTS.review), 'that the good one judges');
    await line.answered(5, 1);
    await line.answered(5, 2);
    const began = performance.now();
    await line.agent.stop();
    expect(performance.now() - began).toBeLessThan(STOPPED);
    const reasonsOf = (name: string) => line.rows().filter(({ station }) => station === name);
    // A box that is busy may still be at the proof of the good one when the first parts come; from then on nothing is in its way.
    const outlet = reasonsOf('outlet');
    const judged = outlet.slice(outlet.findIndex(({ outcome }) => outcome === 'judged'));
    expect(judged.length).toBeGreaterThan(0);
    expect(judged.filter(({ reasons }) => /MODEL_/.test(reasons))).toEqual([]);
    for (const { verdict, reasons } of reasonsOf('second').filter(({ outcome }) => outcome === 'failed'))
      expect({ verdict, reasons }).toEqual({ verdict: 'review', reasons: expect.stringMatching(/MODEL_UNPROVED/) });
    for (const { verdict, reasons } of reasonsOf('third').filter(({ outcome }) => outcome === 'failed'))
      expect({ verdict, reasons }).toEqual({ verdict: 'review', reasons: expect.stringMatching(/MODEL_INVALID/) });
    for (const index of [1, 2]) expect(line.station(index).answers.every(({ verdict }) => verdict === VERDICTS.review)).toBe(true);
  });

  it('at a reload is refused, with a broken config behind it as well, and the next good one is taken', { timeout: 180_000 }, async () => {
    const line = await lineWith({ outlet: withModel('classify') });
    await line.ready();
    await line.plc.run(PERIOD);
    await line.answered(5);
    saveStations(line, { outlet: withModel('greedy') });
    await rejected(line, /MODEL_INVALID.*greedy/);
    await line.more(5);
    saveStations(line, { outlet: withModel('flood') });
    await rejected(line, /MODEL_INVALID.*flood/);
    save(line, readFileSync(line.file, 'utf8').replace('"deadline"', '"dedline"'));
    await rejected(line, /dedline/);
    await line.more(5);
    const { readies } = line.station();
    saveStations(line, { outlet: withModel('classify-other') });
    await line.agent.says(({ msg }) => msg === 'the changed config runs', 'that the changed config runs');
    await line.ready(readies);
    await line.more(5);
    await soundEnd(line);
    const used = line.sql<{ package: string }>('SELECT DISTINCT package FROM findings ORDER BY package');
    expect(used.map((row) => row.package)).toEqual(['classify', 'classify-other']);
  });

  it('that takes a good one’s place on the disk is not taken with the next change of the config', { timeout: 180_000 }, async () => {
    const line = await lineWith({ outlet: withModel('classify') });
    await line.ready();
    await line.plc.run(PERIOD);
    await line.answered(5);
    const network = join(line.folder, 'packages', 'classify', 'model.int8-u8s8.onnx');
    const float = network.replace('int8-u8s8', 'fp32');
    const good = [network, float].map((file) => readFileSync(file));
    for (const file of [network, float]) writeFileSync(file, 'not what the manifest names');
    saveStations(line, { outlet: withModel('classify', '', { deadline: '450ms' }) });
    await rejected(line, /MODEL_HASH/);
    await line.more(5);
    for (const [i, file] of [network, float].entries()) writeFileSync(file, good[i] ?? '');
    const { readies } = line.station();
    saveStations(line, { outlet: withModel('classify', '', { deadline: '400ms' }) });
    await line.agent.says(({ msg }) => msg === 'the changed config runs', 'that the changed config runs');
    await line.ready(readies);
    await line.more(5);
    await soundEnd(line);
  });

  it('that is being tried for a reload does not keep SIGTERM waiting', { timeout: 120_000 }, async () => {
    const line = await lineWith({ outlet: withModel('classify') });
    await line.ready();
    await line.plc.run(PERIOD);
    await line.answered(3);
    saveStations(line, { outlet: withModel('endless') });
    // Long enough for the watch to have read it; the proof itself takes a minute.
    await line.more(40);
    const began = performance.now();
    expect(await line.agent.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(STOPPED);
  });
});
