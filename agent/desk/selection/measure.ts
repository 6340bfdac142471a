/** What this box takes: each variant alone, the chosen ones together, and the pictures before them. */

import { BYTES_PER_PIXEL, type Frame, type Region } from '../../contracts/index.ts';
import { asLinesideError, messageOf } from '../../errors.ts';
import type { Manifest } from '../../inference/manifest.ts';
import { TrialPixels } from '../../inference/trial.ts';
import type { Clock, Milliseconds } from '../../time.ts';
import { type Child, startChild } from '../bench/children.ts';
import { percentile } from '../bench/figures.ts';
import type { ModelAnswer, ModelOrder } from '../bench/model-child.ts';
import { benchModel, type ModelSpeed } from '../bench/models.ts';
import type { Candidate } from './choose.ts';

export interface MeasureOptions {
  readonly providers: readonly string[];
  readonly threads: readonly number[];
  readonly rounds: number;
  readonly runs: number;
  readonly clock: Clock;
  readonly onStep: (what: string) => void;
}

export interface Refused {
  readonly package: string;
  readonly variant: string;
  readonly why: string;
}

/** Every variant with every number of threads; a variant that this box refuses is told, and the others go on. */
export async function measureAlone(manifest: Manifest, options: MeasureOptions) {
  const { providers, threads, rounds, runs, onStep } = options;
  const bench = (variants: readonly string[]) => benchModel(manifest, { variants, providers, threads, rounds, runs, meter: null, onStep });
  const all = Object.keys(manifest.variants);
  const speeds: ModelSpeed[] = [];
  const refused: Refused[] = [];
  try {
    speeds.push(...(await bench(all)));
  } catch {
    for (const variant of all) {
      await bench([variant]).then(
        (found) => speeds.push(...found),
        (thrown: unknown) => refused.push({ package: manifest.name, variant, why: reasonOf(thrown) }),
      );
    }
  }
  return { speeds, refused };
}

/** What the child says, without who said it. */
const reasonOf = (thrown: unknown): string =>
  String(asLinesideError(thrown).details['why'] ?? messageOf(thrown)).replace(/^bench\/[\w-]+: /, '');

/** 99th percentile of the time until the last of them has answered, all asked at once, as a station does. */
export async function measureTogether(
  chosen: readonly (Pick<Candidate, 'variant' | 'threads' | 'provider'> & { readonly manifest: Manifest })[],
  { rounds, runs, clock, onStep }: MeasureOptions,
): Promise<Milliseconds> {
  const children: Child[] = [];
  try {
    for (const { manifest, variant, threads, provider } of chosen) {
      const child = startChild('desk/bench/model-child');
      children.push(child);
      await child.ask<ModelAnswer>({ load: { manifest, variant, providers: [provider], threads, warmUp: WARM_UP } } satisfies ModelOrder);
    }
    const times: Milliseconds[] = [];
    for (let i = 0; i < rounds * runs; i++) {
      const began = clock.elapsed();
      await Promise.all(children.map((child) => child.ask<ModelAnswer>({ runs: 1 } satisfies ModelOrder)));
      times.push(clock.elapsed() - began);
      if (i % runs === 0) onStep('all models at once');
    }
    return percentile(times, 0.99);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}
const WARM_UP = 5;

/** A model that looks at a picture, and where on it. */
export interface Look {
  readonly manifest: Manifest;
  readonly region: Region | null;
}

/** Where the config does not say how much of the picture counts. */
export const ASSUMED = { width: 1280, height: 720 };

/** 99th percentile of cutting, resizing and converting all that the models look at. 0 where there is no picture. */
export async function measurePrepare(looks: readonly Look[], { rounds, runs, clock }: MeasureOptions): Promise<Milliseconds> {
  if (looks.length === 0) return 0;
  const pixels = new TrialPixels();
  const times: Milliseconds[] = [];
  try {
    for (let i = -WARM_UP; i < rounds * runs; i++) {
      // Another frame each time: what was prepared of the same one is remembered.
      const jobs = looks.map((look) => ({ look, frame: blank(look) }));
      const began = clock.elapsed();
      await Promise.all(
        jobs.map(({ look, frame }) => pixels.prepare(look.manifest, frame, look.region ?? [0, 0, frame.width, frame.height])),
      );
      if (i >= 0) times.push(clock.elapsed() - began);
    }
  } finally {
    await pixels.close();
  }
  return percentile(times, 0.99);
}

function blank({ manifest, region }: Look): Frame {
  const [width, height] = region ? [region[0] + region[2], region[1] + region[3]] : [ASSUMED.width, ASSUMED.height];
  const format = manifest.inputs.image?.channels === 1 ? 'mono8' : 'rgb8';
  const pixels = new Uint8Array(new SharedArrayBuffer(width * height * BYTES_PER_PIXEL[format]));
  return { camera: '', sequence: 1, captured: 0, width, height, format, pixels, hold: () => {}, release: () => {} };
}
