/**
 * A TCP proxy with faults, for what netem would do where the kernel has it: the network that drops, the network that swallows
 * everything without closing, the slow network.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface ProxyOptions {
  /** `host:port` that is meant, or a port of 127.0.0.1. Read at each new connection through `retarget`. */
  readonly target: string | number;
  /** Hears what clients send, chunk by chunk, and by which connection. */
  readonly hears?: (chunk: Buffer, connection: Socket) => void;
}

export interface TcpProxy {
  readonly port: number;
  /** Resets every connection; new ones are taken. */
  cut(): void;
  /** While on, nothing passes in either direction and nothing is closed; new connections are taken and hear nothing. */
  blackhole(on: boolean): void;
  /** Each chunk waits this long, in both directions; 0 ends it. */
  delay(ms: number): void;
  /** While on, new connections are reset at once and the present ones are cut. */
  refuse(on: boolean): void;
  /** New connections go there. */
  retarget(target: string | number): void;
  /** Connections taken since the start. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  close(): Promise<void>;
}

interface Faults {
  swallow: boolean;
  refuse: boolean;
  delayMs: number;
}

/** Listens on 127.0.0.1 at a free port. */
export async function startProxy({ target, hears }: ProxyOptions): Promise<TcpProxy> {
  const faults: Faults = { swallow: false, refuse: false, delayMs: 0 };
  const sockets = new Set<Socket>();
  let goal = target;
  let accepted = 0;
  const server = createServer((near) => {
    accepted++;
    if (faults.refuse) {
      near.resetAndDestroy();
      return;
    }
    const far = open(goal);
    if (hears) near.on('data', (chunk) => hears(chunk, near));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      carry(from, to, faults);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        if (!faults.swallow) to.destroy();
      });
    }
  });
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: await listen(server),
    cut,
    blackhole: (on) => {
      faults.swallow = on;
    },
    delay: (ms) => {
      faults.delayMs = ms;
    },
    refuse: (on) => {
      faults.refuse = on;
      if (on) cut();
    },
    retarget: (next) => {
      goal = next;
    },
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size / 2;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function open(target: string | number): Socket {
  const [host = '', port] = typeof target === 'number' ? ['127.0.0.1', String(target)] : target.split(/:(?=\d+$)/);
  return connect({ host, port: Number(port), noDelay: true });
}

/** What was swallowed is gone, as on a network whose routers forgot the connection: the stream is cut when it ends. */
function carry(from: Socket, to: Socket, faults: Faults): void {
  from.setNoDelay(true);
  from.on('data', (chunk) => {
    if (faults.swallow) return;
    if (faults.delayMs === 0) to.write(chunk);
    else setTimeout(() => to.destroyed || to.write(chunk), faults.delayMs);
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('no port'));
      resolve(address.port);
    });
  });
}
