/** Which tags are shown first. Pure. */
import type { Tag } from '../../api/types.ts';

const RANK = { none: 0, bad: 1, uncertain: 2, good: 3 } as const;

/** Those that have `text` in name or node; without a value, bad, uncertain, good. */
export function deadFirst(tags: readonly Tag[], text: string): readonly Tag[] {
  const wanted = text.trim().toLowerCase();
  return tags
    .filter(({ tag, node }) => wanted === '' || tag.toLowerCase().includes(wanted) || node.toLowerCase().includes(wanted))
    .toSorted((a, b) => RANK[a.quality] - RANK[b.quality] || a.tag.localeCompare(b.tag));
}
