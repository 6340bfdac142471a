/** What belongs to a trigger: its frames, its tag window and its part id. */
import { type Frame, type FrameReference, isGood, type ModelSlot, type TagWindow, type Trigger } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import type { StationPorts, StationSpec } from './ports.ts';
import { cutWindow, worstGaps } from './window.ts';

/** The moment the part was there, on the clock the station compares by. */
export const momentOf = (spec: StationSpec, trigger: Trigger): number =>
  spec.config.frame.clock === 'source' ? trigger.at : trigger.received;

/** The held frame of one camera for this trigger. Throws FRAME_MISSING when there is none within the tolerance. */
export async function frameFor(
  spec: StationSpec,
  ports: StationPorts,
  trigger: Trigger,
  camera: string,
  signal: AbortSignal,
): Promise<Frame> {
  if (trigger.frame?.camera === camera) {
    trigger.frame.hold();
    return trigger.frame;
  }
  const { select, offset, tolerance } = spec.config.frame;
  const wish = { wanted: momentOf(spec, trigger) + offset, mode: select, toleranceMs: tolerance };
  const frame = await ports.cameras.get(camera)?.waitFor(wish, signal);
  if (!frame) throw new LinesideError('FRAME_MISSING', { camera });
  return frame;
}

export function referenceTo(frame: Frame, wanted: number): FrameReference {
  const { camera, sequence, captured, width, height, format, truth, file } = frame;
  return {
    camera,
    sequence,
    captured,
    width,
    height,
    format,
    offsetMs: captured - wanted,
    ...(truth === undefined ? {} : { truth }),
    ...(file === undefined ? {} : { file }),
  };
}

/** The window that ends at the trigger, as it was, with its gaps; how they are filled for a network is the network's affair. */
export function windowFor(spec: StationSpec, ports: StationPorts, trigger: Trigger): TagWindow | null {
  const { window } = spec.config;
  if (!window) return null;
  const { gap, ...grid } = window;
  const moment = { endsAt: momentOf(spec, trigger), arrived: trigger.arrived };
  return cutWindow({ ...grid, ...(gap === undefined ? {} : { gap }) }, moment, (tag) => ports.tags.history(tag));
}

/** Throws WINDOW_GAPS where too little is known of any one tag: seven that are known do not make up for the eighth. */
export function refuseGaps(spec: StationSpec, window: TagWindow): void {
  const { tag, share } = worstGaps(window);
  if (share > (spec.config.window?.max_gaps ?? 1)) throw new LinesideError('WINDOW_GAPS', { tag, percent: Math.round(share * 100) });
}

/** The text that the tag holds now; an empty one is a text. Throws TEXT_MISSING. */
export function textFor(ports: StationPorts, tag: string): string {
  const sample = ports.tags.latest(tag);
  if (!sample) throw new LinesideError('TEXT_MISSING', { tag, why: 'it has not come yet' });
  if (!isGood(sample.status)) throw new LinesideError('TEXT_MISSING', { tag, why: 'its status is not good' });
  if (typeof sample.value === 'string') return ports.readable?.(tag, sample.value) ?? sample.value;
  throw new LinesideError('TEXT_MISSING', { tag, why: 'its value is no text' });
}

export const camerasOf = (slots: readonly ModelSlot[]): readonly string[] => [
  ...new Set(slots.flatMap((slot) => (slot.camera === undefined ? [] : [slot.camera]))),
];
