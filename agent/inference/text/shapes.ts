/** What a token looks like. scripts/train/house/normaliser/shapes.py is the same: figures and weights come from there. */

const SEPARATORS = /([/&+\-.,=:;#@()[\]{}%_*~<>?!\\"'`])/;
const ONE_SEPARATOR = new RegExp(`^${SEPARATORS.source}$`);
/** Between a letter and a digit: POS1, 24V, DO7053Blade. */
const BOUNDARY = /(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])/;

/** 24V -> 0v: which digits they are does not matter. */
export const masked = (token: string): string => token.toLowerCase().replace(/[0-9]+/g, '0');
/** XK976 -> AA000. */
export const shape = (token: string): string => token.replace(/[0-9]/g, '0').replace(/[a-zA-Z]/g, 'A');
export const hasDigit = (token: string): boolean => /[0-9]/.test(token);
export const isNumber = (token: string): boolean => /^[0-9]+$/.test(token);
export const isSeparator = (token: string): boolean => ONE_SEPARATOR.test(token);
export const isWord = (token: string): boolean => /^[a-z]+$/.test(token);

export function caseOf(token: string): 'upper' | 'lower' | 'mixed' {
  if (!/[a-z]/.test(token)) return 'upper';
  return /[A-Z]/.test(token) ? 'mixed' : 'lower';
}

/** pos1+2 -> pos 1 + 2 */
export const parts = (token: string): string[] =>
  token
    .split(SEPARATORS)
    .flatMap((split) => split.split(BOUNDARY))
    .filter((piece) => piece !== '');

/** filter -> fltr: the first letter, then consonants, doubled ones once. */
export const skeleton = (word: string): string => (word.slice(0, 1) + word.slice(1).replace(/[aeiouy-]/g, '')).replace(/(.)\1+/g, '$1');

/** The letters of `short` stand in `long` in this order. */
export function isWithin(short: string, long: string): boolean {
  let at = 0;
  for (let i = 0; i < long.length && at < short.length; i++) if (long[i] === short[at]) at++;
  return at === short.length;
}

/** The same but for one letter more, less, other or changed with its neighbour. */
export function oneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let i = 0;
  while (i < Math.min(a.length, b.length) && a[i] === b[i]) i++;
  const [x, y] = [a.slice(i), b.slice(i)];
  if (x.slice(1) === y.slice(1) || x === y.slice(1) || x.slice(1) === y) return true;
  return x.length > 1 && y.length > 1 && x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2);
}
