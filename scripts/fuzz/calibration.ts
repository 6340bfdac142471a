/** Files of what a machine's tags normally do: whatever is let through must still be able to call a part faulty. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomLcg } from 'd3-random';
import { type Calibration, calibrate, distance, normalOf } from '../../agent/inference/calibration.ts';
import { recallCalibration } from '../../agent/inference/calibration-file.ts';
import type { Door } from './door.ts';
import { below, mutatedText, oddNumber, type Random } from './mutate.ts';

const SETTINGS = { rows: 400, autocorrelation: 0.9, floor: 1e-6, ridge: 1e-3, quantile: 0.99, factor: 2 };
const IDENTITY = { package: 'fuzz', version: '1.0.0', channels: ['a', 'b', 'c'] };
/** Spreads that no normal residual is away. */
const FAR = 1e8;

function learned(random: Random): Calibration {
  const values = Float32Array.from({ length: 400 * 3 }, () => random() * 10);
  const normal = normalOf({ channels: 3, values, starts: [0] }, SETTINGS);
  const residuals = Array.from({ length: 380 }, () => Float32Array.from({ length: 3 }, () => random() - 0.5));
  return calibrate(normal, residuals, 400, SETTINGS);
}

export const calibration: Door = {
  name: 'calibration',
  summary: 'A calibration file of a station, as it is recalled at a start; what is let through must call a residual far off faulty.',
  inputs: { full: 10_000, quick: 100 },
  meets: [/^taken$/, /^refused$/, /^CALIBRATION_INVALID$/],
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'fuzz-calibration-'));
    const file = join(folder, 'outlet.json');
    const good = JSON.stringify({ identity: IDENTITY, calibration: learned(randomLcg(0.5)) });
    return {
      async try(random) {
        const changed =
          below(random, 2) === 0
            ? mutatedText(random, good)
            : good.replace(/-?\d+(\.\d+)?(e-?\d+)?/g, (number) => (random() < 0.05 ? String(oddNumber(random)) : number));
        await writeFile(file, changed);
        const found = await recallCalibration([file], IDENTITY, { settings: SETTINGS, ranges: [[0, 10], null, [0, 10]] });
        if (found) mustTell(found);
        return found ? 'taken' : 'refused';
      },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

function mustTell(found: Calibration): void {
  for (const channel of found.channels) {
    const off = found.mean.map((_, i) => (i === channel ? FAR : 0));
    const score = distance(off, found) / (distance(off, found) + found.limit);
    if (!(score > 0.5)) throw new RangeError(`a residual of ${FAR} spreads has the score ${score}: ${JSON.stringify(found)}`);
  }
}
