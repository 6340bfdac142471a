import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readAddress } from '#agent/config/address.js';
import { Address } from '#agent/contracts/index.js';
import { http } from '#agent/sources/cameras/http.js';
import { describeCamera } from '../contracts/camera.ts';
import { CameraLife, optionsOf } from '../simulators/camera-life.ts';
import { freePort } from '../simulators/free-port.ts';
import { HttpCamera, type HttpCameraOptions } from '../simulators/http-camera.ts';
import { picture } from '../simulators/pictures.ts';

const pictures = await Promise.all([0, 1, 2].map(() => picture({ width: 160, height: 120, noise: true })));

const behaviours: Record<string, { path: string; options?: Partial<HttpCameraOptions>; settings?: Record<string, unknown> }> = {
  'http:// stream': { path: '/stream' },
  'http:// stream without lengths': { path: '/stream', options: { contentLength: false } },
  'http:// stream with two dashes too many': {
    path: '/stream',
    options: { contentLength: false, boundary: { header: '"--myboundary"', stream: '--myboundary' } },
  },
  'http:// snapshot': { path: '/snapshot?quality=9', settings: { fps: 50 } },
};
for (const [name, { path, options = {}, settings = {} }] of Object.entries(behaviours)) {
  describeCamera(name, http, async () => {
    const camera = await new HttpCamera({ pictures, ...options }).listen();
    return {
      url: camera.url(path),
      options: settings,
      shows: { width: 160, height: 120, format: 'rgb8' },
      check: ({ original, pixels }) => {
        expect(pictures.some((sent) => original?.bytes && sent.equals(original.bytes))).toBe(true);
        expect(new Set(pixels).size).toBeGreaterThan(100);
      },
      nowhere: 'http://127.0.0.1:1/stream',
      vanish: () => camera.close(),
      tear: () => {
        camera.torn = 1;
      },
      freeze: () => {
        camera.frozen = true;
      },
      close: () => camera.close().catch(() => {}),
    };
  });
}

