/** An RTSP server (RFC 2326) that says whatever it likes: one step of its dialogue is spoilt, the others are as they should be. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { systemClock } from '../../agent/time.ts';
import { below, mutated, nudged, oddNumber, pick, type Random, reworded } from './mutate.ts';
import { FPS, interleaved, type Stream } from './rtp.ts';

const STEPS = ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'media'] as const;
type Step = (typeof STEPS)[number];

/** What comes of one life: which step is spoilt (null: none) and how, out of `random`. */
export interface Part {
  readonly random: Random;
  readonly stream: Stream;
  readonly spoilt: Step | null;
}

export const partOf = (random: Random, streams: readonly [Stream, ...Stream[]]): Part => ({
  random,
  stream: pick(random, streams),
  spoilt: pick(random, [...STEPS, 'media', null]),
});

export interface HostileRtsp {
  readonly host: string;
  /** What the next connections are told. */
  part: Part;
  close(): Promise<void>;
}

/** Without a request for so long, and no picture left, it hangs up: a decoder that waits for more ends then. */
const PATIENCE_MS = 400;
/** Of one answer that never ends: GStreamer reads a head byte by byte and keeps none of it, which the watchdog of the camera ends. */
const ENDLESS = { bytes: 600e6, piece: 1e6, ms: 20_000 };
/** Of one connection. */
const MOST_REQUESTS = 60;

export async function startHostileRtsp(part: Part): Promise<HostileRtsp> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    new Dialogue(socket, hostile.part, hostile.host);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hostile: HostileRtsp = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    part,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return hostile;
}

class Dialogue {
  private readonly socket: Socket;
  private readonly part: Part;
  private readonly host: string;
  private heard = '';
  private requests = 0;
  private isPlaying = false;
  /** Of the wait for the next request. */
  private cancel = () => {};

  constructor(socket: Socket, part: Part, host: string) {
    this.socket = socket;
    this.part = part;
    this.host = host;
    socket.setEncoding('latin1').on('data', (text: string) => this.hear(text));
    socket.setNoDelay(true);
    socket.once('close', () => this.cancel());
    this.hangUpLater();
  }

  /** Requests have no bodies, but what comes interleaved (reports of the receiver) may stand between them. */
  private hear(text: string): void {
    this.heard = (this.heard + text).slice(-65_536);
    for (let end = this.heard.indexOf('\r\n\r\n'); end >= 0; end = this.heard.indexOf('\r\n\r\n')) {
      const request = this.heard.slice(0, end);
      this.heard = this.heard.slice(end + 4);
      this.answer(request);
    }
  }

  private answer(request: string): void {
    if (++this.requests > MOST_REQUESTS) return void this.socket.destroy();
    const [, method = ''] = /([A-Z_]+) \S+ RTSP\/1/.exec(request) ?? [];
    const sequence = /^CSeq:\s*(\d+)/im.exec(request)?.[1] ?? '1';
    const good = this.good(method, sequence);
    const { spoilt, random } = this.part;
    this.hangUpLater();
    if (spoilt === null || spoilt === 'media' || spoilt !== method) this.socket.write(good);
    else this.spoil(good, sequence, random);
    if (method === 'PLAY' && !this.isPlaying) void this.play();
    if (method === 'TEARDOWN') this.socket.end();
  }

  private good(method: string, sequence: string): Buffer {
    const head = (...lines: readonly string[]) => ['RTSP/1.0 200 OK', `CSeq: ${sequence}`, ...lines];
    switch (method) {
      case 'OPTIONS':
        return text(head('Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN'));
      case 'DESCRIBE':
        return withBody(head(`Content-Base: rtsp://${this.host}/stream/`, 'Content-Type: application/sdp'), this.sdp());
      case 'SETUP':
        return text(head('Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=11570001', 'Session: 4711;timeout=60'));
      case 'PLAY':
        return text(head('Session: 4711', `RTP-Info: url=rtsp://${this.host}/stream/track1;seq=0;rtptime=0`, 'Range: npt=0.000-'));
      default:
        return text(head('Session: 4711'));
    }
  }

