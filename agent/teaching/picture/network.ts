/** The rule as an ONNX graph behind the backbone's: one file from bytes of a picture to score and heat map. Float32. Pure. */
import { Graph } from '../../onnx/graph.ts';
import { FLOOR, HIGHEST, placesOf, type Size } from './features.ts';
import { BAD, type Judge, MARKED, SCALES } from './judge.ts';
import { LEAST, type Memory } from './memory.ts';
import { PLACES_SHARP } from './places.ts';
import { FOUND } from './registration-network.ts';
import { COARSE, coarsePlace, SHARP } from './rule.ts';
import type { Usual } from './statistics.ts';

/** Names of the backbone's outputs. */
const FINE = 's16';
const COARSELY = 's32';

/** `backbone`: its file, which gives s16 and s32. `found`: a value of it, [3], that is told too: where it has found the part. */
export function networkOf(backbone: Uint8Array, judge: Judge, found?: string): Uint8Array {
  const graph = new Graph('lineside_');
  const work = new Work(graph, judge);
  const { fine: fineSize, coarse: coarseSize } = judge.rule.sizes;
  const fine = work.places(FINE, fineSize);
  const coarse = work.places(COARSELY, coarseSize);
  const map = work.map(fine, coarse);
  const logs = [work.soft(map), work.soft(work.near(fine)), work.pooled()];
  graph.output('score', work.score(logs, { fine, coarse }), 'float32', [1]);
  graph.output('heatmap', work.heat(map), 'float32', [1, fineSize.side, fineSize.side]);
  if (found !== undefined) graph.output(FOUND, found, 'float32', [3]);
  return graph.after(backbone);
}

/** Names of values of the graph. */
type Value = string;

interface AtPlaces {
  readonly fine: Value;
  readonly coarse: Value;
}

class Work {
  private readonly graph: Graph;
  private readonly judge: Judge;

  constructor(graph: Graph, judge: Judge) {
    this.graph = graph;
    this.judge = judge;
  }

  /** [places x channels], less the mean. */
  places(name: string, size: Size): Value {
    const { graph } = this;
    const { mean } = name === FINE ? this.judge.rule.fine : this.judge.rule.coarse;
    const rows = graph.add('Transpose', [this.reshape(name, [size.channels, placesOf(size)])], { perm: [1, 0] });
    return graph.add('Sub', [rows, this.numbers([size.channels], mean)]);
  }

  /** Log distances at each fine place, both strides. */
  map(fine: Value, coarse: Value): Value {
    const { graph } = this;
    const { rule } = this.judge;
    const near = this.logged(this.distance(this.white(fine, rule.fine), this.fineMemory(), rule.fineMemory));
    const stored = this.turned(rule.coarseMemory);
    const far = this.logged(this.distance(this.white(coarse, rule.coarse), stored, rule.coarseMemory));
    const spread = graph.add('Gather', [far, this.whole(this.coarsePlaces())], { axis: 0 });
    const sum = graph.add('Add', [near, graph.add('Mul', [spread, this.number(COARSE)])]);
    return graph.add('Div', [sum, this.number(1 + COARSE)]);
  }

  /** Log distances to memories at most one place away. Queries are moved, so that memories are there once: [places x shifts]. */
  near(fine: Value): Value {
    const { graph } = this;
    const { rule } = this.judge;
    const { channels } = rule.sizes.fine;
    const places = placesOf(rule.sizes.fine);
    const { asks, answers } = shifts(rule.sizes.fine);
    const query = graph.add('Mul', [fine, this.numbers([channels], rule.fine.scale)]);
    const moved = graph.add('Gather', [query, this.whole(asks, [places, SHIFTS])], { axis: 0 });
    const best = graph.add('ReduceMin', [this.squares(moved, this.nearMemory())], { axes: [2], keepdims: 0 });
    const flat = graph.add('Concat', [this.reshape(best, [places * SHIFTS]), this.numbers([1], [BEYOND])], { axis: 0 });
    const back = graph.add('Gather', [flat, this.whole(answers, [places, SHIFTS])], { axis: 0 });
    return this.logged(graph.add('ReduceMin', [back], { axes: [1], keepdims: 0 }));
  }

  soft(map: Value, sharp: number = SHARP): Value {
    const { graph } = this;
    const top = graph.add('ReduceMax', [map], { axes: [0], keepdims: 1 });
    const powers = graph.add('Exp', [graph.add('Mul', [graph.add('Sub', [map, top]), this.number(sharp)])]);
    const log = graph.add('Log', [graph.add('ReduceMean', [powers], { axes: [0], keepdims: 1 })]);
    return graph.add('Add', [graph.add('Div', [log, this.number(sharp)]), top]);
  }

