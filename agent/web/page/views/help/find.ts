/** Finding in the reference. Pure. */
export interface Entry {
  readonly page: string;
  readonly id: string;
  readonly title: string;
  readonly html: string;
}

/** As a person reads it. */
const textOf = ({ title, html }: Entry): string => `${title} ${html.replaceAll(/<[^>]+>/g, ' ')}`.toLowerCase();

/** Those that have every word of `wish`; with a word in the title first. */
export function found(entries: readonly Entry[], wish: string): readonly Entry[] {
  const words = wish.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries;
  const isNamed = ({ title }: Entry) => words.every((word) => title.toLowerCase().includes(word));
  return entries
    .filter((entry) => {
      const text = textOf(entry);
      return words.every((word) => text.includes(word));
    })
    .toSorted((a, b) => Number(isNamed(b)) - Number(isNamed(a)));
}