  private sdp(): string {
    return ['v=0', `o=- 1 1 IN IP4 ${this.host}`, 's=stream', 'c=IN IP4 0.0.0.0', 't=0 0', 'a=control:*', ...this.part.stream.sdp, ''].join(
      '\r\n',
    );
  }

  private spoil(good: Buffer, sequence: string, random: Random): void {
    const { host } = this;
    const said = (status: string, ...lines: readonly string[]) => text([`RTSP/1.0 ${status}`, `CSeq: ${sequence}`, ...lines]);
    const ways: readonly [() => Buffer | null, ...(() => Buffer | null)[]] = [
      () => mutated(random, good),
      () => mutated(random, good),
      () => Buffer.from(reworded(random, good.toString('latin1'), WORDS), 'latin1'),
      () => Buffer.from(reworded(random, good.toString('latin1'), WORDS), 'latin1'),
      () => withBody(['RTSP/1.0 200 OK', `CSeq: ${sequence}`, 'Content-Type: application/sdp'], oddSdp(random, this.sdp())),
      () => said('401 Unauthorized', ...challenges(random)),
      () => said(pick(random, ['301 Moved', '302 Found', '305 Use Proxy']), ...elsewhere(random, host)),
      () => said(`${pick(random, [404, 454, 461, 500, 503, 999, 0])} \u001b[31m${'x'.repeat(below(random, 5000))}`),
      () => Buffer.concat([good.subarray(0, -2), text(Array.from({ length: below(random, 20_000) }, (_, i) => `X-${i}: ${i}`))]),
      () => Buffer.concat(Array.from({ length: 1 + below(random, 50) }, () => good)),
      () => null,
    ];
    // It costs as much as all the others together, and a tenth of it shows the same.
    if (random() < 0.02) return void this.endless(good);
    const bytes = pick(random, ways)();
    if (bytes) this.socket.write(bytes);
  }

  /** A description, or a head, without end. */
  private async endless(good: Buffer): Promise<void> {
    this.cancel();
    const isBody = this.part.random() < 0.5;
    this.socket.write(isBody ? text(['RTSP/1.0 200 OK', 'CSeq: 1', `Content-Length: ${2 ** 31 - 2}`]) : good.subarray(0, -2));
    const piece = Buffer.alloc(ENDLESS.piece, isBody ? 'a=fmtp:96 x=1\r\n' : 'X-More: and more\r\n');
    const until = performance.now() + ENDLESS.ms;
    const closed = once(this.socket, 'close').catch(() => {});
    for (let sent = 0; sent < ENDLESS.bytes && performance.now() < until && this.socket.writable; sent += piece.length) {
      if (!this.socket.write(piece))
        await Promise.race([once(this.socket, 'drain').catch(() => {}), closed, systemClock.sleep(ENDLESS.ms)]);
    }
    this.socket.destroy();
  }

  /** At the pace of a camera; the connection is over with the last one. */
  private async play(): Promise<void> {
    this.isPlaying = true;
    this.cancel();
    const { stream, random, spoilt } = this.part;
    for (const packets of stream.pictures) {
      for (const bytes of packets) this.socket.write(spoilt === 'media' ? oddPacket(random, bytes) : interleaved(bytes));
      await systemClock.sleep(1000 / FPS);
      if (!this.socket.writable) return;
    }
    this.isPlaying = false;
    this.hangUpLater();
  }

  private hangUpLater(): void {
    this.cancel();
    if (!this.isPlaying) this.cancel = systemClock.after(PATIENCE_MS, () => this.socket.destroy());
  }
}

