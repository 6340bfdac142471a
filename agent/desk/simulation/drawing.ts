/**
 * The photo studio: part in, mono8 picture out. All pixels are made by librsvg and libvips off the main thread. What is costly (skin,
 * light, shadow) is drawn once per pose; a part then costs a cut, its defects, a lamp, and grain: a few milliseconds.
 */

import { randomUniform } from 'd3-random';
import sharp, { type OverlayOptions } from 'sharp';
import { castingSvg, defectSvg } from './casting.ts';
import { type Defect, type Part, POSES } from './parts.ts';
import { stream } from './random.ts';

export interface StudioOptions {
  readonly seed: number;
  /** Pixels; the height is 3/4 of it. 320 by default. */
  readonly width?: number;
}
export interface Studio {
  readonly width: number;
  readonly height: number;
  /** Draws what all parts share, so that the first pictures take no longer than the rest; an abort ends it early. */
  prepare(signal?: AbortSignal): Promise<void>;
  /** Mono8, rows without padding. The same part gives the same bytes. */
  picture(part: Part): Promise<Uint8Array>;
}

/** mm that the camera sees across. */
const VIEW = 160;
/** mm more on each side than the camera sees, so that a part can lie elsewhere. */
const MARGIN = 3;
/** Degrees that the fixture lets a part turn, at most. */
const TURN = 2.5;
/** Random low bits of a pixel: grain of a sensor at moderate gain, about 2 grey levels of standard deviation. */
const GRAIN_BITS = 0x07;

interface Pose {
  readonly angle: number;
  readonly pixels: Buffer;
}

export function createStudio({ seed, width = 320 }: StudioOptions): Studio {
  const height = Math.round((width * 3) / 4);
  const scale = width / VIEW;
  const margin = Math.ceil(MARGIN * scale);
  const canvas = { width: width + 2 * margin, height: height + 2 * margin, channels: 1 } as const;
  const poses = new Map<number, Promise<Pose>>();
  const grain = grainOf(seed, 4 * width * height);

  const poseOf = (index: number): Promise<Pose> => {
    const pose = poses.get(index) ?? drawPose(seed, index, canvas, scale);
    poses.set(index, pose);
    return pose;
  };
  return {
    width,
    height,
    prepare: async (signal) => {
      for (let i = 0; i < POSES && !signal?.aborted; i++) await poseOf(i);
    },
    picture: async (part) => {
      const { angle, pixels } = await poseOf(part.pose);
      const shift = part.shift.map((mm) => Math.round(mm * scale)) as [number, number];
      const offset = (part.number * 7919) % (3 * width * height);
      return sharp(pixels, { raw: canvas })
        .extract({ left: margin - shift[0], top: margin - shift[1], width, height })
        .composite(part.defects.map((defect, i) => overlay(defect, part.number * 10 + i, angle, shift)))
        .linear(part.light, 0)
        .boolean(grain.subarray(offset, offset + width * height), 'eor', { raw: { width, height, channels: 1 } })
        .toColourspace('b-w')
        .raw()
        .toBuffer();
    },
  };

  /** Where a defect comes to lie in the picture, as a small picture of its own. */
  function overlay(defect: Defect, look: number, angle: number, shift: readonly [number, number]): OverlayOptions {
    const [sin, cos] = [Math.sin((angle * Math.PI) / 180), Math.cos((angle * Math.PI) / 180)];
    const side = 2 * Math.ceil((Math.max(defect.size, 22) / 2 + 1) * scale);
    const x = width / 2 + shift[0] + scale * (cos * defect.x - sin * defect.y);
    const y = height / 2 + shift[1] + scale * (sin * defect.x + cos * defect.y);
    const input = Buffer.from(defectSvg(side, scale, angle, defect, look));
    return { input, left: Math.round(x - side / 2), top: Math.round(y - side / 2) };
  }
}

async function drawPose(seed: number, index: number, canvas: { width: number; height: number }, scale: number): Promise<Pose> {
  const source = stream(seed, 'pose', index);
  const angle = randomUniform.source(source)(-TURN, TURN)();
  const svg = castingSvg(canvas.width, canvas.height, scale, angle, Math.floor(source() * 10_000));
  return { angle, pixels: await sharp(Buffer.from(svg)).flatten().greyscale().raw().toBuffer() };
}

/** Bytes whose low bits are random; every picture takes another stretch of them. */
function grainOf(seed: number, length: number): Buffer {
  const source = stream(seed, 'grain');
  return Buffer.from(Uint8Array.from({ length }, () => (source() * 256) & GRAIN_BITS));
}
