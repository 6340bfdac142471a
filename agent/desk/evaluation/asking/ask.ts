/** Puts samples to one variant of a package. */
import { LinesideError } from '../../../errors.ts';
import type { Manifest } from '../../../inference/manifest.ts';
import { Trial, TrialPixels } from '../../../inference/trial.ts';
import type { Answers, InputName, Inputs, Sample } from '../protocol.ts';
import { askNote } from './note.ts';
import { askPicture, foundOrWhy, PictureReader } from './picture.ts';
import { askRecording } from './recording.ts';
import { askWindow } from './window.ts';

export interface AskOptions {
  readonly providers: readonly string[];
  /** A sample has been judged. */
  readonly onStep?: (what: string) => void;
  /** Before the first sample: what the package has to know of the machine. */
  readonly prepare?: (trial: Trial) => Promise<void>;
}

type Answer = Answers[keyof Answers];

/** All answers, in the order of the samples. */
export function askAll(
  manifest: Manifest,
  variant: string,
  input: InputName,
  samples: readonly Sample[],
  options: AskOptions,
): Promise<readonly Answer[]> {
  return askEach(manifest, variant, input, samples, { ...options, keep: (_, answer) => answer });
}

/** What `keep` makes of each answer: heat maps of thousands of pictures would fill the memory. */
export async function askEach<T>(
  manifest: Manifest,
  variant: string,
  input: InputName,
  samples: readonly Sample[],
  { providers, onStep, prepare, keep }: AskOptions & { readonly keep: (sample: Sample, answer: Answer) => T },
): Promise<readonly T[]> {
  const trial = await Trial.open(manifest, { variant, providers, threads: 1 });
  const pixels = input === 'picture' ? new TrialPixels() : null;
  const reader = pixels && new PictureReader(manifest.inputs.image?.channels === 1 ? 'mono8' : 'rgb8');
  const put = putter(trial, pixels, reader, input);
  const one = async (sample: Sample) => {
    const answer = await put(sample.input);
    onStep?.(`${manifest.name} ${variant}`);
    return keep(sample, answer);
  };
  try {
    await prepare?.(trial);
    // A calibration is of the recording that is being judged: recordings come one after the other.
    return await inTurn(samples, one, pixels ? 3 : 1);
  } finally {
    await Promise.all([trial.close(), pixels?.close(), reader?.close()]);
  }
}

/** No part would pass as one that is not found, whatever the limit. */
const UNFOUND: Answers['picture'] = { label: null, score: 1 };

type Put = (input: Inputs[InputName]) => Promise<Answer>;

function putter(trial: Trial, pixels: TrialPixels | null, reader: PictureReader | null, input: InputName): Put {
  if (pixels && reader)
    return async (given) => {
      const answer = await foundOrWhy(askPicture(trial, pixels, reader, given as Inputs['picture']));
      return answer instanceof LinesideError ? UNFOUND : answer;
    };
  if (input === 'note') return (given) => askNote(trial, given as Inputs['note']);
  if (input === 'window') return (given) => askWindow(trial, given as Inputs['window']);
  return (given) => askRecording(trial, given as Inputs['recording']);
}

/** `most` at a time, results in order. */
export async function inTurn<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>, most: number): Promise<Out[]> {
  const results: Out[] = [];
  const queue = items.entries();
  const hand = async () => {
    for (const [i, item] of queue) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: most }, hand));
  return results;
}
