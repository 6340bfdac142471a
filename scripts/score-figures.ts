/**
 * The simulated figures of docs/scores.md, as Markdown: how often a line that does not change is called changed, how many parts go by from a change
 * to its alarm, by its scores and by how its parts look, and the same of promises about false rejects. Some minutes; the same figures every time.
 *
 *   node dist/scripts/score-figures.js
 */
import { PICTURE_LOOK } from '../agent/contracts/index.ts';
import { DriftWatch } from '../agent/runtime/drift/watch.ts';
import { hoursBrokenAt, type PromisedMachine } from './scores/hours.ts';
import { brokenAt, changesOf, type PromisedLine, scoresOf, taughtWith } from './scores/lines.ts';
import { lookOf, looksChange, pictureLooks, tagLooks } from './scores/looks.ts';

/** Of lines that do not change: lines of a kind, and parts of each. */
const STEADY = { lines: 40, parts: 20_000 };
/** `taught` 0: against the first parts. */
const KINDS = [
  ...[10, 30, 60, 100, 300, 1000, 0].map((taught) => ({ taught, alike: 0 })),
  { taught: 0, alike: 0.7 },
  { taught: 300, alike: 0.7 },
  { taught: 1000, alike: 0.7 },
  { taught: 300, alike: 0.9 },
];
/**
 * Of lines that change: how long the alarm is waited for, and the part before it, from look to look another: how alike parts are is told once for
 * 500, and a change in the middle of them makes them look alike.
 */
const CHANGED = { lines: 200, wait: 10_000, after: (seed: number) => 1000 + 25 * (seed % 20) };
const MOVES: readonly { readonly shift: number; readonly taught: number; readonly alike?: number }[] = [
  { shift: 3, taught: 30 },
  { shift: 2, taught: 30 },
  { shift: 2, taught: 100 },
  { shift: 1, taught: 100 },
  { shift: 1, taught: 300 },
  { shift: 0.5, taught: 1000 },
  { shift: 2, taught: 300, alike: 0.7 },
  { shift: 1, taught: 300, alike: 0.7 },
];
/** `taught` 0: against the first parts. Tags: windows that were taught, of eight tags. */
const LOOKS: readonly LookKind[] = [
  ...[12, 30, 100, 300, 0].map((taught) => ({ of: 'picture', taught }) as const),
  { of: 'picture', taught: 300, alike: 0.9 },
  { of: 'picture', taught: 0, alike: 0.9 },
  { of: 'picture', taught: 300, wander: 100 },
  { of: 'picture', taught: 0, wander: 100 },
  { of: 'picture', taught: 300, wander: 2000 },
  ...[12, 40, 0].map((taught) => ({ of: 'tags', taught }) as const),
  { of: 'tags', taught: 40, alike: 0.9 },
  { of: 'tags', taught: 0, alike: 0.9 },
];
const LOOKS_MOVE: readonly (LookKind & { readonly shift: number })[] = [
  { of: 'picture', taught: 30, shift: 3 },
  { of: 'picture', taught: 30, shift: 2 },
  { of: 'picture', taught: 100, shift: 2 },
  { of: 'picture', taught: 300, shift: 1 },
  { of: 'picture', taught: 0, shift: 2 },
  { of: 'picture', taught: 300, alike: 0.9, shift: 2 },
  { of: 'picture', taught: 300, wander: 100, shift: 6 },
  { of: 'picture', taught: 0, wander: 100, shift: 6 },
  { of: 'tags', taught: 40, shift: 4 },
  { of: 'tags', taught: 0, shift: 2 },
];
const LOOKS_CHANGED = { lines: 100, wait: 5000, after: (seed: number) => 1500 + 25 * (seed % 20) };
const TAGS = 8;
const KEPT = { lines: 400, parts: 3000 };
const PROMISED = [10, 50];
const BROKEN_LINES = { lines: 400, parts: 10_000 };
const TIMES = [
  { oneIn: 10, times: 2 },
  { oneIn: 50, times: 3 },
];

interface LookKind {
  readonly of: 'picture' | 'tags';
  readonly taught: number;
  /** As lookOf() has them. */
  readonly alike?: number;
  readonly wander?: number;
}

/** Of machines: rows of confirmed hours, 500 at once. */
const HOURS: readonly PromisedMachine[] = [
  ...[0, 0.7, 0.9, 0.97].map((alike) => ({ promised: 1 / 100, real: 1 / 100, alike, rows: 20_000 })),
  ...[0.7, 0.9].map((alike) => ({ promised: 1 / 100, real: 3 / 100, alike, rows: 100_000 })),
  ...[0.7, 0.9].map((alike) => ({ promised: 1 / 100, real: 10 / 100, alike, rows: 100_000 })),
];
const HOURS_LINES = 100;

const seeds = (lines: number): readonly number[] => Array.from({ length: lines }, (_, i) => i + 1);

/** Lines of a kind that were called changed, though nothing changed. */
function calledChanged({ taught, alike }: (typeof KINDS)[number]): number {
  return seeds(STEADY.lines).filter((seed) => {
    const next = scoresOf(1_000_000 + seed, { alike });
    return changesOf(new DriftWatch(() => taughtWith(seed, taught)), () => next(), STEADY.parts).length > 0;
  }).length;
}

