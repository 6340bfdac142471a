/** What a station's parts took beside their models, as its journal has it. */
import { percentile } from '../bench/figures.ts';
import { recordsOf } from '../comparison/recorded.ts';
import type { Reserve } from './choose.ts';

interface Timed {
  readonly outcome: string;
  readonly align_ms: number | null;
  readonly rules_ms: number | null;
  readonly write_ms: number | null;
}

const NEWEST = 1000;
/** Fewer say nothing of the slowest in a hundred. */
const ENOUGH = 100;

/** 99th percentile of choosing the frame, rules and write, over the newest parts; null where there are too few. */
export async function restOf(store: string, station: string): Promise<Pick<Reserve, 'rest_ms' | 'from'> | null> {
  const records = await recordsOf<Timed>({ store, station, most: NEWEST });
  const times = records
    .filter(({ outcome }) => outcome === 'judged')
    .map(({ align_ms, rules_ms, write_ms }) => (align_ms ?? 0) + (rules_ms ?? 0) + (write_ms ?? 0));
  return times.length < ENOUGH ? null : { rest_ms: Number(percentile(times, 0.99).toFixed(3)), from: 'journal' };
}
