/**
 * A backbone, or what was taught on it, in this very process: its maps as they are, which no finding carries. It blocks the thread it runs on, so it is for
 * processes of their own alone.
 */
import type { Frame, Region } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { Kernel } from './kernel.ts';
import type { Output } from './kinds/kind.ts';
import { loadNetwork, type Network } from './load.ts';
import { type Manifest, readManifest } from './manifest.ts';

export interface FeaturizerOptions {
  /** Of the package. */
  readonly folder: string;
  /** Kind of package. Default: embed. */
  readonly kind?: 'embed' | 'anomaly';
  /** The one that this box would take where absent. */
  readonly variant?: string;
  readonly threads: number;
}

export class Featurizer {
  readonly manifest: Manifest;
  private readonly network: Network;
  private readonly kernel: Kernel;

  private constructor(manifest: Manifest, network: Network, kernel: Kernel) {
    this.manifest = manifest;
    this.network = network;
    this.kernel = kernel;
  }

  /** Rejects as any load of a package does, and with MODEL_INVALID where it makes no features of pictures. */
  static async open({ folder, kind = 'embed', variant, threads }: FeaturizerOptions): Promise<Featurizer> {
    const manifest = await readManifest(folder);
    if (manifest.kind !== kind)
      throw new LinesideError('MODEL_INVALID', { model: manifest.name, why: `it is of kind ${manifest.kind}, and ${kind} is asked for` });
    const network = await loadNetwork({ manifest, variant: variant ?? null, providers: ['cpu'], threads, warmUp: 0 });
    return new Featurizer(manifest, network, await Kernel.open());
  }

  get variant(): string {
    return this.network.loaded.variant;
  }

  /** The picture, or a region of it, as the network takes it: as a station's would be. */
  prepare(
    { pixels, width, height, format }: Pick<Frame, 'pixels' | 'width' | 'height' | 'format'>,
    region: Region = [0, 0, width, height],
  ): Uint8Array {
    const { image } = this.manifest.inputs;
    if (!image) throw new LinesideError('MODEL_INVALID', { model: this.manifest.name, why: 'it takes no picture' });
    if (region[0] + region[2] > width || region[1] + region[3] > height)
      throw new LinesideError('REGION_OUTSIDE', {
        model: this.manifest.name,
        region: region.join(', '),
        camera: 'the folder',
        width,
        height,
      });
    return this.kernel.prepare({
      pixels,
      stride: width,
      format,
      region,
      width: image.width,
      height: image.height,
      channels: image.channels,
    });
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
