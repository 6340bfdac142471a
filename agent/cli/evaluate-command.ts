import type { ModelsOptions } from './shelf.ts';

/** What `lineside models evaluate` is asked for. */
export interface EvaluateCommand extends ModelsOptions {
  readonly all?: boolean;
  readonly data?: string;
  /** Labelled pictures instead of the package's own data set. */
  readonly on?: string;
  readonly variant?: string;
  readonly variants?: boolean;
  readonly predictions?: string;
  readonly protocol?: string;
  readonly provider: readonly string[];
}
