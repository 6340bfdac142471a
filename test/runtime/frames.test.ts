import { describe, expect, it } from 'vitest';
import type { CameraContext, Frame } from '#agent/contracts/index.js';
import { CameraFeed, createFramePool } from '#agent/runtime/frames.js';
import type { FrameWish } from '#agent/stations/ports.js';
import { ManualClock } from '../simulators/clock.ts';
import { memoryLog } from '../simulators/log.ts';

const SIZE = 4 * 4;
const forever = new AbortController().signal;

describe('the frame pool', () => {
  it('lends slots of exactly the size, and the same memory again once it is back', () => {
    const pool = createFramePool({ budget: 100 });
    const slot = pool.take(60);
    expect(slot?.byteLength).toBe(60);
    expect(slot?.buffer).toBeInstanceOf(SharedArrayBuffer);
    if (slot) pool.give(slot);
    expect(pool.take(60)).toBe(slot);
    expect(pool.stats).toEqual({ budget: 100, held: 60, inUse: 60, exhausted: 0 });
  });

  it('gives nothing beyond its budget, and counts it', () => {
    const pool = createFramePool({ budget: 100 });
    expect(pool.take(60)).toBeDefined();
    expect(pool.take(60)).toBeUndefined();
    expect(pool.take(101)).toBeUndefined();
    expect(pool.take(40)).toBeDefined();
    expect(pool.stats).toMatchObject({ held: 100, inUse: 100, exhausted: 2 });
  });

  it('lets go of idle slots of another size when a camera changes its resolution', () => {
    const pool = createFramePool({ budget: 100 });
    const small = [pool.take(25), pool.take(25), pool.take(25), pool.take(25)];
    for (const slot of small) if (slot) pool.give(slot);
    expect(pool.take(60)?.byteLength).toBe(60);
    expect(pool.stats.held).toBeLessThanOrEqual(100);
    expect(pool.take(25)).toBe(small[0]);
  });

  it('refuses a slot that it has not lent, and one that is given twice', () => {
    const pool = createFramePool({ budget: 100 });
    const slot = pool.take(10) ?? new Uint8Array(new SharedArrayBuffer(10));
    pool.give(slot);
    expect(() => pool.give(slot)).toThrow(/INTERNAL/);
    expect(() => pool.give(new Uint8Array(new SharedArrayBuffer(10)))).toThrow(/INTERNAL/);
  });
});

/** A feed with room for `slots` pictures, and a camera that is a function. */
function rig({ slots = 40, keepFor }: { slots?: number; keepFor?: number } = {}) {
  const clock = new ManualClock();
  const log = memoryLog();
  const pool = createFramePool({ budget: slots * SIZE });
  const feed = new CameraFeed({ name: 'top', clock, log, pool, ...(keepFor === undefined ? {} : { keepFor: () => keepFor }) });
  const life = new AbortController();
  const camera: CameraContext = feed.context(life.signal);
  const shoot = (captured = clock.now(), more: { part?: string } = {}): boolean => {
    const pixels = camera.pool.take(SIZE);
    if (!pixels) {
      camera.drop('pool');
      return false;
    }
    camera.emit({ captured, width: 4, height: 4, format: 'mono8', pixels, ...more });
    return true;
  };
  /** One picture every `period` ms, `count` times; time moves on with them. */
  const film = async (count: number, period = 40) => {
    for (let i = 0; i < count; i++) {
      await clock.advance(period);
      shoot();
    }
  };
  const wish = (wanted: number, mode: FrameWish['mode'] = 'nearest', toleranceMs = 100): FrameWish => ({ wanted, mode, toleranceMs });
  return { clock, log, pool, feed, life, camera, shoot, film, wish };
}

