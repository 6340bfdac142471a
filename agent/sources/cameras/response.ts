/**
 * An HTTP answer as cameras write it, read as browsers do (RFC 9112 and what servers make of it): line ends without CR, header lines
 * without a name, names with spaces, a length said twice, a length beside chunks. Node's own parser refuses these even when it is told
 * to be lenient. Bytes are pushed in; every part is bounded.
 */
import { LinesideError } from '../../errors.ts';

export interface Head {
  readonly status: number;
  /** What the camera calls it. */
  readonly reason: string;
  /** Values by lower-case name, in the order in which they came. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Nothing tells where the body ends but the end of the connection. */
  readonly endless: boolean;
}

export interface ResponseSink {
  head(head: Head): void;
  body(bytes: Buffer): void;
  /** The answer is complete; `reusable`: the connection may carry another one. */
  end(reusable: boolean): void;
}

/** Heads of cameras have some hundred bytes. */
const MOST_HEAD = 65_536;
/** What stands behind is passed over: an expression that looks for the end of a line takes its time on a long one. */
const MOST_STATUS_LINE = 200;
/** "7fffffff;name=value" */
const MOST_CHUNK_LINE = 1024;

type State = 'head' | 'sized' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'until-close' | 'done';

export class ResponseReader {
  private readonly camera: string;
  private readonly sink: ResponseSink;
  private state: State = 'head';
  private pending: Buffer = Buffer.alloc(0);
  /** Bytes of the body or of the chunk that are still to come. */
  private left = 0;
  private keepAlive = false;

  constructor(camera: string, sink: ResponseSink) {
    this.camera = camera;
    this.sink = sink;
  }

  /** Throws CAMERA_UNREACHABLE when it is no HTTP. */
  push(chunk: Buffer): void {
    if (this.state === 'done') return;
    let rest: Buffer | undefined = chunk;
    while (rest !== undefined && rest.byteLength > 0 && !this.isDone()) rest = this.take(rest);
    // Nobody has asked for what stands behind the answer: the next one would begin with it.
    if (this.isDone()) this.sink.end(this.keepAlive && (rest?.byteLength ?? 0) === 0);
  }

  /** The camera has closed the connection. Throws CAMERA_UNREACHABLE when something is missing. */
  close(): void {
    if (this.state === 'done') return;
    if (this.state !== 'until-close' && this.state !== 'trailer') {
      throw this.fault(`it closed the connection ${this.state === 'head' ? 'without' : 'in the middle of'} an answer`);
    }
    this.state = 'done';
    this.sink.end(false);
  }

  private isDone(): boolean {
    return this.state === 'done';
  }

  private take(bytes: Buffer): Buffer | undefined {
    switch (this.state) {
      case 'until-close':
        this.sink.body(bytes);
        return undefined;
      case 'sized':
      case 'chunk':
        return this.takeBody(bytes);
      case 'head':
        return this.takeHead(bytes);
      default:
        return this.takeChunkLine(bytes);
    }
  }

  private takeBody(bytes: Buffer): Buffer | undefined {
    const taken = bytes.subarray(0, this.left);
    this.left -= taken.byteLength;
    this.sink.body(taken);
    if (this.left > 0) return undefined;
    this.state = this.state === 'sized' ? 'done' : 'chunk-end';
    return bytes.subarray(taken.byteLength);
  }

  private takeHead(bytes: Buffer): Buffer | undefined {
    const all = this.pending.byteLength === 0 ? bytes : Buffer.concat([this.pending, bytes]);
    const end = endOfHead(all);
    if (end === -1) {
      if (all.byteLength > MOST_HEAD) throw this.fault(`its answer has a head of more than ${MOST_HEAD} bytes`);
      const start = all.toString('latin1', 0, 64).trimStart();
      if (start.length > 5 && !/^(HTTP\/|ICY )/i.test(start)) throw this.fault('it does not speak HTTP');
      this.pending = all;
      return undefined;
    }
    // In one piece it may be longer than what is read of one that comes in many.
    if (end > MOST_HEAD) throw this.fault(`its answer has a head of more than ${MOST_HEAD} bytes`);
    this.pending = Buffer.alloc(0);
    this.open(all.toString('latin1', 0, end));
    return all.subarray(end);
  }

