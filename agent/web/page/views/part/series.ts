/** A part's tag window as one line a tag. Pure. */
import type { WholeInspection } from '../../api/types.ts';
import { tagText } from '../../pieces/tag.ts';

export interface Series {
  readonly tag: string;
  readonly unit: string;
  /** Before the trigger, so that the last is 0. */
  readonly seconds: readonly number[];
  /** Null where nothing was known. */
  readonly values: readonly (number | null)[];
  readonly least: string | null;
  readonly most: string | null;
  readonly last: string;
  /** Of this tag in the score of a sequence model, 0..1; null where no model says. */
  readonly share: number | null;
}

/** Those with the largest share first, the others in the order of the config. */
export function seriesOf({ window, findings, tags }: Pick<WholeInspection, 'window' | 'findings' | 'tags'>): readonly Series[] {
  if (!window) return [];
  const { tags: names, steps, every_ms: every, values } = window;
  const shares = findings.flatMap(({ contributions }) => (contributions ? [contributions] : []));
  // By the tag, or by the channel of the package, which has the tag's own name.
  const shareOf = (tag: string) =>
    shares.map((share) => share[tag] ?? share[tag.slice(tag.indexOf('.') + 1)]).find((share) => share !== undefined) ?? null;
  const seconds = Array.from({ length: steps }, (_, step) => ((step - steps + 1) * every) / 1000);
  const all = names.map((tag, column): Series => {
    const own = seconds.map((_, step) => values[step * names.length + column] ?? null);
    const known = own.filter((value) => value !== null);
    return {
      tag,
      unit: tags[tag]?.unit ?? '',
      seconds,
      values: own,
      least: known.length === 0 ? null : tagText(Math.min(...known)),
      most: known.length === 0 ? null : tagText(Math.max(...known)),
      last: tagText(own.at(-1) ?? null),
      share: shareOf(tag),
    };
  });
  return all.toSorted((a, b) => (b.share ?? -1) - (a.share ?? -1));
}
