/** sim:// - rendered parts whose truth is known, each exposed exactly when the press says that it passes. */
import { Type } from 'typebox';
import { Duration } from '../../config/units.ts';
import { type CameraContext, defineCamera } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import type { Studio } from './drawing.ts';
import type { Part } from './parts.ts';
import { firstAfter, type PressOptions, partOf, timeOf } from './press.ts';

const Options = Type.Object({
  seed: Type.Integer({ default: 1, minimum: 0, description: 'Another seed, other parts and faults.' }),
  period: Duration({ default: '250ms', description: 'From part to part.' }),
  epoch: Type.Optional(
    Type.Integer({
      description: 'Wall time in ms since 1970 from which parts are counted, shared with the PLC. Default: the start of the camera.',
    }),
  ),
  course: Type.Union([Type.Literal('faults'), Type.Literal('shift')], {
    default: 'faults',
    description: 'What happens at the press: faults by chance, or the shift of `lineside demo --shift`.',
  }),
  width: Type.Integer({ default: 320, minimum: 64, maximum: 1920, description: 'Pixels across; the height is 3/4 of it.' }),
});

export const simulated = defineCamera({
  schemes: ['sim'],
  summary: 'The demo press: rendered castings with known defects.',
  options: Options,
  create({ target }, options) {
    // Kept from life to life: what a studio has drawn of all parts need not be drawn again.
    let studio: Promise<Studio> | undefined;
    const open = () => import('./drawing.ts').then(({ createStudio }) => createStudio(options));
    return {
      async run(ctx, signal) {
        if (target !== 'sim://press')
          throw new LinesideError('CAMERA_UNREACHABLE', { camera: ctx.name, why: `there is no ${target}, only sim://press` });
        studio ??= open();
        await watch({ ...options, epoch: options.epoch ?? Math.round(ctx.clock.now()) }, await studio, ctx, signal);
      },
    };
  },
});

/** Pictures drawn before their part comes: a busy box that stalls for a few parts is no reason for a late picture. */
const AHEAD = 4;

interface Drawn {
  readonly part: Part;
  readonly picture: Promise<Uint8Array>;
}

async function watch(press: PressOptions, studio: Studio, ctx: CameraContext, signal: AbortSignal): Promise<void> {
  const ahead: Drawn[] = [];
  const prepared = studio.prepare(signal).catch(() => {});
  let number = firstAfter(press, ctx.clock.now());
  try {
    while (!signal.aborted) {
      for (; ahead.length < AHEAD; number = next(number, press, ctx)) ahead.push(draw(partOf(press, number), studio));
      const drawn = ahead.shift();
      if (drawn) await expose(drawn, press, studio, ctx, signal);
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    await Promise.allSettled([prepared, ...ahead.map(({ picture }) => picture)]);
  }
}

function draw(part: Part, studio: Studio): Drawn {
  const picture = studio.picture(part);
  // Its fault is heard when its turn comes.
  picture.catch(() => {});
  return { part, picture };
}

/** The next part to draw; where drawing cannot keep up, parts that are long gone are dropped. */
function next(number: number, press: PressOptions, ctx: CameraContext): number {
  const due = firstAfter(press, ctx.clock.now() - AHEAD * press.period);
  for (let missed = number + 1; missed < due; missed++) ctx.drop('busy');
  return Math.max(number + 1, due);
}

/** Hands the picture over when its part passes. */
async function expose(
  { part, picture }: Drawn,
  press: PressOptions,
  studio: Studio,
  ctx: CameraContext,
  signal: AbortSignal,
): Promise<void> {
  const captured = timeOf(press, part.number);
  const bytes = await picture;
  await ctx.clock.sleep(Math.max(0, captured - ctx.clock.now()), signal);
  const pixels = ctx.pool.take(bytes.byteLength);
  if (!pixels) return ctx.drop('pool');
  pixels.set(bytes);
  const { width, height } = studio;
  ctx.emit({ captured, width, height, format: 'mono8', pixels, part: part.serial, truth: part.truth });
}
