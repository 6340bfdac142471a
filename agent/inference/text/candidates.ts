/** What an unknown token could mean, and which rule says so. scripts/train/house/normaliser/candidates.py is the same. */
import { hasDigit, isNumber, isSeparator, isWithin, isWord, masked, oneEdit, parts, shape, skeleton } from './shapes.ts';
import { first, known, rowOf, type Tables, top } from './tables.ts';

/** Plain form -> rules. */
export type Found = Map<string, Set<string>>;

const SPOKEN: ReadonlyMap<string, string> = new Map([
  ['&', 'and'],
  ['+', 'and'],
  ['#', 'number'],
]);
/** Characters; a longer token is no word, and rules that look at every cut of it would be slow. */
const LONGEST = 40;

export function candidates(tables: Tables, token: string): Found {
  const low = token.toLowerCase();
  const found: Found = new Map();
  propose(found, low, 'same');
  if (token !== low) propose(found, token, 'as-is');
  propose(found, '<id>', 'id');
  if (hasDigit(low)) {
    for (const plain of ['<num>', '']) propose(found, plain, 'digit');
    for (const plain of first(rowOf(tables.digits, masked(token)), 3)) propose(found, plain, 'mask');
  } else propose(found, '<sensitive>', 'name');
  if (low.length > LONGEST) return found;
  takeApart(tables, low, found);
  if (isWord(low)) word(tables, low, found);
  endings(tables, low, found);
  return found;
}

function propose(found: Found, plain: string, rule: string): void {
  const rules = found.get(plain);
  if (rules) rules.add(rule);
  else found.set(plain, new Set([rule]));
}

/** oil/filter, pos1+2, ab123-inspect: the pieces by themselves, what joins them kept, spoken or dropped. */
function takeApart(tables: Tables, low: string, found: Found): void {
  const small = parts(low);
  if (small.length < 2) return;
  const large = pieces(tables, small);
  byPieces(tables, small, 'small', found);
  if (large.length > 1 && large.length !== small.length) byPieces(tables, large, 'large', found);
}

function byPieces(tables: Tables, split: readonly string[], size: 'small' | 'large', found: Found): void {
  const plain = split.map((part) => (isSeparator(part) ? part : alone(tables, part)));
  propose(found, joined(plain), `${size}-kept`);
  propose(found, joined(plain.map((part) => SPOKEN.get(part) ?? part)), `${size}-spoken`);
  propose(found, joined(plain.filter((part) => !isSeparator(part))), `${size}-dropped`);
  if (size === 'small') propose(found, plain.join(''), 'small-joined');
}

const joined = (plain: readonly string[]): string => plain.filter((part) => part !== '').join(' ');

interface Way {
  readonly cost: number;
  readonly pieces: readonly string[];
}

/** Fewest pieces that are known: ab123-c/out -> ab123 - c/out. */
function pieces(tables: Tables, small: readonly string[]): readonly string[] {
  const best: Way[] = [{ cost: 0, pieces: [] }];
  for (let end = 1; end <= small.length; end++) {
    let chosen: Way | undefined;
    for (let start = Math.max(0, end - 6); start < end; start++) {
      const piece = small.slice(start, end).join('');
      const cost = costOf(tables, piece, end - start);
      const before = best[start];
      if (cost === null || !before || (chosen && before.cost + cost >= chosen.cost)) continue;
      chosen = { cost: before.cost + cost, pieces: [...before.pieces, piece] };
    }
    best.push(chosen ?? { cost: Number.POSITIVE_INFINITY, pieces: small });
  }
  return best.at(-1)?.pieces ?? small;
}

/** null: not one piece. */
function costOf(tables: Tables, piece: string, size: number): number | null {
  const isKnown = known(tables, piece) > 0;
  const isCode = hasDigit(piece) && (rowOf(tables.shapes, shape(piece)).get('<id>') ?? 0) > 1;
  if (size > 1 && !isKnown && !isCode) return null;
  return isKnown || isSeparator(piece) || hasDigit(piece) ? 1 : 2.5;
}

/** What a piece means without neighbours. */
function alone(tables: Tables, piece: string): string {
  if (known(tables, piece) > 0) return top(tables, piece);
  if (isNumber(piece)) return '<num>';
  if (!hasDigit(piece)) return piece;
  if ((rowOf(tables.shapes, shape(piece)).get('<id>') ?? 0) > 0) return '<id>';
  return first(rowOf(tables.digits, masked(piece)), 1)[0] ?? piece;
}

function word(tables: Tables, low: string, found: Found): void {
  if (low.length > 3) for (const plain of misspelled(tables, low)) propose(found, plain, 'edit');
  if (low.length > 1) for (const [rule, plain] of shortened(tables, low)) propose(found, plain, rule);
  if (low.length > 5) for (const plain of runTogether(tables, low)) propose(found, plain, 'two-words');
}

/** What known tokens one edit away mean. */
function misspelled(tables: Tables, low: string): readonly string[] {
  const near = new Map<string, number>();
  for (const length of [low.length - 1, low.length, low.length + 1]) {
    for (const other of tables.byLength.get(length) ?? []) {
      if (!oneEdit(low, other)) continue;
      for (const [plain, n] of rowOf(tables.low, other)) near.set(plain, (near.get(plain) ?? 0) + n);
    }
  }
  return first(near, 4);
}

function shortened(tables: Tables, low: string): readonly (readonly [rule: string, plain: string])[] {
  const longer = (tables.byLetter.get(low.slice(0, 1)) ?? []).filter((w) => w.length > low.length);
  const ways = {
    skeleton: (tables.bySkeleton.get(skeleton(low)) ?? []).filter((w) => w !== low),
    prefix: longer.filter((w) => w.startsWith(low)),
    within: longer.filter((w) => isWithin(low, w)),
  };
  return Object.entries(ways).flatMap(([rule, words]) => words.slice(0, 3).map((plain) => [rule, plain] as const));
}

function runTogether(tables: Tables, low: string): readonly string[] {
  const found: string[] = [];
  for (let cut = 2; cut < low.length - 1; cut++) {
    const [a, b] = [low.slice(0, cut), low.slice(cut)];
    if (known(tables, a) > 3 && known(tables, b) > 3) found.push(joined([top(tables, a), top(tables, b)]));
  }
  return found;
}

function endings(tables: Tables, low: string, found: Found): void {
  if (low.endsWith("'s")) {
    const owner = alone(tables, low.slice(0, -2));
    propose(found, `${owner}s`, 'plural');
    propose(found, `${owner}'s`, 'possessive');
    propose(found, owner, 'ending-dropped');
  } else if (low.endsWith('s') && known(tables, low.slice(0, -1)) > 0) propose(found, `${top(tables, low.slice(0, -1))}s`, 'plural');
}