describe('http://', () => {
  const ends: (() => Promise<unknown>)[] = [];
  const camera = async (options: Partial<HttpCameraOptions> = {}) => {
    const other = await new HttpCamera({ pictures, ...options }).listen();
    ends.push(() => other.close());
    return other;
  };
  const start = (url: string, options: Record<string, unknown> = {}) => {
    const life = new CameraLife(http.create(Address.of(url), optionsOf(http, options) as never, { base: '/' }));
    ends.unshift(() => life.stop());
    return life;
  };
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  it.each(['basic', 'digest'] as const)('answers a %s challenge with the credentials of the address', async (scheme) => {
    const other = await camera({ auth: { scheme, user: 'line', password: 'se:cret' } });
    await start(other.url('/stream', 'line:se%3Acret@'), { basic: true }).more(1);
    const snapshots = start(other.url('/snapshot', 'line:se%3Acret@'), { fps: 50, basic: true });
    const before = other.requests;
    await snapshots.more(5);
    // The challenge was met once; after that every request brings its answer along.
    expect(other.requests - before).toBeLessThanOrEqual(7);
  });

  it.each(['Zebra/42#Kilo', 'a?b&c=d', 'p@ss', '100%', 'Zebra%41x', 'a:b'])(
    'is let in with a password of the environment, whatever it holds: %s',
    async (password) => {
      for (const scheme of ['basic', 'digest'] as const) {
        const other = await camera({ auth: { scheme, user: 'line', password } });
        const { address } = readAddress(other.url('/stream', 'line:${env:PW}@'), () => password);
        const life = new CameraLife(http.create(address, optionsOf(http, { basic: true }) as never, { base: '/' }));
        ends.unshift(() => life.stop());
        await life.more(1);
      }
    },
  );

  it.each(['line:falsch@', ''])('says CAMERA_UNREACHABLE for wrong credentials (%s), and asks but once more', async (credentials) => {
    const other = await camera({ auth: { scheme: 'digest', user: 'line', password: 'right' } });
    const life = start(other.url('/stream', credentials));
    await life.ended;
    expect(life.fault).toMatchObject({ code: 'CAMERA_UNREACHABLE', message: expect.stringContaining('401') });
    expect(String(life.fault)).not.toContain('falsch');
    expect(other.requests).toBeLessThanOrEqual(2);
  });

  it.each([
    ['a web page', {}, '/', /text\/html.* is no picture: it is a web page/],
    ['a web page where a stream is asked for', { mode: 'stream' }, '/', /text\/html.* is no picture/],
    ['a web page where single pictures are asked for', { mode: 'snapshot' }, '/', /text\/html.* is no picture/],
  ])('says CAMERA_UNREACHABLE for %s', async (_, options, path, why) => {
    const other = await camera();
    const life = start(other.url(path), options);
    await life.ended;
    expect(life.fault).toMatchObject({ code: 'CAMERA_UNREACHABLE', message: expect.stringMatching(why) });
  });

  it('takes the first picture of a stream where single pictures are asked for, each time anew', async () => {
    const other = await camera();
    await start(other.url('/stream'), { mode: 'snapshot', fps: 50 }).more(3);
    expect(other.requests).toBeGreaterThanOrEqual(3);
  });

  it('says what the camera answers when it refuses, at first and later', async () => {
    const other = await camera();
    const life = start(other.url('/snapshot'), { fps: 50 });
    await life.more(1);
    other.status = 503;
    await life.ended;
    expect(life.fault).toMatchObject({ code: 'CAMERA_ENDED', message: expect.stringContaining('503') });
    const again = start(other.url('/snapshot'));
    await again.ended;
    expect(again.fault).toMatchObject({ code: 'CAMERA_UNREACHABLE', message: expect.stringContaining('503') });
  });

  it.each([true, false])('ends the life over parts without end in which no picture is (told lengths: %s)', async (contentLength) => {
    const other = await camera({ contentLength });
    const life = start(other.url('/stream'));
    await life.more(1);
    other.giant = 1e9;
    await life.ended;
    expect(life.fault).toMatchObject({ code: 'CAMERA_BAD_IMAGE', message: expect.stringMatching(/32000000 bytes of what is no picture/) });
  });

  it('finds its way back after bytes that belong to no part', async () => {
    const other = await camera();
    const life = start(other.url('/stream'));
    other.junk = Buffer.from('\r\n\r\n');
    await life.more(5);
    expect(life.drops.filter((drop) => drop.reason !== 'busy')).toEqual([]);
  });

  it('takes the newest when pictures come faster than they can be decoded', async () => {
    const large = await picture({ width: 1600, height: 1200, noise: true });
    const other = await camera({ pictures: [large], fps: 500 });
    const life = start(other.url('/stream'));
    await life.dropped(3, 'busy');
    await life.more(2);
  });

  it('reads the stream of ffmpeg, which nobody here wrote', async () => {
    const port = await freePort();
    const type = ['-content_type', 'multipart/x-mixed-replace;boundary=ffmpeg'];
    const args = ['-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25', '-f', 'mpjpeg', ...type];
    const server = spawn('ffmpeg', [...args, '-listen', '1', `http://127.0.0.1:${port}/feed`], { stdio: 'ignore' });
    const exited = new Promise((resolve) => server.once('exit', resolve));
    try {
      // It listens when it likes; until then nobody is there.
      const life = await vi.waitFor(
        async () => {
          const trial = start(`http://127.0.0.1:${port}/feed`, { mode: 'stream' });
          await trial.more(1);
          return trial;
        },
        { timeout: 10_000 },
      );
      const images = await life.more(3);
      for (const image of images) expect(image).toMatchObject({ width: 320, height: 240, format: 'rgb8' });
    } finally {
      server.kill('SIGKILL');
      await exited;
    }
  });
});