describe('a frame', () => {
  it('carries what the camera knows, its name and a sequence from 1', () => {
    const { feed, shoot, clock } = rig();
    const seen: Frame[] = [];
    feed.onFrame((frame) => seen.push(frame));
    shoot(clock.now(), { part: 'A1' });
    shoot();
    expect(seen[0]).toMatchObject({ camera: 'top', sequence: 1, width: 4, height: 4, format: 'mono8', part: 'A1', captured: clock.now() });
    expect(seen[1]).toMatchObject({ sequence: 2 });
    expect(seen[1]?.part).toBeUndefined();
  });

  it('keeps its slot until the last holder lets go', () => {
    const { feed, shoot, pool, clock, wish } = rig();
    shoot();
    const one = feed.select(wish(clock.now()));
    const two = feed.select(wish(clock.now()));
    expect(one).toBe(two);
    feed.clear();
    expect(pool.stats.inUse).toBe(SIZE);
    one?.release();
    expect(pool.stats.inUse).toBe(SIZE);
    two?.release();
    expect(pool.stats.inUse).toBe(0);
  });

  it('says so when it is released once too often, or held after its end', () => {
    const { feed, shoot, clock, wish } = rig();
    shoot();
    const frame = feed.select(wish(clock.now()));
    feed.clear();
    frame?.release();
    expect(() => frame?.release()).toThrow(/frame 1 of camera top was released once too often/);
    expect(() => frame?.hold()).toThrow(/held after its release/);
  });

  it('leaves a gap in the sequence for every picture that was dropped', () => {
    const { feed, shoot, camera } = rig();
    const seen: number[] = [];
    feed.onFrame((frame) => seen.push(frame.sequence));
    shoot();
    camera.drop('decode', 'torn');
    camera.drop('busy');
    shoot();
    expect(seen).toEqual([1, 4]);
    expect(feed.counters).toMatchObject({ received: 2, dropped: { decode: 1, busy: 1, pool: 0 }, bytes: 2 * SIZE });
  });
});

describe('the feed', () => {
  it('keeps half a second of a usual camera, and gives the rest back', async () => {
    const { film, pool } = rig({ slots: 100 });
    await film(60, 20);
    expect(pool.stats.inUse).toBe(26 * SIZE);
  });

  it('keeps the last four of a slow camera and at most 64 of a fast one', async () => {
    const slow = rig();
    await slow.film(10, 5000);
    expect(slow.pool.stats.inUse).toBe(4 * SIZE);
    const fast = rig({ slots: 400 });
    await fast.film(200, 1);
    expect(fast.pool.stats.inUse).toBe(64 * SIZE);
  });

  it('keeps longer where triggers reach further back', async () => {
    const { film, pool } = rig({ slots: 200, keepFor: 1000 });
    await film(60, 40);
    expect(pool.stats.inUse).toBe(26 * SIZE);
  });

  it('never keeps more than half of the pool', async () => {
    const { film, pool } = rig({ slots: 8 });
    await film(30);
    expect(pool.stats.inUse).toBe(4 * SIZE);
  });

  it('gives up the past before it lets the camera starve', async () => {
    const { feed, film, pool, clock, wish } = rig({ slots: 6 });
    const held: (Frame | undefined)[] = [];
    for (let i = 0; i < 5; i++) {
      await film(1);
      held.push(feed.select(wish(clock.now())));
    }
    await film(5);
    expect(feed.counters).toMatchObject({ received: 10, dropped: { pool: 0 } });
    for (const frame of held) frame?.release();
    expect(pool.stats.inUse).toBeLessThanOrEqual(3 * SIZE);
  });

  it('drops and counts while others hold everything, and recovers when they let go', async () => {
    const { feed, film, shoot, clock, wish } = rig({ slots: 2 });
    await film(1);
    const one = feed.select(wish(clock.now()));
    await film(1);
    const two = feed.select(wish(clock.now()));
    expect(shoot()).toBe(false);
    expect(feed.counters.dropped.pool).toBe(1);
    one?.release();
    two?.release();
    expect(shoot()).toBe(true);
  });

  it('does not throw away its frames for a picture that can never fit', async () => {
    const { film, camera, pool } = rig({ slots: 8 });
    await film(4);
    const before = pool.stats.inUse;
    expect(camera.pool.take(9 * SIZE)).toBeUndefined();
    expect(pool.stats.inUse).toBe(before);
  });

  it('tells its listeners, and outlives one that fails', () => {
    const { feed, shoot, log } = rig();
    const seen: number[] = [];
    feed.onFrame(() => {
      throw new Error('mine');
    });
    const stop = feed.onFrame((frame) => seen.push(frame.sequence));
    shoot();
    stop();
    shoot();
    expect(seen).toEqual([1]);
    expect(log.lines.filter((line) => line.level === 'error')).toHaveLength(2);
  });

  it('takes nothing from a camera whose life is over', () => {
    const { feed, life, shoot, camera, pool } = rig();
    life.abort();
    shoot();
    camera.drop('decode');
    expect(feed.counters).toMatchObject({ received: 0, dropped: { decode: 0 } });
    expect(pool.stats.inUse).toBe(0);
  });

  it('estimates the rate, afresh for every life', async () => {
    const { feed, film } = rig();
    expect(feed.counters.fps).toBe(0);
    await film(20, 40);
    expect(feed.counters.fps).toBeCloseTo(25, 0);
    feed.context(forever);
    expect(feed.counters.fps).toBe(0);
  });

  it('takes the time that the camera was away for no interval between its pictures', async () => {
    const { feed, film, life, clock } = rig();
    await film(20, 40);
    life.abort();
    await clock.advance(30_000);
    const next = feed.context(forever);
    for (let i = 0; i < 6; i++) {
      const pixels = next.pool.take(SIZE);
      if (pixels) next.emit({ captured: clock.now(), width: 4, height: 4, format: 'mono8', pixels });
      await clock.advance(40);
    }
    expect(feed.counters.fps).toBeCloseTo(25, 0);
  });

  it('counts sequences on over the lives of its camera', () => {
    const { feed, shoot, life } = rig();
    shoot();
    life.abort();
    const next = feed.context(forever);
    const seen: number[] = [];
    feed.onFrame((frame) => seen.push(frame.sequence));
    const pixels = next.pool.take(SIZE);
    if (pixels) next.emit({ captured: 1, width: 4, height: 4, format: 'mono8', pixels });
    expect(seen).toEqual([2]);
  });

  it('forgets what it kept when the clock is set back, and goes on', async () => {
    const { feed, film, shoot, clock, wish } = rig();
    await film(5);
    const before = clock.now();
    shoot(before - 3_600_000);
    expect(feed.select(wish(before, 'nearest', 50))).toBeUndefined();
    expect(feed.select(wish(before - 3_600_000, 'first_after'))?.sequence).toBe(6);
  });
});