  pooled(): Value {
    const { graph } = this;
    const { pooledMean, pooledScale, pooledRoot } = this.judge.rule;
    const size = pooledMean.length;
    const off = graph.add('Sub', [this.spreads(), this.numbers([size], pooledMean)]);
    const standardised = this.reshape(graph.add('Div', [off, this.numbers([size], pooledScale)]), [1, size]);
    const root = graph.add('MatMul', [standardised, this.numbers([size, size], transposed(pooledRoot, size))]);
    return graph.add('Log', [this.reshape(this.sum(graph.add('Mul', [root, root]), [1]), [1])]);
  }

  /** `places`: the features of both strides, as places() has them. */
  score(logs: readonly Value[], places: AtPlaces): Value {
    const { graph } = this;
    const { standard, alarm } = this.judge;
    const off = graph.add('Sub', [graph.add('Concat', logs, { axis: 0 }), this.numbers([logs.length], standard.centre)]);
    const sum = this.sum(graph.add('Div', [off, this.numbers([logs.length], standard.spread)]), [0], 1);
    const rule = graph.add('Div', [sum, this.number(standard.total)]);
    const above = graph.add('Sub', [this.withBad(rule, places), this.number(alarm)]);
    const share = graph.add('Div', [above, graph.add('Add', [graph.add('Abs', [above]), this.number(1)])]);
    return this.reshape(graph.add('Add', [graph.add('Mul', [share, this.number(0.5)]), this.number(0.5)]), [1]);
  }

  /** The rule's total with what bad ones have taught beside it. */
  private withBad(rule: Value, { fine, coarse }: AtPlaces): Value {
    const { graph } = this;
    const { bad, places, width } = this.judge;
    if (bad === null) return rule;
    const both = graph.add('Add', [rule, this.regression(bad)]);
    const all = places === null ? both : graph.add('Add', [both, this.marked(places, fine, coarse)]);
    return graph.add('Div', [all, this.number(width)]);
  }

  private marked({ of, centre, spread }: NonNullable<Judge['places']>, fine: Value, coarse: Value): Value {
    const { graph } = this;
    const { sizes } = this.judge.rule;
    const product = (rows: Value, weights: Float64Array, size: Size) =>
      this.reshape(graph.add('MatMul', [rows, this.numbers([weights.length, 1], weights)]), [placesOf(size)]);
    const far = graph.add('Gather', [product(coarse, of.coarse, sizes.coarse), this.whole(this.coarsePlaces())], { axis: 0 });
    const usual = this.numbers([placesOf(sizes.fine)], of.usual);
    const map = graph.add('Sub', [graph.add('Add', [product(fine, of.fine, sizes.fine), far]), usual]);
    const off = graph.add('Sub', [this.soft(map, PLACES_SHARP), this.number(centre)]);
    return graph.add('Mul', [off, this.number(MARKED / spread)]);
  }

  /** Of each fine place. */
  private coarsePlaces(): readonly number[] {
    const { sizes } = this.judge.rule;
    return Array.from({ length: placesOf(sizes.fine) }, (_, place) => coarsePlace(place, sizes));
  }

  heat(map: Value): Value {
    const { graph } = this;
    const { low, high } = this.judge.heat;
    const { side } = this.judge.rule.sizes.fine;
    const relative = graph.add('Mul', [graph.add('Sub', [map, this.number(low)]), this.number(0.5 / (high - low))]);
    const within = graph.add('Min', [graph.add('Max', [relative, this.number(0)]), this.number(1)]);
    return this.reshape(within, [1, side, side]);
  }

  private regression({ regression: { weights, bias }, centre, spread }: NonNullable<Judge['bad']>): Value {
    const { graph } = this;
    const both = (of: (name: string, size: Size) => Value) =>
      SCALES.map((name) => of(name === 'fine' ? FINE : COARSELY, this.judge.rule.sizes[name]));
    const summary = graph.add(
      'Concat',
      [...both((name, size) => this.mean(this.channels(name, size))), this.spreads(), ...both((name, size) => this.highest(name, size))],
      { axis: 0 },
    );
    const logit = this.sum(graph.add('Mul', [summary, this.numbers([weights.length], weights)]), [0], 1);
    const off = graph.add('Add', [logit, this.number(bias - centre)]);
    return graph.add('Mul', [off, this.number(BAD / spread)]);
  }

  private channels(name: string, size: Size): Value {
    return this.reshape(name, [size.channels, placesOf(size)]);
  }
  private mean(rows: Value, keepdims = 0): Value {
    return this.graph.add('ReduceMean', [rows], { axes: [1], keepdims });
  }
  private highest(name: string, size: Size): Value {
    const top = this.graph.add('TopK', [this.channels(name, size), this.whole([HIGHEST])], { axis: 1 }, 2);
    return this.mean(top);
  }
  private spreads(): Value {
    const { graph } = this;
    const of = (name: string, size: Size) => {
      const rows = this.channels(name, size);
      const off = graph.add('Sub', [rows, this.mean(rows, 1)]);
      return graph.add('Sqrt', [this.mean(graph.add('Mul', [off, off]))]);
    };
    const { fine, coarse } = this.judge.rule.sizes;
    const both = graph.add('Concat', [of(FINE, fine), of(COARSELY, coarse)], { axis: 0 });
    return graph.add('Log', [graph.add('Add', [both, this.number(FLOOR)])]);
  }

