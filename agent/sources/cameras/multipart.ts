/**
 * The parts of multipart/x-mixed-replace as cameras really send them: with and without Content-Length, with a boundary that is quoted,
 * missing its dashes or carrying two too many. Push bytes in, parts come out; a part is copied once, into a buffer of its own.
 */
import { LinesideError } from '../../errors.ts';

export interface MultipartOptions {
  readonly camera: string;
  /** As in the Content-Type header. */
  readonly boundary: string;
  /** A part larger than this is a fault. */
  readonly most: number;
  readonly part: (body: Buffer) => void;
}

const BLANK_LINE = Buffer.from('\r\n\r\n');
const MOST_HEAD = 4096;

export class MultipartReader {
  private readonly options: MultipartOptions;
  /** What ends a part without a length: the boundary without its dashes, which nobody gets right, behind a line end. */
  private readonly delimiter: Buffer;
  /** Bytes of a head, or of a body without a length, that wait for more. */
  private pending: Buffer = Buffer.alloc(0);
  private length = 0;
  /** A body of known length, and how much of it is there. */
  private body: Buffer | undefined;
  private at = 0;
  private state: 'head' | 'sized' | 'unsized' = 'head';

  constructor(options: MultipartOptions) {
    this.options = options;
    this.delimiter = Buffer.from(`\r\n--${options.boundary.replace(/^--/, '')}`);
  }

  /** Throws CAMERA_BAD_IMAGE when the stream makes no sense any more. */
  push(chunk: Buffer): void {
    let rest: Buffer | undefined = chunk;
    while (rest && rest.byteLength > 0) rest = this.state === 'sized' ? this.fill(rest) : this.search(this.trimmed(rest));
  }

  /** Fills the body; what is left belongs to the next head. */
  private fill(chunk: Buffer): Buffer | undefined {
    const { body } = this;
    if (!body) return undefined;
    const taken = chunk.copy(body, this.at);
    this.at += taken;
    if (this.at < body.byteLength) return undefined;
    this.finish(body);
    return chunk.subarray(taken);
  }

  /** Before a head stand as many line ends as the camera likes. */
  private trimmed(chunk: Buffer): Buffer {
    if (this.state !== 'head' || this.length > 0) return chunk;
    const start = chunk.findIndex((byte) => byte !== 0x0d && byte !== 0x0a);
    return start === -1 ? chunk.subarray(chunk.byteLength) : chunk.subarray(start);
  }

  private search(chunk: Buffer): Buffer | undefined {
    const before = this.length;
    const bytes = before === 0 ? chunk : this.append(chunk);
    const mark = this.state === 'head' ? BLANK_LINE : this.delimiter;
    // What was searched before need not be searched again, but for a mark that was cut in two.
    const end = bytes.indexOf(mark, Math.max(0, before - mark.byteLength));
    if (end === -1) return this.keep(bytes, before === 0);
    this.length = 0;
    if (this.state === 'head') {
      this.open(bytes.toString('latin1', 0, end));
      return bytes.subarray(end + mark.byteLength);
    }
    this.finish(Buffer.from(bytes.subarray(0, end)));
    // The boundary itself belongs to the next head.
    return bytes.subarray(end + 2);
  }
  private keep(bytes: Buffer, isNew: boolean): undefined {
    if (isNew) this.append(bytes);
    if (this.length > (this.state === 'head' ? MOST_HEAD : this.options.most)) throw this.tooLarge(this.length);
  }
  /** Grows by doubling: a large part comes in many chunks. */
  private append(chunk: Buffer): Buffer {
    const length = this.length + chunk.byteLength;
    if (length > this.pending.byteLength) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, this.pending.byteLength * 2));
      this.pending.copy(grown, 0, 0, this.length);
      this.pending = grown;
    }
    chunk.copy(this.pending, this.length);
    this.length = length;
    return this.pending.subarray(0, length);
  }

  private open(head: string): void {
    const length = Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
    if (length > this.options.most) throw this.tooLarge(length);
    this.state = length > 0 ? 'sized' : 'unsized';
    if (length > 0) this.body = Buffer.allocUnsafeSlow(length);
    this.at = 0;
  }
  private finish(body: Buffer): void {
    this.body = undefined;
    this.state = 'head';
    this.options.part(body);
  }
  private tooLarge(bytes: number): LinesideError {
    return new LinesideError('CAMERA_BAD_IMAGE', {
      camera: this.options.camera,
      why: `a part of ${bytes} bytes or more, which is no picture`,
    });
  }
}

/** The boundary of a Content-Type; undefined when it is not multipart. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\//i.test(contentType)) return undefined;
  const match = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}
