import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '#agent/sources/cameras/child.js';
import { rtsp } from '#agent/sources/cameras/rtsp.js';
import { describeCamera } from '../contracts/camera.ts';
import { CameraLife, childrenOf, optionsOf, type Seen } from '../simulators/camera-life.ts';
import { type RtspCamera, startRtsp } from '../simulators/rtsp.ts';

/** What the simulator paints, within what H.264 and its colour space make of it. */
const isPainted = ({ pixels, width, height }: Seen) => {
  const middle = (Math.floor(height / 2) * width + Math.floor(width / 2)) * 3;
  for (const [at, value] of [0x20, 0x60, 0xc0].entries()) expect(Math.abs((pixels[middle + at] ?? 0) - value)).toBeLessThan(12);
};

describe.each(['gstreamer', 'ffmpeg'] as const)('rtsp:// through %s', (decoder) => {
  describeCamera(
    `rtsp:// (${decoder})`,
    rtsp,
    async () => {
      const server = await startRtsp();
      return {
        url: server.url,
        options: { decoder },
        shows: { width: 320, height: 240, format: 'rgb8' },
        check: isPainted,
        nowhere: 'rtsp://127.0.0.1:1/stream',
        vanish: server.kill,
        freeze: server.freeze,
        close: server.kill,
      };
    },
    // A torn picture is the decoder's to notice.
    ['tear'],
  );

  describe('on one server', () => {
    let server: RtspCamera;
    const lives: CameraLife[] = [];
    let others: readonly number[] = [];
    const start = (options: Record<string, unknown> = {}, url = server.url) => {
      others = childrenOf();
      const life = new CameraLife(rtsp.create(url, optionsOf(rtsp, { decoder, ...options }) as never, { base: '/' }));
      lives.push(life);
      return life;
    };
    const decoderPid = () => childrenOf().find((pid) => !others.includes(pid)) ?? 0;
    beforeAll(async () => {
      server = await startRtsp({ width: 322, height: 182, user: 'line:se cret' });
    });
    afterEach(async () => {
      for (const life of lives.splice(0)) await life.stop();
    });
    afterAll(() => server.kill());
    const address = (credentials = 'line:se%20cret') => server.url.replace('//', `//${credentials}@`);

    it('gives rows without padding, whatever the width', async () => {
      const [image] = await start({}, address()).more(1);
      expect(image).toMatchObject({ width: 322, height: 182, slotBytes: 322 * 182 * 3 });
      isPainted(image as Seen);
    });

    it('scales, turns grey and slows down as it is asked to', async () => {
      const life = start({ width: 160, format: 'mono8', fps: 5 }, address());
      const images = await life.more(16);
      for (const image of images) expect(image).toMatchObject({ width: 160, format: 'mono8', slotBytes: 160 * image.height });
      expect(Math.abs((images[0]?.height ?? 0) - 90)).toBeLessThan(2);
      // Fifteen intervals at five a second are three seconds, at the camera's twenty-five 0.6 s. A busy box only adds to it.
      expect((images.at(-1)?.captured ?? 0) - (images[0]?.captured ?? 0)).toBeGreaterThan(1500);
    });

    it('says CAMERA_UNREACHABLE for a wrong password, without saying the password', async () => {
      const life = start({}, address('line:wr0ng-pass'));
      expect(await life.ended).toBe('threw');
      expect(life.fault).toMatchObject({ code: 'CAMERA_UNREACHABLE' });
      expect(JSON.stringify([life.fault, String(life.fault), life.lines])).not.toContain('wr0ng-pass');
    });

    it('says CAMERA_ENDED when the decoder is killed, and gives the half picture back', async () => {
      const life = start({}, address());
      await life.more(2);
      process.kill(decoderPid(), 'SIGKILL');
      expect(await life.ended).toBe('threw');
      expect(life.fault).toMatchObject({ code: 'CAMERA_ENDED' });
      expect(life.pool.stats.inUse).toBe(0);
    });

    it('stops a decoder that is frozen, and leaves nothing of it', async () => {
      const life = start({}, address());
      await life.more(2);
      const pid = decoderPid();
      process.kill(pid, 'SIGSTOP');
      expect(await life.stop()).toBe('returned');
      expect(childrenOf()).toEqual(others);
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    });

    it('keeps the pipe in motion when there is no room, so that what comes next is new', async () => {
      const life = start({}, address());
      await life.more(1);
      life.hasSlots = false;
      await life.dropped(30, 'pool');
      life.hasSlots = true;
      const [image] = await life.more(1);
      isPainted(image as Seen);
    });

    // gst-launch takes everything as arguments.
    const itKeepsSecrets = decoder === 'ffmpeg' ? it : () => {};
    itKeepsSecrets('keeps the password out of the process list', async () => {
      const life = start({}, address());
      await life.more(1);
      const command = readFileSync(`/proc/${decoderPid()}/cmdline`, 'latin1');
      expect(command).toContain('image2pipe');
      expect(command).not.toMatch(/se.{0,2}cret|line:/);
    });
  });
});

describe('choosing a decoder', () => {
  const path = process.env['PATH'];
  let folder: string;
  const withOnly = async (...programs: string[]) => {
    folder = await mkdtemp(join(tmpdir(), 'lineside-path-'));
    for (const program of programs) await symlink(findProgram(program, path) ?? '/nowhere', join(folder, program));
    process.env['PATH'] = folder;
  };
  const run = (url: string, options: Record<string, unknown> = {}) =>
    new CameraLife(rtsp.create(url, optionsOf(rtsp, options) as never, { base: '/' }));
  afterEach(async () => {
    process.env['PATH'] = path;
    await rm(folder, { recursive: true });
  });

  it('says CAMERA_NO_DECODER where neither is installed', async () => {
    await withOnly('mkfifo');
    const life = run('rtsp://127.0.0.1:1/stream');
    expect(await life.ended).toBe('threw');
    expect(life.fault).toMatchObject({ code: 'CAMERA_NO_DECODER' });
  });

  it('takes ffmpeg where there is no GStreamer', async () => {
    await withOnly('mkfifo', 'ffmpeg');
    const server = await startRtsp();
    try {
      const life = run(server.url);
      await life.more(1);
      await life.stop();
    } finally {
      await server.kill();
    }
  });

  it('does not take a camera over TLS with a decoder that checks no certificate', async () => {
    await withOnly('mkfifo', 'ffmpeg');
    const life = run('rtsps://127.0.0.1:1/stream');
    await life.ended;
    expect(life.fault).toMatchObject({ code: 'CAMERA_UNREACHABLE', message: expect.stringContaining('certificates') });
    const insecure = run('rtsps://127.0.0.1:1/stream', { insecure: true });
    await insecure.ended;
    expect(insecure.fault).toMatchObject({ message: expect.stringMatching(/refused/) });
  });
});
