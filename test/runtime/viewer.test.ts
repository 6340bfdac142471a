import { describe, expect, it } from 'vitest';
import type { Frame } from '#agent/contracts/index.js';
import { Viewer } from '#agent/runtime/viewer.js';
import type { Encoded, EncodeJob } from '#agent/web/encoder.js';
import { ManualClock } from '../simulators/clock.ts';
import { memoryLog } from '../simulators/log.ts';

/** A viewer whose encoder answers when it is told to; `held` counts the frames that nobody has given back. */
function desk() {
  const clock = new ManualClock();
  const jobs: EncodeJob[] = [];
  const threads: { ended: boolean }[] = [];
  let answer: (made: Encoded) => void = () => {};
  let held = 0;
  const viewer = new Viewer(clock, memoryLog(), (made) => {
    const thread = { ended: false };
    threads.push(thread);
    answer = made;
    return {
      postMessage: (job) => void jobs.push(job),
      terminate: async () => {
        thread.ended = true;
      },
    };
  });
  const frame = (): Frame => ({
    camera: 'top',
    sequence: 1,
    captured: clock.now(),
    width: 4,
    height: 4,
    format: 'mono8',
    pixels: new Uint8Array(new SharedArrayBuffer(16)),
    hold: () => void held++,
    release: () => void held--,
  });
  let parts = 0;
  const judge = (station = 'outlet') => {
    const id = `part ${++parts}`;
    viewer.judged({ station, id }, [frame()]);
    return id;
  };
  const encode = async () => {
    await settled();
    const job = jobs.at(-1);
    if (job) answer({ number: job.number, jpeg: Uint8Array.of(job.number), why: '' });
    await settled();
  };
  return { clock, viewer, jobs, threads, judge, encode, held: () => held };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the picture of the last part', () => {
  it('is made only when somebody asks, and no frame is held before or after', async () => {
    const { viewer, jobs, judge, encode, held } = desk();
    judge();
    expect(await viewer.picture('outlet', 640)).toBeNull();
    expect([jobs.length, held()]).toEqual([0, 0]);
    const id = judge();
    await settled();
    expect([jobs.length, held()]).toEqual([1, 1]);
    await encode();
    expect(held()).toBe(0);
    expect(await viewer.picture('outlet', 640)).toMatchObject({ inspection: id, widest: 640 });
    judge('inlet');
    await settled();
    expect([jobs.length, held()]).toEqual([1, 0]);
  });

  it('is made twice a second at most, and once for each time that somebody asked', async () => {
    const { clock, viewer, jobs, judge, encode } = desk();
    await viewer.picture('outlet', 640);
    for (let i = 0; i < 10; i++) {
      judge();
      await encode();
      await viewer.picture('outlet', 640);
      await clock.advance(100);
    }
    expect(jobs).toHaveLength(2);
    await clock.advance(500);
    judge();
    await encode();
    judge();
    await clock.advance(500);
    judge();
    await encode();
    expect(jobs).toHaveLength(3);
  });

  it('is no wider than each asks for', async () => {
    const { viewer, judge, encode, clock } = desk();
    await viewer.picture('outlet', 1600);
    await viewer.picture('outlet', 70);
    judge();
    await encode();
    await encode();
    expect((await viewer.picture('outlet', 1600))?.widest).toBe(1280);
    expect((await viewer.picture('outlet', 70))?.widest).toBe(64);
    await clock.advance(600_000);
    expect(await viewer.picture('outlet', 70)).toBeNull();
  });

  it('of a thread that does not come back is given up, and another thread makes the next', async () => {
    const { clock, viewer, threads, judge, encode, held } = desk();
    await viewer.picture('outlet', 640);
    judge();
    await settled();
    await clock.advance(3000);
    await settled();
    expect([held(), threads.map(({ ended }) => ended)]).toEqual([0, [true]]);
    expect(await viewer.picture('outlet', 640)).toBeNull();
    const id = judge();
    await encode();
    expect(await viewer.picture('outlet', 640)).toMatchObject({ inspection: id });
    expect(threads).toHaveLength(2);
  });

  it('of a box that gives no thread is none, and the next one is tried', async () => {
    let gives = false;
    let made: (encoded: Encoded) => void = () => {};
    const viewer = new Viewer(new ManualClock(), memoryLog(), (answer) => {
      if (!gives) throw new Error('ERR_WORKER_INIT_FAILED: EAGAIN');
      made = answer;
      return {
        postMessage: ({ number }) => setImmediate(() => made({ number, jpeg: Uint8Array.of(number), why: '' })),
        terminate: async () => {},
      };
    });
    let held = 0;
    const frame = { width: 4, height: 4, format: 'mono8', hold: () => held++, release: () => held-- } as unknown as Frame;
    expect(await viewer.still(frame)).toBeNull();
    gives = true;
    expect(await viewer.still(frame)).toEqual(Uint8Array.of(2));
    expect(held).toBe(0);
  });

  it('is made for nobody after the end, and gives every frame back', async () => {
    const { viewer, threads, jobs, judge, held } = desk();
    for (const station of ['a', 'b', 'c']) await viewer.picture(station, 640);
    for (const station of ['a', 'b', 'c']) judge(station);
    await settled();
    expect([jobs.length, held()]).toEqual([1, 3]);
    await viewer.stop();
    await settled();
    expect([jobs.length, threads.length, held()]).toEqual([1, 1, 0]);
    expect(await viewer.picture('a', 640)).toBeNull();
  });
});
