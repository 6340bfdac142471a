/** The limit of an inspection: bare onnxruntime-node, the same file, threads and picture, nothing around it. A child of the bench. */
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { systemClock as clock } from '../../time.ts';
import { answerOrders } from './children.ts';

export interface BareModelOrder {
  readonly file: string;
  readonly threads: number;
  readonly runs: number;
  /** From the start of one run to the start of the next; without it one follows the other. */
  readonly periodMs?: number;
}
export interface BareModelAnswer {
  readonly perSecond: number;
  /** Of each run, ms. */
  readonly runs: readonly number[];
}

let session: InferenceSession | null = null;

answerOrders(async ({ file, threads, runs, periodMs = 0 }: BareModelOrder): Promise<BareModelAnswer> => {
  session ??= await InferenceSession.create(await readFile(file), { intraOpNumThreads: threads, interOpNumThreads: 1 });
  const input = session.inputMetadata[0];
  if (!input?.isTensor) return { perSecond: Number.NaN, runs: [] };
  const shape = input.shape.map(Number);
  const pixels = Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i * 7919) % 256);
  const feeds = { [input.name]: new Tensor('uint8', pixels, shape) };
  for (let i = 0; i < 5; i++) await session.run(feeds);
  const times: number[] = [];
  const began = performance.now();
  for (let i = 0; i < runs; i++) {
    const from = performance.now();
    await session.run(feeds);
    times.push(performance.now() - from);
    if (periodMs > 0) await clock.sleep(Math.max(0, from + periodMs - performance.now()));
  }
  return { perSecond: (runs * 1000) / (performance.now() - began), runs: times };
});
