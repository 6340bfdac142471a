/**
 * A backbone, or what was taught on it, in this very process: its maps as they are, which no finding carries. It blocks the thread it runs on, so it is for
 * processes of their own alone.
 */
import type { Frame, Region } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { enlarge } from '../onnx/enlarge.ts';
import { Kernel } from './kernel.ts';
import { decode } from './kinds/index.ts';
import type { Core, Output } from './kinds/kind.ts';
import { contextOf, fileOf, loadMade, loadNetwork, type Network } from './load.ts';
import { type Manifest, readManifest } from './manifest.ts';

export interface FeaturizerOptions {
  /** Of the package. */
  readonly folder: string;
  /** Kind of package. Default: embed. */
  readonly kind?: 'embed' | 'anomaly';
  /** The one that this box would take where absent. */
  readonly variant?: string;
  readonly threads: number;
  /** Its pictures are so many times as wide and as high as the manifest says: a whole number. Default: 1. */
  readonly times?: number;
}

export class Featurizer {
  /** As it takes pictures: of the size that was asked for. */
  readonly manifest: Manifest;
  readonly variant: string;
  private readonly network: Pick<Network, 'session' | 'memory' | 'run'>;
  private readonly kernel: Kernel;
  /** Null: the variant's own file. */
  private readonly made: Uint8Array | null;

  private constructor(
    { manifest, variant, made }: Pick<Featurizer, 'manifest' | 'variant'> & { readonly made: Uint8Array | null },
    network: Featurizer['network'],
    kernel: Kernel,
  ) {
    this.manifest = manifest;
    this.variant = variant;
    this.made = made;
    this.network = network;
    this.kernel = kernel;
  }

  /**
   * Rejects as any load of a package does, and with MODEL_INVALID where it makes no features of pictures, or takes none that are larger.
   * For larger ones too, what is proved by goldens is the network as the package has it.
   */
  static async open({ folder, kind = 'embed', variant: asked, threads, times = 1 }: FeaturizerOptions): Promise<Featurizer> {
    const manifest = await readManifest(folder);
    if (manifest.kind !== kind)
      throw new LinesideError('MODEL_INVALID', { model: manifest.name, why: `it is of kind ${manifest.kind}, and ${kind} is asked for` });
    const network = await loadNetwork({ manifest, variant: asked ?? null, providers: ['cpu'], threads, warmUp: 0 });
    const { variant } = network.loaded;
    if (times === 1) return new Featurizer({ manifest, variant, made: null }, network, await Kernel.open());
    await network.session.release();
    const larger = enlarged(manifest, times);
    const made = enlarge(await fileOf(manifest, variant), manifest.tensors['image'] ?? 'image', shapeOf(larger));
    return new Featurizer({ manifest: larger, variant, made }, await loadMade(larger, made, threads), await Kernel.open());
  }

  /** Its network's file, as it runs. Rejects as fileOf() does. */
  file(): Promise<Uint8Array> {
    return this.made ? Promise.resolve(this.made) : fileOf(this.manifest, this.variant);
  }

  /** Pixels of a picture each way, as the network takes it. */
  get size(): ImageSize {
    const { width, height, channels } = imageOf(this.manifest);
    return { width, height, channels };
  }

  /** The picture, or a region of it, as the network takes it: as a station's would be. `size`: as another one takes it. */
  prepare(
    { pixels, width, height, format }: Pick<Frame, 'pixels' | 'width' | 'height' | 'format'>,
    region: Region = [0, 0, width, height],
    size: ImageSize = this.size,
  ): Uint8Array {
    if (region[0] + region[2] > width || region[1] + region[3] > height)
      throw new LinesideError('REGION_OUTSIDE', {
        model: this.manifest.name,
        region: region.join(', '),
        camera: 'the folder',
        width,
        height,
      });
    return this.kernel.prepare({ pixels, stride: width, format, region, ...size });
  }

  /** What the package says of a picture, decoded as in a station; `region`: where on the frame it was cut. Rejects as decoding does. */
  async judge(pixels: Uint8Array, region: Region): Promise<Core> {
    this.network.memory['image']?.set(pixels);
    const { kind, decode: options } = this.manifest;
    return decode(kind, await this.network.run(), options, { ...contextOf(this.manifest), region });
  }

  /** All maps by their names, in memory of their own. */
  async look(pixels: Uint8Array): Promise<Readonly<Record<string, Output>>> {
    this.network.memory['image']?.set(pixels);
    const outputs = Object.entries(await this.network.run());
    return Object.fromEntries(outputs.map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]));
  }

  close(): Promise<void> {
    return this.network.session.release();
  }
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

function imageOf({ name, inputs: { image } }: Manifest): NonNullable<Manifest['inputs']['image']> {
  if (!image) throw new LinesideError('MODEL_INVALID', { model: name, why: 'it takes no picture' });
  return image;
}

/** What a package says of itself, for pictures `times` as wide and as high. */
function enlarged(manifest: Manifest, times: number): Manifest {
  const image = imageOf(manifest);
  return { ...manifest, inputs: { ...manifest.inputs, image: { ...image, width: image.width * times, height: image.height * times } } };
}

function shapeOf(manifest: Manifest): readonly number[] {
  const { width, height, channels } = imageOf(manifest);
  return [1, height, width, channels];
}
