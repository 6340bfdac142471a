/** HTTP requests to one camera: one socket, kept while the camera keeps it; credentials from the address, answered as the camera asks. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Address } from '../../contracts/index.ts';
import { asLinesideError, causeOf, LinesideError } from '../../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../../time.ts';
import { answer, askedFor, type Challenge, type Credentials, challengesOf, isStale, strongest } from './authorize.ts';
import { type Head, ResponseReader } from './response.ts';

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly camera: string;
  readonly address: Address;
  /** https: take any certificate. */
  readonly insecure: boolean;
  /** Tell the password to a camera that asks for it in clear, over a connection that is not encrypted. */
  readonly basic: boolean;
}

export interface Answer extends Head {
  /** User and password were sent for it, or for what led to it. */
  readonly carried: boolean;
  /** Hands on the body as it comes and settles at its end. This or leave() must be called, once; abort the signal to leave it later. */
  read(into: (bytes: Buffer) => void): Promise<void>;
  /** Ends the connection: nobody wants the body. */
  leave(): void;
}

type Reply = Omit<Answer, 'carried'>;

const MOST_REDIRECTS = 3;
/** How long the rest of a refusal is waited for: what was refused is known by its head. */
const REST_PATIENCE: Milliseconds = Seconds(1);

export class HttpConnection {
  private readonly options: ConnectionOptions;
  private readonly credentials: Credentials;
  private url: URL;
  private idle: Socket | null = null;
  private challenge: Challenge | undefined;
  private answers = 0;
  /** In this life the camera has taken the credentials. */
  private accepted = false;

  /** Throws CAMERA_UNREACHABLE when the address is none. */
  constructor(options: ConnectionOptions) {
    const { user, password, target } = options.address;
    this.options = options;
    if (!URL.canParse(target)) throw this.fault(`${options.address} is no address`);
    this.url = new URL(target);
    this.credentials = { user, password };
  }

  /** The answer, its body unread. Throws CAMERA_UNREACHABLE when there is none, or one that is not a 200. */
  async get(signal: AbortSignal): Promise<Answer> {
    let refused = 0;
    let sent = 0;
    for (let redirects = 0; ; ) {
      const carried = this.challenge !== undefined;
      if (carried) sent++;
      const response = await this.ask(signal);
      if (isPicture(response.status)) {
        this.accepted ||= carried;
        return { ...response, carried: sent > 0 };
      }
      if (response.endless) response.leave();
      else await this.passOver(response, signal);
      if (response.status === 401) {
        if (carried) refused++;
        this.heed(response, refused);
      } else if (isRedirect(response.status) && redirects < MOST_REDIRECTS && sent < 2) {
        redirects++;
        this.follow(response, sent > 0);
      } else {
        throw this.unanswered(response, sent > 0);
      }
    }
  }

  close(): void {
    this.idle?.destroy();
    this.idle = null;
  }

  /**
   * What to answer a 401 with. The password is sent again for one reason only: that the nonce was too old, which the camera says, or
   * which is likely where it took the password before. Everything else is a wrong password, and cameras lock the account after a few.
   */
  private heed(response: Head, refused: number): void {
    const { status, reason } = response;
    const offered = challengesOf(response.headers.get('www-authenticate') ?? []);
    const says = `it answers ${status} ${reason}`.trim();
    if (this.credentials.user === '') throw this.fault(`${says}: it wants a user and a password`, status);
    const isOld = refused === 1 && (isStale(offered) || this.accepted);
    this.accepted = false;
    if (refused > 0 && !isOld) throw this.fault(`${says}: user or password is wrong`, status);
    const challenge = strongest(offered);
    if (!challenge) {
      const asked = askedFor(offered);
      const how = asked === '' ? 'does not say how to log in' : `asks for ${asked}; set it to Digest with MD5 or SHA-256, or to Basic`;
      throw this.fault(`${says}, and ${how}`, status);
    }
    if (challenge.scheme === 'basic' && this.url.protocol === 'http:' && !this.options.basic) {
      throw this.fault(
        `${says}, and asks for the password in clear over http; use https, or set \`basic: true\` where the network is trusted`,
        status,
      );
    }
    this.challenge = challenge;
    this.answers = 0;
  }

