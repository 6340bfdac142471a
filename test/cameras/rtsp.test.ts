import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Address } from '#agent/contracts/index.js';
import { findProgram, runChild } from '#agent/sources/cameras/child.js';
import { rtsp } from '#agent/sources/cameras/rtsp.js';
import { systemClock } from '#agent/time.js';
import { childrenOf } from '#scripts/support/processes.js';
import { describeCamera } from '../contracts/camera.ts';
import { CameraLife, optionsOf, type Seen } from '../simulators/camera-life.ts';
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
    // GStreamer gets no camera with one.
    const hasPassword = decoder === 'ffmpeg';
    const itKeepsSecrets = hasPassword ? it : () => {};
    let server: RtspCamera;
    const lives: CameraLife[] = [];
    let others: readonly number[] = [];
    const start = (options: Record<string, unknown> = {}, url = server.url) => {
      others = childrenOf();
      const life = new CameraLife(rtsp.create(Address.of(url), optionsOf(rtsp, { decoder, ...options }) as never, { base: '/' }));
      lives.push(life);
      return life;
    };
    const decoderPid = () => childrenOf().find((pid) => !others.includes(pid)) ?? 0;
    beforeAll(async () => {
      server = await startRtsp({ width: 322, height: 182, ...(hasPassword ? { user: 'line:se cret' } : {}) });
    });
    afterEach(async () => {
      for (const life of lives.splice(0)) await life.stop();
    });
    afterAll(() => server.kill());
    const address = (credentials = 'line:se%20cret') => (hasPassword ? server.url.replace('//', `//${credentials}@`) : server.url);

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

    itKeepsSecrets('says CAMERA_UNREACHABLE for a wrong password, without saying the password', async () => {
      const life = start({}, address('line:wr0ng-pass'));
      expect(await life.ended).toBe('threw');
      expect(life.fault).toMatchObject({ code: 'CAMERA_UNREACHABLE', details: { status: 401 } });
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

    itKeepsSecrets('keeps the password out of the process list', async () => {
      const life = start({}, address());
      await life.more(1);
      const command = readFileSync(`/proc/${decoderPid()}/cmdline`, 'latin1');
      expect(command).toContain('image2pipe');
      expect(command).not.toMatch(/se.{0,2}cret|line:/);
    });
  });
});

describe.each(['gstreamer', 'ffmpeg'] as const)('a camera that wants a password, asked by %s without one,', (decoder) => {
  it('is told as refused, so that it is not asked again at once', async () => {
    const server = await startRtsp({ user: 'line:secret' });
    const life = new CameraLife(rtsp.create(Address.of(server.url), optionsOf(rtsp, { decoder }) as never, { base: '/' }));
    onTestFinished(async () => {
      await life.stop();
      await server.kill();
    });
    expect(await life.ended).toBe('threw');
    expect(life.fault).toMatchObject({ code: 'CAMERA_UNREACHABLE', details: { status: 401 }, message: expect.stringContaining('401') });
  });
});

describe.each(['gstreamer', 'ffmpeg'] as const)('the geometry of %s', (decoder) => {
  const play = async (options: Parameters<typeof startRtsp>[0], settings: Record<string, unknown> = {}) => {
    const server = await startRtsp(options);
    const life = new CameraLife(rtsp.create(Address.of(server.url), optionsOf(rtsp, { decoder, ...settings }) as never, { base: '/' }));
    onTestFinished(async () => {
      await life.stop();
      await server.kill();
    });
    return life;
  };

  it('has square pixels: the height stays', async () => {
    const life = await play({ width: 352, height: 576, aspect: '24/11' });
    for (const image of await life.more(2)) expect(image).toMatchObject({ width: 768, height: 576 });
  });

  it('fills what it is asked for, without borders', async () => {
    const life = await play({ color: '0xffffffff' }, { width: 200, height: 200, format: 'mono8' });
    for (const image of await life.more(2)) {
      expect(image).toMatchObject({ width: 200, height: 200 });
      expect(Math.min(...image.pixels)).toBeGreaterThan(200);
    }
  });

  it('follows a camera that changes its size', async () => {
    const life = await play({ width: 320, height: 240, later: '640x480' });
    expect((await life.more(1))[0]).toMatchObject({ width: 320, height: 240 });
    // ffmpeg cannot within one connection, and says so instead of squashing what comes.
    if (decoder === 'gstreamer') return vi.waitFor(() => expect(life.images.at(-1)).toMatchObject({ width: 640, height: 480 }), 20_000);
    await life.ended;
    expect(life.fault).toMatchObject({ code: 'CAMERA_ENDED', message: expect.stringContaining('640x480') });
    expect(new Set(life.images.map(({ width }) => width))).toEqual(new Set([320]));
  });
});

