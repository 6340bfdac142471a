/**
 * The rule as an ONNX graph over a window of rows, float64 inside: exponential means with a fixed weight are fixed filters, so the whole is
 * a few products of matrices. A row that has exactly the mean of every tag counts as not there: a window can be filled up with them at the
 * front, and the score is then that of a machine that has just been started. Pure.
 */
import { Matrix } from 'ml-matrix';
import { Graph, TYPE } from '../../onnx/graph.ts';
import { FLOOR, LEVEL, SMOOTH, SPREAD } from './features.ts';
import { decay, NOTHING, tagShares } from './reasons.ts';
import { NEAR, SHARP, type TagsRule } from './rule.ts';

/**
 * Rows of a window. What lies before has 2e-14 of the weight of the slowest mean (0.9^300): even a shock of a million spreads is forgotten
 * as a mean over all rows forgets it. Nobody has to wait for so many: a window may begin with rows that are not there.
 */
export const WINDOW = 300;

/** score = 1/2 + e / (2 (1 + |e|)), e what the rule's score is above the alarm: ranks all, and never runs into 1. */
export const scoreOf = (value: number, alarm: number): number => 0.5 + (0.5 * (value - alarm)) / (1 + Math.abs(value - alarm));

/** The window that a station gives: its rows, how many tags it has, and which of them the rule knows, in the order of the rule. */
export interface WindowPlace {
  readonly steps: number;
  readonly tags: number;
  readonly columns: readonly number[];
}

/** The file: `window` float32 [1, steps, tags] -> `score` [1], `contribution` [1, tags], `row_contribution` [1, steps]. */
export function networkOf(rule: TagsRule, alarm: number, place: WindowPlace): Uint8Array {
  const graph = new Graph();
  const work = new Work(graph, rule, place);
  const { present, z } = work.channels();
  const { features, ratios, state } = work.features(present, z);
  const { off, white, distances } = work.distances(features);
  const { value, weights } = work.combine(distances);
  graph.output('score', work.score(value, alarm), 'float32', [1]);
  const pulls = work.pulls(white, weights);
  graph.output('contribution', work.tags(off, pulls), 'float32', [1, place.tags]);
  graph.output('row_contribution', work.rows({ z, ratios, state, pulls }), 'float32', [1, place.steps]);
  return graph.bytes();
}

/** Names of values of the graph. */
type Value = string;

class Work {
  private readonly graph: Graph;
  private readonly rule: TagsRule;
  private readonly place: WindowPlace;
  private readonly size: number;
  private readonly count: number;

  constructor(graph: Graph, rule: TagsRule, place: WindowPlace) {
    this.graph = graph;
    this.rule = rule;
    this.place = place;
    this.size = rule.centre.length;
    this.count = rule.moments.length;
  }

  /** [WINDOW x channels], standardised, 0 where there is no row; and [WINDOW x 1], 1 where there is one. */
  channels(): { readonly present: Value; readonly z: Value } {
    const { graph, size } = this;
    const { mean, spread, channels, centre, scale } = this.rule;
    const rows = this.window();
    // Single precision, as the rows have it.
    const off = graph.add('Sub', [rows, this.numbers([mean.length], mean.map(Math.fround))]);
    const there = graph.add('Greater', [graph.add('ReduceMax', [graph.add('Abs', [off])], { axes: [1], keepdims: 1 }), this.number(0)]);
    const present = graph.add('Cast', [there], { to: TYPE.float64 });
    const project = channels
      .clone()
      .divRowVector([...scale])
      .divColumnVector([...spread]);
    const rounding = new Matrix([mean.map((one) => Math.fround(one) - one)]).mmul(project).getRow(0);
    const offset = centre.map((one, c) => one / (scale[c] ?? 1) - (rounding[c] ?? 0));
    const z = graph.add('Sub', [graph.add('MatMul', [off, this.matrix(project)]), this.numbers([size], offset)]);
    return { present, z: graph.add('Mul', [z, present]) };
  }

  /** [WINDOW x tags of the rule]: filled up at the front with rows that are not there, or without those that lie too far back. */
  private window(): Value {
    const { graph, rule } = this;
    const { steps, tags, columns } = this.place;
    const window = graph.input('window', 'float32', [1, steps, tags]);
    const all = this.reshape(graph.add('Cast', [window], { to: TYPE.float64 }), [steps, tags]);
    const isWhole = columns.length === tags && columns.every((column, i) => column === i);
    const rows = isWhole ? all : graph.add('Gather', [all, this.whole(columns)], { axis: 1 });
    if (steps === WINDOW) return rows;
    if (steps > WINDOW) return graph.add('Slice', [rows, this.whole([steps - WINDOW]), this.whole([steps]), this.whole([0])]);
    const missing = Array.from({ length: WINDOW - steps }, () => rule.mean.map(Math.fround)).flat();
    return graph.add('Concat', [this.numbers([WINDOW - steps, rule.mean.length], missing), rows], { axis: 0 });
  }

