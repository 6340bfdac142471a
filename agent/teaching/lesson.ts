/** What was learned, as a package will hold it, before anything is written. */
import type { ModelKindName } from '../contracts/index.ts';

export interface LessonTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A golden case: what the rule itself says, not the network. */
export interface LessonCase {
  readonly name: string;
  /** Numbers, the bytes of a PNG file, or a text. */
  readonly input: LessonTensor | Uint8Array | string;
  /** How the text reads in plain words. */
  readonly plain?: string;
  readonly outputs: Readonly<Record<string, LessonTensor>>;
}

export interface Lesson {
  readonly kind: ModelKindName;
  readonly summary: string;
  /** As in a manifest. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly labels: readonly string[];
  readonly good: string;
  readonly threshold: number;
  /** As in a manifest, where the kind needs it, and where the network calls an input by another name. */
  readonly decode?: Readonly<Record<string, unknown>>;
  readonly tensors?: Readonly<Record<string, string>>;
  readonly variant: string;
  /** As in a manifest; null where nothing is quantized. */
  readonly quantization: unknown;
  readonly network: Uint8Array;
  readonly tolerance: number;
  readonly cases: readonly LessonCase[];
  readonly figures: Readonly<Record<string, unknown>>;
  /** What stands beside the network, by name: the tables that a text is read with. */
  readonly files?: Readonly<Record<string, string>>;
  /** What it was learned from, for the manifest's `provenance`. */
  readonly taught: Readonly<Record<string, unknown>>;
  /** The network it stands on, likewise. */
  readonly pretrained?: unknown;
  /** What learns nothing, likewise. */
  readonly baseline?: unknown;
}