  /** The rest of a refusal, for the connection's sake; one that is torn, large or slow changes nothing about what was refused. */
  private async passOver(response: Reply, signal: AbortSignal): Promise<void> {
    const cancel = this.options.clock.after(REST_PATIENCE, () => response.leave());
    try {
      await response.read(() => {});
    } catch (thrown) {
      if (signal.aborted) throw thrown;
    } finally {
      cancel();
    }
  }

  private unanswered({ status, reason }: Head, carried: boolean): LinesideError {
    const says = `it answers ${status} ${reason}`.trim();
    if (isRedirect(status)) {
      const wrong = 'to the login, again and again: user or password is probably wrong';
      return this.fault(carried ? `${says} ${wrong}` : `${says} again and again, and never with a picture`, status, carried);
    }
    // What is forbidden to everybody is no password that was refused.
    return this.fault(says, status === 403 && !carried ? undefined : status);
  }

  /**
   * To the same host only: the credentials are for it, and the config names it. Where they were sent it may be the way to a page for
   * another login: they are sent there when they are asked for.
   */
  private follow({ status, headers }: Head, carried: boolean): void {
    const [location = ''] = headers.get('location') ?? [];
    const to = URL.canParse(location, this.url.href) ? new URL(location, this.url.href) : null;
    const isSafer = to?.protocol === 'https:' && to.hostname === this.url.hostname;
    if (!to || (to.origin !== this.url.origin && !isSafer)) {
      const answers = carried ? `answers the login with ${status}` : `answers ${status}`;
      const unless = carried ? 'user or password is probably wrong; if they are right' : 'if that is right';
      throw this.fault(
        `it ${answers} and points to ${location.slice(0, 200) || 'nowhere'}; ${unless}, name it as \`url\``,
        status,
        carried,
      );
    }
    if (to.origin !== this.url.origin) this.close();
    this.challenge = undefined;
    to.username = '';
    to.password = '';
    this.url = to;
  }

  private async ask(signal: AbortSignal): Promise<Reply> {
    const kept = this.idle;
    this.idle = null;
    if (kept && !kept.destroyed) {
      try {
        return await this.exchange(kept, signal);
      } catch (thrown) {
        // A camera may close a connection that is idle at the very moment at which it is used again.
        if (signal.aborted || !(thrown instanceof LinesideError) || thrown.details['unanswered'] !== true) throw thrown;
      }
    }
    return this.exchange(this.open(), signal);
  }

  private open(): Socket {
    const { hostname, port, protocol } = this.url;
    const host = hostname.replace(/^\[|\]$/g, '');
    const isSecure = protocol === 'https:';
    const at = { host, port: Number(port) || (isSecure ? 443 : 80) };
    const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
    const socket = isSecure ? connectSecurely({ ...at, ...name, rejectUnauthorized: !this.options.insecure }) : connect(at);
    // Between two requests nobody else listens, and an error that nobody hears ends the process.
    return socket.on('error', () => {}).setNoDelay(true);
  }

  private exchange(socket: Socket, signal: AbortSignal): Promise<Reply> {
    const exchange = new Exchange(this.options.camera, socket, signal, () => {
      this.idle = socket;
    });
    socket.write(this.request());
    return exchange.answer;
  }

  private request(): string {
    const { host, pathname, search } = this.url;
    const lines = [
      `GET ${pathname}${search} HTTP/1.1`,
      `Host: ${host}`,
      'User-Agent: lineside',
      'Accept: image/jpeg, image/png, multipart/x-mixed-replace, */*',
      // Without it a camera may pack what it sends.
      'Accept-Encoding: identity',
      'Connection: keep-alive',
    ];
    return `${[...lines, ...this.authorization()].join('\r\n')}\r\n\r\n`;
  }

  private authorization(): readonly string[] {
    if (!this.challenge) return [];
    const uri = this.url.pathname + this.url.search;
    const request = { method: 'GET', uri, cnonce: randomBytes(8).toString('hex'), count: ++this.answers };
    return [`Authorization: ${answer(this.challenge, this.credentials, request)}`];
  }

