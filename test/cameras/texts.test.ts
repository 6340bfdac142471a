import { describe, expect, it } from 'vitest';
import { Address, Secret } from '#agent/contracts/index.js';
import { redact } from '#agent/sources/cameras/address.js';
import { answer, challengesOf, isStale, strongest } from '#agent/sources/cameras/authorize.js';
import { ffmpeg, gstreamer, type StreamWish } from '#agent/sources/cameras/decoders.js';
import { readLabels } from '#agent/sources/cameras/recording.js';

describe('an address', () => {
  it('is not told with its credentials, in whatever form a program repeats them', () => {
    const address = Address.of('rtsp://admin:s%20cret@cam/stream');
    for (const text of [
      `cannot open ${address.reveal()}`,
      'password "s cret" refused',
      'rtsp://other:thing@cam',
      "file 'rtsp://admin:s%20cret@cam'",
    ]) {
      expect(redact(text, address)).not.toMatch(/s(%20| )cret|thing/);
    }
    expect(redact('cannot open rtsp://cam/stream', address)).toBe('cannot open rtsp://cam/stream');
  });
});

describe('an answer to a challenge', () => {
  const request = { method: 'GET', uri: '/dir/index.html', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ', count: 1 };
  const authorize = (header: string | readonly string[], credentials: typeof person, to: typeof request) => {
    const challenge = strongest(challengesOf([header].flat()));
    return challenge && answer(challenge, credentials, to);
  };
  const person = { user: 'Mufasa', password: new Secret('Circle of Life') };
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
    expect(authorize('Digest realm="x", nonce="y", qop="auth-int"', person, request)).toBeUndefined();
    for (const nonsense of ['', ',,,', '=', '"', 'Digest', 'Digest realm="never closed'])
      expect(() => authorize(nonsense, person, request)).not.toThrow();
  });

  it('keeps what each challenge says apart, in one header or in several', () => {
    const digest = challenge('MD5');
    const alone = authorize(digest, person, request);
    for (const headers of [
      [`${digest}, Basic realm="other", charset="UTF-8"`],
      [`Basic realm="other", ${digest}`],
      ['Basic realm="other"', digest],
      [digest, 'Bearer realm="third", error="x"'],
    ]) {
      expect(authorize(headers, person, request)).toBe(alone);
    }
    expect(
      challengesOf(['Negotiate, Digest realm="a, b=c", qop=auth,Basic realm=x']).map(({ scheme, parameters }) => [scheme, ...parameters]),
    ).toEqual([['negotiate'], ['digest', ['realm', 'a, b=c'], ['qop', 'auth']], ['basic', ['realm', 'x']]]);
  });

  it('takes the stronger of two digests', () => {
    expect(authorize([challenge('MD5'), challenge('SHA-256')], person, request)).toContain('algorithm=SHA-256');
  });

  it('is worth a second try only where the camera says that its nonce was old', () => {
    expect(isStale(challengesOf(['Digest realm="x", nonce="y", stale=TRUE']))).toBe(true);
    expect(isStale(challengesOf(['Digest realm="x", nonce="y", stale=false']))).toBe(false);
    expect(isStale(challengesOf(['Digest realm="stale=true", nonce="y"']))).toBe(false);
  });

  it('carries no line end and no quote of the camera’s into the next request', () => {
    const header = authorize(['Digest realm="a\r\nX-Evil: 1", nonce="b\\"c"'], { user: 'us"er', password: new Secret('p') }, request) ?? '';
    expect(header).not.toMatch(/[\r\n]/);
    expect(header).toContain('username="us\\"er"');
    expect(header).toContain('nonce="b\\"c"');
  });
});

describe('the command lines', () => {
  const wish: StreamWish = {
    address: Address.of("rtsp://user:it's@cam/s"),
    format: 'rgb8',
    transport: 'udp',
    latencyMs: 50,
    insecure: false,
  };

  it('keep the address out of the arguments of ffmpeg, whatever is in it', () => {
    const { args, input } = ffmpeg('ffmpeg', wish);
    expect(args.join(' ')).not.toContain('cam');
    expect(input).toContain(`file 'rtsp://user:it'\\''s@cam/s'`);
    expect(input).toContain('option rtsp_transport udp');
    expect(input).toContain('option max_delay 50000');
  });

  it('tell GStreamer a user quoted once more, and nothing secret', () => {
    const { args } = gstreamer('gst', { ...wish, address: Address.of('rtsp://us"er:a%20b@cam/s?password=hidden'), insecure: true });
    expect(args).toEqual(expect.arrayContaining(['user-id="us\\"er"', 'user-pw=""', 'tls-validation-flags=0']));
    expect(args.join(' ')).not.toMatch(/a b|a%20b|hidden/);
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
