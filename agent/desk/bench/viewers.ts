/** People who look: each follows the live stream and has the newest picture of the station twice a second, as the page does. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Milliseconds } from '../../time.ts';

/** As the page asks. */
const PICTURE_EVERY: Milliseconds = 500;
const WIDTH = 960;

export interface Viewers {
  stop(): Promise<void>;
}

/** `address` of the page; settles when all of them have begun to look. */
export async function viewers(count: number, address: string, station: string): Promise<Viewers> {
  const ends = new AbortController();
  const all = await Promise.all(Array.from({ length: count }, () => look(address, station, ends.signal)));
  return {
    stop: async () => {
      ends.abort();
      await Promise.all(all.map(({ done }) => done));
    },
  };
}

/** In a promise it would be waited for. */
interface Looking {
  readonly done: Promise<unknown>;
}

async function look(address: string, station: string, signal: AbortSignal): Promise<Looking> {
  const stream = await fetch(new URL('/api/v1/live', address), { signal });
  const told = drained(stream, signal);
  const seen = pictures(new URL(`/api/v1/stations/${station}/picture?width=${WIDTH}`, address), signal);
  return { done: Promise.all([told, seen]) };
}

async function drained(stream: Response, signal: AbortSignal): Promise<void> {
  const reader = stream.body?.getReader();
  while (reader && !signal.aborted) {
    const { done } = await reader.read().catch(() => ({ done: true }));
    if (done) return;
  }
}

async function pictures(address: URL, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const reply = await fetch(address, { signal }).catch(() => null);
    await reply?.arrayBuffer().catch(() => null);
    await wait(PICTURE_EVERY, undefined, { signal }).catch(() => {});
  }
}
