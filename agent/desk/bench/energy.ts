/** What the box has used, where it can tell: RAPL counters of x86, INA power sensors of a Jetson. Many boxes let only root read them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Milliseconds } from '../../time.ts';

export interface EnergyMeter {
  /** Joules of the whole box while `work` ran. */
  during<Result>(work: () => Promise<Result>): Promise<{ readonly result: Result; readonly joules: number }>;
}

/** null where nothing can be read. `sys` is the root of sysfs, `elapsed` a monotonic clock. */
export function energyMeter(sys: string, elapsed: () => Milliseconds): EnergyMeter | null {
  return raplMeter(join(sys, 'class', 'powercap')) ?? inaMeter(join(sys, 'bus', 'i2c', 'drivers'), elapsed);
}

/** Package domains alone (intel-rapl:0, not its parts intel-rapl:0:1, which are contained in it). AMD uses the same names. */
function raplMeter(folder: string): EnergyMeter | null {
  const zones = list(folder).filter((name) => /^intel-rapl:\d+$/.test(name));
  const read = (zone: string, file: string) => numberIn(join(folder, zone, file));
  if (zones.length === 0 || zones.some((zone) => Number.isNaN(read(zone, 'energy_uj')))) return null;
  return {
    during: async (work) => {
      const before = zones.map((zone) => read(zone, 'energy_uj'));
      const result = await work();
      const used = zones.map((zone, i) => {
        const grown = read(zone, 'energy_uj') - (before[i] ?? 0);
        // The counter starts again from 0 at its end, which takes minutes at least.
        return grown < 0 ? grown + read(zone, 'max_energy_range_uj') : grown;
      });
      return { result, joules: used.reduce((a, b) => a + b, 0) / 1e6 };
    },
  };
}

/** ina3221 shows millivolts and milliamperes of each rail; the first is the whole module's. Read before and after, and averaged. */
function inaMeter(drivers: string, elapsed: () => Milliseconds): EnergyMeter | null {
  const rail = list(join(drivers, 'ina3221'))
    .flatMap((device) => list(join(drivers, 'ina3221', device, 'hwmon')).map((name) => join(drivers, 'ina3221', device, 'hwmon', name)))
    .find((name) => !Number.isNaN(numberIn(join(name, 'curr1_input'))));
  if (rail === undefined) return null;
  const watts = () => (numberIn(join(rail, 'in1_input')) * numberIn(join(rail, 'curr1_input'))) / 1e6;
  return {
    during: async (work) => {
      const [began, before] = [elapsed(), watts()];
      const result = await work();
      return { result, joules: (((before + watts()) / 2) * (elapsed() - began)) / 1000 };
    },
  };
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function numberIn(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').trim() || Number.NaN);
  } catch {
    return Number.NaN;
  }
}
