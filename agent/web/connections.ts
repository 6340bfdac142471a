/**
 * Connections to the web server, bounded: a page, a probe and a scraper need a handful, and descriptors are what cameras and the broker
 * need too. Beyond the bound the oldest one that is not being answered goes, so that whoever asks now is answered however many others
 * hold connections and say nothing.
 */
import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class Connections {
  private readonly most: number;
  /** Oldest first, by the peer's address and port: over TLS a request's socket is another object than the connection's. */
  private readonly open = new Map<string, Socket>();
  private readonly answering = new Map<string, number>();

  constructor(most: number) {
    this.most = most;
  }

  /** Counts what comes to this server; `answers` are those that get its requests, the server itself where it is left out. */
  bound(server: EventEmitter, answers: readonly EventEmitter[] = [server]): void {
    server.on('connection', (socket: Socket) => this.take(socket));
    for (const answer of answers)
      answer.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => this.answer(peerOf(socket), response));
  }

  private take(socket: Socket): void {
    const peer = peerOf(socket);
    this.open.set(peer, socket);
    socket.once('close', () => {
      if (this.open.get(peer) !== socket) return;
      this.open.delete(peer);
      this.answering.delete(peer);
    });
    if (this.open.size > this.most) (this.oldestIdle() ?? socket).destroy();
  }

  private answer(peer: string, response: ServerResponse): void {
    this.answering.set(peer, (this.answering.get(peer) ?? 0) + 1);
    response.once('close', () => {
      const left = (this.answering.get(peer) ?? 1) - 1;
      if (left > 0) this.answering.set(peer, left);
      else this.answering.delete(peer);
    });
  }

  private oldestIdle(): Socket | undefined {
    for (const [peer, socket] of this.open) if (!this.answering.has(peer) && !socket.destroyed) return socket;
    return undefined;
  }
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
