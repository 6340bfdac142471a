/**
 * What a model kind is: how the numbers of a network become a finding. Kinds are pure, they know no thread, no file, no clock; and
 * they import nothing at run time but errors, since every worker thread pays for its imports before its first part.
 */
import type { Static } from 'typebox';
import type { Box, Entity, FoundPart, HeatMap, ModelKindName, Note, Reading, Region } from '../../contracts/index.ts';
import type { Calibration } from '../calibration.ts';
import { failed } from '../faults.ts';

/** One output of a network, row-major. */
export interface Output {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
export type Outputs = Readonly<Record<string, Output>>;

/** What decoding needs besides the numbers. */
export interface DecodeContext {
  /** The slot's or package's name, for faults. */
  readonly model: string;
  readonly labels: readonly string[];
  /** The label that means: nothing wrong. */
  readonly good: string | null;
  readonly threshold: number;
  /** Pixels of the frame that the input was cut from; null for a window. */
  readonly region: Region | null;
  /** Names of the window's channels; empty for an image. */
  readonly channels: readonly string[];
  readonly calibration: Calibration | null;
  /** What was read; for texts alone. */
  readonly note?: Note;
  /** What a code may look like, place by place (contracts/format.ts); any text where absent. */
  readonly format?: string;
  /** Lowest score that is explained. Default: all are. */
  readonly explainFrom?: number;
}

/** The part of a finding that the numbers give. `score` is in 0..1, higher means more likely faulty. */
export interface Core {
  readonly label: string | null;
  readonly score: number;
  readonly probabilities?: Readonly<Record<string, number>>;
  readonly boxes?: readonly Box[];
  readonly heatmap?: HeatMap;
  readonly found?: FoundPart;
  readonly contributions?: Readonly<Record<string, number>>;
  readonly rowContributions?: readonly number[];
  readonly reading?: Reading;
  readonly note?: Note;
  readonly entities?: readonly Entity[];
}

/** JSON Schema of the manifest's `decode`: plain data, so that a worker need not load a schema library. */
export interface OptionsSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly additionalProperties: false;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

export interface ModelKind<Options extends OptionsSchema = OptionsSchema> {
  readonly name: ModelKindName;
  readonly summary: string;
  readonly input: 'image' | 'window' | 'text';
  readonly options: Options;
  /** `good` must be in the manifest: without it the outputs give no score. */
  needsGood(options: Static<Options>): boolean;
  /** What of a manifest's options cannot be, beyond their schema; `picture`: what the network takes, null where it takes none. */
  faults?(options: Static<Options>, picture: PictureSize | null): readonly string[];
  /** Outputs that the network must have. */
  outputs(options: Static<Options>): readonly string[];
  /** Throws MODEL_FAILED where the outputs do not fit the manifest. Outputs are finite when they come here. */
  decode(outputs: Outputs, options: Static<Options>, context: DecodeContext): Core;
}
export const defineKind = <const Options extends OptionsSchema>(kind: ModelKind<Options>): ModelKind<Options> => kind;

/** The named output, or MODEL_FAILED. */
export function need(outputs: Outputs, name: string, context: DecodeContext): Output {
  const output = outputs[name];
  if (!output) throw failed(context.model, `the network gave no output named ${name}`);
  return output;
}

/** The sole value of `score`. */
export function scalar(outputs: Outputs, name: string, context: DecodeContext): number {
  const { data } = need(outputs, name, context);
  const value = data[0];
  if (value === undefined || data.length !== 1) throw failed(context.model, `${name} has ${data.length} values where one is wanted`);
  return clamp(value);
}

/** Float arithmetic leaves 0..1 by an epsilon; a verdict must not. */
export const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** Label and score out of class probabilities: score = 1 - p(good). */
export function classes(output: Output, context: DecodeContext): Pick<Core, 'label' | 'score'> & Required<Pick<Core, 'probabilities'>> {
  const { labels, good } = context;
  if (good === null) throw failed(context.model, 'class probabilities need `good` in the manifest');
  if (output.data.length !== labels.length) {
    throw failed(context.model, `${output.data.length} probabilities for ${labels.length} labels`);
  }
  const probabilities = Object.fromEntries(labels.map((label, i) => [label, output.data[i] ?? 0]));
  const best = output.data.reduce((top, value, i, all) => (value > (all[top] ?? 0) ? i : top), 0);
  return { label: labels[best] ?? null, score: clamp(1 - (probabilities[good] ?? 0)), probabilities };
}

/** For scores without classes: the good label below the threshold, the other one from there, where the manifest names two. */
export function labelOf(score: number, context: DecodeContext): string | null {
  const faulty = context.labels.filter((label) => label !== context.good);
  if (score < context.threshold) return context.good;
  return faulty.length === 1 ? (faulty[0] ?? null) : null;
}

/** The finding with what explains it, where that was asked for: it costs nothing where it was not. */
export const explained = (core: Core, context: DecodeContext, explain: () => Partial<Core>): Core =>
  core.score >= (context.explainFrom ?? 0) ? { ...core, ...explain() } : core;

/** A map of 0..1, [1, h, w], as bytes. */
export function heatMap(output: Output, context: DecodeContext): HeatMap {
  const [one, height = 0, width = 0, ...rest] = output.shape;
  if (one !== 1 || rest.length > 0 || height * width !== output.data.length) {
    throw failed(context.model, `a heat map of shape [${output.shape.join(', ')}]`);
  }
  return { width, height, values: bytes(output.data), region: context.region };
}

/** Rounds and limits in one step: a clamped array does both. */
function bytes(values: Float32Array): Uint8Array {
  const out = new Uint8ClampedArray(values.length);
  for (let i = 0; i < out.length; i++) out[i] = (values[i] ?? 0) * 255;
  return new Uint8Array(out.buffer);
}
