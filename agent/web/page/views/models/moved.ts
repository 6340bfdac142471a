/** What no longer looks as it did, in the words of the alarm. */
import type { LookDrift } from '../../api/types.ts';

export const movedText = ({ moved }: LookDrift): string => moved.map(({ text }) => text).join('; ');
