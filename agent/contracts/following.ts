/** A part that passes several stations of one gateway: what was said of it before. */
import type { Verdict } from './verdicts.ts';

/** The newest word of one station on one part. */
export interface Said {
  readonly verdict: Verdict;
  /** In words, without the figures in brackets; the first one first. */
  readonly reasons: readonly string[];
  readonly recipe: string;
  /** By the agent's own time, ms. */
  readonly at: number;
  /** By the station's name for the model; of models that found nothing there is none. */
  readonly scores: Readonly<Record<string, number>>;
  /** How often the part has passed there, as far as it is remembered; from 1. */
  readonly passes: number;
}

/** What is known of the part at hand. */
export interface PartPast {
  /** Null: nothing is known of it from there. Throws RULE_FAILED where that cannot be known now. */
  last(station: string): Said | null;
  /** The agent's own time of the question, ms. */
  readonly now: number;
}

/** Which stations' rules may ask of which, and the models whose scores they may read. */
export interface AskableStation {
  readonly models: readonly string[];
  /** Why it cannot be asked; absent where it can. */
  readonly why?: string;
}

export interface SaidWish {
  readonly station: string;
  /** Parts, the newest, 1..50000. */
  readonly limit: number;
  /** Scores are read as well. */
  readonly scores: boolean;
}

/** One record of the journal, as it is remembered. */
export interface SaidPart extends Omit<Said, 'passes'> {
  readonly part: string;
  /** Of its station. */
  readonly sequence: number;
}
