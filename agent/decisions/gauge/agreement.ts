/**
 * The agent as a gauge that says good or bad: parts whose truth is known, shown several times (AIAG MSA, 4th edition, III.C). Whoever judges them (the
 * agent, people beside it) is held against the truth, against himself and against the others.
 */
import { type Share, shareOf } from '../statistics.ts';

export interface Judgement {
  readonly part: string;
  readonly appraiser: string;
  /** none: no word. */
  readonly said: Said | 'none';
  /** Which showing of the part it is of; else the first of each appraiser is of the first one, and so on. */
  readonly showing?: string;
}

const WORDS = ['good', 'bad'] as const;
type Said = (typeof WORDS)[number];

export interface AppraiserFigures {
  readonly appraiser: string;
  /** Parts of which every trial said the same, and the truth: of all parts. A part with a trial without a word is not among them. */
  readonly effectiveness: Share;
  /** Trials of bad parts that said good: of all trials of bad parts that have a word. */
  readonly misses: Share;
  /** Trials of good parts that said bad: of all trials of good parts that have a word. */
  readonly falseAlarms: Share;
  /** Parts of which every trial said the same word, whichever it was: of all parts. */
  readonly repeats: Share;
  /** Cohen's, against the truth; null where one of them said one thing only. */
  readonly kappa: number | null;
  /** Null: too few parts, or of one kind only. */
  readonly judged: Grade | null;
}

/** AIAG: acceptable, may be where it matters little, not acceptable. */
export type Grade = 'good' | 'conditional' | 'unfit';

export interface Agreement {
  readonly parts: number;
  readonly good: number;
  readonly bad: number;
  readonly appraisers: readonly AppraiserFigures[];
  /** Cohen's kappa of each two, trial by trial. */
  readonly pairs: readonly Pair[];
  /** Fleiss' kappa of all trials of all appraisers together; null where there is one trial of a part, or parts have different numbers of them. */
  readonly together: number | null;
}

export interface Pair {
  readonly between: readonly [string, string];
  /** Trials that both have judged. */
  readonly both: number;
  readonly kappa: number | null;
}

/** Bounds of AIAG, shares: acceptable on the left, conditional up to the right. */
export const BOUNDS = { effectiveness: [0.9, 0.8], misses: [0.02, 0.05], falseAlarms: [0.05, 0.1] } as const;

/** `truth`: of each part; judgements of parts without one are left out. */
export function agreement(judgements: readonly Judgement[], truth: ReadonlyMap<string, 'good' | 'bad'>): Agreement {
  const known = judgements.filter(({ part }) => truth.has(part));
  const names = [...new Set(known.map(({ appraiser }) => appraiser))];
  const parts = new Set(known.map(({ part }) => part));
  const good = [...parts].filter((part) => truth.get(part) === 'good').length;
  const trialsOf = (appraiser: string) => known.filter((one) => one.appraiser === appraiser);
  return {
    parts: parts.size,
    good,
    bad: parts.size - good,
    appraisers: names.map((appraiser) => figuresOf(appraiser, trialsOf(appraiser), truth)),
    pairs: pairsOf(known),
    together: fleiss([...byPartOf(known).values()].map(countsOf)),
  };
}

/** Cohen's kappa of each two, over the showings that both have a word on; whatever the truth is. */
export function pairsOf(judgements: readonly Judgement[]): readonly Pair[] {
  const names = [...new Set(judgements.map(({ appraiser }) => appraiser))];
  const trials = new Map(names.map((name) => [name, judgements.filter(({ appraiser }) => appraiser === name)]));
  return names.flatMap((one, n) =>
    names.slice(n + 1).map((other): Pair => {
      const table = tableOf(trials.get(one) ?? [], trials.get(other) ?? []);
      return { between: [one, other], both: table.flat().reduce((sum, count) => sum + count, 0), kappa: cohen(table) };
    }),
  );
}

