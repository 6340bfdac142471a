/** What keeps a camera's pictures from being used is told for what it is, as long as it lasts. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Address } from '#agent/contracts/index.js';
import type { LinesideError } from '#agent/errors.js';
import { CameraFeed, createFramePool } from '#agent/runtime/frames.js';
import { waitAfter } from '#agent/runtime/plant.js';
import { Runner } from '#agent/runtime/runner.js';
import { http } from '#agent/sources/cameras/http.js';
import { systemClock } from '#agent/time.js';
import { optionsOf } from '../simulators/camera-life.ts';
import { memoryLog } from '../simulators/log.ts';
import { picture } from '../simulators/pictures.ts';
import { RawHttp, rawAnswer } from '../simulators/raw-http.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A snapshot camera whose picture can be changed, and the feed it fills; `told` is what it said last. */
async function watch(first: Buffer, memory: number) {
  let shown = first;
  const server = await new RawHttp(() => ({
    bytes: rawAnswer(`HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: ${shown.byteLength}\r\n\r\n`, shown),
    keep: true,
  })).listen();
  const feed = new CameraFeed({ name: 'top', clock: systemClock, log: memoryLog(), pool: createFramePool({ budget: memory }) });
  const over = new AbortController();
  let told: readonly LinesideError[] = [];
  const context = feed.context(over.signal, (list) => {
    told = list;
  });
  const run = http.create(Address.of(server.url('/snap')), optionsOf(http, { fps: 50 }) as never, { base: '/' }).run(context, over.signal);
  run.catch(() => {});
  ends.push(async () => {
    over.abort();
    await run.catch(() => {});
    feed.clear();
    await server.close();
  });
  return {
    feed,
    show: (next: Buffer) => {
      shown = next;
    },
    codes: (expected: readonly string[]) => vi.waitFor(() => expect(told.map(({ code }) => code)).toEqual(expected), 10_000),
    told: () => told,
  };
}

describe('a camera', () => {
  it('whose picture is larger than its memory says how large, and stops saying it when it fits', async () => {
    const { codes, told, show, feed } = await watch(await picture({ width: 2000, height: 1500 }), 4e6);
    await codes(['CAMERA_TOO_LARGE']);
    expect(told()[0]?.message).toMatch(/needs 9 MB.*`memory` is 4 MB/);
    expect(feed.cause?.code).toBe('CAMERA_TOO_LARGE');
    show(await picture({ width: 640, height: 480 }));
    await codes([]);
    expect(feed.cause).toBeNull();
  });

  it('whose every picture is torn says so, and one alone is no fault', async () => {
    const good = await picture({ width: 64, height: 48, noise: true });
    const { codes, told, show, feed } = await watch(good.subarray(0, 300), 4e6);
    await codes(['CAMERA_BAD_IMAGE']);
    expect(feed.cause?.message).toBe(told()[0]?.message);
    show(good);
    await codes([]);
  });

  it('that changes the size of its pictures says from what to what, until it is back', async () => {
    const [large, small] = [await picture({ width: 64, height: 48 }), await picture({ width: 32, height: 24 })];
    const { codes, told, show, feed } = await watch(large, 4e6);
    await vi.waitFor(() => expect(feed.counters.received).toBeGreaterThan(0));
    show(small);
    await codes(['CAMERA_RESIZED']);
    expect(told()[0]?.message).toMatch(/32x24.*64x48/);
    show(large);
    await codes([]);
  });
});

describe('a password that is refused', () => {
  const page = (head: string) => `HTTP/1.1 ${head}\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n<html>Log in</html>   `;
  it.each([
    ['401', undefined],
    ['403', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'],
    ['a page', page('200 OK')],
    ['the way to a page', page('302 Found\r\nLocation: /login')],
    ['the way to another host', page('302 Found\r\nLocation: http://portal/login')],
    ['the way round in a circle', page('302 Found\r\nLocation: /snap')],
  ])('is not sent again for half a minute, and then after longer and longer: %s', async (_, refusal) => {
    const asks = 'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="x", nonce="y", qop="auth"\r\nContent-Length: 0\r\n\r\n';
    const server = await new RawHttp(({ path, headers }) => ({
      bytes: rawAnswer(path === '/login' ? page('200 OK') : ((headers['authorization'] && refusal) ?? asks)),
      keep: true,
    })).listen();
    const camera = http.create(Address.of(server.url('/snap', 'a:b@')), optionsOf(http) as never, { base: '/' });
    const feed = new CameraFeed({ name: 'top', clock: systemClock, log: memoryLog(), pool: createFramePool({ budget: 1e6 }) });
    const waits: number[] = [];
    let over = () => {};
    const done = new Promise<void>((resolve) => {
      over = resolve;
    });
    let skipped = 0;
    const clock = {
      ...systemClock,
      elapsed: () => systemClock.elapsed() + skipped,
      sleep: async (ms: number) => {
        skipped += ms;
        if (ms > 1000) waits.push(ms);
        if (waits.length >= 4) over();
      },
    };
    const runner = new Runner({
      name: 'camera top',
      clock,
      random: () => 0.5,
      log: memoryLog(),
      backoff: { first: 250, most: 30_000 },
      atLeast: waitAfter,
      live: ({ signal }) => camera.run(feed.context(signal), signal),
    });
    runner.start();
    await done;
    await runner.stop();
    await server.close();
    expect(waits.slice(0, 4).map((ms) => Math.round(ms / 1000))).toEqual([30, 60, 120, 240]);
  });
});

describe('a time longer than any timer', () => {
  it('does not pass at once', async () => {
    let fired = 0;
    const cancel = systemClock.after(30 * 86_400_000, () => fired++);
    await new Promise((resolve) => setTimeout(resolve, 30));
    cancel();
    expect(fired).toBe(0);
    const over = new AbortController();
    const slept = systemClock.sleep(30 * 86_400_000, over.signal).then(
      () => 'slept',
      () => 'ended',
    );
    await new Promise((resolve) => setTimeout(resolve, 30));
    over.abort();
    expect(await slept).toBe('ended');
  });
});