describe('ffmpeg, over UDP and with pictures that refer to later ones', () => {
  it('hands on none of what it has collected while it looked at the stream', async () => {
    const server = await startRtsp({ bframes: 3 });
    const life = new CameraLife(
      rtsp.create(Address.of(server.url), optionsOf(rtsp, { decoder: 'ffmpeg', transport: 'udp' }) as never, { base: '/' }),
    );
    onTestFinished(async () => {
      await life.stop();
      await server.kill();
    });
    await life.more(3);
    expect(life.drops.filter(({ why }) => why === 'older than the connection').length).toBeGreaterThan(5);
  });
});

describe('a decoder that takes all memory', () => {
  it('is ended, and that is what is told', async () => {
    const code = 'const all = []; setInterval(() => all.push(Buffer.alloc(64e6, 1)), 1);';
    const into = { room: () => new Uint8Array(1024), filled: () => {} };
    const said = await runChild({ command: process.execPath, args: ['-e', code] }, into, new AbortController().signal, systemClock);
    expect(said).toMatch(/more than 768 MB of memory/);
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
    new CameraLife(rtsp.create(Address.of(url), optionsOf(rtsp, options) as never, { base: '/' }));
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

  it.each([['ffmpeg'], ['ffmpeg', 'gst-launch-1.0']])('takes ffmpeg where it is installed', async (...installed) => {
    await withOnly('mkfifo', ...installed);
    const server = await startRtsp();
    try {
      const life = run(server.url);
      await life.more(1);
      const programs = childrenOf().map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]);
      expect(programs.some((program) => program?.endsWith('/ffmpeg'))).toBe(true);
      await life.stop();
    } finally {
      await server.kill();
    }
  });

  it('takes ffmpeg for a camera with a password, whatever the config prefers, and shows the password to nobody', async () => {
    await withOnly('mkfifo', 'ffmpeg', 'gst-launch-1.0');
    const server = await startRtsp({ user: 'line:s3cret-word' });
    const others = childrenOf();
    const life = run(server.url.replace('//', '//line:s3cret-word@'), { decoder: 'gstreamer' });
    try {
      await life.more(1);
      const commands = childrenOf()
        .filter((pid) => !others.includes(pid))
        .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
      expect(commands.join()).toContain('/ffmpeg');
      expect(commands.join()).not.toContain('s3cret-word');
    } finally {
      await life.stop();
      await server.kill();
    }
  });

  it.each(['line:s3cret-word@127.0.0.1:1/stream', '127.0.0.1:1/stream?password=s3cret-word'])(
    'starts no GStreamer for an address with something secret where there is no ffmpeg',
    async (at) => {
      await withOnly('mkfifo', 'gst-launch-1.0');
      const life = run(`rtsp://${at}`);
      expect(await life.ended).toBe('threw');
      expect(life.fault).toMatchObject({ code: 'CAMERA_PASSWORD_VISIBLE', message: expect.stringContaining('ffmpeg is not installed') });
    },
  );

  it('starts no GStreamer for a password that only it could carry over TLS', async () => {
    await withOnly('mkfifo', 'ffmpeg', 'gst-launch-1.0');
    const life = run('rtsps://line:s3cret-word@127.0.0.1:1/stream');
    await life.ended;
    expect(life.fault).toMatchObject({ code: 'CAMERA_PASSWORD_VISIBLE', message: expect.stringContaining('certificates') });
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
