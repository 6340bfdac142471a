/** Puts a recording to a package row by row: calibration on the normal rows, then a window that ends at each later one. */
import { LinesideError } from '../../../errors.ts';
import type { Core } from '../../../inference/kinds/kind.ts';
import { channelNames } from '../../../inference/manifest.ts';
import type { Trial } from '../../../inference/trial.ts';
import type { Answers, RecordingInput } from '../protocol.ts';

export async function askRecording(trial: Trial, input: RecordingInput): Promise<Answers['recording']> {
  const { manifest } = trial;
  const steps = manifest.inputs.window?.steps ?? 0;
  const values = columnsOf(input, channelNames(manifest), manifest.name);
  const channels = channelNames(manifest).length;
  const rows = values.length / channels;
  if (input.normal < steps) throw refuse(manifest.name, `it looks at ${steps} rows, the recording has ${input.normal} normal ones`);
  if (manifest.decode['method'] === 'forecast') {
    await trial.learn({ channels, values: values.slice(0, input.normal * channels), starts: [0] });
  }
  const answers: Promise<Core>[] = [];
  for (let end = input.normal + 1; end <= rows; end++) {
    const window = values.slice((end - steps) * channels, end * channels);
    answers.push(trial.judge(window).then(({ core }) => core));
    // Two are under way; more would only fill the queue.
    if (answers.length > 2) await answers.at(-3);
  }
  return Promise.all(answers);
}

/** The package's channels, in its order, out of the recording's. */
function columnsOf({ channels, values }: RecordingInput, wanted: readonly string[], model: string): Float32Array<ArrayBuffer> {
  const missing = wanted.filter((name) => !channels.includes(name));
  if (missing.length > 0) throw refuse(model, `the recording has no channel ${missing.join(', ')}; it has ${channels.join(', ')}`);
  const columns = wanted.map((name) => channels.indexOf(name));
  const rows = values.length / channels.length;
  const out = new Float32Array(rows * wanted.length);
  for (let row = 0; row < rows; row++) {
    for (const [i, column] of columns.entries()) out[row * wanted.length + i] = values[row * channels.length + column] ?? Number.NaN;
  }
  return out;
}

const refuse = (model: string, why: string): LinesideError => new LinesideError('MODEL_INVALID', { model, why });
