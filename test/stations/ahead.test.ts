import { describe, expect, it } from 'vitest';
import type { ModelSlot } from '#agent/contracts/index.js';
import { Ahead } from '#agent/stations/ahead.js';
import { FakeFrame, Plant, surface } from '../simulators/station.ts';

const text: ModelSlot = { id: 'outlet/note', name: 'note', package: 'maintenance-text', text: 'plc.note' };
const other: ModelSlot = { id: 'outlet/side', name: 'side', package: 'surface-defect', camera: 'side' };

function lineWith(refuses = false) {
  const plant = new Plant();
  const prepared: string[] = [];
  const ports = plant.ports([surface]);
  ports.inference.prepare = async (slot) => {
    prepared.push(slot);
    if (refuses) throw new Error('the queue is full');
    return { slot, pixels: new Uint8Array(1) };
  };
  const ahead = new Ahead(ports, () => [surface, text, other]);
  const stop = ahead.watch('top', plant.source);
  let sequence = 0;
  return {
    prepared,
    stop,
    /** So many frames, of which inspections take some. */
    frames: (count: number, taken: number) => {
      for (let i = 0; i < taken; i++) ahead.taken();
      for (let i = 0; i < count; i++) plant.emitFrame(new FakeFrame('top', ++sequence, 0));
    },
  };
}

describe('pictures prepared before they are asked for', () => {
  it('are none until it is known how many are taken', () => {
    const { prepared, frames } = lineWith();
    frames(31, 31);
    expect(prepared).toEqual([]);
  });

  it.each([
    [7, 32],
    [6, 0],
  ])('are all of a camera of which %d in 32 were taken: %d', (taken, wanted) => {
    const { prepared, frames } = lineWith();
    frames(32, taken);
    frames(32, 6);
    expect(prepared).toEqual(Array(wanted).fill(surface.id));
    // Counted anew: the last 32 were too few.
    prepared.splice(0);
    frames(31, 0);
    expect(prepared).toEqual([]);
  });

  it('are made again as soon as enough are taken', () => {
    const { prepared, frames } = lineWith();
    frames(32, 0);
    frames(32, 32);
    frames(5, 0);
    expect(prepared).toHaveLength(6);
  });

  it('hurt nobody where they cannot be made, and end with the watch', async () => {
    const { prepared, frames, stop } = lineWith(true);
    frames(40, 40);
    await new Promise((resolve) => setImmediate(resolve));
    expect(prepared.length).toBe(9);
    stop();
    frames(40, 40);
    expect(prepared.length).toBe(9);
  });
});
