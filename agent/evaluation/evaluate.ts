/** `lineside models evaluate`: a package's figures on a data set, through the agent's own inference. */
import { access } from 'node:fs/promises';
import { LinesideError } from '../errors.ts';
import { variantOrder } from '../inference/load.ts';
import type { Manifest } from '../inference/manifest.ts';
import { Trial, TrialPixels } from '../inference/trial.ts';
import { askNote } from './asking/note.ts';
import { askPicture } from './asking/picture.ts';
import { askRecording } from './asking/recording.ts';
import type { Answers, Inputs, Protocol, Sample } from './protocol.ts';
import { type Evaluation, report } from './report.ts';

export interface EvaluateOptions {
  /** Folder that holds the protocol's files. */
  readonly folder: string;
  /** Each is held against fp32; the box's own choice where absent. */
  readonly variants?: readonly string[];
  readonly providers: readonly string[];
  /** A sample has been judged by a variant. */
  readonly onStep?: (what: string) => void;
  /** So many steps there will be. */
  readonly onTotal?: (steps: number) => void;
}

/** One for each variant. Rejects with DATA_MISSING, DATA_INVALID, USAGE, or why the package is refused. */
export async function evaluate(manifest: Manifest, protocol: Protocol, options: EvaluateOptions): Promise<readonly Evaluation[]> {
  await present(protocol, options.folder);
  const variants = options.variants ?? [choice(manifest)];
  const samples = await protocol.samples(options.folder);
  if (samples.length === 0) throw new LinesideError('DATA_INVALID', { file: options.folder, why: 'the split holds no sample' });
  const judged = [...new Set(['fp32', ...variants])].filter((name) => manifest.variants[name] || variants.includes(name));
  options.onTotal?.(samples.length * judged.length);
  const overlaid: Manifest = { ...manifest, decode: { ...manifest.decode, ...protocol.decode?.[manifest.kind] } };
  const said = await inTurn(judged, (name) => ask(overlaid, name, samples, protocol, options), AT_ONCE);
  const answers = new Map(judged.map((name, i) => [name, said[i] ?? []]));
  return variants.map((variant) => report(manifest, variant, protocol, samples, answers));
}

/** Networks that work beside each other; each keeps a processor busy. */
const AT_ONCE = 2;

/** The int8 variant that this box would take, or what there is. */
function choice({ name, variants }: Manifest): string {
  const order = variantOrder(Object.keys(variants), 'cpu', process.arch);
  const chosen = order.find((variant) => variant !== 'fp32') ?? order[0];
  if (chosen === undefined) throw new LinesideError('MODEL_INVALID', { model: name, why: 'it has no variant' });
  return chosen;
}

async function present(protocol: Protocol, folder: string): Promise<void> {
  await access(folder).catch(() => {
    throw new LinesideError('DATA_MISSING', { set: protocol.name, folder });
  });
}

/** All answers of one variant, in the order of the samples. */
async function ask(
  manifest: Manifest,
  variant: string,
  samples: readonly Sample[],
  { input }: Protocol,
  { providers, onStep }: EvaluateOptions,
): Promise<readonly Answers[keyof Answers][]> {
  const trial = await Trial.open(manifest, { variant, providers, threads: 1 });
  const pixels = input === 'picture' ? new TrialPixels() : null;
  const put = (sample: Sample): Promise<Answers[keyof Answers]> => {
    if (pixels) return askPicture(trial, pixels, sample.input as Inputs['picture']);
    return input === 'note' ? askNote(trial, sample.input as Inputs['note']) : askRecording(trial, sample.input as Inputs['recording']);
  };
  const one = async (sample: Sample) => {
    const answer = await put(sample);
    onStep?.(`${manifest.name} ${variant}`);
    return answer;
  };
  try {
    // A calibration is of the recording that is being judged: recordings come one after the other.
    return await inTurn(samples, one, pixels ? 3 : 1);
  } finally {
    await Promise.all([trial.close(), pixels?.close()]);
  }
}

/** `most` at a time, results in order. */
async function inTurn<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>, most: number): Promise<Out[]> {
  const results: Out[] = [];
  const queue = items.entries();
  const hand = async () => {
    for (const [i, item] of queue) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: most }, hand));
  return results;
}
