/**
 * One port for TLS and for what comes in the clear: the first byte of a connection tells which it is (22 begins a TLS record, RFC 8446 5.1;
 * no method of HTTP does). Whoever asks in the clear is answered, most of them with the advice to ask over TLS.
 *
 * The server for the clear is handed its connections and never listens, so two things that Node does for one that listens are done here: to
 * look after slow and silent connections, and to end all when the server closes.
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
  // Starts the timer that holds requests against their time limits.
  plain.emit('listening');
  const open = new Set<Socket>();
  const [handshake] = secure.listeners('connection');
  secure.removeAllListeners('connection');
  secure.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
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
  // Its own list has neither those in the clear nor those that are still in their handshake, and close() waits for all.
  secure.closeAllConnections = () => {
    for (const socket of open) socket.destroy();
  };
  // Ends the timer. That it never listened is what it has to say.
  secure.once('close', () => plain.close(() => {}));
  return plain;
}
