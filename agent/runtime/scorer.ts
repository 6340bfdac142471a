/**
 * Has a taught package look at stored parts, in a process of its own with the least urgency: what it would have said of them, and where.
 * Entry point of the child (platform/sandbox.ts); whoever started it may kill it at any moment.
 */
import type { Region, Verdict } from '../contracts/index.ts';
import { asLinesideError } from '../errors.ts';
import { answerQuestions } from '../platform/sandboxed.ts';
import { type KeptFrames, keptFrames } from '../store/kept-frames.ts';
import { openJudge } from './eye.ts';

export interface ScoreOrder {
  /** Folder of the journal. */
  readonly store: string;
  /** Of the package. */
  readonly folder: string;
  readonly region: Region | null;
  readonly frames: KeptFrames;
  /** Heat maps are made too. */
  readonly masks: boolean;
}

export interface StoredScore {
  readonly inspection: string;
  readonly at: number;
  readonly verdict: Verdict;
  readonly score: number;
  /** Heat map as a PNG file in base64; null where none was asked for. */
  readonly mask: string | null;
}

answerQuestions(async ({ store, folder, region, frames, masks }: ScoreOrder): Promise<readonly StoredScore[]> => {
  const kept = keptFrames(store, frames);
  const judge = await openJudge(folder, region, masks);
  try {
    const scores: StoredScore[] = [];
    for (const { file, ...part } of kept) {
      try {
        const { score, mask } = await judge.judge(file);
        scores.push({ ...part, score, mask: mask?.toString('base64') ?? null });
      } catch (thrown) {
        const { code } = asLinesideError(thrown);
        // Whatever the limit, it would not have been accepted: it counts as furthest beyond.
        if (code === 'PART_NOT_FOUND') scores.push({ ...part, score: 1, mask: null });
        // Deleted for its space meanwhile, or from when the camera's pictures were smaller: another part tells the same.
        else if (!LEFT_OUT.has(code)) throw thrown;
      }
    }
    return scores;
  } finally {
    await judge.close();
  }
});

const LEFT_OUT: ReadonlySet<string> = new Set(['DATA_INVALID', 'REGION_OUTSIDE']);
