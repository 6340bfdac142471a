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
