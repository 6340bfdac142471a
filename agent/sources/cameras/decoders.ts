/** The two programs that turn RTSP into a stream of PNM pictures on standard output, as command lines. Pure. */
import type { Address } from '../../contracts/index.ts';
import type { ChildCommand } from './child.ts';

export interface StreamWish {
  readonly address: Address;
  readonly format: 'rgb8' | 'mono8';
  readonly transport: 'tcp' | 'udp';
  readonly latencyMs: number;
  readonly width?: number;
  readonly height?: number;
  /** At most so many pictures a second. */
  readonly fps?: number;
  /** Take any certificate (rtsps). */
  readonly insecure: boolean;
}

/**
 * decodebin takes the best decoder of the box, hardware where there is one. The leaky queue is the newest-wins rule: a picture that
 * nobody has converted yet is replaced. gst-launch takes everything as arguments, which every user of the box can read: what is secret
 * never gets here, and an address with something secret is refused before (canShow).
 */
export function gstreamer(program: string, wish: StreamWish): ChildCommand {
  const { shown, user } = wish.address;
  const size = [wish.width && `width=${wish.width}`, wish.height && `height=${wish.height}`].filter(Boolean);
  const caps = [`video/x-raw`, `format=${wish.format === 'rgb8' ? 'RGB' : 'GRAY8'}`, 'pixel-aspect-ratio=1/1', ...size].join(',');
  const source = [
    'rtspsrc',
    `location=${shown}`,
    `latency=${wish.latencyMs}`,
    `protocols=${wish.transport}`,
    ...(user === '' ? [] : [`user-id=${quoted(user)}`, 'user-pw=""']),
    ...(wish.insecure ? ['tls-validation-flags=0'] : []),
  ];
  const rate = wish.fps === undefined ? [] : [['videorate', 'drop-only=true', `max-rate=${Math.max(1, Math.round(wish.fps))}`]];
  const stages = [
    source,
    ['application/x-rtp,media=video'],
    ['decodebin'],
    ['queue', 'leaky=downstream', 'max-size-buffers=1', 'max-size-bytes=0', 'max-size-time=0'],
    ...rate,
    ['videoscale', 'add-borders=false'],
    ['videoconvert'],
    [caps],
    ['pnmenc'],
    ['fdsink', 'fd=1', 'sync=false'],
  ];
  return { command: program, args: ['-q', ...stages.flatMap((stage, i) => (i === 0 ? stage : ['!', ...stage]))] };
}

/** Whether the process list may hold this address: no password, and nothing secret in its query. */
export const canShow = ({ password, shown, target }: Address): boolean => password.reveal() === '' && shown === target;

/**
 * The address goes in through standard input, as a list of one: arguments are visible to every user of the box, and cameras have
 * their passwords in the address.
 */
export function ffmpeg(program: string, wish: StreamWish): ChildCommand {
  const filters = [
    ...(wish.fps === undefined ? [] : [`select='isnan(prev_selected_t)+gte(t-prev_selected_t,${0.999 / wish.fps})'`]),
    // Square pixels, by the rule of GStreamer's videoscale: the height stays.
    "scale=w='trunc(iw*sar+0.001)':h=ih,setsar=1",
    ...(wish.width || wish.height ? [`scale=${wish.width ?? -1}:${wish.height ?? -1},setsar=1`] : []),
    // Says the time of every picture in a line of its own, before the picture comes.
    'showinfo=checksum=0',
  ];
  const [pixels, codec] = wish.format === 'rgb8' ? ['rgb24', 'ppm'] : ['gray', 'pgm'];
  return {
    command: program,
    args: [
      '-hide_banner',
      '-loglevel',
      'level+info',
      '-nostats',
      '-protocol_whitelist',
      'pipe,fd,rtsp,rtsps,rtp,tcp,udp,tls,crypto',
      '-f',
      'concat',
      '-safe',
      '0',
      // What GStreamer does not turn, nobody turns.
      '-noautorotate',
      '-i',
      'pipe:0',
      '-an',
      '-sn',
      '-dn',
      '-vf',
      filters.join(','),
      '-fps_mode',
      'passthrough',
      '-pix_fmt',
      pixels ?? '',
      '-c:v',
      codec ?? '',
      '-f',
      'image2pipe',
      '-flush_packets',
      '1',
      'pipe:1',
    ],
    input: [
      'ffconcat version 1.0',
      `file '${wish.address.reveal().replaceAll("'", "'\\''")}'`,
      `option rtsp_transport ${wish.transport}`,
      `option max_delay ${Math.round(wish.latencyMs * 1000)}`,
      '',
    ].join('\n'),
  };
}

/** The stream's own time of the next picture, ms, and its size; undefined for a line that says something else. */
export function announcedIn(line: string): { readonly stamp: number; readonly size: string } | undefined {
  const [, seconds, size] = /showinfo.*\bpts_time:\s*(-?[\d.]+).*\bs:(\d+x\d+)/.exec(line) ?? [];
  return seconds === undefined || size === undefined ? undefined : { stamp: Number(seconds) * 1000, size };
}
/** ffmpeg tells of streams and filters what nobody asked. */
export const isChatter = (line: string): boolean => /(^|\] )\[(info|verbose|debug)\]|^\s|^(Input|Output|Stream mapping|Press)\b/.test(line);

/** gst-launch parses its arguments once more, as one text. */
const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;
