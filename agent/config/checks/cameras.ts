/** Cameras: the ones that stations name exist, and those that exist are used. */
import { Days } from '../../time.ts';
import type { Path } from '../document.ts';
import { codeCamera } from '../part.ts';
import type { CameraConfig } from '../schema.ts';
import { didYouMean } from '../suggest.ts';
import { inUnits } from '../units.ts';
import type { Check } from './check.ts';

/** Every place where a station names a camera. */
function usesOf(check: Check): readonly { camera: string; path: Path }[] {
  return Object.entries(check.config.stations).flatMap(([name, { trigger, part, models, recipes }]) => {
    const at = (...rest: Path): Path => ['stations', name, ...rest];
    const inModels = (of: Readonly<Record<string, { camera?: string | undefined }>>, ...rest: Path) =>
      Object.entries(of).flatMap(([model, { camera }]) => (camera === undefined ? [] : [{ camera, path: at(...rest, model, 'camera') }]));
    return [
      ...('camera' in trigger ? [{ camera: trigger.camera, path: at('trigger', 'camera') }] : []),
      ...(codeCamera(part) === null ? [] : [{ camera: codeCamera(part) ?? '', path: at('part', 'code') }]),
      ...inModels(models, 'models'),
      ...Object.entries(recipes ?? {}).flatMap(([recipe, { models: own }]) => inModels(own, 'recipes', recipe, 'models')),
    ];
  });
}

/** A camera that is asked for pictures more seldom than it is expected to send them is started again for ever. */
function checkPace(check: Check, name: string, { url, stall, options }: CameraConfig): void {
  const { fps, mode } = options;
  const at = ['cameras', name];
  // Nothing follows from the default that stands in for what could not be read.
  if (check.isReplaced([...at, 'stall']) || check.isReplaced([...at, 'fps'])) return;
  if (typeof fps !== 'number' || mode === 'stream' || url.scheme.startsWith('rtsp')) return;
  const pause = 1000 / fps;
  if (stall > pause) return;
  // No `stall` may be longer.
  const longest = Days(1);
  if (pause >= longest) return check.fault([...at, 'fps'], `is ${fps}, less than a picture a day; write fps: 0.0001 or more`);
  const write = `${Math.ceil(Math.min(3 * pause, longest) / 1000)}s`;
  check.fault(
    [...at, 'stall'],
    `is ${inUnits(stall)}, and with fps ${fps} a picture comes every ${inUnits(Math.round(pause))}; write stall: ${write}`,
  );
}

export function checkCameras(check: Check): void {
  const known = check.declared(['cameras']);
  const uses = usesOf(check);
  for (const { camera, path } of uses) {
    if (!known.includes(camera))
      check.fault(path, `names the camera ${camera}, which is not there${didYouMean(camera, known, 'the cameras are')}`);
  }
  for (const [name, camera] of Object.entries(check.config.cameras)) checkPace(check, name, camera);
  // A lone camera serves every model that names none; and a typo elsewhere may be why one seems idle.
  if (known.length < 2 || !check.sound || check.faults.length > 0) return;
  for (const camera of known) {
    if (!uses.some((use) => use.camera === camera)) check.warn(['cameras', camera], 'is used by no station', 'key');
  }
}