  private open(text: string): void {
    const [opening = '', ...lines] = text.trimStart().split('\n').map(withoutReturns);
    const first = opening.slice(0, MOST_STATUS_LINE);
    const status = /^(?:HTTP\/(\d(?:\.\d)?)|ICY)\s+(\d{3})\b\s*(.*)$/i.exec(first);
    if (!status) throw this.fault('it does not speak HTTP');
    const [, version = '1.0', code = '', reason = ''] = status;
    const headers = headersOf(lines);
    // 100 Continue and the like stand before the answer.
    if (code.startsWith('1')) return;
    const connection = (headers.get('connection') ?? []).join().toLowerCase();
    this.keepAlive = version === '1.1' ? !connection.includes('close') : connection.includes('keep-alive');
    this.frame(Number(code), headers);
    this.sink.head({ status: Number(code), reason: reason.trim(), headers, endless: this.state === 'until-close' });
    if (this.state === 'sized' && this.left === 0) this.state = 'done';
  }

  /** RFC 9112, 6.3: chunks count before a length; without either the body ends with the connection. */
  private frame(status: number, headers: Head['headers']): void {
    const lengths = new Set((headers.get('content-length') ?? []).flatMap((value) => value.split(',')).flatMap(lengthIn));
    if (status === 204 || status === 304) this.state = 'sized';
    else if (/\bchunked\b/i.test((headers.get('transfer-encoding') ?? []).join())) this.state = 'chunk-size';
    else if (lengths.size === 0) this.state = 'until-close';
    else {
      const [length = ''] = lengths;
      if (lengths.size > 1) throw this.fault(`it tells a length of ${[...lengths].join(' and ').slice(0, 60)}`);
      this.left = Number(length);
      this.state = 'sized';
    }
  }

  private takeChunkLine(bytes: Buffer): Buffer | undefined {
    const all = this.pending.byteLength === 0 ? bytes : Buffer.concat([this.pending, bytes]);
    const end = all.indexOf(0x0a);
    if (end === -1) {
      if (all.byteLength > MOST_CHUNK_LINE) throw this.fault('its chunks make no sense');
      this.pending = all;
      return undefined;
    }
    this.pending = Buffer.alloc(0);
    this.chunkLine(all.toString('latin1', 0, end).trim());
    return all.subarray(end + 1);
  }

  private chunkLine(line: string): void {
    if (this.state === 'trailer') {
      if (line === '') this.state = 'done';
      return;
    }
    if (this.state === 'chunk-end' && line === '') {
      this.state = 'chunk-size';
      return;
    }
    const size = /^0*([0-9a-f]{1,8})\s*(;.*)?$/i.exec(line)?.[1];
    if (size === undefined) throw this.fault('its chunks make no sense');
    this.left = Number.parseInt(size, 16);
    this.state = this.left === 0 ? 'trailer' : 'chunk';
  }

  private fault(why: string): LinesideError {
    return new LinesideError('CAMERA_UNREACHABLE', { camera: this.camera, why });
  }
}

/** Without the CRs at its end. By hand: an expression tries a long row of them once for each. */
function withoutReturns(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end--;
  return line.slice(0, end);
}

/** `479 bytes` and `+479` are a length; `-1`, nothing, and what no body can have are none: the body ends with the connection. */
function lengthIn(value: string): readonly string[] {
  const digits = /^\s*\+?0*(\d{1,15})(?![\dx])/i.exec(value)?.[1];
  return digits === undefined ? [] : [digits];
}

/** Behind the first empty line that follows a line with something in it; -1 while there is none. */
function endOfHead(bytes: Buffer): number {
  let start = 0;
  let begun = false;
  for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
    const isEmpty = bytes.subarray(start, end).every((byte) => byte === 0x0d);
    if (isEmpty && begun) return end + 1;
    begun ||= !isEmpty;
    start = end + 1;
  }
  return -1;
}

/** Lines without a colon are passed over, names are taken for what they mean; a line that begins with a blank goes on with the one before. */
function headersOf(lines: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const line of lines) {
    if (/^[ \t]/.test(line) && last) {
      last.push(`${last.pop() ?? ''} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (name === '') continue;
    last = headers.get(name) ?? [];
    last.push(line.slice(colon + 1).trim());
    headers.set(name, last);
  }
  return headers;
}
