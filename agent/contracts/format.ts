/**
 * The format of a code on a part, place by place (readers call it fielding): where a digit must stand, no O is read. `d` is a digit, `a` a
 * letter, `x` either, `[AB4-7]` one of these; `|` stands between several formats, every other character for itself.
 */

/** What may stand in one place. */
export interface FormatPlace {
  /** As it is written. */
  readonly written: string;
  readonly takes: (character: string) => boolean;
}

const PLACE = '\\[[^\\[\\]]+\\]|[^\\[\\]|]';
/** As a regular expression, for the schema. */
export const FORMAT_PATTERN = `^(${PLACE})+(\\|(${PLACE})+)*$`;
/** Characters of a format, at most: the check walks it in the main thread. */
export const FORMAT_LENGTH = 200;
/** Formats beside each other, at most: each is searched by itself, and which of them a text can still become multiplies the work. */
export const MOST_FORMATS = 8;

const TOKENS = new RegExp(`${PLACE}|\\|`, 'gu');
const RANGE = /([0-9])-([0-9])|([A-Z])-([A-Z])|([a-z])-([a-z])/g;
const KINDS: Readonly<Record<string, RegExp>> = { d: /^[0-9]$/, a: /^\p{L}$/u, x: /^[\p{L}0-9]$/u };

/** The places of each format. Spaces beside `|` and at the ends are nobody's: a format of nothing else has no place. */
export function formatsOf(format: string): readonly (readonly FormatPlace[])[] {
  const formats: string[][] = [[]];
  for (const token of format.match(TOKENS) ?? []) {
    if (token === '|') formats.push([]);
    else formats.at(-1)?.push(token);
  }
  return formats.map((places) => trimmed(places).map(placeOf));
}

function trimmed(places: readonly string[]): readonly string[] {
  const from = places.findIndex((place) => place.trim() !== '');
  return from < 0 ? [] : places.slice(from, places.findLastIndex((place) => place.trim() !== '') + 1);
}

function placeOf(written: string): FormatPlace {
  const kind = KINDS[written];
  if (kind) return { written, takes: (character) => kind.test(character) };
  const characters = written.length > 1 && written.startsWith('[') ? [...written.slice(1, -1).replace(RANGE, spelled)] : [written];
  return { written, takes: (character) => characters.includes(character) };
}

/** 4-7: 4567. */
function spelled(range: string): string {
  const [from, to] = [range.charCodeAt(0), range.charCodeAt(2)];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => String.fromCharCode(from + i)).join('');
}
