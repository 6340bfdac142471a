/** Small changes that make hostile input of good input: what a broken disk, a bad cable or a curious person would do. Pure. */
export type Random = () => number;

export const below = (random: Random, n: number): number => Math.floor(random() * n);
export const pick = <T>(random: Random, of: readonly [T, ...T[]]): T => of[below(random, of.length)] ?? of[0];

const WHOLE = [0, 1, -1, 127, 128, 255, 256, 32767, 65535, 2 ** 31 - 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER] as const;
const INTERESTING: readonly [number, ...number[]] = [...WHOLE, 1e308, Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-320];

/** A number that people forget. */
export const oddNumber = (random: Random): number => pick(random, INTERESTING);

/** One to eight changes of `good`: bytes flipped, cut out, repeated, inserted, the end torn off. */
export function mutated(random: Random, good: Uint8Array): Buffer {
  let bytes: Buffer = Buffer.from(good);
  for (let left = 1 + below(random, 8); left > 0; left--) bytes = changed(random, bytes);
  return bytes;
}

function changed(random: Random, bytes: Buffer): Buffer {
  const at = below(random, bytes.length + 1);
  const span = 1 + below(random, 64);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (below(random, 5)) {
    case 0: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = below(random, 256);
      return copy;
    }
    case 1:
      return Buffer.concat([head, tail.subarray(Math.min(span, tail.length))]);
    case 2:
      return Buffer.concat([head, tail.subarray(0, span), tail]);
    case 3:
      return Buffer.concat([head, Buffer.from(Array.from({ length: span }, () => below(random, 256))), tail]);
    default:
      return Buffer.from(head);
  }
}

/** The same for text: characters out of those that parsers trip over. */
export function mutatedText(random: Random, good: string): string {
  const odd = [
    '\0',
    '\u00a0',
    '\u200b',
    '\ufeff',
    '"',
    "'",
    '{',
    '[',
    ':',
    '\n',
    '\t',
    '&',
    '*',
    '!',
    '|',
    '\\',
    '\ud800',
    '${',
    '%',
    '/',
    '..',
    '1e309',
  ];
  let text = good;
  for (let left = 1 + below(random, 6); left > 0; left--) {
    const at = below(random, text.length + 1);
    const span = below(random, 24);
    const insert = random() < 0.5 ? (odd[below(random, odd.length)] ?? '') : text.slice(at, at + span).repeat(1 + below(random, 3));
    text = text.slice(0, at) + insert + text.slice(at + (random() < 0.5 ? span : 0));
  }
  return text;
}

/** One to `most` bytes in place: lengths and everything around them stay, so that what is read first lets more of it through. */
export function nudged(random: Random, good: Uint8Array, most = 4): Buffer {
  const bytes = Buffer.from(good);
  for (let left = 1 + below(random, most); left > 0; left--) {
    const at = below(random, bytes.length);
    bytes[at] = random() < 0.5 ? below(random, 256) : (bytes[at] ?? 0) ^ (1 << below(random, 8));
  }
  return bytes;
}

/** A word, a number, a quoted text, or signs that stand together. */
const TOKEN = /"[^"\n]*"|'[^'\n]*'|[\w.]+|[^\s\w"']+/g;

/** One or two words of the text replaced by others of it, by odd numbers or by one of `more`: most of it still says something. */
export function reworded(random: Random, good: string, more: readonly string[] = []): string {
  const tokens = [...good.matchAll(TOKEN)];
  const known = tokens.map(([token]) => token);
  const chosen = new Map<number, string>();
  for (let left = 1 + below(random, 2); left > 0; left--) {
    const of = pick(random, [known, known, more, [String(oddNumber(random))]]);
    chosen.set(below(random, tokens.length), of[below(random, of.length)] ?? '');
  }
  let at = -1;
  return good.replace(TOKEN, (token) => chosen.get(++at) ?? token);
}
