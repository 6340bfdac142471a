/**
 * One port for TLS and for what comes in the clear: the first byte of a connection tells which it is (22 begins a TLS record, RFC 8446 5.1;
 * no method of HTTP does). Whoever asks in the clear is answered, most of them with the advice to ask over TLS.
 */
import { createServer, type Server as PlainServer, type RequestListener, type ServerOptions } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Milliseconds } from '../../time.ts';

const TLS_HANDSHAKE = 22;

/** Connections in the clear that come to `secure` are answered by the server that is returned. */
export function alsoInTheClear(
  secure: TlsServer,
  answer: RequestListener,
  options: ServerOptions & { readonly firstByteWithin: Milliseconds },
): PlainServer {
  const plain = createServer(options, answer);
  const [handshake] = secure.listeners('connection');
  secure.removeAllListeners('connection');
  secure.on('connection', (socket: Socket) => {
    socket.on('error', () => {});
    socket.setTimeout(options.firstByteWithin, () => socket.destroy());
    const look = () => {
      const first: Buffer | null = socket.read(1);
      if (first === null) return void socket.once('readable', look);
      socket.setTimeout(0);
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) handshake?.call(secure, socket);
      else plain.emit('connection', socket);
    };
    look();
  });
  secure.once('close', () => plain.closeAllConnections());
  return plain;
}
