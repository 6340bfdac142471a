/** The short memory of a station: its last verdicts. Pure values in, pure values out; the store keeps the text over restarts. */
import type { Verdict } from '../contracts/index.ts';

/** As far back as rate() can look. */
export const REMEMBERED = 1000;

export interface History {
  /** The last verdicts as letters, oldest first: o, n, r; at most REMEMBERED. */
  readonly recent: string;
  /** How many parts in a row have had the verdict of the last letter. */
  readonly run: number;
  /** Parts since the last change of recipe. */
  readonly sinceChangeover: number;
}

export const EMPTY: History = { recent: '', run: 0, sinceChangeover: 0 };

const LETTER = { ok: 'o', nok: 'n', review: 'r' } as const;

export function push(history: History, verdict: Verdict): History {
  const letter = LETTER[verdict];
  return {
    recent: (history.recent + letter).slice(-REMEMBERED),
    run: history.recent.endsWith(letter) ? history.run + 1 : 1,
    sinceChangeover: history.sinceChangeover + 1,
  };
}

/** A new product: only sinceChangeover begins again. What the line did in a row, it did. */
export const changeover = (history: History): History => ({ ...history, sinceChangeover: 0 });

/** Parts in a row, up to the last one, with this verdict. */
export const inARow = ({ recent, run }: History, verdict: Verdict): number => (recent.endsWith(LETTER[verdict]) ? run : 0);

/**
 * Share, 0..1, of a verdict in the last `parts` (1..REMEMBERED). Parts that have not been yet count as ok, so that neither
 * `rate('nok', 20) > 0.1` nor `rate('ok', 20) < 0.9` speaks on the first part after the first start.
 */
export function rate({ recent }: History, verdict: Verdict, parts: number): number {
  const last = recent.slice(-parts);
  const missing = verdict === 'ok' ? parts - last.length : 0;
  return (last.split(LETTER[verdict]).length - 1 + missing) / parts;
}

export const save = (history: History): string => JSON.stringify(history);

/** What save() wrote; EMPTY for anything else, since a forgotten history must not stop a line. */
export function restore(saved: string): History {
  try {
    const { recent, run, sinceChangeover } = JSON.parse(saved) as Record<string, unknown>;
    const sound = typeof recent === 'string' && /^[onr]*$/.test(recent) && isCount(run) && isCount(sinceChangeover);
    return sound ? { recent: recent.slice(-REMEMBERED), run, sinceChangeover } : EMPTY;
  } catch {
    return EMPTY;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
