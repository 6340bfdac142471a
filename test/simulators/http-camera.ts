/** An HTTP camera made of small behaviours: /stream (MJPEG), /snapshot, and the bad habits of real ones. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpCameraOptions {
  readonly pictures: readonly Buffer[];
  readonly fps?: number;
  readonly contentLength?: boolean;
  /** The boundary as the header says it, and as the stream has it. */
  readonly boundary?: { readonly header: string; readonly stream: string };
  readonly auth?: { readonly scheme: 'basic' | 'digest'; readonly user: string; readonly password: string };
}

export class HttpCamera {
  /** Pictures that are sent with their second half missing. */
  torn = 0;
  /** The next part claims and sends so many bytes. */
  giant = 0;
  /** Bytes between one picture and the next. */
  junk: Buffer = Buffer.alloc(0);
  frozen = false;
  status = 200;
  type: string | null = null;
  requests = 0;
  private sent = 0;
  private readonly options: HttpCameraOptions;
  private readonly server = createServer((request, response) => this.answer(request, response));
  private readonly nonce = randomBytes(8).toString('hex');

  constructor(options: HttpCameraOptions) {
    this.options = options;
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }
  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  url(path: string, credentials = ''): string {
    return `http://${credentials}${this.host}${path}`;
  }
  /** Closes the door and every connection. */
  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests++;
    if (!this.allowed(request)) return this.challenge(response);
    if (this.frozen) return;
    if (this.status !== 200) response.writeHead(this.status).end();
    else if (request.url?.startsWith('/snapshot')) this.snapshot(response);
    else if (request.url?.startsWith('/stream')) this.stream(response);
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<html><h1>Camera</h1></html>');
  }

  private snapshot(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': this.type ?? 'image/jpeg' }).end(this.next());
  }

  private stream(response: ServerResponse): void {
    const { boundary = { header: 'frame', stream: '--frame' }, fps = 50 } = this.options;
    response.writeHead(200, { 'content-type': this.type ?? `multipart/x-mixed-replace; boundary=${boundary.header}` });
    response.write(`${boundary.stream}\r\n`);
    const timer = setInterval(() => {
      if (!this.frozen) this.part(response, boundary.stream);
    }, 1000 / fps);
    response.on('close', () => clearInterval(timer));
  }
  private part(response: ServerResponse, boundary: string): void {
    const giant = this.giant;
    const body = giant > 0 ? Buffer.alloc(Math.min(giant, 1e6)) : this.next();
    const length = this.options.contentLength === false ? '' : `Content-Length: ${giant || body.byteLength}\r\n`;
    response.write(`Content-Type: image/jpeg\r\n${length}\r\n`);
    response.write(body);
    if (giant === 0) response.write(`\r\n${this.junk.toString('latin1')}${boundary}\r\n`);
  }

  private next(): Buffer {
    const { pictures } = this.options;
    const picture = pictures[this.sent++ % pictures.length] ?? Buffer.alloc(0);
    if (this.torn === 0) return picture;
    this.torn--;
    return picture.subarray(0, picture.byteLength >> 1);
  }

  private allowed({ headers, method, url }: IncomingMessage): boolean {
    const { auth } = this.options;
    if (!auth) return true;
    const given = headers.authorization ?? '';
    if (auth.scheme === 'basic') return given === `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`;
    const field = (name: string) => new RegExp(`\\b${name}="?([^",]*)`).exec(given)?.[1] ?? '';
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const [ha1, ha2] = [md5(`${auth.user}:cam:${auth.password}`), md5(`${method}:${url}`)];
    return field('response') === md5(`${ha1}:${this.nonce}:${field('nc')}:${field('cnonce')}:auth:${ha2}`);
  }
  private challenge(response: ServerResponse): void {
    const basic = this.options.auth?.scheme === 'basic';
    const header = basic ? 'Basic realm="cam"' : `Digest realm="cam", qop="auth", nonce="${this.nonce}", opaque="x", algorithm=MD5`;
    response.writeHead(401, { 'www-authenticate': header }).end('who are you?');
  }
}
