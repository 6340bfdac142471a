/**
 * The die-casting press as its sensors see it: pure functions of seed and time, so that the press process, the camera and a script
 * that writes a training set all live in the same world. Time is ms since the epoch of the press; it may be negative (before it).
 *
 * The press is a time lapse: what takes a real die minutes takes this one a second, so that a demo shows it.
 */
import { randomNormal, randomUniform } from 'd3-random';
import type { Milliseconds } from '../../time.ts';
import { type Course, episodeAt, type ProcessFault } from './faults.ts';
import { stream } from './random.ts';
import { heatAt } from './shift.ts';

/** The PLC reads its sensors this often. */
export const STEP: Milliseconds = 50;

export interface Sensor {
  readonly name: SensorName;
  readonly unit: string;
  readonly range: readonly [number, number];
  /** Its value on a good day, how far it wanders by itself within `wanderPeriod`, and the sensor's own noise (standard deviation). */
  readonly normal: number;
  readonly wander: number;
  readonly noise: number;
  /** What each fault adds when it lasts, and the time constant of the first-order lag with which it does. */
  readonly shift: Readonly<Partial<Record<ProcessFault, { readonly by: number; readonly lag: Milliseconds }>>>;
}
export type SensorName = 'die_temp' | 'coolant_flow' | 'pressure' | 'plunger_speed' | 'vibration' | 'oil_temp';

/** Orders of magnitude of a cold-chamber press for aluminium: die 200-300 °C, intensification 400-1000 bar, plunger 2-5 m/s. */
export const SENSORS: readonly Sensor[] = [
  sensor('die_temp', '°C', [0, 500], 240, 5, 1.2, { overheating: { by: 110, lag: 250 } }),
  sensor('coolant_flow', 'l/min', [0, 25], 12, 0.4, 0.15, { overheating: { by: -8, lag: 80 } }),
  sensor('pressure', 'bar', [0, 1200], 800, 12, 4, { 'pressure-drift': { by: -190, lag: 200 } }),
  sensor('plunger_speed', 'm/s', [0, 8], 3.2, 0.06, 0.04, {
    'pressure-drift': { by: -0.5, lag: 150 },
    overheating: { by: 0.15, lag: 250 },
  }),
  sensor('vibration', 'mm/s', [0, 20], 1.8, 0.15, 0.12, { 'pressure-drift': { by: 1.4, lag: 100 } }),
  sensor('oil_temp', '°C', [0, 100], 48, 2, 0.1, { 'pressure-drift': { by: 1.5, lag: 400 } }),
];

/** The process is out of bounds beyond these: halfway into a fault, where the values move fastest and the moment is sharpest. */
export const LIMITS = { overheating: { sensor: 'die_temp', above: 295 }, 'pressure-drift': { sensor: 'pressure', below: 705 } } as const;

export type Readings = Readonly<Record<SensorName, number>>;

/** What truly is at `time`, without the sensors' noise. */
export function stateAt(seed: number, time: Milliseconds, course: Course = 'faults'): Readings {
  if (course === 'shift') return onShift(seed, time);
  const episode = episodeAt(seed, time);
  return readings(({ name, normal, wander, shift }) => {
    const effect = episode ? shift[episode.fault] : undefined;
    const ill = episode && effect ? effect.by * response(time - episode.from, episode.until - episode.from, effect.lag) : 0;
    return normal + wander * wandering(seed, name, time) + ill;
  });
}

/** A thermostat holds the die where the clogged nozzle lets it: it does not wander. What flows through the die is as it was. */
function onShift(seed: number, time: Milliseconds): Readings {
  return readings(({ name, normal, wander }) =>
    name === 'die_temp' ? normal + heatAt(time) : normal + wander * wandering(seed, name, time),
  );
}

/** What the PLC has in its tags from step `step` (time step * STEP) on. */
export function readingsAt(seed: number, step: number, course: Course = 'faults'): Readings {
  const state = stateAt(seed, step * STEP, course);
  const normal = randomNormal.source(stream(seed, 'noise', step))();
  return readings(({ name, noise, range: [least, most] }) => Math.min(most, Math.max(least, state[name] + noise * normal())));
}

/** The fault that a part cast at `time` is made under: the process was out of bounds. */
export function faultAt(seed: number, time: Milliseconds, course: Course = 'faults'): ProcessFault | null {
  const { die_temp, pressure } = stateAt(seed, time, course);
  if (die_temp > LIMITS.overheating.above) return 'overheating';
  return pressure < LIMITS['pressure-drift'].below ? 'pressure-drift' : null;
}

/** First-order answer, 0..1, to a cause that begins at 0 and lasts for `lasts`. */
function response(since: Milliseconds, lasts: Milliseconds, lag: Milliseconds): number {
  const rise = 1 - Math.exp(-Math.max(0, Math.min(since, lasts)) / lag);
  return rise * Math.exp(-Math.max(0, since - lasts) / lag);
}

/** -1..1, slow: three waves whose lengths and phases are the seed's. */
function wandering(seed: number, name: SensorName, time: Milliseconds): number {
  return wavesOf(seed, name).reduce((sum, { length, phase }) => sum + Math.sin((2 * Math.PI * time) / length + phase), 0) / 3;
}

interface Wave {
  readonly length: Milliseconds;
  readonly phase: number;
}
const known = { seed: Number.NaN, waves: new Map<SensorName, readonly Wave[]>() };
/** Asked for twenty times a second with the same seed: the last seed's waves are kept. */
function wavesOf(seed: number, name: SensorName): readonly Wave[] {
  if (known.seed !== seed) {
    known.seed = seed;
    known.waves.clear();
  }
  const waves = known.waves.get(name) ?? drawWaves(stream(seed, 'wander', name));
  known.waves.set(name, waves);
  return waves;
}
function drawWaves(source: () => number): readonly Wave[] {
  const length = randomUniform.source(source)(3000, 40_000);
  const phase = randomUniform.source(source)(2 * Math.PI);
  return Array.from({ length: 3 }, () => ({ length: length(), phase: phase() }));
}

function sensor(
  name: SensorName,
  unit: string,
  range: readonly [number, number],
  normal: number,
  wander: number,
  noise: number,
  shift: Sensor['shift'],
): Sensor {
  return { name, unit, range, normal, wander, noise, shift };
}

function readings(of: (sensor: Sensor) => number): Readings {
  return Object.fromEntries(SENSORS.map((sensor) => [sensor.name, of(sensor)])) as Record<SensorName, number>;
}
