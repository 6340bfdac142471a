/** Which candidate it is, by a weighted sum of what the tables and rules say. scripts/train/house/normaliser/ranking.py is the same. */
import { candidates } from './candidates.ts';
import { caseOf, hasDigit, isWord, masked, shape } from './shapes.ts';
import { type Counts, END, meanings, plainOrder, type Row, rowOf, START, type Tables, TWICE, total } from './tables.ts';

export type Weights = ReadonlyMap<string, number>;

/** A token seen less often than this is also looked at by the rules. */
const FEW = 3;
const DERIVED: ReadonlySet<string> = new Set(['skeleton', 'prefix', 'within', 'edit']);
const PLAIN: ReadonlySet<string> = new Set(['same', 'as-is', 'id', 'name']);

/** One token among its neighbours. */
interface Spot {
  readonly token: string;
  readonly low: string;
  readonly previous: string;
  readonly following: string;
  readonly first: boolean;
  readonly last: boolean;
  /** Upper case where others are not. */
  readonly shouted: boolean;
}

/** Takes one feature; the order of the calls is that of the sum. */
type Tell = (feature: string, value: number) => void;

/** The plain form of each token: nothing, a word or several. */
export function normalised(tables: Tables, weights: Weights, tokens: readonly string[]): readonly string[] {
  return spots(tokens).map((spot) => best(tables, weights, spot));
}

function spots(tokens: readonly string[]): readonly Spot[] {
  const lows = [START, ...tokens.map((token) => token.toLowerCase()), END];
  const mixed = tokens.some((token) => caseOf(token) !== 'upper');
  return tokens.map((token, i) => ({
    token,
    low: lows[i + 1] ?? '',
    previous: lows[i] ?? START,
    following: lows[i + 2] ?? END,
    first: i === 0,
    last: i === tokens.length - 1,
    shouted: mixed && caseOf(token) === 'upper',
  }));
}

/** Of equals the first. */
function best(tables: Tables, weights: Weights, spot: Spot): string {
  const seen = meanings(tables, spot.low);
  const rules = rulesOf(tables, spot, seen);
  if (rules.size === 1) return [...rules.keys()][0] ?? '';
  let [chosen, most] = ['', Number.NEGATIVE_INFINITY];
  for (const [plain, names] of rules) {
    const score = scoreOf(tables, weights, spot, { plain, names, seen });
    if (score > most) [chosen, most] = [plain, score];
  }
  return chosen;
}

/** What the token may mean, with the rules that say so: none for what was counted. */
function rulesOf(tables: Tables, spot: Spot, seen: Row): ReadonlyMap<string, ReadonlySet<string>> {
  const rules = new Map<string, Set<string>>([...seen.keys()].sort(plainOrder).map((plain) => [plain, new Set()]));
  if (total(seen) >= FEW) return rules;
  for (const [plain, names] of candidates(tables, spot.token)) for (const name of names) addTo(rules, plain, name, names);
  return rules;
}

interface Meaning {
  readonly plain: string;
  readonly names: ReadonlySet<string>;
  readonly seen: Row;
}

function scoreOf(tables: Tables, weights: Weights, spot: Spot, { plain, names, seen }: Meaning): number {
  const often = total(seen);
  const stage = often === 0 ? 'new' : often < FEW ? 'rare' : 'known';
  let score = 0;
  const tell: Tell = (feature, value) => {
    score += (weights.get(feature) ?? 0) * value;
  };
  neighbours(tables, spot, plain, stage, tell);
  if (often > 0) counted(tables, spot, plain, seen, tell);
  if (often < FEW) guessed(tables, spot, plain, names, (feature, value) => tell(`${feature} ${stage}`, value));
  return score;
}

function addTo(rules: Map<string, Set<string>>, plain: string, name: string, names: ReadonlySet<string>): void {
  const there = rules.get(plain);
  if (there) there.add(name);
  else rules.set(plain, new Set(names));
}