const text = (lines: readonly string[]): Buffer => Buffer.from(`${[...lines, '', ''].join('\r\n')}`, 'latin1');
const withBody = (head: readonly string[], body: string): Buffer =>
  Buffer.concat([text([...head, `Content-Length: ${Buffer.byteLength(body)}`]), Buffer.from(body)]);

const WORDS = [
  '0',
  '-1',
  '4294967296',
  '65536',
  'RTP/AVP',
  'RTP/SAVP',
  'multicast',
  '255-256',
  'interleaved=',
  'npt=now-',
  'RTSP/9.9',
  '😀',
  '%s%n',
];

function challenges(random: Random): readonly string[] {
  const long = 'x'.repeat(below(random, 3) * 30_000);
  return Array.from({ length: 1 + below(random, 4) }, () =>
    pick(random, [
      'WWW-Authenticate: Basic realm="cam"',
      'WWW-Authenticate: Digest realm="cam", nonce="a", qop="auth", stale=TRUE',
      `WWW-Authenticate: Digest realm="${long}", nonce="${long}", algorithm=SHA-512, opaque=${long}`,
      'WWW-Authenticate: Digest realm=cam nonce',
      `WWW-Authenticate: Negotiate ${long}`,
      'WWW-Authenticate:',
    ]),
  );
}

function elsewhere(random: Random, host: string): readonly string[] {
  const to = pick(random, [
    `rtsp://${host}/${below(random, 9)}`,
    `rtsp://${host}`,
    `http://${host}/`,
    'file:///etc/hostname',
    'concat:/etc/hostname',
    'rtsp://127.0.0.1:1/',
    'rtsp://[::1',
    `rtsp://${'a'.repeat(20_000)}/`,
    '',
  ]);
  return random() < 0.1 ? [] : [`Location: ${to}`];
}

/** Media that nobody has, in numbers that nobody counts. */
function oddSdp(random: Random, good: string): string {
  const medium = good.slice(good.indexOf('m='));
  return pick<() => string>(random, [
    () => good.slice(0, good.indexOf('m=')),
    () => good + medium.repeat(1 + below(random, 2000)),
    () => good.replace('RTP/AVP', pick(random, ['RTP/SAVP', 'UDP', 'RTP/AVP/TCP', 'x'.repeat(9000)])),
    () => good.replace(/m=video 0 RTP\/AVP \d+/, `m=${pick(random, ['audio', 'application', 'text'])} 0 RTP/AVP ${below(random, 128)}`),
    () => good.replace(/a=framerate:\d+/, `a=framerate:${oddNumber(random)}`),
    () => `${good}a=framesize:96 ${below(random, 70_000)}-${below(random, 70_000)}\r\n`,
    () => good.replace('a=control:track1', `a=control:${pick(random, ['rtsp://127.0.0.1:1/x', '../../..', 'x'.repeat(9000), '%n%n'])}`),
    () =>
      good.replace(
        /sprop-parameter-sets=.*/,
        `sprop-parameter-sets=${Buffer.from(nudged(random, Buffer.alloc(40, 7))).toString('base64')}`,
      ),
    () => good.replace(/H264/, pick(random, ['H265', 'VP8', 'MP4V-ES', 'raw', 'MPEG4-GENERIC', 'X'])),
  ])();
}

function oddPacket(random: Random, bytes: Buffer): Buffer {
  const how = random();
  // Most stay, so that what is wrong meets a decoder that works.
  if (how < 0.7) return interleaved(bytes);
  return pick<() => Buffer>(random, [
    () => interleaved(nudged(random, bytes)),
    () => interleaved(nudged(random, bytes.subarray(0, 40))),
    () => interleaved(mutated(random, bytes)),
    () => mutated(random, interleaved(bytes)),
    () => interleaved(bytes, below(random, 256)),
    () => Buffer.alloc(below(random, 70_000), below(random, 256)),
    () => Buffer.concat([interleaved(bytes), interleaved(bytes)]),
    () => Buffer.alloc(0),
  ])();
}
