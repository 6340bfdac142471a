/** HTTP as it is written by hand: what a path answers goes out byte by byte as it stands, whatever the standard says. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}
/** What goes back, piece by piece; then the connection is closed, unless it is to be kept. */
export type RawAnswer = (request: RawRequest, socket: Socket) => { readonly bytes: Buffer; readonly keep?: boolean } | undefined;

export class RawHttp {
  readonly requests: RawRequest[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  constructor(answer: RawAnswer) {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      let text = '';
      socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1');
        for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
          const request = requestOf(text.slice(0, end));
          text = text.slice(end + 4);
          this.requests.push(request);
          const said = answer(request, socket);
          if (said) socket.write(said.bytes);
          if (said && said.keep !== true) socket.end();
        }
      });
    });
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
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

function requestOf(text: string): RawRequest {
  const [first = '', ...lines] = text.split('\r\n');
  const [method = '', path = ''] = first.split(' ');
  const headers = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
  return { method, path, headers: Object.fromEntries(headers) };
}

/** A head as it is given, then the body. */
export const rawAnswer = (head: string, body: Uint8Array = new Uint8Array()): Buffer => Buffer.concat([Buffer.from(head, 'latin1'), body]);
