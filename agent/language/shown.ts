/** A text as it is kept: without what no screen shows, and no longer than it may be. Pure. */

/** A PLC pads its strings with NUL; what steers a terminal, ends a line or turns the way of writing round is no text either. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;
export const cleaned = (text: string): string => text.replaceAll(UNSEEN, ' ').trim();

/** A word that is cut in two is no name that anybody finds any more: the text ends before it, unless the word is all there is. */
const LONGEST_WORD = 100;

export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most - 1);
  const space = cut.search(/\s\S*$/);
  return `${(space >= 0 && space > cut.length - LONGEST_WORD ? cut.slice(0, space) : cut).trimEnd()}…`;
}
