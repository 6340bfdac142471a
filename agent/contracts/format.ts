/**
 * The format of a code on a part, place by place (readers call it fielding): where a digit must stand, no O is read. `d` is a digit, `a` a
 * letter, `x` either, `[AB]` one of these; `|` stands between several formats, every other character for itself.
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

const PLACES = new RegExp(PLACE, 'gu');
const BETWEEN = /\s*\|\s*(?![^[]*\])/u;
const KINDS: Readonly<Record<string, RegExp>> = { d: /^[0-9]$/, a: /^\p{L}$/u, x: /^[\p{L}0-9]$/u };

/** The places of each format. Spaces beside `|` are nobody's. */
export const formatsOf = (format: string): readonly (readonly FormatPlace[])[] =>
  format
    .trim()
    .split(BETWEEN)
    .map((one) => (one.match(PLACES) ?? []).map(placeOf));

function placeOf(written: string): FormatPlace {
  const kind = KINDS[written];
  if (kind) return { written, takes: (character) => kind.test(character) };
  const characters = written.length > 1 && written.startsWith('[') ? [...written.slice(1, -1)] : [written];
  return { written, takes: (character) => characters.includes(character) };
}
