/** Texts that a station's format leaves to be read, as lists of classes, and how likely they are all together. */
import { formatsOf } from '../../contracts/format.ts';
import type { Columns } from './ctc.ts';

/** By place and class: may this character stand here. */
type Fit = readonly (readonly boolean[])[];

/** All texts that have so many places and can still become the same formats. */
interface Node {
  /** Some of these formats ends here. */
  readonly complete: boolean;
  /** By class, where it leads: -1 nowhere. */
  readonly next: readonly number[];
}

export class Fitting {
  /** One for each of several formats. */
  readonly alternatives: readonly Fit[];
  private readonly nodes: readonly Node[];
  private readonly classes: number;

  /** `labels` by class; undefined for the blank. */
  constructor(format: string, labels: readonly (string | undefined)[]) {
    this.classes = labels.length;
    this.alternatives = formatsOf(format).map((places) =>
      places.map(({ takes }) => labels.map((label) => label !== undefined && takes(label))),
    );
    this.nodes = nodesOf(this.alternatives, labels.length);
  }

  /** The probability that the columns show any text of the format, by the forward sum of CTC over all of them at once. */
  probability(columns: Columns): number {
    const { nodes, classes } = this;
    let ways: Ways = { blanks: new Float64Array(nodes.length * classes), ends: new Float64Array(nodes.length * classes), none: 1 };
    for (let step = 0; step < columns.steps; step++) {
      const p = columns.probabilities.subarray(step * classes, (step + 1) * classes);
      ways = this.after(ways, p, p[columns.blank] ?? 0);
    }
    const { blanks, ends } = ways;
    return nodes.reduce(
      (all, { complete }, n) => all + (complete ? sum(blanks, n * classes, classes) + sum(ends, n * classes, classes) : 0),
      0,
    );
  }

  /** One column further: `p` by class, `still` that of the blank. */
  private after({ blanks, ends, none }: Ways, p: Float32Array, still: number): Ways {
    const { nodes, classes } = this;
    const blanksThen = blanks.map((ways, i) => (ways + (ends[i] ?? 0)) * still);
    const endsThen = ends.map((ways, i) => ways * (p[i % classes] ?? 0));
    for (const [n, { next }] of nodes.entries()) {
      const from = n * classes;
      const ways = n === 0 ? none : sum(blanks, from, classes) + sum(ends, from, classes);
      if (ways > 0) leave(next, p, (c) => ways - (ends[from + c] ?? 0), endsThen);
    }
    return { blanks: blanksThen, ends: endsThen, none: none * still };
  }
}

/** Of each node and last class: ways that end in a blank, and in the character itself; and those of the empty text. */
interface Ways {
  readonly blanks: Float64Array;
  readonly ends: Float64Array;
  readonly none: number;
}

/** Adds the ways that go on with one more character. The same character again is a second one only after a blank, which `but` knows. */
function leave(next: readonly number[], p: Float32Array, but: (c: number) => number, ends: Float64Array): void {
  const classes = next.length;
  for (let c = 0; c < classes; c++) {
    const to = next[c] ?? -1;
    if (to >= 0) ends[to * classes + c] = (ends[to * classes + c] ?? 0) + but(c) * (p[c] ?? 0);
  }
}

export const begins =
  (fit: Fit) =>
  (text: readonly number[]): boolean =>
    text.length <= fit.length && follows(fit, text);
export const complete =
  (fit: Fit) =>
  (text: readonly number[]): boolean =>
    text.length === fit.length && follows(fit, text);

const follows = (fit: Fit, text: readonly number[]) => text.every((c, place) => fit[place]?.[c] === true);

function sum(ways: Float64Array, from: number, length: number): number {
  let total = 0;
  for (let i = from; i < from + length; i++) total += ways[i] ?? 0;
  return total;
}

/** A text of two formats counts once: texts are told apart by which formats they can still become. The first node is the empty text. */
function nodesOf(fits: readonly Fit[], classes: number): readonly Node[] {
  const known = new Map<string, number>();
  const open: { readonly place: number; readonly alive: readonly number[] }[] = [];
  const numberOf = (place: number, alive: readonly number[]) => {
    if (alive.length === 0) return -1;
    const key = `${place}:${alive.join()}`;
    const number = known.get(key) ?? known.size;
    if (number === known.size) open.push({ place, alive });
    known.set(key, number);
    return number;
  };
  numberOf(0, [...fits.keys()]);
  const nodes: Node[] = [];
  for (const { place, alive } of open) {
    const next = Array.from({ length: classes }, (_, c) =>
      numberOf(
        place + 1,
        alive.filter((f) => fits[f]?.[place]?.[c]),
      ),
    );
    nodes.push({ complete: place > 0 && alive.some((f) => fits[f]?.length === place), next });
  }
  return nodes;
}