  private white(rows: Value, { whitening, mean }: Usual): Value {
    return this.graph.add('MatMul', [rows, this.numbers([mean.length, mean.length], transposed(whitening, mean.length))]);
  }

  private scaledMemory: Value | null = null;
  /** [places x channels x pictures], scaled. Said once in the file; the whitened one is made of it when the file is loaded. */
  private nearMemory(): Value {
    this.scaledMemory ??= this.turned(this.judge.rule.nearMemory);
    return this.scaledMemory;
  }
  private fineMemory(): Value {
    const { whitening, scale } = this.judge.rule.fine;
    const size = scale.length;
    const unscaled = whitening.map((value, i) => value / (scale[i % size] as number));
    return this.graph.add('MatMul', [this.numbers([size, size], unscaled), this.nearMemory()]);
  }
  private turned({ vectors, pictures, size }: Memory): Value {
    const { channels } = size;
    const out = new Float32Array(vectors.length);
    for (let i = 0; i < vectors.length; i++) {
      const [place, rest] = [Math.floor(i / (pictures * channels)), i % (pictures * channels)];
      out[place * pictures * channels + (rest % channels) * pictures + Math.floor(rest / channels)] = vectors[i] as number;
    }
    return this.graph.constant('float32', [placesOf(size), channels, pictures], out);
  }

  /** Smallest squared distance of each place of a query to the memories there. */
  private distance(query: Value, memory: Value, { size }: Memory): Value {
    const places = placesOf(size);
    const squares = this.squares(this.reshape(query, [places, 1, size.channels]), memory);
    return this.reshape(this.graph.add('ReduceMin', [squares], { axes: [2], keepdims: 0 }), [places]);
  }
  /** [places x queries x channels] and [places x channels x pictures] -> squared distances [places x queries x pictures]. */
  private squares(query: Value, memory: Value): Value {
    const { graph } = this;
    const cross = graph.add('MatMul', [query, memory]);
    const sizes = graph.add('Add', [
      this.sum(graph.add('Mul', [query, query]), [2], 1),
      this.sum(graph.add('Mul', [memory, memory]), [1], 1),
    ]);
    return graph.add('Sub', [sizes, graph.add('Mul', [cross, this.number(2)])]);
  }
  private logged(squares: Value): Value {
    return this.graph.add('Log', [this.graph.add('Max', [squares, this.number(LEAST)])]);
  }

  private sum(value: Value, axes: readonly number[], keepdims = 0): Value {
    return this.graph.add('ReduceSum', [value, this.whole(axes)], { keepdims });
  }
  private reshape(value: Value, shape: readonly number[]): Value {
    return this.graph.add('Reshape', [value, this.whole(shape)]);
  }
  private whole(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    return this.graph.constant('int64', shape, values);
  }
  private number(value: number): Value {
    return this.graph.constant('float32', [], [value]);
  }
  private numbers(shape: readonly number[], values: ArrayLike<number>): Value {
    return this.graph.constant('float32', shape, values);
  }
}

const SHIFTS = 9;
/** A distance that no picture has: of a shift that leads out of it. */
const BEYOND = 1e30;

function transposed(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((_, i) => matrix[(i % size) * size + Math.floor(i / size)] as number);
}

/**
 * For each place and shift: `asks`, the place of the query that is held against the memories here; `answers`, where among all of those the
 * one of this place's query stands, moved by the shift.
 */
function shifts(size: Size): { readonly asks: readonly number[]; readonly answers: readonly number[] } {
  const { side } = size;
  const [asks, answers]: [number[], number[]] = [[], []];
  for (let place = 0; place < placesOf(size); place++) {
    for (let shift = 0; shift < SHIFTS; shift++) {
      const [down, across] = [Math.floor(shift / 3) - 1, (shift % 3) - 1];
      asks.push(moved(place, -down, -across, side) ?? place);
      const there = moved(place, down, across, side);
      answers.push(there === null ? placesOf(size) * SHIFTS : there * SHIFTS + shift);
    }
  }
  return { asks, answers };
}

function moved(place: number, down: number, across: number, side: number): number | null {
  const [y, x] = [Math.floor(place / side) + down, (place % side) + across];
  return y < 0 || y >= side || x < 0 || x >= side ? null : y * side + x;
}