/** Parts from the change to the alarm, ascending; Infinity where it did not come. */
function delaysOf({ shift, taught, alike = 0 }: (typeof MOVES)[number]): readonly number[] {
  const { lines, wait } = CHANGED;
  const delays = seeds(lines).map((seed) => {
    const after = CHANGED.after(seed);
    const next = scoresOf(2_000_000 + seed, { alike });
    const changes = changesOf(new DriftWatch(() => taughtWith(seed, taught)), (part) => next(part > after ? shift : 0), after + wait);
    return (changes.find(({ at, on }) => on && at > after)?.at ?? Number.POSITIVE_INFINITY) - after;
  });
  return delays.sort((a, b) => a - b);
}

/** A line and what watches it. */
function watched(seed: number, { of, taught, alike = 0, wander = 0 }: LookKind, from: number) {
  const line = of === 'picture' ? pictureLooks(seed, taught) : tagLooks(seed, TAGS, taught);
  return { line, next: lookOf(from + seed, { features: of === 'picture' ? PICTURE_LOOK.length : 2 * TAGS, alike, wander }) };
}

const lookedChanged = (kind: LookKind): number =>
  seeds(STEADY.lines).filter((seed) => {
    const { line, next } = watched(seed, kind, 4_000_000);
    return looksChange(line, () => next(), STEADY.parts).length > 0;
  }).length;

function lookDelays({ shift, ...kind }: (typeof LOOKS_MOVE)[number]): readonly number[] {
  const { lines, wait, after: begins } = LOOKS_CHANGED;
  const delays = seeds(lines).map((seed) => {
    const { line, next } = watched(seed, kind, 5_000_000);
    const after = begins(seed);
    const changes = looksChange(line, (part) => next(part > after ? shift : 0), after + wait);
    return (changes.find(({ at, on }) => on && at > after)?.at ?? Number.POSITIVE_INFINITY) - after;
  });
  return delays.sort((a, b) => a - b);
}

const parted = ({ of, taught }: LookKind): string => `${of}, ${taught === 0 ? 'first parts' : `${taught} taught`}`;
const tied = ({ alike = 0, wander = 0 }: LookKind): string => (wander > 0 ? `wander of ${wander} parts under noise` : String(alike));

const brokenIn = (lines: number, line: PromisedLine): readonly number[] =>
  seeds(lines)
    .map((seed) => brokenAt(3_000_000 + seed, line) ?? Number.POSITIVE_INFINITY)
    .sort((a, b) => a - b);

/** The part by which that share of the lines was found. */
const within = (sorted: readonly number[], share: number): string => {
  const at = sorted[Math.ceil(share * sorted.length) - 1] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(at) ? String(at) : 'not within the parts that were simulated';
};

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  process.stdout.write(`${[line(head), `|${head.map((_, i) => (i === 0 ? '---' : '--:')).join('|')}|`, ...rows.map(line)].join('\n')}\n\n`);
}

const against = (taught: number): string => (taught === 0 ? 'its first parts' : `${taught} parts it was taught with`);

table(
  [`${STEADY.lines} lines of ${STEADY.parts} parts that do not change, held against`, 'alike from one to the next', 'called changed'],
  KINDS.map((kind) => [against(kind.taught), kind.alike, calledChanged(kind)]),
);
table(
  [`scores move by, ${CHANGED.lines} lines each`, 'taught with', 'alike', 'half', 'nine of ten'],
  MOVES.map((move) => {
    const delays = delaysOf(move);
    return [`${move.shift} spreads`, `${move.taught} parts`, move.alike ?? 0, within(delays, 0.5), within(delays, 0.9)];
  }),
);
table(
  [`${STEADY.lines} lines of ${STEADY.parts} parts that do not change, by how they look, against`, 'alike', 'called changed'],
  LOOKS.map((kind) => [parted(kind), tied(kind), lookedChanged(kind)]),
);
table(
  [`one feature moves by, ${LOOKS_CHANGED.lines} lines each`, 'against', 'alike', 'half', 'nine of ten'],
  LOOKS_MOVE.map((move) => {
    const delays = lookDelays(move);
    return [`${move.shift} spreads`, parted(move), tied(move), within(delays, 0.5), within(delays, 0.9)];
  }),
);
table(
  ['promised', `of ${KEPT.lines} lines of ${KEPT.parts} parts that keep it exactly, called broken`],
  PROMISED.map((oneIn) => [
    `1 in ${oneIn}`,
    brokenIn(KEPT.lines, { promised: 1 / oneIn, real: 1 / oneIn, parts: KEPT.parts }).filter(Number.isFinite).length,
  ]),
);
table(
  ['promised', 'refused', `half of ${BROKEN_LINES.lines} lines are found within parts`, 'nine of ten'],
  TIMES.map(({ oneIn, times }) => {
    const found = brokenIn(BROKEN_LINES.lines, { promised: 1 / oneIn, real: times / oneIn, parts: BROKEN_LINES.parts });
    return [`1 in ${oneIn}`, `${times} times that`, within(found, 0.5), within(found, 0.9)];
  }),
);
table(
  [`of ${HOURS_LINES} machines, 1 in 100 promised, refused`, 'alike', 'called broken', 'half within rows', 'nine of ten'],
  HOURS.map((line) => {
    const found = seeds(HOURS_LINES)
      .map((seed) => hoursBrokenAt(6_000_000 + seed, line) ?? Number.POSITIVE_INFINITY)
      .sort((a, b) => a - b);
    const broken = found.filter(Number.isFinite).length;
    return [`${Math.round(100 * line.real)} in 100`, line.alike, `${broken} in ${line.rows}`, within(found, 0.5), within(found, 0.9)];
  }),
);
