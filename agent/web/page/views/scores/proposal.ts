/** Since when scores are otherwise, and where the threshold would have to stand for what people say of the parts. Pure. */
import type { Scores } from '../../api/types.ts';

/** Labels of refused good parts before anything is proposed. */
export const ENOUGH = 5;
/** A limit is moved by it. */
export const STEP = 0.01;
/** Left above the highest good part where no bad one says how far one may go. */
const ROOM = 0.02;
const FINEST = 1000;

export interface Effect {
  /** Stored parts, those at or above the limit as it is, and as it would be. */
  readonly parts: number;
  readonly refused: number;
  readonly wouldBe: number;
  /** Labelled good parts that would be refused, and bad ones that would pass. */
  readonly goodRefused: number;
  readonly badPassed: number;
  readonly good: number;
  readonly bad: number;
}

export type Proposal =
  | { readonly kind: 'label'; readonly have: number }
  /** No limit tells those that were labelled apart: so many bad ones score no more than a good one. */
  | { readonly kind: 'teach'; readonly bad: number }
  | { readonly kind: 'move'; readonly to: number };

export function proposalOf({ labelled }: Pick<Scores, 'labelled'>, now: number): Proposal {
  const refused = labelled.filter(({ label, score }) => label === 'good' && score >= now).map(({ score }) => score);
  if (refused.length < ENOUGH) return { kind: 'label', have: refused.length };
  const top = Math.max(...refused);
  const bad = labelled.filter(({ label, score }) => label === 'bad' && score >= now).map(({ score }) => score);
  const overlap = bad.filter((score) => score <= top).length;
  const next = Math.min(...bad);
  const to = rounded(Number.isFinite(next) ? (top + next) / 2 : top + ROOM);
  if (overlap > 0 || to <= top || to >= 1) return { kind: 'teach', bad: overlap };
  return { kind: 'move', to };
}

const rounded = (limit: number): number => Math.ceil(limit * FINEST - 1e-9) / FINEST;

export function effectOf({ bins, labelled }: Pick<Scores, 'bins' | 'labelled'>, now: number, to: number): Effect {
  const from = (limit: number) => bins.reduce((sum, { at, parts }) => (at >= limit - 1e-9 ? sum + parts : sum), 0);
  const [good, bad] = (['good', 'bad'] as const).map((label) => labelled.filter((one) => one.label === label));
  return {
    parts: from(0),
    refused: from(now),
    wouldBe: from(to),
    good: good?.length ?? 0,
    bad: bad?.length ?? 0,
    goodRefused: good?.filter(({ score }) => score >= to).length ?? 0,
    badPassed: bad?.filter(({ score }) => score < to).length ?? 0,
  };
}

type Steps = Scores['steps'];

export interface Begin {
  readonly at: number;
  readonly before: { readonly refused: number; readonly parts: number };
  readonly since: { readonly refused: number; readonly parts: number };
}

/** Fewer on either side say nothing. */
const FEWEST = 20;
/** Standard errors between the two shares: of the boundaries of a day one looks like this by chance once in years. */
const FAR = 5;

/** From where on more parts are refused than before, where that is no chance; null: nowhere. */
export function beginOf(steps: Steps): Begin | null {
  const all = sumOf(steps);
  let best: { readonly begin: Begin; readonly z: number } | null = null;
  let before = { refused: 0, parts: 0 };
  for (const step of steps) {
    const since = { refused: all.refused - before.refused, parts: all.parts - before.parts };
    const z = farOf(before, since);
    if (z > (best?.z ?? FAR)) best = { begin: { at: step.at, before, since }, z };
    before = { refused: before.refused + step.refused, parts: before.parts + step.parts };
  }
  return best?.begin ?? null;
}

const sumOf = (steps: Steps) =>
  steps.reduce((sum, { refused, parts }) => ({ refused: sum.refused + refused, parts: sum.parts + parts }), { refused: 0, parts: 0 });

/** Of two proportions, pooled. */
function farOf(a: Begin['before'], b: Begin['since']): number {
  if (a.parts < FEWEST || b.parts < FEWEST) return 0;
  const pooled = (a.refused + b.refused) / (a.parts + b.parts);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.parts + 1 / b.parts));
  return error === 0 ? 0 : (b.refused / b.parts - a.refused / a.parts) / error;
}

/** What was looked at further back, put before what is known. */
export function joined(newer: Scores, older: Scores): Scores {
  if (older.package !== newer.package) return { ...newer, complete: true, looked_back_to: older.looked_back_to };
  const [edge, ...rest] = newer.steps;
  const last = older.steps.at(-1);
  const steps =
    edge && last?.at === edge.at ? [...older.steps.slice(0, -1), together(last, edge), ...rest] : [...older.steps, ...newer.steps];
  const bins = new Map(newer.bins.map(({ at, parts }) => [at, parts]));
  for (const { at, parts } of older.bins) bins.set(at, (bins.get(at) ?? 0) + parts);
  return {
    package: newer.package,
    steps,
    bins: [...bins].map(([at, parts]) => ({ at, parts })).sort((a, b) => a.at - b.at),
    labelled: [...newer.labelled, ...older.labelled],
    complete: older.complete,
    looked_back_to: older.looked_back_to,
  };
}

/** A stretch that two questions looked at: its middle is that of the larger piece. */
const together = (a: Steps[number], b: Steps[number]): Steps[number] => ({
  at: a.at,
  parts: a.parts + b.parts,
  refused: a.refused + b.refused,
  low: Math.min(a.low, b.low),
  middle: a.parts > b.parts ? a.middle : b.middle,
  high: Math.max(a.high, b.high),
});
