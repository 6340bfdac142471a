/** Memory and latency over a long run, a line every few seconds, as CSV. */
import { createWriteStream, type WriteStream } from 'node:fs';
import type { Clock } from '../../time.ts';
import type { Scoreboard } from './scoreboard.ts';

const EVERY = 5000;

export class Curve {
  private cancel = () => {};
  private readonly file: WriteStream | null;
  private readonly clock: Clock;
  private readonly board: Scoreboard;
  private readonly began: number;

  /** Does nothing without a file. */
  constructor(path: string | undefined, clock: Clock, board: Scoreboard) {
    this.clock = clock;
    this.board = board;
    this.began = clock.elapsed();
    this.file = path === undefined ? null : createWriteStream(path);
    this.file?.write('seconds,rss_mb,heap_mb,external_mb,parts,p50_ms,p99_ms\n');
    if (this.file) this.next();
  }

  stop(): void {
    this.cancel();
    this.file?.end();
  }

  private next(): void {
    this.cancel = this.clock.after(EVERY, () => {
      const { rss, heapUsed, external } = process.memoryUsage();
      const { parts, latency_ms } = this.board.summary().result;
      const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
      const seconds = Math.round((this.clock.elapsed() - this.began) / 1000);
      this.file?.write(`${[seconds, mb(rss), mb(heapUsed), mb(external), parts, latency_ms.p50, latency_ms.p99].join(',')}\n`);
      this.next();
    });
  }
}
