/** Cameras that write HTTP by hand, and passwords that are wrong. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Address } from '#agent/contracts/index.js';
import type { LinesideError } from '#agent/errors.js';
import { http } from '#agent/sources/cameras/http.js';
import { CameraLife, optionsOf } from '../simulators/camera-life.ts';
import { picture } from '../simulators/pictures.ts';
import { type RawAnswer, RawHttp, rawAnswer } from '../simulators/raw-http.ts';

const jpeg = await picture({ width: 64, height: 48, noise: true });
const n = jpeg.byteLength;
const chunked = Buffer.concat([Buffer.from(`${n.toString(16)};x=y\r\n`), jpeg, Buffer.from('\r\n0\r\nX-Trailer: 1\r\n\r\n')]);

const padded = Buffer.concat([Buffer.from(`${n.toString(16).padStart(16, '0')}\r\n`), jpeg, Buffer.from('\r\n0\r\n\r\n')]);

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
const serve = async (answer: RawAnswer) => {
  const server = await new RawHttp(answer).listen();
  ends.push(() => server.close());
  return server;
};
const start = (url: string, options: Record<string, unknown> = {}) => {
  const life = new CameraLife(http.create(Address.of(url), optionsOf(http, options) as never, { base: '/' }));
  ends.unshift(() => life.stop());
  return life;
};

describe('an answer that is written by hand', () => {
  it.each([
    [
      'a header line without a name',
      `HTTP/1.1 200 OK\r\nServer: x\r\nTue, 12 Jun 2012 01:56:34 GMT\r\nContent-Type: image/jpeg\r\nContent-Length: ${n}\r\n\r\n`,
      jpeg,
    ],
    ['a space in a name', `HTTP/1.1 200 OK\r\nX Name: 1\r\nContent-Type : image/jpeg\r\nContent-Length: ${n}\r\n\r\n`, jpeg],
    ['line ends without CR', `HTTP/1.0 200 OK\nContent-Type: image/jpeg\nContent-Length: ${n}\n\n`, jpeg],
    ['its length twice', `HTTP/1.1 200 OK\r\nContent-Length: ${n}\r\nContent-Type: image/jpeg\r\nContent-Length: ${n}\r\n\r\n`, jpeg],
    [
      'a length beside chunks',
      `HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: ${n}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      chunked,
    ],
    ['neither length nor type', 'HTTP/1.0 200 OK\r\n\r\n', jpeg],
    ['another type', `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${n}\r\n\r\n`, jpeg],
    ['a page’s type and no length', 'HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n', jpeg],
    ['100 Continue before it', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: ${n}\r\n\r\n`, jpeg],
    ['no reason behind its status', `HTTP/1.1 200\r\nContent-Length: ${n}\r\n\r\n`, jpeg],
    ['a status in small letters', `http/1.1 200 ok\r\nContent-Length: ${n}\r\n\r\n`, jpeg],
    ['another status of success', `HTTP/1.1 206 Partial Content\r\nContent-Length: ${n}\r\n\r\n`, jpeg],
    ['two CR at each line end', `HTTP/1.1 200 OK\r\r\nContent-Length: ${n}\r\r\n\r\r\n`, jpeg],
    ['a length with words', `HTTP/1.1 200 OK\r\nContent-Length: ${n} bytes\r\n\r\n`, jpeg],
    ['a length with a sign', `HTTP/1.1 200 OK\r\nContent-Length: +${n}\r\n\r\n`, jpeg],
    ['a length that is too long', `HTTP/1.1 200 OK\r\nContent-Length: ${n + 100}\r\n\r\n`, jpeg],
    ['a length of -1', 'HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: -1\r\n\r\n', jpeg],
    ['a length of nothing', 'HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length:\r\n\r\n', jpeg],
    ['a length that nothing has', 'HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n', jpeg],
    ['sizes of chunks filled up with zeros', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', padded],
  ])('is taken with %s, byte by byte too', async (_, head, body) => {
    for (const mode of ['auto', 'snapshot']) {
      const server = await serve(() => ({ bytes: rawAnswer(head, body) }));
      const images = await start(server.url('/snap'), { fps: 50, mode }).more(3);
      for (const { original } of images) expect(jpeg.equals(original?.bytes ?? Buffer.alloc(0))).toBe(true);
    }
    const drop = await serve((_request, socket) => {
      const bytes = rawAnswer(head, body);
      const write = (at: number) => {
        if (at >= bytes.byteLength || socket.destroyed) return void socket.end();
        // The head in single bytes, the rest in one.
        const to = at < head.length ? at + 1 : bytes.byteLength;
        socket.write(bytes.subarray(at, to), () => setImmediate(write, to));
      };
      socket.setNoDelay(true);
      write(0);
      return undefined;
    });
    await start(drop.url('/snap'), { fps: 50 }).more(1);
  });

  it.each([
    ['two lengths that differ', `HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n`, /length of 5 and 6/],
    [
      'a head that is too long in one piece',
      `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(11_000)}Content-Length: 1\r\n\r\n`,
      /head of more than/,
    ],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(20_000)}`, /head of more than/],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n', /does not speak HTTP/],
    [
      'chunks without sizes',
      'HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n',
      /chunks make no sense/,
    ],
    ['half a picture', `HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: ${2 * n}\r\n\r\n`, /in the middle of an answer/],
    ['nothing', '', /without an answer/],
  ])('is refused with %s, and says so', async (_, head, why) => {
    const server = await serve(() => ({ bytes: rawAnswer(head, head.includes(`${2 * n}`) ? jpeg.subarray(0, n >> 1) : undefined) }));
    const life = start(server.url('/snap'));
    expect(await life.ended).toBe('threw');
    expect(String(life.fault)).toMatch(why);
    expect(String(life.fault)).toMatch(/CAMERA_(UNREACHABLE|ENDED)/);
  });
});

describe('an answer with a long row of what an expression tries once for each', () => {
  it.each([
    ['returns in a line', `HTTP/1.1 200 OK\r\nX: ${'\r'.repeat(60_000)}y\r\nContent-Length: ${n}\r\n\r\n`],
    ['blanks and a return in the first line', `HTTP/1.1 200 ${' '.repeat(60_000)}y\ry\r\nContent-Length: ${n}\r\n\r\n`],
  ])('is taken like any other: %s', async (_, head) => {
    const server = await serve(() => ({ bytes: rawAnswer(head, jpeg) }));
    const images = await start(server.url('/snap'), { fps: 50 }).more(10);
    for (const { original } of images) expect(jpeg.equals(original?.bytes ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('an answer that tells more than comes', () => {
  it('is taken when its picture is whole, where the connection stays open', async () => {
    const server = await serve(() => ({ bytes: rawAnswer(`HTTP/1.1 200 OK\r\nContent-Length: ${n + 100}\r\n\r\n`, jpeg), keep: true }));
    for (const { original } of await start(server.url('/snap'), { fps: 50 }).more(2)) {
      expect(jpeg.equals(original?.bytes ?? Buffer.alloc(0))).toBe(true);
    }
  });

  it('is a wrong password all the same, where the page about it never ends', async () => {
    const head = 'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="x", nonce="y"\r\nContent-Length: 5000\r\n\r\n';
    const server = await serve(() => ({ bytes: rawAnswer(head, Buffer.from('abc')), keep: true }));
    const life = start(server.url('/snap', 'me:wrong@'));
    expect(await life.ended).toBe('threw');
    expect(String(life.fault)).toMatch(/CAMERA_UNREACHABLE.*401 No: user or password is wrong/);
    expect(server.requests).toHaveLength(2);
  });
});

describe('an answer that is packed', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('is not asked for, and taken: %s', async (name, pack) => {
    const packed = pack(jpeg);
    for (const length of [`Content-Length: ${packed.byteLength}\r\n`, '']) {
      const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${name}\r\nContent-Type: image/jpeg\r\n${length}\r\n`;
      const server = await serve(() => ({ bytes: rawAnswer(head, packed) }));
      const [image] = await start(server.url('/snap'), { fps: 50 }).more(2);
      expect(jpeg.equals(image?.original?.bytes ?? Buffer.alloc(0))).toBe(true);
      expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
    }
  });

  it('is told for what it is where it unfolds to more than any picture', async () => {
    const bomb = gzipSync(Buffer.alloc(64e6));
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.byteLength}\r\n\r\n`;
    const life = start((await serve(() => ({ bytes: rawAnswer(head, bomb) }))).url('/snap'));
    expect(await life.ended).toBe('threw');
    expect(String(life.fault)).toMatch(/no picture: it is packed \(gzip\)/);
  });
});

describe('a refusal', () => {
  it.each([
    ['WWW-Authenticate: NTLM\r\n', /asks for ntlm; set it to Digest/],
    ['WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-512-256\r\n', /asks for digest with SHA-512-256; set it/],
    ['WWW-Authenticate: Digest realm="r", nonce="n", qop="auth-int"\r\n', /asks for digest with qop auth-int; set it/],
    ['', /401 No, and does not say how to log in/],
  ])('is told with what the camera asks for: %j', async (header, why) => {
    const server = await serve(() => ({ bytes: rawAnswer(`HTTP/1.1 401 No\r\n${header}Content-Length: 0\r\n\r\n`) }));
    const life = start(server.url('/snap', 'me:secret@'));
    expect(await life.ended).toBe('threw');
    expect(String(life.fault)).toMatch(why);
  });

  it('that points to itself is told as one', async () => {
    const server = await serve(() => ({ bytes: rawAnswer('HTTP/1.1 302 Found\r\nLocation: /snap\r\nContent-Length: 0\r\n\r\n') }));
    const life = start(server.url('/snap'));
    expect(await life.ended).toBe('threw');
    expect(String(life.fault)).toMatch(/302 Found again and again, and never with a picture/);
  });
});

describe('a stream that is written by hand', () => {
  const part = (head: string, end = '\r\n') => Buffer.concat([Buffer.from(head), jpeg, Buffer.from(end)]);
  it.each([
    [
      'another boundary than it names, without lengths',
      'multipart/x-mixed-replace; boundary=foo',
      part('--bar\r\nContent-Type: image/jpeg\r\n\r\n'),
    ],
    [
      'line ends without CR',
      'multipart/x-mixed-replace; boundary=foo',
      part(`--foo\nContent-Type: image/jpeg\nContent-Length: ${n}\n\n`, '\n'),
    ],
    [
      'lengths that are too short',
      'multipart/x-mixed-replace; boundary=foo',
      part(`--foo\r\nContent-Type: image/jpeg\r\nContent-Length: ${n - 100}\r\n\r\n`),
    ],
    ['an empty boundary', 'multipart/x-mixed-replace; boundary=', part(`--foo\r\nContent-Length: ${n}\r\n\r\n`)],
    ['no boundary', 'multipart/x-mixed-replace', part(`--foo\r\nContent-Length: ${n}\r\n\r\n`)],
    ['bare pictures', 'multipart/x-mixed-replace; boundary=foo', jpeg],
    ['bare pictures and no type', '', jpeg],
    ['bare pictures and the type of one', 'image/jpeg', jpeg],
    ['a type of its own', 'video/x-mjpeg', part('--foo\r\n\r\n')],
  ])('is taken with %s', async (_, type, bytes) => {
    const server = await serve((_request, socket) => {
      const timer = setInterval(() => socket.write(bytes), 20);
      socket.on('close', () => clearInterval(timer));
      return { bytes: Buffer.from(`HTTP/1.1 200 OK\r\n${type ? `Content-Type: ${type}\r\n` : ''}\r\n`), keep: true };
    });
    const images = await start(server.url('/stream')).more(3);
    for (const { original } of images) expect(jpeg.equals(original?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  it('of one picture alone is a snapshot, asked for again', async () => {
    const server = await serve(() => ({
      bytes: rawAnswer('HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=foo\r\n\r\n', jpeg),
    }));
    for (const mode of ['auto', 'snapshot']) await start(server.url('/snap'), { mode, fps: 50 }).more(3);
  });
});

describe('a snapshot', () => {
  const head = (type: string, more = '') => rawAnswer(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n${more}\r\n`);

  it('is the first picture of a stream that calls itself one and never ends', async () => {
    const server = await serve(() => ({ bytes: Buffer.concat([head('image/jpeg'), jpeg, jpeg.subarray(0, 20)]), keep: true }));
    await start(server.url('/snap'), { mode: 'snapshot', fps: 50 }).more(3);
  });

  it('is found behind a line that somebody wrote before it', async () => {
    const body = Buffer.concat([Buffer.from('\r\nOK\n'), jpeg]);
    const server = await serve(() => ({
      bytes: Buffer.concat([head('image/jpeg', `Content-Length: ${body.byteLength}\r\n`), body]),
      keep: true,
    }));
    for (const mode of ['auto', 'snapshot']) await start(server.url('/snap'), { mode, fps: 50 }).more(3);
  });

  it.each([
    ['packed (gzip)', Buffer.from([0x1f, 0x8b, 8, 0, 0])],
    ['of no known kind', Buffer.from('OK')],
  ])('that is none is called by its name: %s', async (name, body) => {
    const server = await serve(() => ({ bytes: Buffer.concat([head('image/jpeg', `Content-Length: ${body.byteLength}\r\n`), body]) }));
    const life = start(server.url('/snap'));
    await life.ended;
    expect(String(life.fault)).toContain(`it is ${name}, and only JPEG, PNG is taken`);
  });
});

describe('a redirect', () => {
  const ok = { bytes: rawAnswer(`HTTP/1.1 200 OK\r\nContent-Length: ${n}\r\n\r\n`, jpeg), keep: true };
  const found = (location: string) => ({
    bytes: rawAnswer(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`),
    keep: true,
  });

  it('is followed on the same host', async () => {
    const server = await serve(({ path }) => (path === '/snap' ? found('/cgi/img?x=1') : ok));
    await start(server.url('/snap'), { fps: 50 }).more(2);
    expect(server.requests.map(({ path }) => path)).toContain('/cgi/img?x=1');
  });

  it('to another host is told, and takes no password along', async () => {
    const thief = await serve(() => ({
      bytes: rawAnswer('HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'),
    }));
    const server = await serve(() => found(thief.url('/snap')));
    const life = start(server.url('/snap', 'line:geheim@'), { basic: true });
    await life.ended;
    expect(String(life.fault)).toMatch(/CAMERA_UNREACHABLE.*302.*points to http:\/\/127.0.0.1/);
    expect(thief.requests).toEqual([]);
  });

  it('in a circle ends', async () => {
    const server = await serve(() => found('/snap'));
    const life = start(server.url('/snap'));
    await life.ended;
    expect(life.fault).toMatchObject({ code: 'CAMERA_UNREACHABLE' });
    expect(server.requests.length).toBeLessThan(6);
  });
});

describe('a password', () => {
  const challenge = (header: string) => ({
    bytes: rawAnswer(`HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: ${header}\r\nContent-Length: 0\r\n\r\n`),
    keep: true,
  });
  const ok = { bytes: rawAnswer(`HTTP/1.1 200 OK\r\nContent-Length: ${n}\r\n\r\n`, jpeg), keep: true };
  const carrying = (server: RawHttp) => server.requests.filter(({ headers }) => headers['authorization'] !== undefined);

  it('that is wrong is sent once a life, however fresh each nonce is, and 401 is what is told', async () => {
    let nonce = 0;
    const server = await serve(() => challenge(`Digest realm="cam", nonce="${++nonce}", qop="auth"`));
    const life = start(server.url('/snap', 'admin:wrong@'), { fps: 100 });
    await life.ended;
    expect(life.fault).toMatchObject({
      code: 'CAMERA_UNREACHABLE',
      details: { status: 401 },
      message: expect.stringMatching(/401.*user or password is wrong/),
    });
    expect(carrying(server)).toHaveLength(1);
  });

  it('that is answered with 403 counts as refused; what is forbidden to everybody does not', async () => {
    const forbidden = { bytes: rawAnswer('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'), keep: true };
    const server = await serve(({ path, headers }) =>
      path === '/all' || headers['authorization'] ? forbidden : challenge('Digest realm="cam", nonce="1", qop="auth"'),
    );
    const statusOf = async (path: string) => {
      const life = start(server.url(path, 'admin:wrong@'));
      await life.ended;
      expect(String(life.fault)).toMatch(/CAMERA_UNREACHABLE.*403 Forbidden/);
      return (life.fault as LinesideError).details['status'];
    };
    expect([await statusOf('/one'), await statusOf('/all')]).toEqual([403, undefined]);
  });

  const page = (status: string, more = '') => ({
    bytes: rawAnswer(`HTTP/1.1 ${status}\r\n${more}Content-Type: text/html\r\nContent-Length: 19\r\n\r\n<html>Log in</html>`),
    keep: true,
  });

  it.each(['auto', 'snapshot', 'stream'])(
    'that is answered with a page, or with the way to one, is told to be wrong, mode %s',
    async (mode) => {
      for (const refusal of [page('200 OK'), page('302 Found', 'Location: /login\r\n')]) {
        const server = await serve(({ path, headers }) =>
          path === '/login' ? page('200 OK') : headers['authorization'] ? refusal : challenge('Digest realm="cam", nonce="1", qop="auth"'),
        );
        const life = start(server.url('/snap', 'admin:wrong@'), { mode });
        await life.ended;
        expect(life.fault).toMatchObject({ code: 'CAMERA_UNREACHABLE', details: { refused: true } });
        expect(String(life.fault)).toContain('answers the login with a web page (text/html): user, password or path is probably wrong');
        expect(carrying(server)).toHaveLength(1);
      }
    },
  );

  it('is not what is told of where no camera asked for it', async () => {
    const server = await serve(() => page('200 OK'));
    const life = start(server.url('/snap', 'admin:right@'));
    await life.ended;
    expect(life.fault).not.toHaveProperty('details.refused');
    expect(String(life.fault)).toContain('(text/html) is no picture: it is a web page');
  });

  it('that was right is sent along the way that a camera points to', async () => {
    const server = await serve(({ path, headers }) =>
      !headers['authorization']
        ? challenge('Digest realm="cam", nonce="1", qop="auth"')
        : path === '/snap'
          ? page('302 Found', 'Location: /img\r\n')
          : ok,
    );
    await start(server.url('/snap', 'admin:right@'), { fps: 100 }).more(3);
  });

  it('that becomes wrong is sent twice more; one page between two pictures is passed over', async () => {
    let pictures = 0;
    let pages = 0;
    const server = await serve(({ headers }) => {
      if (!headers['authorization']) return challenge('Digest realm="cam", nonce="1", qop="auth"');
      const isPicture = pictures < 6 && !(pictures === 3 && pages === 0);
      if (isPicture) pictures++;
      else pages++;
      return isPicture ? ok : page('200 OK');
    });
    const life = start(server.url('/snap', 'admin:right@'), { fps: 100 });
    await life.ended;
    expect(life.fault).toMatchObject({ code: 'CAMERA_UNREACHABLE', details: { refused: true } });
    expect([pictures, pages]).toEqual([6, 3]);
  });

  it('is sent to a camera whose refusal never ends', async () => {
    const open = (head: string) => ({ bytes: rawAnswer(`${head}\r\n\r\n<html>`), keep: true });
    const server = await serve(({ headers }) =>
      headers['authorization'] ? ok : open('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="cam", nonce="1", qop="auth"'),
    );
    await start(server.url('/snap', 'admin:right@'), { fps: 100 }).more(3);
    expect(carrying(server).length).toBeGreaterThanOrEqual(3);
    const closed = await serve(() => open('HTTP/1.1 503 Busy'));
    const life = start(closed.url('/snap'));
    await life.ended;
    expect(String(life.fault)).toMatch(/CAMERA_UNREACHABLE.*503 Busy/);
  });

  it('is sent once more where the camera says that the nonce was old, and only then', async () => {
    let nonce = 0;
    const server = await serve(({ headers }) =>
      headers['authorization']?.includes('nonce="2"') ? ok : challenge(`Digest realm="cam", nonce="${++nonce}", qop="auth", stale=true`),
    );
    await start(server.url('/snap', 'admin:right@'), { fps: 100 }).more(3);
    const liar = await serve(() => challenge(`Digest realm="cam", nonce="${++nonce}", qop="auth", stale=true`));
    const life = start(liar.url('/snap', 'admin:right@'));
    await life.ended;
    expect(carrying(liar).length).toBeLessThanOrEqual(2);
  });

  it('goes on being right where a camera renews its nonce without saying why', async () => {
    let asked = 0;
    const server = await serve(({ headers }) => {
      const fresh = `nonce="${Math.floor(++asked / 4)}"`;
      return headers['authorization']?.includes(fresh) ? ok : challenge(`Digest realm="cam", ${fresh}, qop="auth"`);
    });
    await start(server.url('/snap', 'admin:right@'), { fps: 100 }).more(8);
  });

  it('is not told in clear to who asks for it, unless the config says so', async () => {
    const server = await serve(({ headers }) => (headers['authorization'] ? ok : challenge('Basic realm="x"')));
    const life = start(server.url('/snap', 'line:geheim@'));
    await life.ended;
    expect(String(life.fault)).toMatch(/CAMERA_UNREACHABLE.*401.*in clear.*basic: true/);
    expect(carrying(server)).toEqual([]);
    await start(server.url('/snap', 'line:geheim@'), { basic: true }).more(1);
    expect(carrying(server)[0]?.headers['authorization']).toBe(`Basic ${btoa('line:geheim')}`);
  });

  it('is asked for where the config has none, which is told', async () => {
    const server = await serve(() => challenge('Basic realm="x"'));
    const life = start(server.url('/snap'));
    await life.ended;
    expect(String(life.fault)).toMatch(/401.*wants a user and a password/);
  });
});

it('a connection that the camera closes while it is idle is opened again', async () => {
  const server = await serve((_, socket) => {
    setImmediate(() => setTimeout(() => socket.destroy(), 5));
    return { bytes: rawAnswer(`HTTP/1.1 200 OK\r\nContent-Length: ${n}\r\n\r\n`, jpeg), keep: true };
  });
  const life = start(server.url('/snap'), { fps: 60 });
  await life.more(10);
  await vi.waitFor(() => expect(server.requests.length).toBeGreaterThanOrEqual(10));
});
