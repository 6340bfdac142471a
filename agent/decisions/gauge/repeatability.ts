/**
 * Gage repeatability and reproducibility by analysis of variance (AIAG MSA, 4th edition, III.B): several parts, each measured several times by several
 * appraisers (people, cameras, stations). How much of what is measured is the gauge, and not the part?
 */
import { LinesideError } from '../../errors.ts';
import { fBeyond, isNoSpread, meanOf } from '../statistics.ts';

export interface Measurement {
  readonly part: string;
  readonly appraiser: string;
  readonly value: number;
}

export interface Source {
  readonly sumOfSquares: number;
  readonly freedom: number;
  readonly meanSquare: number;
  /** Null where there is nothing to hold it against. */
  readonly f: number | null;
  readonly p: number | null;
}

export interface Repeatability {
  readonly parts: number;
  readonly appraisers: number;
  readonly trials: number;
  readonly table: { readonly part: Source; readonly appraiser: Source; readonly interaction: Source; readonly residual: Source };
  /** Appraisers differ alike for all parts: their interaction counts as noise of the gauge. */
  readonly pooled: boolean;
  readonly variance: {
    readonly repeatability: number;
    readonly appraiser: number;
    readonly interaction: number;
    readonly part: number;
  };
  /** Of the total standard deviation, percent. */
  readonly percent: { readonly gauge: number; readonly repeatability: number; readonly reproducibility: number; readonly part: number };
  /** Of the tolerance, six standard deviations, percent; null where none is named. */
  readonly ofTolerance: number | null;
  /** Kinds of parts that it can tell apart. */
  readonly categories: number;
  /** By AIAG: 10 % good, 30 % at most where it matters little, and five categories. */
  readonly judged: 'good' | 'conditional' | 'unfit';
}

/** An interaction with a chance above this is none. */
const POOL_ABOVE = 0.25;

/**
 * Every part by every appraiser, as often as every other: crossed and balanced. Throws GAUGE_UNJUDGED where it is not.
 * `tolerance`: upper less lower limit, in the unit of the values.
 */
export function repeatability(measurements: readonly Measurement[], tolerance?: number): Repeatability {
  const cells = cellsOf(measurements);
  const { table, sizes } = analysis(cells);
  if (isNoSpread(Math.sqrt(table.residual.meanSquare), meanOf(cells.flat(2))))
    throw unjudged('whoever measures a part again always reads the same: it does not measure finely enough to be judged');
  const pooled = (table.interaction.p ?? 1) > POOL_ABOVE;
  const noise = pooled
    ? (table.interaction.sumOfSquares + table.residual.sumOfSquares) / (table.interaction.freedom + table.residual.freedom)
    : table.residual.meanSquare;
  // What a factor adds to the mean square beneath it.
  const beneath = pooled ? noise : table.interaction.meanSquare;
  const { parts, appraisers, trials } = sizes;
  const variance = {
    repeatability: noise,
    interaction: pooled ? 0 : Math.max(0, (table.interaction.meanSquare - noise) / trials),
    appraiser: Math.max(0, (table.appraiser.meanSquare - beneath) / (parts * trials)),
    part: Math.max(0, (table.part.meanSquare - beneath) / (appraisers * trials)),
  };
  return { ...sizes, table, pooled, variance, ...shares(variance, tolerance) };
}

function shares(variance: Repeatability['variance'], tolerance: number | undefined) {
  const reproducibility = variance.appraiser + variance.interaction;
  const gauge = variance.repeatability + reproducibility;
  const total = gauge + variance.part;
  const percentOf = (part: number) => 100 * Math.sqrt(part / total);
  const percent = {
    gauge: percentOf(gauge),
    repeatability: percentOf(variance.repeatability),
    reproducibility: percentOf(reproducibility),
    part: percentOf(variance.part),
  };
  const ofTolerance = tolerance === undefined ? null : (100 * 6 * Math.sqrt(gauge)) / tolerance;
  // One at least: whatever it measures is of some kind.
  const categories = Math.max(1, Math.floor(Math.SQRT2 * Math.sqrt(variance.part / gauge)));
  return { percent, ofTolerance, categories, judged: judged(ofTolerance ?? percent.gauge, categories) };
}

const judged = (percent: number, categories: number): Repeatability['judged'] => {
  if (percent > 30 || categories < 2) return 'unfit';
  return percent <= 10 && categories >= 5 ? 'good' : 'conditional';
};

/** Values by part, then by appraiser. */
type Cells = readonly (readonly (readonly number[])[])[];

const unjudged = (why: string) => new LinesideError('GAUGE_UNJUDGED', { why });

function cellsOf(measurements: readonly Measurement[]): Cells {
  const [parts, appraisers] = [new Set(measurements.map(({ part }) => part)), new Set(measurements.map(({ appraiser }) => appraiser))];
  const cells = new Map<string, number[]>();
  const keyOf = (part: string, appraiser: string) => JSON.stringify([part, appraiser]);
  for (const { part, appraiser, value } of measurements) {
    if (!Number.isFinite(value)) throw unjudged(`what ${appraiser} measured of part ${part} is no number`);
    const cell = cells.get(keyOf(part, appraiser));
    if (cell) cell.push(value);
    else cells.set(keyOf(part, appraiser), [value]);
  }
  const trials = measurements.length / (parts.size * appraisers.size);
  const isWhole = cells.size === parts.size * appraisers.size && [...cells.values()].every((cell) => cell.length === trials);
  if (parts.size < 2 || appraisers.size < 2 || trials < 2 || !isWhole)
    throw unjudged(
      'each part must have been measured by each appraiser equally often, twice at least; two parts and two appraisers at least',
    );
  return [...parts].map((part) => [...appraisers].map((appraiser) => cells.get(keyOf(part, appraiser)) ?? []));
}

function analysis(cells: Cells) {
  const sizes = { parts: cells.length, appraisers: cells[0]?.length ?? 0, trials: cells[0]?.[0]?.length ?? 0 };
  const { parts, appraisers, trials } = sizes;
  const all = meanOf(cells.flat(2));
  const squares = (means: readonly number[], each: number) => each * means.reduce((sum, mean) => sum + (mean - all) ** 2, 0);
  const partSum = squares(
    cells.map((row) => meanOf(row.flat())),
    appraisers * trials,
  );
  const appraiserMeans = Array.from({ length: appraisers }, (_, n) => meanOf(cells.flatMap((row) => row[n] ?? [])));
  const appraiserSum = squares(appraiserMeans, parts * trials);
  const cellSum = squares(
    cells.flatMap((row) => row.map(meanOf)),
    trials,
  );
  const residual = source(squares(cells.flat(2), 1) - cellSum, parts * appraisers * (trials - 1), null);
  const interaction = source(cellSum - partSum - appraiserSum, (parts - 1) * (appraisers - 1), residual);
  const table = {
    part: source(partSum, parts - 1, interaction),
    appraiser: source(appraiserSum, appraisers - 1, interaction),
    interaction,
    residual,
  };
  return { table, sizes };
}

/** A sum that is nothing comes out a little below it. */
function source(rounded: number, freedom: number, against: Source | null): Source {
  const sumOfSquares = Math.max(0, rounded);
  const meanSquare = sumOfSquares / freedom;
  const f = against && against.meanSquare > 0 ? meanSquare / against.meanSquare : null;
  return { sumOfSquares, freedom, meanSquare, f, p: f === null || !against ? null : fBeyond(f, freedom, against.freedom) };
}
