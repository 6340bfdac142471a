import { describe, expect, it } from 'vitest';
import { redact, splitCredentials } from '#agent/sources/cameras/address.js';
import { authorize } from '#agent/sources/cameras/authorize.js';
import { ffmpeg, gstreamer, type StreamWish } from '#agent/sources/cameras/decoders.js';
import { readLabels } from '#agent/sources/cameras/recording.js';

describe('an address', () => {
  it.each([
    ['rtsp://10.1.3.31/stream1', 'rtsp://10.1.3.31/stream1', '', ''],
    ['rtsp://admin:pa%3Ass@cam:554/a?b=c@d', 'rtsp://cam:554/a?b=c@d', 'admin', 'pa:ss'],
    ['http://admin:p@ss@cam/', 'http://cam/', 'admin', 'p@ss'],
    ['http://admin@cam/', 'http://cam/', 'admin', ''],
    ['http://a:100%@cam/', 'http://cam/', 'a', '100%'],
    ['http://cam/look@me', 'http://cam/look@me', '', ''],
  ])('%s has its parts', (url, host, user, password) => {
    expect(splitCredentials(url)).toEqual({ host, user, password });
  });

  it('is not told with its credentials, in whatever form a program repeats them', () => {
    const url = 'rtsp://admin:s%20cret@cam/stream';
    for (const text of [`cannot open ${url}`, 'password "s cret" refused', 'rtsp://other:thing@cam', "file 'rtsp://admin:s%20cret@cam'"]) {
      expect(redact(text, url)).not.toMatch(/s(%20| )cret|thing/);
    }
    expect(redact('cannot open rtsp://cam/stream', url)).toBe('cannot open rtsp://cam/stream');
  });
});

describe('an answer to a challenge', () => {
  const request = { method: 'GET', uri: '/dir/index.html', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ', count: 1 };
  const person = { user: 'Mufasa', password: 'Circle of Life' };
  const challenge = (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;

  // RFC 7616 section 3.9.1.
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('is the one of the standard for %s', (algorithm, response) => {
    expect(authorize(challenge(algorithm), person, request)).toContain(`response="${response}"`);
  });

  it('does without qop where an old camera does not know it', () => {
    const old = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"';
    const answer = authorize(old, person, request) ?? '';
    // RFC 2069: MD5(HA1:nonce:HA2).
    expect(answer).toContain('response="2951cdbad33b2271fcb6b8e7b8feac23"');
    expect(answer).not.toMatch(/qop|nc=|cnonce/);
  });

  it('prefers Digest where both are offered, and is Basic where only that is', () => {
    expect(authorize(`Basic realm="x", ${challenge('MD5')}`, person, request)).toMatch(/^Digest /);
    expect(authorize('Basic realm="x"', person, request)).toBe(`Basic ${btoa('Mufasa:Circle of Life')}`);
  });

  it('is none for what is not known', () => {
    expect(authorize('Negotiate', person, request)).toBeUndefined();
    expect(authorize('Digest realm="x", nonce="y", algorithm=SHA-512-256', person, request)).toBeUndefined();
  });
});

describe('the command lines', () => {
  const wish: StreamWish = { url: "rtsp://user:it's@cam/s", format: 'rgb8', transport: 'udp', latencyMs: 50, insecure: false };

  it('keep the address out of the arguments of ffmpeg, whatever is in it', () => {
    const { args, input } = ffmpeg('ffmpeg', wish);
    expect(args.join(' ')).not.toContain('cam');
    expect(input).toContain(`file 'rtsp://user:it'\\''s@cam/s'`);
    expect(input).toContain('option rtsp_transport udp');
    expect(input).toContain('option max_delay 50000');
  });

  it('tell GStreamer user and password apart from the address, quoted once more', () => {
    const { args } = gstreamer('gst', { ...wish, url: 'rtsp://us"er:a%20b@cam/s', insecure: true });
    expect(args).toEqual(expect.arrayContaining(['location=rtsp://cam/s', 'user-id="us\\"er"', 'user-pw="a b"', 'tls-validation-flags=0']));
    expect(args).toEqual(expect.arrayContaining(['protocols=udp', 'latency=50']));
  });
});

describe('the labels of a recording', () => {
  it('are read with quotes, blank lines, any order of columns and any line end', () => {
    const text = 'truth,file,part\n"n,ok",a.jpg,"said ""left"""\n\nok,b.jpg,\r\n,,\nnok,c.jpg,3';
    expect(readLabels(text)).toEqual([
      { file: 'a.jpg', part: 'said "left"', truth: 'n,ok' },
      { file: 'b.jpg', truth: 'ok' },
      { file: 'c.jpg', part: '3', truth: 'nok' },
    ]);
  });

  it('are none where there is no column of files', () => {
    expect(readLabels('name,truth\na.jpg,ok\n')).toEqual([]);
    expect(readLabels('')).toEqual([]);
  });
});
