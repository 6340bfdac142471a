/**
 * Writes the training set of the demo line's two models: what its camera and its PLC would give, with the truth.
 *
 *   node dist/scripts/demo-set.js --out DIR [--seeds 1-40] [--parts 300] [--period 210ms]
 *
 * DIR/images/SEED-PART.png   mono8, exactly the pixels that sim://press emits
 * DIR/images.csv             file, seed, part, truth, visible, cause, defects (kind:size in mm, separated by spaces)
 * DIR/windows.f32            float32 little-endian [windows, steps, channels], raw units, as the station hands them to the model
 * DIR/windows.csv            seed, part, label (normal, overheating, pressure-drift), cause; one line a window, in the same order
 * DIR/windows.json           steps, every (ms), channels (name, unit, range) of config/demo.yaml
 *
 * A window is cut by the station's own code from samples that arrive up to LATE after their source time. The default period shares no
 * beat with the PLC's 50 ms, so that every phase of sampling occurs. Seeds are different days: split by seed, never by part.
 */
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import sharp from 'sharp';
import { progress } from '../agent/cli/progress.ts';
import { loadConfig } from '../agent/config/load.ts';
import { durationMs } from '../agent/config/units.ts';
import { simulated } from '../agent/desk/simulation/camera.ts';
import { createStudio } from '../agent/desk/simulation/drawing.ts';
import { type Part, partAt, TRAVEL } from '../agent/desk/simulation/parts.ts';
import { faultAt, readingsAt, SENSORS, STEP } from '../agent/desk/simulation/physics.ts';
import { stream } from '../agent/desk/simulation/random.ts';
import { withoutGaps } from '../agent/inference/window.ts';
import { packageRoot } from '../agent/platform/package-root.ts';
import { TagHistory } from '../agent/stations/tags.ts';
import { cutWindow, stepsOf, type WindowSpec } from '../agent/stations/window.ts';

/** ms; the server publishes every few ms, the agent's box may be busy. */
const LATE = 60;

interface Options {
  readonly out: string;
  readonly seeds: readonly number[];
  readonly parts: number;
  readonly period: number;
}

async function write({ out, seeds, parts, period }: Options): Promise<void> {
  await mkdir(join(out, 'images'), { recursive: true });
  const spec = await windowOfDemo();
  const bar = progress('drawing', seeds.length * parts);
  const images = ['file,seed,part,truth,visible,cause,defects'];
  const windows = ['seed,part,label,cause'];
  const values = await open(join(out, 'windows.f32'), 'w');
  for (const seed of seeds) {
    const studio = createStudio({ seed });
    for (let number = 1; number <= parts; number++) {
      const time = Math.round(number * period);
      const part = partAt(seed, number, time);
      const file = `images/${seed}-${number}.png`;
      await sharp(await studio.picture(part), { raw: { width: studio.width, height: studio.height, channels: 1 } })
        .toColourspace('b-w')
        .png({ compressionLevel: 3 })
        .toFile(join(out, file));
      images.push([file, seed, number, part.truth, part.visible, part.cause ?? '', defectsOf(part)].join(','));
      await values.write(littleEndian(windowAt(seed, time, spec)));
      windows.push([seed, number, faultAt(seed, time - TRAVEL) ?? 'normal', part.cause ?? ''].join(','));
      bar.step(`seed ${seed}`);
    }
  }
  await values.close();
  await writeFile(join(out, 'images.csv'), `${images.join('\n')}\n`);
  await writeFile(join(out, 'windows.csv'), `${windows.join('\n')}\n`);
  const channels = SENSORS.map(({ name, unit, range }) => ({ name, unit, range }));
  await writeFile(join(out, 'windows.json'), `${JSON.stringify({ steps: stepsOf(spec), every: spec.every, channels }, null, 2)}\n`);
  bar.stop();
}

const defectsOf = (part: Part) => part.defects.map(({ kind, size }) => `${kind}:${size.toFixed(2)}`).join(' ');

/** The window of the demo's station; what only the running demo knows stands in as anything that is valid. */
async function windowOfDemo(): Promise<WindowSpec> {
  const env = { MQTT: 'mqtt://localhost', OPCUA: 'opc.tcp://localhost', EPOCH: '0', SEED: '1', PERIOD: '50ms', STORE: 'none', WEB: 'off' };
  const named = Object.fromEntries(Object.entries(env).map(([name, value]) => [`LINESIDE_DEMO_${name}`, value]));
  const { config } = await loadConfig(join(packageRoot, 'config', 'demo.yaml'), { cameras: [simulated] }, named);
  const window = config.stations['outlet']?.window;
  if (!window) throw new Error('config/demo.yaml has no window');
  const { tags, span, every, fill } = window;
  return { tags, span, every, fill };
}

/** What the station knows at `time`: every sample that has arrived by then. */
function windowAt(seed: number, time: number, spec: WindowSpec): Float32Array {
  const newest = Math.floor((time - LATE * stream(seed, 'late', time)()) / STEP);
  const oldest = Math.floor((time - spec.span) / STEP) - 1;
  const histories = new Map(spec.tags.map((tag) => [tag, new TagHistory(newest - oldest + 1)]));
  for (let step = oldest; step <= newest; step++) {
    const readings = readingsAt(seed, step);
    for (const { name } of SENSORS) histories.get(`press.${name}`)?.push(step * STEP, readings[name], 0, step * STEP);
  }
  return withoutGaps(cutWindow(spec, { endsAt: time, arrived: time }, (tag) => histories.get(tag)));
}

function littleEndian(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes;
}

function seedsOf(text: string): readonly number[] {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (first === undefined) throw new InvalidArgumentError('a seed such as 7, or a range such as 1-40');
  return Array.from({ length: Number(last ?? first) - Number(first) + 1 }, (_, i) => Number(first) + i);
}
function positive(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('a whole number above 0');
  return Number(text);
}

const command = new Command('demo-set')
  .description('Writes the training set of the demo line.')
  .requiredOption('--out <folder>', 'where to write')
  .option('--seeds <range>', 'days at the press', seedsOf, seedsOf('1-40'))
  .option('--parts <n>', 'parts a day', positive, 300)
  .option('--period <duration>', 'from part to part', durationMs, 210);
await write(command.parse().opts<Options>());
