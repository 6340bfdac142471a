/** A record of the journal as what it was made of: findings, tags, window, and the verdicts before it. Pure. */
import type {
  EarlierVerdict,
  Finding,
  FrameReference,
  Inspection,
  Reason,
  StoredInspection,
  TagReading,
  TagWindow,
} from '../contracts/index.ts';
import { changeover, EMPTY, type History, push } from '../rules/history.ts';

/** Columns of the journal's tables. */
export interface StoredRecord {
  readonly id: string;
  readonly station: string;
  readonly outcome: Inspection['outcome'];
  readonly verdict: Inspection['verdict'];
  readonly recipe: string;
  readonly part: string | null;
  readonly reasons: readonly Reason[];
  readonly tags: Readonly<Record<string, TagReading>>;
  readonly frames: readonly FrameReference[];
  readonly images: readonly { readonly camera: string; readonly role: 'frame' | 'heatmap'; readonly path: string }[];
  readonly config_hash: string;
  readonly findings: readonly StoredFinding[];
  readonly window: StoredWindow | null;
}
type StoredFinding = Omit<Finding, 'score' | 'threshold' | 'review'> & {
  readonly score: number | null;
  readonly threshold: number | null;
  readonly review_low: number | null;
  readonly review_high: number | null;
};
interface StoredWindow {
  readonly tags: readonly string[];
  readonly ends_at: number;
  readonly every_ms: number;
  readonly steps: number;
  readonly values: readonly (number | null)[];
  readonly quality: readonly number[];
}

export const recordIn = (stored: StoredInspection): StoredRecord => stored as unknown as StoredRecord;

export function findingOf({ review_low: low, review_high: high, ...stored }: StoredFinding): Finding {
  const [score, threshold] = [stored.score ?? Number.NaN, stored.threshold ?? Number.NaN];
  const given = Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== null)) as unknown as Finding;
  const review = low === null || high === null ? null : ([low, high] as const);
  return { ...given, label: stored.label, score, threshold, margin: score - threshold, review };
}

export function windowOf({ tags, ends_at: endsAt, every_ms: everyMs, steps, values, quality }: StoredWindow): TagWindow {
  const numbers = Float32Array.from(values, (value) => value ?? Number.NaN);
  return { tags, endsAt, everyMs, steps, values: numbers, quality: Uint8Array.from(quality) };
}

/** As the station remembered them when it judged the part: no more than the journal still has. */
export function historyOf(newestFirst: readonly EarlierVerdict[], recipe: string): History {
  let history = EMPTY;
  let before: string | null = null;
  for (const one of [...newestFirst].reverse()) {
    if (before !== null && one.recipe !== before) history = changeover(history);
    history = push(history, one.verdict);
    before = one.recipe;
  }
  return before !== null && before !== recipe ? changeover(history) : history;
}
