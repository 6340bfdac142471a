/**
 * Connections to the web server, bounded: a page, a probe and a scraper need a handful, and descriptors are what cameras and the broker
 * need too. Beyond the bound the oldest one that is not being answered goes, so that whoever asks now is answered however many others
 * hold connections and say nothing, or never come to the end of what they say.
 */
import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class Connections {
  private readonly most: number;
  /** Oldest first, by the peer's address and port: over TLS a request's socket is another object than the connection's. */
  private readonly open = new Map<string, Socket>();
  /** Requests without an answer yet, by the same key. */
  private readonly asked = new Map<string, Set<IncomingMessage>>();

  constructor(most: number) {
    this.most = most;
  }

  /** Counts what comes to this server; `answers` are those that get its requests, the server itself where it is left out. */
  bound(server: EventEmitter, answers: readonly EventEmitter[] = [server]): void {
    server.on('connection', (socket: Socket) => this.take(socket));
    for (const answer of answers)
      answer.on('request', (request: IncomingMessage, response: ServerResponse) => this.answer(request, response));
  }

  private take(socket: Socket): void {
    const peer = peerOf(socket);
    this.open.set(peer, socket);
    socket.once('close', () => {
      if (this.open.get(peer) !== socket) return;
      this.open.delete(peer);
      this.asked.delete(peer);
    });
    if (this.open.size > this.most) (this.oldestIdle() ?? socket).destroy();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const peer = peerOf(request.socket);
    const asked = this.asked.get(peer) ?? new Set();
    this.asked.set(peer, asked.add(request));
    response.once('close', () => {
      asked.delete(request);
      if (asked.size === 0 && this.asked.get(peer) === asked) this.asked.delete(peer);
    });
  }

  private oldestIdle(): Socket | undefined {
    for (const [peer, socket] of this.open) if (!this.isAnswering(peer) && !socket.destroyed) return socket;
    return undefined;
  }

  /** A request whose body is still on its way is not being answered. */
  private isAnswering(peer: string): boolean {
    return [...(this.asked.get(peer) ?? [])].some(({ complete }) => complete);
  }
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
