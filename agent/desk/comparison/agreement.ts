/** How far two packages say the same, and which is right where that is known. Pure, seeded. */
import { type Interval, intervals, membersOf } from '../evaluation/chance.ts';
import type { Protocol, Sample } from '../evaluation/protocol.ts';
import { mcnemar } from './mcnemar.ts';
import type { Said } from './said.ts';

/** What both say of one picture, window, note, or row of a recording. */
export interface Pair {
  readonly a: Said;
  readonly b: Said;
}

export interface Share extends Interval {
  readonly same: number;
  readonly share: number;
}
export interface Agreement {
  readonly verdict: Share;
  /** Agreement beyond what two who guess as often would have; NaN where one of them always says the same. */
  readonly kappa: number;
  /** Class, text or entities. */
  readonly says: Share;
  /** How often a said the row and b the column. */
  readonly verdicts: Readonly<Record<Verdict, Readonly<Record<Verdict, number>>>>;
  /** Most frequent first. */
  readonly changes: readonly { readonly a: string; readonly b: string; readonly count: number }[];
}
type Verdict = Said['verdict'];
const VERDICTS: readonly Verdict[] = ['ok', 'review', 'nok'];

/** `pairs` by sample; intervals draw whole groups of samples anew. */
export function agreementOf(pairs: readonly (readonly Pair[])[], groups: readonly string[]): Agreement {
  const all = pairs.flat();
  const counts = pairs.map((of) => ({
    all: of.length,
    verdict: of.filter(({ a, b }) => a.verdict === b.verdict).length,
    says: of.filter(({ a, b }) => a.says === b.says).length,
  }));
  const ranges = intervals(counts, groups, (drawn) => {
    const of = (name: keyof (typeof drawn)[number]) => sum(drawn.map((one) => one[name]));
    return { verdict: of('verdict') / of('all'), says: of('says') / of('all') };
  });
  const share = (name: 'verdict' | 'says'): Share => {
    const same = sum(counts.map((one) => one[name]));
    return { same, share: same / all.length, ...(ranges[name] ?? NOTHING) };
  };
  const verdicts = crossed(all);
  return { verdict: share('verdict'), kappa: kappaOf(verdicts, all.length), says: share('says'), verdicts, changes: changesOf(all) };
}
const NOTHING: Interval = { low: Number.NaN, high: Number.NaN };

function crossed(pairs: readonly Pair[]): Agreement['verdicts'] {
  const count = (a: Verdict, b: Verdict) => pairs.filter((pair) => pair.a.verdict === a && pair.b.verdict === b).length;
  const row = (a: Verdict) => ({ ok: count(a, 'ok'), review: count(a, 'review'), nok: count(a, 'nok') });
  return { ok: row('ok'), review: row('review'), nok: row('nok') };
}

/** Cohen's. */
function kappaOf(verdicts: Agreement['verdicts'], total: number): number {
  const observed = sum(VERDICTS.map((one) => verdicts[one][one])) / total;
  const byA = (one: Verdict) => sum(VERDICTS.map((other) => verdicts[one][other]));
  const byB = (one: Verdict) => sum(VERDICTS.map((other) => verdicts[other][one]));
  const expected = sum(VERDICTS.map((one) => byA(one) * byB(one))) / total ** 2;
  return (observed - expected) / (1 - expected);
}
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function changesOf(pairs: readonly Pair[]): Agreement['changes'] {
  const counts = new Map<string, { a: string; b: string; count: number }>();
  for (const { a, b } of pairs) {
    if (a.says === b.says) continue;
    const key = JSON.stringify([a.says, b.says]);
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { a: a.says, b: b.says, count: 1 });
  }
  return [...counts.values()].sort((one, other) => other.count - one.count);
}

/** Of b's scores minus a's. */
export interface ScoreDifference {
  readonly mean: number;
  /** Of the differences without their sign. */
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export function scoreDifference(pairs: readonly Pair[]): ScoreDifference {
  const signed = pairs.map(({ a, b }) => b.score - a.score);
  const sorted = signed.map(Math.abs).sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { mean: sum(signed) / signed.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}

export interface Rightness {
  /** "right: …" */
  readonly means: string;
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly neither: number;
  /** Share that b has right, minus the share that a has right; the interval draws whole groups anew. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** McNemar's exact test, every sample for itself. */
  readonly p: number;
}

/** `right` of each sample, null where nobody knows. */
export function rightness(
  right: readonly { readonly a: boolean; readonly b: boolean }[],
  groups: readonly string[],
  means: string,
): Rightness {
  const count = (a: boolean, b: boolean) => right.filter((one) => one.a === a && one.b === b).length;
  const [onlyA, onlyB] = [count(true, false), count(false, true)];
  const gains = right.map(({ a, b }) => Number(b) - Number(a));
  const { difference: range = NOTHING } = intervals(gains, groups, (drawn) => ({ difference: sum(drawn) / drawn.length }));
  return {
    means,
    both: count(true, true),
    onlyA,
    onlyB,
    neither: count(false, false),
    difference: sum(gains) / gains.length,
    ...range,
    p: mcnemar(onlyA, onlyB),
  };
}

export interface FigureDifference extends Interval {
  readonly a: number;
  readonly b: number;
  /** b minus a, both on the same samples, its interval from the same draws. */
  readonly difference: number;
}

/** A protocol's figures of both; `evidence` by sample. Figures that one of them cannot have are left out. */
export function figureDifferences(
  protocol: Pick<Protocol, 'forms' | 'figures'>,
  evidence: { readonly a: readonly unknown[]; readonly b: readonly unknown[] },
  groups: readonly string[],
): Readonly<Record<string, FigureDifference>> {
  const [a, b] = [protocol.figures(evidence.a), protocol.figures(evidence.b)];
  const names = Object.keys(protocol.forms).filter((name) => Number.isFinite(a[name]) && Number.isFinite(b[name]));
  const pairs = evidence.a.map((one, i) => ({ a: one, b: evidence.b[i] }));
  const ranges = intervals(pairs, groups, (drawn) => {
    const [ofA, ofB] = [protocol.figures(drawn.map((one) => one.a)), protocol.figures(drawn.map((one) => one.b))];
    return Object.fromEntries(names.map((name) => [name, (ofB[name] ?? Number.NaN) - (ofA[name] ?? Number.NaN)]));
  });
  const of = (name: string) => {
    const [one, other] = [a[name] ?? Number.NaN, b[name] ?? Number.NaN];
    return { a: one, b: other, difference: other - one, ...(ranges[name] ?? NOTHING) };
  };
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}

/** What the numbers alone do not say. */
export function remarksOf(samples: readonly Pick<Sample, 'group'>[], right: Rightness | null): readonly string[] {
  const groups = membersOf(samples.map(({ group }) => group)).size;
  if (!right) return [];
  if (right.onlyA + right.onlyB === 0) return ['both have the same ones right'];
  const luck =
    right.p >= 0.05
      ? [`nobody can say from these samples which is right more often: p is ${right.p.toPrecision(2)}`]
      : [`${right.onlyB > right.onlyA ? 'B' : 'A'} is right more often, and that is hardly luck: p is ${right.p.toPrecision(2)}`];
  const few = groups < samples.length ? [`p takes each sample for itself, but they are of ${groups} groups only: trust the interval`] : [];
  return [...luck, ...few];
}
