/** A station whose parts have stored the tags of a machine, hour after hour, and the package that judges it until now. */
import { createStore } from '#agent/store/store.js';
import { teachMachine } from '#agent/teaching/machine/teach.js';
import { writePackage } from '#agent/teaching/package.js';
import { systemClock } from '#agent/time.js';
import { memoryLog } from '../simulators/log.ts';
import { entry, KEEP } from '../store/setup.ts';
import { machine } from './machines.ts';

/** Of windows shorter than 40 rows nothing is promised. */
const [EVERY, STEPS, ROWS] = [100, 40, 240];
export const HOUR = 3_600_000;
export const TAGS = ['plc.a', 'plc.b', 'plc.c'];
export const HOURS = [4, 3, 2, 1] as const;

/** One that judges such windows until now: taught elsewhere. */
export async function bought(folder: string): Promise<void> {
  const tags = ['a', 'b', 'c'];
  const recordings = HOURS.map((seed) => ({
    file: `day ${seed}`,
    tags,
    values: Float32Array.from(rowsOf(seed).flat()),
    rows: ROWS,
    times: Array.from({ length: ROWS }, (_, row) => row * EVERY),
    others: [],
  }));
  const { lesson } = teachMachine({ recordings, oneIn: 100, window: { tags, steps: STEPS } });
  await writePackage(lesson, { folder, version: '1.0.0', force: false, now: 0, prove: async () => {} });
}

const rowsOf = (seed: number) => machine(ROWS, seed, seed / 10).map(([load, , oil, , , mode]) => [load, oil, mode] as number[]);

/** Half a minute of good production in each of the last four hours, as the windows of parts one after the other; the third tag stands still. */
export async function fill(path: string, newest: number): Promise<void> {
  const config = { path, keep: KEEP, images: { nok: 'none', review: 'none', ok: 'none' } } as const;
  const store = createStore({ path, config, clock: systemClock, log: memoryLog(), onFaults: () => {} });
  await store.start();
  let sequence = 0;
  for (const hours of HOURS) {
    const rows = rowsOf(hours);
    for (let from = 0; from < ROWS; from += STEPS) {
      const endsAt = newest - hours * HOUR + (from + STEPS - 1) * EVERY;
      const values = Float32Array.from(rows.slice(from, from + STEPS).flat());
      const window = { tags: TAGS, endsAt, everyMs: EVERY, steps: STEPS, values, quality: new Uint8Array(values.length) };
      await store.journal.append(entry(++sequence, { at: endsAt, window }));
    }
  }
  await store.stop();
}

/** Of a config. Nobody is there: what is stored is enough. */
export function stationOf() {
  const tags = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { node: `ns=1;s=${name}` }]));
  const outlet = {
    trigger: { every: '1h' },
    window: { tags: TAGS, span: `${STEPS * EVERY}ms`, every: `${EVERY}ms` },
    models: { process: { model: 'as-bought' } },
  };
  return { opcua: { plc: { endpoint: 'opc.tcp://127.0.0.1:9', security: { mode: 'None', policy: 'None' }, tags } }, stations: { outlet } };
}
