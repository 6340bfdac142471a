/** DataMatrix, QR and bar codes of frames: the thread that reads them, bounded and timed like a model's. */
import type { Worker } from 'node:worker_threads';
import type { InferenceConfig } from '../config/schema.ts';
import type { Frame, Region, SymbolReader, SymbolWish } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';
import { Supervised } from './supervised.ts';
import type { SymbolsOrder } from './symbols.ts';
import { Thread } from './thread.ts';

/** The name of the thread in events and status. */
export const SYMBOLS = 'symbols';
/** Compiling a megabyte of WebAssembly and warming it up takes half a second on a quiet box. */
const LOAD_TIMEOUT = Seconds(30);

export interface SymbolThreadOptions {
  readonly config: InferenceConfig;
  readonly clock: Clock;
  readonly spawn: () => Worker;
  readonly onFault: (fault: LinesideError, wait: Milliseconds) => void;
  readonly onRecovered: () => void;
}

export class SymbolThread extends Supervised<SymbolsOrder, readonly string[]> implements SymbolReader {
  constructor({ config, clock, spawn, onFault, onRecovered }: SymbolThreadOptions) {
    super({
      name: SYMBOLS,
      bound: config.queue,
      timeout: config.timeout,
      loadTimeout: LOAD_TIMEOUT,
      clock,
      onFault,
      onRecovered,
      spawn: () => new Thread(spawn(), SYMBOLS),
      load: (thread) => thread.call('load', null),
      send: (thread, order) => thread.call('read', order),
    });
  }

  async readSymbols(frame: Frame, { region, formats }: SymbolWish): Promise<readonly string[]> {
    const { pixels, format, width, height, camera } = frame;
    const wanted: Region = region ?? [0, 0, width, height];
    if (wanted[0] + wanted[2] > width || wanted[1] + wanted[3] > height) {
      throw new LinesideError('REGION_OUTSIDE', { model: SYMBOLS, region: wanted.join(', '), camera, width, height });
    }
    frame.hold();
    try {
      return await this.submit({ pixels, stride: width, format, region: wanted, formats });
    } finally {
      frame.release();
    }
  }
}