  private fault(why: string, status?: number, refused = false): LinesideError {
    const told = { ...(status === undefined ? {} : { status }), ...(refused ? { refused } : {}) };
    return new LinesideError('CAMERA_UNREACHABLE', { camera: this.options.camera, why, ...told });
  }
}

/** Content of a kind: 204 and 205 have none. */
const isPicture = (status: number): boolean => status >= 200 && status < 300 && status !== 204 && status !== 205;
const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

const LEFT = new LinesideError('INTERNAL', { why: 'the answer was left' });

/** One request and its answer on a socket. */
class Exchange {
  readonly answer: Promise<Reply>;
  private readonly camera: string;
  private readonly socket: Socket;
  private readonly signal: AbortSignal;
  private readonly keep: () => void;
  private readonly reader: ResponseReader;
  /** Came with the head, before anybody wanted it. */
  private readonly early: Buffer[] = [];
  private into: ((bytes: Buffer) => void) | null = null;
  private heard = false;
  private ended = false;
  private fault: unknown;
  private answered: (answer: Reply) => void = () => {};
  private failed: (fault: unknown) => void = () => {};
  private settle: () => void = () => {};

  /** `keep` is called with the socket free for another request. */
  constructor(camera: string, socket: Socket, signal: AbortSignal, keep: () => void) {
    this.camera = camera;
    this.socket = socket;
    this.signal = signal;
    this.keep = keep;
    this.answer = new Promise((resolve, reject) => {
      this.answered = resolve;
      this.failed = reject;
    });
    this.reader = new ResponseReader(camera, {
      head: (head) => {
        // Nothing is read ahead of who wants it.
        socket.pause();
        this.answered({ ...head, read: (into) => this.read(into), leave: () => this.fail(LEFT) });
      },
      body: (bytes) => (this.into ? this.into(bytes) : void this.early.push(bytes)),
      end: (reusable) => this.finish(reusable),
    });
    socket.on('data', this.hear).once('error', this.lose).once('close', this.lose);
    signal.addEventListener('abort', this.abort, { once: true });
    socket.resume();
    if (signal.aborted) this.abort();
  }

  private readonly hear = (bytes: Buffer): void => {
    this.heard = true;
    try {
      this.reader.push(bytes);
    } catch (thrown) {
      this.fail(thrown);
    }
  };

  private readonly lose = (thrown?: unknown): void => {
    if (thrown instanceof Error) return this.fail(thrown);
    try {
      this.reader.close();
    } catch (unfinished) {
      this.fail(unfinished);
    }
  };

  private readonly abort = (): void => this.fail(this.signal.reason);

  private async read(into: (bytes: Buffer) => void): Promise<void> {
    try {
      for (const bytes of this.early.splice(0)) into(bytes);
    } catch (thrown) {
      this.fail(thrown);
    }
    if (this.fault !== undefined) throw this.asFault(this.fault);
    if (this.ended) return;
    this.into = into;
    const done = new Promise<void>((resolve) => {
      this.settle = resolve;
    });
    this.socket.resume();
    await done;
    if (this.fault !== undefined) throw this.asFault(this.fault);
  }

  private finish(reusable: boolean): void {
    this.detach();
    this.ended = true;
    if (reusable && !this.socket.destroyed) {
      this.socket.resume();
      this.keep();
    } else this.socket.destroy();
    this.settle();
  }

  private fail(thrown: unknown): void {
    if (this.ended) return;
    this.detach();
    this.ended = true;
    this.fault = thrown;
    this.socket.destroy();
    this.failed(this.asFault(thrown));
    this.settle();
  }

  private detach(): void {
    this.socket.off('data', this.hear).off('error', this.lose).off('close', this.lose);
    this.signal.removeEventListener('abort', this.abort);
  }

  private asFault(thrown: unknown): LinesideError {
    return this.heard
      ? asLinesideError(thrown, 'CAMERA_UNREACHABLE', { camera: this.camera })
      : new LinesideError('CAMERA_UNREACHABLE', {
          camera: this.camera,
          why: causeOf(thrown),
          unanswered: true,
        });
  }
}
