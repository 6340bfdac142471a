/**
 * Takes names, addresses and numbers of people out of a text before anybody stores it: by a list that the plant gives, and by what stands before
 * a name. What is neither listed nor announced stays: docs/language.md has how much that is. Pure.
 */

export interface People {
  /** As the plant writes them; each word of three letters or more counts, in any case, `ue` for `ü` too. */
  readonly names: readonly string[];
  /** A short code for somebody's number: the same for the same, and no way back without the key of the site. */
  readonly code: (id: string) => string;
}

/** A part of a name that is shorter is a word of its own too often. */
const SHORTEST = 3;

const MAIL = /[\p{L}\d._%+-]{1,64}@[\p{L}\d.-]{1,190}\.\p{L}{2,24}/gu;
/** Announced, in the form of another country, or with an area code apart from the number. */
const PHONE =
  /(\b(?:tel|telefon|handy|mobil|phone|mobile|ruf|durchwahl|dw)\b\.?\s{0,2}:?\s{0,2})\+?\d[\d /().-]{1,20}\d|(?<![\p{L}\d])\+\d{2}[\d /().-]{6,20}\d|(?<![\p{L}\d.,])0\d{2,5}[ /-]\d{4,9}(?!\d)/giu;
const NUMBER =
  /\b(pers(?:onal)?\.?[- ]?(?:nr|nummer|no)\.?|ma[- ]?(?:nr\.?)?|mitarb(?:eiter(?:in)?)?\.?(?:[- ]?nr\.?)?|employee(?: (?:no\.?|id))?|emp(?: (?:no\.?|id)|\.)|operator|bediener(?:in)?)(\s{0,2}[:#]?\s{0,2})(\d{3,10})\b/giu;
/** Whatever follows is a name, written as it may be. */
const TITLED =
  /(?<!\p{L})([Hh](?:err|ERR)[Nn]?|[Hh]r[Nn]?\.|HR\.|[Ff]rau|FRAU|[Mm][Rr]\.?|[Mm]rs\.?|[Mm]s\.)\s{1,2}((?:\p{Lu}\.\s?)?[\p{L}'’-]{2,40}(?:\s\p{Lu}[\p{Ll}'’-]{1,40})?)/gu;
/** What follows is a name where it begins with a capital. */
const ANNOUNCED =
  /(?<!\p{L})([Kk]ollegin|[Kk]ollegen?|[Kk]oll\.|[Gg]ez\.|[Ii]\.\s?[AaVv]\.|[Mm]eister|[Ss]chichtf(?:ührer|\.)|[Vv]orarb(?:eiter|\.)|[Ss]ig(?:ned|\.)(?: by)?|[Rr]eported by|[Cc]alled by)\s{1,2}((?:\p{Lu}\.\s?)?\p{Lu}[\p{L}'’-]{1,40}(?:\s\p{Lu}[\p{Ll}'’-]{1,40})?)/gu;

export function maskPeople(text: string, { names, code }: People): string {
  // A letter and the mark above it as one: apart they would end a word in the middle.
  const announced = text
    .normalize('NFC')
    .replaceAll(MAIL, '<mail>')
    .replaceAll(PHONE, (_, before: string | undefined) => `${before ?? ''}<phone>`)
    .replaceAll(NUMBER, (_, what: string, between: string, id: string) => `${what}${between}<person ${code(id)}>`)
    .replaceAll(TITLED, (_, title: string) => `${title} <name>`)
    .replaceAll(ANNOUNCED, (_, title: string) => `${title} <name>`);
  const listed = listOf(names);
  if (listed.size === 0) return announced;
  // An initial belongs to the name behind it.
  return announced.replaceAll(/(?<![\p{L}<])(\p{Lu}\.\s?)?(\p{L}[\p{L}'’]{2,60})/gu, (whole, _initial, word: string) =>
    isListed(word, listed) ? '<name>' : whole,
  );
}

/** By its list, which is the same one from one config to the next. */
const lists = new WeakMap<readonly string[], ReadonlySet<string>>();

function listOf(names: readonly string[]): ReadonlySet<string> {
  const listed = lists.get(names) ?? wordsOf(names);
  lists.set(names, listed);
  return listed;
}

const wordsOf = (names: readonly string[]): ReadonlySet<string> =>
  new Set(
    names.flatMap((name) =>
      name
        .normalize('NFC')
        .split(/[^\p{L}'’]+/u)
        .filter((word) => word.length >= SHORTEST)
        .map(folded),
    ),
  );

function isListed(word: string, listed: ReadonlySet<string>): boolean {
  const own = folded(word);
  return listed.has(own) || (own.endsWith('s') && listed.has(own.slice(0, -1)));
}

const folded = (word: string): string =>
  word
    .toLowerCase()
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .replaceAll('ß', 'ss')
    .replaceAll('ı', 'i')
    .normalize('NFD')
    .replaceAll(/\p{M}|['’]/gu, '');
