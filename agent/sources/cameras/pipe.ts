/**
 * A pipe of which this process holds the reading end as a file descriptor. The stdio pipes of child_process allocate a buffer for
 * every 64 kB that come, 70 MB of garbage a second for one 720p camera; over a descriptor of its own a socket reads into memory
 * that the reader chooses.
 */
import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asLinesideError } from '../../errors.ts';

export interface Pipe {
  readonly read: number;
  /** For the child; close it here once the child has it. */
  readonly write: number;
}

/** Node has no pipe(2): a FIFO that loses its name once both ends are open is the same thing. */
export async function openPipe(): Promise<Pipe> {
  const folder = await mkdtemp(join(tmpdir(), 'lineside-'));
  try {
    const path = join(folder, 'frames');
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    // Reading first and without blocking: opening a FIFO waits for the other end.
    const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return { read, write: openSync(path, constants.O_WRONLY) };
    } catch (thrown) {
      closeSync(read);
      throw thrown;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface ByteSink {
  /** Where the next bytes belong; never empty. */
  room(): Uint8Array;
  filled(bytes: number): void;
}

/** Reads until the writers are gone or the socket is destroyed. What filled() throws destroys it and comes as its error. */
export function readPipe(fd: number, into: ByteSink): Socket {
  const onread: OnReadOpts = {
    buffer: () => into.room(),
    callback: (bytes) => {
      try {
        into.filled(bytes);
      } catch (thrown) {
        socket.destroy(asLinesideError(thrown));
      }
      return !socket.destroyed;
    },
  };
  // The types know onread for connect() only; the documentation has it for the constructor, where descriptors are given.
  const options: SocketConstructorOpts & { onread: OnReadOpts } = { fd, readable: true, writable: false, onread };
  const socket = new Socket(options);
  // Nothing comes through the stream itself but its end, which only a flowing stream tells.
  return socket.resume();
}
