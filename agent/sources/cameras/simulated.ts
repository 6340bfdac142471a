/** sim:// - rendered parts whose truth is known, each exposed exactly when the press says that it passes. */
import { type StaticDecode, Type } from 'typebox';
import { Duration } from '../../config/units.ts';
import { type CameraContext, defineCamera } from '../../contracts.ts';
import { LinesideError } from '../../errors.ts';
import type { Studio } from '../../simulation/drawing.ts';
import type { Part } from '../../simulation/parts.ts';
import { firstAfter, type PressOptions, partOf, timeOf } from '../../simulation/press.ts';

const Options = Type.Object({
  seed: Type.Integer({ default: 1, minimum: 0, description: 'Another seed, other parts and faults.' }),
  period: Duration({ default: '250ms', description: 'From part to part.' }),
  epoch: Type.Optional(
    Type.Integer({
      description: 'Wall time in ms since 1970 from which parts are counted, shared with the PLC. Default: the start of the camera.',
    }),
  ),
  width: Type.Integer({ default: 320, minimum: 64, maximum: 1920, description: 'Pixels across; the height is 3/4 of it.' }),
});

export const simulated = defineCamera({
  schemes: ['sim'],
  summary: 'The demo press: rendered castings with known defects.',
  options: Options,
  create: (url, options) => ({ run: (ctx, signal) => watch(url, options, ctx, signal) }),
});

async function watch(url: string, options: StaticDecode<typeof Options>, ctx: CameraContext, signal: AbortSignal): Promise<void> {
  if (url !== 'sim://press')
    throw new LinesideError('CAMERA_UNREACHABLE', { camera: ctx.name, why: `there is no ${url}, only sim://press` });
  const { createStudio } = await import('../../simulation/drawing.ts');
  const studio = createStudio(options);
  await studio.prepare(signal);
  const press = { ...options, epoch: options.epoch ?? Math.round(ctx.clock.now()) };
  try {
    for (let number = firstAfter(press, ctx.clock.now()); !signal.aborted; number = next(number, press, ctx))
      await expose(partOf(press, number), press, studio, ctx, signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}

/** The next part; those that passed while the last was being drawn are dropped. */
function next(number: number, press: PressOptions, ctx: CameraContext): number {
  const due = firstAfter(press, ctx.clock.now() - press.period);
  for (let missed = number + 1; missed < due; missed++) ctx.drop('busy');
  return Math.max(number + 1, due);
}

/** Draws the part before it comes and hands it over when it passes. */
async function expose(part: Part, press: PressOptions, studio: Studio, ctx: CameraContext, signal: AbortSignal): Promise<void> {
  const captured = timeOf(press, part.number);
  const picture = await studio.picture(part);
  await ctx.clock.sleep(Math.max(0, captured - ctx.clock.now()), signal);
  const pixels = ctx.pool.take(picture.byteLength);
  if (!pixels) return ctx.drop('pool');
  pixels.set(picture);
  const { width, height } = studio;
  ctx.emit({ captured, width, height, format: 'mono8', pixels, part: part.serial, truth: part.truth });
}