  /** [features x channels] at the last row; and what the moving variance is made of. */
  features(present: Value, z: Value): { readonly features: Value; readonly ratios: Value; readonly state: Value } {
    const { graph } = this;
    const levels = graph.add('MatMul', [this.matrix(new Matrix(SMOOTH.map((weight) => decay(weight, WINDOW)))), z]);
    const surprise = graph.add('Sub', [z, graph.add('MatMul', [this.rowsBefore(), z])]);
    const squares = graph.add('Mul', [surprise, surprise]);
    const relative = graph.add('Div', [squares, this.numbers([this.size], this.rule.usual)]);
    // Where there is no row, nothing is as it usually is: 1.
    const ratios = graph.add('Add', [graph.add('Mul', [relative, present]), graph.add('Sub', [this.number(1), present])]);
    const moved = graph.add('MatMul', [this.numbers([1, WINDOW], decay(SPREAD, WINDOW)), ratios]);
    const state = graph.add('Add', [moved, this.number((1 - SPREAD) ** WINDOW + FLOOR)]);
    return { features: graph.add('Concat', [levels, graph.add('Log', [state])], { axis: 0 }), ratios, state };
  }

  /** What each feature is off [features x channels], the same whitened [features x 1 x channels], and its squared distance [features]. */
  distances(features: Value): { readonly off: Value; readonly white: Value; readonly distances: Value } {
    const { graph, count, size } = this;
    const { moments } = this.rule;
    const off = graph.add('Sub', [
      features,
      this.numbers(
        [count, size],
        moments.flatMap(({ mean }) => mean),
      ),
    ]);
    const white = graph.add('MatMul', [this.reshape(off, [count, 1, size]), this.whitening(false)]);
    return { off, white, distances: this.sum(graph.add('Mul', [white, white]), [1, 2]) };
  }

  /** The rule's score [1], and each feature's part in it over its distance [features]. */
  combine(distances: Value): { readonly value: Value; readonly weights: Value } {
    const { graph, count } = this;
    const { logMean, logSpread, shift, width } = this.rule;
    const near = graph.add('Add', [distances, this.number(NEAR)]);
    const logs = graph.add('Sub', [graph.add('Log', [near]), this.numbers([count], logMean)]);
    const sharp = graph.add('Mul', [
      logs,
      this.numbers(
        [count],
        logSpread.map((one) => SHARP / one),
      ),
    ]);
    const top = graph.add('ReduceMax', [sharp], { axes: [0], keepdims: 1 });
    const powers = graph.add('Exp', [graph.add('Sub', [sharp, top])]);
    const sum = this.sum(powers, [0], 1);
    const soft = graph.add('Add', [graph.add('Log', [graph.add('Div', [sum, this.number(count)])]), top]);
    const value = graph.add('Div', [graph.add('Sub', [soft, this.number(shift)]), this.number(width)]);
    return { value, weights: graph.add('Div', [graph.add('Div', [powers, sum]), near]) };
  }

  score(value: Value, alarm: number): Value {
    const { graph } = this;
    const above = graph.add('Sub', [value, this.number(alarm)]);
    const share = graph.add('Div', [above, graph.add('Add', [graph.add('Abs', [above]), this.number(1)])]);
    return this.single(graph.add('Add', [graph.add('Mul', [share, this.number(0.5)]), this.number(0.5)]), [1]);
  }

  /** [features x channels]: how the soft maximum goes with each. */
  pulls(white: Value, weights: Value): Value {
    const { graph, count, size } = this;
    const pull = this.reshape(graph.add('MatMul', [white, this.whitening(true)]), [count, size]);
    return graph.add('Mul', [pull, this.reshape(weights, [count, 1])]);
  }

  tags(off: Value, pulls: Value): Value {
    const { graph, size } = this;
    const byChannel = this.reshape(this.sum(graph.add('Mul', [off, pulls]), [0]), [1, size]);
    const { tags, columns } = this.place;
    // A tag of the window that the rule does not know has no share.
    const spread = Matrix.zeros(columns.length, tags);
    for (const [row, column] of columns.entries()) spread.set(row, column, 1);
    return this.shares(graph.add('MatMul', [byChannel, this.matrix(tagShares(this.rule).mmul(spread))]), tags);
  }