function neighbours(tables: Tables, spot: Spot, plain: string, stage: string, tell: Tell): void {
  const words = plain.split(' ');
  tell(`left ${stage}`, beside(tables.left, spot.previous, words[0] ?? ''));
  tell(`right ${stage}`, beside(tables.right, spot.following, words.at(-1) ?? ''));
  if (plain !== '') return;
  tell(`empty ${stage}`, 1);
  tell(`empty first ${stage}`, Number(spot.first));
}

function beside(table: Counts, neighbour: string, word: string): number {
  const n = rowOf(table, neighbour).get(word) ?? 0;
  return n >= TWICE ? Math.log1p(n) : 0;
}

function counted(tables: Tables, spot: Spot, plain: string, seen: Row, tell: Tell): void {
  const [often, here] = [total(seen), seen.get(plain) ?? 0];
  const raw = rowOf(tables.raw, spot.token);
  const [n, of, share] = [raw.get(plain) ?? 0, total(raw), here / often];
  tell('raw', Math.log1p(n));
  tell('raw share', n / (of + 0.5));
  tell('low', Math.log1p(here));
  tell('low share', here / (often + 0.5));
  if (seen.size < 2) return;
  withNeighbour('before', rowOf(tables.before, `${spot.low} ${spot.previous}`), plain, share, tell);
  withNeighbour('after', rowOf(tables.after, `${spot.low} ${spot.following}`), plain, share, tell);
  tell('likely', Math.log(share + 0.01));
  tell('raw likely', Math.log((n + share + 0.01) / (of + 1.01)));
}

function withNeighbour(name: 'before' | 'after', row: Row, plain: string, share: number, tell: Tell): void {
  const [n, of] = [row.get(plain) ?? 0, total(row)];
  tell(name, Math.log1p(n));
  tell(`${name} share`, n / (of + 0.5));
  tell(`${name} likely`, Math.log((n + share + 0.01) / (of + 1.01)));
}

function guessed(tables: Tables, spot: Spot, plain: string, rules: ReadonlySet<string>, tell: Tell): void {
  const { low, token } = spot;
  const words = plain.split(' ');
  const frequent = Math.log1p(Math.min(...words.map((word) => tables.words.get(word) ?? 0)));
  tell('frequent', frequent);
  tell('unheard', Number(frequent === 0));
  tell('length', Math.abs(plain.length - low.length) / (low.length + 2));
  if (hasDigit(low)) {
    byLook('mask', rowOf(tables.digits, masked(token)), plain, tell);
    byLook('shape', rowOf(tables.shapes, shape(token)), plain, tell);
  }
  const english = words.every((word) => tables.english.has(word.toLowerCase()));
  for (const rule of rules) {
    tell(rule, 1);
    tell(`${rule} english`, Number(english));
    tell(`${rule} of english`, Number(tables.english.has(low)));
    if (DERIVED.has(rule)) sized(rule, low, frequent, tell);
    if (PLAIN.has(rule)) looked(rule, spot, frequent, tell);
  }
}

function byLook(name: 'mask' | 'shape', row: Row, plain: string, tell: Tell): void {
  const n = row.get(plain) ?? 0;
  tell(`${name} count`, Math.log1p(n));
  tell(`${name} share`, n / (total(row) + 1));
}

function sized(rule: string, low: string, frequent: number, tell: Tell): void {
  tell(`${rule} size`, Math.log(low.length));
  tell(`${rule} frequent`, frequent);
}

function looked(rule: string, spot: Spot, frequent: number, tell: Tell): void {
  tell(`${rule} ${caseOf(spot.token)}`, 1);
  tell(`${rule} shouted`, Number(spot.shouted));
  sized(rule, spot.low, frequent, tell);
  tell(`${rule} digit`, Number(hasDigit(spot.low)));
  tell(`${rule} first`, Number(spot.first));
  tell(`${rule} last`, Number(spot.last));
  tell(`${rule} word`, Number(isWord(spot.low)));
}
