/** What a JPEG says of itself before its pixels, and whether decoding it is bounded work. Pure. */

export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour, 4 CMYK. */
  readonly components: number;
  /** Of EXIF: which way the picture was held. 1 where it says nothing. */
  readonly orientation: Orientation;
  /**
   * So often a decoder goes over the whole picture: once where the first scan holds every component, else once a scan. Counted to
   * MOST_SCANS only; Infinity where the process is none of the usual two.
   */
  readonly passes: number;
}
/** TIFF 6.0, tag 274: 1 upright, 3 upside down, 6 to be turned clockwise, 8 counterclockwise; 2, 4, 5 and 7 mirrored too. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Beyond any encoder's: progressive scripts have ten scans, optimised ones thirty. */
const MOST_SCANS = 64;
/** Pixels times passes that are decoded in the process; about a second of one core of a gateway. */
const MOST_WORK = 100e6;

const SOF_BASELINE = 0xc0;
const SOF_SEQUENTIAL = 0xc1;
const SOF_PROGRESSIVE = 0xc2;
const SOS = 0xda;
const APP1 = 0xe1;

/** Start-of-frame markers: C0..CF without DHT (C4), JPG (C8) and DAC (CC). ITU-T T.81 table B.1. */
const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
/** Markers without a length: TEM and RST0..7. */
const standsAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
/** APP1..APP13, APP15 and COM: EXIF, XMP, colour profiles, notes. APP0 (JFIF) and APP14 (Adobe) say what the components mean. */
const isMetadata = (marker: number): boolean => (marker >= 0xe1 && marker <= 0xef && marker !== 0xee) || marker === 0xfe;

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

interface Segment {
  readonly marker: number;
  /** Of the first FF, and behind the last byte. */
  readonly from: number;
  readonly to: number;
}

/**
 * The segments up to the first scan, it included. Ends early where a decoder would look for the next marker in its own way (a byte
 * that is no FF, a stuffed zero, a length below 2): what is proved of a picture must be what the decoder sees.
 */
function* segments(bytes: Uint8Array): Generator<Segment> {
  for (let at = 2; at + 3 < bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || marker === 0) return;
    // Any number of FF may fill the space before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = standsAlone(marker) ? 0 : word(bytes, at + 2);
    if (length < 2 && !standsAlone(marker)) return;
    const to = at + 2 + length;
    yield { marker, from: at, to };
    if (marker === SOS) return;
    at = to;
  }
}

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** undefined when there is no frame with a scan (not a JPEG, torn before its pixels, or written so that only a decoder can tell). */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  if (!isJpeg(bytes)) return undefined;
  let frame: Segment | undefined;
  let orientation: Orientation = 1;
  for (const segment of segments(bytes)) {
    const { marker, from, to } = segment;
    if (marker === APP1) orientation = orientationOf(bytes.subarray(from + 4, to)) ?? orientation;
    if (isStartOfFrame(marker)) frame ??= segment;
    if (marker !== SOS || !frame) continue;
    const size = { height: word(bytes, frame.from + 5), width: word(bytes, frame.from + 7), components: bytes[frame.from + 9] ?? 0 };
    if (size.width === 0 || size.height === 0) return undefined;
    return { ...size, orientation, passes: passesOf(bytes, frame.marker, size.components, from) };
  }
  return undefined;
}

/** Decoding takes time in proportion to the pixels, and not too many of them: it may happen where it cannot be ended. */
export const isHarmless = ({ width, height, passes }: JpegHeader): boolean => width * height * passes <= MOST_WORK;

function passesOf(bytes: Uint8Array, frame: number, components: number, scan: number): number {
  const isSequential = frame === SOF_BASELINE || frame === SOF_SEQUENTIAL;
  if (!isSequential && frame !== SOF_PROGRESSIVE) return Number.POSITIVE_INFINITY;
  // A sequential decoder that has had all components in one scan is done, whatever follows.
  if (isSequential && bytes[scan + 4] === components) return 1;
  let scans = 1;
  for (let at = bytes.indexOf(0xff, scan + 2); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === SOS && ++scans > MOST_SCANS) return Number.POSITIVE_INFINITY;
  }
  return scans;
}

/** Entries that are looked through; cameras write some twenty. */
const MOST_ENTRIES = 512;
const ORIENTATION = 274;
const SHORT = 3;

/** What an APP1 segment says in its first directory. EXIF 2.32, 4.5 and 4.6. */
function orientationOf(segment: Uint8Array): Orientation | undefined {
  if (String.fromCharCode(...segment.subarray(0, 6)) !== 'Exif\0\0' || segment.byteLength < 14) return undefined;
  const tiff = new DataView(segment.buffer, segment.byteOffset + 6, segment.byteLength - 6);
  const little = tiff.getUint16(0) === 0x4949;
  const directory = tiff.getUint32(4, little);
  if (directory + 2 > tiff.byteLength) return undefined;
  const entries = Math.min(MOST_ENTRIES, tiff.getUint16(directory, little));
  for (let i = 0, at = directory + 2; i < entries && at + 12 <= tiff.byteLength; i++, at += 12) {
    if (tiff.getUint16(at, little) !== ORIENTATION || tiff.getUint16(at + 2, little) !== SHORT) continue;
    const value = tiff.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? (value as Orientation) : undefined;
  }
  return undefined;
}

/** The same picture without what is not pixels: a general decoder would read it, and it can be anything. */
export function withoutMetadata(bytes: Uint8Array): Uint8Array {
  const metadata = [...segments(bytes)].filter(({ marker }) => isMetadata(marker));
  if (metadata.length === 0) return bytes;
  const kept: Uint8Array[] = [];
  let at = 0;
  for (const { from, to } of metadata) {
    kept.push(bytes.subarray(at, from));
    at = to;
  }
  return Buffer.concat([...kept, bytes.subarray(at)]);
}
