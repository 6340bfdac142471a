/** Model slots and what models say. */
import type { Milliseconds } from '../time.ts';
import type { Look } from './look.ts';
import type { Frame } from './pictures.ts';
import type { TagWindow } from './tags.ts';

export type ModelKindName = 'classify' | 'detect' | 'segment' | 'anomaly' | 'sequence' | 'read' | 'embed' | 'text' | 'text-class';

/** [x, y, width, height] in pixels of the frame. */
export type Region = readonly [x: number, y: number, width: number, height: number];

/** Whether a finding says where on the picture, and which tags and rows; `not_good`: from the review band or the threshold on. */
export type Explain = 'never' | 'not_good' | 'always';

/** One place where a network runs: a package, bound to a station's camera or window. */
export interface ModelSlot {
  /** `station/model` or `station/model@recipe`; unique. */
  readonly id: string;
  /** The station's name for it, as rules use it. */
  readonly name: string;
  /** The package's folder name. */
  readonly package: string;
  /** Fixed variant; else the box picks. */
  readonly variant?: string;
  readonly camera?: string;
  readonly region?: Region;
  readonly threshold?: number;
  readonly review?: readonly [number, number];
  /** Tags in the order of the package's channels, for sequence models. */
  readonly channels?: readonly string[];
  /** Tag that holds the text, for text models. */
  readonly text?: string;
  /** Of the code that is read here (contracts/format.ts). */
  readonly format?: string;
  /** Default: not_good. */
  readonly explain?: Explain;
  /** For a candidate: id of the slot that it runs beside, in whose place it may come. */
  readonly beside?: string;
}

export interface Box {
  readonly label: string;
  readonly score: number;
  /** Pixels of the frame. */
  readonly region: Region;
}

/** Values 0..255, row-major; covers `region` of the frame. */
export interface HeatMap {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
  readonly region: Region | null;
  /** Where it is kept as a picture, under the store's folder. */
  readonly picture?: string;
}

/** Where a part that moves was found. */
export interface FoundPart {
  /** What was judged, in pixels of the frame. */
  readonly region: Region;
  /** From where the reference lies, pixels of the frame: to the right and down. */
  readonly moved: readonly [across: number, down: number];
  /** To the reference, -1..1. */
  readonly likeness: number;
}

/** What stands on the part. */
export interface Reading {
  readonly text: string;
  /** Probability of the whole text, 0..1; 0 where nothing was read. */
  readonly confidence: number;
  /** Of each character, 0..1. */
  readonly characters: readonly number[];
}

/** A word in plain language, and the characters of the text that it was read from. */
export interface PlainWord {
  readonly plain: string;
  readonly from: number;
  readonly to: number;
}

/** A text as it came and as it was understood. */
export interface Note {
  readonly text: string;
  readonly words: readonly PlainWord[];
  /** The text went on; what came behind was not read. */
  readonly truncated: boolean;
}

/** Something that a text names. They may nest: `hose` in `hydraulic hose`. */
export interface Entity {
  readonly label: string;
  readonly score: number;
  /** In plain words. */
  readonly text: string;
  /** Characters of the text as it came, the last one not included. */
  readonly span: readonly [from: number, to: number];
}

/** What one model says of one part. */
export interface Finding {
  readonly model: string;
  readonly package: string;
  readonly version: string;
  readonly variant: string;
  readonly provider: string;
  readonly sha256: string;
  readonly kind: ModelKindName;
  readonly label: string | null;
  /** 0..1, higher means more likely faulty. */
  readonly score: number;
  readonly threshold: number;
  readonly review: readonly [number, number] | null;
  /** score - threshold: how far the score would have to move to change sides. */
  readonly margin: number;
  /** It scores above everything that the package was taught with, good or bad; absent where it does not, or nothing is known of that. */
  readonly unlike?: true;
  readonly probabilities?: Readonly<Record<string, number>>;
  readonly boxes?: readonly Box[];
  readonly heatmap?: HeatMap;
  /** Of models that look for the part in their region. */
  readonly found?: FoundPart;
  /** Share of each tag in a sequence model's score, adding up to 1. */
  readonly contributions?: Readonly<Record<string, number>>;
  /** Share of each of the window's newest rows in that score, oldest first, the last at the trigger; adding up to 1. */
  readonly rowContributions?: readonly number[];
  readonly reading?: Reading;
  readonly note?: Note;
  /** In the order of the text. */
  readonly entities?: readonly Entity[];
  /** How what it judged looked: for the watch over drift alone, kept nowhere. Absent for texts. */
  readonly look?: Look;
  readonly queueMs: Milliseconds;
  readonly runMs: Milliseconds;
}

/** An image at the network's size; belongs to the frame it came from and dies with it. */
export interface PreparedImage {
  readonly slot: string;
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** Where on the frame it was cut: boxes and heat maps are told in its pixels. Without it they are told in the network's own. */
  readonly region?: Region;
}

/** What to look for, and where: the whole frame without a region. */
export interface SymbolWish {
  readonly region?: Region;
  /** As `formats` in the config. */
  readonly formats: readonly string[];
}

/** DataMatrix, QR and bar codes, read off the main thread. */
export interface SymbolReader {
  /** The text of each code that is there, once. Rejects with a LinesideError; holds the frame meanwhile. */
  readSymbols(frame: Frame, wish: SymbolWish): Promise<readonly string[]>;
}

/** What stations ask of inference. Every call settles; faults are LinesideErrors. */
export interface Inference {
  /** Cuts, resizes and converts the frame for this slot, once per frame and slot, off the main thread. */
  prepare(slot: string, frame: Frame): Promise<PreparedImage>;
  infer(slot: string, input: { image?: PreparedImage; window?: TagWindow; text?: string }): Promise<Finding>;
  /** What stands for a finding where infer() rejected with PART_NOT_FOUND: nothing scores higher. Throws MODEL_FAILED where it is not loaded. */
  unfound(slot: string): Finding;
}
