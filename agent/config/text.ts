/**
 * What is looked at in a config file before a parser sees it: is it text at all, is it bounded, is there anything in it that nobody can
 * see. Parsers recurse with the depth of their input, and V8 aborts the process where a stack ends at the wrong moment: depth is bounded here.
 */
import type { Place } from './faults.ts';

export interface TextFault extends Place {
  readonly text: string;
}

/** Bytes of a file. A line with a hundred stations is a fifth of it. */
export const LARGEST = 500_000;
/** Brackets in brackets, or columns of indentation: ten times what any config has. */
const DEEPEST = 100;
const WIDEST = 200;
/** Faults of the text that are told at once. */
const MOST = 20;

/** The text of a file that is UTF-8, or every line that is not. */
export function decodeText(bytes: Uint8Array): { readonly text: string } | { readonly faults: readonly TextFault[] } {
  const whole = wholeFault(bytes);
  if (whole !== undefined) return { faults: [{ line: 1, column: 1, length: 1, text: whole }] };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { faults: bytes.subarray(0, 512).some(isOfNoText) ? [{ line: 1, column: 1, length: 1, text: NO_TEXT }] : wrongLines(bytes) };
  }
}

const NO_TEXT = 'the file is no text: it is packed, or of another program; name the YAML file itself';
/** Control characters, which no encoding has in a text of many lines but tabs and line ends. */
const isOfNoText = (byte: number): boolean => byte < 32 && (byte < 9 || byte > 13);

/** What no line of it can tell better. */
function wholeFault(bytes: Uint8Array): string | undefined {
  if (bytes.length > 0 && bytes.subarray(0, 4096).every((byte) => byte === 0))
    return 'the file holds zeros in place of text, as after a power cut; put a copy of it back';
  if (isUtf32(bytes)) return 'the file is UTF-32; save it as UTF-8';
  return isUtf16(bytes) ? 'the file is UTF-16; save it as UTF-8' : undefined;
}

/** By its byte order mark, or by three zeros for every Latin letter. */
function isUtf32(bytes: Uint8Array): boolean {
  const mark = [...bytes.subarray(0, 4)].join();
  if (mark === '255,254,0,0' || mark === '0,0,254,255') return true;
  const head = bytes.subarray(0, 512);
  return head.length >= 8 && head.filter((byte) => byte === 0).length > head.length * 0.6;
}

