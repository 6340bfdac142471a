/** What steps of a lesson do: `path` under /teach. */
import type { Outcome } from '../../api/ask.ts';

type Step<Told> = (path: string, body?: unknown, method?: 'POST' | 'DELETE') => Promise<Told>;

/** Where it is refused, the view says why; whether it was done. */
export type Act = Step<boolean>;
/** Where it is refused, whoever asked for it says why. */
export type Change = Step<Outcome<unknown>>;
