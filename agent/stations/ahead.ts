/**
 * Preparing pictures before they are asked for. Cutting and resizing a frame costs a millisecond or two on the way to a verdict; where
 * a good share of the frames ends up in an inspection it pays to do it as they arrive, and a trigger then finds the work done.
 */
import type { Frame, ModelSlot } from '../contracts/index.ts';
import type { FrameSource, StationPorts } from './ports.ts';

/** Prepare ahead once this share of recent frames was used. */
const WORTH_IT = 0.2;
/** Frames over which the share is counted. */
const RECENT = 32;

export class Ahead {
  private frames = 0;
  private used = 0;
  private worth = false;
  private readonly ports: StationPorts;
  private readonly slots: () => readonly ModelSlot[];

  constructor(ports: StationPorts, slots: () => readonly ModelSlot[]) {
    this.ports = ports;
    this.slots = slots;
  }

  watch(camera: string, source: FrameSource): () => void {
    return source.onFrame((frame) => this.arrived(camera, frame));
  }

  /** A trigger took a frame. */
  taken(): void {
    this.used++;
  }

  private arrived(camera: string, frame: Frame): void {
    if (++this.frames >= RECENT) {
      this.worth = this.used / this.frames >= WORTH_IT;
      this.frames = 0;
      this.used = 0;
    }
    if (!this.worth) return;
    for (const slot of this.slots()) {
      // A full queue or a restarting worker only means that this frame is prepared when it is asked for.
      if (slot.camera === camera) this.ports.inference.prepare(slot.id, frame).catch(() => {});
    }
  }
}
