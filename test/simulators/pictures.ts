import sharp from 'sharp';

export interface PictureOptions {
  readonly width: number;
  readonly height: number;
  readonly color?: string;
  readonly grey?: boolean;
  /** Hard to compress, so that half of the bytes are half of the picture. */
  readonly noise?: boolean;
}

/** A JPEG. */
export async function picture({ width, height, color = '#808080', grey = false, noise = false }: PictureOptions): Promise<Buffer> {
  const image = noise
    ? sharp({ create: { width, height, channels: 3, background: color, noise: { type: 'gaussian', mean: 128, sigma: 60 } } })
    : sharp({ create: { width, height, channels: 3, background: color } });
  return (grey ? image.toColourspace('b-w') : image).jpeg({ quality: 95 }).toBuffer();
}

/**
 * A progressive JPEG in which a scan that adds nothing comes again and again: a few MB, minutes to decode, and right by the standard.
 * (It is the second one, of the first coefficients of Y, said to be exact at once: then it may come as often as one likes.)
 */
export async function scanBomb({ width = 2000, height = 2000, scans = 100_000 } = {}): Promise<Buffer> {
  const jpeg = await sharp({ create: { width, height, channels: 3, background: '#808080' } })
    .jpeg({ progressive: true })
    .toBuffer();
  const start = Buffer.from([0xff, 0xda]);
  const second = jpeg.indexOf(start, jpeg.indexOf(start) + 2);
  const end = jpeg.indexOf(0xff, second + 10);
  const scan = Buffer.from(jpeg.subarray(second, end));
  scan[9] = 0;
  // What stands between two scans may be tables.
  return Buffer.concat([jpeg.subarray(0, second), ...Array.from({ length: scans }, () => scan), jpeg.subarray(-2)]);
}

/** An APP1 segment that says how the picture was held, put behind the start of a JPEG. */
export function heldAs(jpeg: Buffer, orientation: number): Buffer {
  const exif = Buffer.from('Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0', 'latin1');
  exif.writeUInt16LE(orientation, 24);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(exif.byteLength + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]);
}
