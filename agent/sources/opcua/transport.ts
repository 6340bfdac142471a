/** The UACP transport (OPC 10000-6, 7.1.2): how large a piece may be in each direction, and how large a message. */
import type { StatusCode } from 'node-opcua-client';
import type { AcknowledgeMessage, IClientTransportFactory, ISocketLike } from 'node-opcua-transport';
import { messageOf } from '../../errors.ts';
import type { Library } from './library.ts';

/**
 * Largest chunk that we send. The library fills a buffer of this size for every request, however short: with its own 640 KB the main
 * thread collected all of its garbage every eighth part, on four threads that took the networks' cores. A request of ours has 100 items at
 * most (limits.ts), some 12 KB, and small servers are glad of one that is not cut in pieces.
 */
const SEND = 16 * 1024;
/** Chunk that the server is asked to keep to: some 2,000 values. Servers of the same library fill a buffer of it for every answer. */
const RECEIVE = 64 * 1024;
/**
 * Most of one message, over all of its chunks; what is larger ends the session (oversized.ts finds the tag). A thousand notifications
 * (subscribe.ts) of 5 KB; decoded they take some times that.
 */
export const MOST_MESSAGE = 8 * 2 ** 20;
/** The smallest chunk that a server may insist on, OPC 10000-6, 7.1.2.3. */
const SMALLEST_CHUNK = 8192;

export const TRANSPORT = { sendBufferSize: SEND, receiveBufferSize: RECEIVE, maxMessageSize: MOST_MESSAGE };

export interface TransportEvents {
  /** One was made: `drop` breaks its connection at once, in whatever state it is. */
  readonly created: (drop: () => void) => void;
  /** Nobody wants a connection any more: none is begun. The library goes on with a connect() that was under way when it was closed. */
  readonly unwanted: () => boolean;
  /** The server has answered at all. */
  readonly acknowledged: () => void;
  /** The connection ends since a message was larger than MOST_MESSAGE. The requests that wait hear of a broken connection only. */
  readonly tooLarge: () => void;
}

/**
 * The library reads the server's acknowledgement from the wrong side: it refuses chunks larger than what the *server* receives, and sends chunks
 * as large as what the server *sends*. Servers clamp what they receive to what we send, so that any answer of more than SEND ended the session.
 * Here its fields are given what they are used for. Chunks beyond RECEIVE are taken as well, up to a whole message: the bound that
 * memory needs is that of the message.
 */
export function transports(ua: Library, { created, unwanted, acknowledged, tooLarge }: TransportEvents): IClientTransportFactory {
  class Transport extends ua.ClientTCP_transport {
    override connect(endpoint: string, done: (fault?: Error) => void): void {
      if (unwanted()) done(new Error('closed before it was connected'));
      else super.connect(endpoint, done);
    }
    override setLimits(answer: AcknowledgeMessage): void {
      acknowledged();
      const theirs = answer.receiveBufferSize || SEND;
      answer.sendBufferSize = Math.max(SMALLEST_CHUNK, Math.min(theirs, SEND));
      answer.receiveBufferSize = MOST_MESSAGE;
      answer.maxMessageSize = MOST_MESSAGE;
      answer.maxChunkCount = Math.ceil(MOST_MESSAGE / SMALLEST_CHUNK);
      super.setLimits(answer);
    }
    /**
     * What the library throws while it reads ends this connection. Left alone it would be an exception of the socket's that nobody catches: so
     * do bytes behind the acknowledgement whose length is odd, since they go on in an assembler whose listeners setLimits() has taken away.
     */
    protected override _install_socket(socket: ISocketLike): void {
      super._install_socket(socket);
      const readers = socket.listeners('data') as ((bytes: Buffer) => void)[];
      socket.removeAllListeners('data');
      socket.on('data', (bytes: Buffer) => {
        try {
          for (const read of readers) read(bytes);
        } catch (thrown) {
          this.prematureTerminate(new Error(messageOf(thrown)), ua.StatusCodes.BadTcpInternalError);
        }
      });
    }
    override prematureTerminate(fault: Error, status: StatusCode): void {
      if (/exceeded/.test(fault.message)) tooLarge();
      super.prematureTerminate(fault, status);
    }
  }
  return {
    create: (settings) => {
      const transport = new Transport(settings);
      created(() => transport.forceConnectionBreak());
      return transport;
    },
  };
}
