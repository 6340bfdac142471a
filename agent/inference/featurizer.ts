/**
 * A backbone, or what was taught on it, in this very process: its maps as they are, which no finding carries. It blocks the thread it runs on, so it is for
 * processes of their own alone.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame, Region } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { enlarge } from '../onnx/enlarge.ts';
import { Kernel } from './kernel.ts';
import type { Output } from './kinds/kind.ts';
import { loadNetwork, type Network } from './load.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { openSession, plain, tensorOf } from './session.ts';

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

/** What it runs on: the network as it was proved, or the same one for larger pictures. */
type Running = Pick<Network, 'memory' | 'run'> & Pick<Network['session'], 'release'>;

export class Featurizer {
  readonly manifest: Manifest;
  readonly variant: string;
  /** Its file, as it runs. */
  readonly bytes: Uint8Array;
  private readonly running: Running;
  private readonly kernel: Kernel;
  private readonly times: number;

  private constructor(loaded: Pick<Featurizer, 'manifest' | 'variant' | 'bytes'>, running: Running, kernel: Kernel, times: number) {
    this.manifest = loaded.manifest;
    this.variant = loaded.variant;
    this.bytes = loaded.bytes;
    this.running = running;
    this.kernel = kernel;
    this.times = times;
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
    const bytes = await readFile(join(folder, manifest.variants[variant]?.file ?? ''));
    const { memory, run, session } = network;
    if (times === 1)
      return new Featurizer({ manifest, variant, bytes }, { memory, run, release: () => session.release() }, await Kernel.open(), times);
    await session.release();
    const larger = await enlarged(manifest, bytes, times, threads);
    return new Featurizer({ manifest, variant, bytes: larger.bytes }, larger, await Kernel.open(), times);
  }

  /** Pixels of a picture each way, as the network takes it. */
  get size(): { readonly width: number; readonly height: number; readonly channels: 1 | 3 } {
    const { image } = this.manifest.inputs;
    if (!image) throw new LinesideError('MODEL_INVALID', { model: this.manifest.name, why: 'it takes no picture' });
    return { width: image.width * this.times, height: image.height * this.times, channels: image.channels };
  }

  /** The picture, or a region of it, as the network takes it: as a station's would be. */
  prepare(
    { pixels, width, height, format }: Pick<Frame, 'pixels' | 'width' | 'height' | 'format'>,
    region: Region = [0, 0, width, height],
  ): Uint8Array {
    const size = this.size;
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

  /** All maps by their names, in memory of their own. */
  async look(pixels: Uint8Array): Promise<Readonly<Record<string, Output>>> {
    this.running.memory['image']?.set(pixels);
    const outputs = Object.entries(await this.running.run());
    return Object.fromEntries(outputs.map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]));
  }

  close(): Promise<void> {
    return this.running.release();
  }
}

/** The network of a package for pictures `times` as wide and as high: one that is not of convolutions alone refuses. */
async function enlarged({ name, inputs, tensors }: Manifest, network: Uint8Array, times: number, threads: number) {
  const { width = 0, height = 0, channels = 3 } = inputs.image ?? {};
  const input = tensors['image'] ?? 'image';
  const shape = [1, height * times, width * times, channels];
  const bytes = enlarge(network, input, shape);
  const image = new Uint8Array(shape.reduce((product, size) => product * size, 1));
  try {
    const session = await openSession(bytes, { provider: 'cpu', threads, fixed: true });
    const feeds = { [input]: tensorOf('uint8', image, shape) };
    await session.run(feeds);
    return { bytes, memory: { image }, run: () => session.run(feeds), release: () => session.release() };
  } catch (thrown) {
    throw new LinesideError('MODEL_INVALID', {
      model: name,
      why: `it takes no pictures of ${width * times}x${height * times} (${plain(thrown)})`,
    });
  }
}
