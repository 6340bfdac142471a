/** `lineside models score`: what a package says of each row of a recording, through the threads and decoding that a station uses. */
import { LinesideError } from '../../errors.ts';
import type { Core } from '../../inference/kinds/kind.ts';
import { channelNames, fillsOf, type Manifest } from '../../inference/manifest.ts';
import { Trial } from '../../inference/trial.ts';
import { filledRows, type Recording } from '../../teaching/machine/recording.ts';

export interface RowScore {
  /** Counted from 1 below the header. */
  readonly row: number;
  /** null: a tag of a package that says nothing for its absence was never known up to here. */
  readonly score: number | null;
  readonly threshold: number;
  readonly alarm: boolean;
  readonly label: string | null;
  /** Of an alarm: the share of each tag in it, those that matter, the largest first. */
  readonly tags?: Readonly<Record<string, number>>;
}

export interface ScoreOptions {
  readonly variant: string;
  readonly providers: readonly string[];
}

/** One for each row, from the rows up to it alone. Rejects with DATA_INVALID where tags are missing, USAGE for other kinds of package. */
export async function scoreRecording(
  manifest: Manifest,
  recording: Recording,
  { variant, providers }: ScoreOptions,
): Promise<readonly RowScore[]> {
  const { window } = manifest.inputs;
  if (!window) throw new LinesideError('USAGE', { why: `${manifest.name} looks at no tags, and ${recording.file} holds some` });
  if (manifest.decode['method'] === 'forecast')
    throw new LinesideError('USAGE', {
      why: `${manifest.name} is calibrated at a station first: \`lineside models compare\` scores what one recorded`,
    });
  const values = withBeginning(manifest, recording);
  const size = window.steps * window.channels.length;
  const trial = await Trial.open(manifest, { variant, providers, threads: 1 });
  try {
    const scores: Promise<RowScore>[] = [];
    for (let row = 0; row < recording.rows; row++) {
      const from = row * window.channels.length;
      const seen = upToNow(values.slice(from, from + size), window.channels.length);
      scores.push(seen === null ? Promise.resolve(unknownAt(row + 1, manifest)) : judgedAt(trial, seen, row + 1, manifest));
      // Two are under way; more would only fill the queue.
      if (scores.length > 2) await scores.at(-3);
    }
    return await Promise.all(scores);
  } finally {
    await trial.close();
  }
}

const judgedAt = async (trial: Trial, window: Float32Array<ArrayBuffer>, row: number, manifest: Manifest): Promise<RowScore> =>
  scoreOf((await trial.judge(window)).core, row, manifest);

const unknownAt = (row: number, { thresholds: { score: threshold } }: Manifest): RowScore => ({
  row,
  score: null,
  threshold,
  alarm: false,
  label: null,
});

/** Holes at the beginning of a window take the first value after them in it, as at a station; null where a channel has none at all. */
function upToNow(window: Float32Array<ArrayBuffer>, channels: number): Float32Array<ArrayBuffer> | null {
  for (let channel = 0; channel < channels; channel++) {
    let known = channel;
    while (known < window.length && Number.isNaN(window[known])) known += channels;
    if (known >= window.length) return null;
    for (let at = channel; at < known; at += channels) window[at] = window[known] as number;
  }
  return window;
}

function scoreOf({ score, label, contributions }: Core, row: number, { thresholds: { score: threshold } }: Manifest): RowScore {
  const alarm = score >= threshold;
  return { row, score, threshold, alarm, label, ...(alarm && contributions ? { tags: largest(contributions) } : {}) };
}

/** Below it nobody looks. */
const SHARE = 0.05;

const largest = (shares: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(shares)
      .filter(([, share]) => share >= SHARE)
      .sort(([, a], [, b]) => b - a)
      .map(([tag, share]) => [tag, Math.round(share * 1e3) / 1e3]),
  );

/**
 * The recording's rows of the package's channels, and before them those that a first window lacks. What is missing there, and in a tag
 * before it is first known, is what the package says (`fill`); else NaN: no row may know what a later one brings.
 */
function withBeginning({ inputs }: Manifest, recording: Recording): Float32Array<ArrayBuffer> {
  const { steps } = inputs.window ?? { steps: 1 };
  const names = channelNames({ inputs });
  const fills = fillsOf({ inputs });
  const rows = filledRows(recording, names, fills);
  const missing = names.filter((name) => !recording.tags.includes(name));
  if (missing.length > 0) {
    const why = `it has no tag ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}`;
    throw new LinesideError('DATA_INVALID', { file: recording.file, why });
  }
  const width = names.length;
  const all = new Float32Array((steps - 1) * width + rows.length);
  for (let i = 0; i < (steps - 1) * width; i++) all[i] = fills[i % width] ?? Number.NaN;
  all.set(rows, (steps - 1) * width);
  return all;
}
