/** What no longer looks as it did, in words. */
import type { LookDrift } from '../../api/types.ts';
import { words } from '../../words.ts';

export const movedText = ({ moved }: LookDrift): string =>
  moved.map(({ feature, tag, now, before }) => words.models.moved(feature, tag, now, before)).join('; ');
