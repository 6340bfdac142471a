/** Messages that were taken, by the ids that their senders gave them: one that comes twice, or late, counts once. Bounded. Pure. */
import { Type } from 'typebox';

/** The newest that are known. */
const MOST_SAID = 100;
export const SaidSchema = Type.Array(Type.String({ maxLength: 128 }), { maxItems: MOST_SAID });

export const withSaid = (said: readonly string[], event: string): string[] => [...said, event].slice(-MOST_SAID);