describe('choosing a frame', () => {
  it('takes the nearest, before or after', async () => {
    const { feed, film, clock, wish } = rig();
    await film(5);
    const last = clock.now();
    expect(feed.select(wish(last - 50))?.sequence).toBe(4);
    expect(feed.select(wish(last - 70))?.sequence).toBe(3);
    expect(feed.select(wish(last + 1000, 'nearest', 2000))?.sequence).toBe(5);
  });

  it('takes the first at or after', async () => {
    const { feed, film, clock, wish } = rig();
    await film(5);
    const last = clock.now();
    expect(feed.select(wish(last - 79, 'first_after'))?.sequence).toBe(4);
    expect(feed.select(wish(last - 80, 'first_after'))?.sequence).toBe(3);
    expect(feed.select(wish(last + 1, 'first_after'))).toBeUndefined();
  });

  it('takes none that is further away than the tolerance', async () => {
    const { feed, film, clock, wish } = rig();
    await film(3);
    const last = clock.now();
    expect(feed.select(wish(last + 101))).toBeUndefined();
    expect(feed.select(wish(last + 100))?.sequence).toBe(3);
    expect(feed.select(wish(last - 300, 'first_after'))).toBeUndefined();
    expect(feed.select(wish(last + 101, 'newest'))).toBeUndefined();
    expect(feed.select(wish(last + 99, 'newest'))?.sequence).toBe(3);
  });

  it('takes none when the better one is gone: no picture beats the picture of another part', async () => {
    const { feed, film, clock, wish } = rig({ slots: 8 });
    await film(10);
    const oldest = clock.now() - 3 * 40;
    expect(feed.select(wish(oldest - 10))?.sequence).toBe(7);
    expect(feed.select(wish(oldest - 30))).toBeUndefined();
    expect(feed.select(wish(oldest - 39, 'first_after'))?.sequence).toBe(7);
    expect(feed.select(wish(oldest - 40, 'first_after'))).toBeUndefined();
  });
});

