/** A network alone in a process, loaded as the agent loads it; its golden input, again and again. A child of `models bench`. */
import { type LoadOrder, loadNetwork, type Network } from '../../inference/load.ts';
import { answerOrders } from './children.ts';

export type ModelOrder = { readonly load: LoadOrder } | { readonly runs: number };
export interface ModelAnswer {
  /** Of each run, ms. */
  readonly runs: readonly number[];
  /** Resident memory of the whole process, bytes. */
  readonly resident: number;
  /** What really runs. */
  readonly provider: string;
}

let network: Network | null = null;

answerOrders(async (order: ModelOrder): Promise<ModelAnswer> => {
  if ('load' in order) network = await loadNetwork(order.load);
  const times: number[] = [];
  for (let i = 0; network && 'runs' in order && i < order.runs; i++) {
    const began = performance.now();
    await network.run();
    times.push(performance.now() - began);
  }
  return { runs: times, resident: process.memoryUsage.rss(), provider: network?.loaded.provider.used ?? '' };
});
