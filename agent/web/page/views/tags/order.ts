/** Which tags are shown first. Pure. */
import type { Health, Tag } from '../../api/types.ts';

const RANK = { none: 0, bad: 1, uncertain: 2, good: 3 } as const;

type Parts = Health['parts'];

/**
 * Whether what it shows may not be how the machine is: nothing came, its server says that it does not know, or there is no word of the server.
 * That it has not changed for long says nothing: a server tells changes alone.
 */
export const isDead = (tag: Pick<Tag, 'tag' | 'quality'>, parts: Parts | undefined): boolean =>
  tag.quality === 'none' || tag.quality === 'bad' || isAway(tag, parts);

/** There is no connection to the server of the tag. */
export function isAway({ tag }: Pick<Tag, 'tag'>, parts: Parts | undefined): boolean {
  const server = parts?.[`opcua/${tag.slice(0, tag.indexOf('.'))}`];
  return server !== undefined && server.status !== 'running';
}

/** Those that have `text` in name or node; of a server that is away, without a value, bad, uncertain, good. */
export function deadFirst(tags: readonly Tag[], text: string, parts?: Parts): readonly Tag[] {
  const wanted = text.trim().toLowerCase();
  return tags
    .filter(({ tag, node }) => wanted === '' || tag.toLowerCase().includes(wanted) || node.toLowerCase().includes(wanted))
    .toSorted(
      (a, b) => Number(isAway(b, parts)) - Number(isAway(a, parts)) || RANK[a.quality] - RANK[b.quality] || a.tag.localeCompare(b.tag),
    );
}