describe('waiting for a frame', () => {
  /** Sees whether the promise has settled, without waiting for it. */
  const watch = (promise: Promise<Frame | undefined>) => {
    const state: { done: boolean; frame: Frame | undefined } = { done: false, frame: undefined };
    promise.then((frame) => Object.assign(state, { done: true, frame }));
    return state;
  };

  it('settles at once when a frame at or after the moment is there', async () => {
    const { feed, film, clock, wish } = rig();
    await film(3);
    const frame = await feed.waitFor(wish(clock.now() - 30), forever);
    expect(frame?.sequence).toBe(2);
    frame?.release();
  });

  it('waits for the frame after the moment when that may be nearer', async () => {
    const { feed, film, clock, wish } = rig();
    await film(10);
    const waiting = watch(feed.waitFor(wish(clock.now() + 30), forever));
    await clock.advance(35);
    expect(waiting.done).toBe(false);
    await film(1, 5);
    expect(waiting).toMatchObject({ done: true, frame: { sequence: 11 } });
  });

  it('does not wait when the frame to come is sure to be further away', async () => {
    const { feed, film, clock, wish } = rig();
    await film(10);
    const waiting = watch(feed.waitFor(wish(clock.now() + 5), forever));
    await clock.advance(0);
    expect(waiting).toMatchObject({ done: true, frame: { sequence: 10 } });
  });

  it('waits all the same while it does not know the rate yet', async () => {
    const { feed, film, clock, wish } = rig();
    await film(2);
    const waiting = watch(feed.waitFor(wish(clock.now() + 5), forever));
    await film(1, 8);
    expect(waiting).toMatchObject({ done: true, frame: { sequence: 3 } });
  });

  it('waits for the first after the moment, however near the one before is', async () => {
    const { feed, film, clock, wish } = rig();
    await film(10);
    const waiting = watch(feed.waitFor(wish(clock.now() + 1, 'first_after'), forever));
    await clock.advance(20);
    expect(waiting.done).toBe(false);
    await film(1, 20);
    expect(waiting.frame?.sequence).toBe(11);
  });

  it('never waits for the newest', async () => {
    const { feed, film, clock, wish } = rig();
    expect(await feed.waitFor(wish(clock.now(), 'newest'), forever)).toBeUndefined();
    await film(1);
    expect((await feed.waitFor(wish(clock.now() + 50, 'newest'), forever))?.sequence).toBe(1);
  });

  it('takes the best there is once nothing near enough can come, and none when there is none', async () => {
    const { feed, film, clock, wish } = rig();
    await film(10);
    const near = watch(feed.waitFor(wish(clock.now() + 30), forever));
    const none = watch(feed.waitFor(wish(clock.now() + 30, 'first_after'), forever));
    await clock.advance(129);
    expect([near.done, none.done]).toEqual([false, false]);
    await clock.advance(1);
    expect(near).toMatchObject({ done: true, frame: { sequence: 10 } });
    expect(none).toMatchObject({ done: true, frame: undefined });
  });

  it('is patient with pictures that arrive late by habit', async () => {
    const { feed, clock, shoot, wish } = rig();
    for (let i = 0; i < 10; i++) {
      await clock.advance(40);
      shoot(clock.now() - 300);
    }
    const waiting = watch(feed.waitFor(wish(clock.now() - 20), forever));
    await clock.advance(300);
    expect(waiting.done).toBe(false);
    shoot(clock.now() - 300);
    await clock.advance(0);
    expect(waiting.frame?.sequence).toBe(11);
  });

  it('gives nothing and holds nothing when the signal aborts', async () => {
    const { feed, film, clock, pool, wish } = rig();
    await film(1);
    const deadline = new AbortController();
    const waiting = watch(feed.waitFor(wish(clock.now() + 30), deadline.signal));
    deadline.abort();
    await clock.advance(0);
    expect(waiting).toEqual({ done: true, frame: undefined });
    expect(clock.pending).toBe(0);
    feed.clear();
    expect(pool.stats.inUse).toBe(0);
    expect(await feed.waitFor(wish(clock.now()), deadline.signal)).toBeUndefined();
  });

  it('serves many who wait for the same frame, each with a hold of its own', async () => {
    const { feed, film, clock, pool, wish } = rig();
    await film(10);
    const all = Promise.all(Array.from({ length: 5 }, () => feed.waitFor(wish(clock.now() + 30), forever)));
    await film(1);
    const frames = await all;
    feed.clear();
    expect(pool.stats.inUse).toBe(SIZE);
    for (const frame of frames) frame?.release();
    expect(pool.stats.inUse).toBe(0);
  });

  it('refuses to queue without end', async () => {
    const { feed, clock, wish } = rig();
    for (let i = 0; i < 1024; i++) void feed.waitFor(wish(clock.now() + 30), forever);
    expect(await feed.waitFor(wish(clock.now() + 30), forever)).toBeUndefined();
    expect(feed.counters.refusedWaits).toBe(1);
    feed.clear();
    expect(clock.pending).toBe(0);
  });

  it('does not keep a timer of months for a PLC whose clock is ahead', async () => {
    const { feed, clock, wish } = rig();
    const waiting = watch(feed.waitFor(wish(clock.now() + 1e12), forever));
    await clock.advance(60_000);
    expect(waiting).toEqual({ done: true, frame: undefined });
  });
});