  rows({ z, ratios, state, pulls }: { readonly z: Value; readonly ratios: Value; readonly state: Value; readonly pulls: Value }): Value {
    const { graph } = this;
    const [levels, moving] = [[0, SMOOTH.length] as const, [SMOOTH.length, this.count] as const].map(([from, to]) =>
      graph.add('Slice', [pulls, this.whole([from]), this.whole([to]), this.whole([0])]),
    ) as [Value, Value];
    const weights = this.matrix(new Matrix(SMOOTH.map((weight) => decay(weight, WINDOW))).transpose());
    const byLevel = graph.add('Mul', [graph.add('MatMul', [z, graph.add('Transpose', [levels], { perm: [1, 0] })]), weights]);
    const slopes = graph.add('Transpose', [graph.add('Div', [moving, state])], { perm: [1, 0] });
    const byMove = graph.add('MatMul', [graph.add('Sub', [ratios, this.number(1)]), slopes]);
    const moves = graph.add('Mul', [byMove, this.numbers([WINDOW, 1], decay(SPREAD, WINDOW))]);
    return this.shares(this.placed(graph.add('Add', [this.sum(byLevel, [1], 1), moves])), this.place.steps);
  }

  /** [WINDOW x 1] -> [steps x 1]: rows that are not there have no share, and neither have those that lie too far back. */
  private placed(rows: Value): Value {
    const { graph } = this;
    const { steps } = this.place;
    if (steps === WINDOW) return rows;
    if (steps < WINDOW) return graph.add('Slice', [rows, this.whole([WINDOW - steps]), this.whole([WINDOW]), this.whole([0])]);
    const before = Array.from({ length: steps - WINDOW }, () => 0);
    return graph.add('Concat', [this.numbers([steps - WINDOW, 1], before), rows], { axis: 0 });
  }

  /** [WINDOW x WINDOW]: of each row the weights of the rows before it in the mean that it is compared with; computed when the graph is loaded. */
  private rowsBefore(): Value {
    const { graph } = this;
    const count = Array.from({ length: WINDOW }, (_, row) => row);
    const back = graph.add('Sub', [this.numbers([WINDOW, 1], count), this.numbers([1, WINDOW], count)]);
    const before = graph.add('Cast', [graph.add('Greater', [back, this.number(0)])], { to: TYPE.float64 });
    const older = graph.add('Mul', [graph.add('Sub', [back, this.number(1)]), this.number(Math.log(1 - LEVEL))]);
    return graph.add('Mul', [graph.add('Mul', [graph.add('Exp', [older]), before]), this.number(LEVEL)]);
  }

  /** What is above zero, in shares of 1: [1 x count]. */
  private shares(value: Value, count: number): Value {
    const { graph } = this;
    const positive = graph.add('Max', [this.reshape(value, [1, count]), this.number(0)]);
    const sum = graph.add('Add', [this.sum(positive, [1], 1), this.number(NOTHING)]);
    return this.single(graph.add('Div', [positive, sum]), [1, count]);
  }

  private whitening(turned: boolean): Value {
    const { moments } = this.rule;
    const values = moments.flatMap(({ whitening }) => (turned ? whitening.transpose() : whitening).to1DArray());
    return this.numbers([this.count, this.size, this.size], values);
  }
  private sum(value: Value, axes: readonly number[], keepdims = 0): Value {
    return this.graph.add('ReduceSum', [value, this.whole(axes)], { keepdims });
  }
  private reshape(value: Value, shape: readonly number[]): Value {
    return this.graph.add('Reshape', [value, this.whole(shape)]);
  }
  private single(value: Value, shape: readonly number[]): Value {
    return this.graph.add('Cast', [this.reshape(value, shape)], { to: TYPE.float32 });
  }
  private whole(values: readonly number[]): Value {
    return this.graph.constant('int64', [values.length], values);
  }
  private number(value: number): Value {
    return this.graph.constant('float64', [], [value]);
  }
  private numbers(shape: readonly number[], values: readonly number[]): Value {
    return this.graph.constant('float64', shape, values);
  }
  private matrix(matrix: Matrix): Value {
    return this.numbers([matrix.rows, matrix.columns], matrix.to1DArray());
  }
}
