/** What teaching sees with, as a port: pictures are files, and the network runs elsewhere. */
import type { Mark, Region } from '../../contracts/index.ts';
import type { Maps, Sizes } from './features.ts';
import type { Field, Found } from './registration.ts';

/** Where a picture is bad: marks in its pixels, or a file of its size that is white there and black elsewhere. */
export type Where = readonly Mark[] | { readonly mask: string };
export interface Marked {
  readonly file: string;
  readonly where: Where;
}

/** The backbone, and the pictures as it takes them. */
export interface Eye {
  readonly side: number;
  readonly sizes: Sizes;
  /** Where the part moves: what is read of a picture, in which it is looked for. Null: it lies still. */
  readonly field: Field | null;
  /** Part of every picture that the package will take, in its pixels: what was asked for, and where the part moves what is around it. Null: all of it. */
  readonly area: Region | null;
  /** RGB [side, side, 3] of a file, or of the field [height, width, 3]. Rejects with DATA_INVALID where it is no picture. */
  read(file: string): Promise<Uint8Array>;
  /** How much of each place of the fine map is marked as bad, [places]; null: nothing of what is looked at is. Of a part that moves where it was found. */
  marked(picture: Marked, found: Found | null): Promise<Float64Array | null>;
  /** RGB [side, side, 3] */
  look(pixels: Uint8Array): Promise<Maps>;
  /** RGB, as large as what is read, as a PNG file. */
  png(pixels: Uint8Array): Promise<Uint8Array>;
  /** Its network's file, what that calls its picture, and what a manifest says of it. */
  readonly network: Uint8Array;
  readonly image: string;
  readonly variant: string;
  readonly quantization: unknown;
  readonly pretrained: unknown;
}
