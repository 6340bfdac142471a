/**
 * The pictures in a stream of bytes, found by what the pictures say of themselves: JPEG from its start to its end marker, segment by
 * segment, PNG chunk by chunk. What stands between them (boundaries, heads, lengths, line ends) is passed over unread: cameras name
 * another boundary than they use, none at all, lengths that are too short, or send bare pictures one after the other.
 *
 * Push bytes in, pictures come out; each is copied once, into a buffer of its own.
 */
import { LinesideError } from '../../errors.ts';

export interface PictureStreamOptions {
  readonly camera: string;
  /** A picture larger than this is a fault, and so is as much in which none begins. */
  readonly most: number;
  readonly picture: (bytes: Buffer) => void;
}

const JPEG_START = Buffer.from([0xff, 0xd8, 0xff]);
const PNG_START = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PNG_END = 0x49454e44;
const FIRST_ROOM = 65_536;

/**
 * between: no picture has begun. marker: a JPEG's next two bytes are a marker. scan: entropy-coded data, in which FF is followed by 0
 * or by a restart marker. chunk: a PNG's next bytes are a chunk's length and type.
 */
type State = 'between' | 'marker' | 'scan' | 'chunk';

export class PictureStream {
  private readonly options: PictureStreamOptions;
  private state: State = 'between';
  /** Bytes of the picture that is coming, or the last few of what stands between two. */
  private held: Buffer = Buffer.allocUnsafeSlow(FIRST_ROOM);
  private length = 0;
  /** All before it has been looked at; may lie beyond what has come. */
  private at = 0;
  private passedOver = 0;
  /** Size of the picture before: the next is very likely about as large. */
  private usual = FIRST_ROOM;

  constructor(options: PictureStreamOptions) {
    this.options = options;
  }

  /** Throws CAMERA_BAD_IMAGE when the stream makes no sense any more. */
  push(chunk: Uint8Array): void {
    this.append(chunk);
    while (this.step()) {
      // Until more bytes are needed.
    }
    if (this.state !== 'between' && this.length > this.options.most) throw this.tooLarge('a picture');
  }

  /** Whether something was found that lets the search go on. */
  private step(): boolean {
    switch (this.state) {
      case 'between':
        return this.findStart();
      case 'marker':
        return this.passMarker();
      case 'scan':
        return this.passScan();
      default:
        return this.passChunk();
    }
  }

  private findStart(): boolean {
    const bytes = this.held.subarray(0, this.length);
    const [jpeg, png] = [bytes.indexOf(JPEG_START), bytes.indexOf(PNG_START)];
    const start = jpeg === -1 || (png !== -1 && png < jpeg) ? png : jpeg;
    if (start === -1) {
      // A start may have been cut in two.
      this.passedOver += this.cut(Math.max(0, this.length - (PNG_START.byteLength - 1)));
      if (this.passedOver > this.options.most) throw this.tooLarge('what is no picture');
      return false;
    }
    this.cut(start);
    this.passedOver = 0;
    this.state = start === jpeg ? 'marker' : 'chunk';
    this.at = start === jpeg ? 2 : PNG_START.byteLength;
    return true;
  }

  private passMarker(): boolean {
    const { held, at } = this;
    if (at + 4 > this.length) return this.isEnd() && this.finish(at + 2);
    const marker = held[at + 1] ?? 0;
    // Decoders look for the next FF that is no stuffing: so does a scan.
    if (held[at] !== 0xff || marker === 0) return this.goOn('scan', at + 1);
    if (marker === 0xff) return this.goOn('marker', at + 1);
    if (marker === 0xd9) return this.finish(at + 2);
    if (marker === 0xd8) return this.finish(at);
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) return this.goOn('marker', at + 2);
    return this.goOn(marker === 0xda ? 'scan' : 'marker', at + 2 + Math.max(2, held.readUInt16BE(at + 2)));
  }
  /** The end marker is the only one with nothing behind it. */
  private isEnd(): boolean {
    return this.at + 2 <= this.length && this.held[this.at] === 0xff && this.held[this.at + 1] === 0xd9;
  }

  private passScan(): boolean {
    if (this.at >= this.length) return false;
    const found = this.held.subarray(0, this.length).indexOf(0xff, this.at);
    if (found === -1) return this.wait(this.length);
    if (found + 1 >= this.length) return this.wait(found);
    const next = this.held[found + 1] ?? 0;
    if (next === 0xff) return this.goOn('scan', found + 1);
    if (next === 0 || (next >= 0xd0 && next <= 0xd7)) return this.goOn('scan', found + 2);
    return this.goOn('marker', found);
  }

  private passChunk(): boolean {
    const { held, at } = this;
    if (at + 8 > this.length) return false;
    const end = at + 12 + held.readUInt32BE(at);
    if (held.readUInt32BE(at + 4) !== PNG_END) return this.goOn('chunk', end);
    return end <= this.length && this.finish(end);
  }

  private goOn(state: State, at: number): true {
    this.state = state;
    this.at = at;
    return true;
  }
  private wait(at: number): false {
    this.at = at;
    return false;
  }

  /** The picture ends before `end`; what follows belongs to the next. */
  private finish(end: number): true {
    const { held, length } = this;
    this.usual = end;
    this.held = Buffer.allocUnsafeSlow(Math.max(FIRST_ROOM, length - end, Math.min(this.options.most, Math.ceil(this.usual * 1.125))));
    this.length = held.copy(this.held, 0, end, length);
    this.state = 'between';
    this.at = 0;
    this.options.picture(held.subarray(0, end));
    return true;
  }

  private append(chunk: Uint8Array): void {
    const length = this.length + chunk.byteLength;
    if (length > this.held.byteLength) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, this.held.byteLength * 2));
      this.held.copy(grown, 0, 0, this.length);
      this.held = grown;
    }
    this.held.set(chunk, this.length);
    this.length = length;
  }
  /** Forgets so many bytes from the front. */
  private cut(bytes: number): number {
    if (bytes > 0) this.held.copyWithin(0, bytes, this.length);
    this.length -= bytes;
    return bytes;
  }

  private tooLarge(what: string): LinesideError {
    return new LinesideError('CAMERA_BAD_IMAGE', {
      camera: this.options.camera,
      why: `it sends more than ${this.options.most} bytes of ${what}`,
    });
  }
}
