/** Edges of a trigger tag, as a pure step: the state before and a sample give the state after and whether it triggers. */
import { isBad, type TagSample, type TagValue } from '../contracts/index.ts';

export type Edge = 'rising' | 'falling' | 'change';

/**
 * `before` undefined means that nothing is known yet: the first value of all never triggers, since nobody knows whether it is new.
 * After a lost connection the state is kept, so a part that came meanwhile triggers late rather than never. A bad value is no value.
 */
export function step(edge: Edge, before: TagValue | undefined, sample: TagSample): { after: TagValue | undefined; fires: boolean } {
  if (isBad(sample.status) || sample.value === null) return { after: before, fires: false };
  const now = sample.value;
  if (before === undefined) return { after: now, fires: false };
  if (edge === 'change') return { after: now, fires: !same(before, now) };
  const [was, is] = [Boolean(before), Boolean(now)];
  return { after: now, fires: edge === 'rising' ? !was && is : was && !is };
}

function same(a: TagValue, b: TagValue): boolean {
  return Object.is(a, b) || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((v, i) => Object.is(v, b[i])));
}
