import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RtspOptions {
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  /** 0xAARRGGBB */
  readonly color?: string;
  /** Width of a pixel to its height: "24/11". */
  readonly aspect?: string;
  readonly bframes?: number;
  /** The size after two seconds: "640x480". */
  readonly later?: string;
  /** user:password */
  readonly user?: string;
}
export interface RtspCamera {
  readonly host: string;
  readonly url: string;
  kill(): Promise<void>;
  freeze(): void;
}

/** A real RTSP server in a process of its own. GStreamer's Python bindings are Debian's, so the Python is too. */
export async function startRtsp({
  width = 320,
  height = 240,
  fps = 25,
  color = '0xff2060c0',
  user,
  ...more
}: RtspOptions = {}): Promise<RtspCamera> {
  const python = process.env['LINESIDE_SYSTEM_PYTHON'] ?? '/usr/bin/python3';
  const others = Object.entries(more).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const args = [...others, '--size', `${width}x${height}`, '--fps', `${fps}`, '--color', color, ...(user ? ['--user', user] : [])];
  const child = spawn(python, [join(import.meta.dirname, 'rtsp.py'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => line.startsWith('READY') && resolve(line.split(' ')[1] ?? ''));
    exited.then(() => reject(new Error('the RTSP server did not start: are gir1.2-gst-rtsp-server-1.0 and python3-gi there?')));
  });
  return {
    host: `127.0.0.1:${port}`,
    url: `rtsp://127.0.0.1:${port}/stream`,
    freeze: () => void child.kill('SIGSTOP'),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