/** By its byte order mark, or by the zeros that it has in every Latin letter. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const head = bytes.subarray(0, 512);
  return head.length >= 4 && head.filter((byte) => byte === 0).length > head.length / 4;
}

function wrongLines(bytes: Uint8Array): readonly TextFault[] {
  const faults: TextFault[] = [];
  let start = 0;
  for (let line = 1; start <= bytes.length && faults.length < MOST; line++) {
    const end = bytes.indexOf(10, start);
    const row = bytes.subarray(start, end < 0 ? bytes.length : end);
    const at = firstWrong(row);
    if (at !== undefined) {
      const column = new TextDecoder().decode(row.subarray(0, at)).length + 1;
      const meant = new TextDecoder('windows-1252').decode(row.subarray(at, at + 1));
      faults.push({ line, column, length: 1, text: `not UTF-8 (this may be meant as ${meant}); save the file as UTF-8` });
    }
    if (end < 0) break;
    start = end + 1;
  }
  return faults;
}

/** The first byte that is no UTF-8: what is replaced when it is decoded leniently, and was not U+FFFD before. */
function firstWrong(row: Uint8Array): number | undefined {
  const strict = new TextDecoder('utf-8', { fatal: true });
  const sound = (length: number) => {
    try {
      // As a stream, so that a character cut in two at the end is no fault.
      new TextDecoder('utf-8', { fatal: true }).decode(row.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  try {
    strict.decode(row);
    return undefined;
  } catch {
    let [good, bad] = [0, row.length];
    while (good < bad) {
      const middle = (good + bad + 1) >> 1;
      if (sound(middle)) good = middle;
      else bad = middle - 1;
    }
    // A character that the row cuts off is sound as a stream to its last byte.
    return Math.min(good, row.length - 1);
  }
}

/** What nobody can see, and what nesting no parser should be asked to follow. */
export function textFaults(text: string): readonly TextFault[] {
  const lines = text.split(/\r?\n/);
  const depth = tooDeep(lines);
  return depth ? [depth] : invisible(lines);
}

function tooDeep(lines: readonly string[]): TextFault | undefined {
  let open = 0;
  for (const [index, line] of lines.entries()) {
    const lead = /^[\s\-?:]*/.exec(line)?.[0].length ?? 0;
    if (line[lead] === '#' || line.trim() === '') continue;
    if (lead > WIDEST) return deep(index, WIDEST, `is indented by more than ${WIDEST} columns`);
    const brackets = [...line.matchAll(/[[\]{}]/g)];
    const at = brackets.find(({ 0: bracket }) => {
      open = opens(bracket) ? open + 1 : Math.max(0, open - 1);
      return open > DEEPEST;
    });
    if (at) return deep(index, at.index, `has more than ${DEEPEST} brackets open`);
  }
  return undefined;
}

const opens = (bracket: string) => bracket === '[' || bracket === '{';

const deep = (index: number, at: number, what: string): TextFault => ({
  line: index + 1,
  column: at + 1,
  length: 1,
  text: `the file ${what} here; a config is flatter`,
});

/**
 * Control characters, zero-width ones, marks of direction, fillers, soft hyphens, what no alphabet has: never seen, and part of the
 * value all the same. By what Unicode says of them: a list of our own would lack the next.
 */
const HIDDEN = /(?!\t)[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/u;
/** Spaces that are none to YAML. */
const SPACES = /(?! )\p{Zs}/u;
/** Accents that stand alone, and what was put where a letter could not be read. */
const VISIBLE = /[\p{M}\ufffd]/u;
const NAMES: Readonly<Record<string, string>> = {
  '\u00a0': 'no-break space',
  '\u00ad': 'soft hyphen',
  '\u200b': 'zero-width space',
  '\u200c': 'zero-width non-joiner',
  '\u200d': 'zero-width joiner',
  '\u202f': 'narrow no-break space',
  '\u3000': 'ideographic space',
  '\ufeff': 'byte order mark',
};

function invisible(lines: readonly string[]): readonly TextFault[] {
  const faults: TextFault[] = [];
  for (const [index, line] of lines.entries()) {
    if (faults.length >= MOST) break;
    const fault = invisibleIn(line, index + 1);
    if (fault) faults.push(fault);
  }
  return faults;
}

/** The first of a line. In a comment nothing counts, and a space in quotes is the author's. */
function invisibleIn(line: string, number: number): TextFault | undefined {
  if (!HIDDEN.test(line) && !SPACES.test(line) && !VISIBLE.test(line)) return undefined;
  let before = '';
  for (const { character, at, quoted } of charactersOf(line)) {
    const isMark = character === '\ufeff' && number === 1 && at === 0;
    const text = isMark ? undefined : oddity(character, before, quoted);
    if (text !== undefined) return { line: number, column: at + 1, length: 1, text };
    before = character;
  }
  return undefined;
}

function oddity(character: string, before: string, quoted: boolean): string | undefined {
  const code = codeOf(character);
  const meant = `or write ${code} in double quotes if it is meant`;
  if (character === '\r') return 'a line ends here with CR alone, as on old Macs; save the file with line ends LF or CRLF';
  if (character === '\ufffd') return `a letter was lost here when the file was saved (${code}); type it again`;
  if (HIDDEN.test(character) && !isOfLetter(character, before))
    return `an invisible ${NAMES[character] ?? (/\p{Cc}/u.test(character) ? 'control character' : 'character')} (${code}) stands here; delete it, ${meant}`;
  if (!quoted && SPACES.test(character))
    return `a ${NAMES[character] ?? 'character'} (${code}) stands here where YAML wants a plain space; type a space`;
  const composed = (before + character).normalize('NFC');
  // In quotes it is meant: some keyboards write so, and so do folders that come from a Mac.
  const isApart = !quoted && /\p{M}/u.test(character) && before !== '' && [...composed].length === 1;
  return isApart ? `${composed} is written here in two characters, ${before} and ${code}; type ${composed}, ${meant}` : undefined;
}

/** A mark that chooses how the sign before it looks: a picture or a key in colour, a form of a Chinese character. */
const isOfLetter = (mark: string, before: string): boolean =>
  (/[\ufe0e\ufe0f]/.test(mark) && /\p{Emoji}/u.test(before)) || (/[\u{e0100}-\u{e01ef}]/u.test(mark) && /\p{Script=Han}/u.test(before));

/** As YAML writes it in double quotes. */
function codeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The characters of a line up to its comment, and whether they stand in quotes. */
function* charactersOf(line: string): Generator<{ readonly character: string; readonly at: number; readonly quoted: boolean }> {
  let quote = '';
  for (let at = 0, character = ''; at < line.length; at += character.length) {
    character = String.fromCodePoint(line.codePointAt(at) ?? 0);
    const isFree = quote === '';
    if (isFree && character === '#' && /^\s?$/.test(line[at - 1] ?? '')) return;
    if (isFree && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
    yield { character, at, quoted: quote !== '' };
  }
}
