/**
 * What a fuzzed door is: something of the agent that takes input from outside. One file a door beside this one, listed in index.ts.
 * Inputs follow from a seed and a number alone, so that any finding can be repeated: `npm run fuzz -- --door NAME --seed S --from N --count 1`.
 */
import type { Log } from '../../agent/contracts/index.ts';
import { LinesideError } from '../../agent/errors.ts';

export interface Door {
  readonly name: string;
  /** What is tried, in a sentence. */
  readonly summary: string;
  /** How many inputs a run by hand takes and how many CI takes; small where each costs a process. */
  readonly inputs: { readonly full: number; readonly quick: number };
  /** Answers that a quick run meets, each at least once: where one is missing the inputs do not come to the code that is tried. */
  readonly meets: readonly RegExp[];
  /** Made once a run; `close` releases what it holds. */
  open(): Promise<Opened>;
}

export interface Opened {
  /**
   * One input. Resolves with how the door has answered, in a word ('taken', 'refused'), or rejects with a fault of the table, whose code
   * is the word then. Anything else that it rejects with is a finding. Never takes randomness but from `random` (0..1).
   */
  try(random: () => number, number: number): Promise<string>;
  close?(): Promise<void>;
}

/** The code of a fault of the table; anything else, and a fault that only says that there was one, is thrown again. */
export function codeOf(thrown: unknown): string {
  if (thrown instanceof LinesideError && thrown.code !== 'INTERNAL') return thrown.code;
  throw thrown;
}

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
