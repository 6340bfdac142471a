/**
 * A water circuit with faults. Each recording is a machine of its own: calibrated on its first 400 rows, every later row judged from
 * what came before it, all recordings pooled.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LinesideError, messageOf } from '../../../errors.ts';
import { type CalibrationSettings, calibrate, distance, type Normal, normalOf } from '../../../inference/calibration.ts';
import { defineProtocol, type RecordingInput } from '../protocol.ts';
import { readTable } from '../table.ts';

/** The set's columns, and what packages call them. `context`: too slow to tell a fault from the day getting warmer. */
const TAGS = [
  { column: 'Accelerometer1RMS', channel: 'accelerometer_1', context: false },
  { column: 'Accelerometer2RMS', channel: 'accelerometer_2', context: false },
  { column: 'Current', channel: 'current', context: false },
  { column: 'Pressure', channel: 'pressure', context: false },
  { column: 'Temperature', channel: 'temperature', context: true },
  { column: 'Thermocouple', channel: 'thermocouple', context: true },
  { column: 'Voltage', channel: 'voltage', context: false },
  { column: 'Volume Flow RateRMS', channel: 'flow', context: false },
] as const;
const NORMAL = 400;
/** With faults; the folder without is for training. */
const FOLDERS = ['other', 'valve1', 'valve2'];

/** Rows of one recording. */
interface Evidence {
  readonly right: number;
  readonly falseAlarms: number;
  readonly missed: number;
  readonly quiet: number;
}

export const skab = defineProtocol({
  name: 'skab',
  summary:
    'Faults of a water circuit, row by row and causal; each recording calibrated on its first 400 rows, all pooled, drawn by recording.',
  set: 'skab',
  input: 'recording',
  forms: { f1: { better: 'higher', unit: 'share' }, far: { better: 'lower', unit: 'share' }, mar: { better: 'lower', unit: 'share' } },
  baselineName: 'expects no change',
  // Each recording has its own run of faults: there is nothing to change places with.
  exchangeable: false,
  async samples(folder) {
    const files = await Promise.all(FOLDERS.map((name) => recordingsIn(join(folder, 'data'), name)));
    return Promise.all(files.flat().map((file) => readRecording(join(folder, 'data'), file)));
  },
  weigh(truth: readonly boolean[], answers, { threshold }): Evidence {
    const count = (alarm: boolean, fault: boolean) =>
      answers.filter(({ score }, row) => score >= threshold === alarm && truth[row] === fault).length;
    return { right: count(true, true), falseAlarms: count(true, false), missed: count(false, true), quiet: count(false, false) };
  },
  figures(evidence) {
    const sum = (name: keyof Evidence) => evidence.reduce((total, one) => total + one[name], 0);
    const [right, falseAlarms, missed, quiet] = [sum('right'), sum('falseAlarms'), sum('missed'), sum('quiet')];
    return {
      f1: (2 * right) / (2 * right + falseAlarms + missed),
      far: falseAlarms / (falseAlarms + quiet),
      mar: missed / (missed + right),
    };
  },
  baseline: ({ input }) => zeroPredictor(input).map((alarm) => ({ label: null, score: alarm ? 1 : 0 })),
});

async function recordingsIn(folder: string, name: string): Promise<readonly string[]> {
  const files = await readdir(join(folder, name)).catch((thrown: unknown) => {
    throw new LinesideError('DATA_INVALID', { file: join(folder, name), why: messageOf(thrown) });
  });
  return files
    .filter((file) => file.endsWith('.csv'))
    .sort()
    .map((file) => `${name}/${file}`);
}

async function readRecording(folder: string, file: string) {
  const columns = TAGS.map(({ column }) => column);
  const rows = await readTable(join(folder, file), [...columns, 'anomaly'], ';');
  const values = Float32Array.from(rows.flatMap((row) => columns.map((column) => Number(row[column]))));
  if (!values.every(Number.isFinite)) throw new LinesideError('DATA_INVALID', { file: join(folder, file), why: 'a value is no number' });
  const truth = rows.slice(NORMAL).map((row) => Number(row['anomaly']) > 0.5);
  const input = { channels: TAGS.map(({ channel }) => channel), values, normal: NORMAL };
  return { id: file, group: file, truth, input };
}

/** As the shipped packages have it: the baseline is to differ by the network alone. */
const SETTINGS: CalibrationSettings = { rows: NORMAL, autocorrelation: 1, floor: 1e-6, ridge: 1e-2, quantile: 0.99, factor: 2 };
const TAIL = 5;
const SMOOTH = 20;
/** The first window of the shipped networks ends here; the baseline learns from as many. */
const FIRST = 83;

/** Expects that every tag stays at its mean, and calls alarm by the same rule as the agent does of a forecast: whitening, no network. */
function zeroPredictor({ channels, values, normal }: RecordingInput): readonly boolean[] {
  const known = { channels: channels.length, values: values.slice(0, normal * channels.length), starts: [0] };
  const learned = normalOf(known, SETTINGS);
  const usual: Normal = { ...learned, scored: learned.scored.map((scored, i) => (TAGS[i]?.context ? 0 : scored)) };
  const rows = values.length / channels.length;
  const residuals = Array.from({ length: rows - FIRST }, (_, i) => lasting(values, channels.length, FIRST + i, usual));
  const calibration = calibrate(usual, residuals.slice(0, normal - FIRST), normal, SETTINGS);
  return residuals.slice(normal - FIRST).map((residual) => distance(residual, calibration) > calibration.limit);
}

/** Mean over SMOOTH moments of the mean of TAIL rows that end at `end`, in spreads: one sum with weights that rise and fall. */
function lasting(values: Float32Array, channels: number, end: number, { mean, spread }: Normal): Float32Array {
  const sums = new Float32Array(channels);
  const span = TAIL + SMOOTH - 1;
  for (let back = 0; back < span; back++) {
    const weight = Math.min(back + 1, TAIL, span - back) / (TAIL * SMOOTH);
    for (let i = 0; i < channels; i++) {
      const z = ((values[(end - back) * channels + i] ?? 0) - (mean[i] ?? 0)) / (spread[i] ?? 1);
      sums[i] = (sums[i] ?? 0) + weight * z;
    }
  }
  return sums;
}
