/**
 * The thread that packs a data set into a ZIP file, piece by piece, no faster than somebody reads: whatever the data set's size, what lies here
 * is bounded.
 */
import { Readable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import { ZipFile } from 'yazl';
import type { DataSetWish } from '../../contracts/index.ts';
import { LAST, yieldToVerdicts } from '../../platform/yielding.ts';
import { startFaultOf } from '../faults.ts';
import type { StartFault } from '../protocol.ts';
import { openJournal } from '../read.ts';
import { type DataSetSink, writeDataSet } from './data-set.ts';

export interface ZipData {
  readonly folder: string;
  readonly wish: DataSetWish;
}
export type ZipNews =
  | { readonly type: 'piece'; readonly bytes: Uint8Array }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly fault: StartFault };
/** From the reader: as many pieces more. */
export type ZipCredit = number;

/** Bytes of pictures that are added and not packed yet; one picture may go beyond. */
const AHEAD = 8e6;
/** Bytes of a piece, at most: a picture goes through the packing in one. */
const PIECE = 65_536;

class Packing implements DataSetSink {
  private readonly zip = new ZipFile();
  private readonly say: (news: ZipNews) => void;
  private ahead = 0;
  private credit = 0;
  private wake = () => {};

  constructor(say: (news: ZipNews) => void) {
    this.say = say;
  }

  more(pieces: ZipCredit): void {
    this.credit += pieces;
    this.wake();
  }

  /**
   * Pictures wait for one another. A text does not: it is compressed and so says nothing of how much comes out, and it is whole in memory as it is.
   */
  async add(path: string, content: Uint8Array | string): Promise<void> {
    if (typeof content === 'string') return this.zip.addBuffer(Buffer.from(content), path);
    while (this.ahead > AHEAD) await this.changed();
    this.addPicture(path, Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  }

  /** As it is: pictures are compressed already. */
  private addPicture(path: string, content: Buffer): void {
    const size = content.length;
    this.ahead += size;
    // yazl keeps what it calls here until the whole file is written, for its directory: the bytes must be gone from it by then.
    let bytes: Buffer | null = content;
    this.zip.addReadStreamLazy(path, { compress: false, size }, (begin) => {
      const picture = Readable.from(bytes ?? Buffer.alloc(0));
      bytes = null;
      picture.once('end', () => {
        this.ahead -= size;
        this.wake();
      });
      begin(null, picture);
    });
  }

  end(): void {
    this.zip.end();
  }

  /** Resolves when everything is sent. */
  async send(): Promise<void> {
    for await (const packed of this.zip.outputStream)
      for (let from = 0; from < packed.length; from += PIECE) {
        while (this.credit === 0) await this.changed();
        this.credit--;
        this.say({ type: 'piece', bytes: Uint8Array.from((packed as Buffer).subarray(from, from + PIECE)) });
      }
  }

  private readonly waiting: (() => void)[] = [];

  private changed(): Promise<void> {
    this.wake = () => {
      for (const go of this.waiting.splice(0)) go();
    };
    return new Promise((resolve) => void this.waiting.push(resolve));
  }
}

async function pack({ folder, wish }: ZipData, packing: Packing): Promise<void> {
  const db = openJournal(folder);
  try {
    const written = writeDataSet(db, folder, wish, packing).then(() => packing.end());
    // Both at once, and rejects with what fails first: what cannot be written never ends to be sent.
    await Promise.all([packing.send(), written]);
  } finally {
    db.close();
  }
}

if (parentPort) {
  const port = parentPort;
  yieldToVerdicts(LAST);
  const packing = new Packing((news) => port.postMessage(news, news.type === 'piece' ? [news.bytes.buffer as ArrayBuffer] : []));
  port.on('message', (pieces: ZipCredit) => packing.more(pieces));
  pack(workerData as ZipData, packing)
    .then(
      () => port.postMessage({ type: 'done' } satisfies ZipNews),
      (thrown: unknown) => port.postMessage({ type: 'failed', fault: startFaultOf(thrown) } satisfies ZipNews),
    )
    .finally(() => port.close());
}
