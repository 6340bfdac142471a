/**
 * What an evaluation protocol is: how a data set with its frozen split becomes figures. A protocol reads files and calculates; it never
 * runs a network, so that the same figures come out of any package, any variant, and out of a baseline that learns nothing.
 *
 * A new one is a file in protocols/, a line in its index and a test with figures worked out by hand. A new kind of input is a name in
 * `Inputs` and `Answers` below and a file in asking/.
 */
import type { Region } from '../../contracts/index.ts';
import type { Core } from '../../inference/kinds/kind.ts';

/**
 * A picture on the disk, decoded bit for bit as OpenCV and Pillow do, to grey for a package of one channel and to colour for three, then
 * cut, resized and converted by the agent's own graphs.
 */
export interface PictureInput {
  /** Absolute. */
  readonly file: string;
  /** The whole picture where absent. */
  readonly region?: Region;
  /** Of the code on it, where that is known. */
  readonly format?: string;
}

/** Rows of tags in the order of time. The first are for the machine's calibration; every later one is judged at its own moment. */
export interface RecordingInput {
  readonly channels: readonly string[];
  /** Row-major [rows x channels], raw units. */
  readonly values: Float32Array<ArrayBuffer>;
  /** So many rows, from the first, are normal. */
  readonly normal: number;
}

/** A note as it was typed, or one in plain words already, which goes past the reading of shorthand. */
export interface NoteInput {
  readonly text: string;
  readonly plain: boolean;
}

/** One window as a station cut it, without holes; row-major [steps x tags], raw units. */
export interface WindowInput {
  readonly tags: number;
  readonly steps: number;
  readonly values: Float32Array<ArrayBuffer>;
}

export interface Inputs {
  readonly picture: PictureInput;
  readonly recording: RecordingInput;
  readonly note: NoteInput;
  readonly window: WindowInput;
}
/** What comes back: what the agent would have found. */
export interface Answers {
  readonly picture: Core;
  /** One for each row behind the normal ones. */
  readonly recording: readonly Core[];
  readonly note: Core;
  readonly window: Core;
}
export type InputName = keyof Inputs;

export interface Sample<Name extends InputName = InputName, Truth = unknown> {
  readonly id: string;
  /** What belongs together (a part, a recording, a machine): intervals draw whole groups anew. */
  readonly group: string;
  readonly truth: Truth;
  readonly input: Inputs[Name];
}

/** What weighing may know of the package. */
export interface Facts {
  readonly labels: readonly string[];
  readonly good: string | null;
  readonly threshold: number;
}

/** How a figure is read: `share` 0..1, `count` of samples, `percent`. */
export interface FigureForm {
  readonly better: 'higher' | 'lower';
  readonly unit: 'share' | 'count' | 'percent';
}

export interface Protocol<Name extends InputName = InputName, Truth = unknown, Evidence = unknown> {
  /** As `evaluation` in a manifest. */
  readonly name: string;
  readonly summary: string;
  /** Folder of the set in the data folder; null where the set comes with the package, in its folder `evaluation`. */
  readonly set: string | null;
  readonly input: Name;
  /** Figures in the order in which they are told. */
  readonly forms: Readonly<Record<string, FigureForm>>;
  /** What the baseline is. */
  readonly baselineName: string;
  /** By kind, laid over the manifest's `decode`: a measure over all thresholds must see what falls below the package's own. */
  readonly decode?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** May truths change places between samples? Then, where there are few, figures are held against shuffled ones. */
  readonly exchangeable: boolean;
  /** The samples that count, in a fixed order; `folder` is the set's. Rejects with DATA_INVALID. */
  samples(folder: string): Promise<readonly Sample<Name, Truth>[]>;
  /** What one answer is worth: all that figures() needs, and as little as that, since it is drawn thousands of times. Pure. */
  weigh(truth: Truth, answer: Answers[Name], facts: Facts): Evidence;
  /** By the names in `forms`; NaN where the evidence gives none. Pure, in any order of the evidence. */
  figures(evidence: readonly Evidence[]): Readonly<Record<string, number>>;
  /**
   * Is one answer right, where that is a question with a yes: two packages can then be held against each other sample by sample.
   * `means` goes on from "right:".
   */
  readonly right?: { readonly means: string; of(truth: Truth, answer: Answers[Name], facts: Facts): boolean };
  /**
   * How one label for a whole sample, from a file of predictions, is read as a truth and as an answer; absent where an answer is more than
   * a label. Both throw USAGE for a label that there is not.
   */
  readonly outside?: { readonly labels: readonly string[]; truth(text: string): Truth; answer(text: string): Answers[Name] };
  /** What one who learns nothing from pictures or rows would answer. Pure. */
  baseline(sample: Sample<Name, Truth>, facts: Facts, all: readonly Sample<Name, Truth>[]): Answers[Name];
}

export const defineProtocol = <Name extends InputName, Truth, Evidence>(
  protocol: Protocol<Name, Truth, Evidence>,
): Protocol<Name, Truth, Evidence> => protocol;

/** Data sets, packages and people write labels differently: `Rolled-in_Scale` is `rolled in scale`. */
export const plainLabel = (label: string): string => label.toLowerCase().replace(/[-_\s]+/g, ' ');