function figuresOf(appraiser: string, trials: readonly Judgement[], truth: ReadonlyMap<string, 'good' | 'bad'>): AppraiserFigures {
  const byPart = byPartOf(trials);
  const same = [...byPart.values()].filter((of) => of.every(({ said }) => said !== 'none' && said === of[0]?.said));
  const right = same.filter((of) => of[0]?.said === truth.get(of[0]?.part ?? ''));
  const ofTruth = (which: 'good' | 'bad') => trials.filter(({ part, said }) => said !== 'none' && truth.get(part) === which);
  const wrong = (which: 'good' | 'bad') => shareOf(ofTruth(which).filter(({ said }) => said !== which).length, ofTruth(which).length);
  const effectiveness = shareOf(right.length, byPart.size);
  const [misses, falseAlarms] = [wrong('bad'), wrong('good')];
  return {
    appraiser,
    effectiveness,
    misses,
    falseAlarms,
    repeats: shareOf(same.length, byPart.size),
    kappa: cohen(againstTruth(trials, truth)),
    judged: misses.of === 0 || falseAlarms.of === 0 || byPart.size < LEAST_PARTS ? null : gradeOf(effectiveness, misses, falseAlarms),
  };
}

/** With fewer, one part more or less is another grade. */
const LEAST_PARTS = 10;

function byPartOf(trials: readonly Judgement[]): ReadonlyMap<string, readonly Judgement[]> {
  const found = new Map<string, Judgement[]>();
  for (const one of trials) {
    const those = found.get(one.part);
    if (those) those.push(one);
    else found.set(one.part, [one]);
  }
  return found;
}

function gradeOf(effectiveness: Share, misses: Share, falseAlarms: Share): Grade {
  const holds = (which: 0 | 1) =>
    effectiveness.share >= BOUNDS.effectiveness[which] &&
    misses.share <= BOUNDS.misses[which] &&
    falseAlarms.share <= BOUNDS.falseAlarms[which];
  if (holds(0)) return 'good';
  return holds(1) ? 'conditional' : 'unfit';
}

/** How often one said the row's word where the other said the column's. */
export type Table = readonly (readonly number[])[];

function tableOfPairs(pairs: readonly (readonly [Said, Said])[]): Table {
  return WORDS.map((row) => WORDS.map((column) => pairs.filter(([one, other]) => one === row && other === column).length));
}

const againstTruth = (trials: readonly Judgement[], truth: ReadonlyMap<string, Said>): Table =>
  tableOfPairs(trials.flatMap(({ part, said }) => (said === 'none' ? [] : [[said, truth.get(part) ?? said] as const])));

/** Showing by showing, part by part. */
function tableOf(one: readonly Judgement[], other: readonly Judgement[]): Table {
  const others = new Map(withShowings(other).map(({ key, said }) => [key, said]));
  return tableOfPairs(
    withShowings(one).flatMap(({ key, said }) => {
      const beside = others.get(key) ?? 'none';
      return said === 'none' || beside === 'none' ? [] : [[said, beside] as const];
    }),
  );
}

function withShowings(trials: readonly Judgement[]) {
  const seen = new Map<string, number>();
  return trials.map(({ part, said, showing }) => {
    const trial = seen.get(part) ?? 0;
    seen.set(part, trial + 1);
    return { said, key: JSON.stringify([part, showing ?? trial]) };
  });
}

const countsOf = (trials: readonly Judgement[]): readonly number[] =>
  WORDS.map((word) => trials.filter(({ said }) => said === word).length);

/** Cohen (1960): agreement beyond what comes by chance, of that which could. Null: there is nothing beyond chance to reach. */
export function cohen(table: Table): number | null {
  const total = table.flat().reduce((sum, count) => sum + count, 0);
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = table.map((_, n) => table.reduce((sum, row) => sum + (row[n] ?? 0), 0));
  const agreed = table.reduce((sum, row, n) => sum + (row[n] ?? 0), 0) / total;
  const chance = rows.reduce((sum, row, n) => sum + row * (columns[n] ?? 0), 0) / total ** 2;
  return total === 0 || chance === 1 ? null : (agreed - chance) / (1 - chance);
}

/** Fleiss (1971). `counts`: of each part, how many trials said each word. */
export function fleiss(counts: readonly (readonly number[])[]): number | null {
  const trials = (counts[0] ?? []).reduce((sum, count) => sum + count, 0);
  if (trials < 2 || counts.some((row) => row.reduce((sum, count) => sum + count, 0) !== trials)) return null;
  const words = counts[0]?.length ?? 0;
  const shares = Array.from({ length: words }, (_, n) => counts.reduce((sum, row) => sum + (row[n] ?? 0), 0) / (counts.length * trials));
  const chance = shares.reduce((sum, share) => sum + share ** 2, 0);
  const agreed =
    counts.reduce((sum, row) => sum + (row.reduce((squares, count) => squares + count ** 2, 0) - trials) / (trials * (trials - 1)), 0) /
    counts.length;
  return chance === 1 ? null : (agreed - chance) / (1 - chance);
}
